"""Files that hold a list, opened as rows of text whatever their format."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import pandas as pd

from nbwebhook.errors import UnreadableList
from nbwebhook.frames.csv_dialect import CsvDialect
from nbwebhook.frames.csv_out import unguard_leads
from nbwebhook.frames.csv_text import open_csv
from nbwebhook.frames.excel import open_excel
from nbwebhook.frames.json_lines import open_json_lines
from nbwebhook.frames.parquet import open_parquet
from nbwebhook.frames.tables import Table
from nbwebhook.frames.texts import strings
from nbwebhook.frames.uncollected import uncollected

__all__ = ["ListFile", "dialect_of", "facts_of", "text_frame"]

_FACTS = "nbwebhook"
_NOT_LISTS = {
    ".xls": "an old Excel workbook; save it as .xlsx or CSV",
    ".xlsb": "a binary Excel workbook; save it as .xlsx or CSV",
    ".ods": "an OpenDocument sheet; save it as .xlsx or CSV",
    ".json": "JSON; save it as JSON Lines (.jsonl), one object a line",
    ".gz": "compressed; unpack it",
    ".zip": "compressed; unpack it",
}


@dataclass(frozen=True, slots=True)
class ListFile:
    """A file that holds a list, and how it is written.

    Attributes:
        path: The file; its suffix says what it is.
        encoding: Of a text file; None for what its byte order mark says, else UTF-8.
        delimiter: Of CSV; None for what the header says.
        excel_safe: Whether apostrophes before signs of formulas are to be taken off.
    """

    path: Path
    encoding: str | None = None
    delimiter: str | None = None
    excel_safe: bool = False

    def open(self) -> AbstractContextManager[Table]:
        """Open the list; it is closed at the end.

        Raises:
            UnreadableList: It is not a list that can be read exactly.
            DuplicateColumn: Two columns have the same name, but for case.
        """
        return _open(self.path, self.encoding, self.delimiter)

    def frames(self, table: Table, block_rows: int) -> Iterator[pd.DataFrame]:
        """Yield the rows of the open list, some at a time; one frame at least."""
        for leads in _written_frames(table, block_rows):
            yield unguard_leads(leads) if self.excel_safe else leads


def dialect_of(leads: pd.DataFrame) -> CsvDialect | None:
    """Return how the CSV file was written that the leads were read from.

    None if they come from elsewhere, or if pandas has lost it on their way.
    """
    facts = facts_of(leads)
    try:
        return CsvDialect(**{name: facts[name] for name in CsvDialect.__slots__})
    except (KeyError, TypeError):
        return None


def facts_of(leads: pd.DataFrame) -> dict[str, Any]:
    """Return how the list was written that the leads were read from, as far as known."""
    facts = leads.attrs.get(_FACTS)
    return dict(facts) if isinstance(facts, Mapping) else {}


def _open(
    path: Path, encoding: str | None, delimiter: str | None
) -> AbstractContextManager[Table]:
    suffix = path.suffix.lower()
    if suffix in _NOT_LISTS:
        raise UnreadableList(str(path), f"{suffix} is {_NOT_LISTS[suffix]}")
    is_text = suffix not in {".xlsx", ".xlsm", ".parquet", ".pq"}
    if not is_text and (encoding or delimiter):
        problem = f"encoding and delimiter are for text; leave them out for {suffix}"
        raise UnreadableList(str(path), problem)
    match suffix:
        case ".xlsx" | ".xlsm":
            return open_excel(path)
        case ".parquet" | ".pq":
            return open_parquet(path)
        case ".jsonl" | ".ndjson":
            return open_json_lines(path, encoding=encoding)
        case _:
            return _open_csv(path, encoding, delimiter)


@contextmanager
def _open_csv(
    path: Path, encoding: str | None, delimiter: str | None
) -> Iterator[Table]:
    with open_csv(path, encoding=encoding, delimiter=delimiter) as opened:
        facts: dict[str, str | bool] = {
            name: getattr(opened.dialect, name) for name in CsvDialect.__slots__
        }
        yield Table(opened.names, opened.rows(), {"source": str(path), **facts})


def _written_frames(table: Table, block_rows: int) -> Iterator[pd.DataFrame]:
    first = 0
    while True:
        with uncollected():
            rows = list(islice(table.rows, block_rows))
            leads = _frame(table, rows, first)
        if rows or not first:
            yield leads
        if not rows:
            return
        first += len(rows)


def _frame(table: Table, rows: Sequence[Sequence[str]], first: int) -> pd.DataFrame:
    columns: Sequence[Sequence[str]] = list(zip(*rows, strict=True))
    if not rows:
        columns = [()] * len(table.names)
    return text_frame(table.names, columns, first, table.facts)


def text_frame(
    names: Sequence[str],
    columns: Sequence[Sequence[str | None]],
    first: int,
    facts: Mapping[str, str | bool],
) -> pd.DataFrame:
    """Return columns of text as a frame whose index counts from `first`.

    Args:
        names: Names of the columns.
        columns: Their cells.
        first: Row of the first lead.
        facts: How the list was written, which the frame remembers.
    """
    count = len(columns[0]) if columns else 0
    leads = pd.DataFrame(
        {
            name: strings(list(cells))
            for name, cells in zip(names, columns, strict=True)
        },
        index=pd.RangeIndex(first, first + count),
    )
    if facts:
        leads.attrs[_FACTS] = dict(facts)
    return leads
