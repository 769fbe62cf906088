"""Whether somebody can be asked, and what counts as a yes."""

from __future__ import annotations

import builtins
import io
import sys
import threading

import pytest

from nbwebhook.display.asking import ask_yes


class _Terminal(io.StringIO):
    """A terminal on which something has been typed."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        pytest.param("y\n", True, id="y"),
        pytest.param(" YES \n", True, id="yes"),
        pytest.param("n\n", False, id="n"),
        pytest.param("\n", False, id="return"),
        pytest.param("yeah\n", False, id="another-word"),
        pytest.param("", None, id="end-of-input"),
    ],
)
def test_only_a_yes_is_a_yes(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    typed: str,
    answer: bool | None,  # noqa: FBT001 - a parameter of the table
) -> None:
    """The question is shown with what Return means."""
    monkeypatch.setattr(sys, "stdin", _Terminal(typed))
    assert ask_yes("Trust it?") is answer
    assert capsys.readouterr().out == "Trust it? [y/N] "


def test_without_a_terminal_nobody_is_asked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A pipe that says yes is nobody; neither is a process without input."""
    for stdin in (io.StringIO("y\n"), None):
        monkeypatch.setattr(sys, "stdin", stdin)
        assert ask_yes("Trust it?") is None
    assert capsys.readouterr().out == ""


def test_another_thread_asks_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its question would stand in the middle of something else."""
    monkeypatch.setattr(sys, "stdin", _Terminal("y\n"))
    answers: list[bool | None] = []
    thread = threading.Thread(target=lambda: answers.append(ask_yes("Trust it?")))
    thread.start()
    thread.join()
    assert answers == [None]


def test_a_kernel_without_a_page_has_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Papermill's kernels refuse to read; that is no answer."""

    def refuse(_: str) -> str:
        raise NotImplementedError

    monkeypatch.setattr(sys, "stdin", _Terminal("y\n"))
    monkeypatch.setattr(builtins, "input", refuse)
    assert ask_yes("Trust it?") is None
