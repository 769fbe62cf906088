"""Calls made in a process of their own, which has a processor and a lock to itself.

```text
send ─▶ orders ── a batch a turn of the loop ──▶ the sender: libcurl over epoll
     ◀─ ends   ◀── a batch a turn of its own ──┘
```

Everything that is decided stays here: names are looked up and addresses checked here,
the pace, the list and the mappings are here. The sender connects where it is told to, and
to no other address. It ends with the run, however that ends: its link is closed then.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
from math import isnan, nan
from pathlib import Path
from time import perf_counter
from typing import Any

import certifi

from nbwebhook.definition.urls import Origin
from nbwebhook.errors import (
    ConnectFailed,
    ConnectionLost,
    NbWebhookError,
    TransportError,
)
from nbwebhook.render.request import Request
from nbwebhook.transport.base import (
    CallProgress,
    Response,
    Timing,
    deadline_exceeded,
    timing_of,
)
from nbwebhook.transport.body import MAX_BODY_BYTES
from nbwebhook.transport.curl_calls import annotate_failure
from nbwebhook.transport.curl_slot import HeaderLines
from nbwebhook.transport.head import MAX_HEADER_BYTES
from nbwebhook.transport.resolver import Resolver
from nbwebhook.transport.sender.link import Link
from nbwebhook.transport.sender.told import (
    CUT,
    ERROR,
    RESPONSE,
    WORK,
    Manner,
    ResponseReader,
    call_told,
    cut_from,
    cut_told,
    error_from,
    manner_told,
    number_of,
    work_from,
)

__all__ = ["SenderTransport"]

_PROGRAM = """
import json, socket, sys
sys.path[:], settings = json.loads(sys.argv[1])
from nbwebhook.transport.sender.process import serve
serve(socket.socket(fileno=int(sys.argv[2])), *settings)
"""
_ENVIRONMENT = ("LD_LIBRARY_PATH", "OPENSSL_CONF", "OPENSSL_MODULES")
"""What the process is told of the environment: how its libraries are found."""

_LATE_S = 5.0
_ANSWER_S = 1.0
_GRACE_S = 5.0
_GONE = "the process that makes the calls has ended"
_CLOSED = "closed on this side"


class SenderTransport:
    """Sends each request once, over libcurl in a process beside this one.

    It keeps to what `CurlTransport` keeps to. A transport belongs to the event loop that
    runs when it is made.

    Args:
        connections: How many calls are made at once.
        resolver: Finds and checks addresses; by default no local ones.
        ca_file: The authorities that are trusted; by default certifi's.
        max_body_bytes: Cap of a response's body, as received and decoded.
        max_header_bytes: Cap of a response's head.
        late_s: So long after its limit a call that has not ended shows that the process
            hangs or is stopped; then it is ended.

    Attributes:
        is_ready: Whether the process has started; calls may be sent before that.
        is_gone: Whether the process has ended, and can make no call.
        computed_s: Processor time that it has taken so far.
        pid: Its number.

    Raises:
        OSError: There can be no such process.
    """

    def __init__(
        self,
        *,
        connections: int = 20,
        resolver: Resolver | None = None,
        ca_file: str | Path | None = None,
        max_body_bytes: int = MAX_BODY_BYTES,
        max_header_bytes: int = MAX_HEADER_BYTES,
        late_s: float = _LATE_S,
    ) -> None:
        self.is_ready = self.is_gone = False
        self.computed_s = 0.0
        self._is_closed = False
        self._loop = asyncio.get_running_loop()
        self._resolver = resolver or Resolver()
        self._lines = HeaderLines()
        self._has_news = asyncio.Event()
        self._late_s = late_s
        self._waiting: dict[int, _Waiting] = {}
        self._last_number = 0
        self._manner = Manner("", ("", "", 0), (), ())
        self._origin: Origin | None = None
        self._reader = ResponseReader()
        self._is_flush_coming = self._is_waiting_for_room = False
        self._look: asyncio.TimerHandle | None = None
        self._process, self._link = _start(
            (
                connections,
                str(ca_file or certifi.where()),
                max_body_bytes,
                max_header_bytes,
            )
        )
        self.pid = self._process.pid
        self._loop.add_reader(self._link, self._read)

    async def until_ready(self) -> None:
        """Wait until the process has started, or has ended before it had."""
        await self._has_news.wait()

    async def send(
        self,
        request: Request,
        deadline_s: float,
        *,
        progress: CallProgress | None = None,
    ) -> Response:
        """Return the whole response; see `Transport.send`."""
        if self._is_closed:
            raise RuntimeError("the transport is closed")
        began_s = perf_counter()
        progress = progress or CallProgress()
        progress.bytes_sent = False
        resolve_ms = nan
        try:
            if deadline_s <= 0:
                raise deadline_exceeded("resolve", deadline_s)
            lines = self._lines.of(request)
            origin = request.origin
            addresses = self._resolver.known_addresses(origin.host)
            if not addresses:
                addresses = await self._resolver.resolve_within(origin.host, deadline_s)
                resolve_ms = (perf_counter() - began_s) * 1e3
            if self.is_gone:
                raise ConnectFailed("connect", _GONE, bytes_sent=False)
        except NbWebhookError as error:
            annotate_failure(error, None, Timing(), perf_counter() - began_s)
            raise
        self._tell_manner(request, lines, addresses)
        before_ms = 0.0 if isnan(resolve_ms) else resolve_ms
        number, future = self._order(request, deadline_s, before_ms)
        progress.bytes_sent = True  # unless the process says that none was
        try:
            told = await future
        except asyncio.CancelledError:
            await self._cut(number, progress)
            raise
        if told[0] == RESPONSE:
            response = self._reader.read(told)
            response.timing.resolve_ms = resolve_ms
            return response
        failed = error_from(told) if told[0] == ERROR else _closed(told)
        timing_of(failed).resolve_ms = resolve_ms
        raise failed

    def _tell_manner(
        self, request: Request, lines: tuple[bytes, ...], addresses: tuple[str, ...]
    ) -> None:
        """Tell how a call is made, where that is not as the one before it."""
        last = self._manner
        if (
            lines is not last.lines
            or addresses is not last.addresses
            or request.origin is not self._origin
            or request.method is not last.method
        ):
            self._origin = origin = request.origin
            place = (origin.scheme, origin.host, origin.port)
            self._manner = Manner(request.method, place, lines, addresses)
            self._link.put(manner_told(self._manner))

    def _order(
        self, request: Request, deadline_s: float, before_ms: float
    ) -> tuple[int, asyncio.Future[bytes]]:
        """Have the process make a call; return its number and what waits for its end."""
        self._last_number = number = self._last_number + 1
        future: asyncio.Future[bytes] = self._loop.create_future()
        self._waiting[number] = future, perf_counter() + deadline_s
        times = deadline_s, before_ms
        if self._link.put(call_told(number, times, request.target, request.body)):
            self._flush()
        elif not self._is_flush_coming:
            self._is_flush_coming = True
            self._loop.call_soon(self._flush)
        if self._look is None:
            self._look = self._loop.call_later(self._late_s, self._look_for_late_calls)
        return number, future

    async def _cut(self, number: int, progress: CallProgress) -> None:
        """Have a call cut off, and note whether the service may have acted."""
        if number not in self._waiting:  # it has ended, or the process has
            return
        answer: asyncio.Future[bytes] = self._loop.create_future()
        self._waiting[number] = answer, self._waiting[number][1]
        self._link.put(cut_told(number))
        self._flush()
        try:
            async with asyncio.timeout(_ANSWER_S):
                told = await answer
        except (TimeoutError, NbWebhookError):
            return
        finally:
            self._waiting.pop(number, None)
        if told[0] == CUT:
            progress.bytes_sent = cut_from(told)

    # The link

    def _flush(self) -> None:
        self._is_flush_coming = False
        if self.is_gone:
            return
        try:
            self._link.flush()
        except OSError:
            self._end()
            return
        if self._link.has_unsent is not self._is_waiting_for_room:
            self._is_waiting_for_room = self._link.has_unsent
            if self._is_waiting_for_room:
                self._loop.add_writer(self._link, self._flush)
            else:
                self._loop.remove_writer(self._link)

    def _read(self) -> None:
        messages = self._link.receive()
        if messages is None:
            self._end()
            return
        waiting = self._waiting
        for told in messages:
            if told[0] == WORK:
                self.computed_s = work_from(told)
                self.is_ready = True
                self._has_news.set()
                continue
            found = waiting.pop(number_of(told), None)
            if found is not None and not found[0].done():
                found[0].set_result(told)

    def _look_for_late_calls(self) -> None:
        """End a process that keeps a call beyond its limit."""
        self._look = None
        if not self._waiting:
            return
        _, due_s = next(iter(self._waiting.values()))
        if due_s + self._late_s < perf_counter():
            self._end()
        else:
            self._look = self._loop.call_later(self._late_s, self._look_for_late_calls)

    def _end(self) -> None:
        """Have no process any more: what became of calls under way is not known."""
        if self.is_gone:
            return
        self.is_gone = True
        self._has_news.set()
        self._loop.remove_reader(self._link)
        self._loop.remove_writer(self._link)
        self._link.close()
        self._process.kill()
        if self._look is not None:
            self._look.cancel()
        for future, _ in self._waiting.values():
            if not future.done():
                future.set_exception(ConnectionLost("wait", _GONE, bytes_sent=True))
        self._waiting.clear()

    async def _cut_all(self) -> None:
        """Have every call cut off, and let each tell whether it was sent."""
        under_way = [future for future, _ in self._waiting.values()]
        if under_way and not self.is_gone:
            for number in self._waiting:
                self._link.put(cut_told(number))
            self._flush()
            await asyncio.wait(under_way, timeout=_ANSWER_S)

    async def aclose(self) -> None:
        """Close every connection and end the process."""
        if not self._is_closed:
            self._is_closed = True
            await self._cut_all()
            self._end()
        await asyncio.to_thread(self._process.wait, _GRACE_S)


_Waiting = tuple[asyncio.Future[bytes], float]
"""What a call waits for, and when its time is over."""


def _closed(told: bytes) -> TransportError:
    """Return the error of a call that was cut off because the transport was closed."""
    if cut_from(told):
        return ConnectionLost("wait", _CLOSED, bytes_sent=True)
    return ConnectFailed("connect", _CLOSED, bytes_sent=False)


def _python() -> list[str]:
    """Return the command of an interpreter that looks at nothing but what it is told."""
    words = [sys.executable, "-I", "-S"]
    if sys.dont_write_bytecode:
        words.append("-B")
    if sys.pycache_prefix is not None:
        words += ["-X", f"pycache_prefix={sys.pycache_prefix}"]
    return words


def _start(settings: tuple[Any, ...]) -> tuple[subprocess.Popen[bytes], Link]:
    ours, its = socket.socketpair()
    home = str(Path(__file__).parents[3])
    told = json.dumps([[home, *sys.path], settings])
    with its:
        try:
            # A session of its own: Ctrl-C is for the run, which ends in order after it.
            process = subprocess.Popen(  # noqa: S603 - our own program
                [*_python(), "-c", _PROGRAM, told, str(its.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={n: os.environ[n] for n in _ENVIRONMENT if n in os.environ},
                pass_fds=(its.fileno(),),
                start_new_session=True,
            )
        except OSError:
            ours.close()
            raise
    return process, Link(ours)
