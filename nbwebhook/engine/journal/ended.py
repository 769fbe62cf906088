"""The calls of a journal lead by lead, while no run has it open.

A journal has calls in the order in which they ended. What is kept of each is where it
stands: 12 bytes a call; the calls themselves are read a stretch of leads at a time.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from nbwebhook.engine.journal.history import CRASHED
from nbwebhook.engine.journal.mark import Mark
from nbwebhook.engine.journal.rows import call_values, decode_json, decode_rows
from nbwebhook.engine.journal.schema import chain_batch
from nbwebhook.engine.ledger import CallFacts
from nbwebhook.errors import JournalCorrupt

__all__ = ["EndedCalls", "open_ended"]

_PLACE = np.dtype(
    [("batch", "int32"), ("at", "int32"), ("row", "int32"), ("attempt", "int32")]
)


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
        self._chains: dict[int, int] = {}
        steps = np.zeros(total + 1, dtype="int32")
        places = np.fromiter(self._index(steps), dtype=_PLACE)
        self._open = _unsettled(steps, places["row"])
        if not places["attempt"].all():  # claims that were withdrawn
            places = places[places["attempt"] > 0]
        order = np.lexsort((places["attempt"], places["row"]))
        self._batches, self._at = places["batch"][order], places["at"][order]
        self._rows = places["row"][order]

    def _index(self, steps: np.ndarray) -> Iterator[tuple[int, int, int, int]]:
        """Yield of each call its batch, its place there, its lead and its attempt.

        Args:
            steps: How much more often each lead was claimed than the one before it; the
                claims are added.
        """
        query = "SELECT seq, claims, calls, chain FROM batch ORDER BY seq"
        for number, claims, calls, chain in self._database.execute(query):
            self._chains[number] = chain
            for first_row, keys in decode_json(claims):
                steps[first_row] += 1
                steps[first_row + len(keys)] -= 1
            for at, values in enumerate(decode_json(calls)):
                yield number, at, values[0], values[1]

    def of_rows(self, first_row: int, end_row: int) -> list[list[Any]]:
        """Return the calls of leads from one row up to, and without, another.

        Each is the values named by `schema.CALL_COLUMNS`.

        Raises:
            JournalCorrupt: A call is not what was written.
        """
        start, stop = np.searchsorted(self._rows, [first_row, end_row])
        numbers = self._batches[start:stop]
        batches = {number: self._calls_of(number) for number in set(numbers.tolist())}
        crashed = self._open[(self._open >= first_row) & (self._open < end_row)]
        left = crashed.tolist()
        places = zip(numbers.tolist(), self._at[start:stop].tolist(), strict=True)
        calls = [batches[number][at] for number, at in places]
        return list(_with_crashed(calls, left, first_row, end_row)) if left else calls

    def _calls_of(self, number: int) -> list[list[Any]]:
        """Return the calls of a batch, which must be what was written."""
        query = "SELECT * FROM batch WHERE seq = ?"
        [values] = self._database.execute(query, (number,))
        before = self._chains.get(number - 1)
        is_sound = before is None or chain_batch(before, values[:-1]) == values[-1]
        if not is_sound or values[-1] != self._chains[number]:
            where = f"batch {number:,}"
            raise JournalCorrupt(self._path, where, "its checksum differs")
        return decode_rows(values[-2])


def _unsettled(steps: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Return the leads that were claimed more often than settled.

    Args:
        steps: How much more often each lead was claimed than the one before it.
        rows: The lead of each call.
    """
    left = np.cumsum(steps[:-1], dtype="int32")
    np.subtract.at(left, rows, 1)
    return np.flatnonzero(left > 0)


def _with_crashed(
    calls: Iterable[list[Any]], left: list[int], first_row: int, end_row: int
) -> Iterator[list[Any]]:
    """Yield the calls of leads from one row to before another, unknown ones too."""
    row, attempts = first_row, 0
    for values in calls:
        if values[0] != row:
            yield from _crashed(left, values[0], row, attempts)
        row, attempts = values[:2]
        yield values
    yield from _crashed(left, end_row, row, attempts)


def _crashed(
    left: list[int], before: int, row: int, attempts: int
) -> Iterator[list[Any]]:
    """Yield the unknown calls of leads before a row, and take them off the list.

    Args:
        left: Leads that have one, in their order.
        before: The row.
        row: The lead whose calls were read last.
        attempts: How many it had.
    """
    while left and left[0] < before:
        lead = left.pop(0)
        attempt = attempts + 1 if lead == row else 1
        yield call_values(lead, attempt, None, CRASHED, CallFacts())
