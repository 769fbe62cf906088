"""A partition's run kept to what the scheduler lends it.

The thread of Dask's task does this; the run itself goes on in the package's own loop. A
share is good for `SILENCE_S` from the moment a report was sent that was answered. The end
of it stands in the run's own pacing, so that no call starts after it even if this thread
does not come to run: a worker that was stopped and wakes up finds the loan over.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from typing import Any, Protocol, TypeVar
from uuid import uuid4

import numpy as np

from nbwebhook.clock import RealClock
from nbwebhook.engine.ledger import PHASES
from nbwebhook.engine.run import LeadRun
from nbwebhook.errors import (
    NbWebhookError,
    PartitionStopped,
    RunStopped,
    StoppedByUser,
    TooManyFailures,
)
from nbwebhook.loop import Background
from nbwebhook.scale.wire import SAME_HOLD_S, SILENCE_S, Orders, Report

__all__ = ["Desk", "Steering", "reason_of", "stop_reason"]

T = TypeVar("T")

_LATENCY = PHASES.index("latency_ms")
_LATE_TOLD = 50
_TICK_S = 0.05
_ANSWER_S = SILENCE_S
_CLOCK = RealClock()


class Desk(Protocol):
    """Where a partition's run asks the scheduler."""

    def ask(
        self,
        op: str,
        timeout_s: float,
        *,
        give_up: Callable[[], bool] = ...,
        **facts: Any,  # noqa: ANN401 - a message
    ) -> Any:  # noqa: ANN401 - as above
        """Return the answer, unless `give_up` says that nobody waits for it any more.

        Raises:
            OSError: There is none; so do its subclasses, TimeoutError among them.
        """


def stop_reason(facts: tuple[Any, ...]) -> RunStopped:
    """Return the error that a stop's reason names.

    Example:
        >>> stop_reason(("TooManyFailures", 7, 5))
        TooManyFailures(7, 5)
    """
    kind, *rest = facts or ("StoppedByUser",)
    known: dict[str, Callable[..., RunStopped]] = {
        "StoppedByUser": StoppedByUser,
        "TooManyFailures": TooManyFailures,
    }
    return known.get(str(kind), PartitionStopped)(*rest)


def reason_of(error: NbWebhookError, partition: int) -> tuple[Any, ...]:
    """Return what tells all others why a partition has stopped by itself."""
    if isinstance(error, StoppedByUser | TooManyFailures | PartitionStopped):
        return (type(error).__name__, *error.args)
    return ("PartitionStopped", partition, str(error))


@dataclass(slots=True)
class _Known:
    """What the scheduler has told, and when."""

    orders: Orders
    good_until_s: float
    hold_until_s: float = 0.0


