"""Advice: the fewest connections in time, what decides, and from where on it is vain."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from nbwebhook.errors import InvalidPlan
from nbwebhook.whatif.advise import advise_connections
from nbwebhook.whatif.estimate import estimate_delay

CALLS = np.random.default_rng(1).lognormal(np.log(50), 0.6, 200).tolist()


@pytest.mark.parametrize(
    ("leads", "within_s", "wanted"),
    [(6000, 60.0, 5), (6000, 59.0, 6), (6000, 1000.0, 1), (10, 0.05, 10), (10, 0.1, 5)],
)
def test_constant_calls_need_what_division_says(
    leads: int, within_s: float, wanted: int
) -> None:
    """The smallest count whose whole rounds fit."""
    advice = advise_connections([50.0] * 200, leads, within_s, pessimistic=False)
    assert (advice.connections, advice.limited_by) == (wanted, "connections")


@pytest.mark.parametrize("pessimistic", [False, True])
def test_one_less_is_too_late(pessimistic: bool) -> None:  # noqa: FBT001 - a table
    """The advice is in time, and the count below it is not."""
    advice = advise_connections(
        CALLS, 5_000, 90.0, pessimistic=pessimistic, most_connections=100, replicates=60
    )
    assert advice.connections is not None
    counts = (advice.connections - 1, advice.connections)
    rows = estimate_delay(CALLS, 5_000, counts, replicates=60).rows
    ends = [
        row.makespan_p95_pessimistic_s if pessimistic else row.makespan_p95_s
        for row in rows
    ]
    assert ends[1] <= 90.0 < ends[0]
    assert advice.makespan_s == pytest.approx(ends[1])


def test_more_confidence_never_needs_fewer() -> None:
    """Being surer costs connections."""
    counts = [
        advise_connections(
            CALLS, 5_000, 90.0, confidence, most_connections=100, replicates=40
        ).connections
        for confidence in (0.5, 0.8, 0.95)
    ]
    assert None not in counts
    assert counts == sorted(counts, key=lambda count: count or 0)


def test_a_rate_limit_can_stand_in_the_way() -> None:
    """10,000 leads at 20 a second take 500 s, whatever the connections."""
    advice = advise_connections(
        CALLS, 10_000, 400.0, pessimistic=False, max_calls_per_s=20.0, replicates=40
    )
    assert (advice.connections, advice.limited_by) == (None, "rate limit")
    assert (advice.knee, advice.knee_by) == (2, "rate limit")
    assert advice.text() == (
        "No number of connections up to 1,000 finishes in 6.67 minutes in 95 % of "
        "campaigns: the rate limit lets no more calls through; it takes 8.33 minutes.\n"
        "More than 2 connections gain little: the rate limit lets no more through."
    )
    enough = advise_connections(
        CALLS, 10_000, 550.0, pessimistic=False, max_calls_per_s=20.0
    )
    assert (enough.connections, enough.limited_by) == (2, "rate limit")
    assert "What decides is the rate limit." in enough.text()


def test_the_longest_calls_can_stand_in_the_way() -> None:
    """A call of up to 30 s cannot be made shorter by connections."""
    advice = advise_connections(CALLS, 2000, 20.0, most_connections=200)
    assert (advice.connections, advice.limited_by) == (None, "longest calls")
    assert "the longest calls alone take that long" in repr(advice)


def test_a_tail_makes_a_knee() -> None:
    """With one slow call in a hundred, connections soon wait for it."""
    calls = [50.0] * 99 + [5000.0]
    advice = advise_connections(
        calls, 1000, 12.0, pessimistic=False, most_connections=100
    )
    assert advice.knee_by == "longest calls"
    assert advice.knee is not None
    assert advice.knee < 20
    assert "gain little: the campaign waits for its longest calls" in advice.text()


def test_too_few_connections_are_said_to_be_too_few() -> None:
    """Where the most allowed are well used, the service time is the reason."""
    advice = advise_connections(
        CALLS, 10_000, 10.0, pessimistic=False, most_connections=5
    )
    assert (advice.connections, advice.limited_by) == (None, "connections")
    assert advice.knee is None
    assert "the service time is too long" in advice.text()


def test_advice_beyond_the_measured_concurrency_says_so() -> None:
    """More connections than were measured is a guess about the service."""
    advice = advise_connections(
        CALLS, 20_000, 300.0, pessimistic=False, measured_connections=1
    )
    assert advice.extrapolated
    assert "No more than 1 call at once were measured" in advice.text()
    inside = advise_connections(
        CALLS, 20_000, 300.0, pessimistic=False, measured_connections=50
    )
    assert inside.extrapolated is False
    assert advise_connections(CALLS, 99, 99.0).extrapolated is None


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        pytest.param(
            {"finish_within_s": 0}, "finish_within_s: 0 seconds", id="no-time"
        ),
        pytest.param({"confidence": 1.0}, "confidence: 1.0; it takes", id="certain"),
        pytest.param({"most_connections": 0}, "connections: found 0", id="none"),
        pytest.param({"leads": 0}, "leads: 0 leads", id="no-leads"),
    ],
)
def test_a_question_that_cannot_be_is_refused(
    change: dict[str, Any], sentence: str
) -> None:
    """Each fault has its sentence."""
    asked: dict[str, Any] = {"calls": CALLS, "leads": 9, "finish_within_s": 9.0}
    with pytest.raises(InvalidPlan, match=sentence):
        advise_connections(**(asked | change))
