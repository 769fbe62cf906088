"""libcurl's multi interface, driven by epoll and nothing else.

What an event loop for everybody does for each call, its futures, tasks, handles and
tables, costs more than the call itself. A process that only makes calls needs none of it.
"""

from __future__ import annotations

import math
import select
from collections.abc import Callable
from time import perf_counter
from typing import Any

import pycurl

from nbwebhook.transport.curl_multi import CURL_BROKEN, CurlResult

__all__ = ["EpollMulti"]

_GOOD = CurlResult(0, "")
_TIMEOUT: int = pycurl.SOCKET_TIMEOUT
_TO_EPOLL = {
    pycurl.POLL_IN: select.EPOLLIN,
    pycurl.POLL_OUT: select.EPOLLOUT,
    pycurl.POLL_INOUT: select.EPOLLIN | select.EPOLLOUT,
}
_TO_CURL = {
    happened: (pycurl.CSELECT_IN if happened & ~select.EPOLLOUT else 0)
    | (pycurl.CSELECT_OUT if happened & ~select.EPOLLIN else 0)
    for happened in range(
        1, (select.EPOLLIN | select.EPOLLOUT | select.EPOLLERR | select.EPOLLHUP) + 1
    )
}


class EpollMulti:
    """Performs transfers of easy handles; its owner turns the loop.

    Args:
        epoll: Watches the sockets.
        owners: Told which multi handle a descriptor belongs to.
        connections: How many connections are kept.
        on_end: Called with each handle whose transfer has ended; it still knows its
            connection, and may be added again after the call.
    """

    def __init__(
        self,
        epoll: select.epoll,
        owners: dict[int, EpollMulti],
        connections: int,
        on_end: Callable[[Any, CurlResult], None],
    ) -> None:
        self.due_s = math.inf
        self.under_way = 0
        self._epoll = epoll
        self._owners = owners
        self._on_end = on_end
        self._multi = pycurl.CurlMulti()
        self._multi.setopt(pycurl.M_MAXCONNECTS, connections)
        self._multi.setopt(pycurl.M_PIPELINING, pycurl.PIPE_NOTHING)
        self._multi.setopt(pycurl.M_SOCKETFUNCTION, self._watch)
        self._multi.setopt(pycurl.M_TIMERFUNCTION, self._set_timer)

    def add(self, easy: Any) -> None:  # noqa: ANN401 - pycurl has no types
        """Begin the transfer of a handle that is set up, at the next `act_on_time`."""
        self.under_way += 1
        self._multi.add_handle(easy)

    def remove(self, easy: Any) -> None:  # noqa: ANN401 - as above
        """End a transfer that is under way, and its connection with it."""
        self.under_way -= 1
        self._multi.remove_handle(easy)

    def act(self, fd: int, happened: int) -> None:
        """Tell libcurl what epoll has said of a socket."""
        running = self._multi.socket_action(fd, _TO_CURL[happened & 0x1D])[1]
        if running < self.under_way:
            self._collect()

    def act_on_time(self) -> None:
        """Tell libcurl that its time has come."""
        self.due_s = math.inf
        running = self._multi.socket_action(_TIMEOUT, 0)[1]
        if running < self.under_way:
            self._collect()
        if self.under_way and self.due_s == math.inf:
            # libcurl says nothing where its next time has not changed.
            self._set_timer(max(self._multi.timeout(), 1))

    def _collect(self) -> None:
        left = 1
        while left:
            left, good, failed = self._multi.info_read()
            for easy in good:
                self._end(easy, _GOOD)
            for easy, code, message in failed:
                self._end(easy, CurlResult(code, message))

    def _end(self, easy: Any, result: CurlResult) -> None:  # noqa: ANN401 - as above
        self._on_end(easy, result)

    # libcurl's callbacks must neither call libcurl nor raise

    def _watch(self, wanted: int, fd: int, _multi: object, _data: object) -> None:
        owners = self._owners
        if wanted == pycurl.POLL_REMOVE:
            if owners.pop(fd, None) is not None:
                try:
                    self._epoll.unregister(fd)
                except OSError:
                    pass
        elif fd in owners:
            self._epoll.modify(fd, _TO_EPOLL[wanted])
        else:
            self._epoll.register(fd, _TO_EPOLL[wanted])
            owners[fd] = self

    def _set_timer(self, timeout_ms: int) -> None:
        self.due_s = math.inf
        if timeout_ms >= 0:
            self.due_s = perf_counter() + timeout_ms / 1000
