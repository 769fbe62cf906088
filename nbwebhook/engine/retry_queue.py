"""Leads between two attempts: they wait without holding a connection."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable
from itertools import count

from nbwebhook.clock import Clock
from nbwebhook.engine.supply import Job

__all__ = ["RetryQueue"]


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
