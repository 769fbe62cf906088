"""The result of a run whose list did not have to fit: numbers here, frames in a folder."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from pathlib import Path

from nbwebhook.display.pages import Section
from nbwebhook.engine.accounts import skipped_outcome
from nbwebhook.engine.run import BATCH, LeadRun
from nbwebhook.frames.evidence import CallEvidence, ChangeEvidence
from nbwebhook.frames.made import MadeFrames
from nbwebhook.frames.prepare_text import PreparedText
from nbwebhook.frames.result import HasCalls, Result
from nbwebhook.frames.saving import write_pages
from nbwebhook.frames.stream import Stream
from nbwebhook.frames.streaming import RestOutcome, read_ledger, write_tables
from nbwebhook.frames.summary import CallNumbers, summarise
from nbwebhook.frames.texts import texts_given_back

__all__ = ["StreamedResult"]


class StreamedResult(Result):
    """What became of every lead, in a folder.

    `summary` and what pages tell are in memory; the files of the folder are those that
    `Result.save` writes. The frames `calls`, `changes`, `updates` and `leads` are made of
    the journal in the folder and of the list when they are first looked at, and then
    take the memory that such frames take: the folder's files are for lists that do not
    fit. The list and the journal must be there still, and as they were.

    Attributes:
        webhook: The definition that ran.
        summary: The run in numbers.
        saved: What stands in the folder.
    """

    def __init__(
        self,
        prepared: PreparedText,
        machine: LeadRun,
        stream: Stream,
        *,
        timeout_s: float,
        outlook: Callable[[HasCalls], Section],
    ) -> None:
        self.webhook = prepared.webhook
        self._outlook = outlook
        self._prepared = prepared
        self._stream = stream
        self._rest = RestOutcome(0, skipped_outcome(machine.stopped_by))
        if stream.is_batch:
            self._rest = RestOutcome(1, BATCH)
        numbers = CallNumbers.of_counting(machine, stream.counts)
        self.summary = summarise(
            machine,
            numbers,
            webhook=prepared.webhook.name,
            timeout_s=timeout_s,
        )
        machine.ledger.release_calls()
        with texts_given_back():
            self.saved, self._evidence = write_tables(
                prepared, stream, self._rest, numbers.latencies_ms
            )
            write_pages(self, self.folder)

    @property
    def folder(self) -> Path:
        """Where the files are."""
        return self.saved.folder

    @property
    def call_evidence(self) -> CallEvidence:
        """What pages tell of the calls."""
        return self._evidence.calls

    @property
    def change_evidence(self) -> ChangeEvidence:
        """What pages tell of the changes."""
        return self._evidence.changes

    @property
    def measured(self) -> HasCalls:
        """The calls as an estimate of delay takes them."""
        return self._evidence.slim

    @cached_property
    def _frames(self) -> MadeFrames:  # type: ignore[override]  # made when looked at
        ledger = read_ledger(self._prepared, self._stream.journal, self._rest)
        return MadeFrames(self._prepared.whole(), ledger)
