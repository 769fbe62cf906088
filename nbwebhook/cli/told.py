"""Errors to one sentence on stderr and an exit code."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from enum import IntEnum
from functools import wraps
from typing import ParamSpec

import click

from nbwebhook.errors import NbWebhookError

__all__ = ["ExitCode", "in_shell_words", "told"]

Params = ParamSpec("Params")

_IN_SHELL = (
    (re.compile(r"""\b(encoding|delimiter)=(['"])(.+?)\2"""), r"--\1 '\3'"),
    (re.compile(r"""\bkey=(['"])\.\.\.\1"""), "--key COLUMN"),
    (re.compile(r"""\bfields=\{'([^']*)': '([^']*)'\}"""), r"--field '\1=\2'"),
    (re.compile(r"\btrust=True\b"), "--trust"),
    (re.compile(r" or pass context=Context\(secrets=\{\.\.\.\}\)"), ""),
)
"""How an argument of Python is written as an option."""


def in_shell_words(text: str) -> str:
    """Return a message with options where it names arguments of Python.

    Example:
        >>> in_shell_words('say encoding="windows-1252"')
        "say --encoding 'windows-1252'"
    """
    for argument, option in _IN_SHELL:
        text = argument.sub(option, text)
    return text


class ExitCode(IntEnum):
    """What a script can tell from the command's end."""

    GOOD = 0
    WRONG = 2
    FAILED = 3
    STOPPED = 130


def told(command: Callable[Params, int]) -> Callable[Params, None]:
    """Return the command with its errors told in a sentence, and its code as exit code."""

    @wraps(command)
    def wrapped(*args: Params.args, **kwargs: Params.kwargs) -> None:
        try:
            code = command(*args, **kwargs)
        except NbWebhookError as error:
            click.echo(f"nbwebhook: {in_shell_words(str(error))}", err=True)
            code = ExitCode.WRONG
        except OSError as error:
            what = error.strerror or type(error).__name__
            where = f"{error.filename}: " if error.filename else ""
            click.echo(f"nbwebhook: {where}{what}", err=True)
            code = ExitCode.WRONG
        except (KeyboardInterrupt, click.Abort):
            click.echo("\nnbwebhook: stopped by you", err=True)
            code = ExitCode.STOPPED
        sys.exit(code)

    return wrapped
