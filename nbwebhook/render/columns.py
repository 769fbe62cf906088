"""A column of a block to the bytes that each lead gets for one token.

Equal values are encoded once. A value that cannot be sent becomes its lead's error and
leaves the others alone.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TypeVar, cast
from zoneinfo import ZoneInfo

from nbwebhook.definition.fields import FieldType
from nbwebhook.errors import RenderError
from nbwebhook.render.encoding import (
    SHORT,
    Slot,
    encode_empty,
    encode_value,
    quick_text_encoder,
    text_encoder,
)
from nbwebhook.render.leads import Column, Unsendable, Value
from nbwebhook.render.texts import NoText, is_empty, to_text

__all__ = ["ColumnToken", "Encoded", "encode_column", "encode_constant"]

Encoded = tuple[list[bytes], Mapping[int, RenderError]]
"""The bytes of each lead, and the errors by position; their bytes are empty."""

_V = TypeVar("_V")
_TEXT_KINDS = frozenset([str, type(None)])
_EXACT_KINDS = frozenset([str, int, bool, date, type(None)])
"""The types whose equal values have equal texts: not decimals (1.0 and 1.00) and not
times (the two passes of an hour that a clock is set back)."""


@dataclass(frozen=True, slots=True)
class ColumnToken:
    """A token that a column fills, or first and last name together.

    Attributes:
        columns: Names of the columns.
        slot: How the values are written.
    """

    columns: tuple[str, ...]
    slot: Slot


def encode_column(
    token: ColumnToken, columns: Mapping[str, Column], zone: ZoneInfo
) -> Encoded:
    """Return what every lead of a block gets for one token.

    Args:
        token: The token and where it stands.
        columns: The block's columns by name.
        zone: The account's time zone.
    """
    parts = [columns[name] for name in token.columns]
    values = parts[0].values if len(parts) == 1 else _joined(parts, zone)
    kinds = set(map(type, values))
    slot = token.slot
    empty_kind = slot.type or parts[0].type or _type_of(kinds)

    def encode(value: Value) -> bytes:
        if is_empty(value):
            return encode_empty(slot, empty_kind)
        return encode_value(value, slot, zone)

    if kinds <= _TEXT_KINDS and not slot.may_be_bare:
        texts = cast("set[str]", set(values) - {None, ""})
        if len(texts) == len(values):  # all unlike, so that no table would help
            ordered = cast("Sequence[str]", values)
            encoded = _encode_texts(ordered, slot)
            return _split(encoded, encoded)
        table: dict[Value, bytes | RenderError] = {}
        table.update(zip(texts, _encode_texts(texts, slot), strict=True))
        table[None] = table[""] = _encode_all([None], encode)[0]
    elif kinds <= _EXACT_KINDS and len(kinds - {type(None)}) <= 1:
        distinct = set(values)
        table = dict(zip(distinct, _encode_all(distinct, encode), strict=True))
    else:
        encoded = _encode_all(values, encode)
        return _split(encoded, encoded)
    return _split([table[value] for value in values], table.values())


def encode_constant(text: str, slot: Slot, count: int) -> Encoded:
    """Return what every lead of a block gets for a text that they share."""
    encoded = _encode_all([text], text_encoder(slot)) * count
    return _split(encoded, encoded)


def _encode_texts(texts: Collection[str], slot: Slot) -> list[bytes | RenderError]:
    quick = quick_text_encoder(slot)
    is_short = max(map(len, texts), default=0) <= SHORT
    if quick and is_short and "".join(texts).isascii():
        return list(map(quick, texts))
    return _encode_all(texts, text_encoder(slot))


def _encode_all(
    values: Iterable[_V], encode: Callable[[_V], bytes]
) -> list[bytes | RenderError]:
    encoded: list[bytes | RenderError] = []
    for value in values:
        try:
            encoded.append(encode(value))
        except RenderError as error:  # its frames would keep the value
            encoded.append(error.with_traceback(None))
    return encoded


def _split(
    encoded: list[bytes | RenderError], distinct: Iterable[bytes | RenderError]
) -> Encoded:
    if set(map(type, distinct)) <= {bytes}:
        return cast("list[bytes]", encoded), {}
    errors = {
        row: found
        for row, found in enumerate(encoded)
        if isinstance(found, RenderError)
    }
    return [b"" if isinstance(e, RenderError) else e for e in encoded], errors


def _type_of(kinds: set[type]) -> FieldType | None:
    """Return the type that all of a column's values are of, if they are bare ones."""
    kinds = kinds - {type(None), Unsendable}
    if not kinds or not all(issubclass(kind, bool | int | Decimal) for kind in kinds):
        return None
    return FieldType.FLOAT


def _joined(parts: Sequence[Column], zone: ZoneInfo) -> list[Value]:
    """Return the texts of several columns, joined by a space where there are several."""
    rows = zip(*(part.values for part in parts), strict=True)
    return [_join(row, zone) for row in rows]


def _join(row: tuple[Value, ...], zone: ZoneInfo) -> Value:
    texts = []
    for value in row:
        if isinstance(value, Unsendable):
            return value
        if not is_empty(value):
            try:
                texts.append(to_text(value, zone))
            except NoText as found:
                return Unsendable(found.problem)
    return " ".join(texts)
