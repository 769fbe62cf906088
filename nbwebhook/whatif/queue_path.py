"""One simulated campaign with a queue: its waits, and its length over time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from nbwebhook.whatif.fifo import fast_server_starts, start_times

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nbwebhook.whatif.plan import RateLimit

__all__ = ["QueueOfRun", "queue_of"]

_PERCENTILES = (0.5, 0.95, 0.99)
_FAST_FROM_LEADS = 300_000
_OVERLOAD = 1.2
_POINTS = 400
_NO_WAIT_S = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class QueueOfRun:
    """What became of one campaign's queue.

    Attributes:
        leads: Leads that arrived.
        wait_s: Median, p95 and p99 of the wait for the start of the call.
        sojourn_s: The same of the time from arrival to the end of the call.
        finish_s: When the last call ends.
        waiting_share: Share of leads whose call does not start at once.
        longest: Most leads waiting at one moment.
        grows_at_s: When the queue that becomes the longest begins.
        drained_at_s: When it is gone.
        utilisation: Share of the connections' time spent in calls.
        keeps_pace: Whether the rate limit lets leads pass as fast as they arrive.
        path: Moments and leads waiting.
        method: How the starts were come by.
    """

    leads: int
    wait_s: NDArray[np.float64]
    sojourn_s: NDArray[np.float64]
    finish_s: float
    waiting_share: float
    longest: int
    grows_at_s: float
    drained_at_s: float
    utilisation: float
    keeps_pace: bool
    path: tuple[tuple[float, int], ...]
    method: str


def queue_of(
    arrivals_s: NDArray[np.float64],
    services_s: NDArray[np.float64],
    connections: int,
    limit: RateLimit | None,
) -> QueueOfRun:
    """Return one campaign's queue, exact but for long overloads of very long lists."""
    is_fast = limit is None and _is_long_overload(arrivals_s, services_s, connections)
    starts_s = (
        fast_server_starts(arrivals_s, services_s, connections)
        if is_fast
        else start_times(arrivals_s, services_s, connections, limit)
    )
    waits_s = starts_s - arrivals_s
    finish_s = float((starts_s + services_s).max())
    longest, grows_at_s, drained_at_s = _longest_queue(arrivals_s, starts_s)
    span_s = max(float(arrivals_s[-1] - arrivals_s[0]), _NO_WAIT_S)
    return QueueOfRun(
        leads=len(arrivals_s),
        wait_s=np.quantile(waits_s, _PERCENTILES),
        sojourn_s=np.quantile(waits_s + services_s, _PERCENTILES),
        finish_s=finish_s,
        waiting_share=float((waits_s > _NO_WAIT_S).mean()),
        longest=longest,
        grows_at_s=grows_at_s,
        drained_at_s=drained_at_s,
        utilisation=float(services_s.sum()) / (connections * finish_s),
        keeps_pace=limit is None or len(arrivals_s) / span_s < limit.calls_per_s,
        path=_path(arrivals_s, starts_s),
        method="fast server" if is_fast else "queue",
    )


def _is_long_overload(
    arrivals_s: NDArray[np.float64],
    services_s: NDArray[np.float64],
    connections: int,
) -> bool:
    if len(arrivals_s) <= _FAST_FROM_LEADS or connections == 1:
        return False
    capacity_s = connections * float(arrivals_s[-1] - arrivals_s[0])
    long_calls = connections * float(services_s.max()) > 0.2 * float(services_s.sum())
    return float(services_s.sum()) >= _OVERLOAD * capacity_s and not long_calls


def _longest_queue(
    arrivals_s: NDArray[np.float64], starts_s: NDArray[np.float64]
) -> tuple[int, float, float]:
    """Return the most leads waiting, when that queue began and when it was gone.

    Calls start in the order of arrival: at the arrival of lead i those before it that
    have not started wait, and it does too unless it starts at once.
    """
    place = np.arange(1, len(arrivals_s) + 1)
    waiting = place - np.searchsorted(starts_s, arrivals_s, side="right")
    peak = int(np.argmax(waiting))
    if waiting[peak] <= 0:
        return 0, 0.0, 0.0
    idle = np.flatnonzero(waiting <= 0)
    before, after = idle[idle < peak], idle[idle > peak]
    first = int(before[-1]) + 1 if len(before) else 0
    last = int(after[0]) - 1 if len(after) else len(starts_s) - 1
    return int(waiting[peak]), float(arrivals_s[first]), float(starts_s[last])


def _path(
    arrivals_s: NDArray[np.float64], starts_s: NDArray[np.float64]
) -> tuple[tuple[float, int], ...]:
    moments = np.linspace(0.0, float(starts_s[-1]), _POINTS)
    arrived = np.searchsorted(arrivals_s, moments, side="right")
    waiting = arrived - np.searchsorted(starts_s, moments, side="right")
    return tuple(zip(moments.tolist(), waiting.tolist(), strict=True))
