"""Updates back onto the leads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from nbwebhook.frames.warned import warnings_taken
from nbwebhook.lists.value_text import text_of
from nbwebhook.mapping.outcome import FieldValue
from nbwebhook.mapping.targets import Target

__all__ = ["apply_updates"]

_IS_PANDAS_2 = pd.__version__.startswith("2.")


def apply_updates(
    leads: pd.DataFrame,
    updates: pd.DataFrame,
    targets: Sequence[Target],
    zone: ZoneInfo,
    *,
    cleared: Mapping[str, Sequence[int]] | None = None,
) -> pd.DataFrame:
    """Return the leads with the written values in place; `leads` stays as it is.

    A column of text stays text. Another column keeps its dtype where the values fit
    and becomes `object` where they do not. A field that has no column yet becomes one,
    at the end. Cells that no mapping wrote are not touched.

    Args:
        leads: The leads, in the order of the run.
        updates: The written values; the index is the position in `leads`.
        targets: The mappings' targets, in the definition's order.
        zone: The account's time zone, for dates and times that become text.
        cleared: Positions whose field was emptied, by its column in `updates`.
    """
    positions = pd.RangeIndex(len(leads))
    columns = {target.mapping.field: target.column for target in targets}
    applied = leads.copy()
    for name in updates.columns:
        new = updates[name].dropna()
        rows = new.index.to_numpy()
        column = columns[name]
        if column:
            applied[column] = _written(applied[column], rows, new, zone)
        else:
            applied[name] = updates[name].reindex(positions).set_axis(leads.index)
    for name, emptied in (cleared or {}).items():
        if columns[name]:
            applied[columns[name]] = _emptied(applied[columns[name]], emptied)
    return applied


def _emptied(column: pd.Series, rows: Sequence[int]) -> pd.Series:
    is_empty = np.zeros(len(column), dtype=bool)
    is_empty[list(rows)] = True
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "iub":
        column = column.convert_dtypes()
    return column.mask(is_empty)


def _written(
    column: pd.Series, rows: np.ndarray, new: pd.Series, zone: ZoneInfo
) -> pd.Series:
    if _is_text(column):
        new = new.map(lambda value: text_of(_plain(value), zone))
    changed = column.copy()
    # Of a value that does not fit its column pandas 2 would only warn.
    misfits_raise = (
        warnings_taken("error", FutureWarning) if _IS_PANDAS_2 else nullcontext()
    )
    try:
        with misfits_raise:
            changed.iloc[rows] = new.to_numpy()
    except (TypeError, ValueError, FutureWarning):
        changed = column.astype(object)
        changed.iloc[rows] = new.astype(object).to_numpy()
    return changed


def _is_text(column: pd.Series) -> bool:
    if column.dtype != object:
        return pd.api.types.is_string_dtype(column.dtype)
    return bool(pd.api.types.infer_dtype(column, skipna=True) in {"string", "empty"})


def _plain(value: object) -> FieldValue:
    """Return a cell as the plain value that it stands for."""
    if isinstance(value, pd.Timestamp):
        return value.to_pydatetime() if value.tzinfo else value.date()
    if isinstance(value, np.generic):
        value = value.item()
    return Decimal(repr(value)) if isinstance(value, float) else value  # type: ignore[return-value]  # a field's value
