"""When a call may open a connection: one by one, as the loop has time for them."""

from __future__ import annotations

import asyncio
from collections import deque

__all__ = ["Openings"]

_PATIENCE = 16
"""Turns of a loop that always has something to read before a connection is opened."""


class Openings:
    """The turns of calls that open a connection, first come, first served.

    Connections that are opened all at once are all made before the first of their answers
    is read, and every call is told as long as all of that took. So each waits, outside of
    its call's time, for a turn of the loop in which there was nothing to read.

    Args:
        loop: Whose turns they are.

    Attributes:
        has_read: Whether something was read since it was last looked at; to be set by
            whoever reads.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.has_read = False
        self._loop = loop
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._is_free = True
        self._patience = _PATIENCE

    async def wait_turn(self) -> None:
        """Return when the caller may open a connection."""
        if self._is_free:
            self._is_free = False
            self._loop.call_soon(self._let_next)
            return
        mine = self._loop.create_future()
        self._waiting.append(mine)
        await mine

    def _let_next(self) -> None:
        has_read, self.has_read = self.has_read, False
        if has_read and self._patience:
            self._patience -= 1
        else:
            self._patience = _PATIENCE
            if not self._let_one():
                self._is_free = True
                return
        self._loop.call_soon(self._let_next)

    def _let_one(self) -> bool:
        """Let the first through who still waits; return whether there was one."""
        while self._waiting:
            first = self._waiting.popleft()
            if not first.done():
                first.set_result(None)
                return True
        return False
