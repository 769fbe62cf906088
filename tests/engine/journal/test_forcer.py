"""The process beside a run that forces its journal to the disk."""

from __future__ import annotations

import asyncio
import errno
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from nbwebhook.engine.journal import forcer
from nbwebhook.engine.journal.forcer import Forcer
from nbwebhook.engine.journal.store import Store
from nbwebhook.errors import JournalFailed
from tests.engine.journal.test_disk import CONNECTIONS, check_resumed, play
from tests.engine.services import Reply, good, last_outcomes

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="there the thread does it all"
)

LEADS = 2_000


class ReadyForcer(Forcer):
    """One that is waited for, so that it has its part of however short a run."""

    def __init__(self, path: str, on_done: Callable[[int | None], None]) -> None:
        super().__init__(path, on_done)
        self._read()


def forcers() -> list[psutil.Process]:
    """Return the processes that force a journal of this one."""
    return [
        child
        for child in psutil.Process().children()
        if any("fdatasync" in word for word in child.cmdline())
    ]


@pytest.fixture
def is_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the process ready from the start."""
    monkeypatch.setattr("nbwebhook.engine.journal.writer.Forcer", ReadyForcer)


@pytest.fixture
def by_thread(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list that grows whenever the disk is waited for in this process."""
    waits: list[str] = []
    sync = Store.sync

    def counted(store: Store) -> None:
        waits.append(threading.current_thread().name)
        sync(store)

    monkeypatch.setattr(Store, "sync", counted)
    return waits


@pytest.mark.usefixtures("is_ready")
async def test_a_long_run_has_a_process_for_it_and_leaves_none(
    tmp_path: Path, by_thread: list[str]
) -> None:
    """It takes over soon, and is gone with the run."""
    seen: set[int] = set()

    def reply(row: int, _nth: int) -> Reply:
        if row % 100 == 0:
            seen.update(child.pid for child in forcers())
        return good()

    run, service = await play(tmp_path / "j", reply=reply, leads=LEADS)
    assert run.stopped_by is None
    assert len(seen) == 1
    assert len(by_thread) < LEADS / CONNECTIONS / 2
    assert not forcers()
    assert await check_resumed(tmp_path / "j", service, leads=LEADS) == 0


@pytest.mark.usefixtures("is_ready")
@pytest.mark.parametrize("row", [500, 1_000, LEADS - 1])
async def test_a_run_outlives_its_process(
    tmp_path: Path, by_thread: list[str], row: int
) -> None:
    """Where somebody ends it, the thread does its work again, and nothing is lost."""

    def reply(at: int, _nth: int) -> Reply:
        if at == row:
            for child in forcers():
                child.kill()
        return good()

    run, service = await play(tmp_path / "j", reply=reply, leads=LEADS)
    assert run.stopped_by is None
    assert set(last_outcomes(run.ledger).values()) == {"updated"}
    assert set(by_thread) == {threading.main_thread().name, "nbwebhook-journal"}
    assert not forcers()
    assert await check_resumed(tmp_path / "j", service, leads=LEADS) == 0


async def test_an_error_of_the_disk_is_told_by_it_as_by_the_thread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pipe cannot be forced to any disk: the run stops, and nobody acts on the batch."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    def forcing_a_pipe(_path: str, on_done: Callable[[int | None], None]) -> Forcer:
        return ReadyForcer(str(pipe), on_done)

    monkeypatch.setattr("nbwebhook.engine.journal.writer.Forcer", forcing_a_pipe)
    run, service = await play(tmp_path / "j", leads=LEADS)
    monkeypatch.undo()
    assert isinstance(run.stopped_by, JournalFailed)
    assert os.strerror(errno.EINVAL) in str(run.stopped_by)
    assert not forcers()
    unknown = await check_resumed(tmp_path / "j", service, leads=LEADS)
    assert unknown <= 2 * CONNECTIONS


def no_interpreter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take Python's executable away."""
    monkeypatch.setattr(sys, "executable", "/nowhere/python")


def frozen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Be an application that is its own executable."""
    monkeypatch.setattr(sys, "frozen", True, raising=False)


def no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Be where no process may be started."""

    def refused(*_: object, **__: object) -> None:
        raise PermissionError(errno.EPERM, "not here")

    monkeypatch.setattr(subprocess, "Popen", refused)


def no_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    """Be on a loop that cannot wait for pipes, like Windows' own."""

    def unable(*_: object) -> None:
        raise NotImplementedError

    monkeypatch.setattr(asyncio.SelectorEventLoop, "add_reader", unable)


@pytest.mark.parametrize("trait", [no_interpreter, frozen, no_process, no_pipe])
async def test_where_there_can_be_none_the_thread_does_it(
    tmp_path: Path,
    by_thread: list[str],
    monkeypatch: pytest.MonkeyPatch,
    trait: Callable[[pytest.MonkeyPatch], None],
) -> None:
    """The run is slower there, and the same."""
    trait(monkeypatch)
    run, _ = await play(tmp_path / "j", leads=LEADS)
    assert run.stopped_by is None
    assert len(by_thread) > LEADS / CONNECTIONS / 2
    assert not forcers()


async def test_it_ends_with_whoever_asked(tmp_path: Path) -> None:
    """The end of its pipe is enough: a process that is killed says no farewell."""
    file = tmp_path / "file"
    file.touch()
    answers: asyncio.Queue[int | None] = asyncio.Queue()
    process = ReadyForcer(str(file), answers.put_nowait)
    assert process.force()
    assert await answers.get() == 0
    [child] = forcers()
    process._asks.close()
    assert await asyncio.to_thread(child.wait, 10) == 0
    process.close()
    process.reap()


def test_the_program_is_told_in_its_words() -> None:
    """What `forcers` looks for is there: no test above passes for want of it."""
    assert "fdatasync" in forcer._PROGRAM
