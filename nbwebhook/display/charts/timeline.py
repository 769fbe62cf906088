"""Which connection was busy when, and with what result."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from nbwebhook.display.axes import Axis, Frame, draw_axes
from nbwebhook.display.scales import Scale, duration_ticks
from nbwebhook.display.svg import (
    Fragment,
    Picture,
    Theme,
    fit_words,
    group,
    plain,
    svg_document,
    tag,
    words_width,
)
from nbwebhook.display.text import format_count, format_duration_s, format_ms

from .busy import Calls, choose_lanes, gather_calls, thin_calls
from .looks import draw_legend_mark, draw_textures, look_at, order_outcomes

__all__ = ["timeline_chart"]

_LEFT, _RIGHT = 64.0, 704.0
_LEGEND_TOP, _LEGEND_ROW_PX = 74.0, 22.0
_LANE_PX = (8.0, 20.0)
_LANES_PX = 280.0
_MOST_LABELS = 8
_LEAST_PX = 1.0


def _told(bars: Calls, position: int) -> str:
    start_s, end_s = float(bars.starts_s[position]), float(bars.ends_s[position])
    words = look_at(str(bars.outcomes[position])).words
    took, since = format_ms((end_s - start_s) * 1000), format_duration_s(start_s)
    count = int(bars.counts[position])
    calls = f", {format_count(count)} calls" if count > 1 else ""
    return f"connection {bars.lanes[position]}, {words}: {took} from {since}{calls}"


def _draw_bars(bars: Calls, across: Scale, up: Scale, key: str) -> Fragment:
    rows = np.searchsorted(np.unique(bars.lanes), bars.lanes)
    lane_px = up.place(1) - up.place(0)
    tops = up.place_all(rows) + lane_px * 0.08
    left = across.place_all(bars.starts_s)
    width = np.maximum(across.place_all(bars.ends_s) - left - 0.5, _LEAST_PX)
    return group(
        *(
            tag(
                "rect",
                tag("title", plain(_told(bars, position))),
                x=float(left[position]),
                y=float(tops[position]),
                width=float(width[position]),
                height=lane_px * 0.84,
                fill=look_at(str(bars.outcomes[position])).fill(key),
            )
            for position in range(len(bars))
        )
    )


def _place_legend(counts: Counter[str]) -> list[tuple[float, float, str, str]]:
    """Return x, y, outcome and words of each mark, wrapped like a text."""
    marks = []
    x, y = 16.0, _LEGEND_TOP
    for outcome in order_outcomes(counts):
        words = f"{look_at(outcome).words} {format_count(counts[outcome])}"
        shown = fit_words(words, 160)
        mark_px = 21 + words_width(shown) + 20
        if x + mark_px > _RIGHT:
            x, y = 16.0, y + _LEGEND_ROW_PX
        marks.append((x, y, outcome, shown))
        x += mark_px
    return marks


def _lane_ticks(lanes: list[int]) -> tuple[tuple[float, str], ...]:
    """Return the rows to be labelled: 1, 5, 10, ... where the lanes have no gaps."""
    step = next(s for s in (1, 2, 5, 10) if len(lanes) <= s * _MOST_LABELS)
    is_whole = lanes[-1] - lanes[0] + 1 == len(lanes)
    return tuple(
        (row + 0.5, str(lane))
        for row, lane in enumerate(lanes)
        if row == 0 or (lane if is_whole else row) % step == 0
    )


def _summary(calls: Calls, drawn: Calls, note: str) -> str:
    lanes, shown = len(np.unique(calls.lanes)), len(np.unique(drawn.lanes))
    plural = "s" if lanes > 1 else ""
    took = format_duration_s(float(calls.ends_s.max()))
    over = f"{format_count(lanes)} connection{plural} in {took}"
    number = f"{format_count(len(calls))} call{'s' if len(calls) > 1 else ''}"
    notes = [f"{shown} connections"] if shown < lanes else []
    notes += [note] if note else []
    drawn_words = f"; drawn: {', '.join(notes)}" if notes else ""
    return f"{number} over {over}{drawn_words}"


def timeline_chart(
    starts_s: ArrayLike,
    durations_ms: ArrayLike,
    lanes: ArrayLike,
    outcomes: Sequence[str],
    *,
    title: str = "Calls by connection",
    theme: Theme = "auto",
) -> str:
    """Return each connection's calls as bars over time, at most 500 of them.

    Of more than 40 connections 40 are drawn; then calls of one outcome that follow each
    other without a visible gap become one bar; and if that does not suffice, the first
    500 calls are drawn. The line under the title says which of these was done.

    Args:
        starts_s: When each call started; only differences matter.
        durations_ms: How long it took.
        lanes: Its connection, a whole number; `assign_lanes` makes them up.
        outcomes: What became of it.
        title: Drawn on top.
        theme: Which colours.
    """
    calls = gather_calls(starts_s, durations_ms, lanes, outcomes)
    if not len(calls):
        return svg_document(Picture(title, "No call has been made.", 80, theme))
    bars, end_s, note = thin_calls(choose_lanes(calls), _RIGHT - _LEFT)
    names = np.unique(bars.lanes).tolist()
    lane_px = min(max(_LANES_PX / len(names), _LANE_PX[0]), _LANE_PX[1])
    counts = Counter(calls.outcomes.tolist())
    legend = _place_legend(counts)
    top = legend[-1][1] + 36
    frame = Frame(_LEFT, top, _RIGHT, top + lane_px * len(names))
    across = Scale(0, end_s, frame.left, frame.right)
    up = Scale(0, len(names), frame.top, frame.bottom)
    ticks = tuple((s, format_duration_s(s)) for s in duration_ticks(0, end_s))
    summary = _summary(calls, bars, note)
    picture = Picture(title, summary, frame.bottom + 54, theme)
    return svg_document(
        picture,
        draw_textures(counts, picture.key),
        *(draw_legend_mark(*mark, picture.key) for mark in legend),
        draw_axes(
            frame,
            Axis(across, ticks, "time since the first call"),
            Axis(up, _lane_ticks(names), "connection"),
        ),
        _draw_bars(bars, across, up, picture.key),
    )
