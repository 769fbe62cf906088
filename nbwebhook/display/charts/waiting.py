"""How many leads were waiting for a connection, over time."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nbwebhook.display.axes import Axis, Frame, draw_axes
from nbwebhook.display.scales import Scale, count_ticks, duration_ticks
from nbwebhook.display.svg import (
    Fragment,
    Picture,
    Theme,
    group,
    path,
    svg_document,
    tag,
    words_at,
    words_width,
)
from nbwebhook.display.text import format_count, format_duration_s

from .looks import MAIN_COLOUR

__all__ = ["queue_chart"]

_FRAME = Frame(left=72, top=92, right=684, bottom=268)
_HEIGHT = 322
_COLUMNS = 200
_Values = NDArray[np.float64]


def _order(times_s: ArrayLike, queued: ArrayLike) -> tuple[_Values, _Values]:
    times = np.asarray(times_s, dtype=np.float64)
    lengths = np.asarray(queued, dtype=np.float64)
    usable = np.isfinite(times) & np.isfinite(lengths) & (lengths >= 0)
    times, lengths = times[usable], lengths[usable]
    order = np.argsort(times, kind="stable")
    return times[order] - (times.min() if len(times) else 0), lengths[order]


def _thin(times: _Values, lengths: _Values) -> tuple[_Values, _Values]:
    """Return at most two points a column, its highest and its last: no peak is lost."""
    if len(times) <= 2 * _COLUMNS:
        return times, lengths
    shares = times / (float(times[-1]) or 1.0)
    columns = np.minimum(shares * _COLUMNS, _COLUMNS - 1).astype(np.intp)
    ends = np.append(np.flatnonzero(np.diff(columns)), len(times) - 1)
    starts = np.append(0, ends[:-1] + 1)
    tops = [
        start + int(np.argmax(lengths[start : end + 1]))
        for start, end in zip(starts.tolist(), ends.tolist(), strict=True)
    ]
    kept = np.unique(np.append(tops, ends))
    return times[kept], lengths[kept]


def _draw_steps(times: _Values, lengths: _Values, across: Scale, up: Scale) -> Fragment:
    xs = across.place_all(times).tolist()
    ys = up.place_all(lengths).tolist()
    points = [(xs[0], ys[0])]
    for x, y in zip(xs[1:], ys[1:], strict=True):
        points += [(x, points[-1][1]), (x, y)]
    points.append((_FRAME.right, points[-1][1]))
    floor = [(_FRAME.right, _FRAME.bottom), (_FRAME.left, _FRAME.bottom)]
    return group(
        tag(
            "path",
            d=path([*points, *floor], closed=True),
            fill=MAIN_COLOUR,
            fill_opacity="0.18",
        ),
        tag("path", d=path(points), fill="none", stroke=MAIN_COLOUR, stroke_width=2),
    )


def _draw_peak(time_s: float, length: float, across: Scale, up: Scale) -> Fragment:
    if not length:
        return Fragment("")
    x, y = across.place(time_s), up.place(length)
    words = f"{format_count(int(length))} at {format_duration_s(time_s)}"
    is_right = x + 12 + words_width(words) > _FRAME.right
    return group(
        tag("circle", class_="nbw-edge", cx=x, cy=y, r=4.5, fill=MAIN_COLOUR),
        words_at(
            x - 8 if is_right else x + 8,
            y - 8,
            words,
            role="ink strong halo edge",
            anchor="end" if is_right else "start",
        ),
    )


def _summary(times: _Values, lengths: _Values, peak: int) -> str:
    highest = f"{format_count(int(lengths[peak]))} leads"
    told = f"longest queue: {highest} after {format_duration_s(float(times[peak]))}"
    waiting = np.flatnonzero(lengths > 0)
    if not len(waiting):
        return "no lead had to wait for a connection"
    if waiting[-1] == len(lengths) - 1:
        left = f"{format_count(int(lengths[-1]))} still waiting"
        return f"{told}; {left} after {format_duration_s(float(times[-1]))}"
    empty = format_duration_s(float(times[waiting[-1] + 1]))
    return f"{told}; empty from {empty} on"


def queue_chart(
    times_s: ArrayLike,
    queued: ArrayLike,
    *,
    title: str = "Leads waiting for a connection",
    theme: Theme = "auto",
) -> str:
    """Return the number of waiting leads over time as steps, its peak numbered.

    Args:
        times_s: When the number changed; a million are thinned to 400 points.
        queued: How many were waiting from then on.
        title: Drawn on top.
        theme: Which colours.
    """
    times, lengths = _order(times_s, queued)
    if not len(times):
        return svg_document(Picture(title, "No queue has been seen.", 80, theme))
    peak = int(np.argmax(lengths))
    end_s = float(times[-1]) or 1.0
    highest = max(float(lengths[peak]), 1.0)
    across = Scale(0, end_s, _FRAME.left, _FRAME.right)
    up = Scale(0, highest * 1.12, _FRAME.bottom, _FRAME.top)
    drawn = _thin(times, lengths)
    return svg_document(
        Picture(title, _summary(times, lengths, peak), _HEIGHT, theme),
        draw_axes(
            _FRAME,
            Axis(
                across,
                tuple((s, format_duration_s(s)) for s in duration_ticks(0, end_s)),
                "time since the first lead",
            ),
            Axis(
                up,
                tuple((n, format_count(int(n))) for n in count_ticks(0, up.high)),
                "leads waiting",
            ),
        ),
        _draw_steps(*drawn, across, up),
        _draw_peak(float(times[peak]), float(lengths[peak]), across, up),
    )
