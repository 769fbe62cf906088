"""Laws of latency: how long the demo service takes over a request.

A law is a pure function of two numbers between 0 and 1, so that the service can draw
them from the request itself and every run of a notebook meets the same slow leads.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from nbwebhook.errors import InvalidPlan

__all__ = ["Constant", "Latency", "LogNormal", "as_latency"]

_NORMAL = NormalDist()
_P99 = _NORMAL.inv_cdf(0.99)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Law(ABC):
    """What every law has: a share of requests that are slow for another reason.

    Attributes:
        slow_share: Share of requests, 0 to 1, that take `slow_ms` whatever the law says.
        slow_ms: How long those take.
    """

    slow_share: float = 0.0
    slow_ms: float = 2_000.0

    def __post_init__(self) -> None:
        if not 0 <= self.slow_share <= 1:
            raise InvalidPlan("slow_share", f"is {self.slow_share}; wanted 0 to 1")
        check_duration("slow_ms", self.slow_ms)

    @abstractmethod
    def usual_ms(self, shape: float) -> float:
        """Return the delay of a request that is not among the slow ones."""

    def delay_ms(self, shape: float, slow: float) -> float:
        """Return the delay for two independent numbers from 0 up to 1.

        Args:
            shape: The quantile of the law, without the slow share.
            slow: Below `slow_share`, the request is a slow one.
        """
        return self.slow_ms if slow < self.slow_share else self.usual_ms(shape)

    def sample_ms(self, count: int, *, seed: int = 0) -> NDArray[np.float64]:
        """Return `count` delays, the same ones for the same seed."""
        draws = np.random.default_rng(seed).random((count, 2)).tolist()
        return np.array([self.delay_ms(shape, slow) for shape, slow in draws])


@dataclass(frozen=True, slots=True)
class Constant(_Law):
    """Every request takes `ms`, but for the slow share.

    Example:
        >>> Constant(20, slow_share=0.1, slow_ms=500).delay_ms(shape=0.5, slow=0.05)
        500
    """

    ms: float

    def __post_init__(self) -> None:
        _Law.__post_init__(self)
        check_duration("latency_ms", self.ms)

    def usual_ms(self, shape: float) -> float:  # noqa: ARG002 - the law's signature
        """Return `ms`."""
        return self.ms


@dataclass(frozen=True, slots=True)
class LogNormal(_Law):
    """Most requests take about `median_ms`, one in a hundred more than `p99_ms`.

    The usual shape of a service's latency: never below zero, with a long tail. The slow
    share comes on top of it.

    Example:
        >>> round(LogNormal(50, 400).delay_ms(shape=0.99, slow=0.9))
        400
    """

    median_ms: float
    p99_ms: float

    def __post_init__(self) -> None:
        _Law.__post_init__(self)
        check_duration("median_ms", self.median_ms)
        check_duration("p99_ms", self.p99_ms)
        if not 0 < self.median_ms <= self.p99_ms:
            raise InvalidPlan(
                "median_ms",
                f"is {self.median_ms} with p99_ms {self.p99_ms}; wanted a median above "
                "0 and a p99 that is not below it",
            )

    def usual_ms(self, shape: float) -> float:
        """Return the delay at the quantile `shape`."""
        inside = min(max(shape, 1e-12), 1 - 1e-12)
        widths = _NORMAL.inv_cdf(inside) / _P99
        return float(self.median_ms * (self.p99_ms / self.median_ms) ** widths)


Latency = Constant | LogNormal
"""A law of latency."""


def as_latency(latency_ms: float | Latency) -> Latency:
    """Return the law itself, or the constant law of a number of milliseconds."""
    if isinstance(latency_ms, Constant | LogNormal):
        return latency_ms
    return Constant(latency_ms)


def check_duration(argument: str, duration: float) -> None:
    """Pass a finite duration that is not negative.

    Raises:
        InvalidPlan: The duration is anything else.
    """
    if not (duration >= 0 and math.isfinite(duration)):
        raise InvalidPlan(argument, f"is {duration}; wanted 0 or more")
