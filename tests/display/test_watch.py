"""Progress while somebody waits: one place in a cell, one line on a terminal."""

from __future__ import annotations

import io
import sys
import types
from typing import Any

import pytest

from nbwebhook.display.progress import ProgressFacts
from nbwebhook.display.watch import progress_listener

HALF = ProgressFacts(done=50, total=100, updated=50)
ALL = ProgressFacts(done=100, total=100, updated=100, state="finished")


class Terminal(io.StringIO):
    """A stream that a person looks at."""

    def isatty(self) -> bool:
        """Say so."""
        return True


class Shown:
    """What IPython's display gives for a display with an id."""

    def __init__(self) -> None:
        self.pages: list[dict[str, str]] = []

    def update(self, data: dict[str, str], *, raw: bool) -> None:
        """Take an update."""
        assert raw
        self.pages.append(data)


def test_nobody_is_told_where_nobody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Piped output stays clean."""
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    assert progress_listener() is None


def test_a_terminal_has_one_line_that_is_written_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The line is ended once, when the run has ended."""
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    listener = progress_listener()
    assert listener is not None
    listener(HALF)
    listener(ALL)
    first, second = stream.getvalue().split("\r")[1:]
    assert first.startswith("50 of 100 leads")
    assert second.startswith("finished, 100 of 100 leads")
    assert stream.getvalue().count("\n") == 1


def test_a_notebook_has_one_display_that_is_updated(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One display is made with an id, and every later state updates it."""
    shown = Shown()
    made: list[dict[str, Any]] = []

    def display(data: dict[str, Any], *, raw: bool, display_id: bool) -> Shown:
        assert raw
        assert display_id
        made.append(data)
        return shown

    ipython = types.ModuleType("IPython")
    ipython.get_ipython = lambda: types.SimpleNamespace(kernel=object())  # type: ignore[attr-defined]  # stands in
    module = types.ModuleType("IPython.display")
    module.display = display  # type: ignore[attr-defined]  # stands in
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", module)
    listener = progress_listener()
    assert listener is not None
    listener(HALF)
    listener(ALL)
    assert len(made) == len(shown.pages) == 1
    assert set(made[0]) == {"text/html", "text/plain"}
    assert "100 of 100 leads" in shown.pages[0]["text/html"]
