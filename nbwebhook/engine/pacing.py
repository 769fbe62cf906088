"""When the next call may start: the rate limit and the user's pause, with one clock."""

from __future__ import annotations

import asyncio

from nbwebhook.clock import Clock

__all__ = ["Pacing"]


class Pacing:
    """The one authority that lets calls start.

    Calls are spaced evenly: with a rate r no call starts within 1/r of the one before,
    so no second holds more than the limit and there is no burst at the start.

    Args:
        clock: Time.
        max_calls_per_s: The rate; None for no limit.
    """

    def __init__(self, clock: Clock, max_calls_per_s: float | None) -> None:
        self._clock = clock
        self._gap_s = 1.0 / max_calls_per_s if max_calls_per_s else 0.0
        self._next_s = 0.0
        self._turn = asyncio.Lock()
        self._resumed = asyncio.Event()
        self._resumed.set()
        self._is_free = self._gap_s == 0.0

    @property
    def is_paused(self) -> bool:
        """Whether the user holds new calls back."""
        return not self._resumed.is_set()

    @property
    def lets_through(self) -> bool:
        """Whether a call may start now, without asking `wait_turn`."""
        return self._is_free

    def pause(self) -> None:
        """Start no further call; calls in flight go on."""
        self._resumed.clear()
        self._is_free = False

    def resume(self) -> None:
        """Let calls start again."""
        self._resumed.set()
        self._is_free = self._gap_s == 0.0

    async def wait_turn(self) -> None:
        """Return when one call may start."""
        while True:
            await self._resumed.wait()
            if self._gap_s == 0.0:
                return
            async with self._turn:
                while (wait_s := self._next_s - self._clock.monotonic_s()) > 0:
                    await self._clock.sleep(wait_s)
                if not self._resumed.is_set():
                    continue
                self._next_s = self._clock.monotonic_s() + self._gap_s
                return
