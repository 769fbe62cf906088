"""The rate of starts: exact over any second, and not lost to timers that fire late."""

from __future__ import annotations

from bisect import bisect_left

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbwebhook.engine.rate import Rate


def starts_of(rate: Rate, lateness_s: list[float]) -> list[float]:
    """Return when calls start that always wait, each by a timer so late."""
    now_s, starts = 0.0, []
    for late_s in lateness_s:
        while (wait_s := rate.wait_s(now_s)) > 0.0:
            now_s += wait_s + late_s
        rate.start(now_s)
        starts.append(now_s)
    return starts


def most_in_a_second(starts: list[float]) -> int:
    """Return the most starts in any second, its end not included."""
    return max(
        bisect_left(starts, start + 1.0) - place for place, start in enumerate(starts)
    )


@given(
    calls_per_s=st.integers(1, 50),
    lateness_s=st.lists(st.floats(0, 0.3), min_size=60, max_size=200),
)
def test_no_second_holds_more_than_the_rate(
    calls_per_s: int, lateness_s: list[float]
) -> None:
    """However late timers fire, making it up never breaks the limit."""
    starts = starts_of(Rate(calls_per_s), lateness_s)
    assert most_in_a_second(starts) <= calls_per_s


@pytest.mark.parametrize("calls_per_s", [2.5, 100.0, 1000.0, 3333.3])
def test_timers_that_fire_late_do_not_cost_the_rate(calls_per_s: float) -> None:
    """With every timer a millisecond late, at least 99.5 % of the rate are reached."""
    count = int(calls_per_s * 5)
    starts = starts_of(Rate(calls_per_s), [0.001] * count)
    assert (count - 1) / (starts[-1] - starts[0]) >= 0.995 * calls_per_s


def test_a_pause_is_followed_by_no_burst() -> None:
    """What nobody used for ten seconds is not made up: one call late at most."""
    rate = Rate(10)
    rate.start(0.0)
    starts = []
    now_s = 10.0
    for _ in range(12):
        now_s += rate.wait_s(now_s)
        rate.start(now_s)
        starts.append(now_s)
    assert starts[:3] == pytest.approx([10.0, 10.05, 10.15])
    assert most_in_a_second(starts) <= 10


def test_there_is_no_burst_at_the_start() -> None:
    """The first calls are spaced as all others are."""
    assert starts_of(Rate(4), [0.0] * 4) == [0.0, 0.25, 0.5, 0.75]


def test_a_new_rate_counts_what_the_old_one_let_through() -> None:
    """Changing the rate gives nobody a fresh second."""
    rate = Rate(4)
    starts = starts_of(rate, [0.0] * 4)
    slower = Rate(2, rate, 0.8)
    assert starts[-1] == 0.75
    assert slower.wait_s(0.8) == pytest.approx(0.7, abs=0.01)
