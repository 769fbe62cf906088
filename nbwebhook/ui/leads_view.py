"""The tab Leads: choose a list, and see what would be sent of it."""

from __future__ import annotations

import ipywidgets as w

from nbwebhook.display.text import format_count
from nbwebhook.ui.file_picker import make_file_picker
from nbwebhook.ui.leads_state import LeadsState
from nbwebhook.ui.markup import Html, facts, message, paragraph, table
from nbwebhook.ui.parts import Shown, button, choice, row, section, text_box

__all__ = ["LeadsView"]

_USUAL = "Id, else Email Address"


class LeadsView(w.VBox):
    """Where the list comes from, its key, its first rows and its columns."""

    def __init__(self, state: LeadsState, *, has_files: bool) -> None:
        self._state = state
        self._is_filling = False
        self.upload = make_file_picker(
            "Upload a list", ".csv,.tsv,.txt,.xlsx,.jsonl,.parquet", state.upload
        )
        self.frames = choice("or a data frame", ())
        self.use = button("Use it", self._use)
        self.refresh = button(
            "Look again", self._fill_frames, hint="Look for data frames of the notebook"
        )
        self.path = text_box("or a file", placeholder="leads.csv", width="440px")
        self.open_path = button("Open", self._open)
        self.key = choice("Key column", ((_USUAL, ""),))
        self.told = Shown()
        self.first = Shown()
        self.columns = Shown()
        details = w.Accordion(children=[self.columns], titles=("What each column is sent as",))  # fmt: skip
        sources = [row(self.upload), row(self.frames, self.use, self.refresh)]
        if has_files:
            sources.append(row(self.path, self.open_path))
        super().__init__(
            [*sources, section(self.told, row(self.key), self.first, details)]
        )
        self.key.observe(self._take_key, "value")
        state.observe(lambda _: self._show(), ["version", "problem"])
        self._fill_frames()
        self._show()

    def _use(self) -> None:
        if self.frames.value:
            self._state.choose(self.frames.value)

    def _open(self) -> None:
        if self.path.value.strip():
            self._state.open_file(self.path.value.strip())

    def _take_key(self, _change: object) -> None:
        if not self._is_filling:
            self._state.key = self.key.value or ""

    def _fill_frames(self) -> None:
        chosen, names = self.frames.value, self._state.frame_names()
        self.frames.options = names or (("none in this notebook", ""),)
        self.frames.value = chosen if chosen in names else (*names, "")[0]
        self.use.disabled = not names

    def _show(self) -> None:
        state = self._state
        self._is_filling = True
        columns = state.columns
        self.key.options = [(_USUAL, ""), *((name, name) for name in columns)]
        self.key.value = state.key if state.key in columns else ""
        self._is_filling = False
        has_leads = state.leads is not None
        nothing = paragraph("Choose the list of leads: one lead a row.", is_muted=True)
        problem = message("error", state.problem)
        told = facts(state.facts()) if has_leads else nothing
        self.told.show(told, problem, self._keys_told())
        self.first.show(table(state.first_rows()) if has_leads else "")
        self.columns.show(table(state.column_table()) if has_leads else "")

    def _keys_told(self) -> Html:
        """Return what is to be said of the keys, where they can be used."""
        state = self._state
        if state.leads is None or state.problem:
            return Html("")
        if not state.without_key:
            return message("good", "every lead has a key of its own")
        count = format_count(state.without_key)
        told = f"{count} lead{'s' if state.without_key > 1 else ''} without a key"
        return message("warning", f"{told}: no call is made for them")
