"""A run in its user's hands: waited for, steered, interrupted; nothing left behind."""

from __future__ import annotations

import asyncio
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import get_ident

import psutil
import pytest

from nbwebhook.clock import RealClock
from nbwebhook.engine.handle import Run
from nbwebhook.engine.plan import RunPlan
from nbwebhook.engine.run import LeadRun
from nbwebhook.errors import InvalidPlan
from nbwebhook.loop import own_loop
from nbwebhook.render.request import Request
from nbwebhook.transport.base import CallProgress, Response
from tests.engine.conftest import make_mapper
from tests.engine.services import good, journalled_supply, last_outcomes, names_in

LEADS = 40
CONNECTIONS = 4


class Gated:
    """A transport whose calls end once its gate is open; usable from any thread."""

    def __init__(self) -> None:
        self.rows: list[int] = []
        self.arrived = threading.Semaphore(0)
        self.is_open = False
        self.open_below = 0

    async def send(
        self,
        request: Request,
        deadline_s: float,  # noqa: ARG002 - a transport's own argument
        *,
        progress: CallProgress | None = None,
    ) -> Response:
        """Note the call and wait for the gate."""
        self.rows.append(int(request.target[1:]))
        if progress is not None:
            progress.bytes_sent = True
        self.arrived.release()
        row = self.rows[-1]
        while not self.is_open and row >= self.open_below:  # noqa: ASYNC110 - opened from another thread
            await asyncio.sleep(0.001)
        return good()

    async def aclose(self) -> None:
        """Do nothing."""

    def wait_for(self, calls: int) -> None:
        """Wait until so many more calls have arrived."""
        for _ in range(calls):
            assert self.arrived.acquire(timeout=40)


class Started:
    """A run of forty leads on the package's own loop, with a journal."""

    def __init__(
        self, path: Path, on_progress: Callable[[object], None] | None = None
    ) -> None:
        clock = RealClock()
        self.service = Gated()
        self.supply = journalled_supply(path, LEADS, clock)
        machine = LeadRun(
            self.supply,
            lambda: (self.service, "gated"),
            make_mapper(),
            RunPlan(connections=CONNECTIONS),
            clock,
        )
        self.run: Run[dict[int, str]] = Run(
            machine,
            own_loop(),
            build=lambda ended: last_outcomes(ended.ledger),
            on_progress=on_progress,
        )

    def open_gate(self) -> None:
        """Let calls end, once the loop has done what the run was told before."""
        self.run._background.call(lambda: setattr(self.service, "is_open", True))


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    """Return where a journal is to be; afterwards it is one closed file."""
    journal = tmp_path / "j"
    yield journal
    assert names_in(tmp_path) == ["j"]
    assert not [t for t in threading.enumerate() if t.name == "nbwebhook-journal"]
    assert str(journal) not in [file.path for file in psutil.Process().open_files()]


def check_interrupted(outcomes: dict[int, str], called: list[int], path: Path) -> None:
    """Check what an interrupted run left, and that its resumption repeats nobody."""
    counts = Counter(outcomes.values())
    assert sum(counts.values()) == LEADS
    assert counts["unknown"] + counts["updated"] == len(called)
    again = Started(path)
    again.service.is_open = True
    resumed = again.run.result(timeout_s=40)
    assert set(again.service.rows).isdisjoint(called)
    assert Counter(resumed.values()) == {
        kind: count
        for kind, count in {
            "unknown": counts["unknown"],
            "updated": LEADS - counts["unknown"],
        }.items()
        if count
    }


def test_a_run_is_waited_for_and_looked_at(path: Path) -> None:
    """The result is made once; before it is there the run goes on."""
    seen: list[object] = []
    started = Started(path, seen.append)
    started.service.wait_for(CONNECTIONS)
    with pytest.raises(TimeoutError, match="it goes on"):
        started.run.result(timeout_s=0.05)
    assert not started.run.is_done
    assert started.run.progress.in_flight == CONNECTIONS
    assert repr(started.run) == "<Run running: 0 of 40 leads>"
    started.service.is_open = True
    outcomes = started.run.result()
    assert outcomes is started.run.result()
    assert set(outcomes.values()) == {"updated"}
    assert repr(started.run) == "<Run finished: 40 of 40 leads>"
    assert seen


