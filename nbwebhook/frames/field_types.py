"""What the type of a column says about the type of its field."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from nbwebhook.definition.fields import FieldType
from nbwebhook.frames.column_names import column_names

__all__ = ["column_type", "column_types"]

_BY_KIND = {
    "i": FieldType.INTEGER,
    "u": FieldType.INTEGER,
    "b": FieldType.BOOLEAN,
    "M": FieldType.DATETIME,
}
_BY_CELLS = {  # what pandas calls the cells of an object column, empty ones aside
    "string": FieldType.STRING,
    "integer": FieldType.INTEGER,
    "boolean": FieldType.BOOLEAN,
    "decimal": FieldType.FLOAT,
    "floating": FieldType.FLOAT,
    "mixed-integer-float": FieldType.FLOAT,
    "datetime64": FieldType.DATETIME,
    "datetime": FieldType.DATETIME,
    "date": FieldType.DATE,
}


def column_types(leads: pd.DataFrame) -> dict[str, FieldType | None]:
    """Return each column's type of field, None where the column does not tell.

    A column of numpy floats with gaps and whole numbers only is an integer one: pandas
    makes that of integers with gaps. A column without any value does not tell, unless
    its dtype does.

    Raises:
        UnreadableList: A column has no name that a token can say.
        DuplicateColumn: Two columns have the same name.

    Example:
        >>> column_types(pd.DataFrame({"Id": [1, 2], "Site": ["a", None]}))
        {'Id': <FieldType.INTEGER: 'integer'>, 'Site': <FieldType.STRING: 'string'>}
    """
    names = column_names(leads)
    return {name: column_type(leads.iloc[:, at]) for at, name in enumerate(names)}


def column_type(column: pd.Series[Any]) -> FieldType | None:
    """Return one column's type of field, None where it does not tell."""
    dtype = column.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        return column_type(pd.Series(column.cat.categories))
    if isinstance(dtype, pd.StringDtype):
        return FieldType.STRING
    if dtype.kind == "f":
        return _type_of_floats(column)
    if dtype.kind == "O":
        cells = column.to_numpy(dtype=object)
        return _BY_CELLS.get(pd.api.types.infer_dtype(cells, skipna=True))
    return _BY_KIND.get(dtype.kind)


def _type_of_floats(column: pd.Series[Any]) -> FieldType | None:
    if not isinstance(column.dtype, np.dtype):
        return FieldType.FLOAT
    cells = column.to_numpy()
    known = cells[~np.isnan(cells)]
    if len(known) == len(cells):
        return FieldType.FLOAT
    if not len(known):
        return None
    is_integral = bool((np.isfinite(known) & (np.trunc(known) == known)).all())
    return FieldType.INTEGER if is_integral else FieldType.FLOAT
