"""Asks the person in front of the screen, if there is one."""

from __future__ import annotations

import sys
import threading

from nbwebhook.display.watch import notebook_shell

__all__ = ["ask_yes"]

_YES = frozenset({"y", "yes"})


def ask_yes(question: str) -> bool | None:
    """Return whether somebody says yes; None where nobody can be asked.

    A cell of a notebook asks in the cell, a script on its terminal. Papermill, a
    scheduled job, a callback and another thread have nobody.
    """
    if not _has_somebody():
        return None
    try:
        answer = input(f"{question} [y/N] ")
    except (EOFError, NotImplementedError):  # the latter is a kernel's without a page
        return None
    return answer.strip().lower() in _YES


def _has_somebody() -> bool:
    if threading.current_thread() is not threading.main_thread():
        return False
    is_terminal = sys.stdin is not None and sys.stdin.isatty()
    return notebook_shell() is not None or is_terminal
