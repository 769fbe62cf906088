"""How long calls took: the curve, its quantiles, odd samples."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from lxml import etree

from nbwebhook.display.charts import latency_chart

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


def _curve(svg: str) -> list[tuple[float, float]]:
    """Return the points of the one line that is not filled."""
    lines = [
        path.get("d")
        for path in _parse(svg).iter(f"{_SVG}path")
        if path.get("fill") == "none" and path.get("stroke-width") == "2"
    ]
    steps = re.findall(r"[ML]([\d.]+) ([\d.]+)", lines[0])
    return [(float(x), float(y)) for x, y in steps]


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
