"""Contract: the body is decoded exactly, within its cap, or not at all."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib
from collections.abc import Callable

import pytest

from nbwebhook.errors import BodyTooLarge, UndecodableBody
from nbwebhook.transport.base import Transport, status_code_of, timing_of
from tests.servers import (
    Peer,
    RawServer,
    Script,
    after_request,
    http_response,
    request_to,
)

StartServer = Callable[..., RawServer]
MakeTransport = Callable[..., Transport]

TEXT = b'{"score": 42, "tags": ["a", "b"]}' * 20
OK = b"HTTP/1.1 200 OK\r\n"


def _bare_deflate(data: bytes) -> bytes:
    deflater = zlib.compressobj(wbits=-15)
    return deflater.compress(data) + deflater.flush()


def _chunked(data: bytes, size: int) -> bytes:
    chunks = [data[i : i + size] for i in range(0, len(data), size)]
    written = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)
    return OK + b"Transfer-Encoding: chunked\r\n\r\n" + written + b"0\r\n\r\n"


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        pytest.param(http_response(TEXT), TEXT, id="plain"),
        pytest.param(http_response(b""), b"", id="empty"),
        pytest.param(_chunked(TEXT, 7), TEXT, id="chunked"),
        pytest.param(
            OK
            + b"Transfer-Encoding: chunked\r\n\r\n2;x=1\r\n{}\r\n0\r\nX-T: 1\r\n\r\n",
            b"{}",
            id="chunked-with-extension-and-trailer",
        ),
        pytest.param(OK + b"\r\n" + TEXT, TEXT, id="ended-by-closing"),
        pytest.param(b"HTTP/1.0 200 OK\r\n\r\n" + TEXT, TEXT, id="http-1.0"),
        pytest.param(b"HTTP/1.1 204 No Content\r\n\r\n", b"", id="no-content"),
        pytest.param(
            b"HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\n{}",
            b"",
            id="no-content-with-a-body-all-the-same",
        ),
        pytest.param(b"HTTP/1.1 304 Not Modified\r\n\r\n", b"", id="not-modified"),
        pytest.param(
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n"
            + http_response(TEXT),
            TEXT,
            id="interim-responses-first",
        ),
        pytest.param(
            OK + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"5\r\n12345\r\n0\r\n\r\n",
            b"12345",
            id="length-and-chunks",
        ),
    ],
)
async def test_a_body_is_what_its_framing_says(
    transport: Transport, raw_server: StartServer, answer: bytes, body: bytes
) -> None:
    """Every way to end a body gives exactly that body."""
    server = raw_server(after_request(answer))
    response = await transport.send(request_to(server.url), 5)
    assert response.body == body


@pytest.mark.parametrize(
    ("encoding", "data"),
    [
        pytest.param(b"gzip", gzip.compress(TEXT), id="gzip"),
        pytest.param(b"x-gzip", gzip.compress(TEXT), id="x-gzip"),
        pytest.param(b"deflate", zlib.compress(TEXT), id="deflate-zlib"),
        pytest.param(b"deflate", _bare_deflate(TEXT), id="deflate-bare"),
        pytest.param(b"identity", TEXT, id="identity"),
        pytest.param(b"gzip, gzip", gzip.compress(gzip.compress(TEXT)), id="twice"),
        pytest.param(b"GZIP", gzip.compress(TEXT), id="capitals"),
    ],
)
async def test_a_content_encoding_is_undone(
    transport: Transport, raw_server: StartServer, encoding: bytes, data: bytes
) -> None:
    """The body is decoded, and its size as received is kept apart."""
    answer = http_response(data, headers=[b"Content-Encoding: " + encoding])
    response = await transport.send(
        request_to(raw_server(after_request(answer)).url), 5
    )
    assert (response.body, response.response_bytes) == (TEXT, len(data))


@pytest.mark.parametrize(
    ("encoding", "data"),
    [
        pytest.param(b"gzip", b"not gzip at all", id="no-gzip"),
        pytest.param(b"gzip", gzip.compress(TEXT)[:-9], id="cut-off"),
        pytest.param(b"gzip", gzip.compress(TEXT) + b"junk", id="followed-by-more"),
        pytest.param(b"klingon", b"{}", id="unknown"),
        pytest.param(b"gzip," * 6, b"{}", id="six-encodings"),
    ],
)
async def test_a_body_that_cannot_be_decoded_is_an_error(
    transport: Transport, raw_server: StartServer, encoding: bytes, data: bytes
) -> None:
    """Damaged data never passes as a response, and the call's facts are kept."""
    answer = http_response(data, headers=[b"Content-Encoding: " + encoding])
    server = raw_server(after_request(answer))
    with pytest.raises(UndecodableBody, match=r"body|encoding") as caught:
        await transport.send(request_to(server.url), 5)
    assert status_code_of(caught.value) == 200
    assert timing_of(caught.value).latency_ms > 0
    assert len(server.requests) == 1


