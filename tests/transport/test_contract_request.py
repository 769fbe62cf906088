"""Contract: what goes out is the request, byte for byte, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from nbwebhook.errors import UnsafeHeader, UnsafeTarget
from nbwebhook.transport.base import Transport
from tests.servers import RawServer, request_to

StartServer = Callable[..., RawServer]

TARGETS = [
    pytest.param(b"/", id="root"),
    pytest.param(b"/a?x=%26&y=%zz&z=100%", id="percent-signs-good-and-bad"),
    pytest.param(b"/a?x=1+2&n='q'", id="plus-and-quote"),
    pytest.param(b"/a/../b/./c", id="dot-segments"),
    pytest.param(b"//double//slash", id="double-slashes"),
    pytest.param(b"/a?", id="empty-query"),
    pytest.param(b"/%c3%a9/%C3%A9", id="hex-in-both-cases"),
    pytest.param(b"/%2e%2e%2fadmin", id="encoded-dots"),
    pytest.param(b'/"<>|^`{}[]\\', id="characters-that-urls-should-not-have"),
    pytest.param(b"/a?u=http://other.test/@x:80", id="a-url-in-the-query"),
    pytest.param(b"/@evil.test:80/", id="an-at-sign-in-the-path"),
    pytest.param("/é?q=Zoë".encode(), id="utf-8"),
    pytest.param(b"/\xe9?q=\xff", id="latin-1"),
    pytest.param(b"/a#fragment", id="a-number-sign"),
    pytest.param(b"/?" + b"q" * 8_000, id="eight-thousand-bytes"),
]


@pytest.mark.parametrize("target", TARGETS)
async def test_the_target_is_sent_as_written(
    transport: Transport, raw_server: StartServer, target: bytes
) -> None:
    """The request line holds the target's own bytes."""
    server = raw_server()
    await transport.send(request_to(server.url, target=target), 5)
    assert [received.target for received in server.requests] == [target]


@pytest.mark.parametrize(
    "target",
    [
        pytest.param(b"/a b", id="space"),
        pytest.param(b"/a\r\nX: 1", id="line-break"),
        pytest.param(b"/a\nb", id="newline"),
        pytest.param(b"/a\x00b", id="nul"),
        pytest.param(b"/a\x7fb", id="delete"),
        pytest.param(b"a", id="no-slash"),
        pytest.param(b"http://other.test/", id="another-host"),
    ],
)
async def test_a_target_that_would_break_the_request_line_is_refused(
    transport: Transport, raw_server: StartServer, target: bytes
) -> None:
    """Such a target fails before anything connects."""
    server = raw_server()
    with pytest.raises(UnsafeTarget, match="url: holds"):
        await transport.send(request_to(server.url, target=target), 5)
    assert server.connections == 0


async def test_a_method_that_is_not_a_word_is_refused(
    transport: Transport, raw_server: StartServer
) -> None:
    """A request type with a line break in it fails before anything connects."""
    server = raw_server()
    with pytest.raises(UnsafeTarget, match="request type"):
        await transport.send(request_to(server.url, method="GET /x\r\nX:"), 5)
    assert server.connections == 0


async def test_headers_are_sent_as_given_and_in_order(
    transport: Transport, raw_server: StartServer
) -> None:
    """Names keep their case, values their bytes, repeats their places."""
    server = raw_server()
    custom = [
        (b"Content-Type", b"application/json"),
        (b"x-lower", b"a  b"),
        (b"X-Twice", b"1"),
        (b"X-Empty", b""),
        (b"X-Twice", b"2"),
        (b"X-Name", "Zoë".encode()),
        (b"User-Agent", b"mine"),
        (b"Accept", b"application/json"),
    ]
    await transport.send(request_to(server.url, b"{}", headers=custom), 5)
    lines = [line.replace(b": ", b":", 1) for line in server.requests[0].header_lines]
    host = f"Host:127.0.0.1:{server.port}".encode()
    wanted = [name + b":" + value for name, value in custom]
    assert lines == [host, *wanted, b"Content-Length:2"]


async def test_defaults_are_sent_where_the_definition_has_none(
    transport: Transport, raw_server: StartServer
) -> None:
    """User-Agent and Accept are ours; no encoding or connection header is added."""
    server = raw_server()
    await transport.send(request_to(server.url, None, method="GET"), 5)
    names = [line.split(b":")[0] for line in server.requests[0].header_lines]
    assert names == [b"Host", b"User-Agent", b"Accept"]
    assert b"User-Agent: nbwebhook/" in server.requests[0].head


