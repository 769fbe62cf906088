"""Contract: a connection is used again only if nothing at all is left over on it."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable

import pytest
import trustme

from nbwebhook.errors import ConnectionLost
from nbwebhook.transport.base import Response, Timing, Transport
from tests.servers import Peer, RawServer, always, http_response, request_to

StartServer = Callable[..., RawServer]
MakeTransport = Callable[..., Transport]

FORGED = http_response(b"forged")


def _tagged_then(
    tail: bytes, headers: list[bytes] | None = None, *, wait_s: float = 0
) -> object:
    async def script(peer: Peer) -> None:
        while True:
            received = await peer.request()
            answer = http_response(received.body, headers=headers or [])
            if wait_s:
                await peer.drip([answer, tail], wait_s)
            else:
                await peer.write(answer + tail)

    return script


@pytest.mark.parametrize(
    ("script", "connections"),
    [
        pytest.param(_tagged_then(b""), {1}, id="nothing-left"),
        pytest.param(_tagged_then(b"EXTRA"), {3}, id="stray-bytes"),
        pytest.param(_tagged_then(FORGED), {3}, id="forged-second-response"),
        pytest.param(_tagged_then(FORGED[:-3]), {3}, id="half-a-forged-response"),
        pytest.param(_tagged_then(b"\r\n"), {3}, id="an-empty-line"),
        pytest.param(_tagged_then(b"X", wait_s=0.01), {3}, id="stray-byte-later"),
        pytest.param(_tagged_then(FORGED, wait_s=0.01), {3}, id="forged-one-later"),
        pytest.param(
            _tagged_then(b"", [b"Connection: close"]), {3}, id="connection-close"
        ),
        pytest.param(
            always(
                lambda r: (
                    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n"
                    b"Transfer-Encoding: chunked\r\n\r\n"
                    b"1\r\n" + r.body + b"\r\n0\r\n\r\n"
                )
            ),
            {1, 3},
            id="framed-twice",
        ),
        pytest.param(
            always(
                lambda r: (
                    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                    b"1\r\n" + r.body + b"\r\n0\r\n\r\n" + FORGED
                )
            ),
            {1, 3},
            id="forged-after-chunks",
        ),
    ],
)
@pytest.mark.parametrize("is_tls", [False, True], ids=["http", "https"])
async def test_each_call_gets_its_own_answer(  # noqa: PLR0913, PLR0917 - a table and its servers
    make_transport: MakeTransport,
    raw_server: StartServer,
    authority: trustme.CA,
    server_tls: object,
    script: object,
    connections: set[int],
    is_tls: bool,  # noqa: FBT001 - a parameter of the table
) -> None:
    """Bytes after a response are never taken for the next call's answer."""
    server = raw_server(script, tls=server_tls if is_tls else None)
    transport = make_transport(trust=authority)
    for tag in (b"1", b"2", b"3"):
        response = await transport.send(request_to(server.url, tag), 5)
        assert response.body == tag
        # What trails a response may come a moment later than its end.
        await asyncio.sleep(0.02)
    assert server.connections in connections
    assert len(server.requests) == 3


async def test_an_answer_nobody_asked_for_is_nobody_s(
    transport: Transport, raw_server: StartServer
) -> None:
    """A 408 on an idle connection is not the next call's answer."""
    is_written = asyncio.Event()
    loop = asyncio.get_running_loop()

    async def answer_then_time_out(peer: Peer) -> None:
        received = await peer.request()
        await peer.write(http_response(received.body))
        await asyncio.sleep(0.02)
        await peer.write(http_response(b"late", b"408 Request Timeout"))
        loop.call_soon_threadsafe(is_written.set)
        await peer.request()
        await peer.write(http_response(b"wrong"))

    server = raw_server(answer_then_time_out)
    await transport.send(request_to(server.url, b"one"), 5)
    await is_written.wait()
    await asyncio.sleep(0.02)
    response = await transport.send(request_to(server.url, b"two"), 5)
    assert (response.status_code, response.body) == (200, b"two")
    assert server.connections == 2


async def test_a_connection_closed_while_idle_is_replaced(
    transport: Transport, raw_server: StartServer
) -> None:
    """An end that is already known costs no call."""

    async def answer_once(peer: Peer) -> None:
        received = await peer.request()
        await peer.write(http_response(received.body))

    server = raw_server(answer_once)
    for tag in (b"1", b"2", b"3"):
        response = await transport.send(request_to(server.url, tag), 5)
        assert (response.body, response.connection_reused) == (tag, False)
        await asyncio.sleep(0.02)
    assert server.connections == 3


