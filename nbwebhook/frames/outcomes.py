"""A run's ledger to frames: calls and changes.

Whole columns go from arrays to arrays, and what is packed is unpacked a stretch at a
time: a frame of a million leads costs little more than itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import partial
from typing import Any, cast
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from nbwebhook.engine.changes import ChangeStretch
from nbwebhook.engine.columns import NumberColumn, TextColumn
from nbwebhook.engine.ledger import PHASES, Ledger
from nbwebhook.frames.keys import KeyTexts
from nbwebhook.frames.schema import CALLS, CHANGES, FATES, OUTCOMES
from nbwebhook.frames.texts import (
    Strings,
    join_arrays,
    repeat_texts,
    strings,
)
from nbwebhook.lists.value_text import text_of
from nbwebhook.mapping.outcome import FieldValue
from nbwebhook.mapping.targets import Target

__all__ = ["calls_frame", "changes_frame"]

_PLAIN_NUMBERS = re.compile(r"(?:-?[0-9.]{1,99}(?: |\Z))*+")


def _shared_texts(values: TextColumn, order: np.ndarray) -> Strings:
    """Return texts of which few are distinct, in `order`; an empty one is NA."""
    codes = {text: code for code, text in enumerate(dict.fromkeys(values))}
    distinct = [text or None for text in codes] or [None]
    if len(distinct) == 1:
        return repeat_texts(distinct, len(order))
    found = np.fromiter(map(codes.__getitem__, values), np.int32, len(values))
    return strings(distinct).take(found[order])


def _integers(
    values: NumberColumn[int], order: np.ndarray, *, empty: int
) -> pd.arrays.IntegerArray:
    taken = values.to_numpy()[order].astype("int64", copy=False)
    is_empty = taken == empty
    taken[is_empty] = 0
    return pd.arrays.IntegerArray(taken, is_empty)


def _floats(values: NumberColumn[float], order: np.ndarray) -> pd.arrays.FloatingArray:
    taken = values.to_numpy()[order]
    return pd.arrays.FloatingArray(taken, np.isnan(taken))


def _truths(values: NumberColumn[int], order: np.ndarray) -> pd.arrays.BooleanArray:
    taken = values.to_numpy()[order]
    return pd.arrays.BooleanArray(taken > 0, taken < 0)


def calls_frame(ledger: Ledger, keys: KeyTexts) -> pd.DataFrame:
    """Return one row a call with the columns and dtypes of `schema.CALLS`.

    Each column of calls is let go of when that of the frame is made, so that no two of
    the same are there; who is interrupted may ask again.
    """
    # These two say in which order the others are: they stay.
    rows, attempts = ledger.row.to_numpy(), ledger.attempt.to_numpy()
    order = np.lexsort((attempts, rows))
    made = ledger.framed
    for name, (values, make) in _makers(ledger).items():
        if name not in made:
            made[name] = make(values, order)
        values.clear()
    rows = rows[order].astype("int64")
    columns: dict[str, Any] = {
        "lead_key": keys.of_rows(rows),
        "row": rows,
        "attempt": attempts[order].astype("int64"),
        **made,
    }
    return pd.DataFrame(columns, columns=list(CALLS), copy=False)


_Maker = Callable[[Any, np.ndarray], Any]


def _makers(ledger: Ledger) -> dict[str, tuple[NumberColumn[Any] | TextColumn, _Maker]]:
    """Return what each column of the frame is made of, and how."""
    codes = partial(_integers, empty=0)
    sizes = partial(_integers, empty=-1)
    return {
        "started_at": (ledger.started_at_s, _instants),
        "outcome": (ledger.kind, _outcomes),
        "status_code": (ledger.status_code, codes),
        "error_type": (ledger.error_type, _shared_texts),
        "error_code": (ledger.error_code, codes),
        "reason": (ledger.reason, _shared_texts),
        "wait_ms": (ledger.wait_ms, _floats),
        "throttle_ms": (ledger.throttle_ms, _floats),
        **{
            name: (values, _floats)
            for name, values in zip(PHASES, ledger.phases, strict=True)
        },
        "request_bytes": (ledger.request_bytes, sizes),
        "response_bytes": (ledger.response_bytes, sizes),
        "connection_reused": (ledger.connection_reused, _truths),
        "remote_address": (ledger.remote_address, _shared_texts),
    }


def _outcomes(values: NumberColumn[int], order: np.ndarray) -> pd.Categorical:
    return _categories(values.to_numpy()[order], OUTCOMES)


def _categories(codes: np.ndarray, names: tuple[str, ...]) -> pd.Categorical:
    dtype = pd.CategoricalDtype(pd.Index(names, dtype="object"))
    return pd.Categorical.from_codes(cast("Any", codes), dtype=dtype)


def _instants(values: NumberColumn[float], order: np.ndarray) -> pd.Series:
    micros = values.to_numpy()[order]
    np.round(np.multiply(micros, 1e6, out=micros), out=micros)
    micros[np.isnan(micros)] = np.iinfo("int64").min
    stamps = micros.astype("int64").view("datetime64[us]")
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

    def told(texts_of: Callable[[ChangeStretch], Sequence[str | None]]) -> Strings:
        parts = [
            strings(texts_of(s)) for n in range(width) for s in changes.stretches(n)
        ]
        if all(part.isna().all() for part in parts):
            return repeat_texts([None], count * width)
        return join_arrays(parts).take(across)

    columns: dict[str, Any] = {
        "lead_key": keys.strings.take(np.repeat(rows, width)),
        "attribute": repeat_texts(
            [t.mapping.attribute for t in targets], count * width
        ),
        "field": repeat_texts([t.mapping.field for t in targets], count * width),
        "response_value": told(lambda stretch: stretch.response_values),
        "old_value": _old_values(old_texts, rows),
        "new_value": told(lambda stretch: _texts_of(stretch.new_values, zone)),
        "outcome": _categories(fates[order].ravel(), FATES),
        "reason": told(lambda stretch: [text or None for text in stretch.reasons]),
    }
    return pd.DataFrame(columns, columns=list(CHANGES), copy=False)


def _no_changes() -> pd.DataFrame:
    columns: dict[str, Any] = dict.fromkeys(CHANGES, strings([]))
    columns["outcome"] = _categories(np.empty(0, dtype="int8"), FATES)
    return pd.DataFrame(columns, columns=list(CHANGES))


def _texts_of(values: list[FieldValue], zone: ZoneInfo) -> list[str | None]:
    kinds = set(map(type, values))
    if kinds <= {str, type(None)}:
        return [value or None for value in values]  # type: ignore[misc]  # texts
    if kinds == {int}:
        return list(map(str, values))
    if kinds == {bool}:
        return ["true" if value else "false" for value in values]
    if kinds == {Decimal}:
        texts = list(map(str, values))
        # Plain ones, without an exponent, are written as they are: most are.
        if _PLAIN_NUMBERS.fullmatch(" ".join(texts)):
            return texts  # type: ignore[return-value]  # all of them texts
    return [text_of(value, zone) for value in values]


def _old_values(old_texts: Sequence[Strings | None], rows: np.ndarray) -> Strings:
    width = len(old_texts)
    if all(texts is None for texts in old_texts):
        return repeat_texts([None], len(rows) * width)
    parts = [
        strings([None]).take(rows * 0) if texts is None else texts.take(rows)
        for texts in old_texts
    ]
    across = np.arange(len(rows))[:, None] + np.arange(width) * len(rows)
    return join_arrays(parts).take(across.ravel())
