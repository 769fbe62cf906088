"""A gentle start: calls at once that rise from one to all of them over a time."""

from __future__ import annotations

from collections.abc import Callable

from nbwebhook.clock import Clock

__all__ = ["ramp_up"]

_MOST_STEPS_PER_S = 50


async def ramp_up(
    set_count: Callable[[int], None], connections: int, duration_s: float, clock: Clock
) -> None:
    """Raise the calls at once evenly from 1, and return when there are all of them.

    Args:
        set_count: Told how many there may be.
        connections: How many there are in the end.
        duration_s: How long that takes.
        clock: Time.
    """
    step_s = max(duration_s / max(connections - 1, 1), 1 / _MOST_STEPS_PER_S)
    began_s = clock.monotonic_s()
    count = 1
    while count < connections:
        await clock.sleep(step_s)
        share = (clock.monotonic_s() - began_s) / duration_s
        count = min(1 + round(share * (connections - 1)), connections)
        set_count(count)
