"""One TCP or TLS connection of our own: to a checked address, with a call's marks."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence
from time import perf_counter
from typing import cast

import httpcore

from nbwebhook.errors import ConnectFailed, HeadersTooLarge, ResponseError, TlsFailed
from nbwebhook.transport.dial import dial
from nbwebhook.transport.idle import is_readable
from nbwebhook.transport.marks import CallMarks
from nbwebhook.transport.translate import reason_of

__all__ = ["Wire", "open_wire"]

_BUFFER_BYTES = 64 << 10
_START = b"HTTP/"


class Wire(asyncio.Protocol, httpcore.AsyncNetworkStream):
    """A byte stream that httpx's engine reads and writes, and that notes what it does.

    Attributes:
        address: The address connected to.
        opened_s: When it was opened.
        marks: The call that it serves, or served last.
    """

    _transport: asyncio.Transport

    def __init__(self, address: str, marks: CallMarks, max_header_bytes: int) -> None:
        self.address = address
        self.opened_s = perf_counter()
        self.marks = marks
        self.request_line = b""
        self._max_header_bytes = max_header_bytes
        self._head_bytes = 0
        self._loop = asyncio.get_running_loop()
        self._closed = self._loop.create_future()
        self._buffer = bytearray()
        self._waiter: asyncio.Future[None] | None = None
        self._is_idle = False
        self._is_ended = False
        self._is_spoiled = False
        self._is_full = False
        self._is_paused = False
        self._failure = ""
        self._refusal: ResponseError | None = None

    # What the event loop says

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport; a write counts as done once the kernel has it all."""
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=1)

    def data_received(self, data: bytes) -> None:
        """Keep bytes for the call; bytes that no call waits for spoil the wire."""
        if self._is_idle:
            self._is_spoiled = True
            return
        self.marks.note_received()
        self._buffer += data
        if len(self._buffer) > _BUFFER_BYTES and not self._is_paused:
            self._is_paused = True
            self._transport.pause_reading()
        self._wake()

    def eof_received(self) -> None:
        """Note that the peer sends no more."""
        if not self._is_idle:
            self.marks.note_received()
        self._is_ended = True
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        """Note that the connection is gone, and why."""
        self._is_ended = True
        self._is_full = False
        self._failure = reason_of(exc) if exc else self._failure
        if not self._closed.done():
            self._closed.set_result(None)
        self._wake()

    def pause_writing(self) -> None:
        """Note that the kernel takes no more for now."""
        self._is_full = True

    def resume_writing(self) -> None:
        """Note that the kernel has taken everything."""
        self._is_full = False
        self._wake()

    # What httpx's engine asks for

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002, ASYNC109 - the engine's signature; the deadline is the call's
        """Return once `buffer` has left, or the service has begun to answer."""
        if not buffer:
            return
        marks = self.marks
        marks.phase = "send"
        if self._is_ended:
            raise httpcore.WriteError(self._failure or "closed by the service")
        if self.request_line:
            buffer = self.request_line + buffer[buffer.index(b"\r\n") :]
            self.request_line = b""
        marks.note_send(len(buffer))
        self._transport.write(buffer)
        while self._is_full and not self._buffer:
            await self._wait()
        if self._failure:
            raise httpcore.WriteError(self._failure)
        marks.note_written()

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002, ASYNC109 - as above
        """Return the next bytes, or nothing at the end.

        Raises:
            HeadersTooLarge: So much has been read and the response's head has no end.
            ResponseError: The owner has refused the rest.
        """
        if self._refusal is not None:
            raise self._refusal
        is_head = self._is_in_head()
        if self._buffer:
            # A flood must not keep the loop from its timers and the other calls.
            await asyncio.sleep(0)
        while not self._buffer and not self._is_ended:
            await self._wait()
        if not self._buffer and self._failure:
            raise httpcore.ReadError(self._failure)
        if is_head and not self._head_bytes:
            self._check_start()
        data = bytes(self._buffer[:max_bytes])
        del self._buffer[:max_bytes]
        self._head_bytes += len(data) if is_head else 0
        self._resume()
        return data

    def _check_start(self) -> None:
        """Refuse at once what is no status line, though its end may never come."""
        start = bytes(self._buffer[: len(_START)])
        if not _START.startswith(start):
            raise httpcore.RemoteProtocolError("what came is no status line")

    def _is_in_head(self) -> bool:
        if self.marks.phase == "send":
            self.marks.phase = "wait"
        is_head = self.marks.phase == "wait"
        if is_head and self._head_bytes >= self._max_header_bytes:
            raise HeadersTooLarge(self._max_header_bytes)
        return is_head

    def _resume(self) -> None:
        if self._is_paused and len(self._buffer) <= _BUFFER_BYTES:
            self._is_paused = False
            if not self._transport.is_closing():
                self._transport.resume_reading()

    async def aclose(self) -> None:
        """Close at once; `wait_closed` tells when that has happened."""
        self.abort()

    # What its owner asks for

    def begin(self, marks: CallMarks) -> None:
        """Serve the call `marks` from now on."""
        self.marks = marks
        self._is_idle = False
        self._head_bytes = 0

    def refuse(self, error: ResponseError) -> None:
        """Raise `error` instead of reading on."""
        self._refusal = error

    def end(self) -> None:
        """Serve no call from now on."""
        self._is_idle = True

    async def secure(self, context: ssl.SSLContext, name: str) -> None:
        """Put TLS on the wire; the certificate must be for `name`."""
        transport = await self._loop.start_tls(
            self._transport, self, context, server_hostname=name
        )
        if transport is None:  # pragma: no cover - allowed by its signature only
            raise ConnectionResetError("closed during the handshake")
        self.connection_made(transport)

    @property
    def is_clean(self) -> bool:
        """Whether nothing is under way in either direction and nobody has hung up."""
        transport = self._transport
        if self._is_ended or self._is_spoiled or self._buffer:
            return False
        if transport.is_closing() or transport.get_write_buffer_size():
            return False
        return not is_readable(transport.get_extra_info("socket").fileno())

    def abort(self) -> None:
        """Close without waiting for the peer."""
        self._failure = self._failure or "closed on this side"
        self._transport.abort()

    async def wait_closed(self) -> None:
        """Return once the socket has been given back."""
        await asyncio.shield(self._closed)

    async def _wait(self) -> None:
        self._waiter = self._loop.create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


