"""libcurl's multi interface, driven by epoll and nothing else.

What an event loop for everybody does for each call, its futures, tasks, handles and
tables, costs more than the call itself. A process that only makes calls needs none of it.

libcurl lets go of a connection's socket after each call and asks for it anew with the
next one. The socket stays watched meanwhile: both ways through the kernel are saved.
"""

from __future__ import annotations

import select
from collections.abc import Callable
from contextlib import suppress
from math import inf
from time import perf_counter
from typing import Any

import pycurl

from nbwebhook.transport.curl_handles import (
    CurlResult,
    ended_transfers,
    new_multi,
)
from nbwebhook.transport.idle import IdleSockets

__all__ = ["EpollMulti", "Watched"]

_TIMEOUT: int = pycurl.SOCKET_TIMEOUT
_REMOVE: int = pycurl.POLL_REMOVE
_TO_EPOLL = {
    pycurl.POLL_IN: select.EPOLLIN,
    pycurl.POLL_OUT: select.EPOLLOUT,
    pycurl.POLL_INOUT: select.EPOLLIN | select.EPOLLOUT,
}
_TO_CURL = {
    select.EPOLLIN: pycurl.CSELECT_IN,
    select.EPOLLOUT: pycurl.CSELECT_OUT,
}
_BOTH: int = pycurl.CSELECT_IN | pycurl.CSELECT_OUT
"""Told of a socket with an error or an end, so that libcurl looks for itself."""


class Watched:
    """The sockets of all multi handles, as the kernel watches them.

    A socket that libcurl has let go of may have been closed without a word, and its
    number given to a new one that the kernel does not watch. So the number is trusted
    as long as no socket has been opened; then the kernel is asked.

    Args:
        epoll: Watches them.
        sockets: Knows how many libcurl has opened so far.
    """

    def __init__(self, epoll: select.epoll, sockets: IdleSockets) -> None:
        self._epoll = epoll
        self._sockets = sockets
        self._owners: dict[int, EpollMulti] = {}
        self._events: dict[int, tuple[int, int]] = {}

    def owner(self, fd: int) -> EpollMulti | None:
        """Return whose socket something has happened to; idle ones are let go of."""
        owner = self._owners.get(fd)
        if owner is None and self._events.pop(fd, None) is not None:
            with suppress(OSError):  # closed meanwhile
                self._epoll.unregister(fd)
        return owner

    def watch(self, fd: int, events: int, owner: EpollMulti) -> None:
        """Have a socket watched.

        Raises:
            OSError: It cannot be.
        """
        self._owners[fd] = owner
        wanted = (events, self._sockets.opened)
        if self._events.get(fd) == wanted:
            return
        if fd not in self._events or not self._modify(fd, events):
            self._epoll.register(fd, events)
        self._events[fd] = wanted

    def _modify(self, fd: int, events: int) -> bool:
        try:
            self._epoll.modify(fd, events)
        except FileNotFoundError:  # another socket has this number now
            return False
        return True

    def leave(self, fd: int) -> None:
        """Note that nobody waits for a socket now."""
        self._owners.pop(fd, None)


class EpollMulti:
    """Performs transfers of easy handles; its owner turns the loop.

    Args:
        watched: The sockets of all multi handles.
        connections: How many connections are kept.
        on_end: Called with each handle whose transfer has ended, and how. The handle
            still knows its connection; `remove` has to be called with it.

    Attributes:
        due_s: When `act_on_time` is to be called, by `perf_counter`; infinite for never.
    """

    def __init__(
        self,
        watched: Watched,
        connections: int,
        on_end: Callable[[Any, CurlResult], None],
    ) -> None:
        self.due_s = inf
        self._watched = watched
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
        events = _TO_CURL.get(happened, _BOTH) if happened else 0
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
            if wanted == _REMOVE:
                self._watched.leave(fd)
            else:
                self._watched.watch(fd, _TO_EPOLL.get(wanted, 0), self)
        except OSError as error:
            self._failure = error

    def _set_timer(self, timeout_ms: int) -> None:
        self.due_s = inf if timeout_ms < 0 else perf_counter() + timeout_ms / 1e3
