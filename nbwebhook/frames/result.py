"""What a run gives back: frames, made when they are first looked at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

import pandas as pd

from nbwebhook.frames.evidence import CallEvidence, ChangeEvidence
from nbwebhook.frames.made import MadeFrames
from nbwebhook.frames.prepare import PreparedFrame
from nbwebhook.frames.summary import CallNumbers, Summary, summarise

if TYPE_CHECKING:
    from nbwebhook.display.facts import Section
    from nbwebhook.engine.run import LeadRun
    from nbwebhook.frames.prepare_text import PreparedText
    from nbwebhook.frames.stream import Stream

__all__ = ["HasCalls", "Result", "make_result"]


class HasCalls(Protocol):
    """What an estimate of delay is made from."""

    @property
    def calls(self) -> pd.DataFrame:
        """Calls, with the columns that the estimate needs."""


class Result:
    """What became of every lead.

    Attributes:
        webhook: The definition that ran.
        summary: The run in numbers.
    """

    # `outlook` gives the report's part on delay, which is made above this room.

    def __init__(
        self,
        prepared: PreparedFrame,
        machine: LeadRun,
        *,
        timeout_s: float,
        outlook: Callable[[HasCalls], Section],
    ) -> None:
        self.webhook = prepared.webhook
        self._outlook = outlook
        self._frames = MadeFrames(prepared, machine.ledger)
        self.summary: Summary = summarise(
            machine,
            CallNumbers.of_frame(self.calls),
            webhook=prepared.webhook.name,
            timeout_s=timeout_s,
        )
        machine.ledger.release_calls()

    @property
    def calls(self) -> pd.DataFrame:
        """One row a call, in the order of the leads, then attempts.

        A lead that was not called has one row too. Columns and dtypes are those of
        `nbwebhook.frames.schema.CALLS`; durations are in milliseconds.
        """
        return self._frames.calls

    @property
    def changes(self) -> pd.DataFrame:
        """One row a lead and response mapping, with what became of it and why."""
        return self._frames.changes

    @property
    def updates(self) -> pd.DataFrame:
        """One row a lead with a written field, one column a mapped field.

        The index is that of the leads; a field that was not written is NA.
        """
        return self._frames.updates

    @property
    def leads(self) -> pd.DataFrame:
        """The leads with the updates applied; other cells are as they were."""
        return self._frames.leads

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return the frames by the names of the files that `save` makes of them.

        `updates` has the leads' key as its first column instead of an index.
        """
        return self._frames.tables()

    @cached_property
    def call_evidence(self) -> CallEvidence:
        """What pages tell of the calls."""
        return CallEvidence.of(self.calls)

    @cached_property
    def change_evidence(self) -> ChangeEvidence:
        """What pages tell of the changes."""
        return ChangeEvidence.of(self.changes)

    @property
    def measured(self) -> HasCalls:
        """The calls as an estimate of delay takes them."""
        return self

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
        from nbwebhook.frames.saving import save_result  # noqa: PLC0415 - few are saved
        from nbwebhook.frames.sink import SavePlan  # noqa: PLC0415 - likewise

        plan = SavePlan(excel_safe, like_input, parquet)
        return save_result(self, Path(folder), plan).folder

    def report(self, path: str | Path) -> Path:
        """Write one self-contained HTML page about the run to `path` and return it."""
        from nbwebhook.display.pages import report_html  # noqa: PLC0415 - loads charts
        from nbwebhook.frames.pages import report_page  # noqa: PLC0415 - loads charts
        from nbwebhook.lists.files import write_text  # noqa: PLC0415 - as in `save`

        page = report_html(report_page(self, self._outlook(self.measured)))
        write_text(Path(path), page)
        return Path(path)

    def __repr__(self) -> str:
        from nbwebhook.display.pages import result_text  # noqa: PLC0415 - loads charts
        from nbwebhook.frames.pages import result_page  # noqa: PLC0415 - likewise

        return result_text(replace(result_page(self), figures=()))

    def _repr_html_(self) -> str:
        from nbwebhook.display.pages import result_html  # noqa: PLC0415 - loads charts
        from nbwebhook.frames.pages import result_page  # noqa: PLC0415 - likewise

        return result_html(result_page(self))


def make_result(
    prepared: PreparedFrame | PreparedText,
    machine: LeadRun,
    stream: Stream | None,
    *,
    timeout_s: float,
    outlook: Callable[[HasCalls], Section],
) -> Result:
    """Return the result of a run that is over, saved where it has a folder.

    Args:
        prepared: The webhook and the leads.
        machine: The run.
        stream: Where it has kept what it saw; None for a run in memory.
        timeout_s: Limit of a whole call.
        outlook: Makes the report's part on delay.

    Raises:
        LeadsError: A list in a file has changed since the run began.
        JournalError: The journal cannot be read.
        OSError: A file cannot be written.
    """
    if isinstance(prepared, PreparedFrame):
        result = Result(prepared, machine, timeout_s=timeout_s, outlook=outlook)
        if stream is not None:
            from nbwebhook.frames.saving import (  # noqa: PLC0415 - few runs do
                save_result,
            )

            save_result(result, stream.sink.folder, stream.sink.plan)
        return result
    from nbwebhook.frames.streamed import StreamedResult  # noqa: PLC0415 - likewise

    return StreamedResult(
        prepared,
        machine,
        cast("Stream", stream),  # a list that is read in blocks has one
        timeout_s=timeout_s,
        outlook=outlook,
    )
