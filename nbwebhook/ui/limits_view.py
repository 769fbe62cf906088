"""The limits of a run: how fast, how long, how often, and equal requests."""

from __future__ import annotations

import ipywidgets as w

from nbwebhook.ui.equal_state import EqualState
from nbwebhook.ui.form_state import FormState
from nbwebhook.ui.markup import Html, message, paragraph
from nbwebhook.ui.parts import Shown, number, row, text_box, tick, tie
from nbwebhook.ui.run_state import RunState, accepted_options

__all__ = ["LimitsView"]

_MOST_CONNECTIONS = 10_000


class LimitsView(w.VBox):
    """One box a limit; those of later versions of the engine only where it has them."""

    def __init__(self, form: FormState) -> None:
        state = form.run
        self.connections = number("Connections", 1, _MOST_CONNECTIONS)
        self.timeout = number("Time limit, seconds", 0.1, 3_600.0, step=1)
        self.rate = number("Calls a second, at most", 0.0, 100_000.0, step=1)
        self.failures = number("Stop after failures", 0, 1_000_000_000)
        hint = (
            "Connections may be changed while the run goes on. 0 stands for no limit. "
            "The run goes on when this page is closed."
        )
        super().__init__(
            [
                row(self.connections, self.timeout),
                row(self.rate, self.failures),
                *_later_options(state, form.equal),
                Shown(paragraph(hint, is_muted=True)),
            ]
        )
        tie(state, "connections", self.connections)
        tie(state, "timeout_s", self.timeout)
        tie(state, "max_calls_per_s", self.rate)
        tie(state, "max_failures", self.failures)


def _later_options(state: RunState, equal: EqualState) -> list[w.Widget]:
    accepted = accepted_options()
    made = {
        "retry": lambda: _repeats(state),
        "dedupe": lambda: _EqualRequests(state, equal),
        "journal": lambda: _journal(state),
    }
    return [make() for option, make in made.items() if option in accepted]


def _repeats(state: RunState) -> w.Widget:
    attempts = number("Calls for a lead, at most", 1, 100)
    idempotent = tick("Sending the same request twice does no harm")
    tie(state, "attempts", attempts)
    tie(state, "idempotent", idempotent)
    return row(attempts, idempotent)


def _journal(state: RunState) -> w.Widget:
    journal = text_box("Journal", placeholder="run.sqlite", width="440px")
    hint = "records the run in a file, so that it goes on after a crash"
    tie(state, "journal", journal)
    return row(journal, Shown(paragraph(hint, is_muted=True)))


class _EqualRequests(w.HBox):
    """The tick for equal requests, with the calls that it would save."""

    def __init__(self, state: RunState, equal: EqualState) -> None:
        self._equal = equal
        self.tick = tick("Send equal requests once")
        self.told = Shown()
        super().__init__([self.tick, self.told])
        self.add_class("nbw-row")
        tie(state, "dedupe", self.tick)
        equal.observe(lambda _: self._tell(), ["saved", "is_busy", "problem"])

    def _tell(self) -> None:
        equal = self._equal
        if equal.is_busy:
            told: Html = message("busy", equal.words)
        elif equal.problem:
            told = message("warning", equal.words)
        else:
            told = paragraph(equal.words, is_muted=True) if equal.words else Html("")
        self.told.show(told)
