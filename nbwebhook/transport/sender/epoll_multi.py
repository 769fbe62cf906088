"""libcurl's multi interface, driven by epoll and nothing else.

What an event loop for everybody does for each call, its futures, tasks, handles and
tables, costs more than the call itself. A process that only makes calls needs none of it.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from time import perf_counter
from typing import Any

import pycurl

from nbwebhook.transport.curl_handles import (
    CurlResult,
    ended_transfers,
    new_multi,
)
from nbwebhook.transport.epoll_sockets import EpollSockets, told_to_curl

__all__ = ["EpollMulti"]

_TIMEOUT: int = pycurl.SOCKET_TIMEOUT


class EpollMulti:
    """Performs transfers of easy handles; its owner turns the loop.

    Args:
        sockets: Those of all multi handles.
        connections: How many connections are kept.
        on_end: Called with each handle whose transfer has ended, and how. The handle
            still knows its connection; `remove` has to be called with it.

    Attributes:
        due_s: When `act_on_time` is to be called, by `perf_counter`; infinite for never.
    """

    def __init__(
        self,
        sockets: EpollSockets[EpollMulti],
        connections: int,
        on_end: Callable[[Any, CurlResult], None],
    ) -> None:
        self.due_s = inf
        self._sockets = sockets
        self._on_end = on_end
        self._under_way = 0
        self._failure: OSError | None = None
        self._multi = new_multi(connections, self._watch, self._set_timer)

    def add(self, easy: Any) -> None:  # noqa: ANN401 - pycurl has no types
        """Begin the transfer of a handle that is set up, at the next `act_on_time`."""
        self._under_way += 1
        self._multi.add_handle(easy)

    def remove(self, easy: Any) -> None:  # noqa: ANN401 - as above
        """Let go of a handle; a transfer that has not ended is cut off."""
        self._under_way -= 1
        self._multi.remove_handle(easy)

    def act(self, fd: int, happened: int) -> None:
        """Tell libcurl what epoll has said of a socket.

        Raises:
            OSError: A socket cannot be watched.
        """
        events = told_to_curl(happened) if happened else 0
        running = self._multi.socket_action(fd, events)[1]
        if running < self._under_way:
            for easy, result in ended_transfers(self._multi):
                self._on_end(easy, result)
        if self._failure is not None:
            raise self._failure

    def act_on_time(self) -> None:
        """Tell libcurl that its time has come.

        Raises:
            OSError: A socket cannot be watched.
        """
        self.due_s = inf
        self.act(_TIMEOUT, 0)
        if self._under_way and self.due_s == inf:
            # libcurl says nothing where its next time has not changed.
            self._set_timer(max(self._multi.timeout(), 1))

    # libcurl's callbacks must neither call libcurl nor raise

    def _watch(self, wanted: int, fd: int, _multi: object, _data: object) -> None:
        try:
            self._sockets.watch(wanted, fd, self)
        except OSError as error:
            self._failure = error

    def _set_timer(self, timeout_ms: int) -> None:
        self.due_s = inf if timeout_ms < 0 else perf_counter() + timeout_ms / 1e3
