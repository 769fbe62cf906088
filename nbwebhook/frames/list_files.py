"""Files that hold a list, opened as rows of text whatever their format."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from nbwebhook.errors import UnreadableList
from nbwebhook.lists.csv_dialect import CsvDialect
from nbwebhook.lists.csv_text import open_csv
from nbwebhook.lists.json_lines import open_json_lines
from nbwebhook.lists.tables import Table

__all__ = ["ListFile"]

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
            from nbwebhook.frames.excel import (  # noqa: PLC0415 - loads pandas
                open_excel,
            )

            return open_excel(path)
        case ".parquet" | ".pq":
            from nbwebhook.frames.parquet import (  # noqa: PLC0415 - loads pyarrow
                open_parquet,
            )

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
