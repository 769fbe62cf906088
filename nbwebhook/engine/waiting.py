"""Waiting without holding a connection: leads between two attempts, and idle slots."""

from __future__ import annotations

import asyncio
import heapq
from collections import deque
from collections.abc import Callable
from itertools import count

from nbwebhook.clock import Clock
from nbwebhook.engine.supply import Job

__all__ = ["IdleSlots", "RetryQueue"]


class RetryQueue:
    """Leads that wait for their next attempt, handed over when it is due.

    Args:
        clock: Time.
        hand_over: Called on the loop with each lead that is due.
    """

    def __init__(self, clock: Clock, hand_over: Callable[[Job], None]) -> None:
        self._clock = clock
        self._hand_over = hand_over
        self._heap: list[tuple[float, int, Job]] = []
        self._numbers = count()
        self._alarm: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        return len(self._heap)

    def add(self, job: Job, delay_s: float) -> None:
        """Hand `job` over in `delay_s` seconds."""
        due_s = self._clock.monotonic_s() + delay_s
        entry = (due_s, next(self._numbers), job)
        heapq.heappush(self._heap, entry)
        if self._heap[0] is entry:
            if self._alarm is not None:
                self._alarm.cancel()
            self._alarm = asyncio.ensure_future(self._ring())

    async def _ring(self) -> None:
        while self._heap:
            wait_s = self._heap[0][0] - self._clock.monotonic_s()
            if wait_s > 0:
                await self._clock.sleep(wait_s)
                continue
            self._hand_over(heapq.heappop(self._heap)[2])

    async def aclose(self) -> list[Job]:
        """Hand nobody over any more; return who was waiting."""
        left = [job for _, _, job in sorted(self._heap)]
        self._heap.clear()
        if self._alarm is not None:
            self._alarm.cancel()
            await asyncio.gather(self._alarm, return_exceptions=True)
        return left


class IdleSlots:
    """Connections that have nothing to do, woken as work comes in."""

    def __init__(self) -> None:
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def wait(self) -> None:
        """Return once woken; whoever is cut off after that passes it on."""
        mine = asyncio.get_running_loop().create_future()
        self._waiting.append(mine)
        try:
            await mine
        except asyncio.CancelledError:
            if not mine.cancelled():
                self.wake()
            raise

    def wake(self, slots: int = 1) -> None:
        """Wake so many of them, those first that have waited longest."""
        while slots > 0 and self._waiting:
            first = self._waiting.popleft()
            if not first.done():
                first.set_result(None)
                slots -= 1

    def wake_all(self) -> None:
        """Wake all of them."""
        self.wake(len(self._waiting))
