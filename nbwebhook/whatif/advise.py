"""The fewest connections that finish a campaign in time, and what stands in the way."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from nbwebhook.errors import InvalidPlan
from nbwebhook.whatif.advice import ConnectionsAdvice
from nbwebhook.whatif.law import bootstrap_laws
from nbwebhook.whatif.plan import DelayPlan, RetryRule, read_connections
from nbwebhook.whatif.sample import LatencySample
from nbwebhook.whatif.simulate import CampaignSimulator

if TYPE_CHECKING:
    from nbwebhook.whatif.plan import RetryLike
    from nbwebhook.whatif.sample import CallsSource
    from nbwebhook.whatif.simulate import Makespans

__all__ = ["ConnectionsAdvice", "advise_connections"]

_WELL_USED = 0.9
_LEAST_SURE = 0.05
_MOST_SURE = 0.99


def advise_connections(  # noqa: PLR0913 - one argument a what-if; keyword-only
    calls: CallsSource,
    leads: int,
    finish_within_s: float,
    confidence: float = 0.95,
    *,
    pessimistic: bool = True,
    timeout_s: float = 30.0,
    max_calls_per_s: float | None = None,
    burst: int = 1,
    retry: RetryLike | None = None,
    scale: float = 1.0,
    cap_s: float | None = None,
    most_connections: int = 1000,
    replicates: int = 200,
    seed: int = 0,
    measured_connections: int | None = None,
) -> ConnectionsAdvice:
    """Return the fewest connections that finish a campaign in time, and what limits it.

    Args:
        calls: What the service time is known from, as in `estimate_delay`.
        leads: Leads of the campaign.
        finish_within_s: Time that the campaign may take.
        confidence: Share of campaigns that must be in time.
        pessimistic: Whether slow calls that the measurement cannot rule out count.
        timeout_s: Time limit of a call.
        max_calls_per_s: Most calls that start in a second.
        burst: Calls that may start at once after a pause.
        retry: How failed calls are repeated.
        scale: 2 is a service twice as slow.
        cap_s: What if no call took longer than this?
        most_connections: The largest number to try.
        replicates: Campaigns to simulate.
        seed: The same seed gives the same numbers.
        measured_connections: Most calls at once while measuring, where the calls do not
            tell.

    Raises:
        InvalidPlan: Nothing can be estimated from the calls, or an argument cannot be.

    Example:
        >>> advice = advise_connections([50.0] * 200, 6000, 60, pessimistic=False)
        >>> advice.connections, advice.makespan_s, advice.limited_by
        (5, 60.0, 'connections')
    """
    plan = DelayPlan(
        leads=leads,
        timeout_s=timeout_s,
        max_calls_per_s=max_calls_per_s,
        burst=burst,
        retry=RetryRule.of(retry),
        scale=scale,
        cap_s=cap_s,
        replicates=replicates,
        seed=seed,
    )
    _refuse(finish_within_s, confidence, most_connections)
    sample = LatencySample.of(calls, measured_connections=measured_connections)
    search = _Search(sample, plan, pessimistic=pessimistic, most=most_connections)
    found = search.fewest(finish_within_s, confidence)
    at = most_connections if found is None else found
    return ConnectionsAdvice(
        connections=found,
        finish_within_s=float(finish_within_s),
        confidence=confidence,
        makespan_s=search.makespan_s(at, confidence),
        most_connections=most_connections,
        limited_by=search.limited_by(at, confidence),
        knee=search.knee,
        knee_by=search.knee_by,
        measured_connections=sample.measured_connections,
        pessimistic=pessimistic,
    )


class _Search:
    """Bisects on the connections; every count is simulated on the same luck, once."""

    def __init__(
        self, sample: LatencySample, plan: DelayPlan, *, pessimistic: bool, most: int
    ) -> None:
        laws = bootstrap_laws(sample, plan)
        self._plan = plan
        self._most = most
        self._judge = CampaignSimulator(
            laws.pessimistic if pessimistic else laws.as_measured, plan
        )
        self._typical = CampaignSimulator(
            laws.as_measured, replace(plan, max_calls_per_s=None)
        )
        self._known: dict[int, Makespans] = {}
        self.knee, self.knee_by = self._find_knee()

    def makespan_s(self, connections: int, confidence: float) -> float:
        """Return what `confidence` of the campaigns do not exceed."""
        if connections not in self._known:
            self._known[connections] = self._judge.makespans(connections)
        return self._known[connections].quantile_s(confidence)

    def fewest(self, within_s: float, confidence: float) -> int | None:
        """Return the smallest count in time; None where the most is not."""
        if self.makespan_s(self._most, confidence) > within_s:
            return None
        low, high = 0, self._most
        while high - low > 1:
            middle = (low + high) // 2
            in_time = self.makespan_s(middle, confidence) <= within_s
            low, high = (low, middle) if in_time else (middle, high)
        return high

    def limited_by(self, connections: int, confidence: float) -> str:
        """Return what decides how long the campaign takes at that count."""
        takes_s = self.makespan_s(connections, confidence)
        limit = self._plan.limit
        if limit is not None:
            paced_s = (self._plan.leads - limit.burst) / limit.calls_per_s
            if paced_s >= _WELL_USED * takes_s:
                return "rate limit"
        used = self._use(self._known[connections], connections)
        return "connections" if used >= _WELL_USED else "longest calls"

    def _find_knee(self) -> tuple[int | None, str]:
        """Return the largest count that is well used, and what is in the way of more."""
        tail = self._last_well_used()
        limit = self._plan.limit
        if limit is not None:
            busy_s = float(np.median(self._typical.makespans(1).busy_s))
            paced = max(math.ceil(limit.calls_per_s * busy_s), 1)
            if paced <= tail:
                return paced, "rate limit"
        return (None, "") if tail >= self._most else (tail, "longest calls")

    def _last_well_used(self) -> int:
        if self._is_well_used(self._most):
            return self._most
        low, high = 1, self._most
        while high - low > 1:
            middle = (low + high) // 2
            well_used = self._is_well_used(middle)
            low, high = (middle, high) if well_used else (low, middle)
        return low

    def _is_well_used(self, connections: int) -> bool:
        at = self._typical.makespans(connections)
        return self._use(at, connections) >= _WELL_USED

    def _use(self, at: Makespans, connections: int) -> float:
        """Return the share of the connections' time that is spent in calls."""
        busy = self._plan.leads * at.busy_s / (connections * at.seconds)
        return float(np.median(busy))


def _refuse(within_s: float, confidence: float, most_connections: int) -> None:
    if not 0 < within_s < math.inf:
        problem = f"{within_s!r} seconds; it takes a number above 0"
        raise InvalidPlan("finish_within_s", problem)
    if not _LEAST_SURE <= confidence <= _MOST_SURE:
        problem = f"{confidence!r}; it takes a share from {_LEAST_SURE} to {_MOST_SURE}"
        raise InvalidPlan("confidence", problem)
    read_connections(most_connections)
