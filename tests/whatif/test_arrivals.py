"""Leads that arrive over time: waits, the queue, and when the last lead is done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from nbwebhook.errors import InvalidPlan
from nbwebhook.whatif.arrivals import Arrivals, estimate_waits
from nbwebhook.whatif.fifo import erlang_c
from nbwebhook.whatif.plan import RateLimit
from nbwebhook.whatif.queue_path import queue_of

if TYPE_CHECKING:
    from collections.abc import Callable

COLUMNS = {
    "connections": "int64",
    "leads": "int64",
    "wait_p50_s": "float64",
    "wait_p95_s": "float64",
    "wait_p99_s": "float64",
    "wait_p95_pessimistic_s": "float64",
    "sojourn_p50_s": "float64",
    "sojourn_p95_s": "float64",
    "sojourn_p99_s": "float64",
    "finish_p05_s": "float64",
    "finish_p50_s": "float64",
    "finish_p95_s": "float64",
    "waiting_share": "float64",
    "longest_queue": "int64",
    "queue_grows_at_s": "float64",
    "queue_drained_at_s": "float64",
    "utilisation": "float64",
    "keeps_up": "boolean",
    "extrapolated": "boolean",
    "method": "string",
    "replicates": "int64",
}


def test_the_frame_has_its_columns_and_types() -> None:
    """One row a number of connections, in the order asked for."""
    waits = estimate_waits([50.0, 60.0] * 20, 100.0, (20, 5), leads=300)
    assert {str(name): str(dtype) for name, dtype in waits.frame.dtypes.items()} == (
        COLUMNS
    )
    assert waits.frame["connections"].tolist() == [20, 5]
    assert waits.frame["leads"].tolist() == [300, 300]


def test_constant_calls_of_leads_that_arrive_evenly_are_exact() -> None:
    """A lead a second, calls of 3 s, one at a time: the wait grows by 2 s a lead."""
    arriving = Arrivals.recorded(np.arange(11.0))
    row = estimate_waits([3000.0] * 9, arriving, 1).rows[0]
    assert (row.wait_p50_s, row.sojourn_p50_s) == (10.0, 13.0)
    assert (row.finish_p05_s, row.finish_p50_s, row.finish_p95_s) == (33.0, 33.0, 33.0)
    assert row.waiting_share == pytest.approx(10 / 11)
    assert (row.longest_queue, row.queue_grows_at_s) == (7, 1.0)
    assert (row.queue_drained_at_s, row.utilisation) == (30.0, 1.0)
    assert not row.keeps_up


def test_leads_that_never_wait_are_said_not_to() -> None:
    """Enough connections: no queue, and a sentence that says so."""
    waits = estimate_waits([300.0] * 900, Arrivals.recorded(np.arange(9.0)), 20)
    row = waits.rows[0]
    assert (row.wait_p99_s, row.longest_queue, row.keeps_up) == (0.0, 0, True)
    assert (row.queue_grows_at_s, row.queue_drained_at_s) == (0.0, 0.0)
    assert waits.text() == (
        "9 leads over 8 s, 20 connections: 95 of 100 leads do not wait. The last lead "
        "is done 8.3 s after the start."
    )


def test_random_arrivals_wait_as_erlang_says() -> None:
    """Random arrivals and random calls: the share that waits is Erlang's."""
    calls = np.random.default_rng(6).exponential(50.0, 5000).tolist()
    rate = 0.8 * 5 / 0.05
    row = estimate_waits(calls, rate, 5, leads=20_000).rows[0]
    assert row.waiting_share == pytest.approx(erlang_c(5, 4.0), abs=0.06)
    assert row.keeps_up
    assert row.utilisation == pytest.approx(0.8, abs=0.05)


