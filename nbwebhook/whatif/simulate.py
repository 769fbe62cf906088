"""Makespans of a campaign under a plan: the fast engine where it holds, else the exact."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from nbwebhook.whatif.equilibrium import Equilibrium, is_settled
from nbwebhook.whatif.law import generator
from nbwebhook.whatif.limiter import limited_makespans
from nbwebhook.whatif.retries import Repeats, held_law, passes_end
from nbwebhook.whatif.streams import stream_makespans

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nbwebhook.whatif.law import Law
    from nbwebhook.whatif.plan import DelayPlan, RateLimit

__all__ = ["CampaignSimulator", "Makespans"]

_STREAMS_STAGE = 4
_MOST_DRAWS = 8_000_000
_FEWEST_REPLICATES = 40


@dataclass(frozen=True, slots=True, eq=False)
class Makespans:
    """Makespans of simulated campaigns.

    Attributes:
        seconds: One a replicate.
        busy_s: Mean time that a lead keeps a connection busy, one a replicate.
        method: How they were come by.
    """

    seconds: NDArray[np.float64]
    busy_s: NDArray[np.float64]
    method: str

    def quantile_s(self, share: float) -> float:
        """Return the makespan that `share` of the campaigns do not exceed."""
        return float(np.quantile(self.seconds, share))


class CampaignSimulator:
    """Simulates one law under one plan, for any number of connections.

    The numbers for a count of connections do not depend on which others are asked for.
    """

    def __init__(self, law: Law, plan: DelayPlan) -> None:
        self._plan = plan
        self._call = law
        self._repeats = None if plan.retry is None else Repeats.of(law, plan.retry)
        self._service = law
        if self._repeats is not None and self._repeats.rule.holds_connection:
            self._service = held_law(law, self._repeats, plan.seed)
        self._equilibrium: Equilibrium | None = None

    def makespans(self, connections: int) -> Makespans:
        """Return the makespans at that many connections."""
        plan = self._plan
        seconds, method = self._unhindered(connections)
        replicates = len(seconds)
        law = self._service.first(replicates)
        busy_s = law.means_s
        repeats = self._repeats
        calls = None if repeats is None else repeats.calls_per_lead[:replicates]
        limit = plan.limit
        if limit is not None:
            pace = self._pace(limit, calls)
            seconds, exact = limited_makespans(
                seconds, law, plan.leads, connections, pace, seed=plan.seed
            )
            method = "queue" if exact else f"{method}, rate limit"
        if repeats is not None and calls is not None:
            if not repeats.rule.holds_connection:
                seconds = self._passes(seconds, repeats, connections)
                busy_s = busy_s * calls
            method = f"{method}, repeats"
        return Makespans(seconds, busy_s, method)

    def _unhindered(self, connections: int) -> tuple[NDArray[np.float64], str]:
        """Return makespans without a rate limit and without passes of repeats."""
        law, leads = self._service, self._plan.leads
        if law.is_constant:
            rounds = -(-leads // connections)
            return np.full(law.replicates, rounds * law.longest_s), "constant"
        if is_settled(law, leads, connections):
            if self._equilibrium is None:
                self._equilibrium = Equilibrium(law, leads, self._plan.seed)
            return self._equilibrium.makespans(connections).copy(), "equilibrium"
        affordable = max(_MOST_DRAWS // leads, _FEWEST_REPLICATES)
        law = law.first(min(law.replicates, affordable))
        rng = generator(self._plan.seed, _STREAMS_STAGE)
        return stream_makespans(law, leads, connections, rng), "streams"

    def _pace(self, limit: RateLimit, calls: NDArray[np.float64] | None) -> RateLimit:
        """Return the limit in leads a second, where a lead's repeats take tokens too."""
        if calls is None or self._repeats is None:
            return limit
        if not self._repeats.rule.holds_connection:
            return limit
        return replace(limit, calls_per_s=limit.calls_per_s / float(calls.mean()))

    def _passes(
        self, first_pass_s: NDArray[np.float64], repeats: Repeats, connections: int
    ) -> NDArray[np.float64]:
        replicates = len(first_pass_s)
        law = self._call.first(replicates)
        call_s = law.means_s / connections
        if self._plan.limit is not None:
            call_s = np.maximum(call_s, 1.0 / self._plan.limit.calls_per_s)
        return passes_end(
            first_pass_s,
            law,
            repeats,
            self._plan.leads,
            call_s,
            seed=self._plan.seed,
        )
