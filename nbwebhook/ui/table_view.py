"""A table of any length: plain controls above, one page of rows below."""

from __future__ import annotations

import ipywidgets as w

from nbwebhook.ui.markup import element, message, table, words
from nbwebhook.ui.parts import Shown, button, choice, number, row, text_box, tick, tie
from nbwebhook.ui.table_state import ALL, TableState

__all__ = ["TableView"]

_LABEL = "70px"
_OWN_ORDER = ("the list's order", "")


class TableView(w.VBox):
    """Filters, order, pages, and the rows."""

    def __init__(self, state: TableState) -> None:
        self._state = state
        self._is_filling = False
        self.outcome = choice("Outcome", (ALL,), width="250px", label_width=_LABEL)
        self.bad_only = tick("Only what went wrong")
        self.column = choice("Where", (("", ""),), width="250px", label_width=_LABEL)
        self.contains = text_box(
            "contains", width="300px", label_width="auto", continuous_update=False
        )
        self.sort_by = choice(
            "Sort by", (_OWN_ORDER,), width="250px", label_width=_LABEL
        )
        self.descending = tick("Largest first")
        self.first = button("First", lambda: self._turn(1), hint="First page")
        self.before = button("Previous", lambda: self._turn(state.page - 1), hint="Previous page")  # fmt: skip
        self.after = button("Next", lambda: self._turn(state.page + 1), hint="Next page")  # fmt: skip
        self.last = button("Last", lambda: self._turn(state.pages), hint="Last page")
        self.page = number("Page", 1, 1, width="120px", label_width="auto")
        self.link = button("Make a link to download CSV", self._make_link)
        self.linked = Shown()
        self.rows = Shown()
        super().__init__(
            [
                row(self.outcome, self.bad_only),
                row(self.column, self.contains),
                row(self.sort_by, self.descending),
                self.rows,
                row(self.first, self.before, self.after, self.last, self.page),
                row(self.link, self.linked),
            ]
        )
        self._fill()
        tie(state, "bad_only", self.bad_only)
        tie(state, "contains", self.contains)
        tie(state, "descending", self.descending)
        for box, trait in (
            (self.outcome, "outcome"),
            (self.column, "column"),
            (self.sort_by, "sort_by"),
            (self.page, "page"),
        ):
            box.observe(lambda change, trait=trait: self._write(trait, change.new), "value")  # fmt: skip
        state.observe(lambda _: self._fill(), "version")

    def _write(self, trait: str, value: object) -> None:
        if not self._is_filling:
            setattr(self._state, trait, value)

    def _turn(self, page: int) -> None:
        self._state.page = min(max(page, 1), self._state.pages)

    def _fill(self) -> None:
        """Follow the state; the menus are those of its frame."""
        state = self._state
        self._is_filling = True
        names = state.columns
        _offer(self.outcome, (ALL, *state.outcomes), state.outcome)
        _offer(self.column, names or ("",), state.column)
        _offer(self.sort_by, (_OWN_ORDER, *((n, n) for n in names)), state.sort_by)
        self.page.max = state.pages
        self.page.value = min(state.page, state.pages)
        self._is_filling = False
        self.outcome.disabled = self.bad_only.disabled = not state.has_outcomes
        self.before.disabled = self.first.disabled = state.page <= 1
        self.after.disabled = self.last.disabled = state.page >= state.pages
        self.linked.show()
        self.rows.show(table(state.shown()))

    def _make_link(self) -> None:
        link = self._state.csv()
        if link is None:
            self.linked.show(
                message(
                    "warning",
                    "too much for a link; filter it, or save the result to a folder",
                )
            )
            return
        told = words(f"download {link.name} ({len(self._state.rows):,} rows)")
        guarded = (
            f"{link.guarded:,} cell(s) begin like a formula and got an apostrophe"
            if link.guarded
            else ""
        )
        self.linked.show(
            element("a", told, href=link.href, download=link.name, class_="nbw-link"),
            message("note", guarded),
        )


def _offer(menu: w.Dropdown, options: tuple[object, ...], value: str) -> None:
    """Give a menu its options, where they are others, and its value."""
    if tuple(menu.options) != options:
        menu.options = options
    values = [option[1] if isinstance(option, tuple) else option for option in options]
    if value in values and menu.value != value:
        menu.value = value
