"""One response to one outcome: whether it can be used, and what becomes of each field.

```text
not 2xx ................................ failed, the reason phrase as error type
2xx, response type None ................ no_update, the body is not looked at
2xx, 204 or 205 or an empty body ....... no_update, EmptyBody, 1001
2xx, no mappings ....................... no_update, the body is not looked at
2xx, not of the response type .......... failed, InvalidBody or UndecodableBody
2xx, a document ........................ each mapping has a change with its fate:
                                         updated if one was written, else no_update
```
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, tzinfo
from functools import lru_cache
from importlib import import_module

from nbwebhook.definition.fields import fold_name
from nbwebhook.definition.webhook import Webhook
from nbwebhook.errors import EmptyBody, ResponseError
from nbwebhook.mapping.charsets import charset_of
from nbwebhook.mapping.documents import parse_json, parse_xml
from nbwebhook.mapping.failures import outcome_of_error, outcome_of_status
from nbwebhook.mapping.leniency import Leniency
from nbwebhook.mapping.outcome import FATES, Fate, Found, Outcome, OutcomeKind
from nbwebhook.mapping.steps import compile_step
from nbwebhook.mapping.targets import Target
from nbwebhook.redact import Redactor
from nbwebhook.transport.base import Response

__all__ = ["Mapper", "outcome_of_error"]

_BODILESS = frozenset([204, 205])
_NOT_READ = "the definition's response type is None, so that no mapping is read"
_OVERTAKEN = "a later mapping to the same field comes after it"
_REPEATED_KEY = "an object of the response has one key twice; the last one counts"
_ECHOED = "the service sent back a secret, which is masked"
_WRITTEN = FATES.index(Fate.WRITTEN)
_UNCHANGED = FATES.index(Fate.UNCHANGED)


class Mapper:
    """Maps the responses of one webhook, from any thread.

    Where two mappings write the same field the last one wins: of those whose value the
    field can take, all but the last are `unchanged` with a reason, so that an outcome
    has at most one written change a field. A later mapping that finds nothing, null or
    an unfit value leaves an earlier one standing.

    Args:
        webhook: The definition.
        targets: One a response mapping, as `resolve_targets` returns them.
        zone: The time zone of dates and times that name none.
        redactor: Masks the secrets that a service sends back, so that none of them
            becomes a lead's field or part of a message.
    """

    def __init__(
        self,
        webhook: Webhook,
        targets: tuple[Target, ...],
        *,
        zone: tzinfo = UTC,
        redactor: Redactor | None = None,
    ) -> None:
        self._redactor = redactor if redactor and redactor.has_long_secrets else None
        is_xml = webhook.response_type == "XML"
        self._reads_nothing = webhook.response_type == "None"
        self._parse = parse_xml if is_xml else parse_json
        if is_xml:
            import_module("lxml.etree")  # now, and not while the first call is timed
        leniency = Leniency(webhook.beyond, is_xml, zone) if webhook.beyond else None
        self._steps = tuple(
            compile_step(target, from_xml=is_xml, zone=zone, leniency=leniency)
            for target in targets
        )
        self._rivals = tuple(_rivals(targets))

    def map_response(
        self, response: Response, old_texts: Sequence[str | None]
    ) -> Outcome:
        """Return what became of a call; whatever the response holds, nothing is raised.

        Args:
            response: The whole response.
            old_texts: The lead's present value of each target as text, None where it
                is empty; as many as there are targets.
        """
        outcome = self._map(response, old_texts)
        redactor = self._redactor
        if redactor and redactor.is_told_in(response.body, response.reason):
            outcome.hide(redactor.mask, _ECHOED)
        return outcome

    def _map(self, response: Response, old_texts: Sequence[str | None]) -> Outcome:
        if not 200 <= response.status_code < 300:  # noqa: PLR2004 - 2xx
            return outcome_of_status(response)
        if self._reads_nothing:
            reason = _NOT_READ if self._steps else ""
            return Outcome(OutcomeKind.NO_UPDATE, reason=reason)
        body = b"" if response.status_code in _BODILESS else response.body
        if not body or body.isspace():
            return outcome_of_error(EmptyBody())
        if not self._steps:
            return Outcome(OutcomeKind.NO_UPDATE)
        try:
            document = self._parse(body, _charset_of(response))
        except ResponseError as error:
            return outcome_of_error(error)
        root = document.root
        found = [
            step(root, old_text)
            for step, old_text in zip(self._steps, old_texts, strict=True)
        ]
        for group in self._rivals:
            _keep_last(found, group)
        return _outcome_of(found, document.has_duplicate_keys)


def _charset_of(response: Response) -> str | None:
    for name, value in response.headers:
        if name == b"content-type":
            return charset_of(value)
    return None


def _rivals(targets: tuple[Target, ...]) -> Iterator[tuple[int, ...]]:
    """Yield the positions of each group of mappings that write the same field."""
    groups: defaultdict[str, list[int]] = defaultdict(list)
    for index, target in enumerate(targets):
        groups[fold_name(target.column or target.field.label)].append(index)
    for group in groups.values():
        if len(group) > 1:
            yield tuple(group)


def _keep_last(found: list[Found], group: tuple[int, ...]) -> None:
    fitting = [index for index in group if found[index][0] in {_WRITTEN, _UNCHANGED}]
    for index in fitting[:-1]:
        found[index] = (_UNCHANGED, found[index][1], None, _OVERTAKEN)


def _outcome_of(found: list[Found], has_duplicate_keys: bool) -> Outcome:  # noqa: FBT001 - a fact of the document
    reason = _REPEATED_KEY if has_duplicate_keys else ""
    outcome = Outcome.mapped(OutcomeKind.UPDATED, reason, found)
    if _WRITTEN not in outcome.fates:
        outcome.kind = OutcomeKind.NO_UPDATE
        outcome.reason = _nothing_written(outcome.fates, reason)
    return outcome


@lru_cache(maxsize=4_096)
def _nothing_written(fates: bytes, note: str) -> str:
    counts = Counter(FATES[code] for code in fates)
    listed = ", ".join(f"{counts[fate]} {fate}" for fate in Fate if counts[fate])
    reason = f"no mapping wrote a value: {listed}"
    return f"{reason}; {note}" if note else reason
