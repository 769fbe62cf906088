"""Lists of leads to frames, text exactly as written.

| file | read as |
| --- | --- |
| `.csv`, `.tsv`, `.txt`, any other | CSV, with comma, semicolon, tab or bar |
| `.xlsx`, `.xlsm` | the one sheet that holds anything; needs openpyxl |
| `.parquet`, `.pq` | Parquet; needs pyarrow |
| `.jsonl`, `.ndjson` | one JSON object a line |

Every column is text (`string`): 00501 stays 00501, the surname Null stays a surname, and
an empty cell is the empty text, never NA. Who wants the types of a Parquet file passes
`pandas.read_parquet(...)` to the run instead.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from itertools import islice
from os import PathLike
from pathlib import Path

import pandas as pd

from nbwebhook.definition.fields import Fields
from nbwebhook.errors import InvalidPlan, UnreadableList
from nbwebhook.frames.csv_dialect import CsvDialect
from nbwebhook.frames.csv_out import PLAIN_DIALECT, unguard_leads, write_csv
from nbwebhook.frames.csv_text import open_csv
from nbwebhook.frames.excel import open_excel
from nbwebhook.frames.json_lines import open_json_lines
from nbwebhook.frames.keys import find_key_column, keys_of
from nbwebhook.frames.parquet import open_parquet
from nbwebhook.frames.tables import Table

__all__ = ["dialect_of", "read_leads", "scan_leads", "write_leads"]

_FACTS = "nbwebhook"
_ROWS_AT_ONCE = 10_000
_CELLS_AT_ONCE = 1_000_000
_NOT_LISTS = {
    ".xls": "an old Excel workbook; save it as .xlsx or CSV",
    ".xlsb": "a binary Excel workbook; save it as .xlsx or CSV",
    ".ods": "an OpenDocument sheet; save it as .xlsx or CSV",
    ".json": "JSON; save it as JSON Lines (.jsonl), one object a line",
    ".gz": "compressed; unpack it",
    ".zip": "compressed; unpack it",
}


def read_leads(
    path: str | PathLike[str],
    key: str | None = None,
    *,
    fields: Fields | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    excel_safe: bool = False,
) -> pd.DataFrame:
    r"""Return the leads of a file, every cell as the text that is written there.

    Nothing is guessed, and nothing is dropped but blank lines at the end: a list that
    cannot be read exactly is refused with the line where it breaks.

    Args:
        path: The file; its suffix says what it is.
        key: A column that must be there, its keys unlike; say it to the run as well,
            since a frame does not remember it. None: nothing is checked.
        fields: The field table, for other names of `key`.
        encoding: Of a text file; None for what its byte order mark says, else UTF-8.
        delimiter: Of CSV; None for what the header says.
        excel_safe: The file was written Excel-safe by `Result.save`: the apostrophe that
            was put before `=`, `+`, `-` or `@` is taken off.

    Raises:
        UnreadableList: The file is not a list that can be read exactly.
        RaggedRow: A row has more or fewer cells than the header.
        DuplicateColumn: Two columns have the same name, but for case.
        MissingColumn: There is no column `key`.
        DuplicateKey: Leads have the same key.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     path = Path(folder, "leads.csv")
        ...     _ = path.write_text("Id,Postal Code\n7,00501\n")
        ...     read_leads(path).to_dict("list")
        {'Id': ['7'], 'Postal Code': ['00501']}
    """
    with _open(Path(path), encoding, delimiter) as table:
        key_column = _key_column(table, key, fields)
        block_rows = min(_ROWS_AT_ONCE, _CELLS_AT_ONCE // len(table.names) or 1)
        frames = list(_frames(table, block_rows, excel_safe=excel_safe))
    leads = frames[0] if len(frames) == 1 else pd.concat(frames)
    leads.attrs = frames[0].attrs
    if key_column is not None:
        keys_of(leads, key_column)
    return leads


def scan_leads(  # noqa: PLR0913 - one an idea, all by keyword
    path: str | PathLike[str],
    block_rows: int = 10_000,
    *,
    key: str | None = None,
    fields: Fields | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    excel_safe: bool = False,
) -> Iterator[pd.DataFrame]:
    """Yield the leads of a file by the rules of `read_leads`, some at a time.

    Memory is that of a block, but for a workbook, which is read as a whole. The index
    counts rows through the list. A list without leads yields one frame without rows.
    Keys of one block are not compared with those of another.

    Args:
        path: The file; its suffix says what it is.
        block_rows: Most leads of a frame.
        key: A column that must be there.
        fields: The field table, for other names of `key`.
        encoding: Of a text file; None for what its byte order mark says, else UTF-8.
        delimiter: Of CSV; None for what the header says.
        excel_safe: The file was written Excel-safe by `Result.save`: the apostrophe that
            was put before `=`, `+`, `-` or `@` is taken off.

    Raises:
        LeadsError: As `read_leads`, when the place is reached.
    """
    if block_rows < 1:
        raise InvalidPlan("block_rows", f"want 1 or more, not {block_rows}")
    with _open(Path(path), encoding, delimiter) as table:
        key_column = _key_column(table, key, fields)
        for leads in _frames(table, block_rows, excel_safe=excel_safe):
            if key_column is not None:
                keys_of(leads, key_column)
            yield leads


def write_leads(
    leads: pd.DataFrame,
    path: str | PathLike[str],
    *,
    like_input: bool = False,
    excel_safe: bool = True,
) -> Path:
    """Write leads as CSV that `read_leads` reads back exactly, and return its path.

    A file that is there is replaced, as a whole or not at all. Where the encoding of the
    input lacks a character the file is UTF-8 with a byte order mark.

    Args:
        leads: Any frame with text for names; the index is not written.
        path: The file.
        like_input: Write with the encoding, delimiter and line ends of the list that was
            read, where the frame still knows them; else UTF-8, comma and LF.
        excel_safe: Put an apostrophe before cells that a spreadsheet would compute;
            `read_leads(path, excel_safe=True)` takes it off again.

    Raises:
        OSError: The file cannot be written.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> leads = pd.DataFrame({"Id": ["7"], "Last Name": ["=1+1"]})
        >>> with TemporaryDirectory() as folder:
        ...     path = write_leads(leads, Path(folder, "leads.csv"))
        ...     path.read_text().splitlines()
        ['Id,Last Name', "7,'=1+1"]
    """
    dialect = (like_input and dialect_of(leads)) or PLAIN_DIALECT
    return write_csv(leads, Path(path), dialect=dialect, excel_safe=excel_safe).path


def dialect_of(leads: pd.DataFrame) -> CsvDialect | None:
    """Return how the CSV file was written that the leads were read from.

    None if they come from elsewhere, or if pandas has lost it on their way.
    """
    facts = leads.attrs.get(_FACTS, {})
    try:
        return CsvDialect(**{name: facts[name] for name in CsvDialect.__slots__})
    except (KeyError, TypeError):
        return None


def _key_column(table: Table, key: str | None, fields: Fields | None) -> str | None:
    return None if key is None else find_key_column(table.names, key, fields=fields)


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


def _frames(
    table: Table, block_rows: int, *, excel_safe: bool
) -> Iterator[pd.DataFrame]:
    for leads in _written_frames(table, block_rows):
        yield unguard_leads(leads) if excel_safe else leads


def _written_frames(table: Table, block_rows: int) -> Iterator[pd.DataFrame]:
    first = 0
    while rows := list(islice(table.rows, block_rows)):
        yield _frame(table, rows, first)
        first += len(rows)
    if not first:
        yield _frame(table, [], 0)


def _frame(table: Table, rows: Sequence[Sequence[str]], first: int) -> pd.DataFrame:
    columns: Sequence[Sequence[str]] = list(zip(*rows, strict=True))
    if not rows:
        columns = [()] * len(table.names)
    leads = pd.DataFrame(
        {
            name: pd.array(list(cells), dtype="string")
            for name, cells in zip(table.names, columns, strict=True)
        },
        index=pd.RangeIndex(first, first + len(rows)),
    )
    if table.facts:
        leads.attrs[_FACTS] = table.facts
    return leads
