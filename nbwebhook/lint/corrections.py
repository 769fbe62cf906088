"""Certain fixes: small edits of a definition's texts, which several can be made at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import cast

from nbwebhook.definition.webhook import Webhook

__all__ = ["Correction", "Edit", "correct_all", "parts_of"]


@dataclass(frozen=True, slots=True)
class Edit:
    """A stretch of a text of the definition, and what stands there afterwards.

    Attributes:
        part: The property: `url`, `payload_template`, `custom_headers` for a header's
            value, `response_mappings` for a mapping's field.
        start: Offset of the stretch in the text as written.
        stop: Offset after it.
        text: What replaces it.
        index: Which header or mapping, from 0; -1 for the other parts.
    """

    part: str
    start: int
    stop: int
    text: str
    index: int = -1


@dataclass(frozen=True, slots=True)
class Correction:
    """One certain fix; called, it gives the definition with it made.

    Attributes:
        parts: The definition's properties as they are.
        edits: Changes of its texts.
        values: Properties that get another value.
        headers: Headers that are added.
        is_of_fault: Whether it mends a fault without which there is no webhook. All
            other corrections take the definition with such faults mended.
        source: The file that the definition was read from, if it was.
    """

    parts: Mapping[str, object] = field(repr=False)
    edits: tuple[Edit, ...] = ()
    values: Mapping[str, object] = field(default_factory=dict)
    headers: tuple[tuple[str, str], ...] = ()
    is_of_fault: bool = False
    source: str = ""

    def __call__(self) -> Webhook:
        """Return the corrected definition.

        Raises:
            InvalidDefinition: It has other faults, which this does not mend.
        """
        return correct_all(self.parts, [self])


def parts_of(webhook: Webhook) -> dict[str, object]:
    """Return a webhook's properties by name."""
    return {name: getattr(webhook, name) for name in type(webhook).model_fields}


def correct_all(
    parts: Mapping[str, object], corrections: Iterable[Correction]
) -> Webhook:
    """Return the definition with all corrections made.

    Where two want to change the same stretch or property, the first one does.

    Raises:
        InvalidDefinition: It has other faults.
    """
    fixed = dict(parts)
    edits: dict[Edit, None] = {}
    headers: dict[str, tuple[str, str]] = {}
    values: dict[str, object] = {}
    source = ""
    for correction in corrections:
        source = source or correction.source
        edits |= dict.fromkeys(correction.edits)
        headers = {name.lower(): (name, v) for name, v in correction.headers} | headers
        values = {**correction.values, **values}
    for part in ("url", "payload_template"):
        mine = [edit for edit in edits if edit.part == part]
        if mine:
            fixed[part] = _edited(str(fixed[part]), mine)
    for part in ("custom_headers", "response_mappings"):
        mine = [edit for edit in edits if edit.part == part]
        if mine:
            pairs = cast("tuple[tuple[str, str], ...]", fixed[part])
            fixed[part] = tuple(
                (name, _edited(text, [e for e in mine if e.index == index]))
                for index, (name, text) in enumerate(pairs)
            )
    if headers:
        pairs = cast("tuple[tuple[str, str], ...]", fixed["custom_headers"])
        fixed["custom_headers"] = (*pairs, *headers.values())
    made = Webhook(**(fixed | values))  # type: ignore[arg-type]  # properties by name
    return made.read_from(source)


def _edited(text: str, edits: Iterable[Edit]) -> str:
    """Return the text with its edits made, from the back so that offsets stay."""
    taken: list[Edit] = []
    for edit in edits:
        if all(edit.stop <= other.start or edit.start >= other.stop for other in taken):
            taken.append(edit)
    for edit in sorted(taken, key=lambda e: (e.start, e.stop), reverse=True):
        text = text[: edit.start] + edit.text + text[edit.stop :]
    return text
