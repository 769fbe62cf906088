"""The tab Delay: sliders, and at once the time that the campaign takes."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import Any

import ipywidgets as w
from traitlets import HasTraits

from nbwebhook.display.text import format_count, format_duration_s
from nbwebhook.ui.browser_widgets import make_slider
from nbwebhook.ui.delay_state import DelayState
from nbwebhook.ui.markup import drawing, element, message, paragraph, table, words
from nbwebhook.ui.parts import (
    Shown,
    button,
    choice,
    column,
    row,
    section,
    text_box,
    tie,
)

__all__ = ["DelayView", "Steps"]

_LEADS = (
    *(digit * 10**power for power in range(2, 7) for digit in (1, 2, 3, 5, 7)),
    10_000_000,
)
_CONNECTIONS = (*range(1, 21), 25, 30, 40, 50, 60, 80, 100, 150, 200, 300, 500)
_TIMEOUTS_S = (1.0, 2.0, 3.0, 5.0, 10.0, 15.0, 20.0, 25.0, 30.0, 45.0, 60.0, 90.0, 120.0)  # fmt: skip
_SCALES = (0.1, 0.2, 0.25, 0.33, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 3.0, 4.0, 5.0, 10.0)
_RATES = (0.0, 1.0, 2.0, 5.0, 10.0, 15.0, 20.0, 30.0, 50.0, 75.0, 100.0, 150.0, 200.0, 300.0, 500.0, 1_000.0)  # fmt: skip


def _scale_words(scale: float) -> str:
    if scale == 1:
        return "as measured"
    return f"{scale:g} times slower" if scale > 1 else f"{1 / scale:.3g} times faster"


def _rate_words(rate: float) -> str:
    return f"{rate:g} calls a second" if rate else "no limit"


class Steps:
    """A slider over values that belong to a trait; a value between them joins them."""

    def __init__(
        self,
        label: str,
        state: HasTraits,
        trait: str,
        values: Sequence[float],
        tell: Callable[[Any], str],
    ) -> None:
        self._state, self._trait, self._tell = state, trait, tell
        self._values = list(values)
        self._is_reading = False
        self.view, self._place = make_slider(label, [tell(v) for v in values])
        self._read()
        self.view.observe(lambda _: self._write(), self._place)
        state.observe(lambda _: self._read(), trait)

    @property
    def place(self) -> int:
        """Which of the values is chosen."""
        return int(getattr(self.view, self._place))

    @place.setter
    def place(self, place: int) -> None:
        setattr(self.view, self._place, place)

    def _read(self) -> None:
        value = getattr(self._state, self._trait)
        self._is_reading = True
        if value not in self._values:
            self._values.insert(bisect_left(self._values, value), value)
            told = [self._tell(each) for each in self._values]
            if hasattr(self.view, "words"):
                self.view.words = told
            else:
                self.view.options = [(word, at) for at, word in enumerate(told)]
        self.place = self._values.index(value)
        self._is_reading = False

    def _write(self) -> None:
        if not self._is_reading:
            setattr(self._state, self._trait, self._values[self.place])


class DelayView(w.VBox):
    """How long a campaign takes, and what would change it."""

    def __init__(self, state: DelayState) -> None:
        self._state = state
        self.sliders = {
            "leads": Steps("Leads", state, "leads", _LEADS, format_count),
            "connections": Steps("Connections", state, "connections", _CONNECTIONS, format_count),
            "timeout_s": Steps("Time limit of a call", state, "timeout_s", _TIMEOUTS_S, format_duration_s),
            "scale": Steps("Service", state, "scale", _SCALES, _scale_words),
            "max_calls_per_s": Steps("Rate limit", state, "max_calls_per_s", _RATES, _rate_words),
        }  # fmt: skip
        names = [preset.name for preset in state.presets]
        self.preset = choice("As called by", names)
        self.use = button("Take its limits", self._use)
        self.preset_told = Shown()
        self.stated = text_box("or time of a call", continuous_update=False)
        self.take = button("Use these times", state.state_times)
        self.sentence = Shown()
        self.chart = Shown()
        self.table = Shown()
        self.notes = Shown()
        self.details = column(self.chart, self.table, self.notes)
        super().__init__(
            [
                *(slider.view for slider in self.sliders.values()),
                row(self.preset, self.use),
                self.preset_told,
                row(self.stated, self.take),
                section(self.sentence, self.details),
            ]
        )
        tie(state, "stated", self.stated)
        self.preset.observe(lambda _: self._tell_preset(), "value")
        state.observe(lambda _: self._show(), ["version", "problem"])
        self._tell_preset()
        self._show()

    def _use(self) -> None:
        self._state.use(self.preset.value)

    def _tell_preset(self) -> None:
        for preset in self._state.presets:
            if preset.name == self.preset.value:
                parts = [preset.note, f"source: {preset.source}", preset.source_date]
                told = "; ".join(part for part in parts if part)
                self.preset_told.show(paragraph(told, is_muted=True))

    def _show(self) -> None:
        state = self._state
        page = None if state.problem else state.page
        if page is None:
            self.sentence.show(message("error", state.problem))
            return
        finer = "" if state.precision == "full" else "; refined once nothing moves"
        self.sentence.show(
            element("div", words(state.sentence), class_="nbw-lead", role="status"),
            paragraph(f"Rests on {state.source}{finer}.", is_muted=True),
        )
        if state.is_partial:  # those of the last step stay meanwhile, and look like it
            self.details.add_class("nbw-stale")
            return
        self.details.remove_class("nbw-stale")
        self.chart.show(drawing(page.figure.svg) if page.figure else "")
        self.table.show(table(page.table))
        self.notes.show(*(paragraph(line) for line in state.notes))
