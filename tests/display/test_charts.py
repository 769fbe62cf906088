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


def _summary(svg: str) -> str:
    return _words(svg)[1]


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
