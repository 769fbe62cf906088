"""Updates back onto the leads."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from nbwebhook.mapping.targets import Target
from nbwebhook.render.text import text_of

__all__ = ["apply_updates"]


def apply_updates(
    leads: pd.DataFrame, updates: pd.DataFrame, targets: Sequence[Target]
) -> pd.DataFrame:
    """Return the leads with the written values in place; `leads` stays as it is.

    A column of text stays text. Another column keeps its dtype where the values fit
    and becomes `object` where they do not. A field that has no column yet becomes one,
    at the end. Cells that no mapping wrote are not touched.

    Args:
        leads: The leads, in the order of the run.
        updates: The written values; the index is the position in `leads`.
        targets: The mappings' targets, in the definition's order.
    """
    positions = pd.RangeIndex(len(leads))
    columns = {target.mapping.field: target.column for target in targets}
    applied = leads.copy()
    for name in updates.columns:
        new = updates[name].dropna()
        rows = new.index.to_numpy()
        column = columns[name]
        if column:
            applied[column] = _written(applied[column], rows, new)
        else:
            applied[name] = updates[name].reindex(positions).set_axis(leads.index)
    return applied


def _written(column: pd.Series, rows: np.ndarray, new: pd.Series) -> pd.Series:
    if pd.api.types.is_string_dtype(column.dtype) and column.dtype != object:
        new = new.map(text_of)
    changed = column.copy()
    try:
        changed.iloc[rows] = new.to_numpy()
    except (TypeError, ValueError):
        changed = column.astype(object)
        changed.iloc[rows] = new.astype(object).to_numpy()
    return changed
