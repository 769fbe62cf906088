"""Delay against connections: words at every point."""

from __future__ import annotations

import re
from typing import Any

from lxml import etree

from nbwebhook.display.charts import DelayPoint, delay_chart

_SVG = "{http://www.w3.org/2000/svg}"
_POINTS = (
    DelayPoint(1, 4800, 5000, 5300, 9000),
    DelayPoint(20, 240, 252, 270, 2458),
    DelayPoint(100, 52, 58, 70, 2100, is_extrapolated=True),
)


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
