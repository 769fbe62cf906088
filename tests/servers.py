"""A server on loopback that writes the very bytes a test asks for, well or badly.

A script is a coroutine that has one connection to itself: it reads requests, writes
bytes, drips them, hangs, closes or resets. Each connection takes the next script, and
the last one serves all further connections.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import socket
import ssl
import struct
import threading
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from nbwebhook.definition.urls import split_url
from nbwebhook.render.request import Request

__all__ = [
    "Peer",
    "RawServer",
    "Received",
    "Script",
    "after_request",
    "always",
    "http_response",
    "on_accept",
    "request_to",
]

_HEAD_LIMIT = 1 << 20


@dataclass(frozen=True, slots=True)
class Received:
    """One request, byte for byte.

    Attributes:
        connection: Number of the connection, from 1.
        head: Request line and headers, without the empty line.
        body: As many bytes as Content-Length says.
    """

    connection: int
    head: bytes
    body: bytes

    @property
    def target(self) -> bytes:
        """The target in the request line."""
        return self.head.split(b"\r\n")[0].split(b" ", 1)[1].rsplit(b" ", 1)[0]

    @property
    def header_lines(self) -> list[bytes]:
        """The header lines as sent."""
        return self.head.split(b"\r\n")[1:]


class Peer:
    """One connection, in the hands of a script."""

    def __init__(
        self,
        server: RawServer,
        number: int,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self.server = server
        self.number = number
        self._reader = reader
        self._writer = writer

    async def request(self) -> Received:
        """Return the next request, which the server remembers."""
        head = (await self._reader.readuntil(b"\r\n\r\n"))[:-4]
        size = 0
        for line in head.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                size = int(value)
        received = Received(self.number, head, await self._reader.readexactly(size))
        self.server.requests.append(received)
        self.server.arrivals.put(received)
        await self.server.announce()
        return received

    async def read(self) -> bytes:
        """Return the next bytes, whatever they are."""
        return await self._reader.read(1 << 16)

    async def write(self, data: bytes) -> None:
        """Write `data`."""
        self._writer.write(data)
        await self._writer.drain()

    async def drip(self, data: Iterable[bytes], every_s: float = 0.02) -> None:
        """Write the pieces one at a time, for as long as they last."""
        for piece in data:
            await self.write(piece)
            await asyncio.sleep(every_s)

    async def until(self, *, requests: int = 0, connections: int = 0) -> None:
        """Return once the server has had as many requests and connections."""
        server = self.server

        def has_all() -> bool:
            is_asked = len(server.requests) >= requests
            return is_asked and server.connections >= connections

        async with server.news:
            await server.news.wait_for(has_all)

    async def hang(self) -> None:
        """Keep the connection open until the server stops."""
        await self.server.until_stopped()

    def close(self) -> None:
        """Close the connection: the other side sees its end."""
        self._writer.close()

    def reset(self) -> None:
        """Reset the connection: the other side sees an error."""
        sock = self._writer.get_extra_info("socket")
        linger = struct.pack("ii", 1, 0)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self._writer.transport.abort()


Script = Callable[[Peer], Awaitable[None]]


def request_to(
    url: str,
    body: bytes | None = b"{}",
    *,
    method: str = "POST",
    headers: Iterable[tuple[bytes, bytes]] = (),
    target: bytes = b"",
) -> Request:
    """Return a request to `url`, or to `target` at its origin."""
    origin, path = split_url(url)
    return Request(method, origin, target or path.encode(), tuple(headers), body)


def http_response(
    body: bytes = b"{}",
    status: bytes = b"200 OK",
    headers: Iterable[bytes] = (),
) -> bytes:
    """Return a response with a Content-Length."""
    length = b"Content-Length: %d" % len(body)
    return b"\r\n".join([b"HTTP/1.1 " + status, *headers, length, b"", body])


def always(data: bytes | Callable[[Received], bytes]) -> Script:
    """Return a script that answers every request on the connection alike."""

    async def script(peer: Peer) -> None:
        while True:
            received = await peer.request()
            await peer.write(data if isinstance(data, bytes) else data(received))

    return script


def after_request(
    *pieces: bytes, then: str = "close", every_s: float | None = None
) -> Script:
    """Return a script that reads a request, writes the pieces, and ends as told.

    Args:
        pieces: What is written.
        then: `close`, `reset` or `hang`.
        every_s: The pause between two pieces.
    """

    async def script(peer: Peer) -> None:
        await peer.request()
        await _write_and_end(peer, pieces, then, every_s)

    return script


def on_accept(
    *pieces: bytes, then: str = "close", every_s: float | None = None
) -> Script:
    """Return a script that writes and ends without having read anything."""

    async def script(peer: Peer) -> None:
        await _write_and_end(peer, pieces, then, every_s)

    return script


async def _write_and_end(
    peer: Peer, pieces: Iterable[bytes], then: str, every_s: float | None
) -> None:
    if every_s is None:
        await peer.write(b"".join(pieces))
    else:
        await peer.drip(pieces, every_s)
    if then == "hang":
        await peer.hang()
    elif then == "reset":
        peer.reset()
    else:
        peer.close()


class RawServer:
    """Serves scripts on a port of its own, from a thread with a loop of its own.

    Args:
        scripts: One a connection; the last one serves all that follow.
        tls: TLS settings of the server's side.
        host: The address to listen at.
        port: The port to listen at, 0 for any that is free.
        receive_buffer: Size of the sockets' receive buffer.

    Attributes:
        port: Where it listens.
        requests: Every request read by a script, in order.
        arrivals: The same, to wait for.
        connections: How many connections were accepted.
        news: Told of each new request and connection, on the server's own loop.
    """

    def __init__(
        self,
        *scripts: Script,
        tls: ssl.SSLContext | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        receive_buffer: int = 0,
    ) -> None:
        self._scripts = scripts or (always(http_response()),)
        self._tls = tls
        self.host = host
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        # With the protocol named, asyncio switches Nagle's algorithm off.
        self._socket = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        if receive_buffer:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self._socket.bind((host, port))
        self.port: int = self._socket.getsockname()[1]
        self.requests: list[Received] = []
        self.arrivals: queue.SimpleQueue[Received] = queue.SimpleQueue()
        self.connections = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._loop.set_exception_handler(lambda *_: None)
        self._stopped = asyncio.Event()
        self.news = asyncio.Condition()
        self._is_listening = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def url(self) -> str:
        """Where the server is, without a target."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self._tls else 'http'}://{host}:{self.port}"

    async def announce(self) -> None:
        """Wake the scripts that wait for requests or connections."""
        async with self.news:
            self.news.notify_all()

    async def until_stopped(self) -> None:
        """Return when the server stops."""
        await self._stopped.wait()

    def __enter__(self) -> Self:
        self._thread.start()
        self._is_listening.wait()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._stopped.set)
        self._thread.join()

    def _serve(self) -> None:
        try:
            self._loop.run_until_complete(self._main())
        finally:
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.close()

    async def _main(self) -> None:
        server = await asyncio.start_server(
            self._accept, sock=self._socket, ssl=self._tls, limit=_HEAD_LIMIT
        )
        self._is_listening.set()
        await self._stopped.wait()
        # asyncio leaks a connection that it accepts while the server closes: accepting
        # ends first, and what has been accepted becomes a script's task meanwhile.
        self._loop.remove_reader(self._socket)
        await _rounds(10)
        server.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await _rounds(3)

    async def _accept(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.connections += 1
        number = self.connections
        script = self._scripts[min(number, len(self._scripts)) - 1]
        task = asyncio.create_task(_run(script, Peer(self, number, reader, writer)))
        self._tasks.add(task)

        def finish(task: asyncio.Task[None]) -> None:
            self._tasks.discard(task)
            if not writer.transport.is_closing():
                writer.transport.abort()

        # A callback, since a task that is cancelled before it has begun runs nothing.
        task.add_done_callback(finish)
        await self.announce()


async def _run(script: Script, peer: Peer) -> None:
    with contextlib.suppress(OSError, asyncio.IncompleteReadError):
        await script(peer)


async def _rounds(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)
