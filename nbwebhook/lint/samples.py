"""A sample response tried on the mappings of a webhook."""

from __future__ import annotations

from nbwebhook.lint.case import Case
from nbwebhook.mapping.mapper import Mapper
from nbwebhook.mapping.outcome import OutcomeKind
from nbwebhook.mapping.targets import Target
from nbwebhook.transport.base import Response, Timing

__all__ = ["try_sample"]


def try_sample(case: Case, body: str | bytes) -> Case:
    """Return the case with what a response of this body would change.

    A mapping that cannot be written at all has no part in it.

    Args:
        case: The webhook and its context.
        body: The body of a response with status 200.
    """
    targets = tuple(t for t in case.found_targets if isinstance(t, Target))
    if len(targets) < len(case.found_targets):
        return case
    raw = body.encode("utf-8", "replace") if isinstance(body, str) else body
    mapper = Mapper(case.webhook, targets, zone=case.context.zone)
    response = Response(200, "OK", (), raw, timing=Timing())
    outcome = mapper.map_response(response, [None] * len(targets))
    problem = outcome.reason if not outcome.changes else ""
    is_failed = outcome.kind is OutcomeKind.FAILED or outcome.error_code
    return case.replace(
        sample=outcome.changes, sample_problem=problem if is_failed else ""
    )
