"""What is particular to libcurl: its heads, its loops, its failures."""

from __future__ import annotations

import asyncio
import errno
import math
import select
import socket
import types
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbwebhook.errors import (
    AddressRefused,
    ConnectFailed,
    HeadersTooLarge,
    NameNotResolved,
    TransportError,
)
from nbwebhook.transport.addresses import AddressPolicy
from nbwebhook.transport.httpx_transport import HttpxTransport
from nbwebhook.transport.idle import IdleSockets
from nbwebhook.transport.resolver import Resolver
from tests.servers import (
    RawServer,
    after_request,
    always,
    http_response,
    request_to,
)

pycurl = pytest.importorskip("pycurl")
curl_head = pytest.importorskip("nbwebhook.transport.curl_head")
curl_multi = pytest.importorskip("nbwebhook.transport.curl_multi")
curl_handles = pytest.importorskip("nbwebhook.transport.curl_handles")
curl_slot = pytest.importorskip("nbwebhook.transport.curl_slot")
curl_transport = pytest.importorskip("nbwebhook.transport.curl_transport")

StartServer = Callable[..., RawServer]

OK = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    ("lines", "head"),
    [
        pytest.param([], None, id="nothing"),
        pytest.param([OK, b"A: 1\r\n"], None, id="no-end"),
        pytest.param([OK, b"\r\n"], (200, "OK", (), (), True, 19), id="no-headers"),
        pytest.param(
            [b"HTTP/1.0 204\n", b"A:\n", b"\n"],
            (204, "No Content", ((b"a", b""),), (), True, 17),
            id="bare-newlines",
        ),
        pytest.param(
            [b"HTTP/1.1 103 Early\r\n", b"L: 1\r\n", b"\r\n", OK, b"A: b: c \r\n", b"\r\n"],
            (200, "OK", ((b"a", b"b: c"),), (), True, 57),
            id="interim-first",
        ),
        pytest.param(
            [b"HTTP/1.1 100 Continue\r\n", b"\r\n"], None, id="interim-only"
        ),
        pytest.param(
            [OK, b"\r\n", b"HTTP/1.1 500 Forged\r\n", b"T: 1\r\n"],
            (200, "OK", (), (), True, 46),
            id="trailers-that-look-like-a-head",
        ),
        pytest.param(
            [OK, b"HTTP/evil: 1\r\n", b"\r\n"],
            (200, "OK", ((b"http/evil", b"1"),), (), True, 33),
            id="header-that-looks-like-a-status-line",
        ),
        pytest.param(
            [b"HTTP/2 200\r\n", b"Content-Encoding: br, gzip\r\n", b"\r\n"],
            (200, "OK", ((b"content-encoding", b"br, gzip"),), (b"br, gzip",), False, 42),
            id="another-version",
        ),
        pytest.param([b"HTTP/1.1 2OO OK\r\n", b"\r\n"], None, id="letters"),
    ],
)  # fmt: skip
def test_a_head_is_read_from_its_lines(
    lines: list[bytes], head: tuple[object, ...] | None
) -> None:
    """The final response counts; what stands before and after it does not."""
    assert curl_head.parse_head(lines) == head


@given(
    st.lists(
        st.sampled_from([OK, b"\r\n", b"A: 1\r\n", b"HTTP/1.1 100\r\n", b"x\n", b"\n"])
    )
)
def test_any_lines_can_be_read(lines: list[bytes]) -> None:
    """Whatever libcurl passes on, there is a head or none, and no crash."""
    head = curl_head.parse_head(lines)
    assert head is None or head.status_code >= 200


_LINES = st.lists(
    st.sampled_from([OK, b"HTTP/1.1 404 No\r\n", b"\r\n", b"A: 1\r\n", b"a:1\r\n"]),
    max_size=4,
)


@given(st.lists(_LINES, max_size=20))
def test_heads_are_read_alike_however_often(heads: list[list[bytes]]) -> None:
    """What a reader knows of heads that came before changes nothing, and saves work."""
    reader = curl_head.HeadReader()
    for lines in heads:
        head = reader.read(lines)
        assert head == curl_head.parse_head(lines)
        assert reader.read(list(lines)) is head


def test_a_reader_keeps_few_heads_and_none_that_is_long() -> None:
    """A service that says something new each time fills no memory."""
    reader = curl_head.HeadReader()

    def read(value: bytes) -> object:
        return reader.read([OK, b"X-Request-Id: %s\r\n" % value, b"\r\n"])

    first = read(b"0")
    assert read(b"0") is first
    for number in range(1_000):
        read(b"%d" % number)
    assert read(b"0") is not first
    assert read(b"0") == first
    long = b"x" * 10_000
    assert read(long) is not read(long)


