"""Leads to jobs: rendered in blocks, handed out one by one and in order."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import nan
from typing import Protocol
from uuid import uuid4

from nbwebhook.engine.equals import Equals
from nbwebhook.engine.ledger import CallFacts, Ledger
from nbwebhook.errors import JournalError, MissingKey, RenderError
from nbwebhook.mapping.outcome import Outcome, OutcomeKind
from nbwebhook.render.leads import LeadBlock
from nbwebhook.render.request import Request

__all__ = ["Job", "JobSource", "Past", "Rendering", "Series", "Supply"]


class Rendering(Protocol):
    """What the supply needs of `render` and `mapping`."""

    def render(self, block: LeadBlock) -> Sequence[Request | RenderError]:
        """Return a request or the reason why there is none, one a lead."""

    def old_texts(self, block: LeadBlock) -> Sequence[Sequence[str | None]]:
        """Return the present value of each mapping's field as text, one a lead."""


class Series:
    """A lead's calls so far.

    Attributes:
        attempts: How many, those of earlier sessions included.
        tries: How many of them in this run.
        kind: The outcome of the last one.
        may_have_acted: Whether the outcome of one of them is not known.
        began_s: When the first one of this run began, by the clock; NaN before it.
        ended_s: When the last one of this run ended, likewise.
    """

    __slots__ = ("attempts", "began_s", "ended_s", "kind", "may_have_acted", "tries")

    def __init__(self, attempts: int, kind: OutcomeKind) -> None:
        self.attempts = attempts
        self.kind = kind
        self.may_have_acted = kind is OutcomeKind.UNKNOWN
        self.tries = 0
        self.began_s = self.ended_s = nan


class Job:
    """One lead's turn: its position, its request, and what its fields hold now.

    Attributes:
        row: The lead's position.
        request: What to send, or why nothing can be.
        old_texts: The present value of each mapping's field.
        key: What tells the lead apart.
        series: Its calls so far; None before the first.
    """

    __slots__ = ("key", "old_texts", "request", "row", "series")

    def __init__(
        self,
        row: int,
        request: Request | RenderError,
        old_texts: Sequence[str | None],
        key: str | None = None,
    ) -> None:
        self.row = row
        self.request = request
        self.old_texts = old_texts
        self.key = key
        self.series: Series | None = None


@dataclass(frozen=True, slots=True)
class Past:
    """What earlier sessions of a run leave to this one; nothing without a journal.

    Attributes:
        ledger: Their calls; this session's are added to it.
        outcomes: Leads that need no call any more, by outcome.
        started_at: When the first session began; None without one.
        elapsed_s: How long they ran, together.
        overhead_ms: What our own side added to their calls, in all.
    """

    ledger: Ledger = field(default_factory=Ledger)
    outcomes: Counter[OutcomeKind] = field(default_factory=Counter)
    started_at: datetime | None = None
    elapsed_s: float = 0.0
    overhead_ms: float = 0.0


class JobSource(Protocol):
    """Where a run takes its leads from, and where it settles them.

    Every lead that is taken is settled, once for each call of it and at least once.
    """

    run_id: str
    past: Past

    @property
    def equals(self) -> Equals | None:
        """Leads that are not handed out, as they get the answer of an equal request."""

    @property
    def total(self) -> int:
        """How many leads there are, finished ones included."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing is left to take, now or later."""

    def begin(
        self,
        on_ready: Callable[[int], None],
        on_failure: Callable[[JournalError], None],
    ) -> None:
        """Get ready, on the run's loop.

        Args:
            on_ready: Told how many more leads can be taken than before.
            on_failure: Told that no further lead will be handed out, and why.
        """

    def take(self) -> Job | None:
        """Return the next new lead, None where there is none now."""

    def take_again(self) -> Job | None:
        """Return the next lead that was given back, None where there is none now."""

    def again(self, job: Job) -> None:
        """Give a settled lead back, to be taken once more."""

    def settle(
        self, row: int, attempt: int, outcome: Outcome, facts: CallFacts
    ) -> None:
        """Record what a taken lead came to; attempt 0 where no call was made."""

    def settle_equal(self, row: int, outcome: Outcome, facts: CallFacts) -> int:
        """Record what a lead came to that was never taken; return its attempt."""

    def set_connections(self, connections: int) -> None:
        """Note how many leads are under way at once."""

    def rest(self) -> Iterator[tuple[int, OutcomeKind | None]]:
        """Yield the new leads not taken, with the outcome that they have already."""

    async def aclose(self) -> None:
        """Let go of everything; nothing is taken or settled after it."""

    def deliver(self) -> None:
        """Let go of what was kept in case that the result is never handed over."""


