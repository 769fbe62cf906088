"""Files to a Dask data frame, text exactly as written.

A folder has a list a file, and a partition each. One large file is cut into blocks first,
as Parquet beside the results: a CSV cannot be cut at a byte without reading all before
it, since a quoted cell may hold line ends.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from nbwebhook.errors import UnreadableList
from nbwebhook.frames.leads import read_leads
from nbwebhook.frames.scanned import scan_leads
from nbwebhook.lists.files import replace_file
from nbwebhook.scale.door import ClusterFrame, require_dask

__all__ = ["Writing", "open_lists"]

_BLOCK_ROWS = 20_000
_LISTS = frozenset({".csv", ".tsv", ".txt", ".xlsx", ".parquet", ".pq", ".jsonl"})


@dataclass(frozen=True, slots=True)
class Writing:
    """How the lists are written, as `read_leads` is told.

    Attributes:
        encoding: Of text; None for what the file says.
        delimiter: Of CSV; None for what the header says.
        excel_safe: Take the apostrophes off that were put before formulas.
    """

    encoding: str | None = None
    delimiter: str | None = None
    excel_safe: bool = False

    @property
    def options(self) -> Mapping[str, object]:
        """The same by name."""
        return {name: getattr(self, name) for name in self.__slots__}


def open_lists(
    path: Path, folder: Path, writing: Writing, *, block_rows: int = _BLOCK_ROWS
) -> ClusterFrame:
    """Return the leads of a folder of lists, or of one large list.

    Args:
        path: A folder, or a file.
        folder: Where the blocks of a file are put; workers must reach it.
        writing: How the lists are written.
        block_rows: Leads a block.

    Raises:
        InvalidPlan: The extra is not installed.
        LeadsError: A list cannot be read.
        OSError: The blocks cannot be written.
    """
    require_dask("--dask")
    import dask.dataframe as dd  # noqa: PLC0415 - only where a cluster is asked for

    if path.is_dir():
        files = [file for file in sorted(path.iterdir()) if file.suffix in _LISTS]
        if not files:
            raise UnreadableList(str(path), "no list is in this folder")
        first = next(iter(scan_leads(files[0], 1, **writing.options)))  # type: ignore[arg-type]  # by name
    else:
        files = _cut(path, folder, writing, block_rows)
        first = pd.read_parquet(files[0])
    names = tuple(map(str, first.columns))
    frame: ClusterFrame = dd.from_map(
        _read_part,
        [str(file.absolute()) for file in files],
        names=names,
        writing=writing if path.is_dir() else None,
        meta=first.head(0),
        enforce_metadata=False,
    )
    return frame


def _cut(path: Path, folder: Path, writing: Writing, block_rows: int) -> list[Path]:
    """Write the blocks of a list as files, a block in memory at a time."""
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    blocks = scan_leads(path, block_rows, **writing.options)  # type: ignore[arg-type]  # by name
    for number, block in enumerate(blocks):
        block.attrs = {}
        files.append(folder / f"part-{number:05d}.parquet")
        with replace_file(files[-1]) as stream:
            block.to_parquet(stream, engine="pyarrow")
    return files


def _read_part(
    path: str, names: tuple[str, ...], writing: Writing | None
) -> pd.DataFrame:
    """Return the leads of one file.

    Raises:
        UnreadableList: Its columns are not those of the first list.
    """
    if writing is None:
        return pd.read_parquet(path)
    leads = read_leads(path, **writing.options)  # type: ignore[arg-type]  # by name
    if tuple(leads.columns) != names:
        problem = (
            "its columns are not those of the first list of the folder, in its order"
        )
        raise UnreadableList(path, problem)
    return leads
