"""Many leads, bounded: a fixed number of connections pull from one supply.

```text
supply ──take──▶ connection 1..n ──▶ transport.send ──▶ mapper ──▶ ledger
   ▲                  │ waits its turn at the pacing, outside the call's time limit
   └── next block ────┘
```

Every lead taken from the supply gets exactly one outcome, whatever happens; what is left
when the run is stopped is `skipped`.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from math import isnan, nan

from nbwebhook.clock import Clock
from nbwebhook.engine.ledger import CallFacts, Ledger
from nbwebhook.engine.pacing import Pacing
from nbwebhook.engine.plan import RunPlan, check_connections
from nbwebhook.engine.progress import Progress, RunState
from nbwebhook.engine.supply import Job, Supply
from nbwebhook.errors import (
    CallCancelled,
    NbWebhookError,
    RunStopped,
    StoppedByUser,
    TooManyFailures,
)
from nbwebhook.mapping.mapper import Mapper, outcome_of_error
from nbwebhook.mapping.outcome import Outcome, OutcomeKind
from nbwebhook.render.request import Request
from nbwebhook.transport.base import (
    CallProgress,
    Response,
    Timing,
    Transport,
    remote_address_of,
    status_code_of,
    timing_of,
)

__all__ = ["LeadRun"]

_BAD = (OutcomeKind.FAILED, OutcomeKind.UNKNOWN)
_BATCH = Outcome(
    OutcomeKind.REFUSED,
    error_type="BatchCampaign",
    error_code=1000,
    reason="a batch campaign cannot call webhooks (1000); use a trigger campaign",
)
_SURPRISE = Outcome(
    OutcomeKind.UNKNOWN,
    error_type="Exception",
    reason="the transport failed in a way that does not tell what was sent",
)


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
        supply: Supply,
        open_transport: Callable[[], tuple[Transport, str]],
        mapper: Mapper,
        plan: RunPlan,
        clock: Clock,
        *,
        is_batch: bool = False,
    ) -> None:
        self.ledger = Ledger()
        self.overhead_ms = 0.0
        self.transport_name = ""
        self.stopped_by: RunStopped | None = None
        self.connections = plan.connections
        self.total = supply.total
        self._supply = supply
        self._open_transport = open_transport
        self._transport: Transport
        self._mapper = mapper
        self._plan = plan
        self._clock = clock
        self._is_batch = is_batch
        self._pacing = Pacing(clock, plan.max_calls_per_s)
        self._outcomes: Counter[OutcomeKind] = Counter()
        self._in_flight = 0
        self._connections: dict[int, asyncio.Task[None]] = {}
        self._started_s = self._ended_s = nan
        self.started_at = clock.wall()
        self._changed = asyncio.Event()

    # Seen from outside

    @property
    def progress(self) -> Progress:
        """How far the run is; safe to read from any thread."""
        started_s, ended_s = self._started_s, self._ended_s
        now_s = self._clock.monotonic_s() if isnan(ended_s) else ended_s
        return Progress(
            state=self._state(),
            total=self.total,
            done=sum(self._outcomes.values()),
            in_flight=self._in_flight,
            connections=self.connections,
            outcomes=dict(self._outcomes),
            elapsed_s=0.0 if isnan(started_s) else now_s - started_s,
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
        self.connections = connections
        self._changed.set()

    def stop(self, reason: RunStopped | None = None) -> None:
        """Start no further call; those in flight may settle."""
        self.stopped_by = self.stopped_by or reason or StoppedByUser()
        self._pacing.resume()
        self._changed.set()

    def cut(self) -> None:
        """Stop, and cut off the calls in flight."""
        self.stop()
        for task in self._connections.values():
            task.cancel()

    # The run itself

    async def execute(self) -> None:
        """Give every lead an outcome, then close the transport."""
        self._started_s = self._clock.monotonic_s()
        self.started_at = self._clock.wall()
        try:
            if self._is_batch:
                self._give_rest(_BATCH, attempt=1)
                return
            self._transport, self.transport_name = self._open_transport()
            try:
                await self._serve_all()
            finally:
                await self._transport.aclose()
        finally:
            self._skip_rest()
            self._ended_s = self._clock.monotonic_s()

    async def _serve_all(self) -> None:
        try:
            self._open_connections()
            while self._connections:
                changed = asyncio.ensure_future(self._changed.wait())
                tasks = [*self._connections.values(), changed]
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                changed.cancel()
                self._changed.clear()
                self._reap()
                self._open_connections()
        except asyncio.CancelledError:
            self.cut()
            await asyncio.gather(*self._connections.values(), return_exceptions=True)
            raise

    def _open_connections(self) -> None:
        if self.stopped_by or self._supply.is_empty:
            return
        for slot in range(min(self.connections, self.total)):
            if slot not in self._connections:
                serving = self._serve(slot)
                self._connections[slot] = asyncio.ensure_future(serving)

    def _reap(self) -> None:
        for slot, task in list(self._connections.items()):
            if task.done():
                del self._connections[slot]
                if not task.cancelled():
                    task.result()

    async def _serve(self, slot: int) -> None:
        while slot < self.connections and not self._supply.is_empty:
            throttle_s = await self._wait_turn()
            if self.stopped_by:
                return
            job = self._supply.take()
            if job is None:
                return
            if isinstance(job.request, Request):
                await self._call(job, job.request, throttle_s)
            else:
                outcome = outcome_of_error(job.request)
                self._settle(job.row, 1, outcome, CallFacts())

    async def _wait_turn(self) -> float:
        """Wait at the pacing; return the seconds that it took."""
        if self._pacing.lets_through:
            return 0.0
        asked_s = self._clock.monotonic_s()
        await self._pacing.wait_turn()
        return self._clock.monotonic_s() - asked_s

    async def _call(self, job: Job, request: Request, throttle_s: float) -> None:
        facts = CallFacts()
        began_s = self._clock.monotonic_s()
        facts.started_at_s = self._clock.wall().timestamp()
        facts.wait_ms = (began_s - self._started_s) * 1e3
        facts.throttle_ms = throttle_s * 1e3
        sending = CallProgress()
        outcome = _SURPRISE
        self._in_flight += 1
        try:
            response = await self._transport.send(
                request, self._plan.timeout_s, progress=sending
            )
        except asyncio.CancelledError:
            cut = CallCancelled("wait", bytes_sent=sending.bytes_sent)
            outcome = _note_error(facts, cut, self._since_ms(began_s))
            raise
        except NbWebhookError as error:
            outcome = _note_error(facts, error, self._since_ms(began_s))
        except Exception as error:  # noqa: BLE001 - the one boundary: a plugged-in transport
            outcome = _note_surprise(facts, error, self._since_ms(began_s))
        else:
            _note_response(facts, response)
            spent_ms = self._since_ms(began_s) - response.timing.latency_ms
            self.overhead_ms += max(spent_ms, 0.0)
            outcome = self._mapper.map_response(response, job.old_texts)
        finally:
            self._in_flight -= 1
            self._settle(job.row, 1, outcome, facts)

    def _since_ms(self, began_s: float) -> float:
        return (self._clock.monotonic_s() - began_s) * 1e3

    def _settle(
        self, row: int, attempt: int, outcome: Outcome, facts: CallFacts
    ) -> None:
        self.ledger.add(row, attempt, outcome, facts)
        self._outcomes[outcome.kind] += 1
        limit = self._plan.max_failures
        if limit is not None and outcome.kind in _BAD:
            bad = sum(self._outcomes[kind] for kind in _BAD)
            if bad >= limit and not self.stopped_by:
                self.stop(TooManyFailures(bad, limit))

    def _skip_rest(self) -> None:
        if not self._supply.is_empty:
            self._give_rest(outcome_of_error(self.stopped_by or StoppedByUser()))

    def _give_rest(self, outcome: Outcome, attempt: int = 0) -> None:
        """Give every lead that is left one outcome without a call."""
        facts = CallFacts()
        for row in range(self._supply.next_row, self._supply.total):
            self._settle(row, attempt, outcome, facts)
        self._supply.next_row = self._supply.total


def _note_response(facts: CallFacts, response: Response) -> None:
    facts.timing = response.timing
    facts.status_code = response.status_code
    facts.request_bytes = response.request_bytes
    facts.response_bytes = response.response_bytes
    facts.connection_reused = response.connection_reused
    facts.remote_address = response.remote_address


def _note_error(facts: CallFacts, error: NbWebhookError, spent_ms: float) -> Outcome:
    """Take over what the transport knows of a call that failed."""
    facts.timing = timing_of(error)
    if isnan(facts.timing.latency_ms):
        facts.timing.latency_ms = spent_ms
    facts.remote_address = remote_address_of(error)
    facts.status_code = status_code_of(error)
    return outcome_of_error(error)


def _note_surprise(facts: CallFacts, error: Exception, spent_ms: float) -> Outcome:
    facts.timing = Timing()
    facts.timing.latency_ms = spent_ms
    return Outcome(
        OutcomeKind.UNKNOWN,
        error_type=type(error).__name__,
        reason=_SURPRISE.reason,
    )
