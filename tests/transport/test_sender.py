"""A process beside a run that makes its calls: when it comes, and whatever ends it."""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import pandas as pd
import psutil
import pytest

import nbwebhook as nw
from nbwebhook.errors import ConnectFailed, ConnectionLost
from nbwebhook.render.request import Request
from nbwebhook.transport.base import CallProgress, Response
from nbwebhook.transport.choose import make_transport
from nbwebhook.transport.resolver import Resolver
from tests.servers import (
    Peer,
    RawServer,
    Received,
    after_request,
    always,
    http_response,
    request_to,
)

relief = pytest.importorskip("nbwebhook.transport.sender.relief")
sender = pytest.importorskip("nbwebhook.transport.sender.transport")

StartServer = Callable[..., RawServer]
Open = Callable[..., Any]

_PROGRAM = """
import asyncio, os, sys
from nbwebhook.transport.sender.transport import SenderTransport

async def main():
    transport = SenderTransport()
    await asyncio.wait_for(transport.until_ready(), 30)
    print(transport.pid, flush=True)
    sys.stdin.readline()
    os._exit(0)

asyncio.run(main())
"""


@pytest.fixture
async def open_sender() -> AsyncIterator[Open]:
    """Return a function that starts a sender; all of them end with the test."""
    async with AsyncExitStack() as stack:

        def start(kind: Any = sender.SenderTransport, **settings: Any) -> Any:  # noqa: ANN401 - either kind
            transport = kind(**settings)
            stack.push_async_callback(transport.aclose)
            return transport

        yield start


def _relieved(open_sender: Open) -> Any:  # noqa: ANN401 - imported where it can be
    return open_sender(
        relief.RelievedTransport, connections=4, resolver=Resolver(), loaded=0.0
    )


async def _until_relieved(transport: Any, url: str) -> int:  # noqa: ANN401 - as above
    """Send one request after another until the process makes them; return how many."""
    for number in itertools.count():
        if transport.is_relieved:
            return number
        await transport.send(request_to(f"{url}/{number}"), 5)
    raise AssertionError


async def test_a_loaded_loop_hands_its_calls_over(
    open_sender: Open, raw_server: StartServer
) -> None:
    """Every call is made once, and the connections from before are closed."""
    left = asyncio.Event()
    loop = asyncio.get_running_loop()

    async def first_connection(peer: Peer) -> None:
        try:
            await always(http_response())(peer)
        finally:
            loop.call_soon_threadsafe(left.set)

    server = raw_server(first_connection, always(http_response()))
    transport = _relieved(open_sender)
    count = await _until_relieved(transport, server.url)
    for number in range(count, count + 10):
        await transport.send(request_to(f"{server.url}/{number}"), 5)
    await asyncio.wait_for(left.wait(), 5)
    targets = [received.target for received in server.requests]
    assert targets == [b"/%d" % number for number in range(count + 10)]
    assert [received.connection for received in server.requests[-10:]] == [2] * 10
    assert transport.computed_beside_s > 0


async def test_an_idle_loop_starts_no_process(
    open_sender: Open, raw_server: StartServer
) -> None:
    """A run that mostly waits makes its calls itself."""
    server = raw_server(always(http_response()))
    transport = open_sender(
        relief.RelievedTransport, connections=4, resolver=Resolver(), loaded=1.1
    )
    for _ in range(1_000):
        await transport.send(request_to(server.url), 5)
    assert transport.pid is None
    assert server.connections == 1


async def test_calls_of_a_killed_process_are_unknown(
    open_sender: Open, raw_server: StartServer
) -> None:
    """The service may have acted on those under way, and on no later one."""
    server = raw_server(after_request(then="hang"))
    transport = open_sender()
    task = asyncio.create_task(transport.send(request_to(server.url), 5))
    await asyncio.to_thread(server.arrivals.get, timeout=5)
    os.kill(transport.pid, signal.SIGKILL)
    with pytest.raises(
        ConnectionLost, match="process that makes the calls has ended"
    ) as lost:
        await task
    assert lost.value.bytes_sent is True
    with pytest.raises(
        ConnectFailed, match="process that makes the calls has ended"
    ) as refused:
        await transport.send(request_to(server.url), 5)
    assert refused.value.bytes_sent is False
    assert len(server.requests) == 1


