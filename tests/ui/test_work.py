"""What goes on beside the kernel's thread."""

from __future__ import annotations

import threading

import pytest

from nbwebhook.errors import InvalidPlan
from nbwebhook.ui.work import AtRest, Work, told


def test_a_function_runs_elsewhere_and_its_value_comes_back() -> None:
    """Not in the caller's thread, and not lost."""
    work = Work()
    got: list[int] = []
    work.submit(threading.get_ident, got.append, pytest.fail)
    work.settle()
    assert got != [threading.get_ident()]
    assert len(got) == 1


def test_what_goes_wrong_is_told_in_a_sentence() -> None:
    """Our errors say themselves; of others only the kind is named, never a value."""
    work = Work()
    said: list[str] = []

    def fail() -> str:
        raise InvalidPlan("leads", "none")

    work.submit(fail, said.append, said.append)
    work.settle()
    assert said == ["leads: none"]
    assert "secret" not in told(ValueError("secret"))
    assert "ValueError" in told(ValueError("secret"))


def test_waiting_has_an_end() -> None:
    """What still goes on is said, and goes on."""
    work, release = Work(), threading.Event()
    work.submit(release.wait, lambda _: None, pytest.fail)
    with pytest.raises(TimeoutError, match="still at work"):
        work.settle(0.05)
    release.set()
    work.settle()


def test_many_touches_are_one_call() -> None:
    """Only the last key of many brings the work."""
    work = Work()
    calls: list[int] = []
    rest = AtRest(work, lambda: calls.append(1), rest_s=0.05)
    for _ in range(20):
        rest.touch()
    work.settle()
    assert calls == [1]
