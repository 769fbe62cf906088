"""A disk that is full or broken: no call without its intent, nobody lost, nobody twice."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from nbwebhook.clock import RealClock
from nbwebhook.engine.journal.mark import Mark, Sealed
from nbwebhook.engine.journal.opening import Connect
from nbwebhook.engine.journal.rows import call_values
from nbwebhook.engine.journal.schema import INSERT_BATCH
from nbwebhook.engine.journal.store import Store
from nbwebhook.engine.plan import RunPlan
from nbwebhook.engine.run import LeadRun
from nbwebhook.errors import JournalFailed
from tests.engine.conftest import make_mapper
from tests.engine.services import (
    Reply,
    ScriptedService,
    good,
    journalled_supply,
    last_outcomes,
    names_in,
)

LEADS = 400
CONNECTIONS = 4


class Disk(sqlite3.Connection):
    """A database on a disk that may have too few pages, or fail at a transaction."""

    pages = 0
    fails: Callable[[int], bool] = staticmethod(lambda _nth: False)
    error = "disk I/O error"
    commits = 0

    def execute(self, sql: str, *arguments: Any) -> sqlite3.Cursor:  # noqa: ANN401 - passed on
        """Run a statement, or fail as the disk does."""
        if sql == INSERT_BATCH:
            self.commits += 1
            if self.fails(self.commits):
                raise sqlite3.OperationalError(self.error)
        cursor = super().execute(sql, *arguments)
        if self.pages and sql == "PRAGMA synchronous = NORMAL":
            super().execute(f"PRAGMA max_page_count = {self.pages}")
        return cursor


def disk(**traits: object) -> Connect:
    """Return what opens databases on a disk of these traits."""
    kind = type("ThisDisk", (Disk,), traits)
    return partial(sqlite3.connect, factory=kind)


async def play(
    path: Path,
    connect: Connect = sqlite3.connect,
    reply: Callable[[int, int], Reply] = lambda _row, _nth: good(),
    leads: int = LEADS,
) -> tuple[LeadRun, ScriptedService]:
    """Run leads with a journal on such a disk."""
    clock = RealClock()
    service = ScriptedService(reply, clock)
    supply = journalled_supply(path, leads, clock, connect=connect)
    run = LeadRun(
        supply,
        lambda: (service, "scripted"),
        make_mapper(),
        RunPlan(connections=CONNECTIONS),
        clock,
    )
    await run.execute()
    assert not [t for t in threading.enumerate() if t.name == "nbwebhook-journal"]
    assert len(last_outcomes(run.ledger)) == leads
    return run, service


async def check_resumed(path: Path, before: ScriptedService, leads: int = LEADS) -> int:
    """Run again with room; return how many leads stay unknown, after all the checks."""
    run, service = await play(path, leads=leads)
    outcomes = last_outcomes(run.ledger)
    unknown = {row for row, kind in outcomes.items() if kind == "unknown"}
    calls = before.by_row + service.by_row
    assert max(calls.values()) == 1
    assert set(calls) | unknown == set(range(leads))
    assert set(outcomes.values()) <= {"updated", "unknown"}
    return len(unknown)


@pytest.mark.parametrize("pages", [2, 3, 4, 5, 6, 7, 9, 12, 15])
async def test_a_full_disk_stops_new_calls_and_the_run_can_go_on_later(
    tmp_path: Path, pages: int
) -> None:
    """Calls in flight settle, the rest is skipped with the reason, nobody is repeated.

    A disk that is too small to begin with is told before the first call.
    """
    if pages < 3:
        with pytest.raises(JournalFailed, match="full"):
            await play(tmp_path / "j", disk(pages=pages))
        service = ScriptedService(lambda _row, _nth: good(), RealClock())
    else:
        run, service = await play(tmp_path / "j", disk(pages=pages))
        assert isinstance(run.stopped_by, JournalFailed)
        assert "full" in str(run.stopped_by)
        assert run.progress.state == "stopped"
        counts = Counter(last_outcomes(run.ledger).values())
        called = len(service.calls)
        assert counts == Counter(updated=called, skipped=LEADS - called)
        assert set(run.ledger.error_type) <= {"", "JournalFailed"}
    assert await check_resumed(tmp_path / "j", service) <= 2 * CONNECTIONS


@pytest.mark.parametrize("nth", [3, 4, 7, 20])
async def test_an_error_of_the_disk_at_any_transaction(
    tmp_path: Path, nth: int
) -> None:
    """For good: what was not written is unknown after, never repeated."""
    fails = staticmethod(lambda commit: commit >= nth)
    run, service = await play(tmp_path / "j", disk(fails=fails))
    assert isinstance(run.stopped_by, JournalFailed)
    assert "disk I/O error" in str(run.stopped_by)
    assert await check_resumed(tmp_path / "j", service) <= 2 * CONNECTIONS


async def test_an_error_that_passes_costs_no_outcome(tmp_path: Path) -> None:
    """When the disk is back at the end, all that was found is written after all."""
    fails = staticmethod(lambda commit: commit == 5)
    run, service = await play(tmp_path / "j", disk(fails=fails))
    assert isinstance(run.stopped_by, JournalFailed)
    assert names_in(tmp_path) == ["j"]
    assert await check_resumed(tmp_path / "j", service) == 0


async def test_an_error_at_the_very_end_is_told(tmp_path: Path) -> None:
    """All leads have their outcome, and the run says that its record is not whole."""
    closing = threading.Event()

    def reply(row: int, _nth: int) -> Reply:
        if row == LEADS - 1:
            closing.set()
        return good()

    connect = disk(fails=staticmethod(lambda _nth: closing.is_set()))
    run, service = await play(tmp_path / "j", connect, reply)
    assert isinstance(run.stopped_by, JournalFailed)
    assert set(last_outcomes(run.ledger).values()) == {"updated"}
    assert await check_resumed(tmp_path / "j", service) <= 2 * CONNECTIONS


async def test_a_mark_that_cannot_be_written_stops_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without it a lost end could not be noticed; what is written is not written twice."""
    write, count = Mark.write, iter(range(10**6))

    def failing(mark: Mark, sealed: Sealed) -> None:
        if next(count) == 6:
            raise OSError(5, "Input/output error")
        write(mark, sealed)

    monkeypatch.setattr(Mark, "write", failing)
    run, service = await play(tmp_path / "j")
    monkeypatch.undo()
    assert isinstance(run.stopped_by, JournalFailed)
    assert await check_resumed(tmp_path / "j", service) <= 2 * CONNECTIONS


