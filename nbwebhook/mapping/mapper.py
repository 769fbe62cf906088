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
from typing import Any

from nbwebhook.definition.fields import fold_name
from nbwebhook.definition.webhook import ResponseType, Webhook
from nbwebhook.errors import EmptyBody, NotCoercible, ResponseError
from nbwebhook.mapping.charsets import charset_of
from nbwebhook.mapping.coerce import compile_coercer, same_value
from nbwebhook.mapping.documents import parse_json, parse_xml
from nbwebhook.mapping.failures import outcome_of_error, outcome_of_status
from nbwebhook.mapping.leniency import Leniency
from nbwebhook.mapping.outcome import Change, Fate, Outcome, OutcomeKind
from nbwebhook.mapping.paths import MISSING, compile_path
from nbwebhook.mapping.targets import Target
from nbwebhook.mapping.texts import response_text
from nbwebhook.transport.base import Response

__all__ = ["Mapper", "outcome_of_error"]

_OK = range(200, 300)
_BODILESS = frozenset([204, 205])
_NOT_READ = "the definition's response type is None, so that no mapping is read"
_HELD_ALREADY = "the field has this value already"
_OVERTAKEN = "a later mapping to the same field comes after it"
_REPEATED_KEY = "an object of the response has one key twice; the last one counts"


class _Step:
    """One mapping, made ready: from a document to the change of one field."""

    __slots__ = ("coerce", "field_type", "get", "index", "missing", "null")

    def __init__(
        self, index: int, target: Target, response_type: ResponseType, zone: tzinfo
    ) -> None:
        self.index = index
        self.field_type = target.field.type
        self.get = compile_path(target.mapping.attribute, response_type)
        self.coerce = compile_coercer(
            target.field.type, from_xml=response_type == "XML", zone=zone
        )
        # The same for every lead, so that a million leads share one of each.
        self.missing = Change(index, Fate.MISSING, None, None, MISSING.value)
        self.null = Change(
            index, Fate.NULL, "null", None, "null in the response; the field stays"
        )


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
    """

    def __init__(
        self, webhook: Webhook, targets: tuple[Target, ...], *, zone: tzinfo = UTC
    ) -> None:
        self._reads_nothing = webhook.response_type == "None"
        self._parse = parse_xml if webhook.response_type == "XML" else parse_json
        self._zone = zone
        is_xml = webhook.response_type == "XML"
        beyond = webhook.beyond
        self._leniency = Leniency(beyond, is_xml, zone) if beyond else None
        self._steps = tuple(
            _Step(index, target, webhook.response_type, zone)
            for index, target in enumerate(targets)
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
        if response.status_code not in _OK:
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
            document = self._parse(body, charset_of(response.header(b"content-type")))
        except ResponseError as error:
            return outcome_of_error(error)
        changes = [
            self._change(step, document.root, old_text)
            for step, old_text in zip(self._steps, old_texts, strict=True)
        ]
        for group in self._rivals:
            _keep_last(changes, group)
        return _outcome_of(tuple(changes), document.has_duplicate_keys)

    def _change(self, step: _Step, root: Any, old_text: str | None) -> Change:  # noqa: ANN401 - a document's root
        raw = step.get(root)
        if raw is MISSING:
            return step.missing
        if raw is None and self._leniency is None:
            return step.null
        text = response_text(raw)
        note = ""
        try:
            if self._leniency is None:
                new = step.coerce(raw)
            else:
                new, note = self._leniency.coerce(raw, step.field_type, old_text)
        except NotCoercible as error:
            return Change(step.index, Fate(error.fate), text, None, error.problem)
        if same_value(old_text, new, step.field_type, zone=self._zone):
            return Change(step.index, Fate.UNCHANGED, text, None, _HELD_ALREADY)
        return Change(step.index, Fate.WRITTEN, text, new, note)


def _rivals(targets: tuple[Target, ...]) -> Iterator[tuple[int, ...]]:
    """Yield the positions of each group of mappings that write the same field."""
    groups: defaultdict[str, list[int]] = defaultdict(list)
    for index, target in enumerate(targets):
        groups[fold_name(target.column or target.field.label)].append(index)
    for group in groups.values():
        if len(group) > 1:
            yield tuple(group)


def _keep_last(changes: list[Change], group: tuple[int, ...]) -> None:
    fitting = [
        index
        for index in group
        if changes[index].fate in {Fate.WRITTEN, Fate.UNCHANGED}
    ]
    for index in fitting[:-1]:
        text = changes[index].response_value
        changes[index] = Change(index, Fate.UNCHANGED, text, None, _OVERTAKEN)


def _outcome_of(changes: tuple[Change, ...], has_duplicate_keys: bool) -> Outcome:  # noqa: FBT001 - a fact of the document
    note = _REPEATED_KEY if has_duplicate_keys else ""
    if any(change.fate is Fate.WRITTEN for change in changes):
        return Outcome(OutcomeKind.UPDATED, reason=note, changes=changes)
    reason = _nothing_written(tuple(change.fate for change in changes), note)
    return Outcome(OutcomeKind.NO_UPDATE, reason=reason, changes=changes)


@lru_cache(maxsize=4_096)
def _nothing_written(fates: tuple[Fate, ...], note: str) -> str:
    counts = Counter(fates)
    listed = ", ".join(f"{counts[fate]} {fate}" for fate in Fate if counts[fate])
    reason = f"no mapping wrote a value: {listed}"
    return f"{reason}; {note}" if note else reason
