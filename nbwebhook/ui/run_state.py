"""What the panel knows about a run: its limits, its pace, its end; without a widget."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from typing import Any

import pandas as pd
from traitlets import Bool, Float, HasTraits, Int, Unicode

from nbwebhook import api
from nbwebhook.definition.fields import Fields
from nbwebhook.display.progress import ProgressFacts
from nbwebhook.display.text import format_count, format_duration_s
from nbwebhook.engine.handle import Run
from nbwebhook.engine.progress import Progress
from nbwebhook.engine.retry import Retry
from nbwebhook.engine.showing import facts_of
from nbwebhook.errors import NbWebhookError
from nbwebhook.frames.result import Result
from nbwebhook.ui.leads_state import LeadsState
from nbwebhook.ui.pace import LiveLatency, Pace, latency_of, live_latency
from nbwebhook.ui.webhook_state import WebhookState
from nbwebhook.ui.work import Work, told

__all__ = ["RunState", "accepted_options"]

_TICK_S = 0.2
_LIVE = frozenset(["running", "paused", "stopping"])
_LATER_OPTIONS = ("retry", "journal", "dedupe")


def accepted_options() -> tuple[str, ...]:
    """Return the options beyond the limits that a run of this version takes."""
    known = inspect.signature(api.start).parameters
    return tuple(name for name in _LATER_OPTIONS if name in known)


class RunState(HasTraits):
    """The limits of a run, and how far it is.

    Attributes:
        version: Counts up with every look at the run.
        phase: `idle`, or the state of the run.
        connections: Calls at once; a change holds for a run under way too.
        timeout_s: Limit of each whole call.
        max_calls_per_s: Calls started in a second; 0 for no limit.
        max_failures: Failed leads after which the run stops; 0 for no limit.
        attempts: Calls of one lead at most, where runs can repeat calls.
        idempotent: Whether a request may be sent again although the service may have
            acted on it, such as a POST that was answered 503.
        journal: Where the run is recorded, where runs can be.
        dedupe: Whether equal requests are sent once, where runs can do so.
        has_result: Whether the run that is shown has handed on its result.
        problem: Why no run was started.
    """

    version = Int()
    phase = Unicode("idle")
    connections = Int(20)
    timeout_s = Float(30.0)
    max_calls_per_s = Float(0.0)
    max_failures = Int(0)
    attempts = Int(1)
    idempotent = Bool(default_value=False)
    journal = Unicode()
    dedupe = Bool(default_value=False)
    has_result = Bool(default_value=False)
    problem = Unicode()

    def __init__(
        self,
        webhook: WebhookState,
        leads: LeadsState,
        work: Work,
        *,
        fields: Fields | None = None,
        on_result: Callable[[Result], None] = lambda _: None,
    ) -> None:
        super().__init__()
        self.run: Run[Result] | None = None
        self.progress: Progress | None = None
        self.latency: LiveLatency | None = None
        self._pace = Pace()
        self._webhook = webhook
        self._leads = leads
        self._work = work
        self._fields = fields
        self._on_result = on_result
        self.observe(self._change_connections, "connections")

    @property
    def is_live(self) -> bool:
        """Whether a run goes on."""
        return self.phase in _LIVE

    @property
    def options(self) -> dict[str, Any]:
        """The limits as keyword arguments of `nw.start`, those that are set."""
        options: dict[str, Any] = {
            "connections": self.connections,
            "timeout_s": self.timeout_s,
        }
        if self.max_calls_per_s > 0:
            options["max_calls_per_s"] = self.max_calls_per_s
        if self.max_failures > 0:
            options["max_failures"] = self.max_failures
        accepted = accepted_options()
        if "retry" in accepted and self.attempts > 1:
            options["retry"] = _retry(self.attempts, idempotent=self.idempotent)
        if "journal" in accepted and self.journal.strip():
            options["journal"] = self.journal.strip()
        if "dedupe" in accepted and self.dedupe:
            options["dedupe"] = True
        return options

    # Starting and steering

    def start(self, leads: pd.DataFrame | None = None) -> None:
        """Call the webhook for all leads, or for those given."""
        if self.is_live:
            self.problem = "a run goes on; stop it before another is started"
            return
        webhook = self._webhook.webhook
        leads = self._leads.leads if leads is None else leads
        if webhook is None or leads is None:
            missing = "a list of leads" if webhook else "a definition without faults"
            self.problem = f"a run needs {missing} first"
            return
        try:
            run = api.start(
                webhook,
                leads,
                context=self._webhook.context,
                fields=self._fields,
                key=self._leads.key or None,
                trust=self._webhook.is_trusted_here,
                **self.options,
            )
        except NbWebhookError as error:
            self.problem = told(error)
        else:
            self.follow(run)

    def follow(self, run: Run[Result]) -> None:
        """Show a run that was started here or elsewhere, to its end."""
        self.problem, self.has_result = "", False
        self.run, self._pace = run, Pace()
        self._look()
        self._work.follow(self._tick(run))

    def pause(self) -> None:
        """Start no further call until `resume`."""
        self._steer(lambda run: run.pause())

    def resume(self) -> None:
        """Let calls start again."""
        self._steer(lambda run: run.resume())

    def stop(self) -> None:
        """Start no further call; those in flight may settle."""
        self._steer(lambda run: run.stop())

    def cut(self) -> None:
        """Cut off the calls in flight, too."""
        self._steer(lambda run: run.cut())

    def _steer(self, act: Callable[[Run[Result]], None]) -> None:
        if self.run is not None and self.is_live:
            act(self.run)
            self._work.follow(self._look_soon())

    def _change_connections(self, _change: object) -> None:
        if self.run is None or not self.is_live:
            return
        try:
            self.run.connections = self.connections
        except NbWebhookError as error:
            self.problem = str(error)

    # Looking

    async def _look_soon(self) -> None:
        """Look once the loop has done what was asked of it."""
        await asyncio.sleep(0)
        self._look()

    async def _tick(self, run: Run[Result]) -> None:
        while not run.is_done and run is self.run:
            self._look()
            await asyncio.sleep(_TICK_S)
        if run is not self.run:
            return
        self._look()  # a stop is seen at once, not when its frames are made
        try:
            result = await asyncio.to_thread(run.result)
        except Exception as error:  # noqa: BLE001 - a run that broke is shown as such
            self._look()
            self.problem = told(error)
        else:
            self._on_result(result)
            self.has_result = True
            self._look(latency_of(result.summary))

    def _look(self, latency: LiveLatency | None = None) -> None:
        run = self.run
        if run is None:
            return
        self.progress = run.progress
        self.latency = latency or live_latency(run.ledger)
        self._pace.note(self.progress)
        self.phase = self.progress.state
        self.version += 1

    @property
    def facts(self) -> ProgressFacts | None:
        """The numbers for the bar; None before there is a run."""
        return None if self.progress is None else facts_of(self.progress)

    @property
    def details(self) -> tuple[str, ...]:
        """What else is known of the run, a sentence each."""
        now, latency = self.progress, self.latency
        if now is None or latency is None:
            return ()
        stopping = (
            f"stopping: no further call is started, {now.in_flight:,} settle"
            if now.state == "stopping"
            else ""
        )
        lines = (
            stopping,
            self._pace.left_words(now),
            latency.words,
            latency.throttle_words,
        )
        return tuple(line for line in lines if line)

    def plan_words(self, calls: int, expected_s: float | None) -> str:
        """Return how many calls a run makes, and how long it may take."""
        leads = self._leads.leads
        if leads is None:
            return "no list of leads yet"
        told = f"{format_count(calls)} call{'' if calls == 1 else 's'}"
        if calls < len(leads):
            told += f" for {format_count(len(leads))} leads"
        told += f", at most {self.connections:,} at once"
        if expected_s is None:
            return f"{told}; send five under Check and the duration is known, too"
        took = format_duration_s(expected_s)
        return f"{told}; about {took}, if calls take as long as those measured"


def _retry(attempts: int, *, idempotent: bool) -> Retry:
    """Return the policy for so many calls a lead."""
    return Retry(attempts=attempts, idempotent=True if idempotent else None)
