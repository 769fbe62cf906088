"""The tab Results: what came of it, as tables, pictures and files."""

from __future__ import annotations

import ipywidgets as w

from nbwebhook.frames.pages import result_page
from nbwebhook.frames.result import Result
from nbwebhook.ui.form_state import FormState
from nbwebhook.ui.markup import Html, drawing, facts, heading, message, paragraph, table
from nbwebhook.ui.parts import Shown, button, row, section, text_box, tie
from nbwebhook.ui.results_state import TABLES
from nbwebhook.ui.table_view import TableView

__all__ = ["ResultsView"]

_WRONG = ("failed", "unknown", "refused", "skipped", "interrupted")


class ResultsView(w.VBox):
    """The last result."""

    def __init__(self, form: FormState) -> None:
        self._state = state = form.results
        self.told = Shown()
        self.which = w.ToggleButtons(
            options=TABLES,
            tooltips=(
                "Old and new value of every mapping",
                "One row a call",
                "The leads with the new values",
            ),
        )
        self.table = TableView(state.table)
        self.again = button("Run failed again", form.run_again)
        self.again_told = Shown()
        self.folder = text_box(
            "Folder", value="result", width="320px", label_width="70px"
        )
        self.save = button("Save all of it", lambda: state.save(self.folder.value))
        self.saved = Shown()
        self.pictures = Shown()
        folder = (row(self.folder, self.save),) if form.has_files else ()
        details = w.Accordion(children=[self.pictures], titles=("Pictures",))
        self._body = section(
            self.which,
            self.table,
            section(row(self.again, self.again_told), *folder, self.saved),
            details,
        )
        super().__init__([self.told, self._body])
        tie(state, "which", self.which)
        state.observe(lambda _: self._show(), "version")
        state.observe(lambda _: self._tell(), ["note", "problem"])
        self._show()

    def _tell(self) -> None:
        state = self._state
        self.saved.show(message("good", state.note), message("error", state.problem))

    def _show(self) -> None:
        result = self._state.result
        self._body.layout.display = None if result else "none"
        if result is None:
            hint = "There is no result yet: start a run first."
            self.told.show(paragraph(hint, is_muted=True))
            return
        page = result_page(result)
        self.told.show(
            heading(page.title),
            _status(result, page.status),
            facts(page.facts, is_list=True),
            *(table(each) for each in page.tables),
            *(message("note", note) for note in page.notes),
        )
        self.again.disabled = self._state.rows_to_repeat() is None
        self.again_told.show(paragraph(self._state.repeat_words, is_muted=True))
        self.pictures.show(*(drawing(figure.svg) for figure in self._state.figures))
        self._tell()


def _status(result: Result, status: str) -> Html:
    counts = result.summary.outcome_counts()
    wrong = [f"{counts[kind]:,} {kind}" for kind in _WRONG if counts[kind]]
    if not wrong:
        return message("good", status)
    return message("warning", f"{', '.join(wrong)}. {status}.")
