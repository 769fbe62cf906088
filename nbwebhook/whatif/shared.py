"""Several campaigns that share the same connections: when each is done, and all.

How Marketo shares its 20 connections among campaigns is not published. Two orders stand
for what it may do: campaigns take turns, a lead each, or the one that started first goes
first. Short campaigns are queued lead by lead; for long ones the connections are a flow
that is divided, with the longest call still under way added at the end.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from nbwebhook.errors import InvalidPlan
from nbwebhook.whatif.law import bootstrap_laws
from nbwebhook.whatif.plan import DelayPlan, read_connections
from nbwebhook.whatif.sample import LatencySample
from nbwebhook.whatif.simulate import CampaignSimulator
from nbwebhook.whatif.turns import SharedLine, simulate_lines
from nbwebhook.whatif.wording import in_words, range_in_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from nbwebhook.whatif.sample import CallsSource

__all__ = ["Campaign", "SharedEstimate", "SharedRow", "estimate_shared"]

_ALL = "all"
_ORDERS = ("take turns", "first come")
_DTYPES = {
    "campaign": "string",
    "leads": "int64",
    "starts_at_s": "float64",
    "alone_p50_s": "float64",
    "finish_p05_s": "float64",
    "finish_p50_s": "float64",
    "finish_p95_s": "float64",
    "finish_p95_pessimistic_s": "float64",
    "takes_p50_s": "float64",
    "method": "string",
    "replicates": "int64",
}


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


@dataclass(frozen=True, slots=True)
class SharedRow:
    """When one campaign, or all of them, are done; times from the first start.

    Attributes:
        campaign: Its name, or `all`.
        leads: Its leads.
        starts_at_s: When it starts.
        alone_p50_s: How long it would take with all connections for itself; for `all`
            NaN.
        finish_p05_s: When it is done in the one campaign of twenty that is fastest.
        finish_p50_s: When it is done in the middle.
        finish_p95_s: When it is done in nineteen of twenty.
        finish_p95_pessimistic_s: The same with the slow calls that cannot be ruled out.
        takes_p50_s: From its own start until it is done, in the middle.
        method: `queue` is exact; `flow` divides the connections.
        replicates: Campaigns simulated.
    """

    campaign: str
    leads: int
    starts_at_s: float
    alone_p50_s: float
    finish_p05_s: float
    finish_p50_s: float
    finish_p95_s: float
    finish_p95_pessimistic_s: float
    takes_p50_s: float
    method: str
    replicates: int


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class SharedEstimate:
    """When campaigns that share connections are done.

    Attributes:
        rows: One a campaign in the order given, then one for all.
        connections: Connections that they share.
        order: Who goes first.
    """

    rows: tuple[SharedRow, ...]
    connections: int
    order: str

    @property
    def frame(self) -> pd.DataFrame:
        """The rows as a data frame, times in seconds."""
        rows = [dataclasses.asdict(row) for row in self.rows]
        return pd.DataFrame(rows, columns=list(_DTYPES)).astype(_DTYPES)

    def text(self) -> str:
        """Return the estimate in sentences, one a line."""
        shared = f"{len(self.rows) - 1} campaigns share {self.connections} connections"
        order = (
            "they take turns"
            if self.order == "take turns"
            else "the one that started first goes first"
        )
        return "\n".join(
            [f"{shared}; {order}.", *(_sentence(row) for row in self.rows)]
        )

    def __repr__(self) -> str:
        return self.text()


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
            seed=seed + place,
        )
        for place, campaign in enumerate(campaigns)
    ]
    laws = [
        bootstrap_laws(LatencySample.of(campaign.calls), plan)
        for campaign, plan in zip(campaigns, plans, strict=True)
    ]
    starts_s = [campaign.starts_at_s for campaign in campaigns]
    leads = [campaign.leads for campaign in campaigns]
    line = SharedLine(leads, starts_s, connections, plans[0].limit, order == _ORDERS[0])
    typical = simulate_lines(line, [law.as_measured for law in laws], seed)
    bad = simulate_lines(line, [law.pessimistic for law in laws], seed)
    alone_s = [
        CampaignSimulator(law.as_measured, plan).makespans(connections).quantile_s(0.5)
        for law, plan in zip(laws, plans, strict=True)
    ]
    rows = [
        _row(
            campaign,
            alone,
            typical.ends_s[:, place],
            bad.ends_s[:, place],
            typical.method,
        )
        for place, (campaign, alone) in enumerate(zip(campaigns, alone_s, strict=True))
    ]
    every = Campaign(_ALL, [], sum(leads), min(starts_s))
    last, bad_last = typical.ends_s.max(axis=1), bad.ends_s.max(axis=1)
    rows.append(_row(every, math.nan, last, bad_last, typical.method))
    return SharedEstimate(tuple(rows), connections, order)


def _refuse(campaigns: Sequence[Campaign], order: str) -> None:
    if not campaigns:
        raise InvalidPlan("campaigns", "there are none; give one or more")
    names = [campaign.name for campaign in campaigns]
    if len({*names, _ALL}) <= len(names):
        problem = f"the names {', '.join(map(repr, names))} are not different"
        raise InvalidPlan("campaigns", f"{problem}, or one is {_ALL!r}")
    for campaign in campaigns:
        if not 0 <= campaign.starts_at_s < math.inf:
            problem = f"{campaign.name!r} starts at {campaign.starts_at_s!r} s"
            raise InvalidPlan("campaigns", f"{problem}; it takes 0 or more")
    if order not in _ORDERS:
        known = " or ".join(map(repr, _ORDERS))
        raise InvalidPlan("order", f"{order!r}; it takes {known}")


def _row(
    campaign: Campaign,
    alone_s: float,
    ends_s: NDArray[np.float64],
    bad_s: NDArray[np.float64],
    method: str,
) -> SharedRow:
    low, middle, high = np.quantile(ends_s, [0.05, 0.5, 0.95]).tolist()
    return SharedRow(
        campaign=campaign.name,
        leads=campaign.leads,
        starts_at_s=campaign.starts_at_s,
        alone_p50_s=alone_s,
        finish_p05_s=low,
        finish_p50_s=middle,
        finish_p95_s=high,
        finish_p95_pessimistic_s=max(float(np.quantile(bad_s, 0.95)), high),
        takes_p50_s=middle - campaign.starts_at_s,
        method=method,
        replicates=len(ends_s),
    )


def _sentence(row: SharedRow) -> str:
    spread = range_in_words(row.finish_p05_s, row.finish_p95_s)
    done = f"done {in_words(row.finish_p50_s)} after the first start ({spread}"
    bound = (
        f"; up to {in_words(row.finish_p95_pessimistic_s)} with slow calls not seen)"
    )
    if row.campaign == _ALL:
        return f"All {row.leads:,} leads: {done}{bound}."
    alone = f"alone it would take {in_words(row.alone_p50_s)}"
    return f"{row.campaign}, {row.leads:,} leads: {done}{bound}; {alone}."