def test_a_burst_makes_a_queue_that_drains() -> None:
    """The schedule's rush is when the queue grows; it is gone some time later."""
    quiet, rush = (100.0, 10.0), (20.0, 200.0)
    arriving = Arrivals.by_schedule([quiet, rush, quiet])
    waits = estimate_waits([50.0] * 2000, arriving, 5)
    row = waits.rows[0]
    assert row.queue_grows_at_s == pytest.approx(100.0, abs=2.0)
    assert row.longest_queue == pytest.approx(2000, rel=0.1)
    assert row.queue_drained_at_s == pytest.approx(120 + 2000 / 90, rel=0.05)
    assert row.finish_p50_s == pytest.approx(220.0, abs=2.0)
    assert row.leads == pytest.approx(6000, rel=0.05)
    path = waits.queue
    assert path.dtypes.astype(str).to_dict() == {
        "connections": "int64",
        "at_s": "float64",
        "waiting": "int64",
    }
    busiest = path["at_s"].iloc[int(path["waiting"].argmax())]
    assert busiest == pytest.approx(120.0, abs=2.0)
    assert "On the whole the connections keep up; the longest queue" in waits.text()


def test_a_list_at_once_is_a_campaign() -> None:
    """All leads waiting from the start end when the makespan says."""
    waits = estimate_waits([50.0] * 2000, Arrivals.at_once(1000), 20)
    assert waits.rows[0].finish_p50_s == pytest.approx(2.5)
    assert waits.text().startswith("1,000 leads at once, 20 connections: 98 % of the")
    assert "Leads arrive faster than their calls are done" in waits.text()


def test_a_rate_limit_makes_leads_wait() -> None:
    """Ten calls a second for twenty leads a second: half of the time is waiting."""
    arriving = Arrivals.recorded(np.arange(200) / 20)
    row = estimate_waits([50.0] * 2000, arriving, 20, max_calls_per_s=10.0).rows[0]
    assert row.wait_p50_s == pytest.approx(5.0, abs=0.1)
    assert row.finish_p50_s == pytest.approx(19.9 + 0.05)
    assert not row.keeps_up


def test_slow_calls_not_seen_show_in_the_pessimistic_wait() -> None:
    """One call at a time: a call of 30 s makes a line behind it."""
    row = estimate_waits([50.0] * 100, 10.0, 1, leads=2000).rows[0]
    assert row.wait_p95_pessimistic_s > 30 > row.wait_p95_s


def test_what_ifs_change_the_waits() -> None:
    """Twice as slow, then capped."""
    arriving = Arrivals.at_once(100)
    slow = estimate_waits([50.0] * 2000, arriving, 1, scale=2.0).rows[0]
    capped = estimate_waits([50.0] * 2000, arriving, 1, scale=2.0, cap_s=0.01).rows[0]
    assert slow.finish_p50_s == pytest.approx(10.0)
    assert capped.finish_p50_s == pytest.approx(1.0)


def test_more_connections_than_were_measured_are_flagged() -> None:
    """The service may be slower at a concurrency that was not measured."""
    arriving = Arrivals.at_once(50)
    waits = estimate_waits([50.0] * 99, arriving, (5, 20), measured_connections=5)
    assert waits.frame["extrapolated"].tolist() == [False, True]
    lines = waits.text().splitlines()
    assert ["not measured" in line for line in lines] == [False, True]
    unknown = estimate_waits([50.0] * 99, arriving, (1, 20)).rows
    assert [row.extrapolated for row in unknown] == [False, None]


def test_the_same_seed_gives_the_same_waits() -> None:
    """Rows do not depend on which other connections are asked for."""
    calls = np.random.default_rng(6).exponential(50.0, 200).tolist()
    both = estimate_waits(calls, 100.0, (5, 20), leads=500, seed=2)
    alone = estimate_waits(calls, 100.0, 20, leads=500, seed=2)
    assert both.rows[1] == alone.rows[0]
    assert repr(alone) == alone.text()


