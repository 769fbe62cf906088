"""Calls open their connections one by one, as their loop has time for them."""

from __future__ import annotations

import asyncio
import itertools
import socket
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path

import psutil
import pytest
import trustme

from nbwebhook.errors import ConnectFailed, ConnectionLost
from nbwebhook.transport.addresses import AddressPolicy
from nbwebhook.transport.base import CallProgress
from nbwebhook.transport.openings import Openings
from nbwebhook.transport.resolver import Resolver
from tests.servers import (
    Peer,
    RawServer,
    after_request,
    http_response,
    request_to,
)
from tests.transport.conftest import make_one

StartServer = Callable[..., RawServer]

_CALLS = 20


def _queue(
    openings: Openings, count: int
) -> tuple[list[int], list[asyncio.Task[None]]]:
    """Let so many wait; return the numbers of those let through, and their tasks."""
    passed: list[int] = []

    async def wait(number: int) -> None:
        await openings.wait_turn()
        passed.append(number)

    return passed, [asyncio.create_task(wait(number)) for number in range(count)]


async def _turns(count: int = 1) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def test_one_is_let_through_a_turn_in_order() -> None:
    """The first at once, the others one by one in the order of their coming."""
    openings = Openings(asyncio.get_running_loop())
    passed, tasks = _queue(openings, 5)
    seen = [0]
    while len(passed) < len(tasks):
        await _turns()
        seen.append(len(passed))
    assert passed == [0, 1, 2, 3, 4]
    assert max(now - before for before, now in itertools.pairwise(seen)) == 1


async def test_nobody_is_let_through_while_there_is_something_to_read() -> None:
    """But for one now and then, so that a loop that always reads opens some."""
    openings = Openings(asyncio.get_running_loop())
    passed, tasks = _queue(openings, 3)
    await _turns()
    for expected in ([0], [0, 1]):
        turns = 0
        while passed == expected:
            openings.has_read = True
            await _turns()
            turns += 1
        assert turns >= 10
    await asyncio.gather(*tasks)


async def test_whoever_is_cancelled_takes_no_turn() -> None:
    """The others come as if it had not been there."""
    openings = Openings(asyncio.get_running_loop())
    passed, tasks = _queue(openings, 4)
    await _turns()
    tasks[1].cancel()
    tasks[2].cancel()
    ended = await asyncio.gather(*tasks, return_exceptions=True)
    assert passed == [0, 3]
    assert [type(end) for end in ended[1:3]] == [asyncio.CancelledError] * 2
    await asyncio.wait_for(openings.wait_turn(), 5)


def _connections_to(port: int) -> int:
    found = psutil.Process().net_connections("tcp")
    return sum(1 for one in found if one.raddr and one.raddr[1] == port)


@pytest.mark.parametrize("with_epoll", [True, False])
async def test_connections_are_opened_one_a_turn(
    raw_server: StartServer,
    monkeypatch: pytest.MonkeyPatch,
    *,
    with_epoll: bool,
) -> None:
    """Also where all calls have waited for the same name, and have it at once."""
    curl_multi = pytest.importorskip("nbwebhook.transport.curl_multi")
    curl_transport = pytest.importorskip("nbwebhook.transport.curl_transport")
    if not with_epoll:
        monkeypatch.setattr(curl_multi, "select", None)
    server = raw_server(after_request(then="hang"))
    all_wait = threading.Event()

    def getaddrinfo(*_: object, **__: object) -> list[tuple[object, ...]]:
        all_wait.wait(5)
        there = ("127.0.0.1", server.port)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", there)]

    resolver = Resolver(AddressPolicy.allowing(["one.test"]), getaddrinfo=getaddrinfo)
    async with curl_transport.CurlTransport(resolver=resolver) as transport:
        url = f"http://one.test:{server.port}/"
        calls = [
            asyncio.create_task(transport.send(request_to(url), 30))
            for _ in range(_CALLS)
        ]
        await _turns(3)
        all_wait.set()
        seen = [_connections_to(server.port)]
        while seen[-1] < _CALLS:
            await _turns()
            seen.append(_connections_to(server.port))
        for call in calls:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)
    assert seen[0] == 0
    assert max(now - before for before, now in itertools.pairwise(seen)) == 1


async def test_what_is_read_keeps_connections_from_being_opened(
    raw_server: StartServer,
    authority: trustme.CA,
    server_tls: ssl.SSLContext,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """A step of a handshake is news, and so is an answer, which comes after it."""
    curl_multi = pytest.importorskip("nbwebhook.transport.curl_multi")
    news: list[str] = []

    class Watched(Openings):
        def __setattr__(self, name: str, value: object) -> None:
            if name == "has_read" and value:
                news.append(name)
            super().__setattr__(name, value)

    monkeypatch.setattr(curl_multi, "Openings", Watched)
    greets, answers = threading.Event(), threading.Event()

    def greet(*_: object) -> None:
        greets.wait(5)

    async def answer(peer: Peer) -> None:
        await peer.request()
        await asyncio.to_thread(answers.wait, 5)
        await peer.write(http_response())

    monkeypatch.setattr(server_tls, "sni_callback", greet)
    server = raw_server(answer, tls=server_tls)
    async with aclosing(make_one("curl", authority, tmp_path, {})) as transport:
        call = asyncio.create_task(transport.send(request_to(server.url), 5))
        # The service goes on when libcurl has done all that it can without it: what comes
        # then is told by the loop.
        await _turns(50)
        before_greeting = len(news)
        greets.set()
        await asyncio.to_thread(server.arrivals.get, timeout=5)
        await _turns(50)
        before_answer = len(news)
        answers.set()
        await call
    assert before_greeting < before_answer < len(news)
    assert len(news) >= 2


async def test_calls_that_wait_for_their_turn_end_with_the_transport(
    raw_server: StartServer,
) -> None:
    """They say that nothing was sent, and nothing was."""
    curl_transport = pytest.importorskip("nbwebhook.transport.curl_transport")
    server = raw_server()
    transport = curl_transport.CurlTransport()
    progress = [CallProgress() for _ in range(_CALLS)]
    calls = [
        asyncio.create_task(transport.send(request_to(server.url), 5, progress=one))
        for one in progress
    ]
    await _turns(2)
    await transport.aclose()
    ended = await asyncio.gather(*calls, return_exceptions=True)
    assert {type(end) for end in ended} <= {ConnectFailed, ConnectionLost}
    assert "closed on this side" in str(ended[-1])
    assert not any(one.bytes_sent for one in progress)
    assert server.requests == []


async def test_a_call_has_all_of_its_time_when_its_turn_comes(
    raw_server: StartServer,
) -> None:
    """Its deadline does not count the opening of the others, on a slow loop either."""
    curl_transport = pytest.importorskip("nbwebhook.transport.curl_transport")
    server = raw_server()

    async def hold_each_turn_up() -> None:
        while True:
            time.sleep(0.01)  # noqa: ASYNC251 - that is the point
            await asyncio.sleep(0)

    async with curl_transport.CurlTransport(connections=40) as transport:
        holding = asyncio.create_task(hold_each_turn_up())
        calls = (transport.send(request_to(server.url), 0.5) for _ in range(40))
        answers = await asyncio.gather(*calls)
        holding.cancel()
    assert [answer.status_code for answer in answers] == [200] * 40
