"""A journal's file, written a transaction at a time."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import chain
from typing import Literal

from nbwebhook.clock import Clock
from nbwebhook.engine.journal.history import Tally
from nbwebhook.engine.journal.mark import Mark, Sealed
from nbwebhook.engine.journal.rows import call_values
from nbwebhook.engine.journal.schema import chain_crc, crc_of, insert_into
from nbwebhook.engine.ledger import CallFacts
from nbwebhook.errors import JournalFailed
from nbwebhook.mapping.outcome import Outcome

__all__ = ["EndedCall", "Event", "Rows", "Store"]

EndedCall = tuple[int, int, Outcome, CallFacts]
"""Row, attempt, what came of it, how it ran."""

Rows = tuple[int, int]
"""Leads from the first row up to, and without, the second."""

Event = Literal["opened", "ran", "closed"]

_ROWS_A_STATEMENT = 32


class Store:
    """An open journal: one connection, used by one thread at a time.

    Args:
        database: The connection, in charge of the file alone.
        mark: Its mark, held.
        path: Its path, for errors.
        run_id: Whose journal it is.
        keys: The leads' keys by row.
        tally: How many rows there are.
        clock: Time.
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
        self._database = database
        self._mark = mark
        self._keys = keys
        self._tally = tally
        self._clock = clock
        self._opened_s = clock.monotonic_s()

    @property
    def seals(self) -> int:
        """How many transactions were written."""
        return self._tally.seals

    def commit(
        self,
        event: Event,
        claims: Sequence[Rows] = (),
        calls: Sequence[EndedCall] = (),
    ) -> None:
        """Write intents and outcomes; when this returns they are on the disk.

        Raises:
            JournalFailed: Nothing of it was written, or only the mark was not.
        """
        with self._told():
            try:
                self._database.execute("BEGIN IMMEDIATE")
                tally = self._write(event, claims, calls)
                self._database.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    self._database.execute("ROLLBACK")
                raise
            self._tally = tally
            self._mark.write(Sealed(self.run_id, tally.seals, tally.chain))

    def _write(
        self, event: Event, claims: Sequence[Rows], calls: Sequence[EndedCall]
    ) -> Tally:
        now = self._tally
        tally = Tally(now.seals + 1, now.claims, now.calls, now.chain)
        if claims:
            rows = [(first, end, self._keys_text(first, end)) for first, end in claims]
            tally.claims, tally.chain = self._insert("claim", rows, tally.claims, tally)
        if calls:
            keys = self._keys
            values = [
                call_values(row, attempt, keys[row], outcome, facts)
                for row, attempt, outcome, facts in calls
            ]
            tally.calls, tally.chain = self._insert("call", values, tally.calls, tally)
        elapsed_s = self._clock.monotonic_s() - self._opened_s
        seal = (
            event,
            self._clock.wall().timestamp(),
            0.0 if event == "opened" else elapsed_s,
            tally.claims,
            tally.calls,
            tally.chain,
        )
        self._insert("seal", [seal], now.seals, tally)
        return tally

    def _keys_text(self, first_row: int, end_row: int) -> str:
        return json.dumps(self._keys[first_row:end_row], separators=(",", ":"))

    def _insert(
        self,
        table: str,
        rows: Iterable[tuple[object, ...]],
        count: int,
        tally: Tally,
    ) -> tuple[int, int]:
        """Add rows after the first `count`; return the new count and the new chain."""
        link, made = tally.chain, []
        for values in rows:
            count += 1
            numbered = (count, *values)
            crc = crc_of(numbered)
            link = chain_crc(link, crc)
            made.append((*numbered, crc))
        # Many rows a statement: between two of them the lock of the interpreter is given
        # up and must be waited for, and a run's loop keeps it busy.
        for at in range(0, len(made), _ROWS_A_STATEMENT):
            part = made[at : at + _ROWS_A_STATEMENT]
            statement = insert_into(table, len(part))
            self._database.execute(statement, tuple(chain.from_iterable(part)))
        return count, link

    def begin(self, crashed: Sequence[EndedCall]) -> None:
        """Open a session: from now on the file alone says that a run is under way.

        Args:
            crashed: Outcomes of the leads that an earlier session left unsettled.

        Raises:
            JournalFailed: It cannot be written.
        """
        tally = self._tally
        with self._told():
            self._mark.write(Sealed(self.run_id, tally.seals, tally.chain))
            self._mark.sync()
        self.commit("opened", calls=crashed)
        with self._told():
            self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def end(self, calls: Sequence[EndedCall]) -> None:
        """Write the last rows, and leave one file that tells of a run ended in order.

        Whatever is raised, the file is closed.

        Raises:
            JournalFailed: It cannot be written; the next run finds a crashed one.
        """
        is_done = False
        try:
            self.commit("closed", calls=calls)
            with self._told():
                self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            is_done = True
        finally:
            self.close(is_done=is_done)

    def close(self, *, is_done: bool) -> None:
        """Close the file as it is; with `is_done` the mark goes away.

        It does so too where nothing was written since it was made.
        """
        self._database.close()
        with suppress(OSError):
            self._mark.close(is_done=is_done or self._mark.is_superfluous)

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise JournalFailed(self.path, str(error)) from error