def test_a_transport_needs_a_running_loop() -> None:
    """It belongs to the loop that it was made on."""
    with pytest.raises(RuntimeError, match="no running event loop"):
        curl_transport.CurlTransport()


async def test_a_socket_that_the_loop_cannot_watch_ends_its_calls(
    monkeypatch: pytest.MonkeyPatch, raw_server: StartServer
) -> None:
    """A loop at its limit of sockets is told, and no call hangs; later ones work."""
    server = raw_server()
    monkeypatch.setattr(curl_multi, "select", None)  # without epoll
    async with curl_transport.CurlTransport() as transport:
        loop = asyncio.get_running_loop()

        def refuse(*_: object) -> None:
            raise ValueError("too many file descriptors in select()")

        with monkeypatch.context() as patch:
            patch.setattr(loop, "add_writer", refuse)
            patch.setattr(loop, "add_reader", refuse)
            with pytest.raises(TransportError, match=r"cannot watch .* too many file"):
                await transport.send(request_to(server.url), 5)
        response = await transport.send(request_to(server.url), 5)
    assert response.status_code == 200


@pytest.mark.skipif(not hasattr(select, "epoll"), reason="Linux alone has epoll")
async def test_a_socket_that_epoll_cannot_watch_ends_its_calls(
    monkeypatch: pytest.MonkeyPatch, raw_server: StartServer
) -> None:
    """The user's limit of watched sockets is told, and no call hangs; later ones work."""
    server = raw_server()
    sockets = pytest.importorskip("nbwebhook.transport.epoll_sockets")

    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    async with curl_transport.CurlTransport() as transport:
        with monkeypatch.context() as patch:
            patch.setattr(sockets.EpollSockets, "watch", refuse)
            with pytest.raises(TransportError, match=r"cannot watch .* No space left"):
                await transport.send(request_to(server.url), 5)
        response = await transport.send(request_to(server.url), 5)
    assert response.status_code == 200


async def test_calls_are_made_without_a_descriptor_for_an_epoll(
    monkeypatch: pytest.MonkeyPatch, raw_server: StartServer
) -> None:
    """The loop watches the sockets itself."""
    server = raw_server()

    def refuse() -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    epolls = types.SimpleNamespace(epoll=refuse)
    monkeypatch.setattr("nbwebhook.transport.epoll_sockets.select", epolls)
    async with curl_transport.CurlTransport() as transport:
        calls = (transport.send(request_to(server.url), 5) for _ in range(10))
        answers = await asyncio.gather(*calls)
    assert [answer.status_code for answer in answers] == [200] * 10


async def test_a_call_without_a_descriptor_left_is_told(
    monkeypatch: pytest.MonkeyPatch, raw_server: StartServer
) -> None:
    """At the limit of open files a call fails, says why, and later ones work."""
    server = raw_server()

    def refuse(*_: object) -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    async with curl_transport.CurlTransport() as transport:
        with monkeypatch.context() as patch:
            patch.setattr(curl_slot, "_LentSocket", refuse)
            with pytest.raises(ConnectFailed, match="Too many open files") as caught:
                await transport.send(request_to(server.url), 5)
        assert caught.value.bytes_sent is False
        assert (await transport.send(request_to(server.url), 5)).status_code == 200


async def test_a_deadline_without_end_is_a_long_one(raw_server: StartServer) -> None:
    """Infinity is no error, though libcurl counts in 31 bits of milliseconds."""
    async with curl_transport.CurlTransport() as transport:
        response = await transport.send(request_to(raw_server().url), math.inf)
    assert response.status_code == 200


async def test_a_libcurl_that_fails_ends_its_calls(
    monkeypatch: pytest.MonkeyPatch, raw_server: StartServer
) -> None:
    """An error of libcurl's own never makes a call hang past its deadline."""
    server = raw_server()
    multi = curl_multi.LoopMulti(1, IdleSockets())

    class Broken:
        def socket_action(self, *_: object) -> None:
            raise pycurl.error("out of order")

        def __getattr__(self, name: str) -> object:
            return getattr(real, name)

    real = multi._multi
    multi._multi = Broken()
    easy = pycurl.Curl()
    easy.setopt(pycurl.URL, server.url)
    result = await multi.perform(easy, lambda: None)
    multi.close()
    easy.close()
    assert result.code == curl_handles.CURL_BROKEN
    assert "libcurl failed: out of order" in result.message


