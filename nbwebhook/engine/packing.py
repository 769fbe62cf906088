"""Many values of one column in few bytes: a million leads must fit a laptop.

| values, besides None | kept as |
| --- | --- |
| none at all, or one alone | their number, and that one |
| up to 255 distinct ones of one type | one byte each, and the distinct ones |
| whole numbers of 64 bits | eight bytes each |
| text; decimals, dates and times as text | UTF-8 in one piece, and two or eight bytes each |
| anything else, or of several types | as they are |
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol

__all__ = ["Packed", "keep_values", "pack_values"]

_MAX_DISTINCT = 255
_MAX_SHORT = 0xFFFE
_NO_TEXT = 0xFFFF
_INT64 = range(-(1 << 63) + 1, 1 << 63)
_NO_INT64 = -(1 << 63)
_BY_TEXT: dict[type, tuple[Callable[[Any], str], Callable[[str], Any]]] = {
    Decimal: (str, Decimal),
    datetime: (datetime.isoformat, datetime.fromisoformat),
    date: (date.isoformat, date.fromisoformat),
}
"""How values of a type become text, and come back."""


class Packed(Protocol):
    """Values that have been packed."""

    def unpack(self) -> list[Any]:
        """Return the values, equal to the last digit."""


def pack_values(values: Sequence[Any]) -> Packed:
    """Return values packed, whatever they are.

    Example:
        >>> pack_values(["a", None, "b", "a"]).unpack()
        ['a', None, 'b', 'a']
    """
    kinds = set(map(type, values))
    kinds.discard(type(None))
    if not kinds:
        return _Constant(None, len(values))
    kind = kinds.pop()
    if kinds:
        return _AsTheyAre(values)
    if kind in _BY_TEXT:
        write, read = _BY_TEXT[kind]
        texts = [None if value is None else write(value) for value in values]
        return _Converted(pack_values(texts), read)
    return _pack_plain(kind, values)


def keep_values(values: Sequence[Any]) -> Packed:
    """Return values as they are, for those that are soon let go of."""
    return _AsTheyAre(values)


def _pack_plain(kind: type, values: Sequence[Any]) -> Packed:
    """Return values packed that are all of one type, or None."""
    if kind not in {str, int, bool}:
        return _AsTheyAre(values)
    distinct = dict.fromkeys(values)
    if len(distinct) == 1:
        return _Constant(values[0], len(values))
    if len(distinct) <= _MAX_DISTINCT:
        return _Coded(values, distinct)
    if kind is str:
        return _Texts(values)
    known = [value for value in distinct if value is not None]
    is_short = min(known) in _INT64 and max(known) in _INT64
    return _Numbers(values) if is_short else _AsTheyAre(values)


class _Constant:
    __slots__ = ("_count", "_value")

    def __init__(self, value: object, count: int) -> None:
        self._value = value
        self._count = count

    def unpack(self) -> list[Any]:
        return [self._value] * self._count


class _AsTheyAre:
    __slots__ = ("_values",)

    def __init__(self, values: Sequence[Any]) -> None:
        self._values = tuple(values)

    def unpack(self) -> list[Any]:
        return list(self._values)


class _Converted:
    __slots__ = ("_read", "_texts")

    def __init__(self, texts: Packed, read: Callable[[str], Any]) -> None:
        self._texts = texts
        self._read = read

    def unpack(self) -> list[Any]:
        read = self._read
        return [None if text is None else read(text) for text in self._texts.unpack()]


class _Coded:
    __slots__ = ("_codes", "_distinct")

    def __init__(self, values: Sequence[Any], distinct: dict[Any, None]) -> None:
        self._distinct = tuple(distinct)
        codes = {value: code for code, value in enumerate(self._distinct)}
        self._codes = bytes(map(codes.__getitem__, values))

    def unpack(self) -> list[Any]:
        return list(map(self._distinct.__getitem__, self._codes))


class _Numbers:
    __slots__ = ("_numbers",)

    def __init__(self, values: Sequence[int | None]) -> None:
        self._numbers = array("q", [_NO_INT64 if v is None else v for v in values])

    def unpack(self) -> list[Any]:
        return [None if number == _NO_INT64 else number for number in self._numbers]


class _Texts:
    __slots__ = ("_lengths", "_utf8")

    def __init__(self, values: Sequence[str | None]) -> None:
        texts = [text or "" for text in values]
        lengths = list(map(len, texts))
        if max(lengths) <= _MAX_SHORT:
            self._lengths = array("H", lengths)
            missing = _NO_TEXT
        else:
            self._lengths = array("q", lengths)
            missing = -1
        if None in values:
            for at, text in enumerate(values):
                if text is None:
                    self._lengths[at] = missing
        self._utf8 = "".join(texts).encode("utf-8", "surrogatepass")

    def unpack(self) -> list[Any]:
        text = self._utf8.decode("utf-8", "surrogatepass")
        missing = _NO_TEXT if self._lengths.typecode == "H" else -1
        found: list[str | None] = []
        start = 0
        for length in self._lengths:
            if length == missing:
                found.append(None)
            else:
                found.append(text[start : start + length])
                start += length
        return found
