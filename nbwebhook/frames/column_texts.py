"""Columns of a frame to the text that stands in a list, a stretch of rows at a time.

Text, numbers, truths, categories and times in UTC go column by column: a result has
millions of their cells. A column of anything else goes cell by cell, as it would be sent.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from nbwebhook.engine.fast_json import orjson
from nbwebhook.frames.cells import lies_outside_calendar, text_of_value, value_of_float
from nbwebhook.frames.values import column_reader
from nbwebhook.render.leads import Unsendable

__all__ = ["ColumnTexts", "column_texts", "float_texts"]

_PLAIN = 2.0**53
"""Floats below are exact; others are told as a whole column would be."""
_SHORT = 1e-4
"""Floats from here on have no exponent in Python's own text of them."""

_Read = Callable[[int, int], list[str]]


@dataclass(frozen=True, slots=True)
class ColumnTexts:
    """Reads stretches of one column as text.

    Attributes:
        read: Returns the texts from one position to before another, empty cells as "".
        is_harmless: Whether none of them can be a formula.
    """

    read: _Read
    is_harmless: bool


def column_texts(
    column: pd.Series[Any], *, is_whole: bool | None = None
) -> ColumnTexts:
    """Return a reader of the column's texts, prepared by what the whole of it holds.

    Args:
        column: The column.
        is_whole: Whether the numbers of a longer column, of which this is a part, are
            all whole ones, where it is one of floats; None to see.

    Example:
        >>> column_texts(pd.Series([1.0, None, 3.0])).read(0, 3)
        ['1', '', '3']
    """
    if isinstance(column.dtype, pd.StringDtype):
        return ColumnTexts(_read_texts(column), is_harmless=False)
    if isinstance(column.dtype, pd.CategoricalDtype):
        return ColumnTexts(_read_categories(column), is_harmless=False)
    prepare = _BY_DTYPE.get(str(column.dtype))
    if prepare is not None:
        return ColumnTexts(prepare(column), is_harmless=True)
    if str(column.dtype) in _FLOATS:
        return ColumnTexts(_read_floats(column, is_whole=is_whole), is_harmless=True)
    return ColumnTexts(_read_any(column), is_harmless=False)


def _read_texts(column: pd.Series[Any]) -> _Read:
    cells: Any = column.array

    def read(start: int, stop: int) -> list[str]:
        found: list[str] = (
            cells[start:stop].to_numpy(dtype=object, na_value="").tolist()
        )
        return found

    return read


def _read_categories(column: pd.Series[Any]) -> _Read:
    categories = pd.Series(column.cat.categories)
    # The code of an empty cell is -1: the last of the list.
    texts = [*column_texts(categories).read(0, len(categories)), ""]
    codes = column.cat.codes.to_numpy()
    return lambda start, stop: [texts[code] for code in codes[start:stop].tolist()]


def _read_integers(column: pd.Series[Any]) -> _Read:
    cells = column.to_numpy(dtype="int64", na_value=0)
    is_empty = column.isna().to_numpy()

    def read(start: int, stop: int) -> list[str]:
        texts = _texts_of_integers(cells[start:stop])
        return _without(texts, is_empty[start:stop])

    return read


def _texts_of_integers(cells: np.ndarray) -> list[str]:
    if len(cells) and (cells == cells[0]).all():
        return [str(cells[0])] * len(cells)
    return list(map(str, cells.tolist()))


def _read_truths(column: pd.Series[Any]) -> _Read:
    cells = column.to_numpy(dtype="bool", na_value=False)
    is_empty = column.isna().to_numpy()

    def read(start: int, stop: int) -> list[str]:
        texts = ["true" if cell else "false" for cell in cells[start:stop].tolist()]
        return _without(texts, is_empty[start:stop])

    return read


