"""Excel workbooks to rows of text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, time
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import pandas as pd

from nbwebhook.errors import UnreadableList
from nbwebhook.frames.cells import text_of_cell
from nbwebhook.frames.warned import warnings_taken
from nbwebhook.lists.headers import check_header
from nbwebhook.lists.tables import (
    Table,
    missing_package,
    unreadable_file,
)
from nbwebhook.render.leads import Unsendable

__all__ = ["open_excel"]

_EXACT_DIGITS = 15  # of a number that Excel keeps
_MIDNIGHT = time(0)


@contextmanager
def open_excel(path: Path) -> Iterator[Table]:
    """Open the one sheet of a workbook that holds anything.

    A number is read as it is kept, not as it is shown: `501`, shown as `00501` by a
    format, is `501`. A formula is read as what it last gave.

    Raises:
        UnreadableList: The workbook cannot be read, or a cell has no exact text.
        DuplicateColumn: Two columns have the same name.
    """
    source = str(path)
    cells = _only_sheet(source, _sheets(path))
    columns = [_excel_column(source, cells[name]) for name in cells.columns]
    rows = list(zip(*columns, strict=True))
    check_header(source, rows[0], 1)
    yield Table(rows[0], _excel_rows(source, rows))


def _sheets(path: Path) -> dict[str, pd.DataFrame]:
    try:
        with warnings_taken("ignore"):  # of parts that hold no cells
            return pd.read_excel(
                path,
                sheet_name=None,
                header=None,
                dtype=object,
                keep_default_na=False,
                na_filter=False,
                engine="openpyxl",
            )
    except ImportError as error:
        raise missing_package(path, "Excel workbooks", "openpyxl") from error
    except OSError as error:
        raise unreadable_file(path, error) from error
    except (
        BadZipFile,
        EOFError,
        KeyError,
        SyntaxError,
        TypeError,
        ValueError,
    ) as error:
        problem = "not a workbook that openpyxl can read; save it as .xlsx or CSV"
        raise UnreadableList(str(path), problem) from error


def _only_sheet(source: str, sheets: dict[str, pd.DataFrame]) -> pd.DataFrame:
    filled = {name: cells for name, cells in sheets.items() if len(cells)}
    if not filled:
        raise UnreadableList(source, "the workbook is empty")
    if len(filled) > 1:
        listed = ", ".join(repr(name) for name in filled)
        problem = (
            f"{len(filled)} sheets hold something: {listed}; keep the one with the "
            "leads, or save it as CSV"
        )
        raise UnreadableList(source, problem)
    return next(iter(filled.values()))


def _excel_column(source: str, column: pd.Series[Any]) -> list[str]:
    cells = column.tolist()
    has_time = any(isinstance(c, datetime) and c.time() != _MIDNIGHT for c in cells)
    texts = []
    for line, cell in enumerate(cells, start=1):
        if isinstance(cell, float) and cell != cell:  # noqa: PLR0124 - NaN differs from itself
            problem = "a cell shows an error such as #N/A; correct or empty it"
            raise UnreadableList(source, problem, line)
        texts.append(_excel_text(source, cell, line, has_time=has_time))
    return texts


def _excel_text(source: str, cell: object, line: int, *, has_time: bool) -> str:
    if isinstance(cell, int | float) and abs(cell) >= 10**_EXACT_DIGITS:
        problem = (
            f"a number of more than {_EXACT_DIGITS} digits, of which Excel keeps "
            f"{_EXACT_DIGITS}; make the column text and enter it again"
        )
        raise UnreadableList(source, problem, line)
    if isinstance(cell, datetime) and not has_time:
        return cell.date().isoformat()
    if isinstance(cell, time):
        return cell.isoformat()
    text = text_of_cell(cell)
    if isinstance(text, Unsendable):
        raise UnreadableList(source, text.problem, line)
    return text


def _excel_rows(source: str, rows: list[tuple[str, ...]]) -> Iterator[Sequence[str]]:
    for line, row in enumerate(rows[1:], start=2):
        if len(row) > 1 and not any(row):
            problem = "an empty row between two others; remove it"
            raise UnreadableList(source, problem, line)
        yield row
