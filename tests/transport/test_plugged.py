"""Clients and transports of other people: used as they are, within our limits."""

from __future__ import annotations

import asyncio
import gzip
import json
import logging
import ssl
from collections.abc import AsyncIterator, Callable, Iterator

import httpx
import pytest
import trustme

from nbwebhook.errors import (
    AddressRefused,
    BodyTooLarge,
    ConnectFailed,
    ConnectionLost,
    DeadlineExceeded,
    HeadersTooLarge,
    NbWebhookError,
    ProtocolViolated,
    TlsFailed,
    TransportError,
    TruncatedBody,
    UnsafeTarget,
)
from nbwebhook.transport.base import CallProgress
from nbwebhook.transport.httpx_transport import HttpxTransport
from tests.servers import (
    RawServer,
    Script,
    after_request,
    always,
    http_response,
    request_to,
)

StartServer = Callable[..., RawServer]
Handler = Callable[[httpx.Request], httpx.Response]
Base = httpx.AsyncBaseTransport | httpx.AsyncClient


@pytest.fixture(params=["transport", "client"])
async def base(request: pytest.FixtureRequest) -> AsyncIterator[Base]:
    """Return a real transport of httpx, bare and inside a client."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    async with httpx.AsyncHTTPTransport(verify=context) as made:
        if request.param == "transport":
            yield made
        else:
            async with httpx.AsyncClient(transport=made) as client:
                yield client


def _mock(handler: Handler) -> HttpxTransport:
    return HttpxTransport(base=httpx.MockTransport(handler))


async def test_a_mock_transport_gets_the_request() -> None:
    """Method, URL, headers and body come as the definition says."""
    seen = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(202, headers={"X-A": "1"}, json={"score": 42})

    request = request_to(
        "http://a.test/x?y=%26", b'{"a":1}', headers=[(b"X-Key", b"k")]
    )
    response = await _mock(handler).send(request, 5)
    (sent,) = seen
    assert (sent.method, str(sent.url)) == ("POST", "http://a.test/x?y=%26")
    assert (sent.headers["x-key"], sent.content) == ("k", b'{"a":1}')
    assert "accept-encoding" not in sent.headers
    assert (response.status_code, response.reason) == (202, "Accepted")
    assert json.loads(response.body) == {"score": 42}
    assert response.header(b"x-a") == b"1"
    assert response.request_bytes > len(b'{"a":1}')


async def test_an_asgi_application_can_be_called() -> None:
    """An application of the user's own needs no port."""

    async def app(scope: dict[str, object], receive: object, send: object) -> None:
        body = str(scope["path"]).encode()
        start = {"type": "http.response.start", "status": 200, "headers": []}
        await send(start)  # type: ignore[operator]  # an ASGI callable
        await send({"type": "http.response.body", "body": body})  # type: ignore[operator]  # as above

    base = httpx.ASGITransport(app=app)  # type: ignore[arg-type]  # typed loosely here
    response = await HttpxTransport(base=base).send(request_to("http://a.test/p"), 5)
    assert response.body == b"/p"


async def test_a_real_transport_sends_the_target_as_written(
    base: Base, raw_server: StartServer
) -> None:
    """Bytes that httpx would normalise arrive as they are; phases are told."""
    server = raw_server(always(http_response(b"{}")))
    async with HttpxTransport(base=base) as transport:
        request = request_to(server.url, target=b"/a/../b?x=%zz&y=1+2")
        fresh = await transport.send(request, 5)
        again = await transport.send(request, 5)
    assert [r.target for r in server.requests] == [request.target] * 2
    assert (fresh.connection_reused, again.connection_reused) == (False, True)
    assert fresh.remote_address == "127.0.0.1"
    assert fresh.timing.connect_ms >= 0
    assert fresh.timing.first_byte_ms >= 0
    assert fresh.timing.latency_ms > 0
    assert fresh.request_bytes == len(server.requests[0].head) + 4 + 2


