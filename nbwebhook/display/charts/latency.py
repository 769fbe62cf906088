"""How long calls took: the share of calls that was answered within each time."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nbwebhook.display.axes import Axis, Frame, draw_axes, spread
from nbwebhook.display.scales import (
    Scale,
    clean_values,
    duration_ticks,
    log_duration_ticks,
    widen,
)
from nbwebhook.display.svg import (
    Fragment,
    Picture,
    Theme,
    fit_words,
    group,
    path,
    plain,
    svg_document,
    tag,
    words_at,
)
from nbwebhook.display.text import format_count, format_ms

from .looks import MAIN_COLOUR
from .quantiles import Quantile, find_quantile, thin_ecdf

__all__ = ["latency_chart"]

_SHARES = (0.5, 0.9, 0.95, 0.99)
_FRAME = Frame(left=64, top=86, right=460, bottom=296)
_HEIGHT = 350
_MOST_POINTS = 400
_LOG_FROM_RATIO = 20.0
_LEAST_MS = 0.001
_LABEL_PX = 17.0


def _across(ordered: NDArray[np.float64]) -> Axis:
    """Return the time axis: logarithmic where the values span more than one decade."""
    low, high = float(ordered[0]), float(ordered[-1])
    positive = float(ordered[np.searchsorted(ordered, 0, side="right") :][:1].sum())
    is_log = positive > 0 and high / max(positive, _LEAST_MS) > _LOG_FROM_RATIO
    if is_log:
        ends = widen(max(positive, _LEAST_MS), high, factor=10)
        scale = Scale(*ends, _FRAME.left, _FRAME.right, is_log=True)
        ticks = log_duration_ticks(ends[0] / 1000, ends[1] / 1000, most=7)
    else:
        start = 0.0 if low < high / 2 or low == high else low - (high - low) / 10
        end = high * (2 if low == high else 1.02) or 1.0
        scale = Scale(start, end, _FRAME.left, _FRAME.right)
        ticks = duration_ticks(start / 1000, end / 1000)
    words = "time for one call" + (", logarithmic" if is_log else "")
    return Axis(scale, tuple((s * 1000, format_ms(s * 1000)) for s in ticks), words)


def _up() -> Axis:
    shares = (0.0, 0.25, 0.5, 0.75, 1.0)
    scale = Scale(0, 1, _FRAME.bottom, _FRAME.top)
    return Axis(
        scale,
        tuple((s, f"{s:.0%}".replace("%", " %")) for s in shares),
        "share of calls",
    )


def _draw_curve(ordered: NDArray[np.float64], across: Axis, up: Axis) -> Fragment:
    places = across.scale.place_all(ordered)
    kept = thin_ecdf(ordered, places, _MOST_POINTS)
    heights = up.scale.place_all((kept + 1) / len(ordered))
    points = [(float(places[0]), _FRAME.bottom)]
    for x, y in zip(places[kept].tolist(), heights.tolist(), strict=True):
        if len(ordered) <= _MOST_POINTS // 2:  # few enough to draw every step
            points.append((x, points[-1][1]))
        points.append((x, y))
    points.append((_FRAME.right, _FRAME.top))
    line = path(points)
    area = f"{line}L{_FRAME.right:.0f} {_FRAME.bottom:.0f}Z"
    return group(
        tag("path", d=area, fill=MAIN_COLOUR, fill_opacity="0.12"),
        tag(
            "path",
            d=line,
            fill="none",
            stroke=MAIN_COLOUR,
            stroke_width=2,
            stroke_linejoin="round",
        ),
    )


def _interval_words(quantile: Quantile) -> str:
    low, high = format_ms(quantile.low), format_ms(quantile.high)
    if math.isinf(quantile.high):
        return f"at least {low}" if quantile.low else "too few calls"
    if low == high:
        return low
    number, _, unit = low.partition(" ")
    return f"{number if high.endswith(f' {unit}') else low} to {high}"


def _draw_interval(quantile: Quantile, y: float, across: Axis) -> Fragment:
    if math.isinf(quantile.high) and not quantile.low:
        return Fragment("")
    return tag(
        "line",
        x1=across.scale.place(quantile.low),
        x2=across.scale.place(min(quantile.high, across.scale.high)),
        y1=y,
        y2=y,
        stroke=MAIN_COLOUR,
        stroke_width=5,
        stroke_opacity="0.45",
    )


def _draw_mark(quantile: Quantile, label_y: float, across: Axis, up: Axis) -> Fragment:
    x, y = across.scale.place(quantile.value), up.scale.place(quantile.share)
    right = _FRAME.right
    leader = path([(x, y), (right, y), (right + 10, label_y - 4)])
    value, interval = format_ms(quantile.value), _interval_words(quantile)
    return group(
        tag("title", plain(f"{quantile.name}: {value} ({interval})")),
        tag("path", class_="nbw-guide", d=leader, fill="none"),
        _draw_interval(quantile, y, across),
        tag("circle", class_="nbw-edge", cx=x, cy=y, r=4.5, fill=MAIN_COLOUR),
        words_at(right + 14, label_y, quantile.name, role="muted"),
        words_at(right + 44, label_y, value, role="ink strong"),
        words_at(right + 118, label_y, fit_words(interval, 126), role="muted"),
    )


def _draw_marks(marks: list[Quantile], across: Axis, up: Axis) -> Fragment:
    highest_first = sorted(marks, key=lambda mark: -mark.share)
    labels = spread(
        [up.scale.place(mark.share) + 4 for mark in highest_first],
        apart=_LABEL_PX,
        low=_FRAME.top + 4,
        high=_FRAME.bottom,
    )
    head = words_at(_FRAME.right + 118, _FRAME.top - 12, "95 % interval", role="muted")
    drawn = [
        _draw_mark(mark, label, across, up)
        for mark, label in zip(highest_first, labels, strict=True)
    ]
    return group(head, *drawn)


def latency_chart(
    latencies_ms: ArrayLike, *, title: str = "Time for one call", theme: Theme = "auto"
) -> str:
    """Return the share of calls answered within each time, its quantiles numbered.

    The quantiles are values that were measured and not interpolated, each with a 95 %
    interval that assumes no distribution; where the calls are too few for an upper end
    it says "at least".
    Values that are not finite or below zero are left out.

    Args:
        latencies_ms: One value a call; a million are thinned to 400 points.
        title: What was called.
        theme: Which colours.
    """
    ordered = np.sort(clean_values(latencies_ms))
    if not len(ordered):
        picture = Picture(title, "No call has been measured.", 80, theme)
        return svg_document(picture)
    marks = [find_quantile(ordered, share) for share in _SHARES]
    told = ", ".join(f"{mark.name} {format_ms(mark.value)}" for mark in marks)
    calls = f"{format_count(len(ordered))} call{'s' if len(ordered) > 1 else ''}"
    picture = Picture(
        title,
        f"{calls}: {told}, slowest {format_ms(float(ordered[-1]))}",
        _HEIGHT,
        theme,
    )
    across, up = _across(ordered), _up()
    return svg_document(
        picture,
        draw_axes(_FRAME, across, up),
        _draw_curve(ordered, across, up),
        _draw_marks(marks, across, up),
    )
