"""Shows a run's progress while somebody waits for it: in a cell or on a terminal.

The waiting thread itself calls the listener, at most ten times a second, so that nothing
is printed or displayed from inside a run.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from nbwebhook.display.progress import ProgressFacts, progress_html
from nbwebhook.display.text import progress_line

__all__ = ["notebook_shell", "progress_listener"]

Listener = Callable[[ProgressFacts], None]


def progress_listener() -> Listener | None:
    """Return what shows progress here; None where nobody would see it."""
    shell = notebook_shell()
    if shell is not None:
        return _NotebookLine()
    return _TerminalLine() if sys.stderr.isatty() else None


def notebook_shell() -> Any:  # noqa: ANN401 - IPython's own, if it is loaded
    """Return IPython's shell where it can show HTML."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return shell if hasattr(shell, "kernel") else None


class _NotebookLine:
    """One display of the cell, updated in place; it stays readable without a kernel."""

    def __init__(self) -> None:
        self._handle: Any = None

    def __call__(self, facts: ProgressFacts) -> None:
        from IPython.display import display  # noqa: PLC0415 - only in a notebook

        data = {"text/html": progress_html(facts), "text/plain": progress_line(facts)}
        if self._handle is None:
            self._handle = display(data, raw=True, display_id=True)  # type: ignore[no-untyped-call]  # IPython's own
        else:
            self._handle.update(data, raw=True)


class _TerminalLine:
    """One line on stderr, written over; ended when the run has."""

    def __init__(self) -> None:
        self._width = 0

    def __call__(self, facts: ProgressFacts) -> None:
        line = progress_line(facts)
        sys.stderr.write("\r" + line.ljust(self._width))
        self._width = len(line)
        if facts.state in {"finished", "stopped"}:
            sys.stderr.write("\n")
        sys.stderr.flush()
