"""Campaigns that share connections: each is done when an exact line says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from nbwebhook.errors import InvalidPlan
from nbwebhook.whatif.estimate import estimate_delay
from nbwebhook.whatif.fifo import start_times
from nbwebhook.whatif.plan import RateLimit
from nbwebhook.whatif.sample import LatencySample
from nbwebhook.whatif.shared import Campaign, estimate_shared
from nbwebhook.whatif.turns import SharedLine, queued_ends, simulate_lines

if TYPE_CHECKING:
    from tests.whatif.conftest import LawMaker

COLUMNS = {
    "campaign": "string",
    "leads": "int64",
    "starts_at_s": "float64",
    "alone_p50_s": "float64",
    "finish_p05_s": "float64",
    "finish_p50_s": "float64",
    "finish_p95_s": "float64",
    "finish_p95_pessimistic_s": "float64",
    "takes_p50_s": "float64",
    "extrapolated": "boolean",
    "method": "string",
    "replicates": "int64",
}
RNG = np.random.default_rng(1)
SCORE = RNG.lognormal(np.log(50), 0.6, 200).tolist()
ENRICH = RNG.lognormal(np.log(200), 0.4, 200).tolist()


def test_the_frame_has_a_row_a_campaign_and_one_for_all() -> None:
    """Columns and dtypes are fixed; `all` is last and done last."""
    campaigns = [Campaign("Score", SCORE, 300), Campaign("Enrich", ENRICH, 60, 2.0)]
    shared = estimate_shared(campaigns, replicates=40)
    frame = shared.frame
    assert {str(name): str(dtype) for name, dtype in frame.dtypes.items()} == COLUMNS
    assert frame["campaign"].tolist() == ["Score", "Enrich", "all"]
    assert frame["leads"].tolist() == [300, 60, 360]
    ends = frame["finish_p95_s"].tolist()
    assert ends[2] >= max(ends[:2])
    assert np.isnan(frame["alone_p50_s"].iloc[2])
    assert (
        estimate_shared(campaigns, order="first come", replicates=20)
        .text()
        .startswith(
            "2 campaigns share 20 connections; the one that started first goes first."
        )
    )
    assert repr(shared).splitlines()[0] == (
        "2 campaigns share 20 connections; they take turns."
    )
    assert "Enrich, 60 leads: done" in shared.text()
    assert "alone it would take" in shared.text()


@pytest.mark.parametrize(
    ("order", "ends_s"),
    [
        pytest.param("take turns", [5.0, 2.5, 3.5, 5.0], id="turns"),
        pytest.param("first come", [3.0, 4.0, 5.0, 5.0], id="first-come"),
    ],
)
def test_the_order_decides_who_waits(order: str, ends_s: list[float]) -> None:
    """Calls of 0.1 s at 10 connections: 300 and 100 at once, 100 a second later."""
    campaigns = [
        Campaign("first", [100.0] * 900, 300),
        Campaign("short", [100.0] * 900, 100),
        Campaign("late", [100.0] * 900, 100, 1.0),
    ]
    shared = estimate_shared(campaigns, 10, order=order, replicates=20)
    found = [row.finish_p50_s for row in shared.rows]
    assert found == pytest.approx(ends_s, abs=0.11)


def test_one_campaign_alone_is_the_plain_queue() -> None:
    """The line of a single campaign is first come, first served."""
    services_s = np.random.default_rng(2).exponential(0.1, 500)
    line = SharedLine([500], [0.0], 7, None, takes_turns=True)
    starts_s = start_times(np.zeros(500), services_s, 7)
    wanted = float((starts_s + services_s).max())
    assert queued_ends(line, [services_s]) == [pytest.approx(wanted)]


def test_a_rate_limit_holds_over_all_campaigns() -> None:
    """Two campaigns together start no more calls than the limit lets through."""
    services_s = np.full(50, 0.01)
    line = SharedLine([50, 50], [0.0, 0.0], 20, RateLimit(10.0, 1), takes_turns=True)
    ends = queued_ends(line, [services_s, services_s])
    assert ends == [pytest.approx(9.81), pytest.approx(9.91)]


def test_a_campaign_that_starts_later_begins_then() -> None:
    """Connections stand idle between campaigns."""
    line = SharedLine([2, 2], [0.0, 100.0], 2, None, takes_turns=True)
    ends = queued_ends(line, [np.full(2, 1.0), np.full(2, 1.0)])
    assert ends == [1.0, 101.0]


@pytest.mark.parametrize("takes_turns", [True, False], ids=["turns", "first-come"])
@pytest.mark.parametrize("limit", [None, RateLimit(150.0, 5)], ids=["free", "limited"])
def test_a_flow_ends_when_a_queue_does(
    make_law: LawMaker,
    takes_turns: bool,  # noqa: FBT001 - a table
    limit: RateLimit | None,
) -> None:
    """Long campaigns: the divided flow agrees with the line lead by lead."""
    quick = make_law(np.linspace(0.02, 0.1, 30).tolist(), [1.0] * 30, replicates=20)
    slow = make_law(np.linspace(0.1, 0.5, 30).tolist(), [1.0] * 30, replicates=20)
    leads, starts_s = [9_000, 9_000], [0.0, 20.0]
    line = SharedLine(leads, starts_s, 20, limit, takes_turns)
    exact = simulate_lines(line, [quick, slow], seed=1)
    longer = SharedLine([14_000, 14_000], [0.0, 31.1], 20, limit, takes_turns)
    flow = simulate_lines(longer, [quick, slow], seed=1)
    assert (exact.method, flow.method) == ("queue", "flow")
    shares = np.median(flow.ends_s, axis=0) / np.median(exact.ends_s, axis=0)
    assert shares == pytest.approx(np.full(2, 14 / 9), rel=0.015)


def test_long_campaigns_with_gaps_flow_too() -> None:
    """A flow stands still until the next campaign starts."""
    campaigns = [
        Campaign("now", [50.0] * 900, 40_000),
        Campaign("tomorrow", [50.0] * 900, 40_000, 86_400.0),
    ]
    rows = estimate_shared(campaigns, 20, replicates=40).rows
    assert rows[0].method == "flow"
    assert rows[0].finish_p50_s == pytest.approx(100.0, rel=0.01)
    assert rows[1].takes_p50_s == pytest.approx(100.0, rel=0.01)


def test_a_shared_campaign_of_its_own_takes_as_long_as_alone() -> None:
    """With nobody to share with, the estimate is that of estimate_delay."""
    shared = estimate_shared([Campaign("Score", SCORE, 30_000)], 20).rows[0]
    alone = estimate_delay(SCORE, 30_000, 20).rows[0]
    assert shared.finish_p50_s == pytest.approx(alone.makespan_p50_s, rel=0.01)
    assert shared.finish_p95_s == pytest.approx(alone.makespan_p95_s, rel=0.02)
    assert shared.alone_p50_s == alone.makespan_p50_s


@pytest.mark.parametrize(
    ("measured", "wanted"),
    [
        pytest.param((20, 30), [False, False, False], id="inside"),
        pytest.param((5, 30), [True, False, True], id="one-beyond"),
        pytest.param((None, 30), [None, False, None], id="one-not-known"),
        pytest.param((None, 5), [None, True, True], id="one-of-each"),
    ],
)
def test_more_connections_than_were_measured_are_flagged(
    measured: tuple[int | None, int | None], wanted: list[bool | None]
) -> None:
    """Each campaign rests on its own calls; the whole is as doubtful as its parts."""
    campaigns = [
        Campaign(name, LatencySample.of(SCORE, measured_connections=at_once), 50)
        for name, at_once in zip(("one", "other"), measured, strict=True)
    ]
    shared = estimate_shared(campaigns, 20, replicates=20)
    assert [row.extrapolated for row in shared.rows] == wanted
    assert ("not measured" in shared.text()) is (wanted[-1] is True)


def test_campaigns_on_the_same_calls_share_their_doubt() -> None:
    """Two equal campaigns that take turns end together, and as one of their sum."""
    both = [Campaign("one", SCORE, 15_000), Campaign("other", SCORE, 15_000)]
    together = estimate_shared(both, 20).rows[-1]
    alone = estimate_delay(SCORE, 30_000, 20).rows[0]
    assert together.finish_p05_s == pytest.approx(alone.makespan_p05_s, rel=0.02)
    assert together.finish_p95_s == pytest.approx(alone.makespan_p95_s, rel=0.02)


@pytest.mark.parametrize(
    ("campaigns", "change", "sentence"),
    [
        pytest.param([], {}, "campaigns: there are none", id="none"),
        pytest.param(
            [Campaign("a", SCORE, 9), Campaign("a", SCORE, 9)],
            {},
            "'a', 'a' are not different",
            id="same-name",
        ),
        pytest.param([Campaign("all", SCORE, 9)], {}, "or one is 'all'", id="all"),
        pytest.param(
            [Campaign("a", SCORE, 9, -1.0)], {}, "'a' starts at -1.0 s", id="before"
        ),
        pytest.param(
            [Campaign("a", SCORE, 9)],
            {"order": "x"},
            "order: 'x'; it takes",
            id="order",
        ),
        pytest.param(
            [Campaign("a", SCORE, 9)], {"connections": 0}, "found 0", id="connections"
        ),
        pytest.param([Campaign("a", [], 9)], {}, "calls: no calls", id="no-calls"),
    ],
)
def test_campaigns_that_cannot_be_are_refused(
    campaigns: list[Campaign], change: dict[str, Any], sentence: str
) -> None:
    """Each fault has its sentence."""
    with pytest.raises(InvalidPlan, match=sentence):
        estimate_shared(campaigns, **change)
