"""Stretches of work that make a hundred thousand objects, none of which can go yet."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["uncollected"]


@contextmanager
def uncollected() -> Iterator[None]:
    """Let nobody look for cycles meanwhile, which takes longer than such work itself.

    For moments only: what is not needed any more is found when they are over.

    Example:
        >>> with uncollected():
        ...     gc.isenabled()
        False
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