async def test_a_client_adds_nothing_of_its_own(raw_server: StartServer) -> None:
    """Default headers, parameters and cookies of a client stay out of the call."""
    cookie = [b"Set-Cookie: a=1"]
    server = raw_server(always(http_response(headers=cookie)))
    async with httpx.AsyncClient(
        headers={"X-Client": "1"}, params={"p": "1"}, cookies={"c": "1"}
    ) as client:
        transport = HttpxTransport(base=client)
        for _ in range(2):
            await transport.send(request_to(f"{server.url}/x"), 5)
    names = [
        line.split(b":")[0].lower()
        for received in server.requests
        for line in received.header_lines
    ]
    assert names == [b"host", b"user-agent", b"accept", b"content-length"] * 2
    assert {received.target for received in server.requests} == {b"/x"}


async def test_a_client_that_follows_redirects_does_not(
    raw_server: StartServer,
) -> None:
    """A redirect is the response, whatever the client is set to."""
    elsewhere = raw_server()
    location = [b"Location: " + elsewhere.url.encode()]
    server = raw_server(always(http_response(b"", b"307 Elsewhere", location)))
    async with httpx.AsyncClient(follow_redirects=True) as client:
        response = await HttpxTransport(base=client).send(request_to(server.url), 5)
    assert (response.status_code, elsewhere.connections) == (307, 0)


async def test_a_second_request_is_stopped(raw_server: StartServer) -> None:
    """Digest authentication would repeat the request: it is not sent twice."""
    challenge = [b'WWW-Authenticate: Digest realm="r", nonce="n", qop="auth"']
    server = raw_server(always(http_response(b"", b"401 Unauthorized", challenge)))
    async with httpx.AsyncClient(auth=httpx.DigestAuth("me", "hidden")) as client:
        transport = HttpxTransport(base=client)
        with pytest.raises(ConnectionLost, match="second request") as caught:
            await transport.send(request_to(server.url), 5)
    assert caught.value.bytes_sent is True
    assert len(server.requests) == 1


async def test_a_client_s_own_log_line_is_held_back(
    caplog: pytest.LogCaptureFixture, raw_server: StartServer
) -> None:
    """Httpx logs whole URLs; those of our calls are not logged, others are."""
    caplog.set_level(logging.DEBUG)
    server = raw_server()
    async with httpx.AsyncClient() as client:
        transport = HttpxTransport(base=client)
        await transport.send(request_to(f"{server.url}/?key=canary"), 5)
        assert "canary" not in caplog.text
        await client.get(f"{server.url}/theirs")
    assert "theirs" in caplog.text


