"""Leads from a supply, each claimed in a journal before it is handed out.

```text
        todo, in order
 ├── handed out ──┼── claimed on disk ──┼── asked for ──┼── not yet ──▶
                  take()                                    window
```

Leads that are claimed and not settled are never more than twice the connections: as many
as can be under way, and as many in reserve, so that nobody waits for the disk. The
reserve also says when to write: as late as it lasts for, since few large transactions
cost less than many small ones.
"""

from __future__ import annotations

import sqlite3
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from nbwebhook.clock import Clock
from nbwebhook.engine.equals import Equals
from nbwebhook.engine.journal.history import History
from nbwebhook.engine.journal.identity import Identity
from nbwebhook.engine.journal.kept import adopt, release
from nbwebhook.engine.journal.opening import Connect, open_journal
from nbwebhook.engine.journal.writer import ClaimableRows, Writer, Written
from nbwebhook.engine.ledger import CallFacts, Ledger
from nbwebhook.engine.resume import Resend, check_resend, leads_to_call
from nbwebhook.engine.supply import Job, Past, Series, Supply
from nbwebhook.errors import JournalError
from nbwebhook.mapping.outcome import Outcome, OutcomeKind

__all__ = ["JournalledSupply"]

_WINDOW_PER_CONNECTION = 2


