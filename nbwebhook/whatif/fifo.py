"""Calls that wait in line for a connection and for the rate limit: when each starts.

The exact queue is one pass with a heap of the moments when connections become free. A
rate limit is a token bucket asked when the call could start: tokens that nobody takes
beyond the burst are lost.
"""

from __future__ import annotations

from heapq import heapreplace
from math import inf
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nbwebhook.whatif.plan import RateLimit

__all__ = ["bucket_starts", "erlang_c", "fast_server_starts", "start_times"]


def start_times(
    arrivals_s: NDArray[np.float64],
    services_s: NDArray[np.float64],
    connections: int,
    limit: RateLimit | None = None,
) -> NDArray[np.float64]:
    """Return when each call starts, first come first served, exactly.

    Args:
        arrivals_s: When each lead arrives, ascending, in seconds.
        services_s: How long its call takes.
        connections: Calls at once.
        limit: The rate limit, if there is one.

    Example:
        >>> start_times(np.zeros(4), np.full(4, 2.0), 2).tolist()
        [0.0, 0.0, 2.0, 2.0]
    """
    if limit is not None:
        return _limited_starts(arrivals_s, services_s, connections, limit)
    if connections == 1:
        return _one_server_starts(arrivals_s, services_s)
    free = [-inf] * min(connections, len(arrivals_s))
    starts: list[float] = []
    add = starts.append
    for arrival, service in zip(arrivals_s.tolist(), services_s.tolist(), strict=True):
        start = max(free[0], arrival)
        add(start)
        heapreplace(free, start + service)
    return np.array(starts, dtype=np.float64)


def bucket_starts(
    arrivals_s: NDArray[np.float64], limit: RateLimit
) -> NDArray[np.float64]:
    """Return when each call starts if only the rate limit holds it back, exactly.

    Example:
        >>> from nbwebhook.whatif.plan import RateLimit
        >>> bucket_starts(np.zeros(4), RateLimit(10, burst=2)).round(9).tolist()
        [0.0, 0.0, 0.1, 0.2]
    """
    place = np.arange(len(arrivals_s))
    gap_s = 1.0 / limit.calls_per_s
    latest = np.maximum.accumulate(arrivals_s - place * gap_s)
    paced = latest + (place + 1 - limit.burst) * gap_s
    return np.asarray(np.maximum(arrivals_s, paced), np.float64)


def fast_server_starts(
    arrivals_s: NDArray[np.float64],
    services_s: NDArray[np.float64],
    connections: int,
) -> NDArray[np.float64]:
    """Return starts as if one server worked as fast as all connections together.

    Close to the truth while there is always a line (more work arrives than is done); not
    to be used otherwise.
    """
    return _one_server_starts(arrivals_s, services_s / connections)


def erlang_c(connections: int, offered_load: float) -> float:
    """Return the share of calls that wait, arrivals and services both random (M/M/k).

    Args:
        connections: Calls at once.
        offered_load: Arrivals a second times mean service time; 1.0 or more where it is
            not below the connections.

    Example:
        >>> round(erlang_c(20, 16.0), 4)
        0.2561
    """
    if offered_load >= connections:
        return 1.0
    lost = 1.0
    for servers in range(1, connections + 1):
        lost = offered_load * lost / (servers + offered_load * lost)
    return lost / (1 - offered_load / connections * (1 - lost))


def _one_server_starts(
    arrivals_s: NDArray[np.float64], services_s: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Lindley's recursion as a running maximum."""
    before = np.concatenate([[0.0], np.cumsum(services_s)[:-1]])
    starts_s = np.maximum.accumulate(arrivals_s - before) + before
    # What was taken away and added again may be less by a rounding.
    return np.asarray(np.maximum(starts_s, arrivals_s), np.float64)


def _limited_starts(
    arrivals_s: NDArray[np.float64],
    services_s: NDArray[np.float64],
    connections: int,
    limit: RateLimit,
) -> NDArray[np.float64]:
    free = [-inf] * min(connections, len(arrivals_s))
    gap_s = 1.0 / limit.calls_per_s
    ahead_s = (limit.burst - 1) * gap_s
    owed = -inf
    starts: list[float] = []
    add = starts.append
    for arrival, service in zip(arrivals_s.tolist(), services_s.tolist(), strict=True):
        start = max(free[0], arrival, owed - ahead_s)
        owed = max(start, owed) + gap_s
        add(start)
        heapreplace(free, start + service)
    return np.array(starts, dtype=np.float64)
