"""Answers are read as they come, and become calls a few at a time and at once."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Callable

import pytest

from tests.servers import Peer, RawServer, always, http_response, request_to

StartServer = Callable[..., RawServer]

_CALLS = 20
_WORK_S = 0.03


async def _answer_all_at_once(peer: Peer) -> None:
    await peer.request()
    await peer.until(requests=_CALLS)
    await peer.write(http_response(b"{}"))
    await peer.hang()


@pytest.mark.parametrize("with_epoll", [True, False])
async def test_no_answer_waits_unread_while_others_are_worked_on(
    raw_server: StartServer, monkeypatch: pytest.MonkeyPatch, *, with_epoll: bool
) -> None:
    """The work on twenty answers takes 0.6 s, and hardly any of it is told as latency."""
    curl_multi = pytest.importorskip("nbwebhook.transport.curl_multi")
    curl_transport = pytest.importorskip("nbwebhook.transport.curl_transport")
    if not with_epoll:
        monkeypatch.setattr(curl_multi, "select", None)
    server = raw_server(_answer_all_at_once)

    async with curl_transport.CurlTransport(connections=_CALLS) as transport:

        async def call() -> float:
            response = await transport.send(request_to(server.url), 30)
            time.sleep(_WORK_S)  # noqa: ASYNC251 - stands for rendering and mapping
            latency_ms: float = response.timing.latency_ms
            return latency_ms

        latencies_ms = await asyncio.gather(*(call() for _ in range(_CALLS)))
    assert max(latencies_ms) - min(latencies_ms) < _CALLS * _WORK_S * 1e3 / 2


async def test_few_answers_are_handed_on_in_a_turn(raw_server: StartServer) -> None:
    """Calls that follow on them then go out one after another, not in one wave."""
    curl_transport = pytest.importorskip("nbwebhook.transport.curl_transport")
    server = raw_server(_answer_all_at_once)
    loop = asyncio.get_running_loop()
    turn = 0
    handed_on: Counter[int] = Counter()

    def count_turns() -> None:
        nonlocal turn
        turn += 1
        if handed_on.total() < _CALLS:
            loop.call_soon(count_turns)

    async with curl_transport.CurlTransport(connections=_CALLS) as transport:

        async def call() -> None:
            await transport.send(request_to(server.url), 30)
            handed_on[turn] += 1

        count_turns()
        await asyncio.gather(*(call() for _ in range(_CALLS)))
    assert handed_on.total() == _CALLS
    assert max(handed_on.values()) <= 4


async def test_a_request_has_left_when_its_call_first_waits(
    raw_server: StartServer,
) -> None:
    """A loop that has much to do does not keep it for another turn."""
    curl_transport = pytest.importorskip("nbwebhook.transport.curl_transport")
    server = raw_server(always(http_response(b"{}")))

    async with curl_transport.CurlTransport() as transport:
        await transport.send(request_to(f"{server.url}/first"), 30)
        assert server.arrivals.get(timeout=5).target == b"/first"
        call = asyncio.ensure_future(
            transport.send(request_to(f"{server.url}/next"), 30)
        )
        await asyncio.sleep(0)  # its first step; from here on the loop stands still
        assert server.arrivals.get(timeout=5).target == b"/next"
        await call


async def test_an_answer_is_handed_on_in_the_turn_that_reads_it(
    raw_server: StartServer,
) -> None:
    """The loop reads after what was due before, and wakes the call a turn later."""
    curl_transport = pytest.importorskip("nbwebhook.transport.curl_transport")
    has_answered_both = threading.Event()

    async def answer_two(peer: Peer) -> None:
        for _ in range(2):
            await peer.request()
            await peer.write(http_response(b"{}"))
        has_answered_both.set()
        await peer.hang()

    server = raw_server(answer_two)
    async with curl_transport.CurlTransport() as transport:
        await transport.send(request_to(server.url), 30)
        call = asyncio.ensure_future(transport.send(request_to(server.url), 30))
        await asyncio.sleep(0)
        assert has_answered_both.wait(5)  # while the loop stands still
        turns = 0
        while not call.done():
            turns += 1
            await asyncio.sleep(0)
    assert turns <= 3
