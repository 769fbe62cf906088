"""The thread that writes a journal: all that has piled up, in one transaction.

The loop's thread only appends to a queue and moves a number on; making rows of outcomes,
and waiting for the disk, happens here.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from queue import SimpleQueue

from nbwebhook.engine.journal.store import EndedCall, Rows, Store
from nbwebhook.engine.ledger import CallFacts
from nbwebhook.errors import JournalError, JournalFailed
from nbwebhook.mapping.outcome import Outcome, OutcomeKind

__all__ = ["ClaimableRows", "Writer", "Written"]

_LINGER_S = 0.03
"""How long outcomes may pile up: a transaction costs the same for one and for fifty."""

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
    """How far a journal is on disk.

    Attributes:
        claimed: Rows claimed, of those that are to be called.
        again: Further claims, of leads that were given back.
    """

    __slots__ = ("again", "claimed")

    def __init__(self, claimed: int = 0, again: int = 0) -> None:
        self.claimed = claimed
        self.again = again


class Writer:
    """Writes one store from a thread of its own.

    Args:
        store: The open journal; closed when the writer is.
        rows: The rows to claim.
        on_written: Called on the loop after each transaction.
        on_failure: Called on the loop, once, when nothing can be written any more.

    Attributes:
        claim_to: How many of the rows may be claimed; moved on by the loop's thread.
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
        self._store = store
        self._rows = rows
        self._on_written = on_written
        self._on_failure = on_failure
        self._loop = asyncio.get_running_loop()
        self._calls: deque[EndedCall] = deque()
        self._claimed_calls: deque[EndedCall] = deque()
        self._again: deque[int] = deque()
        self._written = Written()
        self._failure: JournalError | None = None
        self._wake: SimpleQueue[None] = SimpleQueue()
        self._is_poked = False
        self._hurry = threading.Event()
        self._unwritten: list[EndedCall] = []
        self._withdraw: Callable[[Written], Iterable[int]] | None = None
        self._closed: asyncio.Future[None] = self._loop.create_future()
        self._thread = threading.Thread(
            target=self._work, name="nbwebhook-journal", daemon=True
        )
        self._thread.start()

    # On the loop's thread

    def add(self, call: EndedCall) -> None:
        """Take a call's end; it is written with the next `poke`."""
        self._calls.append(call)

    def add_claimed(self, call: EndedCall) -> None:
        """Take what a lead came to that nobody claimed, to be written with a claim."""
        self._claimed_calls.append(call)

    def claim_again(self, row: int) -> None:
        """Take a lead to be claimed once more, likewise."""
        self._again.append(row)

    def poke(self) -> None:
        """Have all that has piled up written soon."""
        if not self._is_poked:
            self._is_poked = True
            self._wake.put(None)

    def hurry(self) -> None:
        """Have it written now."""
        if not self._hurry.is_set():
            self._hurry.set()
        self.poke()

    async def aclose(self, withdraw: Callable[[Written], Iterable[int]]) -> None:
        """Write all that has piled up, withdraw claims, and close the store.

        Whatever becomes of this coroutine, the thread does so and ends.

        Args:
            withdraw: Called on the writer's thread with how far the journal is: returns
                the rows that are claimed and were not handed out.
        """
        self._withdraw = withdraw
        self.hurry()
        await asyncio.shield(self._closed)
        self._thread.join()

    # On the writer's own thread

    def _work(self) -> None:
        while self._withdraw is None:
            self._wake.get()
            if self._withdraw is None:
                self._hurry.wait(_LINGER_S)
            # Lowered before looking: what is added after that pokes again.
            self._is_poked = False
            self._hurry.clear()
            self._write_pending()
        self._finish(self._withdraw)

    def _write_pending(self) -> None:
        """Write claims and calls, unless it has failed before."""
        if self._failure is not None:
            return
        # Claims are read before calls: what is on disk never has more open claims than
        # there were on the loop's thread at some moment.
        new = 0 if self._withdraw else self.claim_to - self._written.claimed
        claims = self._rows.take(new)
        again = [self._again.popleft() for _ in range(len(self._again))]
        calls = [self._calls.popleft() for _ in range(len(self._calls))]
        claimed = [
            self._claimed_calls.popleft() for _ in range(len(self._claimed_calls))
        ]
        if not (claims or again or calls or claimed):
            return
        rows = [*again, *(call[0] for call in claimed)]
        calls += claimed
        if self._commit([*claims, *((row, row + 1) for row in rows)], calls):
            before, more = self._written.claimed, self._written.again
            self._written = Written(before + new, more + len(again))
            self._tell(self._on_written, self._written)

    def _commit(self, claims: list[Rows], calls: list[EndedCall]) -> bool:
        seals = self._store.seals
        try:
            self._store.commit("ran", claims, calls)
        except JournalError as error:
            self._fail(error)
        except Exception as error:  # noqa: BLE001 - the thread's own boundary
            problem = f"an outcome cannot be written ({type(error).__name__})"
            self._fail(JournalFailed(self._store.path, problem))
        else:
            return True
        if self._store.seals == seals:
            self._unwritten = calls
        return False

    def _fail(self, error: JournalError) -> None:
        if self._failure is None:
            self._failure = error
            self._tell(self._on_failure, error)

    def _finish(self, withdraw: Callable[[Written], Iterable[int]]) -> None:
        """Write the rest and close; after a failure there may be room again."""
        calls = [*self._unwritten, *self._calls, *self._claimed_calls]
        calls += ((row, 0, _WITHDRAWN, _NO_FACTS) for row in withdraw(self._written))
        try:
            self._store.end(calls)
        except JournalError as error:
            self._fail(error)
        except Exception as error:  # noqa: BLE001 - the thread's own boundary
            self._fail(JournalFailed(self._store.path, f"{type(error).__name__}"))
        self._tell(self._set_closed)

    def _set_closed(self) -> None:
        if not self._closed.done():
            self._closed.set_result(None)

    def _tell(self, function: Callable[..., None], *told: object) -> None:
        """Call `function` on the loop; a loop that is gone has nobody to tell."""
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(function, *told)
