"""The notebook's part of a run: hands partitions out, a few at a time, and counts them in.

No more partitions are handed out than can have a share, so that no worker's thread waits
for one, and the notebook holds a few numbers a partition, however long the list is.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from nbwebhook.errors import ClusterFailed, NbWebhookError, RunStopped
from nbwebhook.scale.door import ClusterClient, ClusterFrame
from nbwebhook.scale.job import ScaleJob
from nbwebhook.scale.partition import run_partition
from nbwebhook.scale.scheduler import SchedulerLine
from nbwebhook.scale.steering import stop_reason
from nbwebhook.scale.survey import PartFacts
from nbwebhook.scale.tally import PartEnd, untouched_end
from nbwebhook.scale.wire import Look

__all__ = ["Conducted", "Conductor"]

_LOOK_S = 0.2
_PER_THREAD = 2
_LOST_TIMES = 3
"""How often a partition is handed out that Dask gives up, as its workers die."""


@dataclass(frozen=True, slots=True)
class Conducted:
    """How a run ended.

    Attributes:
        ends: One a partition, in their order.
        stopped_by: Why it was stopped; None if it was not.
        duration_s: How long it took.
    """

    ends: tuple[PartEnd, ...]
    stopped_by: RunStopped | None
    duration_s: float


class Conductor:
    """Runs all partitions; `execute` blocks, everything else answers at once.

    Args:
        client: The cluster.
        leads: The list.
        job: What each partition is told.
        facts: What is known of the partitions.
        line: To the scheduler.

    Attributes:
        look: How far the run is, as last seen.
        ended: What the partitions came to that have ended.
    """

    def __init__(
        self,
        client: ClusterClient,
        leads: ClusterFrame,
        job: ScaleJob,
        facts: Sequence[PartFacts],
        line: SchedulerLine,
    ) -> None:
        self.look = Look(connections=job.plan.connections)
        self.ended: dict[int, PartEnd] = {}
        self.started_s = time.monotonic()
        self._client = client
        self._leads = leads
        self._job = job
        self._facts = facts
        self._line = line
        self._running: dict[Any, int] = {}
        self._given_up: dict[int, int] = {}
        self._error: BaseException | None = None

    def execute(self) -> Conducted:
        """Run all partitions to their ends.

        Raises:
            NbWebhookError: A partition cannot be run; all others have stopped.
        """
        waiting = iter(range(len(self._facts)))
        try:
            while self._fill(waiting) or self._running:
                self._take_ended()
                self._look()
        finally:
            self._client.cancel(list(self._running))
            self._line.close()
        if self._error is not None:
            raise self._error
        ends = tuple(self.ended[fact.partition] for fact in self._facts)
        reason = self._stopped_by()
        return Conducted(ends, reason, time.monotonic() - self.started_s)

    def _stopped_by(self) -> RunStopped | None:
        if not self.look.reason:
            return None
        return stop_reason(self.look.reason)

    def _fill(self, waiting: Iterator[int]) -> bool:
        """Hand partitions out as long as there is room; false if none is left."""
        room = self._most() - len(self._running)
        for _ in range(max(room, 0)):
            partition = next(waiting, None)
            if partition is None:
                return False
            fact = self._facts[partition]
            if (self.look.reason or self._error) and not fact.has_journal:
                self.ended[partition] = untouched_end(partition, fact.leads)
            else:
                self._hand_out(partition)
        return True

    def _most(self) -> int:
        plan = self._job.plan
        most = self.look.connections
        if plan.max_calls_per_s is not None:
            most = min(most, max(1, int(plan.max_calls_per_s)))
        threads: int = sum(self._client.nthreads().values())
        return max(1, min(most, _PER_THREAD * max(threads, 1)))

    def _hand_out(self, partition: int) -> None:
        from dask.delayed import delayed  # noqa: PLC0415 - only where a cluster is in use

        times = self._given_up.get(partition, 0)
        key = f"nbwebhook-{self._job.run_id}-{partition}-{times}"
        [leads] = self._leads.partitions[partition].to_delayed()
        task = delayed(run_partition, pure=False)(
            leads, self._job, partition, dask_key_name=key
        )
        self._running[self._client.compute(task)] = partition

    def _take_ended(self) -> None:
        """Wait a moment for partitions to end, and count in those that have."""
        import distributed  # noqa: PLC0415 - only where a cluster is in use

        futures = list(self._running)
        if not futures:
            return
        try:
            distributed.wait(futures, timeout=_LOOK_S, return_when="FIRST_COMPLETED")
        except (TimeoutError, distributed.TimeoutError):
            return
        except distributed.client.FuturesCancelledError:
            pass
        for future in futures:
            if future.done():
                self._take(future, self._running.pop(future))

    def _take(self, future: Any, partition: int) -> None:  # noqa: ANN401 - Dask's own type
        from distributed.scheduler import KilledWorker  # noqa: PLC0415 - as above

        try:
            self.ended[partition] = future.result()
        except KilledWorker as error:
            times = self._given_up[partition] = self._given_up.get(partition, 0) + 1
            if times < _LOST_TIMES:
                self._hand_out(partition)
            else:
                problem = f"workers die again and again with partition {partition:,}"
                self._fail(ClusterFailed(problem), error)
        except NbWebhookError as error:
            self._fail(error)
        except Exception as error:  # noqa: BLE001 - whatever Dask or the list's source raises
            kind = type(error).__name__
            problem = f"partition {partition:,} cannot be run or read ({kind})"
            self._fail(ClusterFailed(problem), error)

    def _fail(self, error: NbWebhookError, cause: Exception | None = None) -> None:
        if self._error is None:
            error.__cause__ = cause or error.__cause__
            self._error = error
        self._line.steer("stop")

    def _look(self) -> None:
        looked = self._line.look()
        if looked is not None:
            self.look = looked
