"""How a CSV list was written, told from its first lines."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nbwebhook.errors import UnreadableList

__all__ = [
    "PLAIN_DIALECT",
    "CsvDialect",
    "checked_delimiter",
    "detect_delimiter",
    "dialect_of_facts",
    "sep_line",
]

_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
_SEP_LINE = re.compile(r'"?sep=([^"\r\n])"?[\r\n]*', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class CsvDialect:
    """How a list was written, so that it can be written the same way again.

    Attributes:
        encoding: Python's name of the codec.
        has_mark: Whether the file begins with a byte order mark.
        delimiter: The character between two cells.
        line_end: The characters at the end of the header line; LF if it has none.
    """

    encoding: str
    has_mark: bool
    delimiter: str
    line_end: str


PLAIN_DIALECT = CsvDialect("utf-8", has_mark=False, delimiter=",", line_end="\n")


def dialect_of_facts(facts: Mapping[str, Any]) -> CsvDialect | None:
    """Return the dialect of a list by what is known of how it was written, if it is CSV.

    Example:
        >>> dialect_of_facts({"source": "leads.xlsx"}) is None
        True
    """
    try:
        return CsvDialect(**{name: facts[name] for name in CsvDialect.__slots__})
    except (KeyError, TypeError):
        return None


def sep_line(line: str) -> str | None:
    """Return the delimiter that Excel's first line `sep=;` declares, else None.

    Example:
        >>> sep_line("sep=;")
        ';'
    """
    found = _SEP_LINE.fullmatch(line)
    return found.group(1) if found else None


def checked_delimiter(source: str, delimiter: str) -> str:
    """Return `delimiter` if one can stand between cells.

    Raises:
        UnreadableList: It is not one character, or is a quote or a line end.
    """
    if len(delimiter) != 1 or delimiter in '"\r\n\0':
        problem = f"delimiter {delimiter!r}: want one character, such as ',' or ';'"
        raise UnreadableList(source, problem)
    return delimiter


def detect_delimiter(source: str, lines: Sequence[str], *, is_cut: bool) -> str:
    """Return the character between the cells of the header.

    It is comma, semicolon, tab or bar: the one that the header has outside of quotes. If
    it has several, the one under which the rows after it are as wide as the header. A
    header without any is one column.

    Args:
        source: The file, as messages call it.
        lines: The first lines, from the header on.
        is_cut: Whether the file goes on after them.

    Raises:
        UnreadableList: Several fit, or none of several.

    Example:
        >>> detect_delimiter("a.csv", ["Id;Tags, all", "1;a"], is_cut=False)
        ';'
    """
    widths = {one: _widths(lines, one) for one in _DELIMITERS}
    splitting = [one for one, found in widths.items() if found[:1] > [1]]
    if len(splitting) <= 1:
        return splitting[0] if splitting else ","
    fitting = [one for one in splitting if _is_even(widths[one], is_cut=is_cut)]
    if len(fitting) == 1:
        return fitting[0]
    names = " and ".join(_DELIMITERS[one] for one in splitting)
    problem = (
        f"the header has {names}, and the rows do not tell which of them stands between "
        'cells; say it, as in delimiter=","'
    )
    raise UnreadableList(source, problem, 1)


def _widths(lines: Sequence[str], delimiter: str) -> list[int]:
    """Return the number of cells of each row; -1 at the end for one that breaks off."""
    widths: list[int] = []
    try:
        widths.extend(map(len, csv.reader(lines, delimiter=delimiter, strict=True)))
    except csv.Error:
        widths.append(-1)
    return widths


def _is_even(widths: Sequence[int], *, is_cut: bool) -> bool:
    whole = widths[:-1] if is_cut else widths
    return set(whole) <= {widths[0], 0}
