"""The keys of leads in a frame, as text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast, overload

import numpy as np
import pandas as pd

from nbwebhook.errors import (
    DuplicateKey,
    MissingColumn,
    UnreadableList,
)
from nbwebhook.frames.cells import text_of_value
from nbwebhook.frames.column_names import FRAME, column_names
from nbwebhook.frames.values import column_reader
from nbwebhook.render.leads import Unsendable, Value

__all__ = ["KeyTexts", "keys_of"]

_ROWS_NAMED = 5


def keys_of(leads: pd.DataFrame, key_column: str) -> list[str | None]:
    """Return the leads' keys as the text that is sent, in their order.

    A key is None where the cell is empty or has spaces only. An id that pandas turned
    into a float is `1`, never `1.0`. The frame's index plays no part.

    Args:
        leads: The leads.
        key_column: Name of the column, as `find_key_column` returns it.

    Raises:
        DuplicateKey: Leads have the same key.
        MissingColumn: There is no such column.
        UnreadableList: A key has no exact text form.

    Example:
        >>> keys_of(pd.DataFrame({"Id": [7.0, None]}), "Id")
        ['7', None]
    """
    names = column_names(leads)
    if key_column not in names:
        raise MissingColumn(key_column, names, "key")
    column = leads.iloc[:, names.index(key_column)]
    values = column_reader(column).read(0, len(leads))
    keys = [
        _key(value, row, key_column) if type(value) is not str else value
        for row, value in enumerate(values)
    ]
    keys = [key if key and not key.isspace() else None for key in keys]
    _refuse_duplicates(keys, key_column)
    return keys


class KeyTexts(Sequence[str | None]):
    """The keys of a list as `keys_of` returns them, held in a column of pandas.

    A million keys take a quarter of the memory of a list of them where pyarrow is
    installed.

    Attributes:
        strings: The same as an array of the dtype `string`.

    Example:
        >>> keys = KeyTexts(["7", None])
        >>> keys[0], keys[1], list(keys)
        ('7', None, ['7', None])
    """

    def __init__(self, keys: Sequence[str | None]) -> None:
        self.strings: Any = pd.array(cast("Any", keys), dtype="string")

    @classmethod
    def of(cls, leads: pd.DataFrame, key_column: str) -> KeyTexts:
        """Return `keys_of` a list; where they are the column's texts, without a copy.

        Raises:
            LeadsError: As of `keys_of`.
        """
        keys = keys_of(leads, key_column)
        column = leads.iloc[:, column_names(leads).index(key_column)]
        self = cls(())
        is_alike = column.dtype == self.strings.dtype and None not in keys
        self.strings = column.array.copy() if is_alike else cls(keys).strings
        return self

    def __len__(self) -> int:
        return len(self.strings)

    def of_rows(self, rows: np.ndarray) -> Any:  # noqa: ANN401 - as `strings`
        """Return the keys of rows, ascending; those of all rows take no room anew."""
        is_all = len(rows) == len(self) and (np.diff(rows) == 1).all()
        return self.strings.copy() if is_all else self.strings.take(rows)

    @overload
    def __getitem__(self, at: int) -> str | None: ...
    @overload
    def __getitem__(self, at: slice) -> list[str | None]: ...
    def __getitem__(self, at: int | slice) -> str | list[str | None] | None:
        """Return the key of a row, or the keys of a stretch of rows."""
        if isinstance(at, slice):
            found: list[str | None] = (
                self.strings[at].to_numpy(dtype=object, na_value=None).tolist()
            )
            return found
        key = self.strings[at]
        return None if key is pd.NA else cast("str", key)


def _key(value: Value, row: int, column: str) -> str | None:
    if isinstance(value, Unsendable):
        where = f"key column {column!r}, row {row} (counted from 0)"
        raise UnreadableList(FRAME, f"{where}: {value.problem}")
    return text_of_value(value)


def _refuse_duplicates(keys: Sequence[str | None], column: str) -> None:
    known = len(keys) - keys.count(None)
    repeats = known - len(set(keys) - {None})
    if not repeats:
        return
    seen: set[str] = set()
    rows = []
    for row, key in enumerate(keys):
        if key in seen:
            rows.append(row)
            if len(rows) == _ROWS_NAMED:
                break
        elif key is not None:
            seen.add(key)
    raise DuplicateKey(column, repeats, tuple(rows))