async def test_calls_that_race_with_an_idle_close_are_never_repeated(
    transport: Transport, raw_server: StartServer
) -> None:
    """Where service and call close and send at one time, the call counts as sent."""

    async def answer_then_close_soon(peer: Peer) -> None:
        received = await peer.request()
        await peer.write(http_response(received.body))
        await asyncio.sleep(0.001)

    server = raw_server(answer_then_close_soon)
    outcomes = []
    for number in range(150):
        body = b"%d" % number
        try:
            response = await transport.send(request_to(server.url, body), 5)
            outcomes.append(response.body == body)
        except ConnectionLost as error:
            outcomes.append(error.bytes_sent)
        await asyncio.sleep(number % 5 / 2000)
    seen = [received.body for received in server.requests]
    assert all(outcomes)
    assert len(seen) == len(set(seen))


def _phases(timing: Timing) -> dict[str, bool]:
    names = ("resolve", "connect", "tls", "send", "first_byte", "read", "latency")
    return {name: not math.isnan(getattr(timing, f"{name}_ms")) for name in names}


def _check_sum(response: Response) -> None:
    timing = response.timing
    phases = [getattr(timing, name) for name in Timing.__slots__]
    told = [ms for ms in phases if not math.isnan(ms)]
    assert all(ms >= 0 for ms in told)
    assert sum(told) - timing.latency_ms <= timing.latency_ms + 1


@pytest.mark.parametrize("is_tls", [False, True], ids=["http", "https"])
async def test_the_phases_of_a_call_are_told(
    make_transport: MakeTransport,
    raw_server: StartServer,
    authority: trustme.CA,
    server_tls: object,
    is_tls: bool,  # noqa: FBT001 - a parameter of the table
) -> None:
    """A new connection has its phases, a used one has none of them; the wait is real."""

    async def wait_then_answer(peer: Peer) -> None:
        while True:
            await peer.request()
            await asyncio.sleep(0.05)
            await peer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{")
            await asyncio.sleep(0.03)
            await peer.write(b"}")

    server = raw_server(wait_then_answer, tls=server_tls if is_tls else None)
    transport = make_transport(trust=authority)
    request = request_to(f"{server.url.replace('127.0.0.1', 'localhost')}/")
    fresh = await transport.send(request, 10)
    again = await transport.send(request, 10)
    new = {"resolve": False, "connect": True, "tls": is_tls}
    sent = {"send": True, "first_byte": True, "read": True, "latency": True}
    assert _phases(fresh.timing) == new | sent
    assert _phases(again.timing) == dict.fromkeys(new, False) | sent
    assert (fresh.connection_reused, again.connection_reused) == (False, True)
    assert (fresh.remote_address, again.remote_address) == ("127.0.0.1", "127.0.0.1")
    for response in (fresh, again):
        _check_sum(response)
        assert 40 < response.timing.first_byte_ms < 2_000
        assert 20 < response.timing.read_ms < 2_000
        assert 70 < response.timing.latency_ms < 4_000


async def test_many_calls_at_once_share_few_connections(
    transport: Transport, raw_server: StartServer
) -> None:
    """Two hundred calls by ten workers need no more than ten connections."""
    server = raw_server(always(lambda received: http_response(received.body)))
    numbers = iter(range(200))

    async def work() -> None:
        for number in numbers:
            body = b"%d" % number
            response = await transport.send(request_to(server.url, body), 5)
            assert response.body == body

    await asyncio.gather(*(work() for _ in range(10)))
    assert len(server.requests) == 200
    assert server.connections <= 10


async def test_idle_connections_are_kept_by_origin(
    make_transport: MakeTransport, raw_server: StartServer
) -> None:
    """Calls to two services do not share a connection."""
    one, two = raw_server(), raw_server()
    transport = make_transport()
    for server in (one, two, one, two):
        await transport.send(request_to(server.url), 5)
    assert (one.connections, two.connections) == (1, 1)
    assert (len(one.requests), len(two.requests)) == (2, 2)


async def test_idle_connections_above_the_limit_are_closed(
    make_transport: MakeTransport, raw_server: StartServer
) -> None:
    """`connections` bounds what is kept, not what may be under way."""
    closed = asyncio.Event()
    loop = asyncio.get_running_loop()

    async def answer_when_all_are_there(peer: Peer) -> None:
        await peer.request()
        await peer.until(requests=3)
        await peer.write(http_response())
        try:
            await peer.request()
        finally:
            loop.call_soon_threadsafe(closed.set)

    server = raw_server(answer_when_all_are_there)
    transport = make_transport(connections=2)
    calls = (transport.send(request_to(server.url), 5) for _ in range(3))
    await asyncio.gather(*calls)
    await asyncio.wait_for(closed.wait(), 5)
    assert server.connections == 3
