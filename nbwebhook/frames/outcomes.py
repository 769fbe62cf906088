"""A run's ledger to frames: calls, changes and updates."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, cast
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from nbwebhook.engine.ledger import PHASES, Ledger
from nbwebhook.frames.schema import CALLS, CHANGES, FATES, FIELD_DTYPES, OUTCOMES
from nbwebhook.frames.texts import text_of
from nbwebhook.mapping.outcome import FieldValue
from nbwebhook.mapping.targets import Target

__all__ = ["calls_frame", "changes_frame", "cleared_rows", "updates_frame"]

_WRITTEN = FATES.index("written")
_INT64 = range(-(2**63), 2**63)


def _texts(values: Sequence[str | None], order: np.ndarray) -> pd.Series:
    """Return strings in `order`; an empty string is NA, as no text was there."""
    found = [values[i] or None for i in order.tolist()]
    return pd.Series(found, dtype="string")


def _integers(values: Sequence[int], order: np.ndarray, *, empty: int) -> pd.Series:
    taken = np.asarray(values)[order]
    return pd.Series(pd.array(taken, dtype="Int64")).mask(taken == empty)


def _floats(values: Sequence[float], order: np.ndarray) -> pd.Series:
    taken = np.asarray(values, dtype="float64")[order]
    return pd.Series(pd.arrays.FloatingArray(taken, np.isnan(taken)))


def calls_frame(ledger: Ledger, keys: Sequence[str | None]) -> pd.DataFrame:
    """Return one row a call with the columns and dtypes of `schema.CALLS`."""
    rows = np.asarray(ledger.row, dtype="int64")
    attempts = np.asarray(ledger.attempt, dtype="int64")
    order = np.lexsort((attempts, rows))
    rows = rows[order]
    started_s = np.asarray(ledger.started_at_s, dtype="float64")[order]
    columns = {
        "lead_key": pd.Series([keys[row] for row in rows.tolist()], dtype="string"),
        "row": rows,
        "attempt": attempts[order],
        "outcome": _categories(ledger.kind, order, OUTCOMES),
        "status_code": _integers(ledger.status_code, order, empty=0),
        "error_type": _texts(ledger.error_type, order),
        "error_code": _integers(ledger.error_code, order, empty=0),
        "reason": _texts(ledger.reason, order),
        "started_at": _instants(started_s),
        "wait_ms": _floats(ledger.wait_ms, order),
        "throttle_ms": _floats(ledger.throttle_ms, order),
    }
    for name, values in zip(PHASES, ledger.phases, strict=True):
        columns[name] = _floats(values, order)
    columns["request_bytes"] = _integers(ledger.request_bytes, order, empty=-1)
    columns["response_bytes"] = _integers(ledger.response_bytes, order, empty=-1)
    reused = np.asarray(ledger.connection_reused, dtype="int8")[order]
    columns["connection_reused"] = pd.arrays.BooleanArray(reused > 0, reused < 0)
    columns["remote_address"] = _texts(ledger.remote_address, order)
    return pd.DataFrame(columns, columns=list(CALLS))


def _categories(
    codes: Sequence[int], order: np.ndarray, names: tuple[str, ...]
) -> pd.Categorical:
    taken = np.asarray(codes, dtype="int8")[order]
    categories = pd.Index(names, dtype="object")
    return pd.Categorical.from_codes(taken.tolist(), categories=categories)


def _instants(seconds: np.ndarray) -> pd.Series:
    micros = np.where(np.isnan(seconds), np.iinfo("int64").min, seconds * 1e6)
    stamps = np.round(micros).astype("int64").view("datetime64[us]")
    return pd.Series(stamps).dt.tz_localize("UTC")


def _by_row(ledger: Ledger) -> np.ndarray:
    rows = np.asarray(ledger.change_row, dtype="int64")
    return np.lexsort((np.asarray(ledger.change_mapping, dtype="int64"), rows))


def changes_frame(
    ledger: Ledger,
    keys: Sequence[str | None],
    targets: Sequence[Target],
    old_texts: Sequence[Sequence[str | None]],
    zone: ZoneInfo,
) -> pd.DataFrame:
    """Return one row a lead and mapping as in `schema.CHANGES`.

    Args:
        ledger: What the run saw.
        keys: The leads' keys by row.
        targets: The mappings' targets, in the definition's order.
        old_texts: For each mapping the present values of its field by row, as text;
            empty where the leads have no such column.
        zone: The account's time zone, for the text of dates and times.
    """
    order = _by_row(ledger)
    rows = np.asarray(ledger.change_row, dtype="int64")[order].tolist()
    numbers = np.asarray(ledger.change_mapping, dtype="int64")[order].tolist()
    attributes = [target.mapping.attribute for target in targets]
    fields = [target.mapping.field for target in targets]
    pairs = list(zip(rows, numbers, strict=True))
    old = [old_texts[n][row] if old_texts[n] else None for row, n in pairs]
    new = [ledger.new_value[i] for i in order.tolist()]
    columns = {
        "lead_key": pd.Series([keys[row] for row in rows], dtype="string"),
        "attribute": pd.Series([attributes[n] for n in numbers], dtype="string"),
        "field": pd.Series([fields[n] for n in numbers], dtype="string"),
        "response_value": pd.Series(
            [ledger.response_value[i] for i in order.tolist()], dtype="string"
        ),
        "old_value": pd.Series(old, dtype="string"),
        "new_value": pd.Series([text_of(v, zone) for v in new], dtype="string"),
        "outcome": _categories(ledger.change_fate, order, FATES),
        "reason": _texts(ledger.change_reason, order),
    }
    return pd.DataFrame(columns, columns=list(CHANGES))


def updates_frame(ledger: Ledger, targets: Sequence[Target]) -> pd.DataFrame:
    """Return one row a lead with at least one written field, one column a field.

    The index is the leads' position in their frame.

    Args:
        ledger: What the run saw.
        targets: The mappings' targets, in the definition's order.
    """
    order = _by_row(ledger)
    written = order[np.asarray(ledger.change_fate, dtype="int8")[order] == _WRITTEN]
    all_rows = np.asarray(ledger.change_row, dtype="int64")[written]
    numbers = np.asarray(ledger.change_mapping, dtype="int64")[written]
    rows = np.unique(all_rows)
    columns: dict[str, pd.Series] = {}
    for name, mappings in _mappings_by_field(targets).items():
        mine = np.isin(numbers, mappings)
        values: list[FieldValue] = [None] * len(rows)
        at = np.searchsorted(rows, all_rows[mine])
        for place, i in zip(at.tolist(), written[mine].tolist(), strict=True):
            values[place] = ledger.new_value[i]
        target = targets[mappings[-1]]
        columns[name] = _typed(values, FIELD_DTYPES.get(target.field.type))
    frame = pd.DataFrame(columns, columns=list(columns))
    return frame.set_axis(pd.Index(rows, dtype="int64"))


def cleared_rows(ledger: Ledger, targets: Sequence[Target]) -> dict[str, list[int]]:
    """Return the rows whose field was emptied, by the field's column in `updates`.

    There it is NA, as a field that was not written; only the option `null_clears` has
    any.
    """
    fates = np.asarray(ledger.change_fate, dtype="int8")
    emptied = [
        i
        for i in np.flatnonzero(fates == _WRITTEN).tolist()
        if ledger.new_value[i] is None
    ]
    names = {
        number: name
        for name, numbers in _mappings_by_field(targets).items()
        for number in numbers
    }
    found: dict[str, list[int]] = {}
    for i in emptied:
        found.setdefault(names[ledger.change_mapping[i]], []).append(
            ledger.change_row[i]
        )
    return found


def _mappings_by_field(targets: Sequence[Target]) -> dict[str, list[int]]:
    """Return the mappings of each field; the last one of a field names the column."""
    found: dict[tuple[str, ...], list[int]] = {}
    for number, target in enumerate(targets):
        found.setdefault(target.field.names, []).append(number)
    return {targets[numbers[-1]].mapping.field: numbers for numbers in found.values()}


def _typed(values: list[FieldValue], dtype: str | None) -> pd.Series:
    dtype = dtype or _common_dtype(values)
    cells: list[Any] = list(values)
    if dtype == "Float64":
        cells = [float(v) if isinstance(v, Decimal | int) else v for v in values]
    if dtype == "object":
        return pd.Series(cells, dtype="object")
    return pd.Series(pd.array(cells, dtype=cast("Any", dtype)))


def _common_dtype(values: list[FieldValue]) -> str:
    kinds = {type(value) for value in values if value is not None}
    if kinds == {bool}:
        return "boolean"
    if kinds == {int} and all(v in _INT64 for v in values if isinstance(v, int)):
        return "Int64"
    if kinds and kinds <= {int, Decimal}:
        return "Float64"
    return "string" if kinds <= {str} else "object"
