"""How many calls may start in a second, exactly, whatever the timers do.

Calls are due evenly, 1/r apart. A timer fires late, by a millisecond or more; were each
call due 1/r after the one before had *started*, that would be lost every time, a quarter
of the rate at 1,000 calls a second. So a late start is made up by the next ones, within
bounds, and the last second's starts are remembered: none is let through that would make
any second hold more than the rate.
"""

from __future__ import annotations

import math
from collections import deque

__all__ = ["Rate"]

_MOST_LATE_S = 0.05
"""So much lateness is made up; a longer gap is a pause, and no burst follows it."""

_GRAIN_S = 0.001
"""Between the gate and the first byte some time passes, for one call more than another."""


class Rate:
    """Spaces starts.

    Args:
        calls_per_s: Starts in a second; above 0.
        after: The rate that this one follows: its starts still count.
        since_s: When it begins: the first start waits for a whole gap after it.

    Attributes:
        calls_per_s: As given.
        starts_s: When the last second's calls started.

    Example:
        >>> rate = Rate(4)
        >>> rate.wait_s(0.0), rate.start(0.01), rate.wait_s(0.01)
        (0.0, None, 0.25)
        >>> rate.start(0.28), round(rate.wait_s(0.28), 9)  # late, and made up
        (None, 0.23)
    """

    __slots__ = ("_due_s", "_gap_s", "_window_s", "calls_per_s", "starts_s")

    def __init__(
        self, calls_per_s: float, after: Rate | None = None, since_s: float = -math.inf
    ) -> None:
        self.calls_per_s = calls_per_s
        self._gap_s = 1.0 / calls_per_s
        whole = max(math.floor(calls_per_s), 1)
        self._window_s = whole / calls_per_s + _GRAIN_S
        self.starts_s: deque[float] = deque(maxlen=whole)
        self._due_s = since_s + self._gap_s
        if after is not None:
            self.starts_s.extend(after.starts_s)

    def wait_s(self, now_s: float) -> float:
        """Return how long the next start has to wait; 0 for not at all."""
        starts_s = self.starts_s
        free_s = self._due_s
        if len(starts_s) == starts_s.maxlen:
            free_s = max(free_s, starts_s[0] + self._window_s)
        return max(free_s - now_s, 0.0)

    def start(self, now_s: float) -> None:
        """Take down a start."""
        due_s = max(self._due_s, now_s - _MOST_LATE_S if self.starts_s else now_s)
        self._due_s = due_s + self._gap_s
        self.starts_s.append(now_s)
