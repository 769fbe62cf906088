"""A run's ledger to frames: calls, changes and updates.

Whole columns go from arrays to arrays, and what is packed is unpacked a stretch at a
time: a frame of a million leads costs little more than itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any, cast
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from nbwebhook.engine.changes import Changes
from nbwebhook.engine.ledger import PHASES, Ledger
from nbwebhook.frames.keys import KeyTexts
from nbwebhook.frames.schema import CALLS, CHANGES, FATES, FIELD_DTYPES, OUTCOMES
from nbwebhook.frames.texts import Strings, join_arrays, strings, text_of
from nbwebhook.mapping.outcome import FieldValue
from nbwebhook.mapping.targets import Target

__all__ = ["calls_frame", "changes_frame", "cleared_rows", "updates_frame"]

_WRITTEN = FATES.index("written")
_INT64 = range(-(2**63), 2**63)


def _shared_texts(values: Sequence[str], order: np.ndarray) -> Strings:
    """Return texts of which few are distinct, in `order`; an empty one is NA."""
    codes = {text: code for code, text in enumerate(dict.fromkeys(values))}
    distinct = strings([text or None for text in codes] or [None])
    found = np.fromiter(map(codes.__getitem__, values), np.intp, len(values))
    return distinct.take(found[order])


def _integers(
    values: Sequence[int], order: np.ndarray, *, empty: int
) -> pd.arrays.IntegerArray:
    taken = np.asarray(values)[order].astype("int64")
    is_empty = taken == empty
    taken[is_empty] = 0
    return pd.arrays.IntegerArray(taken, is_empty)


def _floats(values: Sequence[float], order: np.ndarray) -> pd.arrays.FloatingArray:
    taken = np.asarray(values, dtype="float64")[order]
    return pd.arrays.FloatingArray(taken, np.isnan(taken))


def calls_frame(ledger: Ledger, keys: KeyTexts) -> pd.DataFrame:
    """Return one row a call with the columns and dtypes of `schema.CALLS`."""
    rows = np.asarray(ledger.row, dtype="int64")
    attempts = np.asarray(ledger.attempt, dtype="int64")
    order = np.lexsort((attempts, rows))
    rows = rows[order]
    started_s = np.asarray(ledger.started_at_s, dtype="float64")[order]
    columns: dict[str, Any] = {
        "lead_key": keys.strings.take(rows),
        "row": rows,
        "attempt": attempts[order],
        "outcome": _categories(np.asarray(ledger.kind, dtype="int8")[order], OUTCOMES),
        "status_code": _integers(ledger.status_code, order, empty=0),
        "error_type": _shared_texts(ledger.error_type, order),
        "error_code": _integers(ledger.error_code, order, empty=0),
        "reason": _shared_texts(ledger.reason, order),
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
    columns["remote_address"] = _shared_texts(ledger.remote_address, order)
    return pd.DataFrame(columns, columns=list(CALLS), copy=False)


def _categories(codes: np.ndarray, names: tuple[str, ...]) -> pd.Categorical:
    dtype = pd.CategoricalDtype(pd.Index(names, dtype="object"))
    return pd.Categorical.from_codes(cast("Any", codes), dtype=dtype)


def _instants(seconds: np.ndarray) -> pd.Series:
    micros = np.where(np.isnan(seconds), np.iinfo("int64").min, seconds * 1e6)
    stamps = np.round(micros).astype("int64").view("datetime64[us]")
    return pd.Series(stamps).dt.tz_localize("UTC")


def changes_frame(
    ledger: Ledger,
    keys: KeyTexts,
    targets: Sequence[Target],
    old_texts: Sequence[Strings | None],
    zone: ZoneInfo,
) -> pd.DataFrame:
    """Return one row a lead and mapping as in `schema.CHANGES`.

    Args:
        ledger: What the run saw.
        keys: The leads' keys by row.
        targets: The mappings' targets, in the definition's order.
        old_texts: For each mapping the present values of its field by row, as text;
            None where the leads have no such column.
        zone: The account's time zone, for the text of dates and times.
    """
    changes = ledger.changes
    width, count = changes.width, len(changes.rows)
    if not count:
        return _no_changes()
    numbers = np.arange(width)
    order = np.argsort(np.asarray(changes.rows, dtype="int64"), kind="stable")
    rows = np.asarray(changes.rows, dtype="int64")[order]
    # Columns of all mappings stand one behind the other; this reads them lead by lead.
    across = (order[:, None] + numbers * count).ravel()
    fates = np.frombuffer(changes.fates, dtype="int8").reshape(count, width)
    by_mapping = [_change_texts(changes, number, zone) for number in range(width)]
    texts, new, reasons = (
        join_arrays(parts).take(across) for parts in zip(*by_mapping, strict=True)
    )
    every = np.tile(numbers, count)
    columns: dict[str, Any] = {
        "lead_key": keys.strings.take(np.repeat(rows, width)),
        "attribute": strings([t.mapping.attribute for t in targets]).take(every),
        "field": strings([t.mapping.field for t in targets]).take(every),
        "response_value": texts,
        "old_value": _old_values(old_texts, rows),
        "new_value": new,
        "outcome": _categories(fates[order].ravel(), FATES),
        "reason": reasons,
    }
    return pd.DataFrame(columns, columns=list(CHANGES), copy=False)


def _no_changes() -> pd.DataFrame:
    columns: dict[str, Any] = dict.fromkeys(CHANGES, strings([]))
    columns["outcome"] = _categories(np.empty(0, dtype="int8"), FATES)
    return pd.DataFrame(columns, columns=list(CHANGES))


def _change_texts(
    changes: Changes, mapping: int, zone: ZoneInfo
) -> tuple[Strings, Strings, Strings]:
    """Return one mapping's response values, new values and reasons, call by call."""
    parts = [
        (
            strings(stretch.response_values),
            strings(_texts_of(stretch.new_values, zone)),
            strings([reason or None for reason in stretch.reasons]),
        )
        for stretch in changes.stretches(mapping)
    ]
    texts, new, reasons = zip(*parts, strict=True)
    return join_arrays(texts), join_arrays(new), join_arrays(reasons)


