"""The result below a panel, as a page that a notebook's file keeps.

A widget needs its kernel; this does not. One line says how the run ended, and the page
with pictures unfolds below it.
"""

from __future__ import annotations

import sys
from typing import Any

from nbwebhook.frames.pages import result_page
from nbwebhook.frames.result import Result
from nbwebhook.ui.markup import Html, element, words

__all__ = ["SavedResult"]

_NOTHING = {
    "text/html": "",
    "text/plain": "",
}


class SavedResult:
    """One display of the cell, replaced with every result."""

    def __init__(self) -> None:
        self._handle: Any = None

    def open(self) -> None:
        """Have a place for it below the panel; elsewhere than in a notebook, none."""
        ipython = sys.modules.get("IPython")
        shell = ipython.get_ipython() if ipython else None
        if hasattr(shell, "kernel"):
            from IPython.display import display  # noqa: PLC0415 - only in a notebook

            self._handle = display(_NOTHING, raw=True, display_id=True)

    def show(self, result: Result) -> None:
        """Show this result."""
        if self._handle is not None:
            self._handle.update(saved_page(result), raw=True)


def saved_page(result: Result) -> dict[str, str]:
    """Return the result as data that shows itself without a kernel."""
    page = Html(result._repr_html_())  # the page of a notebook's cell
    facts = result_page(result)
    outcomes = dict(facts.facts)["Outcomes"]
    told = f"Last result, {facts.title}: {facts.status}, {outcomes}"
    html = element("details", element("summary", words(told)), page)
    return {"text/html": html, "text/plain": repr(result)}