class Supply:
    """Renders the next block when the last one is used up: a bounded queue by pull.

    Args:
        blocks: The leads.
        total: How many leads there are in all blocks.
        rendering: Makes requests of them.
        key_column: For the message to a lead without a key.
        todo: For each lead 1 if it is to be handed out; None for all of them.
        equals: The leads that are not, as they get the answer of an equal request.
    """

    def __init__(
        self,
        blocks: Iterator[LeadBlock],
        *,
        total: int,
        rendering: Rendering,
        key_column: str,
        todo: bytearray | None = None,
        equals: Equals | None = None,
    ) -> None:
        self.total = total
        self.equals = equals
        self.past = Past()
        self.run_id = uuid4().hex
        self.next_row = 0
        self._end_row = total if todo is None else todo.rfind(1) + 1
        self._blocks = blocks
        self._rendering = rendering
        self._no_key = MissingKey(key_column)
        self._todo = todo
        self._jobs: list[Job] = []
        self._again: deque[Job] = deque()
        self._on_ready: Callable[[int], None] = lambda _: None

    @property
    def is_empty(self) -> bool:
        """Whether every lead has been handed out."""
        return self.next_row >= self._end_row and not self._again

    def begin(
        self,
        on_ready: Callable[[int], None],
        on_failure: Callable[[JournalError], None],  # noqa: ARG002 - nothing can fail
    ) -> None:
        """Note whom to tell of leads that were given back."""
        self._on_ready = on_ready

    def take(self) -> Job | None:
        """Return the next lead's job, or None when there is none left."""
        if not self._jobs and not self._refill():
            return None
        job = self._jobs.pop()
        self.next_row = job.row + 1
        return job

    def take_again(self) -> Job | None:
        """Return the next lead that was given back, or None."""
        return self._again.popleft() if self._again else None

    def again(self, job: Job) -> None:
        """Give a lead back, to be taken once more."""
        self._again.append(job)
        self._on_ready(1)

    def settle(
        self, row: int, attempt: int, outcome: Outcome, facts: CallFacts
    ) -> None:
        """Do nothing: what came of a lead is kept by the run."""

    def settle_equal(self, row: int, outcome: Outcome, facts: CallFacts) -> int:  # noqa: ARG002 - as `settle`
        """Do nothing: it is the lead's first attempt."""
        return 1

    def set_connections(self, connections: int) -> None:
        """Do nothing: leads are rendered as they are asked for."""

    def rest(self) -> Iterator[tuple[int, OutcomeKind | None]]:
        """Yield the leads not taken; none has an outcome."""
        for row in range(self.next_row, self._end_row):
            if self._todo is None or self._todo[row]:
                yield row, None
        if self.equals is not None:
            for row in self.equals.rest():
                yield row, None

    async def aclose(self) -> None:
        """Hand nothing out any more."""
        self.next_row = self._end_row
        self._jobs.clear()

    def deliver(self) -> None:
        """Do nothing: nothing was kept."""

    def _refill(self) -> bool:
        """Render the next block that has a lead to hand out."""
        for block in self._blocks:
            rows = range(block.first_row, block.first_row + len(block))
            todo = self._todo
            wanted = None if todo is None else todo[rows.start : rows.stop]
            if wanted is not None and 1 not in wanted:
                continue
            jobs = self._render(block, rows)
            if wanted is not None:
                jobs = [job for job, flag in zip(jobs, wanted, strict=True) if flag]
            jobs.reverse()
            self._jobs = jobs
            return True
        self._end_row = self.next_row
        if self._todo is None:
            self.total = self.next_row
        return False

    def _render(self, block: LeadBlock, rows: range) -> list[Job]:
        requests = self._rendering.render(block)
        old = self._rendering.old_texts(block)
        return [
            Job(row, request if key is not None else self._no_key, texts, key)
            for row, key, request, texts in zip(
                rows, block.keys, requests, old, strict=True
            )
        ]
