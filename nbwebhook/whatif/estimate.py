"""How long a campaign would take, with an interval: the estimate and its frame."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from nbwebhook.display.pages import estimate_html
from nbwebhook.whatif.bounds import timeout_rate_upper
from nbwebhook.whatif.law import bootstrap_laws
from nbwebhook.whatif.pages import estimate_page
from nbwebhook.whatif.plan import DelayPlan, RetryRule, read_connections
from nbwebhook.whatif.sample import LatencySample
from nbwebhook.whatif.simulate import CampaignSimulator
from nbwebhook.whatif.wording import estimate_notes, estimate_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nbwebhook.whatif.law import Laws
    from nbwebhook.whatif.plan import RetryLike
    from nbwebhook.whatif.sample import CallsSource
    from nbwebhook.whatif.simulate import Makespans

__all__ = ["DelayEstimate", "DelayRow", "estimate_delay", "estimate_plan"]

_DTYPES = {
    "connections": "int64",
    "makespan_p05_s": "float64",
    "makespan_p50_s": "float64",
    "makespan_p95_s": "float64",
    "makespan_p95_pessimistic_s": "float64",
    "utilisation": "float64",
    "offered_load": "float64",
    "throughput_per_s": "float64",
    "timeouts_seen": "Int64",
    "pilot_calls": "int64",
    "timeout_rate_upper": "float64",
    "measured_connections": "Int64",
    "extrapolated": "boolean",
    "method": "string",
    "replicates": "int64",
}


@dataclass(frozen=True, slots=True)
class DelayRow:
    """The estimate for one number of connections.

    Attributes:
        connections: Calls at once.
        makespan_p05_s: One campaign of twenty is done sooner.
        makespan_p50_s: Half of the campaigns are done sooner; NaN where extrapolated.
        makespan_p95_s: One campaign of twenty takes longer, if the calls are typical.
        makespan_p95_pessimistic_s: The same, if the slow calls that the measurement
            cannot rule out do occur: a bound.
        utilisation: Share of the connections' time spent in calls; NaN where extrapolated.
        offered_load: Connections busy on average, in Erlangs; NaN where extrapolated.
        throughput_per_s: Leads done a second; NaN where extrapolated.
        timeouts_seen: Measured calls that this plan's time limit would cut off; None
            where the service time is stated.
        pilot_calls: Measured calls; 0 where the service time is stated.
        timeout_rate_upper: Share of timeouts that the calls cannot rule out.
        measured_connections: Most calls at once while measuring; None if not known.
        extrapolated: Whether more connections are asked for than were measured: then p05
            is for a service that keeps its pace, p95 for one that does no more calls a
            second than were measured. None if not known.
        method: How the makespans were come by.
        replicates: Campaigns simulated.
    """

    connections: int
    makespan_p05_s: float
    makespan_p50_s: float
    makespan_p95_s: float
    makespan_p95_pessimistic_s: float
    utilisation: float
    offered_load: float
    throughput_per_s: float
    timeouts_seen: int | None
    pilot_calls: int
    timeout_rate_upper: float
    measured_connections: int | None
    extrapolated: bool | None
    method: str
    replicates: int


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class DelayEstimate:
    """How long a campaign would take, for each number of connections asked for.

    Attributes:
        rows: One a number of connections, in the order asked for.
        sample: The service times that it rests on.
        plan: The campaign and its what-ifs.
        notes: What the reader must know, a sentence each.
    """

    rows: tuple[DelayRow, ...]
    sample: LatencySample
    plan: DelayPlan
    notes: tuple[str, ...]

    @property
    def frame(self) -> pd.DataFrame:
        """The rows as a data frame, times in seconds."""
        rows = [dataclasses.asdict(row) for row in self.rows]
        return pd.DataFrame(rows, columns=list(_DTYPES)).astype(_DTYPES)

    def text(self) -> str:
        """Return the estimate in sentences, one a line."""
        return estimate_text(self)

    def __repr__(self) -> str:
        return self.text()

    def _repr_html_(self) -> str:
        return estimate_html(estimate_page(self))


def estimate_delay(  # noqa: PLR0913 - one argument a what-if; keyword-only
    calls: CallsSource,
    leads: int,
    connections: int | Iterable[int] = (1, 5, 20),
    *,
    timeout_s: float = 30.0,
    max_calls_per_s: float | None = None,
    burst: int = 1,
    retry: RetryLike | None = None,
    scale: float = 1.0,
    cap_s: float | None = None,
    replicates: int = 200,
    seed: int = 0,
    measured_connections: int | None = None,
) -> DelayEstimate:
    """Return how long a campaign over `leads` would take, from measured calls.

    Every number is simulated from the calls: what differs from campaign to campaign and
    what the calls leave open are both in the interval. The last line of each row, the
    pessimistic one, adds the slow calls that so few calls cannot rule out.

    Args:
        calls: A result, a calls frame, the path of a calls CSV, service times in
            milliseconds, or "median 80 ms, p99 400 ms, 0.5 % time out".
        leads: Leads of the campaign, one call each.
        connections: Calls at once; one number or several.
        timeout_s: Time limit of a call. Raising it above the measured one cannot be
            predicted from calls that were cut off: the text says so.
        max_calls_per_s: Most calls that start in a second.
        burst: Calls that may start at once after a pause.
        retry: How failed calls are repeated; never, as in Marketo, unless given.
        scale: 2 is a service twice as slow, 0.5 one twice as fast.
        cap_s: What if no call took longer than this?
        replicates: Campaigns to simulate.
        seed: The same seed gives the same numbers.
        measured_connections: Most calls at once while measuring, where the calls do not
            tell.

    Raises:
        InvalidPlan: Nothing can be estimated from the calls, or an argument cannot be.

    Example:
        >>> estimate = estimate_delay([50.0] * 200, leads=100_000, connections=1)
        >>> estimate.rows[0].makespan_p50_s
        5000.0
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
    counts = read_connections(connections)
    sample = LatencySample.of(calls, measured_connections=measured_connections)
    return estimate_plan(sample, plan, counts)


