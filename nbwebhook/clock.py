"""Time and sleep, real or manual: everything that waits takes a `Clock`."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import Protocol

__all__ = ["Clock", "ManualClock", "RealClock"]


class Clock(Protocol):
    """What the engine needs to know about time."""

    def monotonic_s(self) -> float:
        """Return seconds that never go back; only differences mean something."""

    def wall(self) -> datetime:
        """Return the time of day, in UTC."""

    async def sleep(self, duration_s: float) -> None:
        """Return once `duration_s` seconds have passed."""


class RealClock:
    """The machine's own time."""

    def monotonic_s(self) -> float:
        """Return the performance counter, in seconds."""
        return time.perf_counter()

    def wall(self) -> datetime:
        """Return the time of day, in UTC."""
        return datetime.now(UTC)

    async def sleep(self, duration_s: float) -> None:
        """Return once `duration_s` seconds have passed."""
        await asyncio.sleep(duration_s)


class ManualClock:
    """Time that moves only when somebody sleeps: for tests of what waits."""

    def __init__(self, start: datetime | None = None) -> None:
        self._start = start or datetime(2026, 1, 1, tzinfo=UTC)
        self._now_s = 0.0

    def monotonic_s(self) -> float:
        """Return the seconds slept so far."""
        return self._now_s

    def wall(self) -> datetime:
        """Return the start plus the seconds slept so far."""
        return datetime.fromtimestamp(self._start.timestamp() + self._now_s, UTC)

    async def sleep(self, duration_s: float) -> None:
        """Move the time on by `duration_s` seconds and let others run."""
        self._now_s += max(duration_s, 0.0)
        await asyncio.sleep(0)
