"""libcurl's multi interface, driven by an asyncio event loop.

```text
libcurl --- SOCKETFUNCTION, TIMERFUNCTION ---> loop     what to watch, when to call
loop ------ socket_action -------------------> libcurl  what has happened
```

libcurl's callbacks must neither call libcurl nor raise: what they cannot do at once is
left to the loop.
"""

from __future__ import annotations

import asyncio
import math
import socket
from collections.abc import Callable
from typing import Any

import pycurl

from nbwebhook.errors import InvalidPlan
from nbwebhook.transport.curl_handles import (
    CURL_BROKEN,
    CURL_CLOSED,
    CurlResult,
    ended_transfers,
    new_multi,
)

__all__ = [
    "LoopMulti",
    "can_watch_sockets",
    "require_watching",
]

_EARLY_S = 0.0005


_Settle = Callable[[], None]


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


class LoopMulti:
    """Performs transfers of easy handles on the running loop.

    Args:
        connections: How many connections are kept.
    """

    def __init__(self, connections: int) -> None:
        self._loop = asyncio.get_running_loop()
        self._waiting: dict[Any, tuple[asyncio.Future[CurlResult], _Settle]] = {}
        self._watched: dict[int, int] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._due_s = math.inf
        self._is_kick_coming = False
        self._is_closed = False
        self._multi = new_multi(connections, self._watch, self._set_timer)

    async def perform(self, easy: Any, settle: _Settle) -> CurlResult:  # noqa: ANN401 - pycurl has no types
        """Return how the transfer of `easy` ended; a cancelled one is cut off.

        Args:
            easy: The handle, set up.
            settle: Called when the transfer has ended and the handle still knows its
                connection.
        """
        future: asyncio.Future[CurlResult] = self._loop.create_future()
        self._waiting[easy] = future, settle
        try:
            self._multi.add_handle(easy)
            return await future
        finally:
            if self._waiting.pop(easy, None) is not None:
                self._multi.remove_handle(easy)

    def close(self) -> None:
        """End every transfer and close every connection."""
        self._is_closed = True
        self._end_all(CurlResult(CURL_CLOSED, "closed on this side"))
        if self._timer is not None:
            self._timer.cancel()
        self._multi.close()
        for fd in list(self._watched):
            self._watch(pycurl.POLL_REMOVE, fd, None, None)

    # What libcurl asks the loop for

    def _watch(self, wanted: int, fd: int, _multi: object, _data: object) -> None:
        """Watch `fd` for what libcurl wants from now on."""
        wanted = 0 if wanted == pycurl.POLL_REMOVE else wanted
        changed = wanted ^ self._watched.get(fd, 0)
        try:
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
        except (OSError, ValueError, RuntimeError) as error:
            why = f"the event loop cannot watch the connection: {error}"
            self._loop.call_soon(self._end_all, CurlResult(CURL_BROKEN, why))
        if wanted:
            self._watched[fd] = wanted
        else:
            self._watched.pop(fd, None)

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
        self._is_kick_coming = False
        if not self._is_closed:
            self._act(pycurl.SOCKET_TIMEOUT, 0)

    def _act(self, fd: int, happened: int) -> None:
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
            if not future.done():
                future.set_result(result)

    def _end_all(self, result: CurlResult) -> None:
        for easy in list(self._waiting):
            self._end(easy, result)
