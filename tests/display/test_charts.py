"""Pictures: sound XML, the right words and numbers, and few enough marks."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import pytest
from lxml import etree

from nbwebhook.display.charts import (
    DelayPoint,
    assign_lanes,
    delay_chart,
    latency_chart,
    outcome_chart,
    queue_chart,
    timeline_chart,
)

_SVG = "{http://www.w3.org/2000/svg}"
_POINTS = (
    DelayPoint(1, 4800, 5000, 5300, 9000),
    DelayPoint(20, 240, 252, 270, 2458),
    DelayPoint(100, 52, 58, 70, 2100, is_extrapolated=True),
)


def _draw_latency(**settings: Any) -> str:  # noqa: ANN401 - passed on
    return latency_chart(np.linspace(10, 500, 300), **settings)


def _draw_outcomes(**settings: Any) -> str:  # noqa: ANN401 - passed on
    return outcome_chart({"updated": 90, "failed": 8, "unknown": 2}, **settings)


def _draw_timeline(**settings: Any) -> str:  # noqa: ANN401 - passed on
    starts, lanes = np.arange(20) / 10, np.arange(20) % 4 + 1
    outcomes = ["updated", "failed"] * 10
    return timeline_chart(starts, np.full(20, 350), lanes, outcomes, **settings)


def _draw_delay(**settings: Any) -> str:  # noqa: ANN401 - passed on
    return delay_chart(_POINTS, **settings)


def _draw_queue(**settings: Any) -> str:  # noqa: ANN401 - passed on
    return queue_chart([0, 10, 20, 30], [0, 12, 5, 0], **settings)


_DRAW = [
    pytest.param(_draw_latency, id="latency"),
    pytest.param(_draw_outcomes, id="outcomes"),
    pytest.param(_draw_timeline, id="timeline"),
    pytest.param(_draw_delay, id="delay"),
    pytest.param(_draw_queue, id="queue"),
]
_Draw = Callable[..., str]


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


def _description(svg: str) -> str:
    return str(_parse(svg).find(f"{_SVG}desc").text)


def _curve(svg: str) -> list[tuple[float, float]]:
    """Return the points of the one line that is not filled."""
    lines = [
        path.get("d")
        for path in _parse(svg).iter(f"{_SVG}path")
        if path.get("fill") == "none" and path.get("stroke-width") == "2"
    ]
    steps = re.findall(r"[ML]([\d.]+) ([\d.]+)", lines[0])
    return [(float(x), float(y)) for x, y in steps]


# What every picture has


@pytest.mark.parametrize("draw", _DRAW)
@pytest.mark.parametrize("theme", ["auto", "light", "dark"])
def test_a_picture_has_a_name_and_a_description(
    draw: _Draw, theme: Literal["auto", "light", "dark"]
) -> None:
    """A screen reader gets the name, and the figures as a sentence."""
    root = _parse(draw(title="A name", theme=theme))
    assert root.get("role") == "img"
    assert root.get("aria-label") == "A name"
    assert root.find(f"{_SVG}title").text == "A name"
    assert re.search(r"\d", root.find(f"{_SVG}desc").text)
    assert root.get("viewBox") == f"0 0 {root.get('width')} {root.get('height')}"


@pytest.mark.parametrize("draw", _DRAW)
def test_a_picture_shows_its_figures_beside_it(draw: _Draw) -> None:
    """The line under the title holds numbers, so nobody must read them off an axis."""
    assert re.search(r"\d", _summary(draw()))


@pytest.mark.parametrize("draw", _DRAW)
def test_words_stay_within_the_picture(draw: _Draw) -> None:
    """No text starts outside the frame, and no two start at the same place."""
    root = _parse(draw())
    width, height = float(root.get("width")), float(root.get("height"))
    places = [(float(t.get("x")), float(t.get("y"))) for t in root.iter(f"{_SVG}text")]
    assert all(0 <= x <= width and 0 <= y <= height for x, y in places)
    assert len(set(places)) == len(places)


def _style(svg: str) -> str:
    return str(_parse(svg).find(f"{_SVG}style").text)


def test_the_automatic_theme_follows_jupyter_and_the_reader() -> None:
    """One picture serves a dark notebook, a light one and an image on its own."""
    style = _style(_draw_latency(theme="auto"))
    assert "fill:var(--jp-layout-color0,var(--nbw-paper))" in style
    assert "@media screen and (prefers-color-scheme:dark)" in style


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_fixed_theme_needs_no_variables(theme: Literal["light", "dark"]) -> None:
    """A picture for other programs has plain colours only."""
    style = _style(_draw_latency(theme=theme))
    assert "var(" not in style
    assert "@media" not in style


def _luminance(colour: str) -> float:
    channels = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    linear = [
        c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    ]
    return float(np.dot([0.2126, 0.7152, 0.0722], linear))


def _contrast(one: str, other: str) -> float:
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _colours(theme: Literal["light", "dark"]) -> dict[str, str]:
    style = _style(_draw_latency(theme=theme))
    return dict(re.findall(r"\.nbw-(\w+)\{(?:fill|stroke):(#\w{6})\}", style))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_words_have_the_contrast_of_wcag_aa(theme: Literal["light", "dark"]) -> None:
    """Every text stands out from its background by 4.5 to 1 or more."""
    colours = _colours(theme)
    assert _contrast(colours["ink"], colours["paper"]) >= 4.5
    assert _contrast(colours["muted"], colours["paper"]) >= 4.5


def test_every_mark_stands_out_in_both_themes() -> None:
    """Colours of marks have 3 to 1 or more on white and on dark backgrounds."""
    kinds = ("updated", "no_update", "failed", "unknown", "refused", "skipped")
    svg = outcome_chart(dict.fromkeys((*kinds, "interrupted"), 10))
    marks = set(re.findall(r'fill="(#\w{6})"', svg))
    papers = ["#ffffff", "#111111", *(_colours(t)["paper"] for t in ("light", "dark"))]
    assert len(marks) == 7
    assert all(_contrast(mark, paper) >= 3 for mark in marks for paper in papers)


# Nothing to show


@pytest.mark.parametrize(
    ("svg", "words"),
    [
        pytest.param(latency_chart([]), "No call has been measured.", id="latency"),
        pytest.param(
            latency_chart([float("nan"), -1]),
            "No call has been measured.",
            id="no-value",
        ),
        pytest.param(outcome_chart({}), "No lead has an outcome yet.", id="outcomes"),
        pytest.param(
            outcome_chart({"updated": 0}), "No lead has an outcome yet.", id="nought"
        ),
        pytest.param(
            timeline_chart([], [], [], []), "No call has been made.", id="timeline"
        ),
        pytest.param(delay_chart([]), "There is no estimate to draw.", id="delay"),
        pytest.param(
            delay_chart([DelayPoint(1, 1, 2, 3, float("inf"))]),
            "There is no estimate to draw.",
            id="endless-delay",
        ),
        pytest.param(queue_chart([], []), "No queue has been seen.", id="queue"),
    ],
)
def test_without_data_a_picture_says_so(svg: str, words: str) -> None:
    """An empty picture is a sentence and not an empty frame."""
    assert _words(svg)[1:] == [words]


# Latency


def test_latency_is_numbered_at_four_quantiles() -> None:
    """p50 to p99 are values that were measured, each named beside the curve."""
    svg = latency_chart(np.arange(1.0, 1001.0), title="Score a lead")
    assert _words(svg)[:2] == [
        "Score a lead",
        "1,000 calls: p50 500 ms, p90 900 ms, p95 950 ms, p99 990 ms, slowest 1 s",
    ]
    assert _hints(svg) == [
        "p99: 990 ms (983 to 997 ms)",
        "p95: 950 ms (936 to 964 ms)",
        "p90: 900 ms (881 to 919 ms)",
        "p50: 500 ms (469 to 532 ms)",
    ]


def test_the_latency_axis_is_in_words_with_units() -> None:
    """The axes say what they show, and every tick has its unit."""
    words = _words(latency_chart(np.linspace(20, 100, 50)))
    assert {"share of calls", "time for one call", "0 %", "50 %", "100 %"} <= set(words)
    assert {"0 ms", "20 ms", "40 ms", "60 ms", "80 ms", "100 ms"} <= set(words)


def test_latencies_over_decades_have_a_logarithmic_axis() -> None:
    """A long tail does not press the rest against the axis."""
    words = _words(latency_chart([5, 50, 500, 5_000, 30_000]))
    assert {"time for one call, logarithmic", "10 ms", "100 ms", "1 s", "10 s"} <= set(
        words
    )


def test_a_million_latencies_are_thinned_without_losing_the_curve() -> None:
    """At most 400 points are drawn, and each lies on the exact curve."""
    latencies = np.random.default_rng(7).lognormal(4, 1, 1_000_000)
    svg = latency_chart(latencies)
    curve = _curve(svg)
    assert len(curve) <= 402
    assert len(svg) < 20_000
    heights = [y for _, y in curve]
    assert heights == sorted(heights, reverse=True)
    assert _summary(svg).startswith("1,000,000 calls: p50 54.6 ms, ")


def test_few_latencies_are_drawn_step_by_step() -> None:
    """With a handful of calls the curve shows each of them."""
    curve = _curve(latency_chart([10, 20, 30, 40]))
    heights = [y for _, y in curve]
    assert len(set(heights)) == 5
    assert heights == sorted(heights, reverse=True)


@pytest.mark.parametrize(
    ("latencies_ms", "summary"),
    [
        pytest.param(
            [42.5],
            "1 call: p50 42.5 ms, p90 42.5 ms, p95 42.5 ms, p99 42.5 ms, slowest 42.5 ms",
            id="one-call",
        ),
        pytest.param(
            [50] * 100,
            "100 calls: p50 50 ms, p90 50 ms, p95 50 ms, p99 50 ms, slowest 50 ms",
            id="all-equal",
        ),
        pytest.param(
            [0, 0],
            "2 calls: p50 0 ms, p90 0 ms, p95 0 ms, p99 0 ms, slowest 0 ms",
            id="all-nought",
        ),
        pytest.param(
            [0, 1e-3, 1e15],
            (
                "3 calls: p50 0.001 ms, p90 over 9,999,999 days, p95 over 9,999,999 "
                "days, p99 over 9,999,999 days, sl…"
            ),
            id="huge-range",
        ),
        pytest.param(
            [float("nan"), float("inf"), -5, 7],
            "1 call: p50 7 ms, p90 7 ms, p95 7 ms, p99 7 ms, slowest 7 ms",
            id="what-cannot-be-is-left-out",
        ),
    ],
)
def test_odd_latencies_are_drawn(latencies_ms: list[float], summary: str) -> None:
    """One value, equal values and values worlds apart make a picture that is sound."""
    assert _summary(latency_chart(latencies_ms)) == summary


def test_too_few_calls_for_an_interval_say_so() -> None:
    """No interval is made up where the sample is too small for one."""
    words = _words(latency_chart([10, 20, 30]))
    assert "too few calls" in words
    assert "at least 10 ms" in words


# Outcomes


def test_outcomes_are_told_in_words_and_textures() -> None:
    """Each part has a word with count and share, and a texture of its own."""
    svg = outcome_chart({"unknown": 2, "failed": 8, "updated": 90, "skipped": 0})
    assert _words(svg)[1:] == [
        "100 leads, updated 90 (90 %)",
        "updated 90 (90 %)",
        "failed 8 (8 %)",
        "unknown 2 (2 %)",
    ]
    assert _hints(svg) == ["updated 90 (90 %)", "failed 8 (8 %)", "unknown 2 (2 %)"]
    assert _description(svg) == (
        "100 leads: updated 90 (90 %), failed 8 (8 %), unknown 2 (2 %)"
    )
    patterns = [p.get("id") for p in _parse(svg).iter(f"{_SVG}pattern")]
    assert len(patterns) == len(set(patterns)) == 2


def _bar_widths(svg: str) -> list[float]:
    bars = [r for r in _parse(svg).iter(f"{_SVG}rect") if r.get("y") == "62"]
    return [float(bar.get("width")) for bar in bars]


def test_one_failure_among_a_million_can_be_seen() -> None:
    """The smallest part has a width, and the parts never run over."""
    widths = _bar_widths(outcome_chart({"updated": 999_999, "failed": 1, "unknown": 1}))
    assert min(widths) >= 1.5
    assert sum(widths) <= 688


def test_two_pictures_on_a_page_share_no_id() -> None:
    """Textures of one picture do not depend on another that may be hidden."""
    ids = [
        {
            p.get("id")
            for p in _parse(outcome_chart({"failed": n})).iter(f"{_SVG}pattern")
        }
        for n in (1, 2)
    ]
    assert ids[0].isdisjoint(ids[1])


def test_an_outcome_that_nobody_knows_is_shown_by_name() -> None:
    """A word from elsewhere is grey, comes last and says its name."""
    words = _words(outcome_chart({"mystery": 1, "failed": 1}))
    assert words[2:] == ["failed 1 (50 %)", "mystery 1 (50 %)"]


# Timeline


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


# Delay


def test_delay_is_told_in_words_at_every_point() -> None:
    """Each point says its time as a person would, and what was not measured is hollow."""
    svg = delay_chart(_POINTS, title="100,000 leads")
    assert _summary(svg) == (
        "1 connection: 1 h 23 min, pessimistic 2 h 30 min; "
        "100 connections: 58 s, pessimistic 35 min"
    )
    assert _hints(svg) == [
        "1 connection: 1 h 23 min (1 h 20 min to 1 h 28 min), pessimistic 2 h 30 min",
        "20 connections: 4 min 12 s (4 min to 4 min 30 s), pessimistic 41 min",
        (
            "100 connections, more than were measured: 58 s (52 s to 1 min 10 s), "
            "pessimistic 35 min"
        ),
    ]
    words = set(_words(svg))
    assert {
        "1 h 23 min",
        "4 min 12 s",
        "58 s",
        "2 h 30 min",
        "41 min",
        "35 min",
    } <= words
    assert {"1", "20", "100", "1 min", "10 min", "1 h"} <= words
    assert "hollow: more connections than were measured" in words
    assert _description(svg) == "; ".join(_hints(svg))
    hollow = [
        c for c in _parse(svg).iter(f"{_SVG}circle") if c.get("class") == "nbw-paper"
    ]
    assert len(hollow) == 2


def test_a_delay_of_many_points_labels_those_that_fit() -> None:
    """Fifty points are one line with labels that keep their distance."""
    rows = [DelayPoint(k, 4e3 / k, 5e3 / k, 6e3 / k, 7e3 / k) for k in range(50, 0, -1)]
    svg = delay_chart(rows)
    assert 3 <= len(_hints(svg)) <= 10
    assert _hints(svg)[-1].startswith("50 connections: ")
    assert "hollow: more connections than were measured" not in _words(svg)


def test_a_single_estimate_is_drawn() -> None:
    """One number of connections makes a fan with a width."""
    svg = delay_chart(_POINTS[1:2])
    assert _summary(svg) == "20 connections: 4 min 12 s, pessimistic 41 min"
    fan = next(p for p in _parse(svg).iter(f"{_SVG}path") if p.get("d").endswith("Z"))
    xs = {float(x) for x, _ in re.findall(r"[ML]([\d.]+) ([\d.]+)", fan.get("d"))}
    assert len(xs) == 2


def test_a_delay_over_many_orders_of_magnitude_is_drawn() -> None:
    """From a millisecond to a lifetime the axis keeps readable marks."""
    svg = delay_chart(
        [DelayPoint(1, 0, 1e9, 2e9, 3e9), DelayPoint(10**6, 0, 0, 0, 1e-3)]
    )
    ticks = [t for t in _words(svg) if re.fullmatch(r"[\d,.]+ (ms|s|min|h|days?)", t)]
    assert 3 <= len(ticks) <= 12


def test_the_last_of_two_equal_rows_counts() -> None:
    """Two rows for one number of connections do not make two points."""
    twice = [DelayPoint(5, 1, 1, 1, 1), DelayPoint(5, 2, 2, 2, 2)]
    assert delay_chart(twice) == delay_chart(twice[1:])


# Queue


@pytest.mark.parametrize(
    ("times_s", "queued", "summary", "peak"),
    [
        pytest.param(
            [0, 10, 20, 30],
            [0, 12, 5, 0],
            "longest queue: 12 leads after 10 s; empty from 30 s on",
            "12 at 10 s",
            id="drains",
        ),
        pytest.param(
            [0, 600],
            [5, 1_200],
            "longest queue: 1,200 leads after 10 min; 1,200 still waiting after 10 min",
            "1,200 at 10 min",
            id="grows",
        ),
        pytest.param(
            [7], [3], "longest queue: 3 leads after 0 s; 3 still waiting after 0 s",
            "3 at 0 s", id="one-value",
        ),
        pytest.param(
            [20, 0], [0, 4], "longest queue: 4 leads after 0 s; empty from 20 s on",
            "4 at 0 s", id="any-order",
        ),
    ],
)  # fmt: skip
def test_the_longest_queue_is_numbered(
    times_s: list[float], queued: list[float], summary: str, peak: str
) -> None:
    """The peak has its number and time, and the summary says when the queue is empty."""
    svg = queue_chart(times_s, queued)
    assert _summary(svg) == summary
    assert peak in _words(svg)


def test_a_queue_that_never_was_has_no_peak() -> None:
    """Where nobody waited nothing is marked."""
    svg = queue_chart([0, 10], [0, 0])
    assert _summary(svg) == "no lead had to wait for a connection"
    assert not list(_parse(svg).iter(f"{_SVG}circle"))


def test_a_million_moments_are_thinned_and_the_peak_stays() -> None:
    """At most 400 points are drawn, the highest among them."""
    queued = np.zeros(1_000_000)
    queued[123_456] = 777
    svg = queue_chart(np.arange(1_000_000) / 1_000, queued)
    assert "777 at 2 min 3 s" in _words(svg)
    curve = _curve(svg)
    assert len(curve) <= 2 * 400 + 2
    assert min(y for _, y in curve) < 120


def test_a_queue_at_one_moment_is_drawn() -> None:
    """Many values at the same time make a sound picture."""
    svg = queue_chart(np.full(1_000, 5.0), np.arange(1_000))
    assert "999 at 0 s" in _words(svg)
