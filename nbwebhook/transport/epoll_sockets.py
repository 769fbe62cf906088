"""Sockets of libcurl's, watched by an epoll of their own.

libcurl lets go of a connection's socket after each call and asks for it anew with the
next one. The socket stays watched meanwhile: both ways through the kernel are saved.
"""

from __future__ import annotations

import select
from contextlib import suppress
from typing import Generic, TypeVar

import pycurl

from nbwebhook.transport.idle import IdleSockets

__all__ = ["EpollSockets", "told_to_curl"]

OwnerT = TypeVar("OwnerT")

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


class EpollSockets(Generic[OwnerT]):
    """Knows whose socket something has happened to.

    A socket that libcurl has let go of may have been closed without a word, and its
    number given to a new one that the kernel does not watch. So the number is trusted
    as long as no socket has been opened; then the kernel is asked.

    Args:
        sockets: Knows how many libcurl has opened so far.

    Attributes:
        epoll: Watches them, and whatever else its user registers.

    Raises:
        OSError: There can be no epoll.
    """

    def __init__(self, sockets: IdleSockets) -> None:
        self.epoll = select.epoll()
        self._sockets = sockets
        self._owners: dict[int, OwnerT] = {}
        self._events: dict[int, tuple[int, int]] = {}

    def owner(self, fd: int) -> OwnerT | None:
        """Return whose socket something has happened to; an idle one is let go of."""
        owner = self._owners.get(fd)
        if owner is None and self._events.pop(fd, None) is not None:
            with suppress(OSError):  # closed meanwhile
                self.epoll.unregister(fd)
        return owner

    def watch(self, wanted: int, fd: int, owner: OwnerT) -> None:
        """Watch a socket for what libcurl wants from now on.

        Raises:
            OSError: It cannot be watched.
        """
        if wanted == pycurl.POLL_REMOVE:
            self._owners.pop(fd, None)
            return
        self._owners[fd] = owner
        events = _TO_EPOLL.get(wanted, 0)
        known = (events, self._sockets.opened)
        if self._events.get(fd) == known:
            return
        if fd not in self._events or not self._modify(fd, events):
            self.epoll.register(fd, events)
        self._events[fd] = known

    def _modify(self, fd: int, events: int) -> bool:
        try:
            self.epoll.modify(fd, events)
        except FileNotFoundError:  # another socket has this number now
            return False
        return True


def told_to_curl(happened: int) -> int:
    """Return what epoll said of a socket as libcurl is told it."""
    told: int = _TO_CURL.get(happened, _BOTH)
    return told
