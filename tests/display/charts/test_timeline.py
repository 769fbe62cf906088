"""Calls by connection: bars, and how there come to be few enough."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from lxml import etree

from nbwebhook.display.charts import assign_lanes, timeline_chart

_SVG = "{http://www.w3.org/2000/svg}"


def _parse(svg: str) -> Any:  # noqa: ANN401 - lxml has no types
    return etree.fromstring(svg.encode())


def _words(svg: str) -> list[str]:
    """Return every text that is drawn."""
    return [element.text for element in _parse(svg).iter(f"{_SVG}text")]


def _hints(svg: str) -> list[str]:
    """Return what is told when the mouse rests on a mark."""
    return [element.text for element in _parse(svg).iter(f"{_SVG}title")][1:]


def _summary(svg: str) -> str:
    return _words(svg)[1]


def _bars(svg: str) -> list[Any]:
    return [
        r for r in _parse(svg).iter(f"{_SVG}rect") if r.find(f"{_SVG}title") is not None
    ]


def test_a_timeline_has_a_bar_for_each_call() -> None:
    """Each call is a bar on its connection's row, told when the mouse rests on it."""
    svg = timeline_chart(
        [100.0, 100.0, 100.25],
        [200, 500, 50],
        [1, 2, 1],
        ["updated", "failed", "updated"],
    )
    assert _hints(svg) == [
        "connection 1, updated: 200 ms from 0 s",
        "connection 1, updated: 50 ms from 250 ms",
        "connection 2, failed: 500 ms from 0 s",
    ]
    assert _words(svg)[1:4] == [
        "3 calls over 2 connections in 500 ms",
        "updated 2",
        "failed 1",
    ]
    assert {"connection", "time since the first call", "1", "2"} <= set(_words(svg))
    rows = [bar.get("y") for bar in _bars(svg)]
    assert rows[0] == rows[1] != rows[2]


def _busy_run(calls: int, lanes: int, outcomes: list[str]) -> tuple[Any, ...]:
    """Return a run whose connections are never idle."""
    lane = np.arange(calls) % lanes + 1
    starts = np.arange(calls) // lanes * 0.1
    return starts, np.full(calls, 100), lane, list(np.resize(outcomes, calls))


def test_calls_that_touch_become_one_bar() -> None:
    """A long run of like calls is one bar that says how many it stands for."""
    svg = timeline_chart(*_busy_run(2_000, 20, ["updated"]))
    assert len(_bars(svg)) == 20
    assert _summary(svg) == (
        "2,000 calls over 20 connections in 10 s; drawn: touching calls as one bar"
    )
    assert _hints(svg)[0] == "connection 1, updated: 10 s from 0 s, 100 calls"


def test_a_failure_is_not_joined_with_its_neighbours() -> None:
    """What went wrong keeps a bar of its own."""
    starts, durations, lanes, outcomes = _busy_run(2_000, 20, ["updated"])
    outcomes[1_000] = "failed"
    svg = timeline_chart(starts, durations, lanes, outcomes)
    assert [hint for hint in _hints(svg) if "failed" in hint] == [
        "connection 1, failed: 100 ms from 5 s"
    ]


def test_a_huge_timeline_shows_its_beginning_and_says_so() -> None:
    """At most 500 bars are drawn, of at most 40 connections, over one stretch of time."""
    run = _busy_run(1_000_000, 1_000, ["updated", "failed", "unknown"])
    svg = timeline_chart(*run)
    assert len(_bars(svg)) == 500
    assert _summary(svg) == (
        "1,000,000 calls over 1,000 connections in 1 min 40 s; drawn: 40 connections, "
        "the first 1.2 s"
    )
    right = max(float(bar.get("x")) + float(bar.get("width")) for bar in _bars(svg))
    assert right <= 705


def test_a_timeline_of_calls_that_took_no_time_is_drawn() -> None:
    """Calls of no length at one moment still make a sound picture."""
    svg = timeline_chart(np.zeros(600), np.zeros(600), np.ones(600), ["a", "b"] * 300)
    assert len(_bars(svg)) == 500
    assert timeline_chart([float("nan")], [1], [1], ["x"]) == timeline_chart(
        [], [], [], []
    )


def test_many_outcomes_wrap_their_legend() -> None:
    """A legend that is wider than the picture goes on in a second line."""
    outcomes = ["updated", "no_update", "failed", "unknown", "refused", "skipped"]
    svg = timeline_chart(*_busy_run(70, 7, [*outcomes, "interrupted"]))
    legend = [t for t in _parse(svg).iter(f"{_SVG}text") if str(t.text).endswith(" 10")]
    assert [float(t.get("x")) < 720 for t in legend] == [True] * 7
    assert len({t.get("y") for t in legend}) == 2


@pytest.mark.parametrize(
    ("starts_s", "durations_ms", "lanes"),
    [
        pytest.param([], [], [], id="no-calls"),
        pytest.param([0, 1, 2], [100, 100, 100], [1, 1, 1], id="one-after-the-other"),
        pytest.param([0, 0, 0], [100, 100, 100], [1, 2, 3], id="all-at-once"),
        pytest.param(
            [0, 0, 0.2, 0.3], [100, 500, 50, 50], [1, 2, 1, 1], id="lowest-free"
        ),
        pytest.param([0.2, 0], [100, 100], [1, 1], id="any-order"),
        pytest.param([0, 0.1], [float("nan"), 100], [1, 1], id="unknown-length"),
    ],
)
def test_lanes_are_the_lowest_that_were_free(
    starts_s: list[float], durations_ms: list[float], lanes: list[int]
) -> None:
    """Calls whose connection nobody noted get rows that never overlap."""
    assert assign_lanes(starts_s, durations_ms) == lanes
