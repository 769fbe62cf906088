"""Which of the leads' present values could not stand in a field of its type in Marketo."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import cast

from nbwebhook.definition.fields import FieldType
from nbwebhook.errors import NotCoercible
from nbwebhook.mapping.coerce import coerce_value
from nbwebhook.render.leads import Unsendable, Value

__all__ = ["find_misfits"]

_MAX_CHARACTERS = 255
_MAX_AREA_BYTES = 30_000
_SAFE_DIGITS = 9


def find_misfits(values: Sequence[Value], kind: FieldType) -> list[int]:
    """Return the positions of the values that a field of this type cannot hold.

    An empty value fits every field, and one that cannot be sent is told elsewhere.

    Example:
        >>> find_misfits(["7", "seven", str(2**40), "", None], FieldType.INTEGER)
        [1, 2]
    """
    kinds = set(map(type, values)) - {type(None)}
    if kinds <= {str} and _all_fit(cast("Sequence[str | None]", values), kind):
        return []
    if len(kinds) > 1:  # values of two kinds may be equal
        return [row for row, value in enumerate(values) if _is_misfit(value, kind)]
    misfits = {value for value in set(values) if _is_misfit(value, kind)}
    return [row for row, value in enumerate(values) if value in misfits]


def _all_fit(texts: Sequence[str | None], kind: FieldType) -> bool:
    """Return whether a look at all the texts at once tells that they fit."""
    known = list(filter(None, texts))
    longest = max(map(len, known), default=0)
    if kind.is_text:
        return longest <= _MAX_CHARACTERS
    joined = "".join(known)
    are_digits = not joined or (joined.isascii() and joined.isdecimal())
    return kind.is_number and are_digits and longest <= _SAFE_DIGITS


def _is_misfit(value: Value, kind: FieldType) -> bool:
    if not kind.is_text:
        return _is_no_value(value, kind)
    if not isinstance(value, str) or len(value) <= _MAX_CHARACTERS:
        return False
    is_area = kind is FieldType.TEXT_AREA
    return not is_area or len(value.encode("utf-8", "replace")) > _MAX_AREA_BYTES


def _is_no_value(value: Value, kind: FieldType) -> bool:
    if isinstance(value, str):
        text = value.strip()
        return bool(value) and (not text or _is_refused(text, kind))
    if value is None or isinstance(value, Unsendable):
        return False
    if isinstance(value, date):
        return kind not in {FieldType.DATE, FieldType.DATETIME}
    return _is_refused(f"{value:f}" if isinstance(value, Decimal) else str(value), kind)


def _is_refused(text: str, kind: FieldType) -> bool:
    try:
        coerce_value(text, kind, from_xml=True)
    except NotCoercible:
        return True
    return False