async def test_a_call_cut_off_with_its_process_is_cancelled(
    open_sender: Open, raw_server: StartServer
) -> None:
    """Nobody is left to say whether it was sent: it may have been."""
    server = raw_server(after_request(then="hang"))
    transport = open_sender()
    progress = CallProgress()
    task = asyncio.create_task(
        transport.send(request_to(server.url), 5, progress=progress)
    )
    await asyncio.to_thread(server.arrivals.get, timeout=5)
    os.kill(transport.pid, signal.SIGKILL)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert progress.bytes_sent is True


async def test_a_process_that_hangs_keeps_no_call(
    open_sender: Open, raw_server: StartServer
) -> None:
    """One that is stopped is ended soon after the limit of its oldest call."""
    server = raw_server(after_request(then="hang"))
    transport = open_sender(late_s=0.2)
    task = asyncio.create_task(transport.send(request_to(server.url), 1.5))
    await asyncio.to_thread(server.arrivals.get, timeout=5)
    os.kill(transport.pid, signal.SIGSTOP)
    with pytest.raises(ConnectionLost, match="process that makes the calls has ended"):
        await asyncio.wait_for(task, 20)
    await transport.aclose()
    assert not psutil.pid_exists(transport.pid)


async def test_a_calls_time_begins_where_it_is_made(
    open_sender: Open, raw_server: StartServer
) -> None:
    """Neither its limit nor its latency counts how long it took to tell the process."""
    server = raw_server()
    transport = open_sender()
    assert (await transport.send(request_to(server.url), 5)).status_code == 200
    os.kill(transport.pid, signal.SIGSTOP)
    call = asyncio.create_task(transport.send(request_to(server.url), 0.5))
    await asyncio.sleep(0.8)  # the time that passes is what is tested
    os.kill(transport.pid, signal.SIGCONT)
    response = await call
    assert response.status_code == 200
    assert response.timing.latency_ms < 500


async def test_calls_are_made_here_again_without_the_process(
    open_sender: Open, raw_server: StartServer
) -> None:
    """Whoever kills it ends no run."""
    server = raw_server(
        always(http_response()), after_request(then="hang"), always(http_response())
    )
    transport = _relieved(open_sender)
    count = await _until_relieved(transport, server.url)
    while not server.arrivals.empty():
        server.arrivals.get()
    task = asyncio.create_task(transport.send(request_to(server.url), 5))
    await asyncio.to_thread(server.arrivals.get, timeout=5)
    psutil.Process(transport.pid).kill()
    with pytest.raises(ConnectionLost):
        await task
    response: Response = await transport.send(request_to(f"{server.url}/{count}"), 5)
    assert response.status_code == 200
    assert server.requests[-1].target == b"/%d" % count


async def test_many_calls_at_once_have_a_process_from_the_start(
    open_sender: Open, raw_server: StartServer
) -> None:
    """They wait for it: no connection is made here and left again."""
    server = raw_server(always(http_response()))
    transport = open_sender(
        relief.RelievedTransport, connections=500, resolver=Resolver()
    )
    calls = [transport.send(request_to(server.url), 10) for _ in range(200)]
    responses = await asyncio.gather(*calls)
    assert [response.status_code for response in responses] == [200] * 200
    assert transport.is_relieved
    sockets = psutil.Process().net_connections()
    assert not [s for s in sockets if s.raddr and s.raddr.port == server.port]


async def test_a_process_that_dies_at_its_start_is_done_without(
    open_sender: Open, raw_server: StartServer
) -> None:
    """Whoever waits for it makes the calls here."""
    server = raw_server(always(http_response()))
    transport = open_sender(
        relief.RelievedTransport, connections=500, resolver=Resolver()
    )
    psutil.Process(transport.pid).kill()
    calls = [transport.send(request_to(server.url), 10) for _ in range(20)]
    responses = await asyncio.gather(*calls)
    assert [response.status_code for response in responses] == [200] * 20
    assert not transport.is_relieved