async def test_an_address_that_was_not_checked_is_not_connected_to(
    raw_server: StartServer,
) -> None:
    """Should libcurl look a name up by itself, what it finds is not called."""
    server = raw_server()

    class Elsewhere(Resolver):
        def known_addresses(self, host: str) -> tuple[str, ...]:
            assert host == server.host
            return ("127.0.0.9",)

    async with curl_transport.CurlTransport(resolver=Elsewhere()) as transport:
        with pytest.raises(AddressRefused, match="had not been checked") as caught:
            await transport.send(request_to(server.url), 5)
    assert caught.value.bytes_sent is False
    assert server.connections == 0


async def test_a_name_that_moves_is_called_at_its_new_address(
    raw_server: StartServer,
) -> None:
    """What libcurl was told of a name is replaced when the name's answer changes."""
    one = raw_server(always(http_response(b"one", headers=[b"Connection: close"])))
    two = RawServer(always(http_response(b"two")), host="127.0.0.2", port=one.port)
    addresses = iter([one.host, two.host])

    def getaddrinfo(*_: object, **__: object) -> list[tuple[object, ...]]:
        return [(2, 1, 6, "", (next(addresses), 0))]

    policy = AddressPolicy.allowing(["moves.test"])
    resolver = Resolver(policy, getaddrinfo=getaddrinfo, keep_s=0)
    with two:
        async with curl_transport.CurlTransport(resolver=resolver) as transport:
            request = request_to(f"http://moves.test:{one.port}/")
            answers = [await transport.send(request, 5) for _ in range(2)]
    assert [answer.body for answer in answers] == [b"one", b"two"]
    assert [answer.remote_address for answer in answers] == [one.host, two.host]


async def test_a_call_cancelled_before_libcurl_knew_the_name_is_no_harm(
    raw_server: StartServer,
) -> None:
    """The next call tells libcurl the addresses again."""
    server = raw_server()
    policy = AddressPolicy.allowing(["name.test"])

    def getaddrinfo(*_: object, **__: object) -> list[tuple[object, ...]]:
        return [(2, 1, 6, "", ("127.0.0.1", 0))]

    resolver = Resolver(policy, getaddrinfo=getaddrinfo)
    await resolver.resolve("name.test")
    async with curl_transport.CurlTransport(resolver=resolver) as transport:
        request = request_to(f"http://name.test:{server.port}/")
        task = asyncio.create_task(transport.send(request, 5))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        response = await transport.send(request, 5)
    assert (response.status_code, len(server.requests)) == (200, 1)


async def test_a_head_above_the_callers_cap_is_refused(
    raw_server: StartServer,
) -> None:
    """A cap below libcurl's own holds too."""
    answer = http_response(headers=[b"X: " + b"x" * 5_000])
    server = raw_server(always(answer))
    async with curl_transport.CurlTransport(max_header_bytes=4_000) as transport:
        with pytest.raises(HeadersTooLarge, match="4,000 bytes"):
            await transport.send(request_to(server.url), 5)


async def test_closing_twice_is_closing_once(raw_server: StartServer) -> None:
    """A transport may be closed by its context and by hand."""
    async with curl_transport.CurlTransport() as transport:
        await transport.send(request_to(raw_server().url), 5)
        await transport.aclose()


async def test_errors_before_libcurl_carry_a_timing() -> None:
    """A name that is not found has its latency, and no phase of a connection."""

    def getaddrinfo(*_: object, **__: object) -> list[tuple[object, ...]]:
        raise socket.gaierror(-2, "Name or service not known")

    resolver = Resolver(getaddrinfo=getaddrinfo)
    async with curl_transport.CurlTransport(resolver=resolver) as transport:
        with pytest.raises(NameNotResolved, match="not known") as caught:
            await transport.send(request_to("http://none.test/"), 5)
    assert caught.value.__dict__["timing"].latency_ms > 0


async def test_a_cut_off_body_of_known_length_is_counted(
    raw_server: StartServer,
) -> None:
    """The message says how much came of how much."""
    server = raw_server(after_request(OK + b"Content-Length: 9\r\n\r\n1234"))
    async with curl_transport.CurlTransport() as transport:
        with pytest.raises(Exception, match="received 4 bytes, expected 9"):
            await transport.send(request_to(server.url), 5)


async def test_curl_and_httpx_send_the_same_bytes(raw_server: StartServer) -> None:
    """What goes over the wire does not depend on the transport."""
    server = raw_server()
    request = request_to(
        f"{server.url}/a/../b?x=%zz",
        b'{"a": 1}',
        method="PATCH",
        headers=[(b"Content-Type", b"application/json"), (b"X-Empty", b"")],
    )
    async with curl_transport.CurlTransport() as transport:
        await transport.send(request, 5)
    async with HttpxTransport() as other:
        await other.send(request, 5)
    one, two = server.requests
    assert one.head.replace(b"X-Empty:\r\n", b"X-Empty: \r\n") == two.head
    assert one.body == two.body
