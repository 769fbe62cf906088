"""What became of every lead: each one in has exactly one outcome out.

A lead's outcome is that of its last call. One that waits for another attempt is not
counted yet; if that attempt is never made, the outcome that it has already counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from random import SystemRandom

from nbwebhook.clock import Clock
from nbwebhook.engine.calling import CallEnd, with_doubt
from nbwebhook.engine.ledger import CallFacts
from nbwebhook.engine.plan import RunPlan
from nbwebhook.engine.supply import Job, JobSource, Series
from nbwebhook.errors import (
    JournalError,
    NbWebhookError,
    RunStopped,
    StoppedByUser,
    TooManyFailures,
)
from nbwebhook.mapping.mapper import outcome_of_error
from nbwebhook.mapping.outcome import Outcome, OutcomeKind

__all__ = ["Accounts", "StopReason", "skipped_outcome"]

StopReason = RunStopped | JournalError

_BAD = (OutcomeKind.FAILED, OutcomeKind.UNKNOWN)
_NO_FACTS = CallFacts()


def skipped_outcome(stopped_by: StopReason | None) -> Outcome:
    """Return what a lead comes to that a run did not try; by the user if not said."""
    reason = stopped_by or StoppedByUser()
    return Outcome(
        OutcomeKind.SKIPPED, error_type=type(reason).__name__, reason=str(reason)
    )


class Accounts:
    """Settles leads: in the ledger, in the supply, and by outcome.

    Args:
        supply: Where the leads come from and are settled.
        plan: The limits.
        clock: Time.
        stop: Stops the run, by a limit that was reached.

    Attributes:
        ledger: Every call.
        outcomes: Leads by outcome, without those that wait for another attempt.
        overhead_ms: What our own side added to the calls, in all.
        stopped_by: Why no further lead is called; None as long as they are.
    """

    def __init__(
        self,
        supply: JobSource,
        plan: RunPlan,
        clock: Clock,
        stop: Callable[[StopReason], None],
    ) -> None:
        past = supply.past
        self.ledger = past.ledger
        self.outcomes = Counter(past.outcomes)
        self.overhead_ms = past.overhead_ms
        self.stopped_by: StopReason | None = None
        self._supply = supply
        self._retry = plan.retry
        self._max_failures = plan.max_failures
        self._clock = clock
        self._stop = stop
        self._bad = 0
        self._waiting: dict[int, Series] = {}
        self._share = SystemRandom().random

    @property
    def waiting(self) -> int:
        """How many leads have had a call and are to get another."""
        return len(self._waiting)

    def end(self, job: Job, end: CallEnd) -> float | None:
        """Take down a call's end; return the wait before the lead's next call.

        None where it gets no other: then this is its outcome.
        """
        series = job.series
        delay_s = None
        if self._retry.attempts > 1 and self.stopped_by is None:
            delay_s = self._delay_s(series, end)
        outcome = end.outcome
        if series is not None:
            self._waiting.pop(job.row, None)
            if series.may_have_acted and outcome.kind is OutcomeKind.FAILED:
                outcome = with_doubt(outcome)
            end.outcome = outcome
        attempt = 1 if series is None else series.attempts + 1
        self.ledger.add(job.row, attempt, outcome, end.facts)
        self.overhead_ms += end.facts.overhead_ms
        self._supply.settle(job.row, attempt, outcome, end.facts)
        if delay_s is None:
            self._count(outcome.kind)
        else:
            self._prolong(job, outcome.kind, end.began_s)
        return delay_s

    def _delay_s(self, series: Series | None, end: CallEnd) -> float | None:
        """Return the wait before the next attempt, None if there is to be none."""
        retry = self._retry
        tries, began_s = 1, end.began_s
        if series is not None and series.tries > 0:
            tries, began_s = series.tries + 1, series.began_s
        if tries >= retry.attempts:
            return None
        if not retry.may_repeat(end.method, end.facts.status_code, end.error):
            return None
        delay_s = self._share() * retry.longest_wait_s(tries)
        due_s = self._clock.monotonic_s() + delay_s
        return delay_s if due_s - began_s <= retry.max_total_s else None

    def is_too_late(self, job: Job) -> bool:
        """Whether a repeat comes later than the user allows."""
        series = job.series
        if series is None or series.tries == 0:
            return False
        return self._clock.monotonic_s() - series.began_s > self._retry.max_total_s

    def _prolong(self, job: Job, kind: OutcomeKind, began_s: float) -> None:
        """Note that the lead is to be called again."""
        series = job.series = job.series or Series(0, kind)
        if series.tries == 0:
            series.began_s = began_s
        series.attempts += 1
        series.tries += 1
        series.kind = kind
        series.may_have_acted |= kind is OutcomeKind.UNKNOWN
        series.ended_s = self._clock.monotonic_s()
        self._waiting[job.row] = series

    def refuse(self, job: Job, error: NbWebhookError) -> None:
        """Take down a lead for which no request can be made."""
        outcome = outcome_of_error(error)
        attempt = 1 if job.series is None else job.series.attempts + 1
        self.ledger.add(job.row, attempt, outcome, _NO_FACTS)
        self._supply.settle(job.row, attempt, outcome, _NO_FACTS)
        self._count(outcome.kind)

    def settle_equal(self, row: int, outcome: Outcome, facts: CallFacts) -> None:
        """Take down a lead that got the answer of another's call."""
        attempt = self._supply.settle_equal(row, outcome, facts)
        self.ledger.add(row, attempt, outcome, facts)
        self._count(outcome.kind)

    def give_up(self, job: Job) -> None:
        """Settle a lead that was taken and is not called after all."""
        outcome = skipped_outcome(self.stopped_by)
        self._supply.settle(job.row, 0, outcome, _NO_FACTS)
        self._waiting.pop(job.row, None)
        self._keep(job.row, job.series.kind if job.series else None, outcome)

    def give_up_rest(self) -> None:
        """Settle every lead that is not settled: the run is over."""
        outcome = skipped_outcome(self.stopped_by)
        for series in self._waiting.values():
            self._count(series.kind)
        self._waiting.clear()
        for row, kind in self._supply.rest():
            self._keep(row, kind, outcome)

    def give_rest(self, outcome: Outcome) -> None:
        """Give every lead the same outcome without a call."""
        for row, _ in self._supply.rest():
            self.ledger.add(row, 1, outcome, _NO_FACTS)
            self._count(outcome.kind)

    def _keep(self, row: int, kind: OutcomeKind | None, skipped: Outcome) -> None:
        """Leave a lead the outcome that it has; without one it is skipped."""
        if kind is None:
            self.ledger.add(row, 0, skipped, _NO_FACTS)
        self.outcomes[kind or OutcomeKind.SKIPPED] += 1

    def _count(self, kind: OutcomeKind) -> None:
        self.outcomes[kind] += 1
        if kind in _BAD:
            self._bad += 1
            limit = self._max_failures
            if limit is not None and self._bad >= limit and self.stopped_by is None:
                self._stop(TooManyFailures(self._bad, limit))
