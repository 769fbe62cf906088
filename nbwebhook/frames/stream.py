"""Where a run that streams keeps what it sees, opened before its first call."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from nbwebhook.engine.counts import CountingLedger
from nbwebhook.engine.journal.kept import JournalChoice, LeftRun
from nbwebhook.errors import InvalidPlan
from nbwebhook.frames.prepare_text import PreparedText
from nbwebhook.frames.prepared import Prepared
from nbwebhook.frames.schema import FIELD_DTYPES
from nbwebhook.frames.sink import Sink
from nbwebhook.mapping.targets import Target, mappings_by_field

__all__ = ["Stream", "open_stream"]


@dataclass(frozen=True, slots=True)
class Stream:
    """Where a run that streams keeps what it sees.

    Attributes:
        sink: The folder for its results.
        journal: The file with its calls.
        ledger: What is counted; None if all calls are kept in memory.
        is_batch: Whether a batch campaign calls.
    """

    sink: Sink
    journal: Path
    ledger: CountingLedger | None
    is_batch: bool

    @property
    def counts(self) -> CountingLedger:
        """What was counted; nothing if all calls are in memory."""
        return CountingLedger(()) if self.ledger is None else self.ledger


def open_stream(
    sink: str | Path | Sink,
    prepared: Prepared,
    *,
    journal: JournalChoice,
    is_batch: bool,
) -> Stream:
    """Return where a run keeps what it sees, its folder made.

    Raises:
        InvalidPlan: The folder cannot be written, or there is to be no journal.
    """
    sink = Sink.of(sink)
    sink.prepare()
    ledger = None
    if isinstance(prepared, PreparedText):
        ledger = CountingLedger(_watched_mappings(prepared.targets))
    return Stream(sink, _journal_path(sink, journal), ledger, is_batch)


def _journal_path(sink: Sink, journal: JournalChoice) -> Path:
    if journal is None or journal is True:
        return sink.journal
    if isinstance(journal, LeftRun):
        return journal.path
    if isinstance(journal, str | Path):
        return Path(journal)
    raise InvalidPlan("journal", "a run with a sink has its journal in that folder")


def _watched_mappings(targets: tuple[Target, ...]) -> list[int]:
    """Return the mappings whose values must be seen to know how a column is written."""
    watched = []
    for numbers in mappings_by_field(targets).values():
        if FIELD_DTYPES.get(targets[numbers[-1]].field.type) in {None, "Float64"}:
            watched += numbers
    return watched
