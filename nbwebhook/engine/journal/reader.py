"""A journal's rows, each one checked, to the history of its run."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any

from nbwebhook.engine.journal.history import History
from nbwebhook.engine.journal.mark import Sealed
from nbwebhook.engine.journal.schema import IDENTITY, SCHEMA, chain_crc, crc_of
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
        mark: What its mark said; `NO_SEAL` without one.
        ledger: Takes the calls down; None for one that keeps them all.

    Raises:
        JournalCorrupt: A row is changed, added or missing.
    """
    reading = _Reading(database, path)
    try:
        reading.check_pages()
        history = reading.read_meta(Ledger() if ledger is None else ledger)
        reading.read_seals(history)
        reading.compare(history, mark)
    except sqlite3.Error as error:
        raise JournalCorrupt(path, reading.at, str(error)) from error
    except (ValueError, TypeError, LookupError, ArithmeticError, MemoryError) as error:
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
        """Yield the rows of a table in order; each has its number and its checksum."""
        query = f"SELECT * FROM {table} ORDER BY seq"  # noqa: S608 - our own names
        for number, values in enumerate(self._database.execute(query), 1):
            self.at = f"{table} {number:,}"
            if values[0] != number:
                raise self._corrupt(f"number {values[0]} stands there")
            if crc_of(values[:-1]) != values[-1]:
                raise self._corrupt("its checksum differs")
            yield values

    def read_meta(self, ledger: Ledger) -> History:
        """Return whose journal it is."""
        rows = list(self._rows("meta"))
        facts = {name: value for _, name, value, _ in rows}
        self.at = "its meta table"
        if not {"run_id", "leads"} <= set(facts):
            raise self._corrupt("a row is missing")
        identity = {
            name.removeprefix(IDENTITY): value
            for name, value in facts.items()
            if name.startswith(IDENTITY)
        }
        history = History(facts["run_id"], int(facts["leads"]), identity, ledger)
        for row in rows:
            history.tally.chain = chain_crc(history.tally.chain, row[-1])
        return history

    def read_seals(self, history: History) -> None:
        """Take down claims and calls, transaction by transaction."""
        tally = history.tally
        claims, calls = self._rows("claim"), self._rows("call")
        session_s = 0.0
        for seal in self._rows("seal"):
            number, event, at_s, elapsed_s, claims_now, calls_now, chain, _ = seal
            if event == "opened":
                history.started_at_s = history.started_at_s or at_s
                history.elapsed_s += session_s
            for row in self._up_to(claims_now, claims, "claim", tally.claims):
                history.note_claim(row[1], row[2])
                tally.chain = chain_crc(tally.chain, row[-1])
            for row in self._up_to(calls_now, calls, "call", tally.calls):
                history.note_call(row[1:-1])
                tally.chain = chain_crc(tally.chain, row[-1])
            self.at = f"seal {number:,}"
            if chain != tally.chain:
                raise self._corrupt("the rows before it are not those that it sealed")
            tally.seals, tally.claims, tally.calls = number, claims_now, calls_now
            self._chains[number] = chain
            session_s = elapsed_s
            history.is_closed = event == "closed"
        history.elapsed_s += session_s
        if next(claims, None) or next(calls, None):
            raise self._corrupt("no seal tells of it")

    def _up_to(
        self, wanted: int, rows: Iterator[_Row], table: str, count: int
    ) -> Iterator[_Row]:
        """Yield the rows after the first `count`, up to those that a seal counts."""
        for number in range(count + 1, wanted + 1):
            row = next(rows, None)
            if row is None:
                self.at = f"{table} {number:,}"
                raise self._corrupt("it is missing")
            yield row

    def compare(self, history: History, mark: Sealed) -> None:
        """Compare the end of the journal with what its mark says."""
        if mark.seal == 0:
            return
        self.at = f"seal {history.tally.seals + 1:,}"
        if mark.seal > history.tally.seals:
            lost = mark.seal - history.tally.seals
            raise self._corrupt(f"the last transactions, {lost:,}, are lost")
        self.at = f"seal {mark.seal:,}"
        if (mark.run_id, mark.chain) != (history.run_id, self._chains[mark.seal]):
            raise self._corrupt("its -mark file is that of another journal")
