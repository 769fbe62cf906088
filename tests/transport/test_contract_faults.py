"""Contract: each fault of the network has its error, and no request goes out twice."""

from __future__ import annotations

import asyncio
import random
import socket
from collections import Counter
from collections.abc import Callable

import pytest

from nbwebhook.errors import (
    ConnectFailed,
    ConnectionLost,
    DeadlineExceeded,
    HeadersTooLarge,
    NbWebhookError,
    ProtocolViolated,
    TransportError,
    TruncatedBody,
)
from nbwebhook.transport.base import Response, Transport, status_code_of, timing_of
from tests.servers import (
    Peer,
    RawServer,
    Script,
    after_request,
    http_response,
    on_accept,
    request_to,
)

StartServer = Callable[..., RawServer]

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
TEN = OK + b"Content-Length: 10\r\n\r\n"

DROPS = [
    pytest.param(after_request(), id="fin"),
    pytest.param(after_request(then="reset"), id="reset"),
    pytest.param(after_request(b"HTTP/1.1 200"), id="fin-in-the-status-line"),
    pytest.param(
        after_request(b"HTTP/1.1 200", then="reset"), id="reset-in-the-status-line"
    ),
    pytest.param(after_request(OK + b"X: 1\r\n"), id="fin-in-the-headers"),
]

CUTS = [
    pytest.param(after_request(TEN + b"12345"), id="fin-before-the-length"),
    pytest.param(after_request(TEN + b"12345", then="reset"), id="reset"),
    pytest.param(after_request(TEN), id="fin-with-no-body-at-all"),
    pytest.param(after_request(CHUNKED + b"a\r\n12345"), id="fin-in-a-chunk"),
    pytest.param(after_request(CHUNKED + b"5\r\n12345\r\n"), id="fin-between-chunks"),
    pytest.param(after_request(CHUNKED + b"0\r\n"), id="fin-before-the-trailers-end"),
]