def _bomb(rounds: int) -> bytes:
    data = bytes(64 << 20)
    for _ in range(rounds):
        data = gzip.compress(data)
    return data


def _endless(head: bytes, piece: bytes) -> Script:
    async def script(peer: Peer) -> None:
        await peer.request()
        await peer.write(head)
        while True:
            await peer.write(piece)

    return script


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(
            after_request(http_response(_bomb(1), headers=[b"Content-Encoding: gzip"])),
            id="gzip-bomb",
        ),
        pytest.param(
            after_request(
                http_response(_bomb(2), headers=[b"Content-Encoding: gzip, gzip"])
            ),
            id="bomb-in-a-bomb",
        ),
        pytest.param(
            after_request(OK + b"Content-Length: 9999999999\r\n\r\n{", then="hang"),
            id="announced",
        ),
        pytest.param(_endless(OK + b"\r\n", bytes(1 << 20)), id="endless"),
        pytest.param(
            _endless(
                OK + b"Transfer-Encoding: chunked\r\n\r\n",
                b"100000\r\n" + bytes(1 << 20) + b"\r\n",
            ),
            id="endless-chunks",
        ),
    ],
)
async def test_a_body_above_the_cap_ends_the_call_in_bounded_memory(
    make_transport: MakeTransport, raw_server: StartServer, script: Script
) -> None:
    """A bomb costs no more than four times the cap and no more than its moment."""
    cap_bytes = 2 << 20
    server = raw_server(script)
    transport = make_transport(max_body_bytes=cap_bytes)
    tracemalloc.start()
    try:
        with pytest.raises(BodyTooLarge, match="2,097,152 bytes") as caught:
            await transport.send(request_to(server.url), 10)
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert status_code_of(caught.value) == 200
    assert peak_bytes < 4 * cap_bytes + (4 << 20)
    assert len(server.requests) == 1


async def test_a_body_at_the_cap_passes(
    make_transport: MakeTransport, raw_server: StartServer
) -> None:
    """The cap itself is allowed, plain and decoded."""
    data = bytes(100_000)
    packed = gzip.compress(data)
    transport = make_transport(max_body_bytes=len(data))
    for answer in (
        http_response(data),
        http_response(packed, headers=[b"Content-Encoding: gzip"]),
        _chunked(data, 1000),
    ):
        server = raw_server(after_request(answer))
        response = await transport.send(request_to(server.url), 5)
        assert response.body == data


async def test_calls_go_well_after_a_body_above_the_cap(
    make_transport: MakeTransport, raw_server: StartServer
) -> None:
    """The connection with the rest of the flood in it is not used again."""

    async def flood_then_good(peer: Peer) -> None:
        size = 9000 if (await peer.request()).target == b"/flood" else 2
        await peer.write(http_response(b"x" * size))
        await peer.request()
        await peer.write(http_response(b"{}"))

    server = raw_server(flood_then_good)
    transport = make_transport(max_body_bytes=1000)
    with pytest.raises(BodyTooLarge, match="1,000"):
        await transport.send(request_to(f"{server.url}/flood"), 5)
    response = await transport.send(request_to(server.url), 5)
    assert (response.status_code, server.connections) == (200, 2)


async def test_an_early_answer_ends_a_long_upload(
    transport: Transport, raw_server: StartServer
) -> None:
    """A service that answers without reading the payload is heard."""
    answer = http_response(b"no", b"413 Too Large", [b"Connection: close"])
    server = raw_server(on_accept_then_hang(answer), receive_buffer=4096)
    response = await transport.send(request_to(server.url, b"x" * (8 << 20)), 5)
    assert (response.status_code, response.body) == (413, b"no")


def on_accept_then_hang(answer: bytes) -> Script:
    """Return a script that answers although it has read only the request's start."""

    async def script(peer: Peer) -> None:
        await peer.write(answer)
        await peer.hang()

    return script
