"""Arrays of texts, and columns of any type as such."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, cast
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from nbwebhook.frames.values import column_reader
from nbwebhook.lists.value_text import text_of

__all__ = [
    "Strings",
    "join_arrays",
    "repeat_texts",
    "strings",
    "texts_given_back",
    "texts_of_column",
]

_arrow: Any = None
with suppress(ImportError):  # where it is, pandas keeps texts in it
    _arrow = importlib.import_module("pyarrow")

Strings = Any
"""A pandas array of the dtype `string`, whatever it is stored in."""

_STRETCH = 65_536


def strings(values: Sequence[str | None]) -> Strings:
    """Return texts as an array of pandas; None is NA."""
    if _arrow is not None and pd.StringDtype().storage == "pyarrow":
        # Pandas looks at each text twice before it does the same.
        with suppress(TypeError, ValueError):
            told = _arrow.array(values, type=_arrow.large_string())
            return pd.array(told, dtype="string")
    return pd.array(cast("Any", values), dtype="string")


def join_arrays(parts: Iterable[Any]) -> Any:  # noqa: ANN401 - arrays of one dtype
    """Return arrays of pandas, at least one, as one."""
    found = [pd.Series(part) for part in parts]
    return (
        found[0].array if len(found) == 1 else pd.concat(found, ignore_index=True).array
    )


@contextmanager
def texts_given_back() -> Iterator[None]:
    """Have the memory of texts go back to the system at once meanwhile.

    Where pyarrow keeps texts, its own allocator keeps what it was given for a while: that
    is 30 MB where stretch after stretch of a list goes through. Which allocator it uses
    makes no other difference to anybody.
    """
    if _arrow is None:
        yield
        return
    usual = _arrow.default_memory_pool()
    _arrow.set_memory_pool(_arrow.system_memory_pool())
    try:
        yield
    finally:
        _arrow.set_memory_pool(usual)


def repeat_texts(texts: Sequence[str | None], count: int) -> Strings:
    """Return `texts` again and again, `count` texts in all.

    They are parts of one array, which take no room of their own where pyarrow is
    installed.

    Example:
        >>> list(repeat_texts(["a", "b"], 3))
        ['a', 'b', 'a']
    """
    size = min(count, _STRETCH - _STRETCH % len(texts))
    part = strings(texts).take(np.arange(size) % len(texts))
    whole, rest = divmod(count, size or 1)
    return join_arrays([*[part] * whole, part[:rest]])


def texts_of_column(column: pd.Series[Any], zone: ZoneInfo) -> Strings:
    """Return `text_of` of every cell; a stretch at a time, so that memory is bounded.

    Example:
        >>> list(texts_of_column(pd.Series([1.0, None]), ZoneInfo("UTC")))
        ['1', <NA>]
    """
    if isinstance(column.dtype, pd.StringDtype):
        texts = column.astype("string")
        return texts.mask(texts == "").array
    read = column_reader(column).read
    return join_arrays(
        strings([text_of(v, zone) for v in read(start, start + _STRETCH)])
        for start in range(0, len(column) or 1, _STRETCH)
    )
