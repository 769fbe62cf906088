"""Rows of pairs, such as headers: added, removed and moved without losing the focus.

A row's widgets stay the same objects while somebody types. Moving a row moves its
values, and the focus goes with them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import ipywidgets as w
from traitlets import HasTraits

from nbwebhook.ui.browser_widgets import make_token_text
from nbwebhook.ui.parts import button, row

__all__ = ["PairRows"]

Pair = tuple[str, str]


class _Row:
    """One pair: two fields and three buttons, named by the row's number."""

    def __init__(self, owner: PairRows, number: int, pair: Pair) -> None:
        self._owner = owner
        half = w.Layout(flex="1 1 180px", width="auto")
        self.first = w.Text(value=pair[0], placeholder=owner.names[0], layout=half)
        if owner.has_tokens:
            self.second = make_token_text("", is_label_shown=False)
            self.second.layout = w.Layout(flex="2 1 240px", width="auto")
        else:
            self.second = w.Combobox(
                placeholder=owner.names[1], options=owner.options, layout=half
            )
        self.second.value = pair[1]
        self.up = button("Up", lambda: owner.move(self, -1))
        self.down = button("Down", lambda: owner.move(self, 1))
        self.remove = button("Remove", lambda: owner.remove(self))
        self.view = row(self.first, self.second, self.up, self.down, self.remove)
        self.rename(number)
        for field in (self.first, self.second):
            field.observe(owner.write, "value")

    @property
    def pair(self) -> Pair:
        """What stands in the row."""
        return self.first.value, self.second.value

    @pair.setter
    def pair(self, pair: Pair) -> None:
        self.first.value, self.second.value = pair

    def rename(self, number: int) -> None:
        """Name every control by the row's place, from 1."""
        what = f"{self._owner.what} {number}"
        self.first.tooltip = f"{what} {self._owner.names[0]}"
        second = f"{what} {self._owner.names[1]}"
        if self._owner.has_tokens and hasattr(self.second, "label"):
            self.second.label = second
        else:
            self.second.tooltip = second
        self.up.tooltip = f"Move {what} up"
        self.down.tooltip = f"Move {what} down"
        self.remove.tooltip = f"Remove {what}"


class PairRows(w.VBox):
    """All pairs of one trait of a state.

    Args:
        state: The state.
        trait: Its trait that holds the pairs.
        what: What a row is called.
        names: What the two fields are called.
        has_tokens: Whether the second field takes tokens; else it has suggestions.
        on_focus: Called with a field of tokens that gets the focus.
    """

    def __init__(
        self,
        state: HasTraits,
        trait: str,
        *,
        what: str,
        names: tuple[str, str],
        has_tokens: bool,
        on_focus: Callable[[Any, str], None] = lambda *_: None,
    ) -> None:
        self.what, self.names, self.has_tokens = what, names, has_tokens
        self.options: tuple[str, ...] = ()
        self.rows: list[_Row] = []
        self._state, self._trait = state, trait
        self._on_focus = on_focus
        self._is_reading = False
        self._box = w.VBox()
        self.add = button(f"Add {what}", self.add_row)
        super().__init__([self._box, row(self.add)])
        state.observe(lambda _: self._read(), trait)
        self._read()

    @property
    def pairs(self) -> tuple[Pair, ...]:
        """The pairs of all rows that are not empty."""
        return tuple(row.pair for row in self.rows if any(row.pair))

    def suggest(self, options: Sequence[str]) -> None:
        """Suggest these for the second field."""
        self.options = tuple(options)
        for each in self.rows:
            if not self.has_tokens:
                each.second.options = self.options

    def add_row(self) -> None:
        """Add an empty row at the end."""
        self._append(("", ""))
        self._lay_out()

    def remove(self, gone: _Row) -> None:
        """Take a row away."""
        self.rows.remove(gone)
        self._lay_out()
        self.write(None)
        self.add.focus()

    def move(self, moved: _Row, by: int) -> None:
        """Exchange a row's values with its neighbour's; the focus goes with them."""
        at = self.rows.index(moved)
        to = at + by
        if not 0 <= to < len(self.rows):
            return
        other = self.rows[to]
        self._is_reading = True
        moved.pair, other.pair = other.pair, moved.pair
        self._is_reading = False
        self.write(None)
        (other.up if by < 0 else other.down).focus()

    def write(self, _change: object) -> None:
        """Hand the pairs to the state."""
        if not self._is_reading:
            setattr(self._state, self._trait, self.pairs)

    def _read(self) -> None:
        """Follow the state where it differs from the rows."""
        pairs = getattr(self._state, self._trait)
        if pairs == self.pairs:
            return
        self._is_reading = True
        del self.rows[len(pairs) :]
        for each, pair in zip(self.rows, pairs, strict=False):
            each.pair = pair
        for pair in pairs[len(self.rows) :]:
            self._append(pair)
        self._is_reading = False
        self._lay_out()

    def _append(self, pair: Pair) -> None:
        made = _Row(self, len(self.rows) + 1, pair)
        self.rows.append(made)
        if self.has_tokens:
            made.second.observe(lambda _: self._tell_focus(made), "touched")

    def _tell_focus(self, focused: _Row) -> None:
        if focused in self.rows:
            number = self.rows.index(focused) + 1
            self._on_focus(focused.second, f"{self.what} {number}")

    def _lay_out(self) -> None:
        self._box.children = [row.view for row in self.rows]
        for number, each in enumerate(self.rows, 1):
            each.rename(number)
