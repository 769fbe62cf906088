"""Many leads, bounded: a fixed number of connections pull from one supply.

```text
supply ──take──▶ connection 1..n ──▶ caller ──▶ accounts ──▶ ledger, journal
   ▲                  │ waits its turn at the pacing, outside the call's time limit
   ├── next block ────┘                            │
   └── again, when its wait is over ◀── retries ◀──┘ a failed call that may be repeated
```

Every lead taken from the supply gets exactly one outcome, whatever happens; what is left
when the run is stopped is `skipped`, or keeps the outcome of its last attempt.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from math import isnan, nan
from time import thread_time

from nbwebhook.clock import Clock
from nbwebhook.engine.accounts import Accounts, StopReason
from nbwebhook.engine.calling import CallEnd, Caller, keyed_request
from nbwebhook.engine.equals import answer_of_equal
from nbwebhook.engine.ledger import Ledger
from nbwebhook.engine.pacing import Delays, Pacing
from nbwebhook.engine.plan import RunPlan, check_connections
from nbwebhook.engine.progress import Progress, RunState
from nbwebhook.engine.ramp import ramp_up
from nbwebhook.engine.retry_queue import RetryQueue
from nbwebhook.engine.slots import Slots
from nbwebhook.engine.supply import Job, JobSource
from nbwebhook.engine.until import watch_rule
from nbwebhook.errors import StoppedByUser
from nbwebhook.mapping.mapper import Mapper
from nbwebhook.mapping.outcome import Outcome, OutcomeKind
from nbwebhook.render.request import Request
from nbwebhook.transport.base import Transport, computed_beside_s

__all__ = ["BATCH", "LeadRun"]

BATCH = Outcome(
    OutcomeKind.REFUSED,
    error_type="BatchCampaign",
    error_code=1000,
    reason="a batch campaign cannot call webhooks (1000); use a trigger campaign",
)
"""What every lead of a batch campaign comes to."""
_WAITING_PER_CONNECTION = 10
_EQUALS_AT_ONCE = 32
"""Leads that get an equal request's answer before the loop turns."""


