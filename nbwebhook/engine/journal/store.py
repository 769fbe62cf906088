"""A journal's file, written a batch at a time.

A batch is one statement: it is then in the file, so that the end of this process does not
undo it, and a power cut may. `sync` forces it to the disk: the one step that takes long,
and the only one that may be taken on another thread.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Literal

from nbwebhook.clock import Clock
from nbwebhook.engine.journal.history import Tally
from nbwebhook.engine.journal.mark import Mark, Sealed
from nbwebhook.engine.journal.rows import call_values, encode_rows, plain_text
from nbwebhook.engine.journal.schema import INSERT_BATCH, chain_batch
from nbwebhook.engine.ledger import CallFacts
from nbwebhook.errors import JournalFailed
from nbwebhook.mapping.outcome import Outcome

__all__ = ["EndedCall", "Event", "Rows", "Store"]

EndedCall = tuple[int, int, Outcome, CallFacts]
"""Row, attempt, what came of it, how it ran."""

Rows = tuple[int, int]
"""Leads from the first row up to, and without, the second."""

Event = Literal["opened", "ran", "closed"]

_CHECKPOINT_BYTES = 8 << 20
"""How large the -wal file may grow before its pages go to the journal itself."""

_PAGES_BYTES = 12_288
"""What a batch adds to it besides its text: pages that are written once more."""

_force: Callable[[int], None] = getattr(os, "fdatasync", os.fsync)


class Store:
    """An open journal: one connection, used by one thread at a time.

    Args:
        database: The connection, in charge of the file alone.
        mark: Its mark, held.
        path: Its path, for errors.
        run_id: Whose journal it is.
        keys: The leads' keys by row.
        tally: How many batches there are.
        clock: Time.

    Attributes:
        wal_path: The file that batches go to.
        done: Leads that have their outcome; kept up to date by whoever writes.
    """

    def __init__(  # noqa: PLR0913 - the parts of an open journal
        self,
        database: sqlite3.Connection,
        mark: Mark,
        *,
        path: str,
        run_id: str,
        keys: Sequence[str | None],
        tally: Tally,
        clock: Clock,
    ) -> None:
        self.path = path
        self.run_id = run_id
        self.done = 0
        self.wal_path = f"{path}-wal"
        self._database = database
        self._mark = mark
        self._keys = keys
        self._tally = tally
        self._clock = clock
        self._opened_s = clock.monotonic_s()
        self._claimed_keys: dict[int, str | None] = {}
        self._wal: int | None = None
        self._unsaved_bytes = 0

    @property
    def batches(self) -> int:
        """How many batches were written."""
        return self._tally.batches

    @property
    def is_checkpoint_due(self) -> bool:
        """Whether the -wal file has grown so large that `checkpoint` is worth it."""
        return self._unsaved_bytes > _CHECKPOINT_BYTES

    def values_of(self, call: EndedCall) -> list[object]:
        """Return a call as `write` takes it."""
        row, attempt, outcome, facts = call
        key = self._claimed_keys.pop(row, None) or self._keys[row]
        return call_values(row, attempt, key, outcome, facts)

    def write(
        self,
        event: Event,
        claims: Sequence[Rows] = (),
        calls: Sequence[list[object]] = (),
    ) -> None:
        """Write intents and outcomes; the end of this process does not undo it.

        Raises:
            JournalFailed: Nothing of it was written.
        """
        now = self._tally
        elapsed_s = self._clock.monotonic_s() - self._opened_s
        values = (
            now.batches + 1,
            event,
            self._clock.wall().timestamp(),
            0.0 if event == "opened" else elapsed_s,
            self.done,
            encode_rows(
                [[first, self._shown_keys(first, end)] for first, end in claims]
            ),
            encode_rows(calls),
        )
        chain = chain_batch(now.chain, values)
        with self._told():
            self._database.execute(INSERT_BATCH, (*values, chain))
        self._tally = Tally(now.batches + 1, chain)
        self._unsaved_bytes += len(values[-1]) + len(values[-2]) + _PAGES_BYTES

    def _shown_keys(self, first_row: int, end_row: int) -> list[str | None]:
        keys = self._keys[first_row:end_row]
        # Of many keys one slice is much cheaper than each one by itself.
        self._claimed_keys.update(zip(range(first_row, end_row), keys, strict=True))
        return [plain_text(key) for key in keys]

    def sync(self) -> None:
        """Return once all that was written is on the disk.

        Raises:
            JournalFailed: It may not be.
        """
        with self._told():
            if self._wal is None:
                flags = os.O_RDWR | getattr(os, "O_CLOEXEC", 0)
                self._wal = os.open(self.wal_path, flags)
            _force(self._wal)

    def note_synced(self) -> None:
        """Name the last batch in the mark: only then may anybody act on it.

        Raises:
            JournalFailed: The mark cannot be written.
        """
        tally = self._tally
        with self._told():
            self._mark.write(Sealed(self.run_id, tally.batches, tally.chain, self.done))

    def checkpoint(self, kind: Literal["PASSIVE", "TRUNCATE"] = "PASSIVE") -> None:
        """Take what the -wal file has grown to into the journal itself.

        Raises:
            JournalFailed: It cannot be written; nothing is lost.
        """
        self._unsaved_bytes = 0
        with self._told():
            self._database.execute(f"PRAGMA wal_checkpoint({kind})")

    def commit(
        self,
        event: Event,
        claims: Sequence[Rows] = (),
        calls: Sequence[EndedCall] = (),
    ) -> None:
        """Write intents and outcomes; when this returns they are on the disk.

        Raises:
            JournalFailed: They are not, or the mark could not be written.
        """
        self.write(event, claims, [self.values_of(call) for call in calls])
        self.sync()
        self.note_synced()

    def begin(self, crashed: Sequence[EndedCall]) -> None:
        """Open a session: from now on the file alone says that a run is under way.

        Args:
            crashed: Outcomes of the leads that an earlier session left unsettled.

        Raises:
            JournalFailed: It cannot be written.
        """
        self.note_synced()
        with self._told():
            self._mark.sync()
        self.commit("opened", calls=crashed)
        self.checkpoint("TRUNCATE")

    def end(self, calls: Sequence[list[object]]) -> None:
        """Write the last rows, and leave one file that tells of a run ended in order.

        Whatever is raised, the file is closed.

        Raises:
            JournalFailed: It cannot be written; the next run finds a crashed one.
        """
        is_done = False
        try:
            self.write("closed", calls=calls)
            self.sync()
            self.note_synced()
            self.checkpoint("TRUNCATE")
            is_done = True
        finally:
            self.close(is_done=is_done)

    def close(self, *, is_done: bool) -> None:
        """Close the file as it is; with `is_done` the mark goes away.

        It does so too where nothing was written since it was made.
        """
        if self._wal is not None:
            os.close(self._wal)
        self._database.close()
        with suppress(OSError):
            self._mark.close(is_done=is_done or self._mark.is_superfluous)

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise JournalFailed(self.path, str(error)) from error
