"""The result below a panel, as a page that a notebook's file keeps.

A widget needs its kernel; this does not. It stands folded while the panel lives.
"""

from __future__ import annotations

import sys
from typing import Any

from nbwebhook.frames.result import Result

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
    """Return the result as data that shows itself without a kernel, folded."""
    page = result._repr_html_()
    html = (
        "<details><summary>The last result, kept with the notebook</summary>"
        f"{page}</details>"
    )
    return {"text/html": html, "text/plain": repr(result)}
