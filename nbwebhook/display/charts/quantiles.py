"""Quantiles that were really measured, with intervals that assume no shape."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Quantile", "find_quantile", "thin_ecdf"]

_TAIL = 0.025
_NORMAL_FROM = 100.0  # variance of the rank from which the normal law serves
_NORMAL_Z = 1.959964


@dataclass(frozen=True, slots=True)
class Quantile:
    """One quantile of a sample and what it may be in the long run.

    Attributes:
        share: 0.99 for the p99.
        value: The smallest measured value that at least that share does not exceed.
        low: Lower end of the 95 % interval; 0 where the sample is too small for one.
        high: Upper end; infinite where the sample is too small for one.
    """

    share: float
    value: float
    low: float
    high: float

    @property
    def name(self) -> str:
        """Its usual name: `p99`."""
        return f"p{self.share * 100:g}"


def _exact_ranks(count: int, share: float) -> tuple[int, int]:
    """Return the ranks, from 1, between which the quantile lies 19 times in 20."""
    mass, low, rank = 0.0, 0, -1
    while mass < 1 - _TAIL:
        rank += 1
        mass += math.exp(
            math.lgamma(count + 1)
            - math.lgamma(rank + 1)
            - math.lgamma(count - rank + 1)
            + rank * math.log(share)
            + (count - rank) * math.log1p(-share)
        )
        if mass <= _TAIL:
            low = rank + 1
    return low, rank + 1


def _ranks(count: int, share: float) -> tuple[int, int]:
    variance = count * share * (1 - share)
    if variance < _NORMAL_FROM:
        return _exact_ranks(count, share)
    reach = _NORMAL_Z * math.sqrt(variance)
    return math.floor(count * share - reach), math.ceil(count * share + reach) + 1


def find_quantile(ordered: NDArray[np.float64], share: float) -> Quantile:
    """Return a quantile of ordered values with its distribution-free 95 % interval.

    Example:
        >>> find_quantile(np.arange(1.0, 101.0), 0.5)
        Quantile(share=0.5, value=50.0, low=40.0, high=61.0)
    """
    count = len(ordered)
    value = float(ordered[max(0, math.ceil(round(count * share, 9)) - 1)])
    low, high = _ranks(count, share)
    return Quantile(
        share,
        value,
        float(ordered[low - 1]) if low >= 1 else 0.0,
        float(ordered[high - 1]) if high <= count else math.inf,
    )


def thin_ecdf(
    ordered: NDArray[np.float64], places: NDArray[np.float64], most: int
) -> NDArray[np.intp]:
    """Return the positions of at most `most` values that keep the curve's shape.

    Half of them lie evenly in rank, half evenly along the axis, so that neither the
    steep part nor the long tail is lost; each is a point of the exact curve.

    Args:
        ordered: The values in order.
        places: Their pixels on the axis.
        most: How many points may be drawn.
    """
    count = len(ordered)
    if count <= most:
        return np.arange(count)
    by_rank = np.linspace(0, count - 1, most // 2).round().astype(np.intp)
    columns = np.linspace(places[0], places[-1], most // 2)
    by_place = np.searchsorted(places, columns, side="right") - 1
    return np.unique(np.concatenate([by_rank, by_place]))
