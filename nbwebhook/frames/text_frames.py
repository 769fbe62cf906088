"""Frames of which every cell is text, and what they remember of the file they are from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import pandas as pd

from nbwebhook.frames.blocks import freeze_leads
from nbwebhook.frames.column_names import column_names
from nbwebhook.frames.csv_out import unguard_leads
from nbwebhook.frames.list_files import ListFile
from nbwebhook.frames.texts import strings
from nbwebhook.lists.csv_dialect import CsvDialect, dialect_of_facts
from nbwebhook.lists.tables import Table
from nbwebhook.lists.text_lists import TextBlock, TextList
from nbwebhook.lists.uncollected import uncollected

__all__ = [
    "FrameOfText",
    "dialect_of",
    "facts_of",
    "frames_of",
    "holds_text",
    "text_frame",
]

_FACTS = "nbwebhook"


def frames_of(file: ListFile, table: Table, block_rows: int) -> Iterator[pd.DataFrame]:
    """Yield the rows of a file's open list, some at a time; one frame at least."""
    for leads in _written_frames(table, block_rows):
        yield unguard_leads(leads) if file.excel_safe else leads


def dialect_of(leads: pd.DataFrame) -> CsvDialect | None:
    """Return how the CSV file was written that the leads were read from.

    None if they come from elsewhere, or if pandas has lost it on their way.
    """
    return dialect_of_facts(facts_of(leads))


def facts_of(leads: pd.DataFrame) -> dict[str, Any]:
    """Return how the list was written that the leads were read from, as far as known."""
    facts = leads.attrs.get(_FACTS)
    return dict(facts) if isinstance(facts, Mapping) else {}


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


class FrameOfText(TextList):
    """A frame of columns of the dtype `string`, as it is now.

    Args:
        leads: The frame.
    """

    def __init__(self, leads: pd.DataFrame) -> None:
        super().__init__()
        self._leads = freeze_leads(leads)
        self._names = column_names(leads)
        self._facts = facts_of(leads)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns."""
        return self._names

    @property
    def facts(self) -> Mapping[str, str | bool]:
        """How the list was written, where the frame still knows it."""
        return self._facts

    def frame(self) -> pd.DataFrame:
        """Return the frame as it was."""
        return self._leads

    def _blocks(self, block_rows: int) -> Iterator[TextBlock]:
        """Yield all leads, some at a time."""
        arrays = [self._leads.iloc[:, at].array for at in range(self._leads.shape[1])]
        for first in range(0, len(self._leads), block_rows):
            columns = (_cells(array[first : first + block_rows]) for array in arrays)
            yield TextBlock(first, tuple(columns))


def _cells(array: Any) -> list[str | None]:  # noqa: ANN401 - a pandas array
    found: list[str | None] = array.to_numpy(dtype=object, na_value=None).tolist()
    return found


def holds_text(leads: pd.DataFrame) -> bool:
    """Return whether all columns are text by their dtype.

    Example:
        >>> holds_text(pd.DataFrame({"Id": ["7"]}, dtype="string"))
        True
    """
    return all(isinstance(dtype, pd.StringDtype) for dtype in leads.dtypes)
