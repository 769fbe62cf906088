"""One cell of any type to the plain value that is sent, and that to text.

A typed cell of a file is read as text like this:

| in the file | as text |
| --- | --- |
| text | itself |
| whole number, also one kept as a float | `42` |
| other number | as written in JSON, else the shortest that reads back: `0.1` |
| true, false | `true`, `false` |
| date; moment | `2024-02-29`; `2024-02-29 09:30:00`, with its zone if it has one |
| null, empty cell | empty |

What has no exact text is refused with the row where it stands: nothing is guessed.
"""

from __future__ import annotations

from datetime import MAXYEAR, MINYEAR, date, datetime
from decimal import Decimal
from functools import cache, singledispatch
from numbers import Integral
from typing import Any

import numpy as np
import pandas as pd

from nbwebhook.render.leads import Unsendable, Value

__all__ = [
    "OUTSIDE_CALENDAR",
    "exact_below",
    "lies_outside_calendar",
    "text_of_cell",
    "text_of_value",
    "unsendable",
    "value_of_cell",
    "value_of_float",
]

INFINITE = Unsendable("an infinite number has no text form; replace it")
TOO_LARGE = Unsendable(
    "a float this large has lost its last digits; read the list with read_leads, or "
    "keep the column as Int64"
)
OUTSIDE_CALENDAR = Unsendable("its year lies outside 1 to 9999; correct it")
_DOUBLE = np.dtype(np.float64)
_ADVICE = "send text, numbers, true or false, dates or times: convert the column"


@singledispatch
def value_of_cell(cell: object) -> Value:
    """Return a cell as it is sent, by its own type; a float is not made an int.

    Example:
        >>> [value_of_cell(cell) for cell in (np.int64(1), 2.0, pd.NaT, np.True_)]
        [1, Decimal('2.0'), None, True]
    """
    return unsendable(type(cell).__name__)


@value_of_cell.register(type(None))
@value_of_cell.register(type(pd.NA))
@value_of_cell.register(type(pd.NaT))
def _(_cell: object) -> Value:
    return None


@value_of_cell.register
def _(cell: str) -> Value:
    return str.__str__(cell)  # a subclass may say something else in its own


@value_of_cell.register(bool)
@value_of_cell.register(np.bool_)
def _(cell: object) -> Value:
    return bool(cell)


@value_of_cell.register
def _(cell: Integral) -> Value:
    return int(cell)


@value_of_cell.register(float)
@value_of_cell.register(np.floating)
def _(cell: float) -> Value:
    return value_of_float(cell, is_integral=False)


@value_of_cell.register
def _(cell: Decimal) -> Value:
    if cell.is_nan():
        return None
    return INFINITE if cell.is_infinite() else cell


@value_of_cell.register
def _(cell: date) -> Value:
    return cell


@value_of_cell.register
def _(cell: pd.Timestamp) -> Value:
    if not MINYEAR <= cell.year <= MAXYEAR:
        return OUTSIDE_CALENDAR
    return cell.to_pydatetime(warn=False)


@value_of_cell.register
def _(cell: np.datetime64) -> Value:
    if np.isnat(cell):
        return None
    if lies_outside_calendar(np.array([cell]))[0]:
        return OUTSIDE_CALENDAR
    moment: datetime = cell.astype("M8[us]").item()
    return moment


@cache
def unsendable(kind: str) -> Unsendable:
    """Return the refusal of a value of a type that cannot be sent."""
    return Unsendable(f"type {kind} has no exact text form; {_ADVICE}")


@cache
def exact_below(dtype: np.dtype[Any]) -> int:
    """Return the number from which floats of this width skip whole numbers."""
    return int(min(2 ** (np.finfo(dtype).nmant + 1), 2**63))


def value_of_float(cell: float | np.floating[Any], *, is_integral: bool) -> Value:
    """Return a float as it is sent.

    Args:
        cell: The float.
        is_integral: Whether its whole column is integral, so that it is sent as an int.
    """
    if cell != cell:  # noqa: PLR0124 - only NaN differs from itself
        return None
    if isinstance(cell, float):  # numpy's own float64 is one
        return _exact(float(cell), _DOUBLE, is_integral=is_integral)
    return _exact(cell, cell.dtype, is_integral=is_integral)


def _exact(
    cell: float | np.floating[Any], dtype: np.dtype[Any], *, is_integral: bool
) -> Value:
    if np.isinf(cell):
        return INFINITE
    whole = int(cell)
    if abs(whole) >= exact_below(dtype):
        return TOO_LARGE
    return whole if is_integral else Decimal(str(cell))


def lies_outside_calendar(cells: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return which moments have a year that Python's calendar lacks."""
    years = cells.astype("M8[Y]").astype(np.int64) + 1970
    is_outside = (years < MINYEAR) | (years > MAXYEAR)
    return np.asarray(is_outside & ~np.isnat(cells))


def text_of_value(value: Value) -> str | None:
    """Return a value as plain text, None for what is empty or cannot be sent.

    Example:
        >>> [text_of_value(v) for v in (1, True, Decimal("1E+2"), date(2024, 2, 29))]
        ['1', 'true', '100', '2024-02-29']
    """
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case Decimal():
            return format(value, "f")
        case datetime():
            return value.isoformat(" ")
        case None | Unsendable():
            return None
        case _:
            return str(value)


def text_of_cell(cell: object) -> str | Unsendable:
    """Return a typed cell as text.

    Example:
        >>> [text_of_cell(cell) for cell in ("007", 7.0, 0.5, True, None)]
        ['007', '7', '0.5', 'true', '']
    """
    if type(cell) is str:
        return cell
    if isinstance(cell, float | np.floating):
        value = value_of_float(cell, is_integral=bool(cell == np.trunc(cell)))
    else:
        value = value_of_cell(cell)
    return value if isinstance(value, Unsendable) else text_of_value(value) or ""
