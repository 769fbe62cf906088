"""Pilots: how many calls, and when to stop."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from nbwebhook.errors import InvalidPlan
from nbwebhook.whatif.estimate import estimate_delay
from nbwebhook.whatif.pilot import TightEnough, plan_pilot

RNG = np.random.default_rng(1)
CALLS = RNG.lognormal(np.log(50), 0.6, 200).tolist()
MANY = RNG.lognormal(np.log(50), 0.6, 30_000).tolist()


@pytest.mark.parametrize(("pessimistic", "ratio"), [(False, 1.05), (True, 1.5)])
def test_that_many_calls_give_the_band_wanted(
    pessimistic: bool,  # noqa: FBT001 - a table
    ratio: float,
) -> None:
    """A pilot of the size planned has a band about as wide as wanted."""
    planned = plan_pilot(MANY, band_ratio=ratio, pessimistic=pessimistic)
    assert planned.calls is not None
    row = estimate_delay(MANY[: planned.calls], 10_000_000, 20, replicates=2000).rows[0]
    high = row.makespan_p95_pessimistic_s if pessimistic else row.makespan_p95_s
    assert high / row.makespan_p05_s == pytest.approx(ratio, rel=0.05)


def test_the_bound_needs_thirty_limits_over_the_mean() -> None:
    """For 10 % in the mean: about 30 T / m calls, here 15,000."""
    planned = plan_pilot([59.0, 60.0, 61.0] * 70, band_ratio=1.1)
    assert planned.calls == pytest.approx(15_000, rel=0.05)


def test_a_plan_tells_where_the_calls_at_hand_stand() -> None:
    """The text names the calls to measure and the band so far."""
    planned = plan_pilot(CALLS, band_ratio=1.5)
    assert planned.text() == (
        f"Measure {planned.calls:,} calls for a band whose pessimistic upper end is at "
        f"most 1.5 times the lower. With the 200 calls at hand it is about "
        f"{planned.band_ratio_now:.3g} times."
    )
    assert repr(planned) == planned.text()


def test_a_stated_service_can_be_planned_for() -> None:
    """Before any call there is no band so far."""
    planned = plan_pilot("median 80 ms, p99 400 ms, 0.5 % time out", pessimistic=False)
    assert planned.band_ratio_now is None
    assert planned.text().endswith("at most 1.5 times the lower.")
    assert planned.calls is not None
    assert planned.calls > 1000


def test_what_ten_million_calls_cannot_do_is_said() -> None:
    """A band too tight to be had has no number of calls."""
    planned = plan_pilot(CALLS, band_ratio=1.000_01)
    assert planned.calls is None
    assert planned.text().startswith("More than 10,000,000 calls would be needed")


def test_looks_are_further_and_further_apart() -> None:
    """100, 150, 225 ... and at last the most calls."""
    rule = TightEnough(leads=1000, most_calls=1000)
    looks = [0]
    while looks[-1] < 1000:
        looks.append(rule.next_look(looks[-1]))
    assert looks == [0, 100, 150, 225, 338, 507, 761, 1000]


@pytest.mark.parametrize(
    ("calls", "ratio", "met"),
    [
        pytest.param([], 1.5, False, id="no-calls"),
        pytest.param(MANY[:99], 3.0, False, id="too-few"),
        pytest.param(MANY[:100], 1.5, True, id="tight"),
        pytest.param(MANY[:100], 1.02, False, id="not-yet"),
        pytest.param(MANY[:20_000], 1.000_1, True, id="long-enough"),
    ],
)
def test_a_pilot_stops_when_the_band_is_tight(
    calls: list[float],
    ratio: float,
    met: bool,  # noqa: FBT001 - a table
) -> None:
    """Not before the fewest calls, and at the latest at the most."""
    assert TightEnough(leads=100_000, band_ratio=ratio).is_met(calls) is met


def test_a_rule_reads_a_calls_frame() -> None:
    """The calls of a run so far, and the pessimistic band where asked for."""
    frame = pd.DataFrame({"latency_ms": MANY[:500], "outcome": "updated"})
    typical = TightEnough(leads=100_000).band_of(frame)
    bound = TightEnough(leads=100_000, pessimistic=True).band_of(frame)
    assert 1.0 < typical < 1.2 < bound


@pytest.mark.parametrize("ratio", [1.0, float("nan"), float("inf")])
def test_a_band_of_no_width_is_refused(ratio: float) -> None:
    """The ratio must be above 1."""
    with pytest.raises(InvalidPlan, match=r"band_ratio: .*; it takes a number above 1"):
        plan_pilot(CALLS, band_ratio=ratio)


def test_a_pilot_without_a_time_limit_is_refused() -> None:
    """The bound needs the limit of a call."""
    with pytest.raises(InvalidPlan, match="timeout_s: 0; it takes a number above 0"):
        plan_pilot(CALLS, timeout_s=0)


def test_a_rule_that_can_never_be_met_is_refused() -> None:
    """The ratio is above 1, the counts are in order."""
    with pytest.raises(InvalidPlan, match=r"band_ratio: 1\.0; it takes"):
        TightEnough(leads=100, band_ratio=1.0)
    with pytest.raises(InvalidPlan, match="fewest_calls: 300 with most_calls 200"):
        TightEnough(leads=100, fewest_calls=300, most_calls=200)
