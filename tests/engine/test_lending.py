"""A run whose limits are lent: no call starts when the loan is over."""

from __future__ import annotations

import asyncio

import pytest

from nbwebhook.clock import ManualClock
from nbwebhook.engine.pacing import Pacing


@pytest.mark.parametrize("rate", [None, 4.0], ids=["no-rate", "rate"])
async def test_no_call_starts_after_the_loan_until_it_is_prolonged(
    rate: float | None,
) -> None:
    """Whatever has become of the lender; a caller that waits goes on when he is back."""
    clock = ManualClock()
    pacing = Pacing(clock, rate)
    pacing.lend(clock.monotonic_s() + 1.0)
    assert not pacing.lets_through
    await pacing.wait_turn()
    await clock.sleep(2.0)
    waiting = asyncio.ensure_future(pacing.wait_turn())
    for _ in range(20):
        await asyncio.sleep(0)
    assert not waiting.done()
    pacing.lend(clock.monotonic_s() + 1.0)
    await asyncio.wait_for(waiting, 5)


async def test_the_end_of_a_run_lets_go_whoever_waits_for_a_loan() -> None:
    """So that a run whose lender is gone can settle."""
    clock = ManualClock()
    pacing = Pacing(clock, None)
    pacing.lend(clock.monotonic_s())
    waiting = asyncio.ensure_future(pacing.wait_turn())
    await asyncio.sleep(0)
    assert not waiting.done()
    pacing.release()
    await asyncio.wait_for(waiting, 5)


async def test_how_long_a_pause_still_lasts_can_be_told_on() -> None:
    """The longer of two counts, and it runs out."""
    clock = ManualClock()
    pacing = Pacing(clock, None)
    pacing.hold(3.0)
    pacing.hold(1.0)
    assert pacing.hold_left_s == 3.0
    await clock.sleep(1.0)
    assert pacing.hold_left_s == 2.0
    await clock.sleep(5.0)
    assert pacing.hold_left_s == 0.0
