r"""Whether each lead's body is JSON, told from few of them, and what is to blame.

A body's grammar does not depend on what a string or number says, only on that it is one.
So every value is sorted into a kind, and leads whose values are of the same kinds stand
or fall together: one body of each such group is parsed. Only leads with a value that
could mean anything are parsed one by one.

```text
{"id": {{lead.Id}}, "note": "{{lead.Note}}"}      under None
        number               clean     same kinds: one is parsed for all
        nothing              clean     likewise: no JSON
        number               any       holds quotes or the like: each is parsed
```
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import NoReturn

from nbwebhook.definition.quoting import Quoting

__all__ = ["JsonJudge", "JsonSlot", "Kind", "json_problem", "slot_borders"]

_NUMBER = re.compile(rb"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_STRING = re.compile(rb'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4}))*+"')
_WORDS = frozenset([b"true", b"false", b"null"])
_NOT_CLEAN = re.compile(rb'["\\\x00-\x1f]')
_QUOTE = 0x22
_MAY_FOLLOW_A_STRING = frozenset(b",:}] \t\n\r")
_BORDERS = frozenset("{}[],: \t\r\n")
_BEGUN_ESCAPE = re.compile(r"\\(?:u[0-9A-Fa-f]{0,3})?\Z")


class Kind(Enum):
    """What a value is to JSON's grammar, where it stands."""

    STRING = "string"
    NUMBER = "number"
    WORD = "word"
    NOTHING = "nothing"
    CLEAN = "clean"
    BREAKS = "breaks"
    ANY = "any"


_BLAMED = frozenset([Kind.NOTHING, Kind.BREAKS, Kind.ANY])
_Kinds = list[Kind] | Kind
"""The kind of each lead's value, or the one that all of them have."""


@dataclass(frozen=True, slots=True)
class JsonSlot:
    """One token of the payload.

    Attributes:
        quoting: Whether the template's own quotes are round it.
        has_borders: Whether nothing beside it can become one with its value.
        adds_quotes: Whether text comes with quotes of its own.
        is_checked: Whether what begins with a quote may be no string of JSON.
        filling: The number of what fills it; None if all leads get the same.
        constant: What all leads get, if they do.
    """

    quoting: Quoting
    has_borders: bool
    adds_quotes: bool
    is_checked: bool = False
    filling: int | None = None
    constant: bytes = b""

    def kind_of(self, value: bytes) -> Kind:
        """Return the kind of what a lead gets."""
        if not self.has_borders:
            return Kind.ANY
        if self.quoting != "bare":
            return self._kind_in_string(value)
        if not value:
            return Kind.NOTHING
        if value[0] == _QUOTE:
            is_string = not self.is_checked or _STRING.fullmatch(value)
            return Kind.STRING if is_string else Kind.ANY
        if _NUMBER.fullmatch(value):
            return Kind.NUMBER
        return Kind.WORD if value in _WORDS else Kind.ANY

    def _kind_in_string(self, value: bytes) -> Kind:
        if self.adds_quotes and value[:1] == b'"':
            # The first quote ends the template's string; what comes next stands bare.
            text = value[1:-1]
            is_sure = not text or text[0] not in _MAY_FOLLOW_A_STRING
            return Kind.BREAKS if is_sure else Kind.ANY
        return Kind.ANY if _NOT_CLEAN.search(value) else Kind.CLEAN

    def kinds_of(self, values: Sequence[bytes]) -> _Kinds:
        """Return the kinds of the leads' values."""
        if kind := self._kind_of_all(values):
            return kind
        distinct = set(values)
        kinds = {value: self.kind_of(value) for value in distinct}
        found = set(kinds.values())
        return found.pop() if len(found) == 1 else [kinds[value] for value in values]

    def _kind_of_all(self, values: Sequence[bytes]) -> Kind | None:
        """Return the kind of all values, where a look at them all at once tells."""
        if not self.has_borders:
            return Kind.ANY
        if self.quoting == "bare":
            are_strings = {value[:1] for value in values} == {b'"'}
            return Kind.STRING if are_strings and not self.is_checked else None
        is_clean = not self.adds_quotes and not _NOT_CLEAN.search(b"".join(values))
        return Kind.CLEAN if is_clean else None