class JournalledSupply:
    """Hands out only leads whose intent is on disk, and records what came of them.

    Args:
        path: Where the journal is, or is to be.
        identity: Who the run is.
        keys: The leads' keys, by row.
        make_supply: Makes the supply of the rows marked with a 1.
        clock: Time.
        resend: Finished leads to call again.
        is_idempotent: Whether leads whose call was under way in a crash are called
            again, as the user says that this does no harm.
        connect: Opens a database; for tests of what a disk can do.
        ledger: Takes down every call; None for one that keeps them all.

    Raises:
        InvalidPlan: `resend` is a word that it has no meaning for.
        JournalError: The journal cannot be used.
    """

    def __init__(  # noqa: PLR0913 - all that a resumption depends on
        self,
        path: str | Path,
        identity: Identity,
        keys: Sequence[str | None],
        make_supply: Callable[[bytearray], Supply],
        clock: Clock,
        *,
        resend: Resend | None = None,
        is_idempotent: bool = False,
        connect: Connect = sqlite3.connect,
        ledger: Ledger | None = None,
    ) -> None:
        check_resend(resend)
        history, store = open_journal(
            path, identity, keys, clock, connect=connect, ledger=ledger
        )
        try:
            crashed = history.settle_crashed()
            todo, done = leads_to_call(history, resend, is_idempotent=is_idempotent)
            self._supply = make_supply(todo)
            self._is_finished = history.is_closed and 1 not in todo
            if not self._is_finished:
                store.done = done.total()
                store.begin(crashed)
        except BaseException:
            store.close(is_done=False)
            raise
        self._path = Path(store.path)
        adopt(self._path)
        self.run_id = history.run_id
        self.past = _past_of(history, done)
        self._history = history
        self._store = store
        self._rows = todo
        self._todo = todo.count(1)
        self._window = _WINDOW_PER_CONNECTION
        self._low = 0
        self._hurried_at: int | None = None
        self._open = self._taken = self._again_taken = 0
        self._on_disk = Written()
        self._to_claim: deque[Job] = deque()
        self._claiming: deque[Job] = deque()
        self._claimed: deque[Job] = deque()
        self._writer: Writer
        self._has_begun = False
        self._has_failed = False
        self._on_ready: Callable[[int], None] = lambda _: None
        self._on_failure: Callable[[JournalError], None] = lambda _: None

    @property
    def equals(self) -> Equals | None:
        """Leads that get the answer of an equal request."""
        return self._supply.equals

    @property
    def total(self) -> int:
        """How many leads there are, finished ones included."""
        return self._history.total

    @property
    def is_empty(self) -> bool:
        """Whether nothing is left to take, now or later."""
        is_all_taken = self._taken >= self._todo
        given_back = self._to_claim or self._claiming or self._claimed
        return self._has_failed or (is_all_taken and not given_back)

    def begin(
        self,
        on_ready: Callable[[int], None],
        on_failure: Callable[[JournalError], None],
    ) -> None:
        """Start the writer and claim the first leads."""
        self._on_ready, self._on_failure = on_ready, on_failure
        if self._is_finished:
            return
        self._writer = Writer(
            self._store,
            ClaimableRows(self._rows),
            on_written=self._note_written,
            on_failure=self._note_failure,
        )
        self._has_begun = True
        self.set_connections(self._window // _WINDOW_PER_CONNECTION)

    def set_connections(self, connections: int) -> None:
        """Set the window by how many leads are under way at once."""
        self._window = _WINDOW_PER_CONNECTION * connections
        self._low = connections // 2
        if self._has_begun:
            self._claim_more()
            self._writer.hurry()

    def take(self) -> Job | None:
        """Return the next new lead whose claim is on disk, or None."""
        left = self._on_disk.claimed - self._taken
        if left <= self._low:
            if self._hurried_at is None:
                self._hurried_at = self._taken
            self._writer.hurry()
        if left <= 0 or self._has_failed:
            return None
        job = self._supply.take()
        if job is None:
            self._todo = self._taken
            return None
        self._taken += 1
        kind = self._history.kind(job.row)
        if kind is not None:
            job.series = Series(self._history.attempts(job.row), kind)
        return job

    def take_again(self) -> Job | None:
        """Return the next lead given back whose new claim is on disk, or None."""
        if not self._claimed or self._has_failed:
            return None
        self._again_taken += 1
        return self._claimed.popleft()

    def again(self, job: Job) -> None:
        """Give a settled lead back: it is claimed anew."""
        self._store.done -= 1
        self._to_claim.append(job)
        self._claim_more()
        self._writer.hurry()

    def settle(
        self, row: int, attempt: int, outcome: Outcome, facts: CallFacts
    ) -> None:
        """Record what a taken lead came to, and claim another in its place."""
        if attempt:
            self._store.done += 1
        self._writer.add((row, attempt, outcome, facts))
        self._open -= 1
        self._claim_more()

    def settle_equal(self, row: int, outcome: Outcome, facts: CallFacts) -> int:
        """Record what a lead came to that was never taken, its claim with it."""
        attempt = self._history.attempts(row) + 1
        self._store.done += 1
        self._writer.add_claimed((row, attempt, outcome, facts))
        return attempt

    def _claim_more(self) -> None:
        writer = self._writer
        room = self._window - self._open
        while room > 0 and self._to_claim:
            job = self._to_claim.popleft()
            self._claiming.append(job)
            writer.claim_again(job.row)
            room -= 1
            self._open += 1
        new = min(room, self._todo - writer.claim_to)
        if new > 0:
            writer.claim_to += new
            self._open += new

    def _note_written(self, written: Written) -> None:
        more = written.claimed - self._on_disk.claimed
        for _ in range(written.again - self._on_disk.again):
            self._claimed.append(self._claiming.popleft())
            more += 1
        self._on_disk = written
        if self._hurried_at is not None:
            # As many as are taken while one transaction is made, and as many again.
            taken = self._taken - self._hurried_at
            self._low = min(2 * taken + 1, self._window // _WINDOW_PER_CONNECTION)
            self._hurried_at = None
        if more:
            self._on_ready(more)

    def _note_failure(self, error: JournalError) -> None:
        self._has_failed = True
        self._on_failure(error)

    def rest(self) -> Iterator[tuple[int, OutcomeKind | None]]:
        """Yield the new leads not taken, with the outcome that they have already."""
        for row, _ in self._supply.rest():
            yield row, self._history.kind(row)

    async def aclose(self) -> None:
        """Write the rest, withdraw the claims of leads not taken, close the journal."""
        if self._is_finished:
            self._store.close(is_done=True)
            return
        if not self._has_begun:
            with suppress(JournalError):
                self._store.end(())
            return
        in_file = self._writer.written
        new = [
            row for row, _ in islice(self._supply.rest(), in_file.claimed - self._taken)
        ]
        again = [job.row for job in (*self._claimed, *self._claiming)]
        given_back = again[: in_file.again - self._again_taken]
        await self._writer.aclose([*new, *given_back])
        await self._supply.aclose()

    def deliver(self) -> None:
        """Remove a journal that was kept without being asked for."""
        release(self._path)


def _past_of(history: History, done: Counter[OutcomeKind]) -> Past:
    started = history.started_at_s
    return Past(
        ledger=history.ledger,
        outcomes=done,
        started_at=datetime.fromtimestamp(started, UTC) if started else None,
        elapsed_s=history.elapsed_s,
        overhead_ms=history.overhead_ms,
    )
