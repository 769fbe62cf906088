"""Ends of calls in streams: the nth of all, how many up to a moment, the last of all."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["count_up_to", "latest_ends", "nth_smallest"]

_PARTITION_PAYS_TO = 30_000
_PROBES = 2003


def latest_ends(
    ends: NDArray[np.float64], last_start: NDArray[np.float64], later: int
) -> NDArray[np.float64]:
    """Return the latest end among the leads' calls of each replicate.

    Where several calls would start at the very last moment, only as many do as there are
    leads left; which streams take them does not matter.
    """
    replicates, busy, width = ends.shape
    streams = ends.reshape(replicates * busy, width)
    every = np.arange(len(streams))
    moment = np.repeat(last_start, busy)
    started = count_up_to(streams, moment)
    surplus = started.reshape(replicates, busy).sum(axis=1) - later
    if surplus.any():
        tied = (streams[every, np.maximum(started - 1, 0)] == moment) & (started > 0)
        nth_tied = np.cumsum(tied.reshape(replicates, busy), axis=1)
        one_less = tied & (nth_tied <= surplus[:, None]).ravel()
        started = started - one_less
    latest = streams[every, started].reshape(replicates, busy).max(axis=1)
    return np.asarray(latest, np.float64)


def count_up_to(
    ends: NDArray[np.float64], moment: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Return how many calls of each stream end up to its moment: a search per stream."""
    width = ends.shape[1]
    streams = np.arange(len(ends))
    count = np.zeros(len(ends), np.int64)
    step = 1 << (width.bit_length() - 1)
    while step:
        probe = count + step
        reached = ends[streams, np.minimum(probe, width) - 1] <= moment
        count = np.where((probe <= width) & reached, probe, count)
        step >>= 1
    return count


def nth_smallest(values: NDArray[np.float64], nth: int) -> NDArray[np.float64]:
    """Return the nth smallest of each row, from 1; infinity where there are fewer."""
    if nth > values.shape[1]:
        return np.full(len(values), np.inf)
    if values.shape[1] <= _PARTITION_PAYS_TO:
        return np.partition(values, nth - 1, axis=1)[:, nth - 1]
    return np.array([_nth_of_many(row, nth) for row in values])


def _nth_of_many(values: NDArray[np.float64], nth: int) -> float:
    """Return the nth smallest, looking only at values between two probes of a sample."""
    probes = np.sort(values[:: len(values) // _PROBES])
    share = nth / len(values)
    slack = 4 * math.sqrt(len(probes) * share * (1 - share)) + 3
    low = probes[max(int(share * len(probes) - slack), 0)]
    high = probes[min(int(share * len(probes) + slack), len(probes) - 1)]
    below = int(np.count_nonzero(values < low))
    middle = values[np.flatnonzero((values >= low) & (values <= high))]
    place = nth - 1 - below
    if 0 <= place < len(middle):
        return float(np.partition(middle, place)[place])
    return float(np.partition(values, nth - 1)[nth - 1])
