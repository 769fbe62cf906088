"""Errors to one sentence on stderr and an exit code."""

from __future__ import annotations

import sys
from collections.abc import Callable
from enum import IntEnum
from functools import wraps
from typing import ParamSpec

import click

from nbwebhook.errors import NbWebhookError

__all__ = ["ExitCode", "told"]

Params = ParamSpec("Params")


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
            click.echo(f"nbwebhook: {error}", err=True)
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
