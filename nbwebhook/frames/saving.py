"""A result into a folder: CSV, Parquet, numbers and a report."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from nbwebhook.frames.csv_out import write_csv
from nbwebhook.frames.sink import LIKE_THE_INPUT, Saved, SavePlan, require_parquet
from nbwebhook.frames.text_frames import dialect_of
from nbwebhook.lists.csv_dialect import PLAIN_DIALECT
from nbwebhook.lists.files import replace_file, write_text

if TYPE_CHECKING:
    from nbwebhook.frames.result import Result

__all__ = ["plain_for_parquet", "save_result", "write_pages"]


def save_result(result: Result, folder: Path, plan: SavePlan) -> Saved:
    """Write all of a result into `folder`, which is made if it is not there.

    Raises:
        InvalidPlan: Parquet is asked for and cannot be written.
        OSError: A file cannot be written.
    """
    if plan.parquet:
        require_parquet()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    guarded = 0
    changed = []
    for name, frame in result.tables().items():
        is_alike = plan.like_input and name in LIKE_THE_INPUT
        wanted = (is_alike and dialect_of(result.leads)) or PLAIN_DIALECT
        path = folder / f"{name}.csv"
        written = write_csv(frame, path, dialect=wanted, excel_safe=plan.excel_safe)
        guarded += written.guarded
        if written.dialect != wanted:
            changed.append(path.name)
        if plan.parquet:
            _write_parquet(frame, folder / f"{name}.parquet")
    write_pages(result, folder)
    return Saved(folder, guarded, tuple(changed))


def write_pages(result: Result, folder: Path) -> None:
    """Write the numbers of a result and its report.

    Raises:
        OSError: A file cannot be written.
    """
    numbers = json.dumps(result.summary.to_dict(), indent=2)
    write_text(folder / "summary.json", numbers + "\n")
    result.report(folder / "report.html")


def _write_parquet(frame: pd.DataFrame, path: Path) -> None:
    with replace_file(path) as stream:
        plain_for_parquet(frame).to_parquet(stream, engine="pyarrow", index=False)


def plain_for_parquet(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame as Parquet can hold it: a column of mixed values as their text."""
    plain = frame.copy(deep=False)
    plain.attrs = {}
    for name in plain.columns[plain.dtypes.map(pd.api.types.is_object_dtype)]:
        plain[name] = plain[name].map(str, na_action="ignore").astype("string")
    return plain
