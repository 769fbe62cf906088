"""The queue over time, and its peak."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from lxml import etree

from nbwebhook.display.charts import queue_chart

_SVG = "{http://www.w3.org/2000/svg}"


def _parse(svg: str) -> Any:  # noqa: ANN401 - lxml has no types
    return etree.fromstring(svg.encode())


def _words(svg: str) -> list[str]:
    """Return every text that is drawn."""
    return [element.text for element in _parse(svg).iter(f"{_SVG}text")]


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
