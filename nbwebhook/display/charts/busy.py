"""Calls as bars of a timeline: in order, and so few that a reader can take them in."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nbwebhook.display.text import format_duration_s

__all__ = ["Calls", "assign_lanes", "choose_lanes", "gather_calls", "thin_calls"]

_MOST_BARS, _MOST_LANES = 500, 40
_GAPS_PX = (-1.0, 0.25, 0.5, 1.0, 2.0)


@dataclass(frozen=True, slots=True)
class Calls:
    """Calls in order of their connection, then of their start; or runs of them."""

    starts_s: NDArray[np.float64]
    ends_s: NDArray[np.float64]
    lanes: NDArray[np.int64]
    outcomes: NDArray[np.str_]
    counts: NDArray[np.int64]

    def pick(self, chosen: NDArray[np.bool_] | NDArray[np.intp]) -> Calls:
        """Return some of the calls."""
        return Calls(
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


def gather_calls(
    starts_s: ArrayLike,
    durations_ms: ArrayLike,
    lanes: ArrayLike,
    outcomes: Sequence[str],
) -> Calls:
    """Return the calls whose times are known, the first start as time nought."""
    starts = np.asarray(starts_s, dtype=np.float64)
    durations = np.asarray(durations_ms, dtype=np.float64)
    rows = np.asarray(lanes, dtype=np.int64)
    words = np.asarray(outcomes, dtype=np.str_)
    kept = np.flatnonzero(np.isfinite(starts) & np.isfinite(durations))
    kept = kept[np.lexsort((starts[kept], rows[kept]))]
    starts = starts[kept] - (starts[kept].min() if len(kept) else 0)
    ends = starts + np.maximum(durations[kept], 0) / 1000
    return Calls(
        starts, ends, rows[kept], words[kept], np.ones(len(kept), dtype=np.int64)
    )


def choose_lanes(calls: Calls) -> Calls:
    """Return the calls of at most 40 connections, evenly chosen."""
    lanes = np.unique(calls.lanes)
    if len(lanes) <= _MOST_LANES:
        return calls
    chosen = lanes[np.linspace(0, len(lanes) - 1, _MOST_LANES).round().astype(int)]
    return calls.pick(np.isin(calls.lanes, chosen))


def _join(calls: Calls, gap_s: float) -> Calls:
    """Return runs of like calls on one connection that are not more than `gap_s` apart."""
    fresh = np.ones(len(calls), dtype=bool)
    fresh[1:] = (
        (calls.lanes[1:] != calls.lanes[:-1])
        | (calls.outcomes[1:] != calls.outcomes[:-1])
        | (calls.starts_s[1:] - calls.ends_s[:-1] > gap_s)
    )
    firsts = np.flatnonzero(fresh)
    joined = calls.pick(firsts)
    return Calls(
        joined.starts_s,
        np.maximum.reduceat(calls.ends_s, firsts),
        joined.lanes,
        joined.outcomes,
        np.add.reduceat(calls.counts, firsts),
    )


def thin_calls(calls: Calls, width_px: float) -> tuple[Calls, float, str]:
    """Return at most 500 bars, the end of the axis, and in words what was done."""
    end_s = float(calls.ends_s.max()) or 1.0
    pixel_s = end_s / (width_px)
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
