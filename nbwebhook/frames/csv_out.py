"""Frames to CSV that `read_leads` reads back exactly and a spreadsheet shows as text."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import pandas as pd

from nbwebhook.frames.column_texts import column_texts
from nbwebhook.lists.csv_dialect import PLAIN_DIALECT, CsvDialect, sep_line
from nbwebhook.lists.csv_guard import guard_cell, has_live_cell, unguard_cell
from nbwebhook.lists.files import replace_file

__all__ = [
    "CsvBytes",
    "CsvStream",
    "CsvWritten",
    "csv_bytes",
    "unguard_leads",
    "write_csv",
]

_BLOCK_ROWS = 10_000
_MARKS = {
    "utf-8": codecs.BOM_UTF8,
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
    "utf-32-le": codecs.BOM_UTF32_LE,
    "utf-32-be": codecs.BOM_UTF32_BE,
}
_DELIMITERS = frozenset(",;\t|")

_Cells = tuple[list[str], bool]
"""The texts of a column, and whether none of them can be a formula."""


@dataclass(frozen=True, slots=True)
class CsvWritten:
    """What was written.

    Attributes:
        path: The file.
        dialect: How; UTF-8 with a mark where the encoding asked for lacks a character.
        guarded: Cells that got an apostrophe.
    """

    path: Path
    dialect: CsvDialect
    guarded: int


@dataclass(frozen=True, slots=True)
class CsvBytes:
    """A frame as the bytes of a file.

    Attributes:
        raw: The bytes.
        guarded: Cells that got an apostrophe.
    """

    raw: bytes
    guarded: int


def write_csv(
    frame: pd.DataFrame,
    path: Path,
    *,
    dialect: CsvDialect = PLAIN_DIALECT,
    excel_safe: bool = True,
) -> CsvWritten:
    r"""Write a frame as CSV, without its index; a file that was there is replaced whole.

    Text stands as it is, other values as they would be sent, an empty cell as nothing.

    Args:
        frame: Any frame with text for names.
        path: The file.
        dialect: How to write it, such as `dialect_of(leads)`.
        excel_safe: Put an apostrophe before what a spreadsheet would compute.

    Raises:
        OSError: The file cannot be written.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> frame = pd.DataFrame({"Id": [7], "Last Name": ["=1+1"]})
        >>> with TemporaryDirectory() as folder:
        ...     written = write_csv(frame, Path(folder, "leads.csv"))
        ...     written.path.read_text(), written.guarded
        ("Id,Last Name\n7,'=1+1\n", 1)
    """
    try:
        return _write(frame, path, dialect, excel_safe=excel_safe)
    except UnicodeEncodeError:
        universal = replace(dialect, encoding="utf-8", has_mark=True)
        return _write(frame, path, universal, excel_safe=excel_safe)


def csv_bytes(frame: pd.DataFrame, *, most: int) -> CsvBytes | None:
    r"""Return the bytes that `write_csv` writes, for a link; None if they are too many.

    Args:
        frame: Any frame with text for names.
        most: Bytes at most; no more than one block beyond them is made.

    Example:
        >>> csv_bytes(pd.DataFrame({"Name": ["=1+1"]}), most=1_000)
        CsvBytes(raw=b"Name\n'=1+1\n", guarded=1)
        >>> csv_bytes(pd.DataFrame({"Name": ["=1+1"]}), most=5) is None
        True
    """
    raw = BytesIO()
    writing = CsvStream(raw, PLAIN_DIALECT, excel_safe=True)
    for part in writing.parts(frame):
        if raw.write(part) and raw.tell() > most:
            return None
    return CsvBytes(raw.getvalue(), writing.guarded)


def unguard_leads(leads: pd.DataFrame) -> pd.DataFrame:
    """Return leads that were written Excel-safe as they were before.

    Args:
        leads: A frame of text; names and cells are looked at.

    Example:
        >>> unguard_leads(pd.DataFrame({"Name": ["'=1", "'s-Gravenhage"]}))[
        ...     "Name"
        ... ].tolist()
        ['=1', "'s-Gravenhage"]
    """
    columns = {
        unguard_cell(name): pd.array(
            [unguard_cell(cell) for cell in leads[name]], dtype="string"
        )
        for name in leads.columns
    }
    plain = pd.DataFrame(columns, index=leads.index)
    plain.attrs = leads.attrs
    return plain


def _write(
    frame: pd.DataFrame, path: Path, dialect: CsvDialect, *, excel_safe: bool
) -> CsvWritten:
    with replace_file(path) as stream:
        written = CsvStream(stream, dialect, excel_safe=excel_safe)
        written.write(frame)
    return CsvWritten(path, dialect, written.guarded)


class CsvStream:
    """One list of CSV, written a frame after another.

    Args:
        stream: Where to.
        dialect: How to write it.
        excel_safe: Put an apostrophe before what a spreadsheet would compute.
    """

    def __init__(
        self, stream: BinaryIO, dialect: CsvDialect, *, excel_safe: bool
    ) -> None:
        self._stream = stream
        self._dialect = dialect
        self._excel_safe = excel_safe
        # Half a surrogate pair has no bytes; what is kept of it is refused when read.
        is_wide = dialect.encoding.startswith("utf-")
        self._errors = "surrogatepass" if is_wide else "strict"
        self._layout: _Layout | None = None

    @property
    def guarded(self) -> int:
        """Cells that got an apostrophe."""
        return self._layout.guarded if self._layout else 0

    def write(
        self, frame: pd.DataFrame, whole: Mapping[str, bool] | None = None
    ) -> None:
        """Write the rows of a frame, and before the first of them the names.

        Args:
            frame: Some rows.
            whole: By name, whether a column of floats is one of whole numbers in all of
                the list; these rows say it where nobody does.

        Raises:
            UnicodeEncodeError: The encoding lacks a character.
        """
        self._stream.writelines(self.parts(frame, whole))

    def parts(
        self, frame: pd.DataFrame, whole: Mapping[str, bool] | None = None
    ) -> Iterator[bytes]:
        """Yield the same bytes, a block after another, without writing them."""
        if self._layout is None:
            self._layout = _Layout(
                self._dialect, width=len(frame.columns), excel_safe=self._excel_safe
            )
            if self._dialect.has_mark:
                yield _MARKS.get(self._dialect.encoding, b"")
            yield self._encoded(self._layout.header(list(frame.columns)))
        for columns in _text_blocks(frame, whole or {}):
            yield self._encoded(self._layout.rows(columns))

    def _encoded(self, text: str) -> bytes:
        return text.encode(self._dialect.encoding, self._errors)


class _Layout:
    """Columns of text to lines of CSV."""

    def __init__(self, dialect: CsvDialect, *, width: int, excel_safe: bool) -> None:
        self._delimiter = dialect.delimiter
        self._line_end = dialect.line_end
        self._excel_safe = excel_safe
        # A list of one column has no delimiter that tells how it is to be read.
        others = _DELIMITERS if width == 1 else frozenset()
        self._special = {dialect.delimiter, '"', "\r", "\n"} | others
        self._pattern = re.compile(f"[{re.escape(''.join(sorted(self._special)))}]")
        self._quotes_empty = width == 1
        self.guarded = 0

    def header(self, names: Sequence[str]) -> str:
        """Return the line of the names, written so that it cannot be misread."""
        cells = [str(name) for name in names]
        if self._excel_safe:
            cells = self._guard(cells)
        is_mistakable = names and str(names[0]).startswith("\ufeff")
        others = _DELIMITERS - {self._delimiter}
        if is_mistakable or any(others & set(name) for name in cells):
            line = self._delimiter.join(map(_quoted, cells))
        else:
            line = self._delimiter.join(self._quote(cells))
        if sep_line(line):
            line = f"sep={self._delimiter}{self._line_end}{line}"
        return line + self._line_end

    def rows(self, columns: Sequence[_Cells]) -> str:
        """Return the lines of some rows, given by their columns."""
        written = [
            self._written(cells, is_harmless=is_harmless)
            for cells, is_harmless in columns
        ]
        lines = map(self._delimiter.join, zip(*written, strict=True))
        return self._line_end.join([*lines, ""])

    def _written(self, cells: list[str], *, is_harmless: bool = False) -> list[str]:
        """Return the cells of a column as they stand in the file."""
        together = "\0".join(("", *cells))  # a zero before each of them
        if self._excel_safe and not is_harmless and has_live_cell(together):
            cells = self._guard(cells)
        if self._quotes_empty or any(each in together for each in self._special):
            cells = self._quote(cells)
        return cells

    def _guard(self, cells: list[str]) -> list[str]:
        guarded = [guard_cell(cell) for cell in cells]
        self.guarded += sum(map(str.__ne__, cells, guarded))
        return guarded

    def _quote(self, cells: list[str]) -> list[str]:
        search = self._pattern.search
        return [
            _quoted(cell)
            if search(cell) or (self._quotes_empty and not cell.strip())
            else cell
            for cell in cells
        ]


def _quoted(cell: str) -> str:
    doubled = cell.replace('"', '""')
    return f'"{doubled}"'


def _text_blocks(
    frame: pd.DataFrame, whole: Mapping[str, bool]
) -> Iterator[list[_Cells]]:
    columns = [
        column_texts(frame.iloc[:, at], is_whole=whole.get(name))
        for at, name in enumerate(frame.columns)
    ]
    for start in range(0, len(frame), _BLOCK_ROWS):
        stop = min(start + _BLOCK_ROWS, len(frame))
        yield [(each.read(start, stop), each.is_harmless) for each in columns]
