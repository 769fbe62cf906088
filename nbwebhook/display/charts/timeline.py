"""Which connection was busy when, and with what result."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

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

from .looks import draw_legend_mark, draw_textures, look_at, order_outcomes

__all__ = ["assign_lanes", "timeline_chart"]

_LEFT, _RIGHT, _TOP = 64.0, 704.0, 110.0
_MOST_BARS, _MOST_LANES = 500, 40
_GAPS_PX = (-1.0, 0.25, 0.5, 1.0, 2.0)
_LANE_PX = (8.0, 20.0)
_LANES_PX = 280.0
_MOST_LABELS = 8
_LEAST_PX = 1.0


@dataclass(frozen=True, slots=True)
class _Calls:
    """Calls in order of their connection, then of their start; or runs of them."""

    starts_s: NDArray[np.float64]
    ends_s: NDArray[np.float64]
    lanes: NDArray[np.int64]
    outcomes: NDArray[np.str_]
    counts: NDArray[np.int64]

    def pick(self, chosen: NDArray[np.bool_] | NDArray[np.intp]) -> _Calls:
        """Return some of the calls."""
        return _Calls(
            self.starts_s[chosen],
            self.ends_s[chosen],
            self.lanes[chosen],
            self.outcomes[chosen],
            self.counts[chosen],
        )

    def __len__(self) -> int:
        return len(self.starts_s)


def assign_lanes(starts_s: ArrayLike, durations_ms: ArrayLike) -> list[int]:
    """Return for each call the lowest lane, from 1, that was free when it started.

    For calls of which nobody noted the connection.

    Example:
        >>> assign_lanes([0, 0, 0.2], [100, 500, 100])
        [1, 2, 1]
    """
    starts = np.asarray(starts_s, dtype=np.float64)
    ends = starts + np.nan_to_num(np.asarray(durations_ms, dtype=np.float64)) / 1000
    lanes = [0] * len(starts)
    busy: list[tuple[float, int]] = []
    free: list[int] = []
    for position in np.argsort(starts, kind="stable").tolist():
        while busy and busy[0][0] <= starts[position]:
            heapq.heappush(free, heapq.heappop(busy)[1])
        lane = heapq.heappop(free) if free else len(busy) + 1
        heapq.heappush(busy, (float(ends[position]), lane))
        lanes[position] = lane
    return lanes


def _gather(
    starts_s: ArrayLike,
    durations_ms: ArrayLike,
    lanes: ArrayLike,
    outcomes: Sequence[str],
) -> _Calls:
    starts = np.asarray(starts_s, dtype=np.float64)
    durations = np.asarray(durations_ms, dtype=np.float64)
    rows = np.asarray(lanes, dtype=np.int64)
    words = np.asarray(outcomes, dtype=np.str_)
    kept = np.flatnonzero(np.isfinite(starts) & np.isfinite(durations))
    kept = kept[np.lexsort((starts[kept], rows[kept]))]
    starts = starts[kept] - (starts[kept].min() if len(kept) else 0)
    ends = starts + np.maximum(durations[kept], 0) / 1000
    return _Calls(
        starts, ends, rows[kept], words[kept], np.ones(len(kept), dtype=np.int64)
    )


def _choose_lanes(calls: _Calls) -> _Calls:
    """Return the calls of at most 40 connections, evenly chosen."""
    lanes = np.unique(calls.lanes)
    if len(lanes) <= _MOST_LANES:
        return calls
    chosen = lanes[np.linspace(0, len(lanes) - 1, _MOST_LANES).round().astype(int)]
    return calls.pick(np.isin(calls.lanes, chosen))


def _join(calls: _Calls, gap_s: float) -> _Calls:
    """Return runs of like calls on one connection that are not more than `gap_s` apart."""
    fresh = np.ones(len(calls), dtype=bool)
    fresh[1:] = (
        (calls.lanes[1:] != calls.lanes[:-1])
        | (calls.outcomes[1:] != calls.outcomes[:-1])
        | (calls.starts_s[1:] - calls.ends_s[:-1] > gap_s)
    )
    firsts = np.flatnonzero(fresh)
    joined = calls.pick(firsts)
    return _Calls(
        joined.starts_s,
        np.maximum.reduceat(calls.ends_s, firsts),
        joined.lanes,
        joined.outcomes,
        np.add.reduceat(calls.counts, firsts),
    )


def _thin(calls: _Calls) -> tuple[_Calls, float, str]:
    """Return at most 500 bars, the end of the axis, and in words what was done."""
    end_s = float(calls.ends_s.max()) or 1.0
    pixel_s = end_s / (_RIGHT - _LEFT)
    bars = calls
    for gap_px in _GAPS_PX:
        bars = calls if gap_px < 0 else _join(calls, gap_px * pixel_s)
        if len(bars) <= _MOST_BARS:
            note = "" if gap_px < 0 else "touching calls as one bar"
            return bars, end_s, note
    first = np.argsort(calls.starts_s, kind="stable")[:_MOST_BARS]
    until_s = float(calls.starts_s[first[-1]]) or end_s
    return (
        calls.pick(np.sort(first)),
        until_s,
        f"the first {format_duration_s(until_s)}",
    )


def _told(bars: _Calls, position: int) -> str:
    start_s, end_s = float(bars.starts_s[position]), float(bars.ends_s[position])
    words = look_at(str(bars.outcomes[position])).words
    took, since = format_ms((end_s - start_s) * 1000), format_duration_s(start_s)
    count = int(bars.counts[position])
    calls = f", {format_count(count)} calls" if count > 1 else ""
    return f"connection {bars.lanes[position]}, {words}: {took} from {since}{calls}"


def _draw_bars(bars: _Calls, across: Scale, up: Scale, key: str) -> Fragment:
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


def _draw_legend(counts: Counter[str], key: str) -> Fragment:
    marks = []
    x = 16.0
    for outcome in order_outcomes(counts):
        words = f"{look_at(outcome).words} {format_count(counts[outcome])}"
        shown = fit_words(words, 160)
        marks.append(draw_legend_mark(x, 74, outcome, shown, key))
        x += 21 + words_width(shown) + 20
    return group(*marks)


def _lane_ticks(lanes: list[int]) -> tuple[tuple[float, str], ...]:
    """Return the rows to be labelled: 1, 5, 10, ... where the lanes have no gaps."""
    step = next(s for s in (1, 2, 5, 10) if len(lanes) <= s * _MOST_LABELS)
    is_whole = lanes[-1] - lanes[0] + 1 == len(lanes)
    return tuple(
        (row + 0.5, str(lane))
        for row, lane in enumerate(lanes)
        if row == 0 or (lane if is_whole else row) % step == 0
    )


def _summary(calls: _Calls, drawn: _Calls, note: str) -> str:
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
    calls = _gather(starts_s, durations_ms, lanes, outcomes)
    if not len(calls):
        return svg_document(Picture(title, "No call has been made.", 80, theme))
    bars, end_s, note = _thin(_choose_lanes(calls))
    names = np.unique(bars.lanes).tolist()
    lane_px = min(max(_LANES_PX / len(names), _LANE_PX[0]), _LANE_PX[1])
    frame = Frame(_LEFT, _TOP, _RIGHT, _TOP + lane_px * len(names))
    across = Scale(0, end_s, frame.left, frame.right)
    up = Scale(0, len(names), frame.top, frame.bottom)
    ticks = tuple((s, format_duration_s(s)) for s in duration_ticks(0, end_s))
    summary = _summary(calls, bars, note)
    picture = Picture(title, summary, frame.bottom + 54, theme)
    counts = Counter(calls.outcomes.tolist())
    return svg_document(
        picture,
        draw_textures(counts, picture.key),
        _draw_legend(counts, picture.key),
        draw_axes(
            frame,
            Axis(across, ticks, "time since the first call"),
            Axis(up, _lane_ticks(names), "connection"),
        ),
        _draw_bars(bars, across, up, picture.key),
    )