@pytest.mark.parametrize("connections", [4, 500])
async def test_no_process_can_be_started(
    connections: int,
    open_sender: Open,
    raw_server: StartServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Then there is none, and every call is made here."""
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    server = raw_server(always(http_response()))
    transport = open_sender(
        relief.RelievedTransport,
        connections=connections,
        resolver=Resolver(),
        loaded=0.0,
    )
    for _ in range(1_000):
        await transport.send(request_to(server.url), 5)
    assert transport.pid is None
    assert server.connections == 1


async def test_it_knows_nothing_of_the_environment(
    open_sender: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Secrets and proxies that are set there do not reach it."""
    monkeypatch.setenv("WEBHOOK_KEY", "s3cr3t")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    transport = open_sender()
    await asyncio.wait_for(transport.until_ready(), 30)
    known = psutil.Process(transport.pid).environ()
    assert set(known) <= {"LD_LIBRARY_PATH", "OPENSSL_CONF", "OPENSSL_MODULES"}


def test_it_ends_with_the_run_however_that_ends() -> None:
    """A process that dies at once leaves no sender behind."""
    with subprocess.Popen(
        [sys.executable, "-c", _PROGRAM],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as parent:
        assert parent.stdout is not None
        its_sender = psutil.Process(int(parent.stdout.readline()))
        parent.communicate("\n", timeout=30)
    _, alive = psutil.wait_procs([its_sender], timeout=30)
    assert alive == []


@pytest.mark.parametrize(
    ("calls", "cores", "frozen", "wanted"),
    [
        pytest.param(100_000, {0, 1}, False, "RelievedTransport", id="many"),
        pytest.param(100, {0, 1}, False, "CurlTransport", id="few-calls"),
        pytest.param(100_000, {0}, False, "CurlTransport", id="one-core"),
        pytest.param(100_000, {0, 1}, True, "CurlTransport", id="frozen"),
    ],
)
async def test_where_it_may_be_of_use(
    calls: int,
    cores: set[int],
    frozen: bool,  # noqa: FBT001 - a parameter of the test
    wanted: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Few calls, one processor or a frozen application: no process, the same name."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: cores)
    if frozen:
        monkeypatch.setattr(sys, "frozen", True, raising=False)
    transport, name = make_transport("auto", calls=calls)
    assert (type(transport).__name__, name) == (wanted, "curl")
    await transport.aclose()


class _Relieved:
    """The transport of a run, made on the run's own loop."""

    def __init__(self) -> None:
        self.inner: Any = None

    async def send(
        self,
        request: Request,
        deadline_s: float,
        *,
        progress: CallProgress | None = None,
    ) -> Response:
        """Send it."""
        if self.inner is None:
            self.inner = relief.RelievedTransport(
                connections=4, resolver=Resolver(), loaded=0.0
            )
        response: Response = await self.inner.send(
            request, deadline_s, progress=progress
        )
        return response

    async def aclose(self) -> None:
        """Close it."""
        await self.inner.aclose()


def test_a_run_whose_process_is_killed_loses_no_lead(raw_server: StartServer) -> None:
    """Calls under way are unknown, all others are made, and none is made twice."""
    transport = _Relieved()
    is_killed = threading.Event()

    def answer(received: Received) -> bytes:
        if received.connection > 4 and not is_killed.is_set():
            psutil.Process(transport.inner.pid).kill()
            is_killed.set()
        return http_response(b'{"score": 7}')

    server = raw_server(always(answer))
    webhook = nw.Webhook(
        name="Score",
        url=f"{server.url}/{{{{lead.Id}}}}",
        request_type="GET",
        response_mappings={"score": "LeadScore"},
    )
    leads = pd.DataFrame({"Id": range(4_000)})
    result = nw.run(
        webhook,
        leads,
        connections=4,
        transport=transport,
        journal=False,
        progress=False,
    )
    assert is_killed.is_set()
    assert result.summary.unknown in range(1, 5)
    assert result.summary.updated == len(leads) - result.summary.unknown
    times = Counter(received.target for received in server.requests)
    assert set(times.values()) == {1}
    missed = set(range(len(leads))) - {int(target[1:]) for target in times}
    unknown = result.calls.query("outcome == 'unknown'")
    assert missed <= set(unknown["row"])
