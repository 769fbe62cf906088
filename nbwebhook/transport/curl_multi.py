"""libcurl's multi interface, driven by an asyncio event loop.

```text
libcurl --- SOCKETFUNCTION, TIMERFUNCTION ---> loop     what to watch, when to call
loop ------ socket_action -------------------> libcurl  what has happened
```

Where there is epoll, it stands between them: it watches the sockets, and the loop watches
it. What happens to many sockets then costs the loop one call.

libcurl's callbacks must neither call libcurl nor raise: what they cannot do at once is
left to the loop.
"""

from __future__ import annotations

import asyncio
import math
import select
import socket
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol

import pycurl

from nbwebhook.errors import InvalidPlan
from nbwebhook.transport.curl_handles import (
    CURL_BROKEN,
    CURL_CLOSED,
    CurlResult,
    ended_transfers,
    new_multi,
)
from nbwebhook.transport.idle import IdleSockets
from nbwebhook.transport.openings import Openings

__all__ = [
    "LoopMulti",
    "can_watch_sockets",
    "require_watching",
]

_EARLY_S = 0.0005
_HANDED_ON = 4
"""Calls that have ended and are handed on in one turn of the loop.

All that can be read is read in each turn, so that no answer waits unread on the service's
account while other answers become calls.
"""
_CLOSED = CurlResult(CURL_CLOSED, "closed on this side")

_Settle = Callable[[], None]
_Act = Callable[[int, int], None]


def can_watch_sockets(loop: asyncio.AbstractEventLoop) -> bool:
    """Return whether `loop` can watch sockets that it has not made."""
    one, other = socket.socketpair()
    with one, other:
        try:
            loop.add_reader(one, int)
        except NotImplementedError:
            return False
        loop.remove_reader(one)
    return True


def require_watching(loop: asyncio.AbstractEventLoop) -> None:
    """Refuse a loop that cannot watch sockets.

    Raises:
        InvalidPlan: With the loop's kind and the way out.
    """
    if not can_watch_sockets(loop):
        problem = f"'curl' needs a selector event loop, {type(loop).__name__} is none"
        raise InvalidPlan("transport", f"{problem}; use 'httpx'")


class _Sockets(Protocol):
    """What watches libcurl's sockets."""

    def watch(self, wanted: int, fd: int) -> None:
        """Watch `fd` for what libcurl wants from now on.

        Raises:
            OSError, ValueError, RuntimeError: It cannot be watched.
        """

    def close(self) -> None:
        """Watch nothing any more."""


class _LoopSockets:
    """Sockets that the loop watches, one by one."""

    def __init__(self, loop: asyncio.AbstractEventLoop, act: _Act) -> None:
        self._loop = loop
        self._act = act
        self._watched: dict[int, int] = {}

    def watch(self, wanted: int, fd: int) -> None:
        wanted = 0 if wanted == pycurl.POLL_REMOVE else wanted
        changed = wanted ^ self._watched.get(fd, 0)
        if wanted:
            self._watched[fd] = wanted
        else:
            self._watched.pop(fd, None)
        if changed & pycurl.POLL_IN:
            if wanted & pycurl.POLL_IN:
                self._loop.add_reader(fd, self._act, fd, pycurl.CSELECT_IN)
            else:
                self._loop.remove_reader(fd)
        if changed & pycurl.POLL_OUT:
            if wanted & pycurl.POLL_OUT:
                self._loop.add_writer(fd, self._act, fd, pycurl.CSELECT_OUT)
            else:
                self._loop.remove_writer(fd)

    def close(self) -> None:
        for fd in list(self._watched):
            self.watch(pycurl.POLL_REMOVE, fd)


