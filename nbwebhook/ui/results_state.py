"""What the panel knows about a result: its tables and pictures, without a widget."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from traitlets import HasTraits, Int, Unicode

from nbwebhook.display.pages import Figure, Section
from nbwebhook.display.text import format_count
from nbwebhook.frames.pages import report_page
from nbwebhook.frames.result import Result
from nbwebhook.ui.table_state import TableState

__all__ = ["TABLES", "ResultsState"]

TABLES = ("Updates", "Calls", "Leads")
_CALL_COLUMNS = (
    "lead_key",
    "attempt",
    "outcome",
    "status_code",
    "error_type",
    "reason",
    "latency_ms",
    "wait_ms",
    "throttle_ms",
    "started_at",
    "response_bytes",
)
_AGAIN = frozenset(["failed", "skipped", "interrupted"])


class ResultsState(HasTraits):
    """The last result, and what is looked at.

    Attributes:
        version: Counts up with every new result.
        which: `Updates`, `Calls` or `Leads`.
        note: What was just done.
        problem: What could not be done.
    """

    version = Int()
    which = Unicode(TABLES[0])
    note = Unicode()
    problem = Unicode()

    def __init__(self) -> None:
        super().__init__()
        self.results: tuple[Result, ...] = ()
        self.table = TableState()
        self._figures: tuple[Figure, ...] | None = None
        self.observe(lambda _: self._show_table(), "which")

    @property
    def result(self) -> Result | None:
        """The last result."""
        return self.results[-1] if self.results else None

    def take(self, result: Result) -> None:
        """Show this result from now on."""
        self.results = (*self.results, result)
        self._figures = None
        self.note = self.problem = ""
        self._show_table()
        self.version += 1

    def _show_table(self) -> None:
        result = self.result
        if result is None:
            return
        frame = {
            "Updates": lambda: result.changes,
            "Calls": lambda: result.calls[list(_CALL_COLUMNS)],
            "Leads": lambda: result.leads,
        }[self.which]()
        self.table.take(frame, self.which)

    @property
    def figures(self) -> tuple[Figure, ...]:
        """The pictures of the result, made when first asked for."""
        if self.result is None:
            return ()
        if self._figures is None:
            page = report_page(self.result, Section())
            self._figures = (*page.outcomes.figures, *page.latency.figures)
        return self._figures

    # Once more

    def rows_to_repeat(self) -> pd.DataFrame | None:
        """Return the leads whose call failed or was not made; None if there are none.

        Unknown ones are left out: the service may have acted on them already.
        """
        result = self.result
        if result is None:
            return None
        last = result.calls.drop_duplicates("row", keep="last")
        rows = last.loc[last["outcome"].isin(_AGAIN), "row"].to_numpy()
        return result.leads.iloc[rows] if len(rows) else None

    @property
    def repeat_words(self) -> str:
        """What would be run again, in words."""
        leads = self.rows_to_repeat()
        unknown = self.result.summary.unknown if self.result else 0
        warn = (
            f"; {format_count(unknown)} unknown ones are left out, since the service "
            "may have acted on them"
            if unknown
            else ""
        )
        if leads is None:
            return f"no lead failed{warn}"
        return f"{format_count(len(leads))} leads failed or were not tried{warn}"

    # Taking it away

    def save(self, folder: str) -> None:
        """Write the whole result to a folder where the kernel runs."""
        if self.result is None or not folder.strip():
            self.problem = "name a folder to save the result to"
            return
        try:
            place = self.result.save(Path(folder.strip()).expanduser())
        except OSError as error:
            self.note, self.problem = "", f"{folder}: {error.strerror}"
        else:
            self.note, self.problem = f"saved in {place}", ""