class Steering:
    """One attempt at a partition, and its share.

    Args:
        desk: Asks the scheduler.
        run_id: Which run.
        partition: Which partition.
    """

    def __init__(self, desk: Desk, run_id: str, partition: int) -> None:
        self.name = uuid4().hex
        self._desk = desk
        self._run_id = run_id
        self._partition = partition
        self._known = _Known(Orders("pause"), 0.0)
        self._applied = Report()
        self._seen_calls = 0
        self._holds = False

    @property
    def orders(self) -> Orders:
        """What is to be done, as last heard."""
        return self._known.orders

    def wait_for_share(self) -> Orders:
        """Return once there is a share to begin with, or none is needed any more."""
        while True:
            self._exchange(self._applied)
            orders = self.orders
            if orders.state != "pause" and (
                orders.state != "run" or orders.share.connections
            ):
                return orders
            self._applied = replace(self._applied, state="pause", share=orders.share)

    def keep(self, work: Callable[[], T]) -> T:
        """Return what `work` returns; the share is kept meanwhile, and not used."""
        with ThreadPoolExecutor(1, "nbwebhook-opening") as pool:
            future = pool.submit(work)
            while not future.done():
                self._exchange(self._applied, future.done)
                self._applied = Report(self.orders.state, self.orders.share)
            return future.result()

    def begin(self, machine: LeadRun) -> None:
        """Lend the share to a run that has not begun yet."""
        _obey(machine, self._known, Report())
        self._applied = Report(self.orders.state, self.orders.share)

    def steer(self, machine: LeadRun, background: Background[None]) -> None:
        """Keep a run to its share until it has ended."""

        def has_news() -> bool:
            if self._holds:
                return background.is_done
            own_s, known = machine.hold_left_s, self._known
            told_s = max(known.hold_until_s - _CLOCK.monotonic_s(), 0.0)
            return background.is_done or own_s > told_s + SAME_HOLD_S

        while not background.is_done:
            known, report = self._known, self._report_of(machine)
            self._holds = report.hold_s > 0
            self._exchange(report, has_news)
            if self._known is not known:
                self._apply(machine, background)

    def leave(
        self, reason: tuple[Any, ...] = (), machine: LeadRun | None = None
    ) -> None:
        """Give the share back: all calls have ended.

        Args:
            reason: Why all others are to stop too; empty if they are not.
            machine: The run that has ended, if one has begun.
        """
        last = Report() if machine is None else self._report_of(machine)
        partition = self._partition
        try:
            self._ask("leave", partition=partition, told=asdict(last), reason=reason)
        except OSError:
            # Then it comes back by itself, when it was silent for long enough.
            return

    def _report_of(self, machine: LeadRun) -> Report:
        progress = machine.progress
        now_s, own_s = _CLOCK.monotonic_s(), machine.hold_left_s
        told_s = max(self._known.hold_until_s - now_s, 0.0)
        late = machine.ledger.phases[_LATENCY].to_numpy()[self._seen_calls :]
        self._seen_calls += len(late)
        throttle = machine.ledger.throttle_ms.to_numpy()
        return replace(
            self._applied,
            busy=machine.busy,
            in_flight=progress.in_flight,
            hold_s=own_s if own_s > told_s + SAME_HOLD_S else 0.0,
            known_hold_s=max(own_s, told_s),
            outcomes={str(kind): n for kind, n in progress.outcomes.items()},
            late_ms=tuple(late[~np.isnan(late)][-_LATE_TOLD:].tolist()),
            throttle_s=float(np.nansum(throttle)) / 1e3 if len(throttle) else 0.0,
        )

    def _exchange(
        self, report: Report, give_up: Callable[[], bool] = lambda: False
    ) -> None:
        """Report, and take down what is told; nothing changes if no answer comes."""
        sent_s = _CLOCK.monotonic_s()
        is_urgent = report.busy > report.share.connections or report.hold_s > 0
        try:
            facts = self._ask(
                "report",
                give_up=give_up,
                partition=self._partition,
                told=asdict(report),
                wait=not is_urgent,
            )
        except OSError:
            if not give_up():
                time.sleep(_TICK_S)
            return
        if is_urgent:
            time.sleep(_TICK_S)
        orders = Orders.from_facts(facts)
        hold_until_s = self._known.hold_until_s
        if orders.hold_s > 0:
            hold_until_s = max(hold_until_s, _CLOCK.monotonic_s() + orders.hold_s)
        self._known = _Known(orders, sent_s + SILENCE_S, hold_until_s)

    def _ask(self, op: str, **facts: Any) -> Any:  # noqa: ANN401 - a message
        return self._desk.ask(op, _ANSWER_S, run=self._run_id, name=self.name, **facts)

    def _apply(self, machine: LeadRun, background: Background[None]) -> None:
        """Have the run do what was told, on its loop, and wait until it does."""
        known, applied = self._known, self._applied

        async def obey() -> None:
            _obey(machine, known, applied)

        asyncio.run_coroutine_threadsafe(obey(), background.loop).result()
        self._applied = Report(known.orders.state, known.orders.share)


def _obey(machine: LeadRun, known: _Known, applied: Report) -> None:
    """Do what was told; what was done already is not done again."""
    orders = known.orders
    if orders.state in {"stop", "lost"}:
        machine.stop(stop_reason(orders.reason))
    elif orders.state == "cut":
        machine.cut()
    else:
        _use_share(machine, known, applied)


def _use_share(machine: LeadRun, known: _Known, applied: Report) -> None:
    orders, share = known.orders, known.orders.share
    is_let = orders.state == "run" and share.connections > 0
    if not is_let:
        machine.pause()
    if share.connections not in {0, machine.connections}:
        machine.set_connections(share.connections)
    if share.calls_per_s and share.calls_per_s != applied.share.calls_per_s:
        machine.set_rate(share.calls_per_s)
    hold_s = known.hold_until_s - _CLOCK.monotonic_s()
    if hold_s > machine.hold_left_s + SAME_HOLD_S:
        machine.hold(hold_s)
    machine.lend(known.good_until_s)
    if is_let:
        machine.resume()
