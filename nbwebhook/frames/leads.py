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

from os import PathLike
from pathlib import Path

import pandas as pd

from nbwebhook.definition.fields import Fields
from nbwebhook.frames.csv_out import write_csv
from nbwebhook.frames.keys import keys_of
from nbwebhook.frames.list_files import ListFile
from nbwebhook.frames.text_frames import dialect_of, frames_of
from nbwebhook.lists.csv_dialect import PLAIN_DIALECT
from nbwebhook.lists.key_columns import find_key_column

__all__ = ["read_leads", "write_leads"]

_ROWS_AT_ONCE = 10_000
_CELLS_AT_ONCE = 1_000_000


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
    file = ListFile(Path(path), encoding, delimiter, excel_safe=excel_safe)
    with file.open() as table:
        key_column = None
        if key is not None:
            key_column = find_key_column(table.names, key, fields=fields)
        block_rows = min(_ROWS_AT_ONCE, _CELLS_AT_ONCE // len(table.names) or 1)
        frames = list(frames_of(file, table, block_rows))
    leads = frames[0] if len(frames) == 1 else pd.concat(frames)
    leads.attrs = frames[0].attrs
    if key_column is not None:
        keys_of(leads, key_column)
    return leads


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