async def test_an_outcome_that_cannot_be_written_stops_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A surprise in a value is no silent end of the record."""

    def surprised(row: int, *rest: Any) -> list[object]:  # noqa: ANN401 - passed on
        if row == 50:
            raise TypeError("no such value")
        return call_values(row, *rest)

    monkeypatch.setattr("nbwebhook.engine.journal.store.call_values", surprised)
    run, service = await play(tmp_path / "j")
    monkeypatch.undo()
    assert isinstance(run.stopped_by, JournalFailed)
    assert "cannot be written (TypeError)" in str(run.stopped_by)
    assert await check_resumed(tmp_path / "j", service) <= 2 * CONNECTIONS


async def test_a_slow_disk_holds_new_calls_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a transaction hangs no more leads are called than were claimed."""
    hangs, goes_on = threading.Event(), threading.Event()
    sync, count = Store.sync, iter(range(10**6))

    def hanging(store: Store) -> None:
        if next(count) == 4:
            hangs.set()
            goes_on.wait()
        sync(store)

    monkeypatch.setattr(Store, "sync", hanging)
    clock = RealClock()
    service = ScriptedService(lambda _row, _nth: good(), clock)
    supply = journalled_supply(tmp_path / "j", LEADS, clock)
    plan = RunPlan(connections=CONNECTIONS)
    run = LeadRun(supply, lambda: (service, "s"), make_mapper(), plan, clock)
    ending = asyncio.ensure_future(run.execute())
    await asyncio.to_thread(hangs.wait)
    for _ in range(200):
        await asyncio.sleep(0)
    stuck_at = len(service.calls)
    for _ in range(200):
        await asyncio.sleep(0)
    assert len(service.calls) == stuck_at <= 4 * CONNECTIONS
    goes_on.set()
    await ending
    assert set(last_outcomes(run.ledger).values()) == {"updated"}


@pytest.mark.parametrize("nth", [3, 6, 30])
async def test_a_disk_that_takes_nothing_more_stops_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nth: int
) -> None:
    """A batch that could not be forced to the disk is acted on by nobody."""
    sync, count = Store.sync, iter(range(10**6))

    def failing(store: Store) -> None:
        if next(count) >= nth:
            raise JournalFailed(store.path, "Input/output error")
        sync(store)

    monkeypatch.setattr(Store, "sync", failing)
    run, service = await play(tmp_path / "j")
    monkeypatch.undo()
    assert isinstance(run.stopped_by, JournalFailed)
    assert "Input/output error" in str(run.stopped_by)
    assert names_in(tmp_path) == ["j", "j-mark"]
    assert await check_resumed(tmp_path / "j", service) <= 2 * CONNECTIONS


async def test_a_long_run_keeps_its_wal_file_small(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it holds goes to the journal itself from time to time, while calls go on."""
    monkeypatch.setattr("nbwebhook.engine.journal.store._CHECKPOINT_BYTES", 100_000)
    sizes = []

    def reply(_row: int, _nth: int) -> Reply:
        sizes.append((tmp_path / "j-wal").stat().st_size)
        return good()

    _, service = await play(tmp_path / "j", reply=reply, leads=2_000)
    assert max(sizes) < 400_000
    assert await check_resumed(tmp_path / "j", service, leads=2_000) == 0


def test_a_loop_that_is_gone_is_told_nothing(tmp_path: Path) -> None:
    """The writer closes the journal even if its run's loop was closed under it."""
    clock = RealClock()
    supply = journalled_supply(tmp_path / "j", LEADS, clock)
    loop = asyncio.new_event_loop()

    async def begin() -> None:
        supply.set_connections(CONNECTIONS)
        supply.begin(lambda _more: None, lambda _error: None)

    loop.run_until_complete(begin())
    closing = supply.aclose()
    closing.send(None)
    loop.close()
    for thread in threading.enumerate():
        if thread.name == "nbwebhook-journal":
            thread.join()
    closing.close()
    assert names_in(tmp_path) == ["j"]
