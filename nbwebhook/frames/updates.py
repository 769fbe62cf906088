"""A run's changes to what was written: one row a lead, one typed column a field."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, cast

import numpy as np
import pandas as pd

from nbwebhook.engine.changes import Changes
from nbwebhook.engine.counts import LONG_INT, kind_of
from nbwebhook.engine.ledger import Ledger
from nbwebhook.frames.schema import FATES, FIELD_DTYPES
from nbwebhook.frames.texts import join_arrays
from nbwebhook.mapping.outcome import FieldValue
from nbwebhook.mapping.targets import Target, mappings_by_field

__all__ = [
    "cleared_rows",
    "common_dtype",
    "untyped_kinds",
    "updates_frame",
]

_WRITTEN = FATES.index("written")


def updates_frame(
    ledger: Ledger,
    targets: Sequence[Target],
    dtypes: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Return one row a lead with at least one written field, one column a field.

    The index is the leads' position in their frame.

    Args:
        ledger: What the run saw.
        targets: The mappings' targets, in the definition's order.
        dtypes: The dtypes of fields, by column, that more leads than these decide.
    """
    changes = ledger.changes
    all_rows = np.asarray(changes.rows)
    width = max(changes.width, 1)
    fates = np.frombuffer(changes.fates, dtype="int8").reshape(-1, width)
    is_written = fates == _WRITTEN
    rows = _distinct(all_rows[is_written.any(axis=1)])
    columns: dict[str, Any] = {}
    for name, mappings in mappings_by_field(targets).items():
        dtype = FIELD_DTYPES.get(targets[mappings[-1]].field.type)
        dtype = (dtypes or {}).get(name, dtype)
        written = partial(
            _written_values, changes, mappings if len(rows) else [], is_written
        )
        if dtype is None:  # read twice, as a million values at once take a lot of room
            kinds = (_kinds_of(values) for _, values in written())
            dtype = common_dtype(frozenset[str]().union(*kinds))
        columns[name] = _spread(written(), all_rows, rows, dtype)
    frame = pd.DataFrame(columns, columns=list(columns), copy=False)
    return frame.set_axis(pd.Index(rows, dtype="int64"))


def _distinct(rows: np.ndarray) -> np.ndarray:
    """Return what `np.unique` does of row numbers, in a tenth of its memory."""
    is_there = np.zeros(rows.max(initial=-1) + 1, "bool")
    is_there[rows] = True
    return np.flatnonzero(is_there)


_Stretch = tuple[np.ndarray, list[FieldValue]]
"""Numbers of mapped calls, and what each of them wrote."""


def _written_values(
    changes: Changes, mappings: Sequence[int], is_written: np.ndarray
) -> Iterator[_Stretch]:
    for mapping in mappings:
        for stretch in changes.stretches(mapping):
            values = stretch.new_values
            at = np.flatnonzero(is_written[stretch.start : stretch.stop, mapping])
            if len(at) < len(values):
                values = [values[i] for i in at.tolist()]
            yield at + stretch.start, values


def _spread(
    found: Iterable[_Stretch],
    all_rows: np.ndarray,
    rows: np.ndarray,
    dtype: str,
) -> Any:  # noqa: ANN401 - a pandas array
    """Return the values of one field in the order of `rows`, NA where there is none.

    Args:
        found: What was written.
        all_rows: The row of each mapped call.
        rows: The rows of the frame.
        dtype: The field's dtype.
    """
    placed = ((np.searchsorted(rows, all_rows[at]), values) for at, values in found)
    if dtype in _MASKED:
        return _filled(placed, len(rows), dtype)
    order = np.full(len(rows), -1, dtype=np.intp)
    parts = [_typed([], dtype)]
    count = 0
    for at, values in placed:
        order[at] = np.arange(count, count + len(at))
        count += len(at)
        parts.append(_typed(values, dtype))
    taken = join_arrays(parts).take(order, allow_fill=True)
    return pd.Series(taken).where(order >= 0, None) if dtype == "object" else taken


_MASKED: dict[str, tuple[str, Any]] = {
    "Int64": ("int64", pd.arrays.IntegerArray),
    "Float64": ("float64", pd.arrays.FloatingArray),
    "boolean": ("bool", pd.arrays.BooleanArray),
}
"""Arrays of numbers and truths: what they are made of, and how."""


def _filled(
    placed: Iterable[tuple[np.ndarray, list[FieldValue]]], count: int, dtype: str
) -> Any:  # noqa: ANN401 - a pandas array
    plain, make = _MASKED[dtype]
    cells, is_empty = np.zeros(count, plain), np.ones(count, "bool")
    for at, values in placed:
        places, known = at, cast("list[Any]", values)
        if None in values:
            places = at[[value is not None for value in values]]
            known = [value for value in values if value is not None]
        if plain == "float64":
            known = list(map(float, known))
        cells[places] = known
        is_empty[places] = False
    return make(cells, is_empty)


def cleared_rows(ledger: Ledger, targets: Sequence[Target]) -> dict[str, list[int]]:
    """Return the rows whose field was emptied, by the field's column in `updates`.

    There it is NA, as a field that was not written; only the option `null_clears` has
    any.
    """
    changes = ledger.changes
    if not changes.width:
        return {}
    fates = np.frombuffer(changes.fates, dtype="int8").reshape(-1, changes.width)
    is_written = fates == _WRITTEN
    found: dict[str, list[int]] = {}
    for name, mappings in mappings_by_field(targets).items():
        rows = [
            changes.rows[call]
            for calls, values in _written_values(changes, mappings, is_written)
            for call, value in zip(calls.tolist(), values, strict=True)
            if value is None
        ]
        if rows:
            found[name] = rows
    return found


def _typed(values: list[FieldValue], dtype: str) -> Any:  # noqa: ANN401 - a pandas array
    if dtype == "object":
        found = np.empty(len(values), dtype=object)
        found[:] = values
        return pd.arrays.NumpyExtensionArray(found)
    return pd.array(cast("Any", values), dtype=cast("Any", dtype))


def untyped_kinds(
    ledger: Ledger, targets: Sequence[Target]
) -> dict[str, frozenset[str]]:
    """Return the kinds of values written to each field of no declared type, by column."""
    changes = ledger.changes
    fates = np.frombuffer(changes.fates, dtype="int8")
    is_written = fates.reshape(-1, max(changes.width, 1)) == _WRITTEN
    found: dict[str, frozenset[str]] = {}
    for name, mappings in mappings_by_field(targets).items():
        if FIELD_DTYPES.get(targets[mappings[-1]].field.type) is None:
            stretches = _written_values(changes, mappings, is_written)
            kinds = (_kinds_of(values) for _, values in stretches)
            found[name] = (
                frozenset[str]().union(*kinds) if changes.width else frozenset()
            )
    return found


def _kinds_of(values: Sequence[FieldValue]) -> frozenset[str]:
    types = set(map(type, values)) - {type(None)}
    kinds = {kind.__name__ for kind in types - {int}}
    if int in types:  # it matters how large each is
        kinds.update(kind_of(value) for value in values if type(value) is int)
    return frozenset(kinds)


def common_dtype(kinds: frozenset[str]) -> str:
    """Return the dtype that holds values of several kinds, named by `untyped_kinds`.

    Example:
        >>> common_dtype(frozenset({"int", "Decimal"})), common_dtype(frozenset())
        ('Float64', 'string')
    """
    if kinds == {"bool"}:
        return "boolean"
    if kinds == {"int"}:
        return "Int64"
    if kinds and kinds <= {"int", LONG_INT, "Decimal"}:
        return "Float64"
    return "string" if kinds <= {"str"} else "object"
