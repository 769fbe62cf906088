"""What a run gives back: frames, made when they are first looked at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from pathlib import Path

import pandas as pd

from nbwebhook.display.pages import Section, report_html, result_html, result_text
from nbwebhook.engine.ledger import Ledger
from nbwebhook.engine.run import LeadRun
from nbwebhook.frames.apply import apply_updates
from nbwebhook.frames.files import write_text
from nbwebhook.frames.outcomes import calls_frame, changes_frame
from nbwebhook.frames.pages import report_page, result_page
from nbwebhook.frames.prepare import Prepared
from nbwebhook.frames.saving import SavePlan, save_result
from nbwebhook.frames.summary import Summary, summarise
from nbwebhook.frames.updates import cleared_rows, updates_frame

__all__ = ["Result"]


class Result:
    """What became of every lead.

    Attributes:
        webhook: The definition that ran.
        summary: The run in numbers.
    """

    # `outlook` gives the report's part on delay, which is made above this room.

    def __init__(
        self,
        prepared: Prepared,
        machine: LeadRun,
        *,
        timeout_s: float,
        outlook: Callable[[Result], Section],
    ) -> None:
        self.webhook = prepared.webhook
        self._outlook = outlook
        self._prepared = prepared
        self._ledger: Ledger = machine.ledger
        self.summary: Summary = summarise(
            machine, self.calls, webhook=prepared.webhook.name, timeout_s=timeout_s
        )
        self._ledger.release_calls()

    @cached_property
    def calls(self) -> pd.DataFrame:
        """One row a call, in the order of the leads, then attempts.

        A lead that was not called has one row too. Columns and dtypes are those of
        `nbwebhook.frames.schema.CALLS`; durations are in milliseconds.
        """
        return calls_frame(self._ledger, self._prepared.keys)

    @cached_property
    def changes(self) -> pd.DataFrame:
        """One row a lead and response mapping, with what became of it and why."""
        prepared = self._prepared
        old = prepared.old_columns()
        return changes_frame(
            self._ledger, prepared.keys, prepared.targets, old, prepared.zone
        )

    @cached_property
    def updates(self) -> pd.DataFrame:
        """One row a lead with a written field, one column a mapped field.

        The index is that of the leads; a field that was not written is NA.
        """
        by_row = self._updates_by_row
        rows = by_row.index.to_numpy()
        return by_row.set_axis(self._prepared.leads.index.take(rows))

    @cached_property
    def _updates_by_row(self) -> pd.DataFrame:
        return updates_frame(self._ledger, self._prepared.targets)

    @cached_property
    def leads(self) -> pd.DataFrame:
        """The leads with the updates applied; other cells are as they were."""
        prepared = self._prepared
        return apply_updates(
            prepared.leads,
            self._updates_by_row,
            prepared.targets,
            prepared.zone,
            cleared=cleared_rows(self._ledger, prepared.targets),
        )

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return the frames by the names of the files that `save` makes of them.

        `updates` has the leads' key as its first column instead of an index.
        """
        updates = self._updates_by_row
        keys = [self._prepared.keys[row] for row in updates.index]
        updates = updates.reset_index(drop=True)
        updates.insert(0, self._prepared.key_column, pd.Series(keys, dtype="string"))
        return {
            "updates": updates,
            "changes": self.changes,
            "calls": self.calls,
            "leads": self.leads,
        }

    def save(
        self,
        folder: str | Path,
        *,
        excel_safe: bool = True,
        like_input: bool = False,
        parquet: bool = False,
    ) -> Path:
        """Write all of the result into `folder`, which is made if it is not there.

        These are `updates.csv`, `changes.csv`, `calls.csv`, `leads.csv`, `summary.json`
        and `report.html`. `updates.csv` has the key as its first column, `leads.csv`
        the columns of the list in their order, then new fields. UTF-8, comma, LF, dates
        in ISO form.

        Args:
            folder: Where to; files of the same names are replaced.
            excel_safe: Put an apostrophe before cells that a spreadsheet would compute;
                `read_leads(path, excel_safe=True)` takes it off again.
            like_input: Write leads and updates with the encoding, delimiter and line
                ends of the list that was read.
            parquet: Write the four frames as Parquet too; needs pyarrow.

        Returns:
            The folder.

        Raises:
            InvalidPlan: Parquet is asked for and pyarrow is not there.
            OSError: A file cannot be written.
        """
        plan = SavePlan(excel_safe, like_input, parquet)
        return save_result(self, Path(folder), plan).folder

    def report(self, path: str | Path) -> Path:
        """Write one self-contained HTML page about the run to `path` and return it."""
        page = report_html(report_page(self, self._outlook(self)))
        write_text(Path(path), page)
        return Path(path)

    def __repr__(self) -> str:
        return result_text(replace(result_page(self), figures=()))

    def _repr_html_(self) -> str:
        return result_html(result_page(self))
