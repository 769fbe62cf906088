"""Columns to text: quick ways give what the way of any column gives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbwebhook.frames import column_texts as texts_module
from nbwebhook.frames.column_texts import _read_any, column_texts, float_texts

_MOMENTS: Any = [
    "2026-11-29T20:39:42.5",
    "2026-11-29",
    "NaT",
    "0999-01-01T00:00:00.000001",
]
_COLUMNS = {
    "text": pd.Series(["a", None, "", "Zoë"], dtype="string"),
    "python-text": pd.Series(["a", None], dtype=pd.StringDtype("python")),
    "categories": pd.Series(["b", None, "a"], dtype="category"),
    "numbered-categories": pd.Series([1.5, None, 2.0], dtype="category"),
    "integers": pd.Series([-5, 2**63 - 1, 0]),
    "integers-with-gaps": pd.Series([-5, None, 7], dtype="Int64"),
    "one-integer": pd.Series([7, 7, None], dtype="Int64"),
    "no-integer": pd.Series([None, None], dtype="Int64"),
    "short-integers": pd.Series([1, 2], dtype="int8"),
    "truths": pd.Series([True, False]),
    "truths-with-gaps": pd.Series([True, None, False], dtype="boolean"),
    "floats": pd.Series([0.1, -0.0, 1e-7, 1e-4, 1e15, 2.0**53, np.inf, np.nan]),
    "whole-floats": pd.Series([5.0, -0.0, np.nan, 1e15, 1e16, -np.inf]),
    "masked-floats": pd.Series([0.5, None, 3.0], dtype="Float64"),
    "one-float": pd.Series([0.5, 0.5], dtype="Float64"),
    "no-float": pd.Series([None, None], dtype="Float64"),
    "both-zeros": pd.Series([0.0, -0.0, 0.5]),
    "narrow-floats": pd.Series([0.1, 2.0], dtype="float32"),
    "moments": pd.Series(np.array(_MOMENTS, "datetime64[us]")).dt.tz_localize("UTC"),
    "dates": pd.Series(pd.to_datetime(["2026-11-29", "NaT"])),
    "objects": pd.Series(["a", 1, None, 2.5, True, ["x"]], dtype=object),
    "sparse": pd.Series(pd.arrays.SparseArray([1, 0, 2])),
    "empty": pd.Series([], dtype="Float64"),
}


@pytest.mark.parametrize("name", _COLUMNS)
@pytest.mark.parametrize("has_orjson", [True, False], ids=["fast", "plain"])
def test_a_quick_way_gives_the_same_texts(
    name: str,
    has_orjson: bool,  # noqa: FBT001 - a parameter
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whatever the column is, and whether the extra `fast` is there."""
    if not has_orjson:
        monkeypatch.setattr(texts_module, "orjson", None)
    column = _COLUMNS[name]
    if name == "moments":
        column = column.astype("datetime64[us, UTC]")
    count = len(column)
    quick, any_column = column_texts(column).read, _read_any(column)
    assert quick(0, count) == any_column(0, count)
    assert quick(1, count) == any_column(1, count)


def test_only_what_can_be_no_formula_is_harmless() -> None:
    """Numbers, truths and moments are; text and categories may be anything."""
    found = {name for name, each in _COLUMNS.items() if column_texts(each).is_harmless}
    assert found == {name for name in _COLUMNS if _is_number(_COLUMNS[name])}


def _is_number(column: pd.Series[Any]) -> bool:
    plain = ("int64", "Int64", "bool", "boolean", "float64", "Float64")
    return str(column.dtype) in {*plain, "datetime64[us, UTC]"}


@given(st.lists(st.floats(), min_size=1, max_size=20))
def test_floats_are_told_as_the_whole_column_says(cells: list[float]) -> None:
    """Every float, alone and among others, is the text of the way of any column."""
    column = pd.Series(cells, dtype="float64")
    known = [cell for cell in cells if cell == cell]  # noqa: PLR0124 - NaN
    is_whole = all(np.trunc(cell) == cell for cell in known)
    expected = _read_any(column)(0, len(cells))
    assert float_texts(np.array(cells), is_whole=is_whole) == expected


def test_a_part_is_told_as_the_longer_column() -> None:
    """A stretch of whole numbers is written with a fraction where others have one."""
    column = pd.Series([1.0, None], dtype="Float64")
    assert column_texts(column, is_whole=False).read(0, 2) == ["1.0", ""]
    assert column_texts(column, is_whole=True).read(0, 2) == ["1", ""]
