"""How many calls a pilot needs, and a rule that stops it when the band is tight."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from nbwebhook.errors import InvalidPlan
from nbwebhook.whatif.estimate import estimate_delay
from nbwebhook.whatif.law import generator
from nbwebhook.whatif.sample import LatencySample

if TYPE_CHECKING:
    from nbwebhook.whatif.sample import CallsSource

__all__ = ["PilotPlan", "TightEnough", "plan_pilot"]

_PILOT_STAGE = 11
_DRAWS = 4000
_MOST_CALLS = 10_000_000
_FEWEST_CALLS = 50
_GROWTH = 1.5
_BAND = (0.05, 0.95)


@dataclass(frozen=True, slots=True, repr=False)
class PilotPlan:
    """How many calls to measure.

    Attributes:
        calls: Calls for the band wanted; None where ten million would not do.
        band_ratio: Upper over lower end of the band wanted.
        band_ratio_now: The same with the calls at hand; None where none are.
        calls_now: Calls at hand.
        pessimistic: Whether the upper end is the pessimistic one.
    """

    calls: int | None
    band_ratio: float
    band_ratio_now: float | None
    calls_now: int
    pessimistic: bool

    def text(self) -> str:
        """Return the plan in one or two sentences."""
        end = "pessimistic upper end" if self.pessimistic else "upper end"
        wanted = f"a band whose {end} is at most {self.band_ratio:.3g} times the lower"
        answer = (
            f"More than {_MOST_CALLS:,} calls would be needed for {wanted}."
            if self.calls is None
            else f"Measure {self.calls:,} calls for {wanted}."
        )
        if self.band_ratio_now is None:
            return answer
        now = f"With the {self.calls_now:,} calls at hand it is about"
        return f"{answer} {now} {self.band_ratio_now:.3g} times."

    def __repr__(self) -> str:
        return self.text()


def plan_pilot(
    calls: CallsSource,
    *,
    band_ratio: float = 1.5,
    timeout_s: float = 30.0,
    pessimistic: bool = True,
    seed: int = 0,
) -> PilotPlan:
    """Return how many calls a pilot needs for a band of a wanted width.

    The band is that of a long campaign, where only the mean service time matters; a short
    campaign has its own luck on top. The pessimistic end is wide because of slow calls
    that few calls cannot rule out: three over the number of calls, at the time limit.

    Args:
        calls: A first small pilot, or what the service is said to do.
        band_ratio: Upper over lower end of the band, such as 1.5.
        timeout_s: Time limit of a call.
        pessimistic: Whether the upper end is the pessimistic one.
        seed: The same seed gives the same number.

    Raises:
        InvalidPlan: Nothing can be estimated from the calls, or the ratio is not above 1.

    Example:
        >>> plan_pilot([50.0, 60.0] * 50, band_ratio=1.1, pessimistic=False).calls
        50
    """
    if not 1 < band_ratio < math.inf:
        raise InvalidPlan("band_ratio", f"{band_ratio!r}; it takes a number above 1")
    if not 0 < timeout_s < math.inf:
        raise InvalidPlan("timeout_s", f"{timeout_s!r}; it takes a number above 0")
    sample = LatencySample.of(calls)
    width = _Width(sample, timeout_s if pessimistic else 0.0, seed)
    needed = None
    if width.ratio(_MOST_CALLS) <= band_ratio:
        needed = _smallest(width, band_ratio)
    return PilotPlan(
        calls=needed,
        band_ratio=band_ratio,
        band_ratio_now=width.ratio(sample.calls) if sample.calls else None,
        calls_now=sample.calls,
        pessimistic=pessimistic,
    )


@dataclass(frozen=True, slots=True)
class TightEnough:
    """Stops a pilot when the estimate of a campaign is tight enough.

    Looks only after 100, 150, 225 ... calls: looking after each call would stop at the
    first lucky moment.

    Attributes:
        leads: Leads of the campaign.
        connections: Calls at once of the campaign.
        band_ratio: Upper over lower end of the band that is tight enough.
        timeout_s: Time limit of a call.
        pessimistic: Whether the upper end is the pessimistic one.
        fewest_calls: Calls before the first look.
        most_calls: Calls after which the pilot stops anyway.
    """

    leads: int
    connections: int = 20
    band_ratio: float = 1.5
    timeout_s: float = 30.0
    pessimistic: bool = False
    fewest_calls: int = 100
    most_calls: int = 20_000

    def __post_init__(self) -> None:
        """Refuse a rule that can never be met.

        Raises:
            InvalidPlan: The ratio is not above 1, or the counts of calls cannot be.
        """
        if not self.band_ratio > 1:
            problem = f"{self.band_ratio!r}; it takes a number above 1"
            raise InvalidPlan("band_ratio", problem)
        if not _FEWEST_CALLS <= self.fewest_calls <= self.most_calls:
            problem = (
                f"{self.fewest_calls!r} with most_calls {self.most_calls!r}; it takes "
                f"{_FEWEST_CALLS} or more, and no more than most_calls"
            )
            raise InvalidPlan("fewest_calls", problem)

    def next_look(self, calls_done: int) -> int:
        """Return after how many calls to look next.

        Example:
            >>> rule = TightEnough(leads=100_000)
            >>> rule.next_look(0), rule.next_look(100), rule.next_look(19_999)
            (100, 150, 20000)
        """
        look = self.fewest_calls
        while look <= calls_done:
            look = math.ceil(look * _GROWTH)
        return min(look, self.most_calls)

    def is_met(self, calls: CallsSource) -> bool:
        """Return whether the pilot may stop with these calls."""
        try:
            sample = LatencySample.of(calls)
        except InvalidPlan:
            return False
        if sample.calls >= self.most_calls:
            return True
        if sample.calls < self.fewest_calls:
            return False
        return self.band_of(sample) <= self.band_ratio

    def band_of(self, calls: CallsSource) -> float:
        """Return upper over lower end of the band with these calls.

        Raises:
            InvalidPlan: Nothing can be estimated from the calls.
        """
        row = estimate_delay(
            LatencySample.of(calls, measured_connections=self.connections),
            self.leads,
            self.connections,
            timeout_s=self.timeout_s,
        ).rows[0]
        high_s = (
            row.makespan_p95_pessimistic_s if self.pessimistic else row.makespan_p95_s
        )
        return high_s / row.makespan_p05_s


class _Width:
    """Width of the band of a long campaign after a pilot of some size."""

    def __init__(self, sample: LatencySample, ghost_s: float, seed: int) -> None:
        limit_s = ghost_s or math.inf
        known = np.where(np.isfinite(sample.seconds), sample.seconds, 30.0)
        seconds = np.minimum(known, limit_s)
        weights = sample.weights
        self._mean_s = float(np.average(seconds, weights=weights))
        square = float(np.average((seconds - self._mean_s) ** 2, weights=weights))
        self._squared_variation = max(square / self._mean_s**2, 1e-12)
        self._ghost_s = ghost_s
        self._seed = seed

    def ratio(self, calls: int) -> float:
        """Return upper over lower end of the band after that many calls."""
        rng = generator(self._seed, _PILOT_STAGE)
        shape = calls / self._squared_variation
        means_s = rng.standard_gamma(shape, _DRAWS) * (self._mean_s / shape)
        ghost = rng.standard_exponential(_DRAWS)
        high = means_s
        if self._ghost_s:
            high = (calls * means_s + ghost * self._ghost_s) / (calls + ghost)
        low_s, high_s = np.quantile(means_s, _BAND[0]), np.quantile(high, _BAND[1])
        return float(high_s / low_s)


def _smallest(width: _Width, band_ratio: float) -> int:
    low, high = _FEWEST_CALLS - 1, _MOST_CALLS
    while high - low > max(low // 1000, 1):
        middle = (low + high) // 2
        narrow = width.ratio(middle) <= band_ratio
        low, high = (low, middle) if narrow else (middle, high)
    return high
