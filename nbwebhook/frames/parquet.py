"""Parquet files to rows of text."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nbwebhook.errors import UnreadableList
from nbwebhook.frames.cells import text_of_cell
from nbwebhook.lists.headers import check_header
from nbwebhook.lists.tables import (
    Table,
    missing_package,
    unreadable_file,
)
from nbwebhook.render.leads import Unsendable

__all__ = ["open_parquet"]

_BATCH_ROWS = 10_000


@contextmanager
def open_parquet(path: Path) -> Iterator[Table]:
    """Open a Parquet file; rows are read in batches.

    Raises:
        UnreadableList: The file cannot be read, or a value has no exact text.
        DuplicateColumn: Two columns have the same name.
    """
    try:
        arrow = importlib.import_module("pyarrow")
        parquet = importlib.import_module("pyarrow.parquet")
    except ImportError as error:
        raise missing_package(path, "Parquet", "pyarrow") from error
    try:
        with path.open("rb") as stream, parquet.ParquetFile(stream) as file:
            names = tuple(file.schema_arrow.names)
            check_header(str(path), names)
            batches = file.iter_batches(batch_size=_BATCH_ROWS)
            yield Table(names, _parquet_rows(str(path), batches))
    except OSError as error:
        raise unreadable_file(path, error) from error
    except arrow.ArrowException as error:
        problem = "not a Parquet file that pyarrow can read"
        raise UnreadableList(str(path), problem) from error


def _parquet_rows(source: str, batches: Iterable[Any]) -> Iterator[Sequence[str]]:
    first = 0
    for batch in batches:
        columns = [_texts(source, column, first) for column in batch.columns]
        first += batch.num_rows
        yield from zip(*columns, strict=True)


def _texts(source: str, column: Any, first_row: int) -> list[str]:  # noqa: ANN401 - pyarrow may be absent
    texts = []
    for row, cell in enumerate(_parquet_cells(column), start=first_row):
        text = text_of_cell(cell)
        if isinstance(text, Unsendable):
            problem = f"row {row} (counted from 0): {text.problem}"
            raise UnreadableList(source, problem)
        texts.append(text)
    return texts


def _parquet_cells(column: Any) -> Sequence[object]:  # noqa: ANN401 - pyarrow may be absent
    """Return the cells, narrow floats as such: as doubles they gain digits."""
    if str(column.type) in {"float", "halffloat"}:
        return list(column.to_numpy(zero_copy_only=False))
    cells: list[object] = column.to_pylist()
    return cells
