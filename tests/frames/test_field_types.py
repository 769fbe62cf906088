"""The dtype of a column says the type of its field, or nothing."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest

from nbwebhook.definition.fields import FieldType
from nbwebhook.errors import DuplicateColumn
from nbwebhook.frames.field_types import column_types

DAY = dt.date(2024, 2, 29)


@pytest.mark.parametrize(
    ("cells", "dtype", "kind"),
    [
        pytest.param([1], "int64", "integer", id="int64"),
        pytest.param([1], "uint8", "integer", id="uint8"),
        pytest.param([1, None], "Int64", "integer", id="Int64"),
        pytest.param([1.0, np.nan], "float64", "integer", id="integers-with-gap"),
        pytest.param([1.0, 2.0], "float64", "float", id="floats-without-gap"),
        pytest.param([1.5, np.nan], "float64", "float", id="fractions"),
        pytest.param([np.inf, np.nan], "float64", "float", id="infinite"),
        pytest.param([np.nan], "float64", None, id="floats-of-nothing"),
        pytest.param([1.0, None], "Float64", "float", id="Float64"),
        pytest.param([True], "bool", "boolean", id="bool"),
        pytest.param([True, None], "boolean", "boolean", id="boolean"),
        pytest.param(["a"], "string", "string", id="string"),
        pytest.param(["a"], "str", "string", id="str"),
        pytest.param([DAY], "M8[s]", "datetime", id="datetime64"),
        pytest.param(
            [pd.Timestamp("2024-01-01", tz="UTC")], None, "datetime", id="aware"
        ),
        pytest.param(["a", None], object, "string", id="object-text"),
        pytest.param([1, None], object, "integer", id="object-integers"),
        pytest.param([True, None], object, "boolean", id="object-truth"),
        pytest.param([DAY, None], object, "date", id="object-dates"),
        pytest.param([pd.Timestamp(DAY)], object, "datetime", id="object-moments"),
        pytest.param([Decimal("1.5")], object, "float", id="object-decimals"),
        pytest.param([1, 1.5], object, "float", id="object-numbers"),
        pytest.param([1, "a"], object, None, id="object-mixed"),
        pytest.param([None], object, None, id="object-of-nothing"),
        pytest.param([[1]], object, None, id="object-lists"),
        pytest.param([b"a"], object, None, id="object-bytes"),
        pytest.param(["a"], "category", "string", id="category-text"),
        pytest.param([1], "category", "integer", id="category-integers"),
        pytest.param([dt.timedelta(1)], "m8[ns]", None, id="timedelta"),
        pytest.param([1j], "complex128", None, id="complex"),
    ],
)
def test_a_column_tells_the_type_of_its_field(
    cells: list[object],
    dtype: Any,  # noqa: ANN401 - pandas takes many
    kind: str | None,
) -> None:
    """A guess is never made: a mixture, or nothing, is no type."""
    leads = pd.DataFrame({"x": pd.Series(cells, dtype=dtype)})
    assert column_types(leads) == {"x": FieldType(kind) if kind else None}


def test_every_column_is_told_in_its_order() -> None:
    """Also where the frame has no rows."""
    leads = pd.DataFrame(
        {"b": pd.Series(dtype="Int64"), "a": pd.Series(dtype="string")}
    )
    assert list(column_types(leads).items()) == [
        ("b", FieldType.INTEGER),
        ("a", FieldType.STRING),
    ]


def test_columns_of_one_name_are_refused() -> None:
    """Two columns cannot have one entry."""
    with pytest.raises(DuplicateColumn, match="'a'"):
        column_types(pd.DataFrame([[1, 2]], columns=["a", "a"]))
