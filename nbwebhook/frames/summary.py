"""A run in numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

import numpy as np
import pandas as pd

from nbwebhook.engine.counts import CountingLedger
from nbwebhook.engine.ledger import KINDS
from nbwebhook.engine.run import LeadRun
from nbwebhook.mapping.outcome import OutcomeKind

__all__ = ["CallNumbers", "Latency", "Summary", "measured_latency_ms", "summarise"]

_QUANTILES = (0.5, 0.9, 0.95, 0.99)


@dataclass(frozen=True, slots=True)
class Latency:
    """Quantiles of the service time, and of how many calls they are.

    Attributes:
        calls: Calls that reached the service.
        mean_ms: The mean; NaN without calls, as are all others.
        p50_ms: Half of the calls took no longer.
        p90_ms: Nine in ten.
        p95_ms: 19 in 20.
        p99_ms: 99 in a hundred.
        max_ms: The longest.
    """

    calls: int
    mean_ms: float
    p50_ms: float
    p90_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float

    @classmethod
    def of(cls, latencies_ms: np.ndarray) -> Latency:
        """Return the quantiles of a sample of service times."""
        if not len(latencies_ms):
            return cls(0, *[float("nan")] * 6)
        p50, p90, p95, p99 = np.quantile(latencies_ms, _QUANTILES).tolist()
        mean, top = float(latencies_ms.mean()), float(latencies_ms.max())
        return cls(len(latencies_ms), mean, p50, p90, p95, p99, top)


@dataclass(frozen=True, slots=True)
class Summary:
    """A run in numbers; the outcomes add up to `leads`.

    Attributes:
        webhook: The webhook's name.
        leads: Leads in the list.
        updated: Leads with at least one field written.
        no_update: Leads whose 2xx response wrote nothing.
        failed: Leads whose call failed.
        unknown: Leads whose call may have been acted on without an answer.
        refused: Leads that nothing was sent for.
        skipped: Leads that were not tried.
        interrupted: Leads cut off by the user before a byte was sent.
        calls: Calls made.
        state: `finished`, or `stopped` before every lead was tried.
        stopped_by: Why it was stopped; empty if it was not.
        started_at: UTC.
        duration_s: From the start to the last outcome.
        calls_per_s: Calls made in a second of it.
        connections: Calls at once at most.
        timeout_s: Limit of a whole call.
        transport: The HTTP client that ran.
        latency: Service times of the calls that reached the service.
        throttle_s: Seconds that calls waited for the rate limit or a pause, added up.
        overhead_ms: What our own side added to a call, on average.
        own_load: Share of the duration in which our own side computed; near 1 it was the
            limit, not the service. Of this session, where a journal went on.
    """

    webhook: str
    leads: int
    updated: int
    no_update: int
    failed: int
    unknown: int
    refused: int
    skipped: int
    interrupted: int
    calls: int
    state: str
    stopped_by: str
    started_at: datetime
    duration_s: float
    calls_per_s: float
    connections: int
    timeout_s: float
    transport: str
    latency: Latency
    throttle_s: float
    overhead_ms: float
    own_load: float

    def to_dict(self) -> dict[str, object]:
        """Return the numbers as plain values that JSON can hold."""
        plain = asdict(self)
        plain["started_at"] = self.started_at.isoformat(timespec="milliseconds")
        latency = plain["latency"]
        plain["latency"] = {k: None if v != v else v for k, v in latency.items()}  # noqa: PLR0124 - NaN
        return plain

    def outcome_counts(self) -> dict[str, int]:
        """Return the leads by outcome, in the order of `OutcomeKind`."""
        return {str(kind): getattr(self, kind) for kind in KINDS}


def measured_latency_ms(calls: pd.DataFrame) -> np.ndarray:
    """Return the service times of calls that reached the service."""
    reached = calls["status_code"].notna() | (calls["outcome"] == "unknown")
    return calls.loc[reached, "latency_ms"].dropna().to_numpy(dtype="float64")


def _counts(calls: pd.DataFrame) -> dict[OutcomeKind, int]:
    """Return leads by outcome: that of a lead is its last call's."""
    rows = calls["row"].to_numpy()
    is_last = np.append(np.diff(rows) > 0, np.ones(min(len(rows), 1), bool))
    kinds = calls["outcome"].cat.codes.to_numpy()[is_last]
    counts = np.bincount(kinds, minlength=len(KINDS)).tolist()
    return dict(zip(KINDS, counts, strict=True))


@dataclass(frozen=True, slots=True)
class CallNumbers:
    """What the calls of a run come to.

    Attributes:
        counts: Leads by outcome.
        made: Calls made.
        latencies_ms: Service times of the calls that reached the service.
        throttle_s: Seconds that calls waited for the rate limit or a pause, added up.
    """

    counts: Mapping[OutcomeKind, int]
    made: int
    latencies_ms: np.ndarray
    throttle_s: float

    @classmethod
    def of_frame(cls, calls: pd.DataFrame) -> CallNumbers:
        """Return those of a run whose calls are all in memory."""
        made = int(calls["started_at"].notna().sum())
        throttle_s = float(calls["throttle_ms"].sum()) / 1e3
        return cls(_counts(calls), made, measured_latency_ms(calls), throttle_s)

    @classmethod
    def of_counting(cls, machine: LeadRun, ledger: CountingLedger) -> CallNumbers:
        """Return those of a run that kept numbers alone."""
        counts = {kind: machine.progress.outcomes.get(kind, 0) for kind in KINDS}
        latencies_ms = ledger.measured_latency_ms()
        return cls(counts, ledger.made, latencies_ms, ledger.throttle_ms_sum / 1e3)


def summarise(
    machine: LeadRun, numbers: CallNumbers, *, webhook: str, timeout_s: float
) -> Summary:
    """Return a run in numbers."""
    progress = machine.progress
    made = numbers.made
    duration_s = progress.elapsed_s
    return Summary(
        webhook=webhook,
        leads=machine.total,
        **{str(kind): numbers.counts[kind] for kind in OutcomeKind},
        calls=made,
        state=progress.state,
        stopped_by=str(machine.stopped_by or ""),
        started_at=machine.started_at,
        duration_s=duration_s,
        calls_per_s=made / duration_s if duration_s > 0 else 0.0,
        connections=machine.connections,
        timeout_s=timeout_s,
        transport=machine.transport_name,
        latency=Latency.of(numbers.latencies_ms),
        throttle_s=numbers.throttle_s,
        overhead_ms=machine.overhead_ms / made if made else 0.0,
        own_load=machine.own_load,
    )
