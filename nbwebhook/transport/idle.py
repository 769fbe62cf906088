"""Whether an idle connection is still quiet: the last look before it is used again."""

from __future__ import annotations

import select
from collections.abc import Callable

__all__ = ["IdleSockets", "is_readable"]


def is_readable(fd: int) -> bool:
    """Return whether bytes, an end or an error wait in the kernel for `fd`."""
    return bool(_look_at(fd)(0))


def _look_at(fd: int) -> Callable[[int], object]:
    """Return a function that returns something if `fd` is readable within 0 s."""
    if hasattr(select, "poll"):
        poll = select.poll()
        poll.register(fd, select.POLLIN)
        return poll.poll
    return lambda _: select.select([fd], [], [], 0)[0]  # pragma: no cover - Windows


class IdleSockets:
    """Knows the sockets of kept connections by their own address and port.

    A connection that the service has closed, or has written to although nobody asked,
    must not get the next call: it would be lost, or get an answer that is not its own.

    Attributes:
        opened: Sockets that were opened so far, kept or not.
    """

    def __init__(self) -> None:
        self.opened = 0
        self._looks: dict[tuple[str, int], Callable[[int], object]] = {}

    def note(self, address: str, port: int, fd: int) -> None:
        """Remember the socket of a connection that is kept; -1 for one that is not."""
        if fd >= 0:
            self._looks[address, port] = _look_at(fd)
        else:
            self._looks.pop((address, port), None)

    def is_quiet(self, address: str, port: int) -> bool:
        """Return whether the connection may be used: nothing waits on its socket."""
        look = self._looks.get((address, port))
        if look is None or not look(0):
            return True
        del self._looks[address, port]
        return False