def test_a_run_is_steered_from_another_thread(path: Path) -> None:
    """Pause, resume, connections and stop take effect on its loop."""
    started = Started(path)
    run, service = started.run, started.service
    service.wait_for(CONNECTIONS)
    run.connections = 6
    service.wait_for(2)
    assert run.connections == 6
    with pytest.raises(InvalidPlan, match="connections"):
        run.connections = 0
    run.pause()
    started.open_gate()
    while run.progress.in_flight:
        time.sleep(0.001)
    assert run.progress.state == "paused"
    assert len(service.rows) == 6
    service.is_open = False
    run.resume()
    service.wait_for(6)
    run.stop()
    started.open_gate()
    outcomes = run.result(timeout_s=40)
    assert Counter(outcomes.values()) == {"updated": 12, "skipped": 28}


@pytest.mark.parametrize("settled", [0, 7, 23, 36])
def test_an_interrupt_gives_control_back_with_what_was_finished(
    path: Path, settled: int
) -> None:
    """Within a second; calls in flight are unknown, the journal agrees."""

    def interrupt(_: object) -> None:
        if not interrupted:
            interrupted.append(time.monotonic())
            raise KeyboardInterrupt

    interrupted: list[float] = []
    started = Started(path, interrupt)
    started.service.open_below = settled
    started.service.wait_for(settled + CONNECTIONS)
    outcomes = started.run.result()
    assert time.monotonic() - interrupted[0] < 5.0
    counts = Counter(outcomes.values())
    assert counts == Counter(updated=settled, unknown=4, skipped=36 - settled)
    check_interrupted(outcomes, started.service.rows, path)


def test_ctrl_c_twice_cuts_at_once(path: Path) -> None:
    """The second one does not wait for calls to settle."""
    again = threading.Timer(0.2, signal.pthread_kill, (get_ident(), signal.SIGINT))

    def press(_: object) -> None:
        """Press while the result is waited for, and once more while calls settle."""
        if again.ident is None:
            again.start()
            signal.raise_signal(signal.SIGINT)

    started = Started(path, press)
    started.service.wait_for(CONNECTIONS)
    outcomes = started.run.result()
    again.join()
    assert Counter(outcomes.values()) == {"unknown": 4, "skipped": 36}
    check_interrupted(outcomes, started.service.rows, path)


def test_calls_that_settle_in_time_are_kept(path: Path) -> None:
    """An interrupt lets calls in flight end for half a second."""
    started = Started(path)

    def interrupt(_: object) -> None:
        if not started.service.is_open:
            started.service.is_open = True
            raise KeyboardInterrupt

    started.run._on_progress = interrupt
    started.service.wait_for(CONNECTIONS)
    outcomes = started.run.result()
    assert "unknown" not in outcomes.values()
    check_interrupted(outcomes, started.service.rows, path)


async def test_a_cancelled_await_passes_on_and_the_result_is_there(path: Path) -> None:
    """What was finished can be had after the cancellation."""
    started = Started(path)
    await asyncio.to_thread(started.service.wait_for, CONNECTIONS)

    async def wait() -> dict[int, str]:
        return await started.run

    waiting = asyncio.ensure_future(wait())
    await asyncio.sleep(0.01)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    outcomes = started.run.result()
    assert Counter(outcomes.values()) == {"unknown": 4, "skipped": 36}
    await asyncio.to_thread(check_interrupted, outcomes, started.service.rows, path)


async def test_in_a_kernel_an_interrupted_await_gives_the_result(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kernel's interrupt cancels the cell; the cell gets what was finished."""
    monkeypatch.setattr("nbwebhook.engine.handle.in_kernel", lambda: True)
    started = Started(path)
    await asyncio.to_thread(started.service.wait_for, CONNECTIONS)

    async def cell() -> dict[int, str]:
        return await started.run

    waiting = asyncio.ensure_future(cell())
    await asyncio.sleep(0.01)
    waiting.cancel()
    outcomes = await waiting
    assert Counter(outcomes.values()) == {"unknown": 4, "skipped": 36}


async def test_an_await_gives_the_result(path: Path) -> None:
    """And leaves the caller's loop free meanwhile."""
    started = Started(path)
    started.service.is_open = True
    assert set((await started.run).values()) == {"updated"}
