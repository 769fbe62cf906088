"""A journal's rows, each one checked, to the history of its run."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from typing import Any

from nbwebhook.engine.journal.history import History
from nbwebhook.engine.journal.mark import Sealed
from nbwebhook.engine.journal.schema import (
    IDENTITY,
    SCHEMA,
    chain_batch,
    chain_crc,
    crc_of,
)
from nbwebhook.engine.ledger import Ledger
from nbwebhook.errors import JournalCorrupt

__all__ = ["read_history"]

_Row = tuple[Any, ...]


def read_history(
    database: sqlite3.Connection,
    path: str,
    mark: Sealed,
    ledger: Ledger | None = None,
) -> History:
    """Return the history of a journal, having checked every row of it.

    Args:
        database: The open journal.
        path: Its path, for errors.
        mark: What its mark said; `NOTHING_SEALED` without one.
        ledger: Takes the calls down; None for one that keeps them all.

    Raises:
        JournalCorrupt: A row is changed, added or missing.
    """
    reading = _Reading(database, path)
    try:
        reading.check_pages()
        history = reading.read_meta(Ledger() if ledger is None else ledger)
        reading.read_batches(history)
        reading.compare(history, mark)
    except sqlite3.Error as error:
        raise JournalCorrupt(path, reading.at, str(error)) from error
    except (
        ValueError,
        TypeError,
        LookupError,
        ArithmeticError,
        MemoryError,
        RecursionError,
    ) as error:
        problem = f"no values of a journal ({type(error).__name__})"
        raise JournalCorrupt(path, reading.at, problem) from error
    return history


class _Reading:
    """One pass over the file."""

    def __init__(self, database: sqlite3.Connection, path: str) -> None:
        self._database = database
        self._path = path
        self._chains: dict[int, int] = {}
        self.at = "its header"

    def _corrupt(self, problem: str) -> JournalCorrupt:
        return JournalCorrupt(self._path, self.at, problem)

    def check_pages(self) -> None:
        """Check the pages, and that tables and views are ours."""
        self.at = "its schema"
        query = "SELECT name, sql FROM sqlite_master"
        if dict(self._database.execute(query).fetchall()) != SCHEMA:
            raise self._corrupt("the tables are not those of a journal")
        self.at = "its pages"
        [(verdict,)] = self._database.execute("PRAGMA quick_check(1)").fetchall()
        if verdict != "ok":
            told = str(verdict).removeprefix("*** in database main ***")
            raise self._corrupt(" ".join(told.split()))

    def _rows(self, table: str) -> Iterator[_Row]:
        """Yield the rows of a table in order; each has its number."""
        query = f"SELECT * FROM {table} ORDER BY seq"  # noqa: S608 - our own names
        for number, values in enumerate(self._database.execute(query), 1):
            self.at = f"{table} {number:,}"
            if values[0] != number:
                raise self._corrupt(f"number {values[0]} stands there")
            yield values

    def read_meta(self, ledger: Ledger) -> History:
        """Return whose journal it is."""
        facts, chain = {}, 0
        for values in self._rows("meta"):
            if crc_of(values[:-1]) != values[-1]:
                raise self._corrupt("its checksum differs")
            chain = chain_crc(chain, values[-1])
            facts[values[1]] = values[2]
        self.at = "its meta table"
        if not {"run_id", "leads"} <= set(facts):
            raise self._corrupt("a row is missing")
        identity = {
            name.removeprefix(IDENTITY): value
            for name, value in facts.items()
            if name.startswith(IDENTITY)
        }
        history = History(facts["run_id"], int(facts["leads"]), identity, ledger)
        history.tally.chain = chain
        return history

    def read_batches(self, history: History) -> None:
        """Take down claims and calls, batch by batch."""
        tally, session_s = history.tally, 0.0
        for values in self._rows("batch"):
            number, event, at_s, elapsed_s, _, claims, calls, chain = values
            if chain_batch(tally.chain, values[:-1]) != chain:
                raise self._corrupt("its checksum differs")
            if event == "opened":
                history.started_at_s = history.started_at_s or at_s
                history.elapsed_s += session_s
            for first_row, keys in json.loads(claims):
                history.note_claim(first_row, len(keys))
            for call in json.loads(calls):
                history.note_call(call)
            tally.batches, tally.chain = number, chain
            self._chains[number] = chain
            session_s = elapsed_s
            history.is_closed = event == "closed"
        history.elapsed_s += session_s

    def compare(self, history: History, mark: Sealed) -> None:
        """Compare the end of the journal with what its mark says."""
        if mark.batch == 0:
            return
        self.at = f"batch {history.tally.batches + 1:,}"
        if mark.batch > history.tally.batches:
            lost = mark.batch - history.tally.batches
            raise self._corrupt(f"the last transactions, {lost:,}, are lost")
        self.at = f"batch {mark.batch:,}"
        if (mark.run_id, mark.chain) != (history.run_id, self._chains[mark.batch]):
            raise self._corrupt("its -mark file is that of another journal")
