"""A run over a cluster as its user holds it: the face of a run on one machine."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Callable, Generator
from math import nan
from typing import Any

from nbwebhook.engine.ledger import CallFacts, Ledger
from nbwebhook.engine.plan import check_connections
from nbwebhook.engine.progress import Progress, RunState
from nbwebhook.mapping.outcome import Outcome, OutcomeKind
from nbwebhook.scale.conductor import Conducted, Conductor
from nbwebhook.scale.result import ClusterResult
from nbwebhook.scale.scheduler import SchedulerLine
from nbwebhook.transport.base import Timing

__all__ = ["ClusterRun"]

_TICK_S = 0.1
_SETTLE_S = 0.5
_CUT_S = 10.0
_SHOWN = Outcome(OutcomeKind.UPDATED)


class ClusterRun:
    """A run over a cluster that has been started, usable from any thread.

    `await run` and `run.result()` give the result; every other member answers at once.
    What it tells is a moment old: workers report twice a second, fewer times where they
    are many. An interrupt of a waiting cell, or Ctrl-C, stops the run on all workers:
    calls under way get half a second to settle, then they are cut off.
    """

    def __init__(
        self,
        conductor: Conductor,
        line: SchedulerLine,
        *,
        total: int,
        build: Callable[[Conducted], ClusterResult],
        on_progress: Callable[[Progress], None] | None = None,
    ) -> None:
        self._conductor = conductor
        self._line = line
        self._total = total
        self._build = build
        self._on_progress = on_progress
        self._ended: Conducted | None = None
        self._error: BaseException | None = None
        self._result: ClusterResult | None = None
        self._done = threading.Event()
        self._lock = threading.Lock()
        self._thread = threading.Thread(
            target=self._conduct, name="nbwebhook-cluster", daemon=True
        )
        self._thread.start()

    def _conduct(self) -> None:
        try:
            self._ended = self._conductor.execute()
        except BaseException as error:  # noqa: BLE001 - the thread's own boundary
            self._error = error
        finally:
            self._done.set()

    @property
    def is_done(self) -> bool:
        """Whether every lead has its outcome, or the run has failed."""
        return self._done.is_set()

    @property
    def progress(self) -> Progress:
        """How far the run is, over all workers."""
        look, ended = self._conductor.look, self._ended
        outcomes = {OutcomeKind(kind): n for kind, n in look.outcomes.items()}
        state: RunState = look.state
        elapsed_s = time.monotonic() - self._conductor.started_s
        if ended is not None:
            counts: Counter[str] = Counter()
            for end in ended.ends:
                counts.update(end.summary.outcome_counts())
            outcomes = {OutcomeKind(kind): n for kind, n in counts.items() if n}
            elapsed_s = ended.duration_s
        if self.is_done:
            state = (
                "stopped" if self._error or (ended and ended.stopped_by) else "finished"
            )
        return Progress(
            state=state,
            total=self._total,
            done=sum(outcomes.values()),
            in_flight=0 if self.is_done else look.in_flight,
            connections=look.connections,
            outcomes=outcomes,
            elapsed_s=elapsed_s,
        )

    @property
    def ledger(self) -> Ledger:
        """Some of the last calls of all workers: how long they took, and no more."""
        look, ledger = self._conductor.look, Ledger()
        for at, latency_ms in enumerate(look.late_ms):
            facts = CallFacts()
            facts.throttle_ms = look.throttle_s * 1e3 if at == 0 else nan
            facts.timing = Timing()
            facts.timing.latency_ms = latency_ms
            ledger.add(at, 1, _SHOWN, facts)
        return ledger

    @property
    def connections(self) -> int:
        """Calls at once over all workers; assign to change it while the run goes on."""
        return self._conductor.look.connections

    @connections.setter
    def connections(self, connections: int) -> None:
        check_connections(connections)
        self._line.steer("connections", connections)

    def pause(self) -> None:
        """Start no further call on any worker until `resume`."""
        self._line.steer("pause")

    def resume(self) -> None:
        """Let calls start again."""
        self._line.steer("resume")

    def stop(self) -> None:
        """Start no further call; those under way settle within their time limit."""
        self._line.steer("stop")

    def cut(self) -> None:
        """Stop, and cut off the calls under way: what was sent of them is unknown."""
        self._line.steer("cut")

    def result(self, timeout_s: float | None = None) -> ClusterResult:
        """Wait for the end of the run and return its result.

        Args:
            timeout_s: How long to wait at most; None for as long as it takes.

        Raises:
            TimeoutError: The run goes on; ask again later.
            NbWebhookError: A partition could not be run; its journal knows how far it was.
        """
        until_s = None if timeout_s is None else time.monotonic() + timeout_s
        try:
            while not self._done.wait(_TICK_S):
                self._tick()
                if until_s is not None and time.monotonic() >= until_s:
                    message = f"not finished after {timeout_s} s; it goes on"
                    raise TimeoutError(message)
        except KeyboardInterrupt:
            self._end_soon()
        return self._finish()

    def __await__(self) -> Generator[Any, None, ClusterResult]:
        return self._awaited().__await__()

    async def _awaited(self) -> ClusterResult:
        try:
            while not self.is_done:  # noqa: ASYNC110 - another thread ends it
                await asyncio.sleep(_TICK_S)
        except asyncio.CancelledError:
            self.stop()
            raise
        return await asyncio.to_thread(self._finish)

    def _end_soon(self) -> None:
        """Stop all workers: calls under way get a moment, then they are cut off."""
        self.stop()
        if not self._done.wait(_SETTLE_S):
            self.cut()
            self._done.wait(_CUT_S)

    def _tick(self) -> None:
        if self._on_progress is not None:
            self._on_progress(self.progress)

    def _finish(self) -> ClusterResult:
        if self._error is not None:
            raise self._error
        with self._lock:
            if self._ended is None:
                message = "the workers have not settled yet; ask again"
                raise TimeoutError(message)
            if self._result is None:
                self._result = self._build(self._ended)
        self._tick()
        return self._result

    def __repr__(self) -> str:
        now = self.progress
        return f"<ClusterRun {now.state}: {now.done:,} of {now.total:,} leads>"
