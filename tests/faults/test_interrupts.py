"""Every way to end a run by hand: control comes back, nothing is left, nobody is called twice."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pandas as pd
import psutil
import pytest

import nbwebhook as nw
from nbwebhook.loop import own_loop
from tests.faults.answers import good_answer
from tests.servers import Peer, RawServer

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")

StartServer = Callable[..., RawServer]
Way = Callable[[nw.Run[nw.Result]], nw.Result]

LEADS = pd.DataFrame({"Id": [str(number) for number in range(60)]})
ANSWERED, CONNECTIONS = 20, 5


class Gate:
    """A service that answers some calls and holds the others until it is opened."""

    def __init__(self, start: StartServer) -> None:
        self.is_open = False
        self.held = threading.Semaphore(0)
        self._left = ANSWERED
        self.server = start(self._serve)

    async def _serve(self, peer: Peer) -> None:
        while True:
            received = await peer.request()
            self._left -= 1
            if self._left < 0 and not self.is_open:
                self.held.release()
                await peer.hang()
            await peer.write(good_answer(received.target))

    def wait(self) -> None:
        """Return once every connection holds a call that is not answered."""
        for _ in range(CONNECTIONS):
            assert self.held.acquire(timeout=40)

    @property
    def calls(self) -> Counter[bytes]:
        """How often each lead was called."""
        return Counter(received.target for received in self.server.requests)


def _press(run: nw.Run[nw.Result], *again_s: float) -> None:
    """Have Ctrl-C pressed once the result is waited for, and so much later again."""
    main, pressed = threading.get_ident(), threading.Event()

    def press(_: object) -> None:
        if not pressed.is_set():
            pressed.set()
            for wait_s in again_s:
                kill = signal.pthread_kill
                threading.Timer(wait_s, kill, (main, signal.SIGINT)).start()
            signal.raise_signal(signal.SIGINT)

    run._on_progress = press


def ctrl_c(run: nw.Run[nw.Result]) -> nw.Result:
    """Press Ctrl-C while the result is waited for."""
    _press(run)
    return run.result()


def ctrl_c_twice(run: nw.Run[nw.Result]) -> nw.Result:
    """Press it again while calls settle."""
    _press(run, 0.2)
    return run.result()


def stop_and_cut(run: nw.Run[nw.Result]) -> nw.Result:
    """Do what the buttons of the panel do."""
    run.stop()
    run.cut()
    return run.result()


def cut_from_another_thread(run: nw.Run[nw.Result]) -> nw.Result:
    """End it while somebody else waits."""
    threading.Timer(0.05, run.cut).start()
    return run.result()


def cancelled_await(run: nw.Run[nw.Result]) -> nw.Result:
    """Cancel the task that awaits it."""

    async def wait() -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.05):
                await run

    asyncio.run(wait())
    return run.result()


def closed_panel(run: nw.Run[nw.Result]) -> nw.Result:
    """Close the panel that shows it: it goes on, and another one can end it."""
    first, second = nw.form(None, LEADS), nw.form(None, LEADS)
    first.state.run.follow(run)
    first.view.close()
    assert not run.is_done
    second.state.run.follow(nw.runs().known[0].run)
    second.state.run.stop()
    second.state.run.cut()
    result = run.result()
    first.settle()
    second.settle()
    return result


WAYS = [
    ctrl_c,
    ctrl_c_twice,
    stop_and_cut,
    cut_from_another_thread,
    cancelled_await,
    closed_panel,
]


def _tasks() -> set[asyncio.Task[object]]:
    """Return the tasks of the package's own loop."""

    async def collect() -> set[asyncio.Task[object]]:
        current = asyncio.current_task()
        return {task for task in asyncio.all_tasks() if task is not current}

    return asyncio.run_coroutine_threadsafe(collect(), own_loop()).result(5)


def _sockets_to(port: int) -> list[object]:
    found = psutil.Process().net_connections("tcp")
    return [one for one in found if one.raddr and one.raddr[1] == port]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
@pytest.mark.parametrize("transport", ["httpx", "curl"])
def test_a_run_that_is_ended_by_hand_leaves_nothing_and_goes_on_later(
    raw_server: StartServer,
    tmp_path: Path,
    transport: Literal["httpx", "curl"],
    way: Way,
) -> None:
    """Finished leads stay, calls in flight are unknown, the same run again calls the rest."""
    if transport == "curl":
        pytest.importorskip("pycurl")
    gate = Gate(raw_server)
    hook = nw.Webhook(
        url=f"{gate.server.url}/{{{{lead.Id}}}}",
        payload_template="{}",
        response_mappings={"score": "Score"},
    )

    def start() -> nw.Run[nw.Result]:
        return nw.start(
            hook,
            LEADS,
            connections=CONNECTIONS,
            transport=transport,
            journal=tmp_path / "run.sqlite",
        )

    tasks = _tasks()
    run = start()
    gate.wait()
    began_s = time.monotonic()
    result = way(run)
    assert time.monotonic() - began_s < 5  # the calls would hang for thirty seconds
    counts = result.summary.outcome_counts()
    assert (counts["updated"], counts["unknown"]) == (ANSWERED, CONNECTIONS)
    assert counts["skipped"] == len(LEADS) - ANSWERED - CONNECTIONS
    assert _tasks() == tasks
    assert _sockets_to(gate.server.port) == []
    gate.is_open = True
    again = start().result().summary.outcome_counts()
    assert (again["updated"], again["unknown"]) == (55, CONNECTIONS)
    assert set(gate.calls.values()) == {1}
    assert len(gate.calls) == len(LEADS)


def test_runs_cost_no_threads(raw_server: StartServer) -> None:
    """A second run that is cut off leaves no thread that the first one did not."""
    threads: list[set[str]] = []
    for _ in range(2):
        gate = Gate(raw_server)
        hook = nw.Webhook(url=f"{gate.server.url}/{{{{lead.Id}}}}", request_type="GET")
        run = nw.start(hook, LEADS, connections=CONNECTIONS)
        gate.wait()
        stop_and_cut(run)
        own = {thread.name for thread in threading.enumerate() if thread.daemon}
        threads.append({name for name in own if "Thread-" not in name})
    assert threads[1] <= threads[0]
