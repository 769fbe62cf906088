"""Pacing without waiting: rates, pauses, holds and the breaker, each kept apart."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest

from nbwebhook.clock import ManualClock
from nbwebhook.engine.breaker import Breaker
from nbwebhook.engine.calling import CallEnd
from nbwebhook.engine.pacing import Delays, Pacing
from nbwebhook.errors import CircuitOpen
from tests.engine.services import PatientClock, status


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
    assert starts[-1] == pytest.approx(19 / rate, rel=0.002)


async def test_the_rate_changes_while_calls_wait() -> None:
    """The new rate counts from the last call on, up, down, and to none at all."""
    clock = PatientClock()
    pacing = Pacing(clock, 1.0)
    starts: list[float] = []
    for rate in (1.0, 4.0, 4.0, 0.5, None):
        await pacing.wait_turn()
        starts.append(clock.monotonic_s())
        pacing.set_rate(rate)
    assert starts == pytest.approx([0.0, 1.0, 1.25, 1.5, 3.5], abs=0.01)
    assert pacing.max_calls_per_s is None
    assert pacing.lets_through


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


def ended(status_code: int, began_s: float = 0.0, **headers: str) -> CallEnd:
    """Return the end of a call that was answered so."""
    end = CallEnd("GET", began_s)
    end.response = status(status_code, **headers)
    end.facts.status_code = status_code
    return end


async def test_a_hold_keeps_everybody_for_its_time() -> None:
    """Nobody starts before the pause that one response asked for is over."""
    clock = PatientClock()
    pacing = Pacing(clock, None)
    assert pacing.note_end(ended(429, retry_after="30")) is None
    free = [pacing.lets_through]
    await asyncio.gather(*(pacing.wait_turn() for _ in range(5)))
    free.append(pacing.lets_through)
    assert free == [False, True]
    assert clock.monotonic_s() == 30.0
    assert pacing.delays == Delays(holds=1, held_s=30.0)


async def test_a_shorter_hold_and_a_good_answer_cut_no_longer_one_short() -> None:
    """One call's end cannot lift another's pause."""
    clock = PatientClock()
    pacing = Pacing(clock, None)
    pacing.hold(30.0)
    pacing.hold(5.0)
    pacing.note_end(ended(200))
    pacing.note_end(ended(503, retry_after="1"))
    pacing.resume()
    await pacing.wait_turn()
    assert clock.monotonic_s() == 30.0


async def test_holds_that_overlap_count_once() -> None:
    """Time lost is told once, however many responses asked for it."""
    clock = PatientClock()
    pacing = Pacing(clock, None)
    pacing.hold(10.0)
    await clock.sleep(4.0)
    pacing.hold(10.0)
    assert pacing.delays == Delays(holds=2, held_s=4.0)
    await pacing.wait_turn()
    assert clock.monotonic_s() == 14.0
    assert pacing.delays.held_s == 14.0


async def test_the_users_pause_and_a_hold_are_kept_apart() -> None:
    """The end of the hold does not lift the pause, nor the other way round."""
    clock = PatientClock()
    pacing = Pacing(clock, None)
    pacing.hold(10.0)
    pacing.pause()
    pacing.pause()
    waiting = asyncio.ensure_future(pacing.wait_turn())
    await clock.sleep(60.0)
    assert not waiting.done()
    pacing.hold(5.0)
    pacing.resume()
    await waiting
    assert clock.monotonic_s() == 65.0
    assert pacing.delays == Delays(holds=2, held_s=15.0, paused_s=60.0)


async def test_release_lets_everybody_go_at_once() -> None:
    """A run that ends waits for no pause, and tells no time that did not pass."""
    clock = PatientClock()
    pacing = Pacing(clock, 0.001)
    await pacing.wait_turn()
    pacing.hold(300.0)
    pacing.pause()
    waiting = [asyncio.ensure_future(pacing.wait_turn()) for _ in range(3)]
    await clock.sleep(2.0)
    assert not any(wait.done() for wait in waiting)
    pacing.release()
    await asyncio.gather(*waiting)
    assert clock.monotonic_s() == 2.0
    assert pacing.delays == Delays(holds=1, held_s=2.0, paused_s=2.0)
    assert pacing.lets_through
    assert not pacing.is_paused


async def test_whoever_is_cancelled_while_waiting_holds_nobody_up() -> None:
    """The turn goes to the next."""
    clock = PatientClock()
    pacing = Pacing(clock, None)
    pacing.hold(10.0)
    first = asyncio.ensure_future(pacing.wait_turn())
    second = asyncio.ensure_future(pacing.wait_turn())
    await asyncio.sleep(0)
    first.cancel()
    await second
    assert first.cancelled()
    assert clock.monotonic_s() == 10.0


async def test_an_open_breaker_lets_one_probe_through() -> None:
    """The others wait for the probe's end, and go when it was good."""
    clock = PatientClock()
    pacing = Pacing(clock, None, Breaker(failures=2, cooldown_s=10.0))
    pacing.note_end(ended(500))
    assert pacing.lets_through
    pacing.note_end(ended(500))
    waiting = [asyncio.ensure_future(pacing.wait_turn()) for _ in range(3)]
    await clock.sleep(20.0)
    assert [wait.done() for wait in waiting] == [True, False, False]
    pacing.note_end(ended(200, began_s=10.0))
    await asyncio.gather(*waiting)
    assert pacing.delays == Delays(openings=1, open_s=20.0)
    assert pacing.lets_through


async def test_a_probe_given_back_is_the_next_ones() -> None:
    """A turn that is not used does not keep the others waiting for ever."""
    clock = PatientClock()
    pacing = Pacing(clock, None, Breaker(failures=1, cooldown_s=10.0))
    pacing.note_end(ended(500))
    await pacing.wait_turn()
    pacing.pass_turn()
    await pacing.wait_turn()
    assert clock.monotonic_s() == 10.0
    assert pacing.delays == Delays(openings=1, open_s=10.0)


async def test_the_last_failed_probe_tells_why_to_stop() -> None:
    """The breaker gives up with its reason."""
    clock = PatientClock()
    pacing = Pacing(clock, None, Breaker(failures=1, cooldown_s=10.0, max_probes=1))
    assert pacing.note_end(ended(500)) is None
    await pacing.wait_turn()
    reason = pacing.note_end(ended(500, began_s=10.0))
    assert isinstance(reason, CircuitOpen)
    assert (reason.failures, reason.probes) == (1, 1)
