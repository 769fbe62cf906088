r"""CSV to rows of text, exactly as written: nothing guessed, shifted or dropped.

RFC 4180 with what people really have: comma, semicolon, tab or bar between the cells,
any line end, Excel's `sep=;` line, blank lines at the end. What cannot be read exactly
is refused with the line where it starts, counted as an editor counts lines.

A quote inside a cell that does not begin with one is text (`5" pipe`); what stands
between quotes is text, line ends too, and `""` there is one quote.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

from nbwebhook.errors import RaggedRow, UnreadableList
from nbwebhook.lists.csv_dialect import (
    CsvDialect,
    checked_delimiter,
    detect_delimiter,
    sep_line,
)
from nbwebhook.lists.headers import check_header
from nbwebhook.lists.text_file import TextFile, count_line_ends, open_text

__all__ = ["CsvList", "open_csv"]

_SAMPLE_LINES = 200
_LINE_END = re.compile(r"\r\n|\n|\r")
_QUOTED = re.compile(r'"(?:[^"]++|"")*+("?)')


@contextmanager
def open_csv(
    path: Path, *, encoding: str | None = None, delimiter: str | None = None
) -> Iterator[CsvList]:
    """Open a CSV list, its header read and checked, and close it at the end.

    Args:
        path: The file.
        encoding: None for what its byte order mark says, else UTF-8.
        delimiter: None for what its header says.

    Raises:
        UnreadableList: The file is not a list that can be read exactly.
        DuplicateColumn: Two columns have the same name.
    """
    with open_text(path, encoding) as text:
        yield CsvList(text, delimiter)


class CsvList:
    """An open list: its header, and its rows once.

    Attributes:
        source: The file, as messages call it.
        names: The names of the columns, as written.
        dialect: How the list was written.
    """

    def __init__(self, text: TextFile, delimiter: str | None) -> None:
        self.source = text.source
        lines = text.lines()
        sample = list(islice(lines, _SAMPLE_LINES))
        self._refuse_double_ends(sample)
        declared = sep_line(sample[0]) if sample else None
        self._first_line = 2 if declared else 1
        del sample[: self._first_line - 1]
        if delimiter is None:
            is_cut = len(sample) >= _SAMPLE_LINES - 1
            delimiter = declared or detect_delimiter(self.source, sample, is_cut=is_cut)
        self._delimiter = checked_delimiter(self.source, delimiter)
        self._row_lines: list[str] = []  # of the row that is being read
        self._reader = csv.reader(
            self._remembered(chain(sample, lines)), delimiter=delimiter, strict=True
        )
        self.names, line_end = self._header()
        self.dialect = CsvDialect(text.encoding, text.has_mark, delimiter, line_end)

    def rows(self) -> Iterator[list[str]]:
        """Yield each lead's cells; every row has as many as the header.

        Blank lines after the last row are no leads. A blank line between rows is an
        empty cell where the list has one column, and refused where it has more.

        Raises:
            RaggedRow: A row has more or fewer cells than the header.
            UnreadableList: The text breaks the rules of CSV or of its encoding.
        """
        width, forget_lines = len(self.names), self._row_lines.clear
        blank_lines: list[int] = []
        for row in self._parsed():
            if len(row) == width and not blank_lines:
                forget_lines()
                yield row
            elif len(row) != width and self._is_blank(row):
                blank_lines.append(self._line_of_row())
                forget_lines()
            else:
                yield from self._empty_cells(blank_lines)
                blank_lines.clear()
                if len(row) != width:
                    raise RaggedRow(self.source, self._line_of_row(), len(row), width)
                forget_lines()
                yield row

    def _empty_cells(self, blank_lines: list[int]) -> Iterator[list[str]]:
        """Yield a row for each blank line between rows, if it can be one."""
        if blank_lines and len(self.names) > 1:
            problem = "a blank line between two rows; remove it, or give it its cells"
            raise UnreadableList(self.source, problem, blank_lines[0])
        for _ in blank_lines:
            yield [""]

    def _parsed(self) -> Iterator[list[str]]:
        try:
            yield from self._reader
        except csv.Error as error:
            raise self._broken_row() from error

    def _remembered(self, lines: Iterable[str]) -> Iterator[str]:
        remember = self._row_lines.append
        for line in lines:
            remember(line)
            yield line

    def _is_blank(self, row: list[str]) -> bool:
        return len(row) <= 1 and not "".join(self._row_lines).strip()

    def _line_of_row(self) -> int:
        """Return the line on which the row that was read last starts."""
        return self._first_line + self._reader.line_num - len(self._row_lines)

    def _header(self) -> tuple[tuple[str, ...], str]:
        """Return the names and the characters that end their line."""
        names = next(self._parsed(), None)
        if names is None:
            raise UnreadableList(self.source, "the file is empty")
        if self._is_blank(names):
            problem = "a blank line where the names of the columns should be"
            raise UnreadableList(self.source, problem, self._first_line)
        check_header(self.source, names, self._first_line)
        end = _LINE_END.search(self._row_lines[-1][-2:])
        self._row_lines.clear()
        return tuple(names), end.group() if end else "\n"

    def _refuse_double_ends(self, sample: list[str]) -> None:
        is_double = sample[1:2] == ["\r\n"] and sample[0].endswith("\r")
        # Inside quotes they are part of a name.
        if is_double and sample[0].count('"') % 2 == 0:
            problem = (
                "lines end in CR CR LF, as when a file is converted twice; write it "
                "again with CR LF or LF"
            )
            raise UnreadableList(self.source, problem, 1)

    def _broken_row(self) -> UnreadableList:
        """Return what is wrong with the row that was being read, and where."""
        text = "".join(self._row_lines)
        first = self._line_of_row()
        limit = csv.field_size_limit()
        fault = _find_bad_quote(text, self._delimiter)
        if fault is None:
            problem = f"a cell of more than {limit:,} characters; shorten it"
            return UnreadableList(self.source, problem, first)
        opened = first + count_line_ends(text[: fault.opens])
        if fault.closes:
            problem = (
                f"text after the closing quote of a cell that opens on line {opened}; "
                'double a quote ("") that is part of the value'
            )
            closed = first + count_line_ends(text[: fault.closes])
            return UnreadableList(self.source, problem, closed)
        end = "never closed"
        if len(text) - fault.opens > limit:
            end = f"not closed within {limit:,} characters"
        problem = (
            f"a quote opens here and is {end}; close it, or double it and put quotes "
            "round the cell if it is part of the value"
        )
        return UnreadableList(self.source, problem, opened)


@dataclass(frozen=True, slots=True)
class _BadQuote:
    """Offsets in a row's text; `closes` is 0 where nothing closes the quote."""

    opens: int
    closes: int


def _find_bad_quote(text: str, delimiter: str) -> _BadQuote | None:
    """Return the first quoted cell of a row that does not end as it should."""
    start = 0
    while True:
        quoted = _QUOTED.match(text, start)
        if quoted is None:
            end = text.find(delimiter, start)
            if end < 0:
                return None
        else:
            end = quoted.end()
            if not quoted.group(1):
                return _BadQuote(start, 0)
            if text[end : end + 1] != delimiter:
                is_row_end = text[end : end + 1] in {"", "\r", "\n"}
                return None if is_row_end else _BadQuote(start, end)
        start = end + 1
