"""How fast a run goes: latencies of late, time lost, and the time left with its band."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

import numpy as np

from nbwebhook.display.text import format_count, format_duration_s, format_ms
from nbwebhook.engine.ledger import PHASES, Ledger
from nbwebhook.engine.progress import Progress
from nbwebhook.frames.summary import Summary

__all__ = ["LiveLatency", "Pace", "latency_of", "live_latency"]

_LATE_CALLS = 2_000
_LATENCY = PHASES.index("latency_ms")
_FEWEST_STEPS = 4
_STEPS_KEPT = 60
_STEP_S = 0.9


@dataclass(frozen=True, slots=True)
class LiveLatency:
    """Service times of the last calls, and time lost to limits and pauses so far."""

    calls: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    throttle_s: float

    @property
    def words(self) -> str:
        """The quantiles as a sentence; empty before there are any."""
        if not self.calls:
            return ""
        return (
            f"latency of the last {format_count(self.calls)} calls: median "
            f"{format_ms(self.p50_ms)}, p95 {format_ms(self.p95_ms)}, p99 "
            f"{format_ms(self.p99_ms)}"
        )

    @property
    def throttle_words(self) -> str:
        """The time lost as a sentence; empty where none was."""
        if not self.throttle_s:
            return ""
        lost = format_duration_s(self.throttle_s)
        return f"{lost} lost to the rate limit and pauses, added up over all calls"


def live_latency(ledger: Ledger) -> LiveLatency:
    """Return the latency of late; safe while the run goes on.

    A slice is a copy: the run could not grow a column that somebody else looks into.
    """
    late = ledger.phases[_LATENCY].to_numpy()[-_LATE_CALLS:]
    late = late[~np.isnan(late)]
    throttle = ledger.throttle_ms.to_numpy()
    lost_s = float(np.nansum(throttle)) / 1e3 if len(throttle) else 0.0
    if not len(late):
        return LiveLatency(0, math.nan, math.nan, math.nan, lost_s)
    p50, p95, p99 = np.quantile(late, (0.5, 0.95, 0.99)).tolist()
    return LiveLatency(len(late), p50, p95, p99, lost_s)


def latency_of(summary: Summary) -> LiveLatency:
    """Return the latency of a run that has ended."""
    told = summary.latency
    return LiveLatency(
        told.calls, told.p50_ms, told.p95_ms, told.p99_ms, summary.throttle_s
    )


class Pace:
    """Leads done, once a second, and what they say about the time left."""

    def __init__(self) -> None:
        self._steps: deque[tuple[float, int]] = deque(maxlen=_STEPS_KEPT)

    def note(self, now: Progress) -> None:
        """Take down how far the run is, unless it was done just now."""
        if now.state != "running":
            self._steps.clear()
        elif not self._steps or now.elapsed_s - self._steps[-1][0] >= _STEP_S:
            self._steps.append((now.elapsed_s, now.done))

    def left_words(self, now: Progress) -> str:
        """Return the time left with the band that the pace of late leaves open."""
        left = now.left_s
        if left is None or now.state != "running":
            return ""
        told = f"about {format_duration_s(left)} left"
        band = self._band_s(now)
        if band is None:
            return told
        low, high = (format_duration_s(seconds) for seconds in band)
        return told if low == high else f"{told} ({low} to {high})"

    def _band_s(self, now: Progress) -> tuple[float, float] | None:
        if len(self._steps) < _FEWEST_STEPS:
            return None
        steps = np.asarray(self._steps)
        rates = np.diff(steps[:, 1]) / np.diff(steps[:, 0])
        slow, fast = np.quantile(rates, (0.1, 0.9)).tolist()
        if slow <= 0:
            return None
        todo = now.total - now.done
        return todo / fast, todo / slow