def test_a_very_long_overload_is_a_fast_server() -> None:
    """Beyond 300,000 leads in a line the connections stand as one; the end is close."""
    rng = np.random.default_rng(4)
    services_s = rng.exponential(0.05, 400_000)
    fast = queue_of(np.zeros(400_000), services_s, 20, None)
    assert fast.method == "fast server"
    assert fast.finish_s == pytest.approx(services_s.sum() / 20, rel=0.001)
    slow = queue_of(np.linspace(0, 2000, 400_000), services_s, 20, None)
    assert slow.method == "queue"


@pytest.mark.parametrize("limit", [None, RateLimit(50.0, 3)], ids=["free", "limited"])
def test_the_queue_over_time_is_counted_right(limit: RateLimit | None) -> None:
    """The longest queue is what counting at every arrival finds."""
    rng = np.random.default_rng(5)
    arrivals_s = np.cumsum(rng.exponential(0.02, 400))
    services_s = rng.exponential(0.1, 400)
    run = queue_of(arrivals_s, services_s, 5, limit)
    peaks = [waiting for _, waiting in run.path]
    assert max(peaks) <= run.longest
    assert run.longest - max(peaks) <= 3
    assert run.path[-1][1] == 0


@pytest.mark.parametrize(
    ("moments", "wanted"),
    [
        pytest.param([3.0, 1.0, 2.5], [0.0, 1.5, 2.0], id="seconds"),
        pytest.param(
            ["2026-03-02T09:00:05Z", "2026-03-02T09:00:00Z"], [0.0, 5.0], id="text"
        ),
        pytest.param(
            pd.Series(pd.to_datetime(["2026-03-02 09:00", "2026-03-02 09:01"])),
            [0.0, 60.0],
            id="timestamps",
        ),
    ],
)
def test_recorded_moments_are_seconds_from_the_first(
    moments: list[object], wanted: list[float]
) -> None:
    """Any order, numbers or times."""
    arrivals = Arrivals.recorded(moments)
    assert arrivals.times_s is not None
    assert arrivals.times_s.tolist() == wanted
    assert (arrivals.span_s, arrivals.leads) == (wanted[-1], len(wanted))


def test_a_column_of_moments_is_arrivals() -> None:
    """A plain list can be passed as it is."""
    row = estimate_waits([50.0] * 9, [0.0, 10.0], 1).rows[0]
    assert row.leads == 2


def test_a_schedule_that_brings_nobody_by_chance_is_drawn_again() -> None:
    """A campaign has at least one lead."""
    row = estimate_waits([50.0] * 9, Arrivals.by_schedule([(10.0, 0.1)]), 1).rows[0]
    assert row.leads >= 1


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        pytest.param(lambda: Arrivals.at_once(0), "0 leads; a queue takes", id="none"),
        pytest.param(
            lambda: Arrivals.at_once(30_000_000), "use estimate_delay", id="too-many"
        ),
        pytest.param(lambda: Arrivals.at_rate(0.0, 9), "0.0 leads a second", id="rate"),
        pytest.param(lambda: Arrivals.by_schedule([]), "must bring a lead", id="empty"),
        pytest.param(
            lambda: Arrivals.by_schedule([(-1.0, 9.0)]), "above 0", id="backwards"
        ),
        pytest.param(
            lambda: Arrivals.by_schedule([3]),  # type: ignore[list-item]  # wrong
            "pairs of seconds",
            id="no-pairs",
        ),
        pytest.param(lambda: Arrivals.recorded([]), "0 of 0 moments", id="no-moments"),
        pytest.param(
            lambda: Arrivals.recorded(["soon", "later"]), "2 of 2 moments", id="words"
        ),
        pytest.param(
            lambda: estimate_waits([50.0] * 9, 3.0), "needs leads=", id="rate-alone"
        ),
        pytest.param(
            lambda: estimate_waits([50.0] * 9, 3.0, 0, leads=9), "found 0", id="zero"
        ),
    ],
)
def test_arrivals_that_cannot_be_are_refused(
    make: Callable[[], Any], sentence: str
) -> None:
    """Each fault has its sentence."""
    with pytest.raises(InvalidPlan, match=sentence):
        make()
