"""A run as its user holds it: wait, await, pause, resume, stop, look."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Generator
from typing import Any, Generic, TypeVar

from nbwebhook.engine.ledger import Ledger
from nbwebhook.engine.plan import check_connections, check_rate
from nbwebhook.engine.progress import Progress
from nbwebhook.engine.run import LeadRun
from nbwebhook.loop import Background, in_kernel

__all__ = ["Run"]

ResultT = TypeVar("ResultT")

_SETTLE_S = 0.5
_CUT_S = 5.0


class Run(Generic[ResultT]):
    """A run that has been started, usable from any thread.

    `await run` and `run.result()` give the result; every other member answers at once.
    An interrupt of a waiting cell, Ctrl-C, or the cancellation of an awaiting task stops
    the run: calls in flight get half a second to settle, then they are cut off, and
    the result holds all that was finished. A waiting cell and a waiting script get that
    result; a cancelled task passes its cancellation on, and `run.result()` has it.
    """

    def __init__(
        self,
        machine: LeadRun,
        loop: asyncio.AbstractEventLoop,
        *,
        build: Callable[[LeadRun], ResultT],
        on_progress: Callable[[Progress], None] | None = None,
    ) -> None:
        self._machine = machine
        self._build = build
        self._on_progress = on_progress
        self._lock = threading.Lock()
        self._result: ResultT | None = None
        self._background = Background(machine.execute(), loop)

    @property
    def is_done(self) -> bool:
        """Whether every lead has its outcome."""
        return self._background.is_done

    @property
    def progress(self) -> Progress:
        """How far the run is."""
        return self._machine.progress

    @property
    def ledger(self) -> Ledger:
        """What the run has seen so far; to be read, a slice of a column at a time."""
        return self._machine.ledger

    @property
    def connections(self) -> int:
        """Calls at once; assign to change it while the run goes on."""
        return self._machine.connections

    @connections.setter
    def connections(self, connections: int) -> None:
        check_connections(connections)
        self._background.call(lambda: self._machine.set_connections(connections))

    @property
    def max_calls_per_s(self) -> float | None:
        """Calls started in a second at most; assign to change it while the run goes on."""
        return self._machine.max_calls_per_s

    @max_calls_per_s.setter
    def max_calls_per_s(self, rate: float | None) -> None:
        check_rate(rate)
        self._background.call(lambda: self._machine.set_rate(rate))

    def pause(self) -> None:
        """Start no further call until `resume`; calls in flight go on."""
        self._background.call(self._machine.pause)

    def resume(self) -> None:
        """Let calls start again."""
        self._background.call(self._machine.resume)

    def stop(self) -> None:
        """Start no further call; those in flight settle within their time limit."""
        self._background.call(self._machine.stop)

    def cut(self) -> None:
        """Stop, and cut off the calls in flight: what was sent of them is unknown."""
        self._background.call(self._machine.cut)

    def result(self, timeout_s: float | None = None) -> ResultT:
        """Wait for the end of the run and return its result.

        Args:
            timeout_s: How long to wait at most; None for as long as it takes.

        Raises:
            TimeoutError: The run goes on; ask again later.
        """
        try:
            self._background.wait(timeout_s, self._tick)
        except (KeyboardInterrupt, asyncio.CancelledError):
            self._end_soon()
        return self._finish()

    def __await__(self) -> Generator[Any, None, ResultT]:
        return self._awaited().__await__()

    async def _awaited(self) -> ResultT:
        try:
            await self._background
        except asyncio.CancelledError:
            if not self.is_done:
                self._background.call(self._machine.stop)
                await self._settle()
            task = asyncio.current_task()
            if not in_kernel() or task is None:
                raise
            task.uncancel()
        return self._finish()

    async def _settle(self) -> None:
        """Give calls in flight half a second, then cut them off."""
        # Not `asyncio.timeout`: that of Python 3.11.2 raises no TimeoutError in a task that
        # was cancelled before, as this one was.
        ended = asyncio.ensure_future(self._background)
        try:
            await asyncio.wait([ended], timeout=_SETTLE_S)
            if not ended.done():
                self._background.call(self._machine.cut)
            await ended
        finally:
            ended.cancel()

    def _end_soon(self) -> None:
        """The same for a caller that blocks."""
        self._background.call(self._machine.stop)
        try:
            self._background.wait(_SETTLE_S, lambda: None)
        except (TimeoutError, KeyboardInterrupt):
            self._background.call(self._machine.cut)
            self._background.wait(_CUT_S, lambda: None)

    def _tick(self) -> None:
        if self._on_progress is not None:
            self._on_progress(self._machine.progress)

    def _finish(self) -> ResultT:
        with self._lock:
            if self._result is None:
                self._result = self._build(self._machine)
                self._machine.deliver()
        self._tick()
        return self._result

    def __repr__(self) -> str:
        now = self.progress
        return f"<Run {now.state}: {now.done:,} of {now.total:,} leads>"
