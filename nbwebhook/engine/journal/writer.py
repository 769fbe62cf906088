"""Writes a journal beside a run: all that has piled up, in one batch.

```text
loop's thread                                own thread, later own process
  add, claim ─▶ pile ─▶ write a batch ─────▶ force it to the disk
     ▲  reserve low: now, else 30 ms later          │
     └──── claims on disk, or a failure ◀───────────┘
```

Rows are made and written on the loop's own thread: it alone runs Python, so that nobody
waits for the interpreter's lock. Only what waits for the disk is done elsewhere, one call
of the system a batch, and meanwhile the next batch piles up. A run of many batches has a
process for it, see `forcer.py`.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from queue import SimpleQueue

from nbwebhook.engine.journal.forcer import Forcer
from nbwebhook.engine.journal.store import EndedCall, Rows, Store
from nbwebhook.engine.ledger import CallFacts
from nbwebhook.errors import JournalError, JournalFailed
from nbwebhook.mapping.outcome import Outcome, OutcomeKind

__all__ = ["ClaimableRows", "Writer", "Written"]

_LINGER_S = 0.03
"""How long outcomes may pile up: a batch costs the same for one and for fifty."""

_MANY_BATCHES = 32
"""From this batch on a process of its own forces them to the disk: it is worth its start."""

_WITHDRAWN = Outcome(
    OutcomeKind.SKIPPED, reason="the claim was withdrawn: no call was made"
)
_NO_FACTS = CallFacts()


class ClaimableRows:
    """The rows that are to be called, in their order, as ranges to claim.

    Args:
        todo: For each row 1 if it is to be called.
    """

    def __init__(self, todo: bytearray) -> None:
        self._todo = todo
        self._next = 0

    def take(self, count: int) -> list[Rows]:
        """Return the next `count` rows, or as many as are left.

        Example:
            >>> ClaimableRows(bytearray([1, 1, 0, 1, 1])).take(3)
            [(0, 2), (3, 4)]
        """
        found: list[Rows] = []
        while count > 0 and (first := self._todo.find(1, self._next)) >= 0:
            gap = self._todo.find(0, first, first + count)
            end = min(first + count, len(self._todo)) if gap < 0 else gap
            found.append((first, end))
            count -= end - first
            self._next = end
        return found


class Written:
    """How far a journal is.

    Attributes:
        claimed: Rows claimed, of those that are to be called.
        again: Further claims, of leads that were given back.
    """

    __slots__ = ("again", "claimed")

    def __init__(self, claimed: int = 0, again: int = 0) -> None:
        self.claimed = claimed
        self.again = again


class Writer:
    """Writes one store; its methods are called on the run's loop.

    Args:
        store: The open journal; closed when the writer is.
        rows: The rows to claim.
        on_written: Called once a batch is on the disk.
        on_failure: Called once, when nothing can be written any more.

    Attributes:
        claim_to: How many of the rows may be claimed; moved on from outside.
        written: How far the journal's file is; the disk may lag behind it.
    """

    def __init__(
        self,
        store: Store,
        rows: ClaimableRows,
        *,
        on_written: Callable[[Written], None],
        on_failure: Callable[[JournalError], None],
    ) -> None:
        self.claim_to = 0
        self.written = Written()
        self._store = store
        self._rows = rows
        self._on_written = on_written
        self._on_failure = on_failure
        self._loop = asyncio.get_running_loop()
        self._calls: list[list[object]] = []
        self._claimed: list[tuple[int, list[object]]] = []
        self._again: list[int] = []
        self._has_failed = self._is_busy = self._is_ending = False
        self._is_poked = self._is_hurried = False
        self._timer: asyncio.Handle | None = None
        self._closed: asyncio.Future[None] = self._loop.create_future()
        self._batches = 0
        self._forcer: Forcer | None = None
        self._work: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._thread = threading.Thread(
            target=self._serve, name="nbwebhook-journal", daemon=True
        )
        self._thread.start()

    def add(self, call: EndedCall) -> None:
        """Take a call's end; it is written with the next batch."""
        try:
            self._calls.append(self._store.values_of(call))
        except Exception as error:  # noqa: BLE001 - whatever a value may be
            self._fail(self._unwritable(error))
        self.poke()

    def add_claimed(self, call: EndedCall) -> None:
        """Take what a lead came to that nobody claimed, to be written with a claim."""
        self._claimed.append((call[0], self._store.values_of(call)))
        self.poke()

    def claim_again(self, row: int) -> None:
        """Take a lead to be claimed once more, likewise."""
        self._again.append(row)

    def poke(self) -> None:
        """Have all that has piled up written soon."""
        if not self._is_poked:
            self._is_poked = True
            if not self._is_busy:
                self._timer = self._loop.call_later(_LINGER_S, self._write)

    def hurry(self) -> None:
        """Have it written at the end of this turn of the loop."""
        if not self._is_hurried:
            self._is_hurried = self._is_poked = True
            if not self._is_busy:
                self._set_timer(self._loop.call_soon(self._write))

    def _set_timer(self, timer: asyncio.Handle | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = timer

    def _write(self) -> None:
        """Write a batch and have it forced to the disk, unless there is nothing."""
        self._set_timer(None)
        if self._is_busy or self._has_failed or self._is_ending:
            return
        self._is_poked = self._is_hurried = False
        new = self.claim_to - self.written.claimed
        again, claimed, calls = self._again, self._claimed, self._calls
        if not (new or again or claimed or calls):
            return
        single = [*again, *(row for row, _ in claimed)]
        claims = [*self._rows.take(new), *((row, row + 1) for row in single)]
        try:
            self._store.write(
                "ran", claims, [*calls, *(values for _, values in claimed)]
            )
        except JournalError as error:
            self._fail(error)
            return
        except Exception as error:  # noqa: BLE001 - whatever a value may be
            self._fail(self._unwritable(error))
            return
        done = self.written
        self.written = Written(done.claimed + new, done.again + len(again))
        self._again, self._claimed, self._calls = [], [], []
        self._force()

    def _unwritable(self, error: Exception) -> JournalFailed:
        problem = f"an outcome cannot be written ({type(error).__name__})"
        return JournalFailed(self._store.path, problem)

    def _force(self) -> None:
        """Have what is written forced to the disk, by the process if there is one."""
        self._batches += 1
        if self._batches == _MANY_BATCHES:
            with suppress(OSError, NotImplementedError):
                self._forcer = Forcer(self._store.wal_path, self._note_forced)
        if self._forcer is not None and self._forcer.force():
            self._is_busy = True
        else:
            self._start(self._store.sync)

    def _note_forced(self, code: int | None) -> None:
        """Go on once the process has done so; if it ended over it, the thread does it."""
        if code is None:
            self._start(self._store.sync)
            return
        error = JournalFailed(self._store.path, os.strerror(code)) if code else None
        self._note_done(self._store.sync, error)

    def _start(self, work: Callable[[], None]) -> None:
        """Have the thread do what waits for the disk; the store is its alone meanwhile."""
        self._is_busy = True
        self._work.put(work)

    def _note_done(self, work: Callable[[], None], error: JournalError | None) -> None:
        """Go on once the thread has done its work."""
        self._is_busy = False
        if error is None and not self._is_ending and work == self._store.sync:
            error = self._note_synced()
        if error is not None:
            self._fail(error)
        if self._has_failed or self._is_ending:
            return
        if self._store.is_checkpoint_due:
            self._start(self._store.checkpoint)
        elif self._is_hurried:
            self._write()
        elif self._is_poked and self._timer is None:
            self._timer = self._loop.call_later(_LINGER_S, self._write)

    def _note_synced(self) -> JournalError | None:
        try:
            self._store.note_synced()
        except JournalError as error:
            return error
        self._on_written(self.written)
        return None

    def _fail(self, error: JournalError) -> None:
        if not self._has_failed:
            self._has_failed = True
            self._on_failure(error)

    async def aclose(self, withdrawn: Sequence[int]) -> None:
        """Write all that has piled up, withdraw claims, and close the store.

        Whatever becomes of this coroutine, the thread does so and ends. After a failure
        it tries once more: there may be room again.

        Args:
            withdrawn: The rows that are claimed in the file and were not handed out.
        """
        self._is_ending = True
        self._set_timer(None)
        calls = [*self._calls, *(values for _, values in self._claimed)]
        calls += (
            self._store.values_of((row, 0, _WITHDRAWN, _NO_FACTS)) for row in withdrawn
        )
        if self._forcer is not None:
            self._forcer.close()
            self._work.put(self._forcer.reap)
        self._work.put(lambda: self._store.end(calls))
        self._work.put(None)
        await asyncio.shield(self._closed)
        self._thread.join()

    # On the thread of its own

    def _serve(self) -> None:
        while (work := self._work.get()) is not None:
            error: JournalError | None = None
            try:
                work()
            except JournalError as failure:
                error = failure
            except Exception as failure:  # noqa: BLE001 - the thread's own boundary
                error = JournalFailed(self._store.path, type(failure).__name__)
            self._tell(self._note_done, work, error)
        self._tell(self._set_closed)

    def _set_closed(self) -> None:
        if not self._closed.done():
            self._closed.set_result(None)

    def _tell(self, function: Callable[..., None], *told: object) -> None:
        """Call `function` on the loop; a loop that is gone has nobody to tell."""
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(function, *told)
