"""JSON Lines to rows of text: one object a line, numbers as they are written."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from nbwebhook.errors import UnreadableList
from nbwebhook.lists.headers import check_header
from nbwebhook.lists.tables import Table
from nbwebhook.lists.text_file import open_text

__all__ = ["open_json_lines"]

_Pairs = tuple[tuple[str, object], ...]


@contextmanager
def open_json_lines(path: Path, *, encoding: str | None = None) -> Iterator[Table]:
    """Open a list with one JSON object a line.

    The columns are all names that occur, in the order of their first lines: the file is
    read once for them, and once for the rows. A name that a line lacks is an empty cell.

    Raises:
        UnreadableList: A line is not one flat object.
        DuplicateColumn: Two columns have the same name.
    """
    with open_text(path, encoding) as text:
        names: dict[str, None] = {}
        for _, lead in _leads(text.source, text.lines()):
            names.update(dict.fromkeys(lead))
        if not names:
            raise UnreadableList(text.source, "the file holds no lead with a name")
        check_header(text.source, tuple(names))
    with open_text(path, encoding) as text:
        yield Table(tuple(names), _rows(text.source, text.lines(), tuple(names)))


def _rows(
    source: str, lines: Iterator[str], names: Sequence[str]
) -> Iterator[Sequence[str]]:
    for line, lead in _leads(source, lines):
        if not lead.keys() <= set(names):
            problem = "the file was changed while it was being read; read it again"
            raise UnreadableList(source, problem, line)
        yield [lead.get(name, "") for name in names]


def _leads(source: str, lines: Iterator[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the number of each line that is not blank, and its object."""
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield number, _lead(source, line, number)


def _lead(source: str, line: str, number: int) -> dict[str, str]:
    try:
        pairs = json.loads(
            line,
            object_pairs_hook=tuple,
            parse_int=str,
            parse_float=str,
            parse_constant=_refuse_constant,
        )
    except json.JSONDecodeError as error:
        problem = (
            f"not JSON at column {error.colno}: {error.msg}; want one object a line"
        )
        raise UnreadableList(source, problem, number) from error
    except RecursionError as error:
        raise UnreadableList(source, "JSON nested too deeply", number) from error
    if not isinstance(pairs, tuple):
        problem = f"want one JSON object a line, not {_kind_of(pairs)}"
        raise UnreadableList(source, problem, number)
    lead = {name: _text(source, value, number) for name, value in pairs}
    if len(lead) < len(pairs):
        raise UnreadableList(source, "an object has a name more than once", number)
    if "\\u" in line:
        _refuse_half_characters(source, lead, number)
    return lead


def _refuse_constant(name: str) -> None:
    raise json.JSONDecodeError(f"{name} is no number of JSON", name, 0)


def _text(source: str, value: object, line: int) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    problem = f"a value is {_kind_of(value)}; want text, numbers, true, false or null"
    raise UnreadableList(source, problem, line)


def _kind_of(value: object) -> str:
    if isinstance(value, tuple):
        return "an object"
    return "an array" if isinstance(value, list) else "a single value"


def _refuse_half_characters(source: str, lead: dict[str, str], line: int) -> None:
    try:
        "".join([*lead, *lead.values()]).encode()
    except UnicodeEncodeError as error:
        problem = "an escape \\uD800 to \\uDFFF without its other half; correct it"
        raise UnreadableList(source, problem, line) from error
