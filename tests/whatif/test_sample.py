"""A sample takes the calls that tell the service time, and refuses nonsense."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbwebhook.errors import InvalidPlan
from nbwebhook.whatif.calls import max_in_flight
from nbwebhook.whatif.sample import LatencySample

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    CallsMaker = Callable[..., pd.DataFrame]

OUTCOMES = [
    "updated",
    "no_update",
    "failed",
    "failed",
    "failed",
    "unknown",
    "unknown",
    "refused",
    "skipped",
    "interrupted",
]
ERRORS = [
    "",
    "",
    "Service Unavailable",
    "ConnectFailed",
    "DeadlineExceeded",
    "DeadlineExceeded",
    "ConnectionLost",
    "UnsafeTarget",
    "StoppedByUser",
    "CallCancelled",
]
LATENCIES = [10.0, 20.0, 30.0, 5.0, 30_000.0, 30_001.0, 40.0, np.nan, np.nan, np.nan]


def test_only_calls_that_reached_the_service_count(make_calls: CallsMaker) -> None:
    """Refused, skipped, interrupted and unconnected calls say nothing."""
    frame = make_calls(LATENCIES, outcome=OUTCOMES, error_type=ERRORS)
    sample = LatencySample.of(frame)
    assert sample.seconds.tolist() == [0.01, 0.02, 0.03, 0.04, 30.0, 30.001]
    assert sample.timed_out.tolist() == [False] * 4 + [True] * 2
    assert sample.left_out == 4


def test_a_failure_without_a_status_never_reached_the_service(
    make_calls: CallsMaker,
) -> None:
    """With status codes in the frame, a failed call needs one or a deadline."""
    frame = make_calls(
        [10.0, 20.0, 30.0, 40.0],
        outcome=["updated", "failed", "failed", "failed"],
        error_type=["", "Bad Gateway", "ConnectionLost", "DeadlineExceeded"],
        status_code=pd.array([200, 502, None, None], dtype="Int64"),
    )
    sample = LatencySample.of(frame)
    assert sample.seconds.tolist() == [0.01, 0.02, 0.04]
    assert sample.failed.tolist() == [False, True, False]
    assert sample.timed_out.tolist() == [False, False, True]


@pytest.mark.parametrize(
    ("status", "repeatable"),
    [
        pytest.param(status, wanted, id=str(status))
        for status, wanted in [
            (200, False),
            (404, False),
            (418, False),
            (408, True),
            (425, True),
            (429, True),
            (500, True),
            (503, True),
        ]
    ],
)
def test_a_retry_rule_repeats_what_may_pass_later(
    make_calls: CallsMaker,
    status: int,
    repeatable: bool,  # noqa: FBT001 - a table
) -> None:
    """Statuses that may be otherwise next time count as repeatable failures."""
    frame = make_calls([10.0, 20.0], outcome="failed", status_code=status)
    assert LatencySample.of(frame).failed.tolist() == [repeatable] * 2


def test_every_source_gives_the_same_sample(
    make_calls: CallsMaker, tmp_path: Path
) -> None:
    """A frame, a result, a CSV and its path as text hold the same calls."""
    frame = make_calls([60.0, 50.0, 70.0], attempt=[1, 1, 2])
    path = tmp_path / "calls.csv"
    frame.to_csv(path, index=False)
    samples = [
        LatencySample.of(source)
        for source in (frame, SimpleNamespace(calls=frame), path, str(path))
    ]
    for sample in samples:
        assert sample.seconds.tolist() == [0.05, 0.06, 0.07]
        assert (sample.measured_connections, sample.repeats) == (1, 1)


def test_a_sample_is_its_own_source() -> None:
    """A sample passes unchanged, and cannot be changed."""
    sample = LatencySample.from_ms([50.0, 60.0])
    assert LatencySample.of(sample) is sample
    with pytest.raises(ValueError, match="read-only"):
        sample.seconds[0] = 1.0


def test_numbers_do_not_tell_how_many_ran_at_once() -> None:
    """A plain list leaves the concurrency open; it can be told."""
    assert LatencySample.of([50.0, 60.0]).measured_connections is None
    assert LatencySample.of([5, 6], measured_connections=20).measured_connections == 20


@pytest.mark.parametrize(
    ("starts_s", "wanted"),
    [
        pytest.param([0.0, 1.0, 2.0], 1, id="one-after-the-other"),
        pytest.param([0.0, 0.0, 0.0], 3, id="together"),
        pytest.param([0.0, 0.5, 1.0], 2, id="overlapping"),
    ],
)
def test_calls_at_once_come_from_their_overlap(
    make_calls: CallsMaker, starts_s: list[float], wanted: int
) -> None:
    """The start and the length of the calls tell how many ran at once."""
    start = pd.Timestamp("2026-03-02 09:00", tz="UTC")
    started = [start + pd.Timedelta(seconds=second) for second in starts_s]
    frame = make_calls([1000.0] * 3, started_at=started)
    assert LatencySample.of(frame).measured_connections == wanted


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 50), st.integers(1, 20)), min_size=1, max_size=30)
)
def test_calls_at_once_match_a_count_at_every_moment(
    calls: list[tuple[int, int]],
) -> None:
    """The sweep finds what counting each moment finds."""
    moments = range(71)
    counted = max(
        sum(start <= moment < start + length for start, length in calls)
        for moment in moments
    )
    starts, lengths = np.array(calls, dtype=np.float64).T
    assert max_in_flight(starts, lengths) == counted


def test_starts_that_are_not_times_leave_the_concurrency_open(
    make_calls: CallsMaker,
) -> None:
    """A frame with empty starts is a frame without them."""
    frame = make_calls([50.0, 60.0], started_at=pd.NaT)
    assert LatencySample.of(frame).measured_connections is None


@pytest.mark.parametrize(
    ("latencies_ms", "sentence"),
    [
        pytest.param([], "no calls, so that nothing was measured", id="no-calls"),
        pytest.param([50.0], "one call tells nothing", id="one-call"),
        pytest.param([50.0, -1.0], "1 of 2 latencies are negative", id="negative"),
        pytest.param([50.0, np.nan], "1 of 2 latencies are no number", id="nan"),
        pytest.param([50.0, np.inf], "1 of 2 latencies are no number", id="infinite"),
        pytest.param(
            [np.nan, -1.0, 2.0],
            "1 of 3 latencies are no number; 1 of 3 latencies are negative",
            id="two-faults-at-once",
        ),
        pytest.param([0.08, 0.05, 0.06], "these may be seconds", id="seconds"),
        pytest.param([5e6, 6e6], "these may be microseconds", id="microseconds"),
        pytest.param([0.05, 0.06, 50.0, 60.0], "seconds among", id="mixed-units"),
        pytest.param(["fast", "slow"], "not every latency is a number", id="words"),
        pytest.param([[1.0], [2.0]], "one list of numbers", id="a-table"),
        pytest.param(7, "a int holds no calls", id="a-number"),
    ],
)
def test_nonsense_gives_a_sentence(latencies_ms: object, sentence: str) -> None:
    """What nothing can be estimated from is refused, with the reason."""
    with pytest.raises(InvalidPlan, match=sentence):
        LatencySample.of(latencies_ms)  # type: ignore[arg-type]  # wrong on purpose


def test_calls_that_all_timed_out_give_a_sentence(make_calls: CallsMaker) -> None:
    """Only a lower bound of the service time is known then."""
    frame = make_calls([30e3] * 5, outcome="unknown", error_type="DeadlineExceeded")
    with pytest.raises(InvalidPlan, match="every one of the 5 calls timed out"):
        LatencySample.of(frame)


def test_calls_that_all_failed_to_connect_give_a_sentence(
    make_calls: CallsMaker,
) -> None:
    """A service that was never reached has no service time."""
    frame = make_calls([3.0] * 5, outcome="failed", error_type="ConnectFailed")
    with pytest.raises(InvalidPlan, match="none of 5 calls reached the service"):
        LatencySample.of(frame)


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        pytest.param(
            {"ms": [1.0]}, "no column 'latency_ms'; the columns are 'ms'", id="1"
        ),
        pytest.param({}, "the columns are none", id="none"),
        pytest.param(
            {"latency_ms": [1.0], "outcome": ["fine"]},
            "holds 'fine'; known: ",
            id="word",
        ),
    ],
)
def test_a_frame_of_something_else_is_refused(
    columns: dict[str, list[object]], sentence: str
) -> None:
    """A frame that is no calls frame says which column is wrong."""
    with pytest.raises(InvalidPlan, match=sentence):
        LatencySample.of(pd.DataFrame(columns))


def test_a_frame_with_only_latencies_will_do() -> None:
    """A hand-made frame needs one column."""
    sample = LatencySample.of(pd.DataFrame({"latency_ms": [50.0, 60.0]}))
    assert (sample.calls, sample.timeouts, sample.median_ms) == (2, 0, 55.0)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """The message names the file."""
    with pytest.raises(InvalidPlan, match=r"nothing\.csv' cannot be read"):
        LatencySample.of(tmp_path / "nothing.csv")


def test_no_connections_at_all_measure_nothing() -> None:
    """The concurrency told must be 1 or more."""
    with pytest.raises(InvalidPlan, match="0 calls at once measure nothing"):
        LatencySample.of([50.0, 60.0], measured_connections=0)


def test_a_sample_shows_its_main_facts(make_calls: CallsMaker) -> None:
    """The repr names calls, median, timeouts and concurrency."""
    measured = LatencySample.of(make_calls([50.0, 60.0]))
    assert repr(measured) == (
        "<LatencySample 2 calls, median 55 ms, 0 timed out, 1 at once>"
    )
    assert repr(LatencySample.of([50, 60])).endswith("concurrency not known>")
    assert LatencySample.of([50, 60]).mean_ms == pytest.approx(55)
