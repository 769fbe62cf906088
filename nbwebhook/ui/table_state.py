"""A table of any length, filtered, sorted and paged in the kernel, without a widget."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

import pandas as pd
from traitlets import Bool, HasTraits, Int, Unicode

from nbwebhook.display.pages import Table
from nbwebhook.display.text import format_count, format_ms
from nbwebhook.frames.csv_out import csv_bytes

__all__ = ["ALL", "PAGE_ROWS", "CsvLink", "TableState"]

PAGE_ROWS = 25
ALL = "all"
_FILES = {"Updates": "changes.csv"}  # the names of the files in a saved folder
_FINE = frozenset(["updated", "no_update", "written", "unchanged"])
_MOST_LINK_BYTES = 4_000_000


@dataclass(frozen=True, slots=True)
class CsvLink:
    """A table to take away.

    Attributes:
        href: Where the link leads: to the data itself.
        name: What the file is called.
        guarded: Cells that got an apostrophe, so that a spreadsheet computes nothing.
    """

    href: str
    name: str
    guarded: int


class TableState(HasTraits):
    """Which rows of a frame are shown, and in which order.

    No text that a user types is run: a filter is a choice, or a text that a column
    contains.

    Attributes:
        version: Counts up whenever other rows are to be shown.
        outcome: Only rows of this outcome, or `all`.
        bad_only: Only rows where something went wrong.
        column: The column that `contains` looks at.
        contains: Only rows whose `column` contains this text, in any case.
        sort_by: The column to sort by; empty for the frame's own order.
        descending: Largest first.
        page: The page shown, from 1.
    """

    version = Int()
    outcome = Unicode(ALL)
    bad_only = Bool(default_value=False)
    column = Unicode()
    contains = Unicode()
    sort_by = Unicode()
    descending = Bool(default_value=False)
    page = Int(1)

    def __init__(self) -> None:
        super().__init__()
        self.name = "table"
        self._frame = pd.DataFrame()
        self._rows: pd.DataFrame | None = None
        self.observe(self._filter, ["outcome", "bad_only", "column", "contains"])
        self.observe(self._filter, ["sort_by", "descending"])
        self.observe(self._turn, "page")

    @property
    def frame(self) -> pd.DataFrame:
        """All rows."""
        return self._frame

    def take(self, frame: pd.DataFrame, name: str) -> None:
        """Show another frame, from its first page and without filters."""
        self._frame, self.name = frame, name
        self._rows = None
        with self.hold_trait_notifications():
            self.outcome, self.bad_only, self.contains = ALL, False, ""
            self.sort_by, self.descending, self.page = "", False, 1
            self.column = self.columns[0] if self.columns else ""
        self._rows = None
        self.version += 1

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(map(str, self._frame.columns))

    @property
    def outcomes(self) -> tuple[str, ...]:
        """The outcomes that occur; empty where the frame has none."""
        if not self.has_outcomes:
            return ()
        counts = self._frame["outcome"].value_counts()
        return tuple(str(name) for name, count in counts.items() if count)

    @property
    def has_outcomes(self) -> bool:
        """Whether rows have outcomes."""
        return "outcome" in self._frame.columns

    # What is shown

    @property
    def rows(self) -> pd.DataFrame:
        """The rows that pass the filters, in their order."""
        if self._rows is None:
            self._rows = self._sorted(self._frame[self._passes()])
        return self._rows

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-len(self.rows) // PAGE_ROWS))

    @property
    def extent(self) -> str:
        """Which rows are shown of how many, in words."""
        found, total = len(self.rows), len(self._frame)
        if not found:
            return f"none of {format_count(total)} rows"
        first = (self._page_shown - 1) * PAGE_ROWS
        last = min(first + PAGE_ROWS, found)
        told = f"rows {first + 1:,} to {last:,} of {found:,}"
        return told if found == total else f"{told} found in {total:,}"

    def shown(self) -> Table:
        """Return the rows of the page as text."""
        start = (self._page_shown - 1) * PAGE_ROWS
        part = self.rows.iloc[start : start + PAGE_ROWS]
        columns = [_texts(part.iloc[:, at]) for at in range(len(part.columns))]
        numeric = frozenset(
            str(name)
            for name, dtype in self._frame.dtypes.items()
            if pd.api.types.is_numeric_dtype(dtype)
            and not pd.api.types.is_bool_dtype(dtype)
        )
        return Table(
            columns=self.columns,
            rows=tuple(zip(*columns, strict=True)),
            caption=f"{self.name}: {self.extent}",
            numeric=numeric,
        )

    @property
    def _page_shown(self) -> int:
        return min(max(self.page, 1), self.pages)

    def _passes(self) -> pd.Series[bool]:
        passes = pd.Series(data=True, index=self._frame.index)
        if self.has_outcomes:
            outcome = self._frame["outcome"]
            if self.outcome != ALL:
                passes &= (outcome == self.outcome).to_numpy()
            if self.bad_only:
                passes &= ~outcome.isin(_FINE).to_numpy()
        if self.contains and self.column in self.columns:
            column = self._frame.iloc[:, self.columns.index(self.column)]
            text = column.astype("string")
            found = text.str.contains(self.contains, case=False, regex=False, na=False)
            passes &= found.to_numpy(dtype=bool)
        return passes

    def _sorted(self, rows: pd.DataFrame) -> pd.DataFrame:
        if self.sort_by not in self.columns:
            return rows
        at = self.columns.index(self.sort_by)
        keys: pd.Series[Any] = rows.iloc[:, at].reset_index(drop=True)
        if keys.dtype == object or isinstance(keys.dtype, pd.CategoricalDtype):
            keys = keys.astype("string")
        order = keys.sort_values(ascending=not self.descending, kind="stable")
        return rows.iloc[order.index.to_numpy()]

    def _filter(self, _change: object) -> None:
        self._rows = None
        if self.page == 1:
            self.version += 1
        else:
            self.page = 1

    def _turn(self, _change: object) -> None:
        self.version += 1

    # Taking it away

    def csv(self) -> CsvLink | None:
        """Return all rows that pass the filters as a link; None where it is too large.

        The link holds the data itself: a click on it asks no server. The bytes are those
        that `Result.save` writes, cells that a spreadsheet would compute included.
        """
        made = csv_bytes(self.rows, most=_MOST_LINK_BYTES)
        if made is None:
            return None
        data = base64.b64encode(made.raw).decode()
        name = _FILES.get(self.name, f"{self.name.lower()}.csv")
        return CsvLink(f"data:text/csv;charset=utf-8;base64,{data}", name, made.guarded)


def _texts(column: pd.Series[Any]) -> list[str]:
    """Return cells as text: nothing where nothing is, latencies in few digits."""
    is_ms = str(column.name).endswith("_ms")
    told = []
    for value in column.astype(object).tolist():
        if value is None or value is pd.NA or value is pd.NaT or value != value:  # noqa: PLR0124 - NaN
            told.append("")
        elif is_ms and isinstance(value, float | int):
            told.append(format_ms(float(value)))
        elif isinstance(value, pd.Timestamp):
            told.append(value.strftime("%Y-%m-%d %H:%M:%S.%f")[:-3])
        else:
            told.append(str(value))
    return told
