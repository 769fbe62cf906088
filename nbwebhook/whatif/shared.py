"""Several campaigns that share the same connections: when each is done, and all.

How Marketo shares its 20 connections among campaigns is not published. Two orders stand
for what it may do: campaigns take turns, a lead each, or the one that started first goes
first. Short campaigns are queued lead by lead; for long ones the connections are a flow
that is divided, with the longest call still under way added at the end.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from nbwebhook.errors import InvalidPlan
from nbwebhook.whatif.law import bootstrap_laws
from nbwebhook.whatif.plan import DelayPlan, read_connections
from nbwebhook.whatif.sample import LatencySample
from nbwebhook.whatif.shared_estimate import (
    ALL,
    TAKE_TURNS,
    SharedEstimate,
    SharedRow,
)
from nbwebhook.whatif.simulate import CampaignSimulator
from nbwebhook.whatif.turns import SharedLine, simulate_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from nbwebhook.whatif.sample import CallsSource

__all__ = ["Campaign", "estimate_shared"]

_ORDERS = (TAKE_TURNS, "first come")


@dataclass(frozen=True, slots=True, eq=False)
class Campaign:
    """One campaign among several.

    Attributes:
        name: What it is called in the estimate.
        calls: What its webhook's service time is known from, as in `estimate_delay`.
        leads: Its leads.
        starts_at_s: When it starts, in seconds after the first.
    """

    name: str
    calls: CallsSource
    leads: int
    starts_at_s: float = 0.0


def estimate_shared(  # noqa: PLR0913 - one argument a what-if; keyword-only
    campaigns: Sequence[Campaign],
    connections: int = 20,
    *,
    order: str = "take turns",
    timeout_s: float = 30.0,
    max_calls_per_s: float | None = None,
    burst: int = 1,
    replicates: int = 200,
    seed: int = 0,
) -> SharedEstimate:
    """Return when each of several campaigns is done that share connections, and all.

    Args:
        campaigns: The campaigns, with different names.
        connections: Calls at once, over all campaigns.
        order: `take turns`, a lead each, or `first come`, as the campaigns started.
        timeout_s: Time limit of a call.
        max_calls_per_s: Most calls that start in a second, over all campaigns.
        burst: Calls that may start at once after a pause.
        replicates: Times that the campaigns are simulated.
        seed: The same seed gives the same numbers.

    Raises:
        InvalidPlan: Nothing can be estimated from the calls, or an argument cannot be.

    Example:
        >>> both = [Campaign("A", [100.0] * 9, 300), Campaign("B", [100.0] * 9, 100)]
        >>> rows = estimate_shared(both, connections=10).rows
        >>> [round(row.finish_p50_s, 9) for row in rows]
        [4.0, 2.0, 4.0]
    """
    _refuse(campaigns, order)
    read_connections(connections)
    plans = [
        DelayPlan(
            leads=campaign.leads,
            timeout_s=timeout_s,
            max_calls_per_s=max_calls_per_s,
            burst=burst,
            replicates=replicates,
            seed=seed + _first_with(campaign.calls, campaigns),
        )
        for campaign in campaigns
    ]
    samples = [LatencySample.of(campaign.calls) for campaign in campaigns]
    laws = [
        bootstrap_laws(sample, plan)
        for sample, plan in zip(samples, plans, strict=True)
    ]
    starts_s = [campaign.starts_at_s for campaign in campaigns]
    leads = [campaign.leads for campaign in campaigns]
    line = SharedLine(leads, starts_s, connections, plans[0].limit, order == TAKE_TURNS)
    typical = simulate_lines(line, [law.as_measured for law in laws], seed)
    bad = simulate_lines(line, [law.pessimistic for law in laws], seed)
    alone_s = [
        CampaignSimulator(law.as_measured, plan).makespans(connections).quantile_s(0.5)
        for law, plan in zip(laws, plans, strict=True)
    ]
    beyond = [sample.is_beyond(connections) for sample in samples]
    rows = [
        replace(
            _row(campaign, typical.ends_s[:, place], bad.ends_s[:, place]),
            alone_p50_s=alone_s[place],
            extrapolated=beyond[place],
            method=typical.method,
        )
        for place, campaign in enumerate(campaigns)
    ]
    every = Campaign(ALL, [], sum(leads), min(starts_s))
    last, bad_last = typical.ends_s.max(axis=1), bad.ends_s.max(axis=1)
    any_beyond = None if None in beyond and True not in beyond else True in beyond
    total = replace(
        _row(every, last, bad_last), extrapolated=any_beyond, method=typical.method
    )
    return SharedEstimate((*rows, total), connections, order)


def _first_with(calls: CallsSource, campaigns: Sequence[Campaign]) -> int:
    """Return the place of the first campaign on the same calls.

    What is not known about a service is the same for all campaigns that call it.
    """
    return next(
        place for place, campaign in enumerate(campaigns) if campaign.calls is calls
    )


def _refuse(campaigns: Sequence[Campaign], order: str) -> None:
    if not campaigns:
        raise InvalidPlan("campaigns", "there are none; give one or more")
    names = [campaign.name for campaign in campaigns]
    if len({*names, ALL}) <= len(names):
        problem = f"the names {', '.join(map(repr, names))} are not different"
        raise InvalidPlan("campaigns", f"{problem}, or one is {ALL!r}")
    for campaign in campaigns:
        if not 0 <= campaign.starts_at_s < math.inf:
            problem = f"{campaign.name!r} starts at {campaign.starts_at_s!r} s"
            raise InvalidPlan("campaigns", f"{problem}; it takes 0 or more")
    if order not in _ORDERS:
        known = " or ".join(map(repr, _ORDERS))
        raise InvalidPlan("order", f"{order!r}; it takes {known}")


def _row(
    campaign: Campaign, ends_s: NDArray[np.float64], bad_s: NDArray[np.float64]
) -> SharedRow:
    low, middle, high = np.quantile(ends_s, [0.05, 0.5, 0.95]).tolist()
    return SharedRow(
        campaign=campaign.name,
        leads=campaign.leads,
        starts_at_s=campaign.starts_at_s,
        alone_p50_s=math.nan,
        finish_p05_s=low,
        finish_p50_s=middle,
        finish_p95_s=high,
        finish_p95_pessimistic_s=max(float(np.quantile(bad_s, 0.95)), high),
        takes_p50_s=middle - campaign.starts_at_s,
        extrapolated=None,
        method="",
        replicates=len(ends_s),
    )