@pytest.mark.parametrize(
    ("header", "match"),
    [
        pytest.param((b"X", b"a\r\nY: b"), "control character", id="line-break"),
        pytest.param((b"X", b"a\nb"), "control character", id="newline"),
        pytest.param((b"X", b"a\x00b"), "control character", id="nul"),
        pytest.param((b"X", b"\x1b[0m"), "control character", id="escape"),
        pytest.param((b"X Y", b"a"), "not a header name", id="space-in-the-name"),
        pytest.param((b"X:Y", b"a"), "not a header name", id="colon-in-the-name"),
        pytest.param((b"", b"a"), "not a header name", id="no-name"),
        pytest.param((b"Content-Length", b"3"), "leave it out", id="length"),
        pytest.param((b"transfer-encoding", b"chunked"), "leave it out", id="chunked"),
        pytest.param((b"Connection", b"close"), "leave it out", id="connection"),
        pytest.param((b"Expect", b"100-continue"), "leave it out", id="expect"),
        pytest.param((b"Host", b"evil.test"), "not the host", id="another-host"),
    ],
)
async def test_a_header_that_would_break_the_head_is_refused(
    transport: Transport,
    raw_server: StartServer,
    header: tuple[bytes, bytes],
    match: str,
) -> None:
    """Such a header fails before anything connects."""
    server = raw_server()
    with pytest.raises(UnsafeHeader, match=match):
        await transport.send(request_to(server.url, headers=[header]), 5)
    assert server.connections == 0


async def test_the_url_s_own_host_may_be_given_as_a_header(
    transport: Transport, raw_server: StartServer
) -> None:
    """Host is sent once, even where the definition names it too."""
    server = raw_server()
    host = f"127.0.0.1:{server.port}".encode()
    request = request_to(server.url, headers=[(b"Host", host)])
    await transport.send(request, 5)
    hosts = [
        line for line in server.requests[0].header_lines if line.startswith(b"Host")
    ]
    assert hosts == [b"Host: " + host]


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    "body",
    [
        pytest.param(None, id="none"),
        pytest.param(b"", id="empty"),
        pytest.param(b'{"a": 1}', id="json"),
        pytest.param(bytes(range(256)), id="every-byte"),
        pytest.param(b"0\r\n\r\nGET /admin HTTP/1.1\r\n\r\n", id="smuggling-text"),
        pytest.param(b"x" * 300_000, id="large"),
        pytest.param(b"x" * 6_000_000, id="larger-than-all-buffers"),
    ],
)
async def test_the_body_is_sent_as_it_is(
    transport: Transport, raw_server: StartServer, method: str, body: bytes | None
) -> None:
    """The service reads the method, the body and its length, in one request."""
    server = raw_server()
    response = await transport.send(request_to(server.url, body, method=method), 5)
    (received,) = server.requests
    lengths = [
        line for line in received.header_lines if line.startswith(b"Content-Length")
    ]
    wanted = [] if body is None else [b"Content-Length: %d" % len(body)]
    assert received.head.startswith(method.encode() + b" / HTTP/1.1\r\n")
    assert (received.body, lengths) == (body or b"", wanted)
    assert response.request_bytes == len(received.head) + 4 + len(received.body)


async def test_methods_and_bodies_may_alternate_on_one_connection(
    transport: Transport, raw_server: StartServer
) -> None:
    """What one call sends is no trace in the next one."""
    server = raw_server()
    for method, body in [
        ("POST", b"one"),
        ("GET", None),
        ("PUT", b""),
        ("DELETE", None),
        ("POST", None),
        ("PATCH", b"two"),
        ("GET", b"three"),
        ("POST", b"four"),
    ]:
        await transport.send(request_to(server.url, body, method=method), 5)
    sent = [(r.head.split(b" ")[0], r.body) for r in server.requests]
    assert sent == [
        (b"POST", b"one"),
        (b"GET", b""),
        (b"PUT", b""),
        (b"DELETE", b""),
        (b"POST", b""),
        (b"PATCH", b"two"),
        (b"GET", b"three"),
        (b"POST", b"four"),
    ]
    assert server.connections == 1


async def test_an_ipv6_address_in_the_url_is_called(
    transport: Transport, raw_server: StartServer
) -> None:
    """`[::1]` connects, and stands in Host with its brackets."""
    server = raw_server(host="::1")
    response = await transport.send(request_to(server.url), 5)
    assert response.remote_address == "::1"
    assert f"Host: [::1]:{server.port}".encode() in server.requests[0].head


async def test_localhost_is_called_at_whichever_address_listens(
    transport: Transport, raw_server: StartServer
) -> None:
    """A service that listens at ::1 alone is found under `localhost`."""
    server = raw_server(host="::1")
    request = request_to(f"http://localhost:{server.port}/")
    response = await transport.send(request, 5)
    assert (response.status_code, response.remote_address) == (200, "::1")


async def test_a_response_is_whole(
    transport: Transport, raw_server: StartServer
) -> None:
    """Status, reason, headers, body and sizes are what the service sent."""
    body = json.dumps({"score": 42}).encode()
    head = b"HTTP/1.1 202 All  right\r\nX-A: 1\r\nX-A:2\r\nx-b: \r\n"
    length = b"Content-Length: %d\r\n\r\n" % len(body)

    async def script(peer: object) -> None:
        await peer.request()  # type: ignore[attr-defined]  # a Peer
        await peer.write(head + length + body)  # type: ignore[attr-defined]  # a Peer

    server = raw_server(script)
    response = await transport.send(request_to(server.url), 5)
    assert response.status_code == 202
    assert response.reason == "All  right"
    assert response.headers == (
        (b"x-a", b"1"),
        (b"x-a", b"2"),
        (b"x-b", b""),
        (b"content-length", b"%d" % len(body)),
    )
    assert response.body == body
    assert response.response_bytes == len(body)
    assert response.remote_address == "127.0.0.1"
    assert response.connection_reused is False
