"""Columns of a DataFrame to the plain values that are sent.

| in the frame | sent as |
| --- | --- |
| text of any dtype | itself; an empty text stays one |
| int, Int, UInt of any width | int |
| bool, boolean | bool |
| float, Float of any width | int where the whole column is integral, else the shortest `Decimal` that reads back as the float |
| datetime64 of any unit, Timestamp, datetime | datetime, with its zone if it has one; parts below a microsecond are dropped |
| date | date |
| Decimal | itself |
| category | its values |
| objects, arrow | each cell by its own type; floats as above |
| None, NaN, NaT, pd.NA | None |
| a float of 2**53 or more, infinity, a year before 1 or after 9999 | `Unsendable` |
| bytes, list, dict, time, timedelta, Period, Interval, complex, any other | `Unsendable` |

A column is prepared once, so that a decision about the whole of it does not depend on
where a block ends, and is then read in stretches.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any

import numpy as np
import pandas as pd

from nbwebhook.frames.cells import (
    OUTSIDE_CALENDAR,
    exact_below,
    lies_outside_calendar,
    unsendable,
    value_of_cell,
    value_of_float,
)
from nbwebhook.render.leads import Value

__all__ = ["ColumnReader", "column_reader"]

_Read = Callable[[int, int], list[Value]]


@dataclass(frozen=True, slots=True)
class ColumnReader:
    """Reads stretches of one column as the values that are sent.

    It holds on to the column, so that under copy-on-write a change that the column's
    owner makes meanwhile goes to a copy and is not seen here.

    Attributes:
        column: The column.
        read: Returns the values from one position to before another.
    """

    column: pd.Series[Any]
    read: _Read


def column_reader(column: pd.Series[Any]) -> ColumnReader:
    """Return a reader of the column, prepared by what the whole of it holds.

    Example:
        >>> column_reader(pd.Series([1, None, 3])).read(0, 3)
        [1, None, 3]
    """
    return ColumnReader(column, _reading(column))


def _reading(column: pd.Series[Any]) -> _Read:
    dtype = column.dtype
    if isinstance(dtype, pd.SparseDtype):
        return _reading(pd.Series(column.to_numpy(), dtype=dtype.subtype))
    if isinstance(dtype, pd.CategoricalDtype):
        return _read_categories(column)
    if isinstance(dtype, pd.ArrowDtype):
        return _read_objects(column.astype(object))
    if isinstance(dtype, pd.StringDtype) or dtype.kind in "biu":
        return _read_as_they_are(column)
    return _READ_BY_KIND.get(dtype.kind, _read_objects)(column)


# One function a kind of column: it looks at the whole, and returns what reads a part


def _read_as_they_are(column: pd.Series[Any]) -> _Read:
    cells = column.array
    has_gaps = bool(column.isna().any())

    def read(start: int, stop: int) -> list[Value]:
        part = cells[start:stop]
        if has_gaps:
            return list(part.to_numpy(dtype=object, na_value=None))
        return list(part.to_numpy(dtype=object))

    return read


def _read_categories(column: pd.Series[Any]) -> _Read:
    categories = pd.Series(column.cat.categories)
    # The code of an empty cell is -1: the last of the list.
    values = [*_reading(categories)(0, len(categories)), None]
    codes = column.cat.codes.to_numpy()

    def read(start: int, stop: int) -> list[Value]:
        return [values[code] for code in codes[start:stop].tolist()]

    return read


def _read_floats(column: pd.Series[Any]) -> _Read:
    dtype: Any = getattr(column.dtype, "numpy_dtype", column.dtype)
    cells: np.ndarray[Any, Any] = column.to_numpy(dtype=dtype, na_value=np.nan)
    known = cells[~np.isnan(cells)]
    is_integral = bool((np.trunc(known) == known).all())
    is_exact = bool((np.abs(known) < exact_below(cells.dtype)).all())
    is_plain = is_integral and is_exact and len(known) == len(cells)

    def read(start: int, stop: int) -> list[Value]:
        part = cells[start:stop]
        if is_plain:
            return list(part.astype(np.int64).tolist())
        floats = part.tolist() if part.dtype == np.float64 else list(part)
        return [value_of_float(cell, is_integral=is_integral) for cell in floats]

    return read


def _read_datetimes(column: pd.Series[Any]) -> _Read:
    zone: tzinfo | None = column.dt.tz
    if zone is not None:
        column = column.dt.tz_convert("UTC").dt.tz_localize(None)
    cells = column.to_numpy()
    is_outside = lies_outside_calendar(cells)

    def read(start: int, stop: int) -> list[Value]:
        # numpy turns seconds into microseconds without a look at overflow.
        part = cells[start:stop].copy()
        part[is_outside[start:stop]] = np.datetime64("NaT", "s")
        moments = part.astype("M8[us]").tolist()
        values = [moment and _in_zone(moment, zone) for moment in moments]
        for position in np.flatnonzero(is_outside[start:stop]):
            values[position] = OUTSIDE_CALENDAR
        return values

    return read


def _read_nothing(column: pd.Series[Any]) -> _Read:
    is_empty = column.isna().to_numpy()
    refusal = unsendable(str(column.dtype))

    def read(start: int, stop: int) -> list[Value]:
        return [None if empty else refusal for empty in is_empty[start:stop].tolist()]

    return read


def _read_objects(column: pd.Series[Any]) -> _Read:
    cells = column.to_numpy(dtype=object)
    is_text = pd.api.types.infer_dtype(cells, skipna=True) == "string"
    is_integral = is_text or all(
        cell == np.trunc(cell) or not np.isfinite(cell)
        for cell in cells
        if isinstance(cell, float | np.floating)
    )
    convert = _value_of_integral_cell if is_integral else value_of_cell

    def read(start: int, stop: int) -> list[Value]:
        return [
            cell if type(cell) is str else convert(cell)
            for cell in cells[start:stop].tolist()
        ]

    return read


def _value_of_integral_cell(cell: object) -> Value:
    if isinstance(cell, float | np.floating):
        return value_of_float(cell, is_integral=True)
    return value_of_cell(cell)


_READ_BY_KIND: dict[str, Callable[[pd.Series[Any]], _Read]] = {
    "f": _read_floats,
    "M": _read_datetimes,
    "m": _read_nothing,
    "c": _read_nothing,
}


def _in_zone(moment: datetime, zone: tzinfo | None) -> Value:
    if zone is None:
        return moment
    try:
        return moment.replace(tzinfo=UTC).astimezone(zone)
    except OverflowError:
        return OUTSIDE_CALENDAR