async def open_wire(
    addresses: Sequence[str],
    port: int,
    marks: CallMarks,
    *,
    tls: tuple[ssl.SSLContext, str] | None,
    max_header_bytes: int,
) -> Wire:
    """Return a wire to the first of `addresses` that answers.

    Args:
        addresses: Checked addresses, in the order to try them.
        port: Where to connect.
        marks: The call that it is opened for.
        tls: The TLS settings and the name that the certificate must have.
        max_header_bytes: Cap of a response's head.

    Raises:
        ConnectFailed: No address answers.
        TlsFailed: The handshake or the check of the certificate failed.
    """
    marks.phase = "connect"
    try:
        with marks.timed("connect_ms"):
            sock, address = await dial(addresses, port)
    except OSError as error:
        raise marks.lost(ConnectFailed, f"port {port}, {reason_of(error)}") from error
    marks.remote_address = address
    wire = Wire(address, marks, max_header_bytes)
    try:
        loop = asyncio.get_running_loop()
        await loop.create_connection(lambda: wire, sock=sock)
    except BaseException:
        sock.close()
        raise
    if tls is not None:
        marks.phase = "tls"
        try:
            with marks.timed("tls_ms"):
                await wire.secure(*tls)
        except OSError as error:
            raise marks.lost(TlsFailed, reason_of(error)) from error
    return wire