class LeadRun:
    """One run; lives on one loop, and its methods are called there.

    Args:
        supply: The leads.
        open_transport: Makes the transport, on the loop, and says its name; it is closed
            when the run ends.
        mapper: Makes outcomes of responses.
        plan: The limits.
        clock: Time.
        is_batch: Whether a batch campaign calls: Marketo's error 1000 for every lead.
    """

    def __init__(
        self,
        supply: JobSource,
        open_transport: Callable[[], tuple[Transport, str]],
        mapper: Mapper,
        plan: RunPlan,
        clock: Clock,
        *,
        is_batch: bool = False,
    ) -> None:
        self.transport_name = ""
        self.total = supply.total
        self.started_at = supply.past.started_at or clock.wall()
        self._supply = supply
        self._open_transport = open_transport
        self._plan = plan
        self._clock = clock
        self._is_batch = is_batch
        self._pacing = Pacing(clock, plan.max_calls_per_s, plan.breaker)
        self._accounts = Accounts(supply, plan, clock, self.stop)
        self._mapper = mapper
        self._answered: dict[int, CallEnd] = {}
        self._caller = Caller(mapper, clock, plan.timeout_s, self._end_call)
        self._retries: RetryQueue | None = None
        self._ramping: asyncio.Task[None] | None = None
        self._slots = Slots(
            1 if plan.ramp_up_s else plan.connections,
            next_job=self._next_job,
            treat=self._treat,
            is_served=self._is_served,
        )
        self._started_s = self._ended_s = nan
        self._computed_s = self._computed_beside_s = 0.0

    # Seen from outside

    @property
    def connections(self) -> int:
        """Calls at once at most, as it stands now."""
        return self._slots.count

    @property
    def max_calls_per_s(self) -> float | None:
        """Calls started in a second at most, as it stands now."""
        return self._pacing.max_calls_per_s

    @property
    def ledger(self) -> Ledger:
        """Every call, those of earlier sessions included."""
        return self._accounts.ledger

    @property
    def overhead_ms(self) -> float:
        """What our own side added to the calls, in all."""
        return self._accounts.overhead_ms

    @property
    def own_load(self) -> float:
        """Share of this session's time in which it computed; 0 before its end.

        That of its loop, or of a process that makes its calls if that computed more.
        """
        took_s = self._ended_s - self._started_s
        return min(self._computed_s / took_s, 1.0) if took_s > 0 else 0.0

    @property
    def stopped_by(self) -> StopReason | None:
        """Why no further lead is called; None as long as they are."""
        return self._accounts.stopped_by

    @property
    def busy(self) -> int:
        """Leads that are being served: calls under way, or about to start."""
        return self._slots.busy

    @property
    def hold_left_s(self) -> float:
        """How long a pause that the service asked for still lasts."""
        return self._pacing.hold_left_s

    @property
    def delays(self) -> Delays:
        """What has held this session up: pauses asked for, the user's, the breaker."""
        return self._pacing.delays

    @property
    def progress(self) -> Progress:
        """How far the run is; safe to read from any thread."""
        started_s, ended_s = self._started_s, self._ended_s
        now_s = self._clock.monotonic_s() if isnan(ended_s) else ended_s
        this_s = 0.0 if isnan(started_s) else now_s - started_s
        outcomes: Counter[OutcomeKind] = Counter(self._accounts.outcomes)
        return Progress(
            state=self._state(),
            total=self.total,
            done=outcomes.total(),
            in_flight=self._caller.in_flight,
            connections=self.connections,
            outcomes=dict(outcomes),
            elapsed_s=self._supply.past.elapsed_s + this_s,
        )

    def _state(self) -> RunState:
        has_ended = not isnan(self._ended_s)
        if self.stopped_by:
            return "stopped" if has_ended else "stopping"
        if has_ended:
            return "finished"
        return "paused" if self._pacing.is_paused else "running"

    def pause(self) -> None:
        """Start no further call until `resume`."""
        self._pacing.pause()

    def resume(self) -> None:
        """Let calls start again."""
        self._pacing.resume()

    def set_connections(self, connections: int) -> None:
        """Change how many calls there are at once; too many end with their call."""
        check_connections(connections)
        if self._ramping is not None:
            self._ramping.cancel()
        self._supply.set_connections(connections)
        self._slots.set_count(connections)

    def set_rate(self, max_calls_per_s: float | None) -> None:
        """Change how many calls may start in a second; None for no limit."""
        self._pacing.set_rate(max_calls_per_s)

    def hold(self, duration_s: float) -> None:
        """Start no call for so long, as if the service had asked for it."""
        self._pacing.hold(duration_s)

    def lend(self, until_s: float) -> None:
        """Start no call from that instant of the clock on, unless it is moved on."""
        self._pacing.lend(until_s)

    def stop(self, reason: StopReason | None = None) -> None:
        """Start no further call; those in flight may settle."""
        self._accounts.stopped_by = self.stopped_by or reason or StoppedByUser()
        self._pacing.release()
        self._slots.stop()

    def cut(self) -> None:
        """Stop, and cut off the calls in flight."""
        self.stop()
        self._slots.cut()

    def deliver(self) -> None:
        """Note that the result was handed over, once the run has ended."""
        self._supply.deliver()

    # The run itself

    async def execute(self) -> None:
        """Give every lead an outcome, then close the transport and the journal."""
        self._started_s = self._clock.monotonic_s()
        computed_s = thread_time()
        self.started_at = self._supply.past.started_at or self._clock.wall()
        try:
            if not self._is_batch:
                await self._call_all()
        finally:
            if self._is_batch:
                self._accounts.give_rest(BATCH)
            else:
                self._accounts.give_up_rest()
            ended_s = self._clock.monotonic_s()
            try:
                await self._supply.aclose()
            finally:
                here_s = thread_time() - computed_s
                self._computed_s = max(here_s, self._computed_beside_s)
                self._ended_s = ended_s

    async def _call_all(self) -> None:
        self._supply.set_connections(self._plan.connections)
        self._supply.begin(self._slots.wake, self.stop)
        if self._supply.is_empty:
            return
        transport, self.transport_name = self._open_transport()
        self._caller.transport = transport
        if self._plan.retry.attempts > 1:
            self._retries = RetryQueue(self._clock, self._supply.again)
        try:
            await self._serve_all()
        finally:
            if self._retries is not None:
                await self._retries.aclose()
            await transport.aclose()
            self._computed_beside_s = computed_beside_s(transport)

    async def _serve_all(self) -> None:
        beside = []
        if self._plan.until is not None:
            watch = watch_rule(self._plan.until, self.ledger, self._clock, self.stop)
            beside.append(asyncio.ensure_future(watch))
        if self._plan.ramp_up_s:
            ramp = ramp_up(
                self._slots.set_count,
                self._plan.connections,
                self._plan.ramp_up_s,
                self._clock,
            )
            self._ramping = asyncio.ensure_future(ramp)
            beside.append(self._ramping)
        try:
            await self._slots.serve(self.total)
        except BaseException:
            self.stop()
            raise
        finally:
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)

    def _is_served(self) -> bool:
        """Whether no lead will need a connection any more."""
        if not self._supply.is_empty:
            return False
        return self._retries is None or not (self._accounts.waiting or self._slots.busy)

    def _next_job(self) -> Job | None:
        """Return the next lead to call: one that waited for it, or else a new one."""
        if self._retries is None:
            return self._supply.take()
        job = self._supply.take_again()
        most = _WAITING_PER_CONNECTION * self.connections
        if job is None and self._accounts.waiting < most:
            job = self._supply.take()
        return job

    async def _treat(self, job: Job) -> None:
        """Call one lead, or settle it without a call."""
        request = job.request
        if not isinstance(request, Request):
            self._accounts.refuse(job, request)
            await asyncio.sleep(0)
            return
        throttle_s = 0.0
        if not self._pacing.lets_through:
            throttle_s = await self._wait_turn(job)
        if self.stopped_by or self._accounts.is_too_late(job):
            self._accounts.give_up(job)
            self._pacing.pass_turn()
            return
        header = self._plan.retry.idempotency_key_header
        if header is not None and job.key is not None:
            request = keyed_request(request, header, self._supply.run_id, job.key)
        await self._caller.call(job, request, self._turn_s(job), throttle_s)
        if self._answered:
            await self._answer_equals(job.row)

    async def _answer_equals(self, row: int) -> None:
        """Give the answer of a call to the leads whose requests are equal to it."""
        equals, end = self._supply.equals, self._answered.pop(row, None)
        if equals is None or end is None:
            return
        count = 0
        while equals.has_next(row):
            other = equals.take_next(row)
            outcome = end.outcome
            if end.response is not None:
                old_texts = equals.old_texts(other)
                outcome = self._mapper.map_response(end.response, old_texts)
            outcome, facts = answer_of_equal(outcome, end.facts, row)
            self._accounts.settle_equal(other, outcome, facts)
            count += 1
            if count % _EQUALS_AT_ONCE == 0:
                await asyncio.sleep(0)

    async def _wait_turn(self, job: Job) -> float:
        """Wait at the pacing; return the seconds that it took."""
        asked_s = self._clock.monotonic_s()
        try:
            await self._pacing.wait_turn()
        except asyncio.CancelledError:
            self._accounts.give_up(job)
            raise
        return self._clock.monotonic_s() - asked_s

    def _turn_s(self, job: Job) -> float:
        """Return when a lead's turn began: with the run, or with the end of its call."""
        if job.series is None or isnan(job.series.ended_s):
            return self._started_s - self._supply.past.elapsed_s
        return job.series.ended_s

    def _end_call(self, job: Job, end: CallEnd) -> None:
        reason = self._pacing.note_end(end)
        if reason is not None:
            self.stop(reason)
        delay_s = self._accounts.end(job, end)
        equals = self._supply.equals
        if equals is not None and delay_s is None and equals.has_next(job.row):
            self._answered[job.row] = end
        if self._retries is not None:
            if delay_s is None:
                self._slots.wake()
            else:
                self._retries.add(job, delay_s)
