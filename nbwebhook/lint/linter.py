"""Everything a check looks at: the definition, the list, and every rendered request."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

import pandas as pd

from nbwebhook.clock import RealClock
from nbwebhook.definition.context import Context
from nbwebhook.definition.fields import Fields, FieldType
from nbwebhook.definition.webhook import Webhook
from nbwebhook.errors import InvalidDefinition, NbWebhookError, RenderError
from nbwebhook.frames.prepare import Prepared, prepare
from nbwebhook.lint.findings import Finding, Findings

__all__ = ["find_findings"]

_EXAMPLES = 3


def find_findings(
    webhook: Webhook,
    leads: pd.DataFrame | None,
    *,
    context: Context | None,
    fields: Fields | Mapping[str, str | FieldType] | None,
    key: str | None,
    campaign: str,
) -> Findings:
    """Return what would break or surprise, errors first."""
    found: list[Finding] = []
    if campaign == "batch":
        found.append(_BATCH)
    if leads is not None:
        try:
            prepared = prepare(
                webhook,
                leads,
                context=context,
                fields=fields,
                key=key,
                clock=RealClock(),
            )
        except NbWebhookError as error:
            found.extend(_of_error(error))
        else:
            found.extend(_of_tokens(prepared))
            found.extend(_of_requests(prepared))
    count = 0 if leads is None else len(leads)
    return Findings(found, webhook=webhook.name, leads=count)


_BATCH = Finding(
    "error",
    "batch-campaign",
    "campaign",
    "a batch campaign cannot call webhooks (error 1000)",
    "use a trigger campaign",
)


def _of_error(error: NbWebhookError) -> Iterator[Finding]:
    rule = type(error).__name__
    if isinstance(error, InvalidDefinition):
        for fault in error.faults:
            yield Finding("error", rule, fault.place, fault.problem, fault.remedy)
    else:
        yield Finding("error", rule, "definition or list", str(error))


def _of_tokens(prepared: Prepared) -> Iterator[Finding]:
    for token in prepared.renderer.tokens:
        if not token.is_known:
            near = ", ".join(f"{{{{{name}}}}}" for name in token.near)
            yield Finding(
                "error",
                "unknown-token",
                token.place,
                f"{{{{{token.token.label}}}}} is no column and no token of Marketo's; "
                "it would be blank",
                f"did you mean {near}" if near else "correct its name",
            )


def _of_requests(prepared: Prepared) -> Iterator[Finding]:
    keys: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for block in prepared.blocks():
        for key, request in zip(block.keys, prepared.render(block), strict=True):
            if key is None:
                problem = f"key column {prepared.key_column!r} is empty"
                keys["MissingKey", problem].append("")
            elif isinstance(request, RenderError):
                keys[type(request).__name__, str(request)].append(key)
    for (rule, problem), leads in keys.items():
        examples = tuple(key for key in leads[:_EXAMPLES] if key)
        yield Finding(
            "warning",
            rule,
            "leads",
            f"refused, nothing would be sent: {problem}",
            rows=len(leads),
            examples=examples,
        )
