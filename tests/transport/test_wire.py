"""The connection beneath httpx's engine: dialling, ends, floods and give-backs."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

import httpcore
import pytest

from nbwebhook.errors import BodyTooLarge, ConnectFailed
from nbwebhook.transport.marks import CallMarks
from nbwebhook.transport.wire import Wire, open_wire
from tests.servers import Peer, RawServer, on_accept

StartServer = Callable[..., RawServer]

HEAD = 1 << 16


async def _open(port: int, *addresses: str) -> Wire:
    found = addresses or ("127.0.0.1",)
    return await open_wire(found, port, CallMarks(), tls=None, max_header_bytes=HEAD)


async def test_an_address_that_answers_is_found_among_dead_ones(
    raw_server: StartServer,
) -> None:
    """Dead addresses before it and silent ones do not keep it from being used."""
    server = raw_server(on_accept(then="hang"))
    wire = await _open(server.port, "127.0.0.9", "::1", "127.0.0.1", "127.0.0.8")
    assert wire.address == "127.0.0.1"
    wire.abort()
    await wire.wait_closed()


async def test_the_first_of_two_that_answer_wins_and_the_other_is_closed(
    full_backlog: str, raw_server: StartServer
) -> None:
    """A slow address is overtaken after a quarter of a second."""
    port = int(full_backlog.rstrip("/").rpartition(":")[2])
    raw_server(on_accept(then="hang"), host="127.0.0.2", port=port)
    wire = await asyncio.wait_for(_open(port, "127.0.0.1", "127.0.0.2"), 5)
    assert wire.address == "127.0.0.2"
    wire.abort()
    await wire.wait_closed()


async def test_every_address_that_failed_is_told() -> None:
    """The message lists all addresses with their reasons."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(
            ConnectFailed, match=r"127\.0\.0\.1: .* refused; ::1: .* refused"
        ):
            await _open(port, "127.0.0.1", "::1")


async def test_a_wire_that_has_ended_takes_no_bytes(raw_server: StartServer) -> None:
    """Where the end is known, nothing counts as sent."""
    wire = await _open(raw_server(on_accept()).port)
    await wire.wait_closed()
    assert not wire.is_clean
    with pytest.raises(httpcore.WriteError, match="closed by the service"):
        await wire.write(b"GET / HTTP/1.1\r\n\r\n")
    assert wire.marks.progress.bytes_sent is False
    assert wire.marks.phase == "send"


async def test_a_flood_waits_in_the_kernel(raw_server: StartServer) -> None:
    """What nobody reads does not pile up, and arrives whole and in order."""
    data = bytes(range(256)) * (1 << 14)
    wire = await _open(raw_server(on_accept(data, then="hang")).port)
    wire.marks.phase = "body"
    await asyncio.sleep(0.1)
    assert len(wire._buffer) < 1 << 20
    got = bytearray()
    while len(got) < len(data):
        got += await wire.read(1 << 16)
    assert bytes(got) == data
    wire.abort()
    await wire.wait_closed()


async def test_a_refused_wire_reads_no_further(raw_server: StartServer) -> None:
    """The owner's refusal is what the engine sees."""
    wire = await _open(raw_server(on_accept(b"x", then="hang")).port)
    wire.refuse(BodyTooLarge(10))
    with pytest.raises(BodyTooLarge, match="10 bytes"):
        await wire.read(10)
    wire.abort()
    await wire.wait_closed()


async def test_bytes_that_no_call_waits_for_spoil_the_wire(
    raw_server: StartServer,
) -> None:
    """An idle wire that gets bytes, or its end, is not clean."""
    written = asyncio.Event()
    loop = asyncio.get_running_loop()

    async def write_late(peer: Peer) -> None:
        await peer.read()
        await peer.write(b"late")
        loop.call_soon_threadsafe(written.set)
        await peer.hang()

    wire = await _open(raw_server(write_late).port)
    await wire.write(b"x")
    wire.end()
    await written.wait()
    await asyncio.sleep(0.01)
    assert not wire.is_clean
    wire.begin(CallMarks())
    assert not wire.is_clean
    wire.abort()
    await wire.wait_closed()


async def test_a_socket_is_given_back_when_the_loop_refuses_it(
    monkeypatch: pytest.MonkeyPatch, raw_server: StartServer
) -> None:
    """A connection that the loop cannot take over is closed."""
    server = raw_server(on_accept(then="hang"))
    taken = []

    async def refuse(_: object, *, sock: socket.socket) -> None:
        taken.append(sock)
        raise RuntimeError("out of order")

    loop = asyncio.get_running_loop()
    monkeypatch.setattr(loop, "create_connection", refuse)
    with pytest.raises(RuntimeError, match="out of order"):
        await _open(server.port)
    assert [sock.fileno() for sock in taken] == [-1]