@pytest.mark.parametrize(
    ("script", "kind", "bytes_sent"),
    [
        pytest.param(after_request(), ConnectionLost, True, id="fin"),
        pytest.param(after_request(then="reset"), ConnectionLost, True, id="reset"),
        pytest.param(
            after_request(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n1"),
            TruncatedBody,
            True,
            id="cut-off",
        ),
        pytest.param(
            after_request(b"nonsense\r\n\r\n"), ProtocolViolated, True, id="nonsense"
        ),
        pytest.param(
            after_request(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000, then="hang"),
            HeadersTooLarge,
            True,
            id="flood",
        ),
    ],
)
async def test_faults_have_the_same_errors(
    base: Base,
    raw_server: StartServer,
    script: Script,
    kind: type[NbWebhookError],
    *,
    bytes_sent: bool,
) -> None:
    """What a plugged client raises is told as our own errors."""
    server = raw_server(script)
    with pytest.raises(kind) as caught:
        await HttpxTransport(base=base).send(request_to(server.url), 5)
    assert str(caught.value)
    assert getattr(caught.value, "bytes_sent", True) is bytes_sent
    assert len(server.requests) == 1


async def test_a_refused_connection_has_sent_nothing(base: Base) -> None:
    """A client that could not connect has sent nothing."""
    with RawServer() as server:
        url = server.url
    with pytest.raises(ConnectFailed, match="phase connect") as caught:
        await HttpxTransport(base=base).send(request_to(url), 5)
    assert caught.value.bytes_sent is False


async def test_a_bad_certificate_is_a_tls_error(
    base: Base, raw_server: StartServer, server_tls: ssl.SSLContext
) -> None:
    """A client that trusts nobody fails in phase tls, with nothing sent."""
    server = raw_server(tls=server_tls)
    with pytest.raises(TlsFailed, match="issuer certificate") as caught:
        await HttpxTransport(base=base).send(request_to(server.url), 5)
    assert caught.value.bytes_sent is False
    assert server.requests == []


async def test_a_good_certificate_is_timed(
    raw_server: StartServer, server_tls: ssl.SSLContext, authority: trustme.CA
) -> None:
    """The handshake of a plugged transport has its phase."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority.configure_trust(context)
    server = raw_server(tls=server_tls)
    async with httpx.AsyncHTTPTransport(verify=context) as base:
        response = await HttpxTransport(base=base).send(request_to(server.url), 5)
    assert response.timing.tls_ms > 0


@pytest.mark.parametrize(
    ("error", "kind", "bytes_sent"),
    [
        (httpx.ConnectError(""), ConnectFailed, False),
        (httpx.ConnectTimeout("slow"), ConnectFailed, False),
        (httpx.PoolTimeout("full"), ConnectFailed, False),
        (httpx.ProxyError("407"), ConnectFailed, False),
        (httpx.ReadError(""), ConnectionLost, True),
        (httpx.WriteTimeout(""), ConnectionLost, True),
        (httpx.ReadTimeout(""), ConnectionLost, True),
        (httpx.RemoteProtocolError("odd: canary"), ProtocolViolated, True),
        (httpx.RemoteProtocolError(""), ProtocolViolated, True),
    ],
    ids=repr,
)
async def test_a_base_that_tells_nothing_is_taken_at_its_word(
    error: httpx.TransportError, kind: type[TransportError], *, bytes_sent: bool
) -> None:
    """Only errors that mean so count as not sent, and nobody's words are quoted."""

    def handler(_: httpx.Request) -> httpx.Response:
        raise error

    progress = CallProgress()
    with pytest.raises(kind) as caught:
        await _mock(handler).send(request_to("http://a.test"), 5, progress=progress)
    assert caught.value.bytes_sent is progress.bytes_sent is bytes_sent
    assert caught.value.detail
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    "error",
    [httpx.UnsupportedProtocol("odd"), httpx.LocalProtocolError("Illegal header: x")],
)
async def test_what_a_base_cannot_send_is_told(error: httpx.TransportError) -> None:
    """A request that the base refuses to send is wrong for this lead."""

    def handler(_: httpx.Request) -> httpx.Response:
        raise error

    with pytest.raises(UnsafeTarget, match="cannot be sent"):
        await _mock(handler).send(request_to("http://a.test"), 5)


async def test_a_target_that_httpx_cannot_carry_is_told() -> None:
    """A URL above httpx's own limit fails before anything is sent."""
    request = request_to("http://a.test", target=b"/" + b"x" * 70_000)
    with pytest.raises(UnsafeTarget, match="URL too long"):
        await _mock(lambda _: httpx.Response(200)).send(request, 5)


async def test_the_deadline_holds_for_a_base_too(
    base: Base, raw_server: StartServer
) -> None:
    """A plugged client's own timeouts are replaced by the deadline of the call."""
    server = raw_server(after_request(then="hang"))
    transport = HttpxTransport(base=base)
    with pytest.raises(DeadlineExceeded, match=r"phase wait.: 0\.2 s") as caught:
        await transport.send(request_to(server.url), 0.2)
    assert caught.value.bytes_sent is True


async def test_a_call_that_ends_before_it_has_connected_was_not_sent(
    base: Base, full_backlog: str
) -> None:
    """As long as the engine only connects, nothing has been sent."""
    progress = CallProgress()
    request = request_to(full_backlog)
    call = HttpxTransport(base=base).send(request, 0.3, progress=progress)
    with pytest.raises(DeadlineExceeded, match="phase connect") as caught:
        await call
    assert caught.value.bytes_sent is progress.bytes_sent is False


