"""A service time that is told, not measured: "median 80 ms, p99 400 ms, 0.5 % time out".

A lognormal law through the median and the upper percentile describes the calls that are
answered; the calls that time out are added to it. Quantile bins carry the law, fine
enough in the tail that a hundred million calls meet its rarest values.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from nbwebhook.errors import InvalidPlan

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["StatedLatency", "lognormal_atoms", "parse_stated"]

_NORMAL = NormalDist()
_NUMBER = r"(\d+(?:\.\d+)?|\.\d+)"
_PERCENTILE = re.compile(
    rf"\b(median|p\s?50|p\s?90|p\s?95|p\s?99)\b\s*(?:is|of|=|:)?\s*{_NUMBER}\s*"
    r"(ms|milliseconds?|s|sec|seconds?)\b",
    re.IGNORECASE,
)
_TIMEOUTS = re.compile(
    rf"{_NUMBER}\s*(%|per\s?cent|percent)\s*(?:of (?:the )?calls\s*)?tim(?:e|ed|es)\s?-?\s?outs?\b",
    re.IGNORECASE,
)
_NO_SPREAD = 1e-4
_SHARES = {"p90": 0.9, "p95": 0.95, "p99": 0.99}


@dataclass(frozen=True, slots=True)
class StatedLatency:
    """What somebody says about a service.

    Attributes:
        median_ms: Half of the answered calls are faster.
        p99_ms: 99 of 100 answered calls are faster.
        timeout_rate: Share of all calls that are never answered in time, 0 to below 1.
    """

    median_ms: float
    p99_ms: float
    timeout_rate: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what no service can do, every fault at once.

        Raises:
            InvalidPlan: A time is not positive, the percentiles are the wrong way round,
                or the rate is no share.
        """
        faults = []
        if not (math.isfinite(self.median_ms) and self.median_ms > 0):
            faults.append(f"the median is {self.median_ms:g} ms; it must be above 0")
        if not (math.isfinite(self.p99_ms) and self.p99_ms >= self.median_ms):
            faults.append(
                f"the p99 is {self.p99_ms:g} ms; it cannot be below the median"
            )
        if not 0 <= self.timeout_rate < 1:
            faults.append(
                f"the rate of timeouts is {self.timeout_rate:g}; it must be a share "
                "from 0 to below 1 (0.5 % is 0.005)"
            )
        if faults:
            raise InvalidPlan("calls", "; ".join(faults))

    @property
    def sigma(self) -> float:
        """Spread of the logarithm of the service time."""
        return math.log(self.p99_ms / self.median_ms) / _NORMAL.inv_cdf(0.99)

    def __str__(self) -> str:
        return (
            f"median {self.median_ms:g} ms, p99 {self.p99_ms:g} ms, "
            f"{self.timeout_rate * 100:g} % time out"
        )


def parse_stated(text: str) -> StatedLatency | None:
    """Return what `text` says about a service, or None if it says nothing of the kind.

    Args:
        text: A median and one of p90, p95, p99, each with `ms` or `s`, and perhaps a
            percentage that times out, in any order.

    Raises:
        InvalidPlan: It has a median without a percentile or the other way round, or
            numbers that cannot be.

    Example:
        >>> parse_stated("median 80 ms, p99 400 ms, 0.5 % time out")
        StatedLatency(median_ms=80.0, p99_ms=400.0, timeout_rate=0.005)
        >>> parse_stated("calls.csv") is None
        True
    """
    found = {
        _canonical(match[1]): float(match[2]) * (1.0 if match[3][0] in "mM" else 1e3)
        for match in _PERCENTILE.finditer(text)
    }
    if not found:
        return None
    median_ms = found.pop("median", None)
    if median_ms is None or not found:
        raise InvalidPlan(
            "calls",
            "a stated service time needs a median and one of p90, p95, p99, such as "
            "'median 80 ms, p99 400 ms, 0.5 % time out'",
        )
    name, upper_ms = max(found.items())
    timeouts = _TIMEOUTS.search(text)
    rate = float(timeouts[1]) / 100 if timeouts else 0.0
    return StatedLatency(median_ms, _p99_from(median_ms, name, upper_ms), rate)


def lognormal_atoms(
    median_s: float, sigma: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the means and the weights of quantile bins of a lognormal law.

    The weighted mean of the bins is the law's own mean.

    Example:
        >>> atoms, weights = lognormal_atoms(0.08, 0.5)
        >>> round(float(atoms @ weights), 6) == round(0.08 * math.exp(0.125), 6)
        True
    """
    if sigma < _NO_SPREAD:
        return np.array([median_s]), np.array([1.0])
    body = np.linspace(1.0, 0.01, 265)[1:]
    above = np.concatenate([body, np.geomspace(0.01, 1e-8, 97)[1:]])
    edges = [-_NORMAL.inv_cdf(share) for share in above.tolist()]
    mass_above = np.array([_above(edge - sigma) for edge in edges])
    weights = -np.diff(above, prepend=1.0, append=0.0)
    mass = -np.diff(mass_above, prepend=1.0, append=0.0)
    mean = median_s * math.exp(sigma * sigma / 2)
    return mean * mass / weights, weights


def _above(deviation: float) -> float:
    """Return the share of a normal law above, exact far out in the tail."""
    return math.erfc(deviation / math.sqrt(2)) / 2


def _canonical(name: str) -> str:
    word = name.lower().replace(" ", "")
    return "median" if word == "p50" else word


def _p99_from(median_ms: float, name: str, upper_ms: float) -> float:
    if name == "p99" or median_ms <= 0 or upper_ms < median_ms:
        return upper_ms
    sigma = math.log(upper_ms / median_ms) / _NORMAL.inv_cdf(_SHARES[name])
    return median_ms * math.exp(sigma * _NORMAL.inv_cdf(0.99))
