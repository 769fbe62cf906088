"""The calls of a journal lead by lead, while no run has it open.

A journal has calls in the order in which they ended. What is kept of each is where it
stands: 16 bytes a call; the calls themselves are read a stretch of leads at a time.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from nbwebhook.engine.journal.history import CRASHED
from nbwebhook.engine.journal.mark import Mark
from nbwebhook.engine.journal.rows import read_call
from nbwebhook.engine.journal.schema import crc_of
from nbwebhook.engine.journal.store import EndedCall
from nbwebhook.engine.ledger import CallFacts
from nbwebhook.errors import JournalCorrupt

__all__ = ["EndedCalls", "open_ended"]

_CALLS_A_QUERY = 500
_PLACE = np.dtype([("seq", "int32"), ("row", "int32"), ("attempt", "int32")])


@contextmanager
def open_ended(path: str | Path, total: int) -> Iterator[EndedCalls]:
    """Open a journal whose run is over, locked so that no other run takes it up.

    Args:
        path: The file.
        total: Leads in its list.

    Raises:
        JournalLocked: A run has it open.
        JournalCorrupt: It cannot be read.
    """
    file = Path(path).expanduser().absolute()
    mark = Mark(file)
    try:
        database = sqlite3.connect(file, timeout=0.0, isolation_level=None)
        try:
            database.execute("PRAGMA locking_mode = EXCLUSIVE")
            database.execute("PRAGMA trusted_schema = OFF")
            yield EndedCalls(database, str(file), total)
        finally:
            database.close()
    except sqlite3.Error as error:
        raise JournalCorrupt(str(file), "its calls", str(error)) from error
    finally:
        mark.close(is_done=mark.is_superfluous)


class EndedCalls:
    """Reads the calls of stretches of leads, in the order of leads and attempts.

    A lead that is claimed and not settled gets the call that a resumption would give it:
    its outcome is unknown.

    Args:
        database: The journal.
        path: Its path, for errors.
        total: Leads in its list.
    """

    def __init__(self, database: sqlite3.Connection, path: str, total: int) -> None:
        self._database = database
        self._path = path
        places, rows, attempts = self._index()
        settled = np.bincount(rows, minlength=total)
        is_call = attempts > 0
        self._open = np.flatnonzero(self._claims(total) > settled)
        order = np.lexsort((attempts[is_call], rows[is_call]))
        self._places = places[is_call][order]
        self._rows = rows[is_call][order]

    def _index(self) -> tuple[np.ndarray, ...]:
        """Return where each row of the table stands, its lead and its attempt."""
        cursor = self._database.execute("SELECT seq, row, attempt FROM call")
        found = np.fromiter(cursor, dtype=_PLACE)
        return found["seq"], found["row"], found["attempt"]

    def _claims(self, total: int) -> np.ndarray:
        """Return how often each lead was claimed."""
        steps = np.zeros(total + 1, dtype="int32")
        for first, end in self._database.execute(
            "SELECT first_row, end_row FROM claim"
        ):
            steps[first] += 1
            steps[end] -= 1
        claims: np.ndarray = np.cumsum(steps[:-1], dtype="int32")
        return claims

    def of_rows(self, first_row: int, end_row: int) -> Iterator[EndedCall]:
        """Yield the calls of leads from one row up to, and without, another.

        Raises:
            JournalCorrupt: A call is not what was written.
        """
        start, stop = np.searchsorted(self._rows, [first_row, end_row])
        places = self._places[start:stop].tolist()
        crashed = self._open[(self._open >= first_row) & (self._open < end_row)]
        left = crashed.tolist()
        row, attempts = first_row, 0
        for at in range(0, len(places), _CALLS_A_QUERY):
            part = places[at : at + _CALLS_A_QUERY]
            for values in self._fetch(part):
                if values[0] != row:
                    yield from _crashed(left, values[0], row, attempts)
                row, attempts = values[:2]
                yield (row, attempts, *read_call(values))
        yield from _crashed(left, end_row, row, attempts)

    def _fetch(self, places: list[int]) -> list[tuple[Any, ...]]:
        """Return the calls at these places, in their order."""
        marks = ",".join("?" * len(places))
        query = f"SELECT * FROM call WHERE seq IN ({marks})"  # noqa: S608 - marks only
        found = {}
        for values in self._database.execute(query, places):
            if crc_of(values[:-1]) != values[-1]:
                where = f"call {values[0]:,}"
                raise JournalCorrupt(self._path, where, "its checksum differs")
            found[values[0]] = values[1:-1]
        return [found[place] for place in places]


def _crashed(
    left: list[int], before: int, row: int, attempts: int
) -> Iterator[EndedCall]:
    """Yield the unknown calls of leads before a row, and take them off the list.

    Args:
        left: Leads that have one, in their order.
        before: The row.
        row: The lead whose calls were read last.
        attempts: How many it had.
    """
    while left and left[0] < before:
        lead = left.pop(0)
        yield lead, attempts + 1 if lead == row else 1, CRASHED, CallFacts()
