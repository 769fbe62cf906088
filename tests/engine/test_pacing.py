"""Pacing on a manual clock: never more calls in a second than allowed."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest

from nbwebhook.clock import ManualClock
from nbwebhook.engine.pacing import Pacing


@pytest.mark.parametrize("rate", [0.5, 3.0, 10.0, 250.0])
async def test_starts_are_never_closer_than_the_rate_allows(rate: float) -> None:
    """No start comes within 1/rate of the one before, whoever asks."""
    clock = ManualClock()
    pacing = Pacing(clock, rate)
    starts: list[float] = []

    async def caller() -> None:
        for _ in range(5):
            await pacing.wait_turn()
            starts.append(clock.monotonic_s())

    await asyncio.gather(*(caller() for _ in range(4)))
    gaps = [b - a for a, b in pairwise(starts)]
    assert len(starts) == 20
    assert min(gaps) >= 1 / rate - 1e-9
    assert starts[-1] == pytest.approx(19 / rate)


async def test_without_a_rate_nobody_waits() -> None:
    """No limit and no pause: the gate says so without being awaited."""
    pacing = Pacing(ManualClock(), None)
    seen = [pacing.lets_through]
    pacing.pause()
    seen.append(pacing.lets_through)
    pacing.resume()
    seen.append(pacing.lets_through)
    assert seen == [True, False, True]


async def test_a_pause_during_the_wait_for_the_rate_holds_the_call() -> None:
    """A call that waits for its slot does not start while the user pauses."""
    clock = ManualClock()
    pacing = Pacing(clock, 1.0)
    await pacing.wait_turn()
    waiting = asyncio.ensure_future(pacing.wait_turn())
    pacing.pause()
    for _ in range(10):
        await asyncio.sleep(0)
    assert not waiting.done()
    pacing.resume()
    await waiting
    assert clock.monotonic_s() >= 1.0