def _texts_of(values: list[FieldValue], zone: ZoneInfo) -> list[str | None]:
    kinds = set(map(type, values))
    if kinds <= {str, type(None)}:
        return [value or None for value in values]  # type: ignore[misc]  # texts
    if kinds == {int}:
        return list(map(str, values))
    if kinds == {bool}:
        return ["true" if value else "false" for value in values]
    return [text_of(value, zone) for value in values]


def _old_values(old_texts: Sequence[Strings | None], rows: np.ndarray) -> Strings:
    width = len(old_texts)
    parts = [
        strings([None]).take(rows * 0) if texts is None else texts.take(rows)
        for texts in old_texts
    ]
    across = np.arange(len(rows))[:, None] + np.arange(width) * len(rows)
    return join_arrays(parts).take(across.ravel())


def updates_frame(ledger: Ledger, targets: Sequence[Target]) -> pd.DataFrame:
    """Return one row a lead with at least one written field, one column a field.

    The index is the leads' position in their frame.

    Args:
        ledger: What the run saw.
        targets: The mappings' targets, in the definition's order.
    """
    changes = ledger.changes
    all_rows = np.asarray(changes.rows, dtype="int64")
    width = max(changes.width, 1)
    fates = np.frombuffer(changes.fates, dtype="int8").reshape(-1, width)
    is_written = fates == _WRITTEN
    rows = np.unique(all_rows[is_written.any(axis=1)])
    columns: dict[str, Any] = {}
    for name, mappings in _mappings_by_field(targets).items():
        dtype = FIELD_DTYPES.get(targets[mappings[-1]].field.type)
        found = _written_values(changes, mappings if len(rows) else [], is_written)
        columns[name] = _spread(found, all_rows, rows, dtype)
    frame = pd.DataFrame(columns, columns=list(columns), copy=False)
    return frame.set_axis(pd.Index(rows, dtype="int64"))


_Stretch = tuple[np.ndarray, list[FieldValue]]
"""Numbers of mapped calls, and what each of them wrote."""


def _written_values(
    changes: Changes, mappings: Sequence[int], is_written: np.ndarray
) -> Iterator[_Stretch]:
    for mapping in mappings:
        for stretch in changes.stretches(mapping):
            values = stretch.new_values
            stop = stretch.start + len(values)
            at = np.flatnonzero(is_written[stretch.start : stop, mapping])
            if len(at) < len(values):
                values = [values[i] for i in at.tolist()]
            yield at + stretch.start, values


def _spread(
    found: Iterable[_Stretch],
    all_rows: np.ndarray,
    rows: np.ndarray,
    dtype: str | None,
) -> Any:  # noqa: ANN401 - a pandas array
    """Return the values of one field in the order of `rows`, NA where there is none.

    Args:
        found: What was written.
        all_rows: The row of each mapped call.
        rows: The rows of the frame.
        dtype: The field's dtype; None to take that of the values.
    """
    places: list[np.ndarray] = []
    parts: list[Any] = []
    for calls, values in found:
        places.append(all_rows[calls])
        parts.append(values if dtype is None else _typed(values, dtype))
    if dtype is None:
        every = [value for values in parts for value in values]
        parts = [_typed(every, _common_dtype(every))]
    joined = join_arrays(parts) if parts else _typed([], dtype or "string")
    at = np.full(len(rows), -1, dtype=np.intp)
    if places:
        where = np.concatenate(places)
        at[np.searchsorted(rows, where)] = np.arange(len(where))
    taken = joined.take(at, allow_fill=True)
    if joined.dtype == object:
        return pd.Series(taken, dtype="object").where(at >= 0, None)
    return taken


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
    for name, mappings in _mappings_by_field(targets).items():
        rows = [
            changes.rows[call]
            for calls, values in _written_values(changes, mappings, is_written)
            for call, value in zip(calls.tolist(), values, strict=True)
            if value is None
        ]
        if rows:
            found[name] = rows
    return found


def _mappings_by_field(targets: Sequence[Target]) -> dict[str, list[int]]:
    """Return the mappings of each field; the last one of a field names the column."""
    found: dict[tuple[str, ...], list[int]] = {}
    for number, target in enumerate(targets):
        found.setdefault(target.field.names, []).append(number)
    return {targets[numbers[-1]].mapping.field: numbers for numbers in found.values()}


def _typed(values: list[FieldValue], dtype: str) -> Any:  # noqa: ANN401 - a pandas array
    cells: list[Any] = list(values)
    if dtype == "Float64":
        cells = [float(v) if isinstance(v, Decimal | int) else v for v in values]
    if dtype == "object":
        found = np.empty(len(cells), dtype=object)
        found[:] = cells
        return pd.arrays.NumpyExtensionArray(found)
    return pd.array(cells, dtype=cast("Any", dtype))


def _common_dtype(values: list[FieldValue]) -> str:
    kinds = {type(value) for value in values if value is not None}
    if kinds == {bool}:
        return "boolean"
    if kinds == {int} and all(v in _INT64 for v in values if isinstance(v, int)):
        return "Int64"
    if kinds and kinds <= {int, Decimal}:
        return "Float64"
    return "string" if kinds <= {str} else "object"
