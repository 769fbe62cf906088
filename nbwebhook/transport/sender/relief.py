"""libcurl in this process, and in one beside it once this one has its hands full."""

from __future__ import annotations

import asyncio
import os
import select
import sys
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

from nbwebhook.render.request import Request
from nbwebhook.transport.base import CallProgress, Response
from nbwebhook.transport.curl_transport import CurlTransport
from nbwebhook.transport.load import LoopLoad
from nbwebhook.transport.resolver import Resolver
from nbwebhook.transport.sender.transport import SenderTransport

__all__ = ["RelievedTransport", "can_be_relieved"]

_FEW_CALLS = 5_000
"""So many are made before a process beside would have paid for its start."""

_MANY_AT_ONCE = 500
_START_S = 5.0
_LOOK_EVERY = 64
_LOOK_S = 0.25
_LOADED = 0.97
"""A loop that has no time left shows 0.998 and more, one that has some up to 0.94."""


def can_be_relieved(calls: int) -> bool:
    """Return whether a process beside this one can be started, and may be of use.

    Args:
        calls: How many are to be made.
    """
    has_python = bool(sys.executable) and not hasattr(sys, "frozen")
    if calls < _FEW_CALLS or not has_python or not hasattr(select, "epoll"):
        return False
    return len(os.sched_getaffinity(0)) > 1


class RelievedTransport:
    """Sends each request once, over libcurl; where the loop is loaded, from beside it.

    A loop that is busy nearly all of the time makes calls late. Then a process is started
    beside this one that does nothing but make the calls, and those under way here end
    here. As long as the loop has time, it makes a call sooner than it could tell anybody
    to. Hundreds of calls at once are taken for too much from the start. Where the process
    ends too early, calls are made here again.

    Args:
        connections: How many calls are made at once.
        resolver: Finds and checks addresses.
        loaded: The share of a quarter of a second in which the loop computes that is
            taken for too much.
    """

    def __init__(
        self, *, connections: int, resolver: Resolver, loaded: float = _LOADED
    ) -> None:
        self._connections = connections
        self._resolver = resolver
        self._loaded = loaded
        self._here: CurlTransport | None = None
        self._calls_here = 0
        self._beside: SenderTransport | None = None
        self._until_look = _LOOK_EVERY
        self._load = LoopLoad()
        self._awaited: SenderTransport | None = None
        if connections >= _MANY_AT_ONCE:
            self._start()
            self._awaited = self._beside

    def _make_here(self) -> CurlTransport:
        return CurlTransport(connections=self._connections, resolver=self._resolver)

    @property
    def is_relieved(self) -> bool:
        """Whether calls are made by a process beside this one."""
        beside = self._beside
        return beside is not None and beside.is_ready and not beside.is_gone

    @property
    def computed_beside_s(self) -> float:
        """Processor time that the process beside has taken."""
        return self._beside.computed_s if self._beside else 0.0

    @property
    def pid(self) -> int | None:
        """The number of the process beside this one; None if there is none."""
        return self._beside.pid if self._beside else None

    def send(
        self,
        request: Request,
        deadline_s: float,
        *,
        progress: CallProgress | None = None,
    ) -> Coroutine[Any, Any, Response]:
        """Return what sends it; see `Transport.send`."""
        if (beside := self._beside) and self.is_relieved:
            return beside.send(request, deadline_s, progress=progress)
        if self._awaited is not None:
            return self._send_once_started(self._awaited, request, deadline_s, progress)
        return self._send_here(request, deadline_s, progress)

    async def _send_once_started(
        self,
        awaited: SenderTransport,
        request: Request,
        deadline_s: float,
        progress: CallProgress | None,
    ) -> Response:
        with suppress(TimeoutError):
            async with asyncio.timeout(_START_S):
                await awaited.until_ready()
        self._awaited = None
        return await self.send(request, deadline_s, progress=progress)

    async def _send_here(
        self, request: Request, deadline_s: float, progress: CallProgress | None
    ) -> Response:
        self._until_look -= 1
        if not self._until_look:
            self._look()
        if self._here is None:
            self._here = self._make_here()
        here = self._here
        self._calls_here += 1
        try:
            return await here.send(request, deadline_s, progress=progress)
        finally:
            self._calls_here -= 1
            if not self._calls_here and self.is_relieved:
                await self._leave()

    async def _leave(self) -> None:
        """Close the connections of this process: the calls are made beside it now."""
        here, self._here = self._here, None
        if here is not None:
            await here.aclose()

    def _look(self) -> None:
        """Start a process beside this one if the loop has too much to do."""
        if self._beside is not None:
            return
        self._until_look = _LOOK_EVERY
        if self._load.weighed_s < _LOOK_S:
            return
        if self._load.is_at_least(self._loaded):
            self._start()
        self._load.restart()

    def _start(self) -> None:
        try:
            self._beside = SenderTransport(
                connections=self._connections, resolver=self._resolver
            )
        except OSError:
            self._until_look = 0  # there can be none: it is not looked again

    async def aclose(self) -> None:
        """Close every connection, and end the process."""
        await self._leave()
        if self._beside is not None:
            await self._beside.aclose()
