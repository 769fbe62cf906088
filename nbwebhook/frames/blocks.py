"""A leads frame to the blocks of plain values that are rendered.

A run reads a frozen snapshot: from the call on, what the user does to the frame does not
reach it. Under pandas' copy-on-write (always from pandas 3) the snapshot costs nothing
until the user writes; before, it is a copy of the columns asked for. Writing to a
column's `.array` in place goes past copy-on-write, and past any snapshot that is not a
copy.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

import pandas as pd

from nbwebhook.definition.fields import FieldType
from nbwebhook.errors import InvalidPlan, MissingColumn
from nbwebhook.frames.column_names import column_names
from nbwebhook.frames.field_types import column_type
from nbwebhook.frames.keys import keys_of
from nbwebhook.frames.values import ColumnReader, column_reader
from nbwebhook.render.leads import Column, LeadBlock

__all__ = ["freeze_leads", "lead_blocks"]


def freeze_leads(leads: pd.DataFrame) -> pd.DataFrame:
    """Return the leads as they are now, whatever is done to the frame later.

    Example:
        >>> leads = pd.DataFrame({"Id": [1]})
        >>> frozen = freeze_leads(leads)
        >>> leads.loc[0, "Id"] = 2
        >>> int(frozen.loc[0, "Id"])
        1
    """
    return leads.copy(deep=not _copies_on_write())


def lead_blocks(
    leads: pd.DataFrame,
    *,
    key: str | Sequence[str | None] | None,
    block_rows: int = 256,
    columns: Collection[str] | None = None,
    first_row: int = 0,
) -> Iterator[LeadBlock]:
    """Return the leads as blocks, in their order; the frame is frozen at the call.

    Args:
        leads: The leads; the index plays no part.
        key: Name of the key column, as `find_key_column` returns it, or its keys, as
            `keys_of` does; None for a list whose leads are told apart by their row
            alone.
        block_rows: Most leads of a block.
        columns: Names of the columns to convert; None for all of them.
        first_row: Row of the first lead, where the frame is a part of a longer list.

    Raises:
        LeadsError: The frame cannot be used: its columns' names, or its keys.

    Example:
        >>> leads = pd.DataFrame({"Id": [7, 8], "City": ["Oslo", None]})
        >>> [block] = lead_blocks(leads, key="Id")
        >>> block.keys, block.columns[1].values
        (['7', '8'], ['Oslo', None])
    """
    if block_rows < 1:
        raise InvalidPlan("block_rows", f"want 1 or more, not {block_rows}")
    names = column_names(leads)
    wanted = _positions(names, names if columns is None else columns)
    keys = keys_of(leads, key) if isinstance(key, str) else key
    readers = [
        (_frozen_reader(leads, at), column_type(leads.iloc[:, at])) for at in wanted
    ]
    stretches = [
        (start, min(start + block_rows, len(leads)))
        for start in range(0, len(leads), block_rows)
    ]
    return (_block(readers, keys, start, stop, first_row) for start, stop in stretches)


def _block(
    readers: Sequence[tuple[ColumnReader, FieldType | None]],
    keys: Sequence[str | None] | None,
    start: int,
    stop: int,
    first_row: int,
) -> LeadBlock:
    rows = range(first_row + start, first_row + stop)
    return LeadBlock(
        first_row=first_row + start,
        keys=list(map(str, rows)) if keys is None else keys[start:stop],
        columns=tuple(
            Column(str(reader.column.name), reader.read(start, stop), kind)
            for reader, kind in readers
        ),
    )


def _positions(names: Sequence[str], columns: Collection[str]) -> list[int]:
    """Return where the columns asked for stand, in the order of the leads."""
    found = {name: position for position, name in enumerate(names)}
    missing = [name for name in columns if name not in found]
    if missing:
        raise MissingColumn(missing[0], tuple(names), "columns")
    return sorted(found[name] for name in set(columns))


def _frozen_reader(leads: pd.DataFrame, position: int) -> ColumnReader:
    column = leads.iloc[:, position]
    return column_reader(column.copy(deep=not _copies_on_write()))


def _copies_on_write() -> bool:
    if int(pd.__version__.partition(".")[0]) >= 3:  # noqa: PLR2004 - always, from then on
        return True
    return pd.get_option("mode.copy_on_write") is True