def slot_borders(before: str, after: str, quoting: Quoting) -> bool:
    r"""Return whether nothing beside a token can become one with its value.

    Args:
        before: The literal text before it; empty if there is none.
        after: The one after it.
        quoting: Whether it stands in a string.

    Example:
        >>> slot_borders('{"a": ', "}", "bare"), slot_borders("[1", "]", "bare")
        (True, False)
    """
    if quoting != "bare":
        return not _BEGUN_ESCAPE.search(before)
    return before[-1:] in _BORDERS and after[:1] in _BORDERS


class JsonJudge:
    """Tells which leads of a block have a body that is not JSON.

    Args:
        slots: The payload's tokens, in their order.
    """

    def __init__(self, slots: Sequence[JsonSlot]) -> None:
        self._slots = slots

    def find_invalid(
        self, filled: Sequence[Sequence[bytes]], bodies: Sequence[bytes]
    ) -> Iterator[tuple[int, tuple[int, ...]]]:
        """Yield the position of each lead whose body is not JSON, and the slots to blame.

        Args:
            filled: By number of a filling, what each lead gets.
            bodies: The leads' bodies.
        """
        columns = [self._kinds(slot, filled) for slot in self._slots]
        varying = [column for column in columns if isinstance(column, list)]
        common = self._verdict_of_all(columns)
        rows = zip(*varying, strict=True) if varying else iter([()] * len(bodies))
        verdicts: dict[tuple[Kind, ...], bool | None] = {}
        texts: dict[bytes, bool] = {}
        for row, kinds in enumerate(rows):
            if kinds not in verdicts:
                verdicts[kinds] = _verdict(kinds, common, bodies[row])
            is_json = verdicts[kinds]
            if is_json is None:
                body = bodies[row]
                if body not in texts:
                    texts[body] = not json_problem(body)
                is_json = texts[body]
            if not is_json:
                yield row, _blamed(columns, row)

    def _kinds(self, slot: JsonSlot, filled: Sequence[Sequence[bytes]]) -> _Kinds:
        if slot.filling is None:
            return slot.kind_of(slot.constant)
        return slot.kinds_of(filled[slot.filling])

    def _verdict_of_all(self, columns: Sequence[_Kinds]) -> Kind:
        """Return the worst kind that a value of every lead has.

        What is the same text for all leads is as sure as the template.
        """
        for slot, column in zip(self._slots, columns, strict=True):
            if column is Kind.BREAKS:
                return Kind.BREAKS
            if column is Kind.ANY and slot.filling is not None:
                return Kind.ANY
        return Kind.CLEAN


def _verdict(kinds: tuple[Kind, ...], common: Kind, body: bytes) -> bool | None:
    """Return whether all leads of these kinds have JSON; None if each has to be parsed."""
    if Kind.BREAKS in (*kinds, common):
        return False
    if Kind.ANY in (*kinds, common):
        return None
    return not json_problem(body)


def _blamed(columns: Sequence[_Kinds], row: int) -> tuple[int, ...]:
    """Return the slots whose value may be none that JSON takes there."""
    return tuple(
        number
        for number, column in enumerate(columns)
        if (column if isinstance(column, Kind) else column[row]) in _BLAMED
    )


def _refuse(name: str) -> NoReturn:
    raise ValueError(name)


def json_problem(body: bytes | str) -> str:
    """Return why a body is not JSON, or nothing.

    Example:
        >>> json_problem('{"a" 1}')
        "expecting ':' delimiter at line 1, column 6"
    """
    try:
        json.loads(body, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        what = f"{error.msg[:1].lower()}{error.msg[1:]}".removesuffix(" at")
        return f"{what} at line {error.lineno}, column {error.colno}"
    except RecursionError:
        return "it is too deep"
    except ValueError:
        return "it holds NaN, a number of too many digits, or bytes that are not UTF-8"
    return ""
