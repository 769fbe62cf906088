"""The tab Run: limits, progress, and the buttons that steer a run."""

from __future__ import annotations

import ipywidgets as w

from nbwebhook.ui.form_state import FormState
from nbwebhook.ui.limits_view import LimitsView
from nbwebhook.ui.markup import element, facts, heading, message, paragraph, words
from nbwebhook.ui.parts import Shown, button, choice, row, section
from nbwebhook.ui.run_state import RunState
from nbwebhook.ui.trust_view import TrustView

__all__ = ["RunView"]


class RunView(w.VBox):
    """A run from its limits to its end."""

    def __init__(self, form: FormState) -> None:
        self._form = form
        self._state = state = form.run
        self.limits = LimitsView(form)
        self.plan = Shown()
        self.start = button("Start the run", state.start, is_main=True)
        self.pause = button("Pause", state.pause)
        self.resume = button("Resume", state.resume)
        self.stop = button("Stop", state.stop, hint="Start no further call")
        self.cut = button(
            "Cut off",
            state.cut,
            hint="Cut off the calls in flight; they become unknown",
        )
        self.progress = Shown()
        self.told = Shown()
        self.trust = TrustView(form.webhook)
        self.known = _KnownRuns(form)
        steering = row(self.start, self.pause, self.resume, self.stop, self.cut)
        super().__init__(
            [
                self.limits,
                self.trust,
                section(self.plan, steering, self.told, self.progress),
                self.known,
            ]
        )
        state.observe(lambda _: self._follow(), ["version", "phase", "problem"])
        state.observe(lambda _: self._plan(), ["connections", "timeout_s", "dedupe"])
        form.leads.observe(lambda _: self._plan(), "version")
        form.equal.observe(lambda _: self._plan(), "saved")
        form.delay.observe(lambda _: self._plan(), "source")
        self._plan()
        self._follow()

    def _plan(self) -> None:
        self.plan.show(message("note", self._form.plan_words()))

    def _follow(self) -> None:
        state, phase = self._state, self._state.phase
        self.start.disabled = state.is_live
        self.pause.disabled = phase != "running"
        self.resume.disabled = phase != "paused"
        self.stop.disabled = phase not in {"running", "paused"}
        self.cut.disabled = phase != "stopping"
        self.told.show(message("error", state.problem))
        self.progress.show(progress_html(state))


def progress_html(state: RunState) -> str:
    """Return how far the run is, as a bar and in words."""
    shown = state.facts
    if shown is None:
        return ""
    share = shown.done / max(shown.total, 1)
    bar = element(
        "div",
        element("div", style=f"width:{share:.1%}"),
        class_="nbw-bar",
        role="progressbar",
        aria_label="leads done",
        aria_valuemin="0",
        aria_valuemax=str(shown.total),
        aria_valuenow=str(shown.done),
    )
    pace_words = words("".join(f", {part}" for part in shown.pace))
    line = element("span", element("strong", words(shown.headline)), pace_words)
    boxes = [(word, f"{count:,}") for word, count in shown.outcomes]
    boxes.append(("in flight", f"{shown.in_flight:,}"))
    if state.progress is not None:
        boxes.append(("connections", f"{state.progress.connections:,}"))
    details = [paragraph(line) for line in state.details]
    end = _end_words(state)
    return "".join(
        [
            element("div", bar, line, class_="nbw-progress-bar"),
            facts(boxes),
            *details,
            message("good", end) if end else "",
        ]
    )


def _end_words(state: RunState) -> str:
    ended = {"finished": "The run has ended.", "stopped": "The run was stopped."}
    if state.phase not in ended:
        return ""
    where = "is under Results" if state.has_result else "is being made"
    return f"{ended[state.phase]} Its result {where}."


class _KnownRuns(w.VBox):
    """The runs of this kernel, so that one can be found again."""

    def __init__(self, form: FormState) -> None:
        self._form = form
        self.menu = choice("Run", (), width="560px", label_width="50px")
        self.follow = button("Show it here", self._follow)
        self.refresh = button("Look again", self.fill, hint="Look for runs again")
        super().__init__(
            [
                Shown(heading("Find a run again")),
                row(self.menu, self.follow, self.refresh),
            ]
        )
        self.add_class("nbw-section")
        form.run.observe(lambda _: self.fill(), "phase")
        self.fill()

    def fill(self) -> None:
        """List the runs as they stand."""
        known = self._form.runs.known
        chosen = self.menu.index
        self.menu.options = [(each.words, at) for at, each in enumerate(known)] or [
            ("none yet", -1)
        ]
        self.menu.index = chosen if chosen and chosen < len(known) else 0
        self.follow.disabled = not known

    def _follow(self) -> None:
        known = self._form.runs.known
        at = self.menu.value
        if isinstance(at, int) and 0 <= at < len(known):
            self._form.run.follow(known[at].run)