def _read_moments(column: pd.Series[Any]) -> _Read:
    cells = column.dt.tz_localize(None).to_numpy()
    if lies_outside_calendar(cells).any():
        return _read_any(column)

    def read(start: int, stop: int) -> list[str]:
        part = cells[start:stop]
        told = "+00:00\0".join([*np.datetime_as_string(part).tolist(), ""])
        # As `datetime` tells a moment: without parts of a second where there are none.
        told = told.replace("T", " ").replace(".000000+", "+")
        return _without(told.split("\0")[:-1], np.isnat(part))

    return read


def _read_floats(column: pd.Series[Any], *, is_whole: bool | None) -> _Read:
    cells = column.to_numpy(dtype="float64", na_value=np.nan)
    if is_whole is None:
        known = cells[~np.isnan(cells)]
        is_whole = bool((np.trunc(known) == known).all())
    return lambda start, stop: float_texts(cells[start:stop], is_whole=is_whole)


def _read_any(column: pd.Series[Any]) -> _Read:
    if _holds_dates(column):
        column = column.dt.date.where(column.notna(), None)
    values = column_reader(column).read

    def read(start: int, stop: int) -> list[str]:
        return [
            value
            if type(value) is str
            else str(column.iloc[row])
            if isinstance(value, Unsendable)
            else text_of_value(value) or ""
            for row, value in enumerate(values(start, stop), start)
        ]

    return read


def _holds_dates(column: pd.Series[Any]) -> bool:
    """Return whether a column of times without zone has midnights only."""
    if not pd.api.types.is_datetime64_dtype(column.dtype):
        return False
    return bool((column.dropna() == column.dropna().dt.normalize()).all())


_BY_DTYPE: dict[str, Callable[[pd.Series[Any]], _Read]] = {
    "int64": _read_integers,
    "Int64": _read_integers,
    "bool": _read_truths,
    "boolean": _read_truths,
    "datetime64[us, UTC]": _read_moments,
}
_FLOATS = frozenset(["float64", "Float64"])


def float_texts(cells: np.ndarray, *, is_whole: bool) -> list[str]:
    """Return floats as a list has them; NaN as an empty cell.

    A column of whole numbers is written as such, `5`; one with a fraction anywhere has
    `5.0`, and a stretch of it does not tell which it is.

    Args:
        cells: The floats.
        is_whole: Whether the column is one of whole numbers.

    Example:
        >>> float_texts(np.array([5.0, np.nan, 1e-7]), is_whole=False)
        ['5.0', '', '0.0000001']
    """
    size = np.abs(cells)
    is_plain = size < _PLAIN
    if not is_whole:
        is_plain &= (size >= _SHORT) | (size == 0)
    plain = cells[is_plain]
    texts = _texts_of_integers(plain.astype("int64")) if is_whole else _shortest(plain)
    if len(texts) == len(cells):
        return texts
    found = np.full(len(cells), "", dtype=object)
    found[is_plain] = texts
    for at in np.flatnonzero(~is_plain & ~np.isnan(cells)).tolist():
        found[at] = _text_of_float(float(cells[at]), is_whole=is_whole)
    every: list[str] = found.tolist()
    return every


def _shortest(cells: np.ndarray) -> list[str]:
    """Return the shortest texts that read back as the floats; none has an exponent."""
    if not len(cells):
        return []
    if (cells == cells[0]).all() and cells[0]:  # not zero, of which there are two
        return [repr(float(cells[0]))] * len(cells)
    if orjson is None:
        return list(map(repr, cells.tolist()))
    told: bytes = orjson.dumps(cells, option=orjson.OPT_SERIALIZE_NUMPY)
    return told[1:-1].decode("ascii").split(",")


def _text_of_float(cell: float, *, is_whole: bool) -> str:
    value = value_of_float(cell, is_integral=is_whole)
    return repr(cell) if isinstance(value, Unsendable) else text_of_value(value) or ""


def _without(texts: list[str], is_empty: np.ndarray) -> list[str]:
    """Return texts, the empty cells among them as nothing."""
    for at in np.flatnonzero(is_empty).tolist():
        texts[at] = ""
    return texts