VIOLATIONS = [
    pytest.param(b"SSH-2.0-OpenSSH_9.2\r\n", id="ssh-banner"),
    pytest.param(b"<html>hello</html>\n", id="http-0.9"),
    pytest.param(b"\x15\x03\x01\x00\x02\x02\x46", id="tls-alert"),
    pytest.param(b"HTTP/3.9 200 OK\r\nContent-Length: 0\r\n\r\n", id="odd-version"),
    pytest.param(b"HTTP/1.1 2OO OK\r\nContent-Length: 0\r\n\r\n", id="letters-in-status"),
    pytest.param(b"HTTP/1.1 000 No\r\nContent-Length: 0\r\n\r\n", id="status-000"),
    pytest.param(OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nabc", id="two-lengths"),
    pytest.param(OK + b"Content-Length: -1\r\n\r\n", id="negative-length"),
    pytest.param(OK + b"Content-Length: abc\r\n\r\n", id="length-of-letters"),
    pytest.param(OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", id="gzip-transfer"),
    pytest.param(OK + b"X: a\x00b\r\nContent-Length: 0\r\n\r\n", id="nul-in-a-header"),
    pytest.param(CHUNKED + b"zz\r\n{}\r\n0\r\n\r\n", id="bad-chunk-size"),
    pytest.param(CHUNKED + b"2\r\n{}XX0\r\n\r\n", id="bad-chunk-end"),
]  # fmt: skip


async def _failure(
    transport: Transport, url: str, limit_s: float = 5
) -> NbWebhookError:
    with pytest.raises(NbWebhookError) as caught:
        await transport.send(request_to(url), limit_s)
    error = caught.value
    assert str(error)
    assert timing_of(error).latency_ms > 0
    return error


async def test_a_refused_connection_sends_nothing(transport: Transport) -> None:
    """A port where nobody listens is told with address, port and reason."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        error = await _failure(transport, f"http://127.0.0.1:{port}/")
    assert isinstance(error, ConnectFailed)
    assert (error.phase, error.bytes_sent) == ("connect", False)
    assert str(port) in error.detail
    assert "127.0.0.1" in error.detail
    assert "refused" in error.detail.lower()


async def test_a_reset_on_accept_is_told(
    transport: Transport, raw_server: StartServer
) -> None:
    """A reset at once may hit the connecting or the sending, and says which."""
    error = await _failure(transport, raw_server(on_accept(then="reset")).url)
    assert isinstance(error, ConnectionLost | ConnectFailed)
    assert error.bytes_sent is (error.phase != "connect")


@pytest.mark.parametrize("script", DROPS)
async def test_a_dropped_call_is_sent_once_and_may_have_acted(
    transport: Transport, raw_server: StartServer, script: Script
) -> None:
    """A connection that ends before the head's end is lost, and nothing is repeated."""
    server = raw_server(script)
    error = await _failure(transport, server.url)
    assert isinstance(error, ConnectionLost)
    assert (error.phase, error.bytes_sent) == ("wait", True)
    assert error.detail
    assert len(server.requests) == 1


@pytest.mark.parametrize("script", CUTS)
async def test_a_body_that_is_cut_off_is_no_response(
    transport: Transport, raw_server: StartServer, script: Script
) -> None:
    """Half a body is an error with the status that had come, and is sent once."""
    server = raw_server(script)
    error = await _failure(transport, server.url)
    assert isinstance(error, TruncatedBody)
    assert (error.phase, error.bytes_sent) == ("body", True)
    assert error.detail
    assert status_code_of(error) == 200
    assert len(server.requests) == 1


@pytest.mark.parametrize("end", ["close", "reset"])
async def test_an_upload_that_is_cut_off_may_have_acted(
    transport: Transport, raw_server: StartServer, end: str
) -> None:
    """A service that hangs up while it is sent to has part of the request."""

    async def read_a_little(peer: Peer) -> None:
        await peer.read()
        peer.reset() if end == "reset" else peer.close()

    server = raw_server(read_a_little, receive_buffer=4096)
    with pytest.raises(ConnectionLost, match=r"phase (send|wait)") as caught:
        await transport.send(request_to(server.url, bytes(8 << 20)), 5)
    assert caught.value.bytes_sent is True
    assert server.connections == 1


async def test_a_cut_off_body_tells_how_much_came(
    transport: Transport, raw_server: StartServer
) -> None:
    """The message counts what came and what was promised."""
    error = await _failure(transport, raw_server(after_request(TEN + b"123")).url)
    assert "10" in str(error)
    assert "3" in str(error) or "7" in str(error)


@pytest.mark.parametrize("answer", VIOLATIONS)
@pytest.mark.parametrize("then", ["close", "hang"])
async def test_what_is_not_http_is_told_as_such(
    transport: Transport, raw_server: StartServer, answer: bytes, then: str
) -> None:
    """An answer that breaks HTTP ends the call at once, whatever follows it."""
    server = raw_server(after_request(answer, then=then))
    error = await _failure(transport, server.url)
    assert isinstance(error, ProtocolViolated)
    assert error.bytes_sent is True
    assert error.detail
    assert len(server.requests) == 1


async def test_a_broken_answer_is_not_quoted(
    transport: Transport, raw_server: StartServer
) -> None:
    """What the service sent may hold a lead's values and stays out of messages."""
    answer = b"HTTP/1.1 2OO zoe@example.test\r\n\r\n"
    error = await _failure(transport, raw_server(after_request(answer)).url)
    assert "zoe" not in str(error)
    assert "zoe" not in repr(error)


async def test_a_switch_to_another_protocol_is_refused(
    transport: Transport, raw_server: StartServer
) -> None:
    """Status 101, which nobody asked for, is no response."""
    answer = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"
    server = raw_server(after_request(answer, then="hang"))
    error = await _failure(transport, server.url, 0.5)
    assert isinstance(error, ProtocolViolated | DeadlineExceeded)


@pytest.mark.parametrize(
    "pieces",
    [
        pytest.param([OK, b"X: " + b"x" * 400_000 + b"\r\n\r\n"], id="one-long-line"),
        pytest.param([OK, b"X-Header: 1234567890\r\n" * 20_000], id="many-headers"),
        pytest.param(
            [b"HTTP/1.1 100 Continue\r\n\r\n" * 20_000], id="many-interim-responses"
        ),
        pytest.param([b"HTTP/1.1 200 " + b"x" * 400_000], id="a-long-reason"),
    ],
)
async def test_a_head_without_end_is_cut_at_the_cap(
    transport: Transport, raw_server: StartServer, pieces: list[bytes]
) -> None:
    """A flood in the head ends long before the deadline."""
    server = raw_server(after_request(*pieces, then="hang"))
    error = await _failure(transport, server.url, 15)
    assert isinstance(error, HeadersTooLarge)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "pieces",
    [
        pytest.param([b"0\r\n", b"X-T: 1\r\n" * 100_000], id="trailers"),
        pytest.param([b"2;x=", b"y" * 1_000_000], id="a-chunk-extension"),
    ],
)
async def test_a_flood_inside_the_chunks_is_cut(
    transport: Transport, raw_server: StartServer, pieces: list[bytes]
) -> None:
    """Trailers and chunk extensions end at a cap, or else at the deadline."""
    server = raw_server(after_request(CHUNKED, *pieces, then="hang"))
    error = await _failure(transport, server.url, 0.5)
    assert isinstance(error, ProtocolViolated | HeadersTooLarge | DeadlineExceeded)


@pytest.mark.parametrize("script", DROPS)
@pytest.mark.parametrize("idle", [1, 8])
async def test_a_drop_on_a_kept_connection_is_not_repeated(
    transport: Transport, raw_server: StartServer, script: Script, idle: int
) -> None:
    """However many idle connections there are, the service sees each call once."""

    async def answer_then_drop(peer: Peer) -> None:
        await peer.request()
        await peer.until(connections=idle)
        await peer.write(http_response())
        await script(peer)

    server = raw_server(*[answer_then_drop] * idle, script)
    calls = (transport.send(request_to(server.url), 5) for _ in range(idle))
    await asyncio.gather(*calls)
    error = await _failure(transport, server.url)
    assert isinstance(error, ConnectionLost)
    assert error.bytes_sent is True
    assert len(server.requests) == idle + 1
    assert server.connections <= idle + 1


def _chaos(seed: int) -> Script:
    dice = random.Random(seed)  # noqa: S311 - repeatable on purpose

    async def script(peer: Peer) -> None:
        while True:
            received = await peer.request()
            throw = dice.random()
            if throw < 0.05:
                return peer.close()
            if throw < 0.1:
                return peer.reset()
            await peer.write(http_response(received.body))
            if throw < 0.2:
                await asyncio.sleep(0.001)
                return peer.close()

    return script


async def test_no_call_is_sent_twice_and_no_answer_goes_astray(
    transport: Transport, raw_server: StartServer
) -> None:
    """Among 600 calls with drops and idle closes, each is seen at most once."""
    server = raw_server(_chaos(3))
    slots = asyncio.Semaphore(20)

    async def call(number: int) -> tuple[bytes, Response | TransportError]:
        body = b"%d-" % number + b"x" * (number * 37 % 5_000)
        async with slots:
            try:
                return body, await transport.send(request_to(server.url, body), 5)
            except TransportError as error:
                return body, error

    results = await asyncio.gather(*(call(number) for number in range(600)))
    seen = Counter(received.body for received in server.requests)
    assert max(seen.values()) == 1
    for body, result in results:
        if isinstance(result, Response):
            assert result.body == body
        else:
            assert result.bytes_sent or body not in seen
    assert any(isinstance(result, Response) for _, result in results)
    assert any(isinstance(result, ConnectionLost) for _, result in results)