class _LoopEpoll:
    """Sockets that an epoll watches, which the loop watches.

    Args:
        loop: The loop.
        idle: Knows the sockets.
        act: Told what happened to a socket.
        finish: Called when all has been told that has happened by now.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        idle: IdleSockets,
        act: _Act,
        finish: Callable[[], None],
    ) -> None:
        from nbwebhook.transport.epoll_sockets import (  # noqa: PLC0415 - Linux alone
            EpollSockets,
            told_to_curl,
        )

        self._told_to_curl = told_to_curl
        self._loop = loop
        self._act = act
        self._finish = finish
        self._sockets = EpollSockets[bool](idle)
        self._epoll = self._sockets.epoll
        loop.add_reader(self._epoll.fileno(), self._look)

    def watch(self, wanted: int, fd: int) -> None:
        self._sockets.watch(wanted, fd, owner=True)

    def _look(self) -> None:
        is_awaited, told_to_curl = self._sockets.owner, self._told_to_curl
        for fd, happened in self._epoll.poll(0):
            if is_awaited(fd):
                self._act(fd, told_to_curl(happened))
        self._finish()

    def close(self) -> None:
        self._loop.remove_reader(self._epoll.fileno())
        self._epoll.close()


class LoopMulti:
    """Performs transfers of easy handles on the running loop.

    Args:
        connections: How many connections are kept.
        idle: Knows their sockets.

    Attributes:
        openings: Where a transfer that will open a connection waits for its turn.
    """

    def __init__(self, connections: int, idle: IdleSockets) -> None:
        self._loop = asyncio.get_running_loop()
        self.openings = Openings(self._loop)
        self._waiting: dict[Any, tuple[asyncio.Future[CurlResult], _Settle]] = {}
        self._ended: deque[tuple[asyncio.Future[CurlResult], CurlResult]] = deque()
        self._sockets = self._open_sockets(idle)
        self._timer: asyncio.TimerHandle | None = None
        self._due_s = math.inf
        self._is_kick_coming = False
        self._is_handing_on = False
        self._is_closed = False
        self._multi = new_multi(connections, self._watch, self._set_timer)

    def _open_sockets(self, idle: IdleSockets) -> _Sockets:
        if hasattr(select, "epoll"):
            with suppress(OSError):
                return _LoopEpoll(self._loop, idle, self._tell, self._finish_reading)
        return _LoopSockets(self._loop, self._act)

    async def perform(self, easy: Any, settle: _Settle) -> CurlResult:  # noqa: ANN401 - pycurl has no types
        """Return how the transfer of `easy` ended; a cancelled one is cut off.

        Args:
            easy: The handle, set up.
            settle: Called when the transfer has ended and the handle still knows its
                connection.
        """
        if self._is_closed:
            return _CLOSED
        future: asyncio.Future[CurlResult] = self._loop.create_future()
        self._waiting[easy] = future, settle
        try:
            self._multi.add_handle(easy)
            self._kick()  # the request leaves in this turn of the loop
            return await future
        finally:
            if self._waiting.pop(easy, None) is not None:
                self._multi.remove_handle(easy)

    def close(self) -> None:
        """End every transfer and close every connection."""
        self._is_closed = True
        self._end_all(_CLOSED)
        if self._timer is not None:
            self._timer.cancel()
        self._multi.close()
        self._sockets.close()

    # What libcurl asks the loop for

    def _watch(self, wanted: int, fd: int, _multi: object, _data: object) -> None:
        """Watch `fd` for what libcurl wants from now on."""
        try:
            self._sockets.watch(wanted, fd)
        except (OSError, ValueError, RuntimeError) as error:
            why = f"the event loop cannot watch the connection: {error}"
            self._loop.call_soon(self._end_all, CurlResult(CURL_BROKEN, why))

    def _set_timer(self, timeout_ms: int) -> None:
        """Call libcurl in `timeout_ms`, at once for 0, not at all below."""
        self._due_s = math.inf
        if timeout_ms == 0:
            if not self._is_kick_coming:
                self._is_kick_coming = True
                self._loop.call_soon(self._kick)
        elif timeout_ms > 0:
            self._due_s = self._loop.time() + timeout_ms / 1000
            self._arm()

    def _arm(self) -> None:
        # One timer, and armed anew when it fires early: libcurl moves its time with
        # every call, and a heap entry for each would cost more than the call.
        if self._timer is None or self._timer.when() > self._due_s:
            if self._timer is not None:
                self._timer.cancel()
            self._timer = self._loop.call_at(self._due_s, self._fire)

    # What the loop tells libcurl

    def _fire(self) -> None:
        self._timer = None
        if self._is_closed or self._due_s == math.inf:
            return
        if self._due_s > self._loop.time() + _EARLY_S:
            self._arm()
            return
        self._due_s = math.inf
        self._act(pycurl.SOCKET_TIMEOUT, 0)
        if self._waiting and self._due_s == math.inf and not self._is_kick_coming:
            # libcurl says nothing where its next time has not changed.
            self._set_timer(max(self._multi.timeout(), 1))

    def _kick(self) -> None:
        if self._is_kick_coming:
            self._is_kick_coming = False
            self._act(pycurl.SOCKET_TIMEOUT, 0)

    def _act(self, fd: int, happened: int) -> None:
        self._tell(fd, happened)
        self._hand_on_soon()

    def _tell(self, fd: int, happened: int) -> None:
        """Tell libcurl what has happened, and settle the transfers that it ended."""
        if self._is_closed:
            return
        if happened:
            self.openings.has_read = True
        try:
            running = self._multi.socket_action(fd, happened)[1]
        except pycurl.error as error:
            self._end_all(CurlResult(CURL_BROKEN, f"libcurl failed: {error}"))
            return
        if running < len(self._waiting):
            for easy, result in ended_transfers(self._multi):
                self._end(easy, result)

    def _end(self, easy: Any, result: CurlResult) -> None:  # noqa: ANN401 - as above
        waiting = self._waiting.pop(easy, None)
        if waiting is not None:
            future, settle = waiting
            settle()
            self._multi.remove_handle(easy)
            self._ended.append((future, result))

    def _hand_on_soon(self) -> None:
        if self._ended and not self._is_handing_on:
            self._is_handing_on = True
            self._loop.call_soon(self._hand_on)

    def _finish_reading(self) -> None:
        """Hand on at once what was read, unless this turn of the loop has its share."""
        if self._ended and not self._is_handing_on:
            self._hand_on()

    def _hand_on(self) -> None:
        """Tell some of those who wait how their transfers ended; others a turn later."""
        count = min(len(self._ended), _HANDED_ON)
        for _ in range(count):
            future, result = self._ended.popleft()
            if not future.done():
                future.set_result(result)
        self._is_handing_on = count > 0
        if count:
            self._loop.call_soon(self._hand_on)

    def _end_all(self, result: CurlResult) -> None:
        for easy in list(self._waiting):
            self._end(easy, result)
        self._hand_on_soon()