async def test_the_caps_hold_for_a_base_too() -> None:
    """Body and head of a plugged transport's response are bounded."""
    packed = gzip.compress(bytes(50_000))
    answers: Iterator[httpx.Response] = iter(
        [
            httpx.Response(200, content=bytes(10_001)),
            httpx.Response(
                200,
                headers={"content-encoding": "gzip"},
                stream=httpx.ByteStream(packed),
            ),
            httpx.Response(200, headers={"x": "y" * 3_000}),
        ]
    )
    transport = HttpxTransport(
        base=_Handing(answers), max_body_bytes=10_000, max_header_bytes=3_000
    )
    for kind in (BodyTooLarge, BodyTooLarge, HeadersTooLarge):
        with pytest.raises(kind, match="larger than"):
            await transport.send(request_to("http://a.test"), 5)


class _Handing(httpx.AsyncBaseTransport):
    """Hands out responses that were made before."""

    def __init__(self, answers: Iterator[httpx.Response]) -> None:
        self._answers = answers

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Return the next one."""
        await request.aread()
        return next(self._answers)


class _SyncStream(httpx.SyncByteStream):
    def __iter__(self) -> Iterator[bytes]:
        yield b"a"
        yield b"b"


async def test_a_body_in_pieces_that_need_no_waiting_is_read() -> None:
    """A response of a mock may have a plain iterator for a body."""
    answers = iter([httpx.Response(200, stream=_SyncStream())])
    transport = HttpxTransport(base=_Handing(answers))
    assert (await transport.send(request_to("http://a.test"), 5)).body == b"ab"


@pytest.mark.parametrize("host", ["169.254.169.254", "127.1", "[fe80::1]"])
async def test_what_the_url_spells_out_is_checked_for_a_base_too(host: str) -> None:
    """An address that is never called is not called through a client either."""
    transport = _mock(lambda _: httpx.Response(200))
    with pytest.raises(AddressRefused, match="is a"):
        await transport.send(request_to(f"http://{host}/"), 5)


async def test_a_base_is_not_closed_with_the_transport(base: Base) -> None:
    """Who made a client closes it."""
    async with HttpxTransport(base=base):
        pass
    if isinstance(base, httpx.AsyncClient):
        assert not base.is_closed


async def test_calls_in_a_proxy_s_tunnel_are_sent_once(
    raw_server: StartServer, server_tls: ssl.SSLContext, authority: trustme.CA
) -> None:
    """The CONNECT to a proxy is not taken for the request."""
    origin = raw_server(tls=server_tls)

    async def tunnel(peer: object) -> None:
        received = await peer.request()  # type: ignore[attr-defined]  # a Peer
        assert received.head.startswith(b"CONNECT ")
        await peer.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")  # type: ignore[attr-defined]  # as above

    proxy = raw_server(tunnel)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority.configure_trust(context)
    async with httpx.AsyncHTTPTransport(verify=context, proxy=proxy.url) as base:
        with pytest.raises(ConnectFailed, match="502") as caught:
            await HttpxTransport(base=base).send(request_to(origin.url), 5)
    assert caught.value.bytes_sent is False
    assert (len(proxy.requests), origin.connections) == (1, 0)


async def test_the_error_of_an_application_is_its_own() -> None:
    """A fault in the user's own handler is not hidden as one of the network."""

    def handler(_: httpx.Request) -> httpx.Response:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await _mock(handler).send(request_to("http://a.test"), 5)


async def test_calls_of_a_client_run_at_one_time() -> None:
    """Several calls share a base."""
    transport = _mock(lambda request: httpx.Response(200, content=request.content))
    calls = (
        transport.send(request_to("http://a.test", b"%d" % n), 5) for n in range(20)
    )
    bodies = [response.body for response in await asyncio.gather(*calls)]
    assert bodies == [b"%d" % n for n in range(20)]
