"""One connection of the demo service: bytes in, answers out, in order.

```text
reading ──whole request──▶ working ──after the delay──▶ answering ──▶ reading, or closed
   └──────broken request──▶ refusing (answer, then discard what comes) ──▶ closed
```

While a request is in work, what follows it on the same connection waits in the buffer.
A client that ends its side of the connection has given up.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import sys
import time
from collections.abc import Callable

from nbwebhook.demo.answers import Answer, Manner, answer_document
from nbwebhook.demo.counts import Recorder, ServedCall
from nbwebhook.demo.faults import Work, plan_work
from nbwebhook.demo.reader import BrokenRequest, RequestReader
from nbwebhook.demo.requests import ReceivedRequest
from nbwebhook.demo.settings import Settings
from nbwebhook.demo.wire import write_head

__all__ = ["Desk", "ServiceConnection"]

_PIECE_BYTES = 64 * 1024
_MAX_WAITING_BYTES = 256 * 1024
_DISCARD_S = 1.0
_LINGER_FORMAT = "hh" if sys.platform == "win32" else "ii"


class Desk:
    """What the connections of one service share."""

    def __init__(self, settings: Settings, recorder: Recorder) -> None:
        self.settings = settings
        self.recorder = recorder
        self.is_closed = False
        self._connections: set[ServiceConnection] = set()
        self._all_gone = asyncio.Event()

    def enter(self, connection: ServiceConnection) -> bool:
        """Add a connection; return whether there are too many now."""
        self._connections.add(connection)
        limit = self.settings.max_connections
        open_now = self.recorder.open_connection()
        return limit is not None and open_now > limit

    def leave(self, connection: ServiceConnection) -> None:
        """Remove a connection that has ended."""
        self._connections.discard(connection)
        self.recorder.close_connection()
        if self.is_closed and not self._connections:
            self._all_gone.set()

    async def close(self) -> None:
        """Cut every connection and return when all have ended."""
        self.is_closed = True
        for connection in tuple(self._connections):
            connection.cut()
        if self._connections:
            await self._all_gone.wait()


class ServiceConnection(asyncio.Protocol):
    """Serves one connection."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._loop = asyncio.get_running_loop()
        limit = desk.settings.max_request_bytes
        self._reader = RequestReader(max_body_bytes=limit)
        self._timer: asyncio.TimerHandle | None = None
        self._is_surplus = False
        self._is_busy = False
        self._is_discarding = False
        self._is_full = False
        self._is_pumping = False
        self._waiting_bytes = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to serve."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - for the type
        self._transport = transport
        self._is_surplus = self._desk.enter(self)
        if self._desk.is_closed:  # pragma: no cover - where accepting cannot be paused
            self.cut()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's
        """Forget what was in work."""
        if self._timer is not None:
            self._timer.cancel()
        if self._is_busy:
            self._desk.recorder.abandon()
        self._desk.leave(self)

    def data_received(self, data: bytes) -> None:
        """Serve whatever requests are whole now."""
        if self._is_discarding:
            return
        self._reader.feed(data)
        if self._is_ready():
            self._read()
            return
        self._waiting_bytes += len(data)
        if self._waiting_bytes > _MAX_WAITING_BYTES:
            self._transport.pause_reading()

    def pause_writing(self) -> None:
        """Send no further piece for now."""
        self._is_full = True

    def resume_writing(self) -> None:
        """Go on with an answer that comes in pieces, or with the next request."""
        self._is_full = False
        if self._transport.is_closing():
            return
        if self._is_pumping:
            self._pump()
        self._read()

    def cut(self) -> None:
        """End the connection at once, whatever is in work."""
        self._transport.abort()

    # Reading

    def _read(self) -> None:
        while self._is_ready():
            try:
                request = self._reader.take()
            except BrokenRequest as broken:
                self._refuse(broken)
                return
            if request is None:
                self._await_more()
                return
            self._work_on(request)

    def _is_ready(self) -> bool:
        return not (self._is_busy or self._is_full or self._transport.is_closing())

    def _await_more(self) -> None:
        """Let the client send on; tell it so where it asked."""
        if self._waiting_bytes > _MAX_WAITING_BYTES:
            self._transport.resume_reading()
        self._waiting_bytes = 0
        if invitation := self._reader.take_invitation():
            self._transport.write(invitation)

    def _work_on(self, request: ReceivedRequest) -> None:
        self._arrived_s = time.perf_counter()
        self._is_busy = True
        self._lead = request.lead
        self._sends_body = request.head.method != b"HEAD"
        self._closes = request.head.closes
        attempt = self._desk.recorder.receive(request.lead)
        work = self._plan(request, attempt)
        self._answer = work.answer
        if work.delay_s > 0:
            self._set_timer(work.delay_s, self._give_answer)
        else:
            self._give_answer()

    def _plan(self, request: ReceivedRequest, attempt: int) -> Work:
        if not self._is_surplus:
            return plan_work(request, attempt, self._desk.settings)
        self._closes = True
        refusal = answer_document(503, {"error": "too many connections"})
        return Work(0.0, Answer(503, refusal.body, headers=((b"Retry-After", b"1"),)))

    def _set_timer(self, delay_s: float, step: Callable[[], None]) -> None:
        self._timer = self._loop.call_later(delay_s, self._wake, step)

    def _wake(self, step: Callable[[], None]) -> None:
        self._timer = None
        if not self._transport.is_closing():
            step()
            self._read()

    # Answering

    def _give_answer(self) -> None:
        match self._answer.manner:
            case Manner.WHOLE | Manner.DRIP | Manner.TRUNCATE:
                self._send_answer()
            case Manner.CLOSE:
                self._transport.close()
            case Manner.RESET:
                self._reset()

    def _reset(self) -> None:
        """End the connection so that the client sees a reset, not an end."""
        peer: socket.socket = self._transport.get_extra_info("socket")
        linger = struct.pack(_LINGER_FORMAT, 1, 0)
        with contextlib.suppress(OSError):
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self._transport.abort()

    def _send_answer(self) -> None:
        answer = self._answer
        head = write_head(answer, closes=self._closes)
        self._unsent = memoryview(answer.body if self._sends_body else b"")
        if answer.manner is Manner.DRIP:
            self._transport.write(head)
            self._drip()
        elif len(self._unsent) <= _PIECE_BYTES:
            self._send_last(head + self._unsent)
        else:
            self._transport.write(head)
            self._pump()

    def _send_piece(self, size: int) -> None:
        self._transport.write(self._unsent[:size])
        self._unsent = self._unsent[size:]

    def _pump(self) -> None:
        """Send pieces until the socket is full or the answer ends."""
        self._is_pumping = True
        while not (self._is_full or self._transport.is_closing()):
            if len(self._unsent) <= _PIECE_BYTES:
                self._is_pumping = False
                self._send_last(self._unsent)
                return
            self._send_piece(_PIECE_BYTES)

    def _drip(self) -> None:
        """Send one byte, and the next one after a while."""
        if len(self._unsent) <= 1:
            self._send_last(self._unsent)
            return
        self._send_piece(1)
        step_s = self._desk.settings.drip_s / len(self._answer.body)
        self._set_timer(step_s, self._drip)

    def _send_last(self, piece: bytes | memoryview) -> None:
        """Count the answer, so that whoever has it finds it counted, and end it."""
        service_ms = (time.perf_counter() - self._arrived_s) * 1_000
        call = ServedCall(self._lead, self._arrived_s, service_ms)
        self._is_busy = False
        self._desk.recorder.answer(self._answer.status, call)
        self._transport.write(piece)
        if self._closes or self._answer.manner is Manner.TRUNCATE:
            self._transport.close()

    def _refuse(self, broken: BrokenRequest) -> None:
        """Answer a broken request, then discard the rest of it for a moment.

        To close at once would reset the connection under a client that still sends, and
        it would never read why.
        """
        answer = answer_document(broken.status, {"error": broken.problem})
        self._is_discarding = True
        self._transport.write(write_head(answer, closes=True) + answer.body)
        self._desk.recorder.refuse(broken.status)
        self._transport.write_eof()
        self._set_timer(_DISCARD_S, self._transport.close)
