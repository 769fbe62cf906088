"""Campaigns in one line: lead by lead where they are short, as a flow where they are long."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from heapq import heapreplace
from math import inf
from typing import TYPE_CHECKING

import numpy as np

from nbwebhook.whatif.drawer import Drawer
from nbwebhook.whatif.equilibrium import sum_of_calls
from nbwebhook.whatif.law import generator
from nbwebhook.whatif.picker import Picker

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from nbwebhook.whatif.law import Law
    from nbwebhook.whatif.plan import RateLimit

__all__ = ["LineEnds", "SharedLine", "queued_ends", "simulate_lines"]

_STAGE = 12
_QUEUED_LEADS = 20_000
_MOST_QUEUED_LEADS = 60_000
_AFFORDABLE_LEADS = 600_000
_FEWEST_REPLICATES = 20
_LONGEST_SHARE = 0.2
_ROUNDING = 1e-9
_DRAWN_RESIDUALS = 64


@dataclass(frozen=True, slots=True)
class SharedLine:
    """Who waits for which connections.

    Attributes:
        leads: Leads of each campaign.
        starts_s: When each starts.
        connections: Connections that they share.
        limit: The rate limit over all, if there is one.
        takes_turns: Whether running campaigns take turns, a lead each; else the one that
            started first goes first.
    """

    leads: Sequence[int]
    starts_s: Sequence[float]
    connections: int
    limit: RateLimit | None
    takes_turns: bool


@dataclass(frozen=True, slots=True, eq=False)
class LineEnds:
    """When campaigns are done.

    Attributes:
        ends_s: Replicates by campaigns.
        method: `queue` or `flow`.
    """

    ends_s: NDArray[np.float64]
    method: str


def simulate_lines(line: SharedLine, laws: Sequence[Law], seed: int) -> LineEnds:
    """Return when each campaign is done, in each replicate."""
    rng = generator(seed, _STAGE)
    total = sum(line.leads)
    replicates = laws[0].replicates
    is_long = total > _QUEUED_LEADS and _is_long(line, laws)
    if is_long or total > _MOST_QUEUED_LEADS:
        return LineEnds(_flow_ends(line, laws, rng), "flow")
    affordable = max(_AFFORDABLE_LEADS // total, _FEWEST_REPLICATES)
    ends = []
    for row in range(min(replicates, affordable)):
        services_s = [
            Drawer(law.atoms, law.weights[row], leads, rng).draw(leads)
            for law, leads in zip(laws, line.leads, strict=True)
        ]
        ends.append(queued_ends(line, services_s))
    return LineEnds(np.array(ends), "queue")


def queued_ends(
    line: SharedLine, services_s: Sequence[NDArray[np.float64]]
) -> list[float]:
    """Return when each campaign is done, its calls taking the times given, exactly."""
    waiting = [deque(services.tolist()) for services in services_s]
    coming = deque(sorted(range(len(waiting)), key=lambda place: line.starts_s[place]))
    running: deque[int] = deque()
    free = [-inf] * line.connections
    ends = [0.0] * len(waiting)
    pace = _Pace(line.limit)
    while running or coming:
        now = free[0]
        if not running:
            now = max(now, line.starts_s[coming[0]])
        while coming and line.starts_s[coming[0]] <= now:
            running.append(coming.popleft())
        place = running.popleft()
        start = pace.start(max(now, line.starts_s[place]))
        end = start + waiting[place].popleft()
        ends[place] = max(ends[place], end)
        heapreplace(free, end)
        if waiting[place] and line.takes_turns:
            running.append(place)
        elif waiting[place]:
            running.appendleft(place)
    return ends


class _Pace:
    """The token bucket, one call after the other."""

    def __init__(self, limit: RateLimit | None) -> None:
        self._gap_s = 0.0 if limit is None else 1.0 / limit.calls_per_s
        self._ahead_s = 0.0 if limit is None else (limit.burst - 1) * self._gap_s
        self._owed = -inf

    def start(self, wanted_s: float) -> float:
        """Return when a call may start that could start at that moment."""
        start = max(wanted_s, self._owed - self._ahead_s)
        self._owed = max(start, self._owed) + self._gap_s
        return start


def _is_long(line: SharedLine, laws: Sequence[Law]) -> bool:
    """Return whether the longest call is short against every campaign."""
    return all(
        line.connections * law.longest_s <= _LONGEST_SHARE * leads * law.mean_s
        for law, leads in zip(laws, line.leads, strict=True)
    )


def _flow_ends(
    line: SharedLine, laws: Sequence[Law], rng: np.random.Generator
) -> NDArray[np.float64]:
    """Divide the connections among the campaigns that run, and add the last calls."""
    call_s = np.stack(
        [
            sum_of_calls(law, leads, rng) / leads
            for law, leads in zip(laws, line.leads, strict=True)
        ],
        axis=1,
    )
    ends = np.array([_flow(line, row) for row in call_s])
    return ends + np.stack([_last_call(line, law, rng) for law in laws], axis=1)


def _flow(line: SharedLine, call_s: NDArray[np.float64]) -> list[float]:
    """Return when each campaign's line is empty, in one replicate."""
    left = [float(leads) for leads in line.leads]
    ends = [0.0] * len(left)
    now = 0.0
    while any(left):
        running = [
            place
            for place, leads in enumerate(left)
            if leads > 0 and line.starts_s[place] <= now
        ]
        coming = [start for start in line.starts_s if start > now]
        next_start = min(coming, default=inf)
        if not running:
            now = next_start
            continue
        if not line.takes_turns:
            running = [min(running, key=lambda place: line.starts_s[place])]
        per_s = line.connections / sum(float(call_s[place]) for place in running)
        if line.limit is not None:
            per_s = min(per_s, line.limit.calls_per_s / len(running))
        stretch = min(min(left[place] for place in running) / per_s, next_start - now)
        now += stretch
        for place in running:
            left[place] -= per_s * stretch
            if left[place] <= _ROUNDING * line.leads[place]:
                left[place], ends[place] = 0.0, now
    return ends


def _last_call(
    line: SharedLine, law: Law, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return how much later than its flow a campaign ends.

    The flow does what is left of the calls under way at full width; in truth the longest
    of them goes on alone.
    """
    picker = Picker(law)
    shape = (law.replicates, min(line.connections, _DRAWN_RESIDUALS))
    residuals = picker.by_length(rng.random(shape)) * rng.random(shape)
    left = residuals.max(axis=1) - residuals.sum(axis=1) / line.connections
    return np.asarray(np.maximum(left, 0.0), np.float64)