def estimate_plan(
    sample: LatencySample, plan: DelayPlan, connections: tuple[int, ...]
) -> DelayEstimate:
    """Return the estimate of a plan that has been checked."""
    laws = bootstrap_laws(sample, plan)
    rater = _Rater(sample, plan, laws)
    rows = tuple(rater.row(count) for count in connections)
    notes = estimate_notes(sample, plan, laws, connections)
    return DelayEstimate(rows, sample, plan, notes)


class _Rater:
    """Makes the rows of one estimate."""

    def __init__(self, sample: LatencySample, plan: DelayPlan, laws: Laws) -> None:
        self._sample = sample
        self._leads = plan.leads
        self._laws = laws
        self._measured = CampaignSimulator(laws.as_measured, plan)
        self._pessimistic = CampaignSimulator(laws.pessimistic, plan)
        self._rate_upper = _rate_upper(sample, laws)

    def row(self, connections: int) -> DelayRow:
        """Return the row of one number of connections."""
        at_once = self._sample.measured_connections
        as_asked = self._measured.makespans(connections)
        extrapolated = self._sample.is_beyond(connections)
        slow_at = connections
        median_s, utilisation = as_asked.quantile_s(0.5), _busy(as_asked, self._leads)
        slow = as_asked
        if extrapolated and at_once is not None:
            slow_at, median_s, utilisation = at_once, math.nan, math.nan
            slow = self._measured.makespans(at_once)
        else:
            utilisation = min(utilisation / connections, 1.0)
        slow_s = slow.quantile_s(0.95)
        bound_s = self._pessimistic.makespans(slow_at).quantile_s(0.95)
        return DelayRow(
            connections=connections,
            makespan_p05_s=as_asked.quantile_s(0.05),
            makespan_p50_s=median_s,
            makespan_p95_s=slow_s,
            makespan_p95_pessimistic_s=max(bound_s, slow_s),
            utilisation=utilisation,
            offered_load=utilisation * connections,
            throughput_per_s=self._leads / median_s,
            timeouts_seen=self._laws.timeouts_seen,
            pilot_calls=self._sample.calls,
            timeout_rate_upper=self._rate_upper,
            measured_connections=at_once,
            extrapolated=extrapolated,
            method=as_asked.method,
            replicates=len(as_asked.seconds),
        )


def _busy(makespans: Makespans, leads: int) -> float:
    """Return how many connections are busy on average."""
    return float(np.median(leads * makespans.busy_s / makespans.seconds))


def _rate_upper(sample: LatencySample, laws: Laws) -> float:
    if sample.told is not None or laws.timeouts_seen is None:
        return 0.0 if sample.told is None else sample.told.timeout_rate
    return timeout_rate_upper(laws.timeouts_seen, sample.calls)
