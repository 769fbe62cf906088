"""The files of a result, written a stretch of leads after another."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import pandas as pd

from nbwebhook.frames.csv_out import CsvStream
from nbwebhook.frames.saving import plain_for_parquet
from nbwebhook.frames.sink import SavePlan
from nbwebhook.lists.csv_dialect import CsvDialect
from nbwebhook.lists.files import replace_file

__all__ = ["EncodingLacks", "ResultFiles", "open_files", "universal"]


class EncodingLacks(Exception):
    """The encoding of one of the files lacks a character.

    Args:
        name: The table.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class ResultFiles:
    """The open files of a result.

    Args:
        csv: The CSV files, by table.
        parquet: The Parquet files, likewise; none unless asked for.
        whole: By table, the columns of floats, and whether all of one are whole numbers
            in the whole list.
    """

    def __init__(
        self,
        csv: Mapping[str, CsvStream],
        parquet: Mapping[str, _ParquetStream],
        whole: Mapping[str, Mapping[str, bool]],
    ) -> None:
        self._csv = csv
        self._parquet = parquet
        self._whole = whole

    @property
    def guarded(self) -> int:
        """Cells that got an apostrophe."""
        return sum(stream.guarded for stream in self._csv.values())

    def write(self, tables: Mapping[str, pd.DataFrame]) -> None:
        """Write the tables of some leads.

        Raises:
            EncodingLacks: A file cannot hold a character.
            OSError: A file cannot be written.
        """
        for name, frame in tables.items():
            try:
                self._csv[name].write(frame, self._whole.get(name))
            except UnicodeEncodeError as error:
                raise EncodingLacks(name) from error
            if name in self._parquet:
                self._parquet[name].write(frame)


@contextmanager
def open_files(
    folder: Path,
    dialects: Mapping[str, CsvDialect],
    plan: SavePlan,
    whole: Mapping[str, Mapping[str, bool]],
) -> Iterator[ResultFiles]:
    """Open the files of a result; those that were there stay until all is written.

    Args:
        folder: Where they are to stand.
        dialects: How each table is written, by its name.
        plan: What else is asked for.
        whole: As for `ResultFiles`.
    """
    with ExitStack() as stack:

        def enter(opened: AbstractContextManager[BinaryIO]) -> BinaryIO:
            return stack.enter_context(opened)

        csv = {
            name: CsvStream(
                enter(replace_file(folder / f"{name}.csv")),
                dialect,
                excel_safe=plan.excel_safe,
            )
            for name, dialect in dialects.items()
        }
        parquet = {}
        for name in dialects if plan.parquet else ():
            stream = enter(replace_file(folder / f"{name}.parquet"))
            parquet[name] = _ParquetStream(stream)
            stack.callback(parquet[name].close)
        yield ResultFiles(csv, parquet, whole)


def universal(dialect: CsvDialect) -> CsvDialect:
    """Return a dialect whose encoding has every character."""
    return replace(dialect, encoding="utf-8", has_mark=True)


class _ParquetStream:
    """One Parquet file, written a frame after another; the first decides the types."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._writer: Any = None

    def write(self, frame: pd.DataFrame) -> None:
        arrow = importlib.import_module("pyarrow")
        table = arrow.Table.from_pandas(plain_for_parquet(frame), preserve_index=False)
        if self._writer is None:
            parquet = importlib.import_module("pyarrow.parquet")
            self._writer = parquet.ParquetWriter(self._stream, table.schema)
        self._writer.write_table(table.cast(self._writer.schema))

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
