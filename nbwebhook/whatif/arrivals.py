"""How long leads wait that arrive over time, when the queue grows and when it drains."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from nbwebhook.errors import InvalidPlan
from nbwebhook.whatif.arrival_times import Arrivals
from nbwebhook.whatif.drawer import Drawer
from nbwebhook.whatif.law import bootstrap_laws, generator
from nbwebhook.whatif.plan import DelayPlan, read_connections
from nbwebhook.whatif.queue_path import QueueOfRun, queue_of
from nbwebhook.whatif.sample import LatencySample
from nbwebhook.whatif.waits import WaitsEstimate, WaitsRow

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nbwebhook.whatif.arrival_times import ArrivalsSource
    from nbwebhook.whatif.law import Law
    from nbwebhook.whatif.sample import CallsSource

__all__ = ["Arrivals", "estimate_waits"]

_ARRIVALS_STAGE = 9
_SERVICES_STAGE = 10
_AFFORDABLE_LEADS = 1_000_000
_FEWEST_REPLICATES = 4


def estimate_waits(  # noqa: PLR0913 - one argument a what-if; keyword-only
    calls: CallsSource,
    arrivals: ArrivalsSource,
    connections: int | Iterable[int] = 20,
    *,
    leads: int | None = None,
    timeout_s: float = 30.0,
    max_calls_per_s: float | None = None,
    burst: int = 1,
    scale: float = 1.0,
    cap_s: float | None = None,
    replicates: int = 40,
    seed: int = 0,
    measured_connections: int | None = None,
) -> WaitsEstimate:
    """Return how long leads wait that arrive over time, from measured calls.

    Args:
        calls: What the service time is known from, as in `estimate_delay`.
        arrivals: An `Arrivals`, a mean rate a second together with `leads`, or a column
            of timestamps or seconds.
        connections: Calls at once; one number or several.
        leads: How many leads arrive, where `arrivals` is a rate.
        timeout_s: Time limit of a call.
        max_calls_per_s: Most calls that start in a second.
        burst: Calls that may start at once after a pause.
        scale: 2 is a service twice as slow.
        cap_s: What if no call took longer than this?
        replicates: Campaigns to simulate; fewer where there are many leads.
        seed: The same seed gives the same numbers.
        measured_connections: Most calls at once while measuring, where the calls do not
            tell.

    Raises:
        InvalidPlan: Nothing can be estimated from the calls, or an argument cannot be.

    Example:
        >>> arriving = Arrivals.recorded([0.0, 1.0, 2.0])
        >>> row = estimate_waits([3000.0] * 9, arriving, connections=1).rows[0]
        >>> row.wait_p50_s, row.finish_p50_s, row.longest_queue
        (2.0, 9.0, 2)
    """
    source = _arrivals(arrivals, leads)
    plan = DelayPlan(
        leads=max(round(source.expected_leads), 1),
        timeout_s=timeout_s,
        max_calls_per_s=max_calls_per_s,
        burst=burst,
        scale=scale,
        cap_s=cap_s,
        replicates=replicates,
        seed=seed,
    )
    counts = read_connections(connections)
    sample = LatencySample.of(calls, measured_connections=measured_connections)
    laws = bootstrap_laws(sample, plan)
    typical = _runs(laws.as_measured, source, plan, counts)
    bad = _runs(laws.pessimistic, source, plan, counts)
    pairs = [
        _row_and_path(
            count, source, laws.as_measured.mean_s, typical[count], bad[count]
        )
        for count in counts
    ]
    rows = tuple(
        replace(row, extrapolated=sample.is_beyond(row.connections)) for row, _ in pairs
    )
    return WaitsEstimate(rows, tuple(path for _, path in pairs), source.span_s)


def _arrivals(arrivals: ArrivalsSource, leads: int | None) -> Arrivals:
    if isinstance(arrivals, Arrivals):
        return arrivals
    if not isinstance(arrivals, int | float):
        return Arrivals.recorded(arrivals)
    if leads is None:
        raise InvalidPlan("leads", "a rate of arrivals needs leads=, how many arrive")
    return Arrivals.at_rate(float(arrivals), leads)


def _runs(
    law: Law, source: Arrivals, plan: DelayPlan, counts: tuple[int, ...]
) -> dict[int, list[QueueOfRun]]:
    """Return simulated campaigns by connections, all on the same arrivals and calls."""
    affordable = _AFFORDABLE_LEADS // plan.leads
    replicates = min(law.replicates, max(affordable, _FEWEST_REPLICATES))
    arriving = generator(plan.seed, _ARRIVALS_STAGE)
    serving = generator(plan.seed, _SERVICES_STAGE)
    runs: dict[int, list[QueueOfRun]] = {count: [] for count in counts}
    for weights in law.weights[:replicates]:
        arrivals_s = source.draw(arriving)
        while not len(arrivals_s):
            arrivals_s = source.draw(arriving)
        drawer = Drawer(law.atoms, weights, len(arrivals_s), serving)
        services_s = drawer.draw(len(arrivals_s))
        for count, queues in runs.items():
            queues.append(queue_of(arrivals_s, services_s, count, plan.limit))
    return runs


def _row_and_path(
    connections: int,
    source: Arrivals,
    mean_s: float,
    runs: list[QueueOfRun],
    bad: list[QueueOfRun],
) -> tuple[WaitsRow, tuple[tuple[float, int], ...]]:
    middle = sorted(runs, key=lambda run: run.wait_s[1])[len(runs) // 2]
    wait_s = np.median([run.wait_s for run in runs], axis=0).tolist()
    sojourn_s = np.median([run.sojourn_s for run in runs], axis=0).tolist()
    finish_s = np.quantile([run.finish_s for run in runs], [0.05, 0.5, 0.95]).tolist()
    bad_s = float(np.quantile([run.wait_s[1] for run in bad], 0.95))
    rate = source.expected_leads / max(source.span_s, 1e-9)
    row = WaitsRow(
        connections=connections,
        leads=round(float(np.mean([run.leads for run in runs]))),
        wait_p50_s=wait_s[0],
        wait_p95_s=wait_s[1],
        wait_p99_s=wait_s[2],
        wait_p95_pessimistic_s=max(bad_s, wait_s[1]),
        sojourn_p50_s=sojourn_s[0],
        sojourn_p95_s=sojourn_s[1],
        sojourn_p99_s=sojourn_s[2],
        finish_p05_s=finish_s[0],
        finish_p50_s=finish_s[1],
        finish_p95_s=finish_s[2],
        waiting_share=float(np.median([run.waiting_share for run in runs])),
        longest_queue=middle.longest,
        queue_grows_at_s=middle.grows_at_s,
        queue_drained_at_s=middle.drained_at_s,
        utilisation=float(np.median([run.utilisation for run in runs])),
        keeps_up=bool(rate * mean_s < connections and middle.keeps_pace),
        extrapolated=None,
        method=middle.method,
        replicates=len(runs),
    )
    return row, middle.path
