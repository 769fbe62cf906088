"""Contract: the deadline holds over the whole call, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import random
import threading
import time
import zlib
from collections.abc import Callable, Iterator

import psutil
import pytest
import trustme

from nbwebhook.errors import ConnectFailed, ConnectionLost, DeadlineExceeded
from nbwebhook.transport.base import CallProgress, Transport, timing_of
from nbwebhook.transport.resolver import Resolver
from tests.servers import (
    Peer,
    RawServer,
    after_request,
    always,
    http_response,
    on_accept,
    request_to,
)

StartServer = Callable[..., RawServer]
MakeTransport = Callable[..., Transport]

LIMIT_S = 0.4
OK_HEAD = b"HTTP/1.1 200 OK\r\n"


def _bytes_of(data: bytes) -> list[bytes]:
    return [data[i : i + 1] for i in range(len(data))]


GZIPPED = zlib.compress(random.Random(1).randbytes(400), wbits=31)  # noqa: S311 - repeatable on purpose

SLOW_SHAPES = [
    pytest.param(after_request(then="hang"), "wait", id="no-answer"),
    pytest.param(
        after_request(*_bytes_of(OK_HEAD + b"\r\n"), every_s=0.05),
        "wait",
        id="dripped-status-line",
    ),
    pytest.param(
        after_request(OK_HEAD, *_bytes_of(b"X-Slow: " + b"x" * 200), every_s=0.05),
        "wait",
        id="dripped-headers",
    ),
    pytest.param(
        after_request(*[b"HTTP/1.1 100 Continue\r\n\r\n"] * 100, every_s=0.05),
        "wait",
        id="dripped-100-continue",
    ),
    pytest.param(
        after_request(
            OK_HEAD + b"Content-Length: 100\r\n\r\n", *[b"x"] * 100, every_s=0.05
        ),
        "body",
        id="dripped-body",
    ),
    pytest.param(
        after_request(
            OK_HEAD + b"Transfer-Encoding: chunked\r\n\r\n",
            *_bytes_of(b"2;x=" + b"y" * 200),
            every_s=0.05,
        ),
        "body",
        id="dripped-chunk-header",
    ),
    pytest.param(
        after_request(
            OK_HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n",
            *[b"X-Trailer: 1\r\n"] * 100,
            every_s=0.05,
        ),
        "body",
        id="dripped-trailers",
    ),
    pytest.param(
        after_request(
            OK_HEAD
            + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(GZIPPED),
            *_bytes_of(GZIPPED),
            every_s=0.05,
        ),
        "body",
        id="dripped-gzip",
    ),
]


@contextlib.contextmanager
def _deadline_error(phase: str, *, bytes_sent: bool) -> Iterator[None]:
    """Expect a call that ends at `LIMIT_S`, in `phase`."""
    start_s = time.perf_counter()
    with pytest.raises(DeadlineExceeded, match=r"0\.4 s for the whole call") as caught:
        yield
    elapsed_s = time.perf_counter() - start_s
    assert (caught.value.phase, caught.value.bytes_sent) == (phase, bytes_sent)
    assert 0.9 * LIMIT_S < elapsed_s < LIMIT_S + 4
    assert 0.9 * LIMIT_S < timing_of(caught.value).latency_ms / 1000 <= elapsed_s


@pytest.mark.parametrize(("script", "phase"), SLOW_SHAPES)
async def test_a_slow_answer_ends_at_the_deadline(
    transport: Transport, raw_server: StartServer, script: object, phase: str
) -> None:
    """Whatever is slow, the limit is for the whole call; the service may have acted."""
    server = raw_server(script)
    with _deadline_error(phase, bytes_sent=True):
        await transport.send(request_to(server.url), LIMIT_S)
    assert len(server.requests) == 1


async def test_a_service_that_does_not_read_ends_at_the_deadline(
    transport: Transport, raw_server: StartServer
) -> None:
    """A large payload that nobody takes stands in phase `send`."""
    server = raw_server(on_accept(then="hang"), receive_buffer=4096)
    with _deadline_error("send", bytes_sent=True):
        await transport.send(request_to(server.url, b"x" * (16 << 20)), LIMIT_S)


async def test_a_connection_that_is_not_taken_ends_at_the_deadline(
    transport: Transport, full_backlog: str
) -> None:
    """A full backlog stands in phase `connect`, and nothing was sent."""
    with _deadline_error("connect", bytes_sent=False):
        await transport.send(request_to(full_backlog), LIMIT_S)


async def test_a_handshake_that_hangs_ends_at_the_deadline(
    transport: Transport, raw_server: StartServer
) -> None:
    """A service that accepts and says nothing stands in phase `tls`."""
    server = raw_server(on_accept(then="hang"))
    url = server.url.replace("http:", "https:")
    with _deadline_error("tls", bytes_sent=False):
        await transport.send(request_to(url), LIMIT_S)
    assert server.connections == 1


async def test_a_name_that_hangs_ends_at_the_deadline_and_holds_up_no_other(
    make_transport: MakeTransport, raw_server: StartServer
) -> None:
    """A lookup that never ends stands in phase `resolve`; other hosts go on."""
    server = raw_server()
    let_go = threading.Event()

    def getaddrinfo(host: str, *_: object, **__: object) -> list[tuple[object, ...]]:
        let_go.wait()
        return []

    transport = make_transport(resolver=Resolver(getaddrinfo=getaddrinfo))
    try:
        with _deadline_error("resolve", bytes_sent=False):
            await transport.send(request_to("http://hangs.test/"), LIMIT_S)
        response = await transport.send(request_to(server.url), 5)
    finally:
        let_go.set()
    assert response.status_code == 200


@pytest.mark.parametrize("deadline_s", [0, -1])
async def test_a_deadline_that_has_passed_sends_nothing(
    transport: Transport, raw_server: StartServer, deadline_s: float
) -> None:
    """No limit is not what 0 means."""
    server = raw_server()
    with pytest.raises(DeadlineExceeded, match="the time limit") as caught:
        await transport.send(request_to(server.url), deadline_s)
    assert caught.value.bytes_sent is False
    assert server.requests == []


async def _slow_or_good(peer: Peer) -> None:
    """Answer every request but those to /hang."""
    while (await peer.request()).target != b"/hang":
        await peer.write(http_response())
    await peer.hang()


async def test_calls_go_well_after_five_hundred_deadlines(
    transport: Transport, raw_server: StartServer
) -> None:
    """No deadline costs a connection slot: 200 of 200 healthy calls pass."""
    server = raw_server(_slow_or_good)

    async def hang() -> bool:
        try:
            await transport.send(request_to(f"{server.url}/hang"), 0.1)
        except DeadlineExceeded:
            return True
        return False

    for _ in range(10):
        assert all(await asyncio.gather(*(hang() for _ in range(50))))
    for _ in range(10):
        calls = (transport.send(request_to(server.url), 5) for _ in range(20))
        statuses = [response.status_code for response in await asyncio.gather(*calls)]
        assert statuses == [200] * 20


async def test_calls_go_well_after_calls_cancelled_at_any_moment(
    transport: Transport, raw_server: StartServer
) -> None:
    """Three hundred cancelled calls close their connections and spoil no other."""
    server = raw_server(always(lambda received: http_response(received.target)))
    moment = random.Random(7)  # noqa: S311 - repeatable on purpose
    for _ in range(10):
        tasks = [
            asyncio.create_task(transport.send(request_to(f"{server.url}/{i}"), 5))
            for i in range(30)
        ]
        for task in tasks:
            await asyncio.sleep(moment.random() / 2000)
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(
            isinstance(result, asyncio.CancelledError) or result.status_code == 200  # type: ignore[union-attr]  # a response then
            for result in results
        )
    calls = (transport.send(request_to(f"{server.url}/ok{i}"), 5) for i in range(50))
    bodies = [response.body for response in await asyncio.gather(*calls)]
    assert bodies == [b"/ok%d" % i for i in range(50)]


async def test_a_cancelled_call_tells_whether_it_was_sent(
    make_transport: MakeTransport, raw_server: StartServer
) -> None:
    """Cancellation passes through, and the progress knows what the service knows."""
    server = raw_server(after_request(then="hang"))
    progress = CallProgress()
    call = make_transport().send(request_to(server.url), 5, progress=progress)
    task = asyncio.create_task(call)
    await asyncio.to_thread(server.arrivals.get, timeout=5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert progress.bytes_sent is True


async def test_a_call_cancelled_before_it_is_sent_says_so(
    make_transport: MakeTransport,
) -> None:
    """Cancelled while its name is looked up, a call has sent nothing."""
    is_asked, let_go = threading.Event(), threading.Event()

    def getaddrinfo(host: str, *_: object, **__: object) -> list[tuple[object, ...]]:
        is_asked.set()
        let_go.wait()
        return []

    transport = make_transport(resolver=Resolver(getaddrinfo=getaddrinfo))
    progress = CallProgress()
    progress.bytes_sent = True
    call = transport.send(request_to("http://hangs.test/"), 5, progress=progress)
    task = asyncio.create_task(call)
    try:
        await asyncio.to_thread(is_asked.wait, 5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    finally:
        let_go.set()
    assert progress.bytes_sent is False


async def test_closing_ends_the_calls_under_way(
    make_transport: MakeTransport, raw_server: StartServer
) -> None:
    """A call whose transport is closed fails and says that it may have been sent."""
    server = raw_server(after_request(then="hang"))
    transport = make_transport()
    task = asyncio.create_task(transport.send(request_to(server.url), 5))
    await asyncio.to_thread(server.arrivals.get, timeout=5)
    await transport.aclose()
    with pytest.raises(ConnectionLost, match="phase wait") as caught:
        await task
    assert caught.value.bytes_sent is True
    with pytest.raises(RuntimeError, match="closed"):
        await transport.send(request_to(server.url), 5)


async def _use_hard(transport: Transport, url: str) -> None:
    """Make good calls, calls that end at their deadline, and cancelled ones."""
    paths = itertools.cycle(["/", "/hang"])
    calls = [transport.send(request_to(url + next(paths)), 0.2) for _ in range(20)]
    await asyncio.gather(*calls, return_exceptions=True)
    tasks = [
        asyncio.create_task(transport.send(request_to(f"{url}/hang"), 5))
        for _ in range(10)
    ]
    await asyncio.sleep(0.02)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await transport.aclose()


@pytest.mark.parametrize("is_tls", [False, True], ids=["http", "https"])
async def test_nothing_is_left_after_closing(
    make_transport: MakeTransport,
    raw_server: StartServer,
    authority: trustme.CA,
    server_tls: object,
    is_tls: bool,  # noqa: FBT001 - a parameter of the table
) -> None:
    """No task and no socket outlives the transport, however its calls ended."""
    tasks_before = asyncio.all_tasks()
    server = raw_server(_slow_or_good, tls=server_tls if is_tls else None)
    for _ in range(3):
        await _use_hard(make_transport(trust=authority), server.url)
        assert asyncio.all_tasks() == tasks_before
        sockets = psutil.Process().net_connections("tcp")
        assert [s for s in sockets if s.raddr and s.raddr[1] == server.port] == []


async def test_closing_ends_calls_that_are_still_connecting(
    make_transport: MakeTransport, raw_server: StartServer
) -> None:
    """A connection that is made after closing is not used."""
    server = raw_server()
    transport = make_transport()
    task = asyncio.create_task(transport.send(request_to(server.url), 5))
    await asyncio.sleep(0)
    await transport.aclose()
    with pytest.raises((ConnectFailed, ConnectionLost), match="closed"):
        await task
