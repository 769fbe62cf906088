"""The run of one partition, in a worker: the ordinary engine, with a share of the budget.

Dask may run a partition again, when its worker is lost or its result is. What was called
is in its journal, so that a second run calls only whom the first one has not.
"""

from __future__ import annotations

import asyncio
import concurrent.futures as cf
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pandas as pd

from nbwebhook.clock import RealClock
from nbwebhook.engine.run import LeadRun
from nbwebhook.errors import ClusterFailed, JournalLocked, NbWebhookError
from nbwebhook.frames.prepare import PreparedFrame
from nbwebhook.loop import Background, own_loop
from nbwebhook.scale.job import ScaleJob
from nbwebhook.scale.steering import Steering, reason_of
from nbwebhook.scale.tally import PartEnd, end_of, untouched_end
from nbwebhook.scale.wire import Share
from nbwebhook.transport.base import Transport
from nbwebhook.transport.choose import make_transport

__all__ = ["WorkerDesk", "run_partition", "secrets_of"]

_TICK_S = 0.02
_TRIES = 5
_LOCK_S = 30.0
_LOCK_TICK_S = 0.2
_CLOCK = RealClock()


class WorkerDesk:
    """Asks the scheduler, from the thread of a task, over Dask's own connection."""

    def __init__(self) -> None:
        from distributed import get_worker  # noqa: PLC0415 - only where Dask runs us

        from nbwebhook.scale.plugin import PREFIX  # noqa: PLC0415 - as above

        self._worker = get_worker()
        self._prefix = PREFIX

    def ask(
        self,
        op: str,
        timeout_s: float,
        *,
        give_up: Callable[[], bool] = lambda: False,
        **facts: Any,  # noqa: ANN401 - a message
    ) -> Any:  # noqa: ANN401 - as above
        """Return the scheduler's answer.

        Args:
            op: What is asked.
            timeout_s: How long to wait for it.
            give_up: Asked again and again; an answer that nobody waits for any more is
                not waited for.
            facts: The question.

        Raises:
            OSError: No answer came.
        """
        loop = self._worker.io_loop.asyncio_loop  # type: ignore[attr-defined]  # tornado's own
        asked = asyncio.run_coroutine_threadsafe(self._call(op, facts), loop)
        until_s = time.monotonic() + timeout_s
        while True:
            try:
                return asked.result(_TICK_S)
            except TimeoutError:
                if asked.done():
                    raise
            except cf.CancelledError as error:
                raise ConnectionAbortedError(op) from error
            if give_up() or time.monotonic() > until_s:
                asked.cancel()
                raise TimeoutError(op)

    async def _call(self, op: str, facts: dict[str, Any]) -> Any:  # noqa: ANN401 - as above
        return await getattr(self._worker.scheduler, f"{self._prefix}{op}")(**facts)


def secrets_of(desk: WorkerDesk, run_id: str) -> dict[str, str]:
    """Return the secrets that the notebook has given to the run.

    Raises:
        ClusterFailed: The scheduler does not answer.
    """
    for _ in range(_TRIES):
        try:
            found: dict[str, str] = desk.ask("secrets", 5.0, run=run_id)
        except OSError:
            time.sleep(_LOCK_TICK_S)
        else:
            return found
    raise ClusterFailed("the scheduler does not answer its workers")


def run_partition(leads: pd.DataFrame, job: ScaleJob, partition: int) -> PartEnd:
    """Call the webhook for the leads of a partition that were not called yet.

    Raises:
        NbWebhookError: The partition cannot be run; the others stop.
    """
    desk = WorkerDesk()
    prepared = job.prepare(leads, secrets_of(desk, job.run_id))
    while True:
        end = _attempt(Steering(desk, job.run_id, partition), prepared, job, partition)
        if end is not None:
            return end


def _attempt(
    steering: Steering, prepared: PreparedFrame, job: ScaleJob, partition: int
) -> PartEnd | None:
    """Return what the partition came to; None if its share was lost on the way."""
    orders = steering.wait_for_share()
    has_begun = job.journal(partition).exists()
    if orders.state in {"stop", "cut"} and not has_begun:
        steering.leave()
        return untouched_end(partition, len(prepared.leads))
    try:
        machine = steering.keep(
            lambda: _open_machine(prepared, job, partition, orders.share)
        )
        steering.begin(machine)
        background = Background(machine.execute(), own_loop())
        steering.steer(machine, background)
        background.wait(0.0, lambda: None)
    except NbWebhookError as error:
        steering.leave(reason_of(error, partition))
        raise
    except BaseException as error:
        steering.leave(("PartitionStopped", partition, type(error).__name__))
        raise
    if steering.orders.state == "lost":
        return None
    reason: tuple[Any, ...] = ()
    if machine.stopped_by is not None and not steering.orders.reason:
        reason = reason_of(machine.stopped_by, partition)
    steering.leave(reason, machine)
    return end_of(partition, machine, prepared)


def _open_machine(
    prepared: PreparedFrame, job: ScaleJob, partition: int, share: Share
) -> LeadRun:
    """Return the run of a partition, with its journal open and its crash settled.

    A worker that was killed has left no lock: that went with its process. One that is
    said to be lost and still settles its calls has it, and is waited for.

    Raises:
        JournalError: The journal cannot be used.
    """

    def open_transport() -> tuple[Transport, str]:
        return make_transport(
            job.transport,  # type: ignore[arg-type]  # checked when the run was started
            connections=job.plan.connections,
            allow_hosts=job.allow_hosts,
        )

    plan = replace(
        job.plan,
        connections=max(share.connections, 1),
        max_calls_per_s=share.calls_per_s or job.plan.max_calls_per_s,
    )
    until_s = time.monotonic() + _LOCK_S + job.plan.timeout_s
    while True:
        try:
            supply = prepared.journalled_supply(
                job.journal(partition),
                _CLOCK,
                campaign="trigger",
                resend=job.resend,
                is_idempotent=job.plan.retry.idempotent is True,
            )
        except JournalLocked:
            if time.monotonic() > until_s:
                raise
            time.sleep(_LOCK_TICK_S)
        else:
            return LeadRun(supply, open_transport, prepared.mapper, plan, _CLOCK)
