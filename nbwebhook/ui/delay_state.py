"""What the panel knows about the delay of a campaign, without a widget."""

from __future__ import annotations

import asyncio
import dataclasses
import time

from traitlets import Bool, Float, HasTraits, Int, Unicode

from nbwebhook.display.pages import EstimatePage
from nbwebhook.errors import NbWebhookError
from nbwebhook.frames.result import Result
from nbwebhook.ui.work import AtRest, Work
from nbwebhook.whatif.estimate import DelayEstimate, estimate_plan
from nbwebhook.whatif.pages import estimate_page
from nbwebhook.whatif.plan import DelayPlan
from nbwebhook.whatif.presets import PRESETS, Preset
from nbwebhook.whatif.sample import LatencySample

__all__ = ["STATED", "DelayState"]

STATED = "median 80 ms, p99 400 ms, 0.5 % time out"
_CHART_CONNECTIONS = (1, 5, 20, 100)
_QUICK = 20
_FULL = 200
_REST_S = 0.6
_QUICK_S = 0.04  # a slider's step has 150 ms, seen in the browser


class DelayState(HasTraits):
    """A campaign, what-ifs, and the estimate that follows at once.

    Attributes:
        version: Counts up with every estimate.
        leads: How many leads the campaign has.
        connections: Calls at once.
        timeout_s: Limit of a call.
        scale: 2 is a service twice as slow.
        max_calls_per_s: Most calls a second; 0 for no limit.
        burst: Calls that may start at once after a pause, set by a preset.
        stated: Service times in words, where no run was made.
        source: What the service times rest on, in words.
        precision: `quick` while a slider moves, `full` at rest.
        is_partial: Whether the estimate has the asked connections only, since the others
            take too long for a slider's step; they come at rest.
        problem: Why there is no estimate.
    """

    version = Int()
    leads = Int(100_000)
    connections = Int(20)
    timeout_s = Float(30.0)
    scale = Float(1.0)
    max_calls_per_s = Float(0.0)
    burst = Int(1)
    stated = Unicode(STATED)
    source = Unicode()
    precision = Unicode("quick")
    is_partial = Bool(default_value=False)
    problem = Unicode()

    _ASKED = ("leads", "connections", "timeout_s", "scale", "max_calls_per_s", "burst")

    def __init__(self, work: Work) -> None:
        super().__init__()
        self.estimate: DelayEstimate | None = None
        self._sample: LatencySample | None = None
        self._is_measured = False
        self._rest = AtRest(work, self._refine_soon, rest_s=_REST_S)
        self._work = work
        self.observe(lambda _: self.update(), list(self._ASKED))
        self.observe(lambda _: self.state_times(), "stated")

    # What it rests on

    def take(self, result: Result) -> None:
        """Rest on the calls of this result from now on."""
        try:
            self._sample = LatencySample.of(result.calls)
        except NbWebhookError as error:
            self.problem = str(error)
            return
        self._is_measured = True
        calls = self._sample.calls
        self.source = f"{calls:,} measured calls of the last run"
        self.update()

    def state_times(self) -> None:
        """Rest on the service times in words."""
        try:
            self._sample = LatencySample.of(self.stated)
        except NbWebhookError as error:
            self.problem = str(error)
            return
        self._is_measured = False
        self.source = f"service times as stated: {self.stated}"
        self.update()

    @property
    def is_measured(self) -> bool:
        """Whether the estimate rests on calls and not on words."""
        return self._is_measured

    # The estimate

    @property
    def plan(self) -> DelayPlan:
        """What is asked, checked.

        Raises:
            InvalidPlan: Something cannot be.
        """
        return DelayPlan(
            leads=self.leads,
            timeout_s=self.timeout_s,
            max_calls_per_s=self.max_calls_per_s or None,
            burst=self.burst,
            scale=self.scale,
            replicates=_QUICK,
        )

    def ensure(self) -> None:
        """Make a first estimate where there is none."""
        if self._sample is None:
            self.state_times()

    def update(self) -> None:
        """Estimate quickly now, and well once nothing moves any more."""
        self._estimate()
        self._rest.touch()

    def _counts(self) -> tuple[int, ...]:
        return tuple(sorted({*_CHART_CONNECTIONS, self.connections}))

    def _estimate(self) -> None:
        """Estimate for the connections asked for, and for the others if that is quick."""
        sample = self._sample
        if sample is None:
            return
        counts = self._counts()
        began_s = time.perf_counter()
        try:
            plan = self.plan
            estimate = estimate_plan(sample, plan, (self.connections,))
            took_s = time.perf_counter() - began_s
            is_partial = took_s * len(counts) > _QUICK_S
            if not is_partial:
                estimate = estimate_plan(sample, plan, counts)
        except NbWebhookError as error:
            self.problem = str(error)
            return
        self._show(estimate, "quick", is_partial=is_partial)

    def _show(
        self, estimate: DelayEstimate, precision: str, *, is_partial: bool = False
    ) -> None:
        self.estimate = estimate
        self.problem = ""
        self.precision, self.is_partial = precision, is_partial
        self.version += 1

    def _refine_soon(self) -> None:
        self._work.follow(self._refine())

    async def _refine(self) -> None:
        """Fill in the slow cells, then simulate each of them well."""
        if self._sample is None or self.problem:
            return
        counts = self._counts()
        if self.is_partial:
            quick = await self._look(self.plan, counts)
            if quick is None:
                return
            self._show(quick, "quick")
        plan = dataclasses.replace(self.plan, replicates=_FULL)
        cells = []
        for count in counts:  # one by one, so that a moved slider waits for one at most
            cell = await self._look(plan, (count,))
            if cell is None:
                return
            cells.append(cell)
        rows = tuple(row for cell in cells for row in cell.rows)
        notes = self.notes
        self._show(dataclasses.replace(cells[0], rows=rows, notes=notes), "full")

    async def _look(
        self, plan: DelayPlan, counts: tuple[int, ...]
    ) -> DelayEstimate | None:
        """Return an estimate; None if something else is asked for meanwhile."""
        asked, sample = self._asked(), self._sample
        if sample is None:
            return None
        estimate = await asyncio.to_thread(estimate_plan, sample, plan, counts)
        is_wanted = asked == self._asked() and sample is self._sample
        return estimate if is_wanted else None

    def _asked(self) -> tuple[object, ...]:
        return tuple(getattr(self, name) for name in self._ASKED)

    def expected_s(
        self, leads: int, connections: int, timeout_s: float
    ) -> float | None:
        """Return how long a run may take; None where nothing was measured."""
        if self._sample is None or not self._is_measured or leads < 1:
            return None
        try:
            plan = DelayPlan(leads=leads, timeout_s=timeout_s, replicates=_QUICK)
            sample = self._sample.at_connections(connections)
            row = estimate_plan(sample, plan, (connections,)).rows[0]
        except NbWebhookError:
            return None
        return row.makespan_p50_s

    # What is shown

    @property
    def sentence(self) -> str:
        """The estimate for the connections asked for, in words."""
        if self.estimate is None:
            return ""
        counts = [row.connections for row in self.estimate.rows]
        lines = self.estimate.text().splitlines()
        return lines[1 + counts.index(self.connections)] if self.connections in counts else ""  # fmt: skip

    @property
    def notes(self) -> tuple[str, ...]:
        """What the reader of the estimate must know, a sentence each."""
        return () if self.estimate is None else self.estimate.notes

    @property
    def page(self) -> EstimatePage | None:
        """Sentences, table and picture; None before there is an estimate."""
        return None if self.estimate is None else estimate_page(self.estimate)

    # Callers whose limits are published

    @property
    def presets(self) -> tuple[Preset, ...]:
        """Callers to choose from."""
        return PRESETS

    def use(self, name: str) -> None:
        """Take over the limits of a known caller."""
        for preset in PRESETS:
            if preset.name == name:
                with self.hold_trait_notifications():
                    if preset.connections is not None:
                        self.connections = preset.connections
                    self.timeout_s = preset.timeout_s
                    self.max_calls_per_s = preset.max_calls_per_s or 0.0
                    self.burst = preset.burst
