"""The estimate: rows, frame, bands that hold, and sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from nbwebhook.errors import InvalidPlan
from nbwebhook.whatif.estimate import estimate_delay
from nbwebhook.whatif.law import Law, generator
from nbwebhook.whatif.plan import RetryRule
from nbwebhook.whatif.sample import LatencySample
from nbwebhook.whatif.streams import stream_makespans

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    CallsMaker = Callable[..., pd.DataFrame]

COLUMNS = {
    "connections": "int64",
    "makespan_p05_s": "float64",
    "makespan_p50_s": "float64",
    "makespan_p95_s": "float64",
    "makespan_p95_pessimistic_s": "float64",
    "utilisation": "float64",
    "offered_load": "float64",
    "throughput_per_s": "float64",
    "timeouts_seen": "Int64",
    "pilot_calls": "int64",
    "timeout_rate_upper": "float64",
    "measured_connections": "Int64",
    "extrapolated": "boolean",
    "method": "string",
    "replicates": "int64",
}


def pilot(timeouts: int, calls: int = 200) -> pd.DataFrame:
    """A pilot of 52 ms calls of which some timed out, 20 at once."""
    start = pd.Timestamp("2026-03-02 09:00", tz="UTC")
    ok = calls - timeouts
    return pd.DataFrame(
        {
            "latency_ms": [52.0] * ok + [30_000.0] * timeouts,
            "outcome": ["updated"] * ok + ["unknown"] * timeouts,
            "error_type": [""] * ok + ["DeadlineExceeded"] * timeouts,
            "started_at": start
            + pd.to_timedelta(np.arange(calls) // 20 * 60.0, unit="ms"),
        }
    )


@pytest.mark.parametrize(
    "calls",
    [
        pytest.param([50.0, 60.0, 70.0], id="numbers"),
        pytest.param(pilot(1), id="frame"),
        pytest.param("median 80 ms, p99 400 ms, 0.5 % time out", id="stated"),
    ],
)
def test_the_frame_has_its_columns_and_types(
    calls: list[float] | pd.DataFrame | str,
) -> None:
    """Columns and dtypes are the same whatever the source."""
    frame = estimate_delay(calls, 3000, (1, 5, 20, 100)).frame
    assert {str(name): str(dtype) for name, dtype in frame.dtypes.items()} == COLUMNS
    assert frame.index.equals(pd.RangeIndex(4))
    assert frame["connections"].tolist() == [1, 5, 20, 100]


def test_the_documented_example_takes_5000_seconds() -> None:
    """50 ms for each of 100,000 leads, one at a time: 1 hour 23 minutes."""
    frame = estimate_delay([50.0] * 200, 100_000, (1, 20)).frame
    assert frame["makespan_p50_s"].tolist() == [5000.0, 250.0]
    assert frame["makespan_p05_s"].tolist() == frame["makespan_p95_s"].tolist()
    assert frame["utilisation"].tolist() == [1.0, 1.0]
    assert frame["offered_load"].tolist() == [1.0, 20.0]
    assert frame["throughput_per_s"].tolist() == [20.0, 400.0]
    assert frame["method"].tolist() == ["constant", "constant"]


@pytest.mark.parametrize(
    ("timeouts", "p95_s", "bound_s"),
    [
        pytest.param(0, 260, 2458, id="none-seen"),
        pytest.param(1, 2512, 3821, id="one-seen"),
        pytest.param(2, 3823, 4903, id="two-seen"),
        pytest.param(5, 7061, 8172, id="five-seen"),
    ],
)
def test_rare_timeouts_show_in_the_bound(
    timeouts: int, p95_s: float, bound_s: float
) -> None:
    """The case of 1 % at 30 s: true median 1,776 s, below the bound in every pilot."""
    row = estimate_delay(pilot(timeouts), 100_000, 20, replicates=2000).rows[0]
    assert row.makespan_p95_s == pytest.approx(p95_s, rel=0.06)
    assert row.makespan_p95_pessimistic_s == pytest.approx(bound_s, rel=0.06)
    assert row.makespan_p95_pessimistic_s > 1776
    assert (row.timeouts_seen, row.pilot_calls) == (timeouts, 200)
    assert (row.measured_connections, row.extrapolated) == (20, False)


def test_the_rule_of_three_is_in_the_row() -> None:
    """0 of 200 calls leave up to 1.5 % open."""
    assert estimate_delay(pilot(0), 100).rows[0].timeout_rate_upper == pytest.approx(
        1 - 0.05 ** (1 / 200)
    )


def lognormal(rng: np.random.Generator, calls: int) -> NDArray[np.float64]:
    """A service with a long tail."""
    return rng.lognormal(np.log(0.05), 1.0, calls)


def with_timeouts(rng: np.random.Generator, calls: int) -> NDArray[np.float64]:
    """A service of which 0.5 % time out."""
    late = rng.random(calls) < 0.005
    return np.where(late, 30.0, rng.lognormal(np.log(0.05), 0.3, calls))


@pytest.mark.parametrize("service", [lognormal, with_timeouts])
def test_the_band_holds_fresh_campaigns(
    service: Callable[[np.random.Generator, int], NDArray[np.float64]],
) -> None:
    """From p05 to the pessimistic p95 lie at least 80 % of a few fresh campaigns."""
    rng = np.random.default_rng(8)
    truth = np.sort(np.minimum(service(rng, 20_000), 30.0))
    even = np.full((30, len(truth)), 1 / len(truth))
    law = Law(truth, even, np.zeros(len(truth), np.bool_))
    fresh = stream_makespans(law, 3000, 20, generator(9))
    held = 0
    for campaign in fresh.tolist():
        calls_ms = np.minimum(service(rng, 200), 30.0) * 1e3
        row = estimate_delay(calls_ms.tolist(), 3000, 20, replicates=40).rows[0]
        held += row.makespan_p05_s <= campaign <= row.makespan_p95_pessimistic_s
    assert held >= 0.8 * len(fresh)


def test_the_same_seed_gives_the_same_frame() -> None:
    """Rows do not depend on which others are asked for."""
    calls = np.random.default_rng(1).lognormal(4.0, 0.6, 200).tolist()
    three = estimate_delay(calls, 5000, (1, 20, 150), seed=3)
    one = estimate_delay(calls, 5000, 20, seed=3)
    assert three.rows[1] == one.rows[0]
    assert estimate_delay(calls, 5000, 20, seed=4).rows[0] != one.rows[0]
    pd.testing.assert_frame_equal(
        three.frame, estimate_delay(calls, 5000, (1, 20, 150), seed=3).frame
    )


def test_beyond_what_was_measured_there_is_a_bracket_and_no_number() -> None:
    """Above the measured concurrency: from unchanged pace to unchanged throughput."""
    calls = np.random.default_rng(1).lognormal(4.0, 0.6, 200).tolist()
    estimate = estimate_delay(calls, 50_000, (5, 50), measured_connections=5)
    inside, beyond = estimate.rows
    alone = estimate_delay(calls, 50_000, 50, measured_connections=50).rows[0]
    assert (inside.extrapolated, beyond.extrapolated) == (False, True)
    assert beyond.makespan_p05_s == alone.makespan_p05_s
    assert beyond.makespan_p95_s == inside.makespan_p95_s
    assert beyond.makespan_p95_pessimistic_s == inside.makespan_p95_pessimistic_s
    assert np.isnan([beyond.makespan_p50_s, beyond.utilisation]).all()
    assert np.isnan([beyond.offered_load, beyond.throughput_per_s]).all()
    assert "Only 5 at once were measured" in estimate.text()


def test_without_a_known_concurrency_only_one_at_a_time_is_certain() -> None:
    """Then it is not known whether more connections are extrapolated."""
    frame = estimate_delay([50.0, 60.0], 100, (1, 20)).frame
    assert frame["extrapolated"].isna().tolist() == [False, True]
    assert not frame["extrapolated"].iloc[0]
    assert frame["measured_connections"].isna().all()


@pytest.mark.parametrize(
    ("what_if", "factor"),
    [
        pytest.param({"scale": 2.0}, 2.0, id="twice-as-slow"),
        pytest.param({"scale": 0.5}, 0.5, id="twice-as-fast"),
        pytest.param({"cap_s": 0.04}, 0.8, id="capped"),
        pytest.param({"timeout_s": 0.025}, 0.5, id="shorter-limit"),
        pytest.param({"max_calls_per_s": 10.0}, 2.0, id="rate-limit"),
        pytest.param(
            {"retry": RetryRule(2, 0.05, share=0.5, holds_connection=True)},
            2.0,
            id="repeats",
        ),
    ],
)
def test_a_what_if_changes_the_makespan(what_if: dict[str, Any], factor: float) -> None:
    """One at a time, 50 ms calls: the makespan changes by what is asked."""
    row = estimate_delay([50.0] * 100, 10_000, 1, **what_if).rows[0]
    assert row.makespan_p50_s == pytest.approx(500.0 * factor, rel=0.01)


def test_numbers_of_ten_million_leads_are_estimated() -> None:
    """No call is drawn one by one for a long campaign."""
    rows = estimate_delay(pilot(0), 10_000_000, (20, 1000)).rows
    assert rows[0].makespan_p50_s == pytest.approx(26_000, rel=0.01)
    assert rows[1].makespan_p95_s == pytest.approx(26_000, rel=0.01)


@pytest.mark.parametrize(
    ("calls", "leads", "sentence"),
    [
        pytest.param([], 10, "calls: no calls", id="no-calls"),
        pytest.param([50.0, 60.0], 0, "leads: 0 leads", id="no-leads"),
        pytest.param("median 80 ms", 10, "needs a median and one of", id="half-stated"),
    ],
)
def test_nonsense_in_gives_a_sentence(
    calls: list[float] | str, leads: int, sentence: str
) -> None:
    """Nothing is estimated from nothing."""
    with pytest.raises(InvalidPlan, match=sentence):
        estimate_delay(calls, leads)


def test_an_estimate_is_frozen_and_shows_its_text() -> None:
    """Rows cannot be changed; the repr is what one would paste into a mail."""
    estimate = estimate_delay([50.0] * 200, 100_000, (1, 20))
    assert repr(estimate) == estimate.text()
    with pytest.raises(AttributeError):
        estimate.rows = ()  # type: ignore[misc]  # frozen
    assert isinstance(estimate.sample, LatencySample)
