"""Makespan under a rate limit.

Away from the knee the campaign takes as long as the slower of two: the connections, or the
token bucket. Near the knee, where both are about equal, tokens get lost while connections
are short, and the sum is longer; there a short exact queue says by how much.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nbwebhook.whatif.drawer import Drawer
from nbwebhook.whatif.fifo import bucket_starts, start_times
from nbwebhook.whatif.law import generator

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nbwebhook.whatif.law import Law
    from nbwebhook.whatif.plan import RateLimit

__all__ = ["limited_makespans"]

_LIMIT_STAGE = 6
_EXACT_CALLS = 100_000
_PROBE_LEADS = 10_000
_PROBES = 5
_KNEE = 3.0
_TAIL_CALLS = 2048


def limited_makespans(
    free_s: NDArray[np.float64],
    law: Law,
    leads: int,
    connections: int,
    limit: RateLimit,
    *,
    seed: int,
) -> tuple[NDArray[np.float64], bool]:
    """Return the makespan of each replicate, and whether it is exact in law.

    Args:
        free_s: Makespans without the limit, one a replicate.
        law: Service times.
        leads: Calls to make.
        connections: Calls at once.
        limit: The rate limit.
        seed: Of the estimate.
    """
    rng = generator(seed, _LIMIT_STAGE)
    if leads * law.replicates <= _EXACT_CALLS:
        return _exact_makespans(law, leads, connections, limit, rng), True
    bucket_s = _bucket_ends(law, leads, limit, rng)
    paced_s = np.maximum(free_s, bucket_s)
    ratio = max(leads - limit.burst, 0) / limit.calls_per_s / free_s
    near = (ratio > 1 / _KNEE) & (ratio < _KNEE)
    if not near.any():
        return paced_s, False
    lost = _lost_at_knee(law, leads, connections, limit, rng, ratio[near])
    paced_s[near] = paced_s[near] * lost
    return paced_s, False


def _exact_makespans(
    law: Law,
    leads: int,
    connections: int,
    limit: RateLimit,
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    at_once = np.zeros(leads)
    out = np.empty(law.replicates)
    for row, weights in enumerate(law.weights):
        services_s = Drawer(law.atoms, weights, leads, rng).draw(leads)
        starts_s = start_times(at_once, services_s, connections, limit)
        out[row] = (starts_s + services_s).max()
    return out


def _bucket_ends(
    law: Law, leads: int, limit: RateLimit, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return the latest end if only the limit holds calls back."""
    longest_tail = int(law.longest_s * limit.calls_per_s) + limit.burst + 1
    tail = min(leads, longest_tail, _TAIL_CALLS)
    place = np.arange(leads - tail, leads)
    starts_s = np.maximum(place + 1 - limit.burst, 0) / limit.calls_per_s
    services_s = np.stack(
        [Drawer(law.atoms, weights, tail, rng).draw(tail) for weights in law.weights]
    )
    return np.asarray((starts_s + services_s).max(axis=1), np.float64)


def _lost_at_knee(
    law: Law,
    leads: int,
    connections: int,
    limit: RateLimit,
    rng: np.random.Generator,
    ratio: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return by which factor the exact queue is longer, for each ratio of the two."""
    calls = min(leads, _PROBE_LEADS)
    average = law.average()
    services_s = Drawer(average.atoms, average.weights[0], calls, rng).draw(calls)
    at_once = np.zeros(calls)
    free_s = (start_times(at_once, services_s, connections) + services_s).max()
    bucket_s = bucket_starts(at_once, limit)
    probes = np.geomspace(ratio.min(), ratio.max(), _PROBES)
    factors = []
    for probe in probes.tolist():
        scale = max(calls - limit.burst, 1) / limit.calls_per_s / free_s / probe
        scaled_s = services_s * scale
        starts_s = start_times(at_once, scaled_s, connections, limit)
        exact_s = (starts_s + scaled_s).max()
        factors.append(exact_s / max(free_s * scale, (bucket_s + scaled_s).max()))
    factor = np.interp(np.log(ratio), np.log(probes), factors)
    return np.asarray(np.maximum(factor, 1.0), np.float64)
