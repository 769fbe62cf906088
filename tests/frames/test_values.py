"""Every column of a DataFrame is read as exactly what will be sent."""

from __future__ import annotations

import datetime as dt
import enum
import math
import uuid
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbwebhook.frames.values import column_reader
from nbwebhook.render.leads import Unsendable

UTC = dt.UTC
OSLO = ZoneInfo("Europe/Oslo")
NOON = dt.datetime(2024, 2, 29, 12, 30, 1, 5)  # noqa: DTZ001 - a naive one
TOO_LARGE = Unsendable(
    "a float this large has lost its last digits; read the list with read_leads, or "
    "keep the column as Int64"
)
INFINITE = Unsendable("an infinite number has no text form; replace it")
OUTSIDE = Unsendable("its year lies outside 1 to 9999; correct it")


def refused(kind: str) -> Unsendable:
    """Return the refusal of a type."""
    return Unsendable(
        f"type {kind} has no exact text form; send text, numbers, true or false, dates "
        "or times: convert the column"
    )


class Text(str):
    """Text that says something else of itself."""

    __slots__ = ()

    def __str__(self) -> str:
        return "something else"


class Colour(enum.StrEnum):
    """Text with a name."""

    RED = "red"


class Rank(enum.IntEnum):
    """A number with a name."""

    FIRST = 1


class Real(float):
    """A float that says something else of itself."""

    __slots__ = ()

    def __str__(self) -> str:
        return "something else"


def column(cells: Any, dtype: Any = None) -> pd.Series[Any]:  # noqa: ANN401 - pandas takes many
    """Return a column."""
    series: pd.Series[Any] = pd.Series(cells, dtype=dtype)
    return series


TYPES = [
    # whole numbers
    pytest.param(column([1, -2], "int64"), [1, -2], id="int64"),
    pytest.param(column([1, 200], "uint8"), [1, 200], id="uint8"),
    pytest.param(column([2**64 - 1], "uint64"), [2**64 - 1], id="uint64"),
    pytest.param(
        column([2**53 + 1, None], "Int64"), [2**53 + 1, None], id="Int64-with-gap"
    ),
    pytest.param(column([2**64 - 1, None], "UInt64"), [2**64 - 1, None], id="UInt64"),
    pytest.param(column([1, None], "Int8"), [1, None], id="Int8"),
    # truth
    pytest.param(column([True, False], "bool"), [True, False], id="bool"),
    pytest.param(
        column([True, None, False], "boolean"), [True, None, False], id="boolean"
    ),
    pytest.param(column([True, None], object), [True, None], id="bool-with-gap"),
    # floats
    pytest.param(column([1.0, np.nan, -3.0]), [1, None, -3], id="float-integers-gap"),
    pytest.param(column([1.0, 2.0]), [1, 2], id="float-integers"),
    pytest.param(
        column([1.0, 0.1, np.nan]),
        [Decimal("1.0"), Decimal("0.1"), None],
        id="float-fractions",
    ),
    pytest.param(
        column([1e-7, 5e-324, 0.1 + 0.2]),
        [Decimal("1e-7"), Decimal("5e-324"), Decimal("0.30000000000000004")],
        id="float-shortest",
    ),
    pytest.param(
        column([2.0**53 - 1, 2.0**53, -(2.0**53), 1e300]),
        [2**53 - 1, TOO_LARGE, TOO_LARGE, TOO_LARGE],
        id="float-too-large",
    ),
    pytest.param(
        column([np.inf, -np.inf, 1.0, np.nan]),
        [INFINITE, INFINITE, 1, None],
        id="float-infinite",
    ),
    pytest.param(column([np.nan, np.nan]), [None, None], id="float-nothing"),
    pytest.param(
        column([0.1, 2.0**24], "float32"), [Decimal("0.1"), TOO_LARGE], id="float32"
    ),
    pytest.param(column([7.0, 9.0], "float32"), [7, 9], id="float32-integers"),
    pytest.param(
        column([0.1, 2048.0], "float16"), [Decimal("0.1"), TOO_LARGE], id="float16"
    ),
    pytest.param(column([1.0, None], "Float64"), [1, None], id="Float64-integers"),
    pytest.param(
        column([0.1, None], "Float64"), [Decimal("0.1"), None], id="Float64-fractions"
    ),
    pytest.param(column([0.1, None], "Float32"), [Decimal("0.1"), None], id="Float32"),
    pytest.param(
        column([0.0, 0.0, 5.0], "Sparse[float]"), [0, 0, 5], id="sparse-floats"
    ),
    # text
    pytest.param(column(["a", ""], "str"), ["a", ""], id="str"),
    pytest.param(column(["a", None, ""], "str"), ["a", None, ""], id="str-with-gap"),
    pytest.param(column(["a", ""], "string"), ["a", ""], id="string"),
    pytest.param(column(["a", None], "string"), ["a", None], id="string-with-gap"),
    pytest.param(
        column(["00501", "Null", "nan"], object),
        ["00501", "Null", "nan"],
        id="object-text",
    ),
    pytest.param(
        column(["a", None, pd.NA, np.nan, pd.NaT], object),
        ["a", None, None, None, None],
        id="object-text-with-gaps",
    ),
    pytest.param(
        column([Text("a"), Colour.RED, np.str_("b")], object),
        ["a", "red", "b"],
        id="kinds-of-text",
    ),
    pytest.param(
        column(["\ud800", "\0"], object), ["\ud800", "\0"], id="text-for-render"
    ),
    # moments
    pytest.param(column([NOON, pd.NaT], "M8[ns]"), [NOON, None], id="naive-ns"),
    pytest.param(column([NOON, pd.NaT], "M8[us]"), [NOON, None], id="naive-us"),
    pytest.param(
        column([NOON, pd.NaT], "M8[ms]"),
        [NOON.replace(microsecond=0), None],
        id="naive-ms",
    ),
    pytest.param(column([NOON], "M8[s]"), [NOON.replace(microsecond=0)], id="naive-s"),
    pytest.param(
        column([pd.Timestamp("2024-01-02T03:04:05.123456789")]),
        [dt.datetime(2024, 1, 2, 3, 4, 5, 123456)],  # noqa: DTZ001 - a naive one
        id="nanoseconds-dropped",
    ),
    pytest.param(
        column([pd.Timestamp("1969-12-31T23:59:59.999999999")]),
        [dt.datetime(1969, 12, 31, 23, 59, 59, 999999)],  # noqa: DTZ001 - a naive one
        id="nanoseconds-dropped-before-1970",
    ),
    pytest.param(
        column(
            np.array(
                [
                    "0001-01-01",
                    "9999-12-31T23:59:59",
                    "10000-01-01",
                    "-0001-01-01",
                    "NaT",
                ],
                "M8[s]",
            )
        ),
        [
            NOON.min,
            NOON.max.replace(microsecond=0),
            OUTSIDE,
            OUTSIDE,
            None,
        ],
        id="years-of-the-calendar",
    ),
    pytest.param(
        column(np.array([2**62], "M8[s]")),
        [OUTSIDE],
        id="year-that-overflows",
    ),
    pytest.param(
        column([NOON, pd.NaT]).dt.tz_localize("UTC"),
        [NOON.replace(tzinfo=UTC), None],
        id="utc",
    ),
    pytest.param(
        column([NOON]).dt.tz_localize("Europe/Oslo"),
        [NOON.replace(tzinfo=OSLO)],
        id="zone",
    ),
    pytest.param(
        column(np.array(["9999-12-31T23:59:59"], "M8[s]")).dt.tz_localize("UTC"),
        [dt.datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)],
        id="end-of-time",
    ),
    pytest.param(
        column(np.array(["9999-12-31T23:59:59"], "M8[s]"))
        .dt.tz_localize("UTC")
        .dt.tz_convert("+02:00"),
        [OUTSIDE],
        id="beyond-the-end-of-time",
    ),
    pytest.param(
        column(
            [
                NOON,
                pd.Timestamp(NOON),
                np.datetime64(NOON),
                np.datetime64("NaT", "s"),
                NOON.replace(tzinfo=OSLO),
            ],
            object,
        ),
        [NOON, NOON, NOON, None, NOON.replace(tzinfo=OSLO)],
        id="object-moments",
    ),
    pytest.param(
        column(
            [
                np.datetime64("10000-01-01"),
                pd.Timestamp(np.datetime64("10000-01-01", "s")),
            ],
            object,
        ),
        [OUTSIDE, OUTSIDE],
        id="object-moments-outside",
    ),
    pytest.param(
        column([dt.date(2024, 2, 29), None], object),
        [dt.date(2024, 2, 29), None],
        id="dates",
    ),
    # decimals
    pytest.param(
        column(
            [Decimal("1.10"), Decimal(2), Decimal("NaN"), Decimal("-Infinity")], object
        ),
        [Decimal("1.10"), Decimal(2), None, INFINITE],
        id="decimals",
    ),
    # categories
    pytest.param(
        column(["b", None, "a", "b"], "category"),
        ["b", None, "a", "b"],
        id="category-text",
    ),
    pytest.param(
        column([1.0, None, 3.0], "category"), [1, None, 3], id="category-of-floats"
    ),
    pytest.param(
        column([None, None], "category"), [None, None], id="category-of-nothing"
    ),
    # mixtures
    pytest.param(
        column([1, 2.0, None, "x", True], object),
        [1, 2, None, "x", True],
        id="mixed-integral",
    ),
    pytest.param(
        column([1, 2.0, 0.5], object),
        [1, Decimal("2.0"), Decimal("0.5")],
        id="mixed-fractions",
    ),
    pytest.param(
        column(
            [np.int8(1), np.float32(0.1), np.float64(0.5), np.True_, Real(0.25)],
            object,
        ),
        [1, Decimal("0.1"), Decimal("0.5"), True, Decimal("0.25")],
        id="numpy-scalars",
    ),
    pytest.param(
        column([2.0**53, np.float32(2.0**24), np.inf, Rank.FIRST], object),
        [TOO_LARGE, TOO_LARGE, INFINITE, 1],
        id="object-floats-too-large",
    ),
    pytest.param(column([10**40], object), [10**40], id="any-integer"),
    pytest.param(
        column([None, pd.NA, pd.NaT, np.nan], object), [None] * 4, id="nothings"
    ),
    # what cannot be sent
    pytest.param(
        column([b"x", [1], {"a": 1}, {1}, (1,), None], object),
        [
            refused("bytes"),
            refused("list"),
            refused("dict"),
            refused("set"),
            refused("tuple"),
            None,
        ],
        id="containers",
    ),
    pytest.param(
        column(
            [
                1j,
                dt.time(9),
                dt.timedelta(1),
                uuid.UUID(int=1),
                Fraction(1, 2),
                object(),
            ],
            object,
        ),
        [
            refused("complex"),
            refused("time"),
            refused("timedelta"),
            refused("UUID"),
            refused("Fraction"),
            refused("object"),
        ],
        id="other-objects",
    ),
    pytest.param(
        column([pd.Timedelta(1), None], "m8[ns]"),
        [refused("timedelta64[ns]"), None],
        id="timedelta64",
    ),
    pytest.param(column([1j, np.nan]), [refused("complex128"), None], id="complex"),
    pytest.param(
        pd.Series(pd.PeriodIndex(["2024-01", None], freq="M")),
        [refused("Period"), None],
        id="period",
    ),
    pytest.param(
        pd.Series(pd.IntervalIndex.from_breaks([0, 1])),
        [refused("Interval")],
        id="interval",
    ),
    pytest.param(column([], object), [], id="no-rows"),
]


@pytest.mark.parametrize(("cells", "values"), TYPES)
def test_a_column_is_read_as_what_will_be_sent(
    cells: pd.Series[Any], values: Sequence[object]
) -> None:
    """Value for value and type for type: never 1.0 for 1, `nan` or `<NA>`."""
    read = column_reader(cells).read(0, len(cells))
    assert read == values
    assert [type(value) for value in read] == [type(value) for value in values]


@pytest.mark.parametrize(("cells", "values"), TYPES)
def test_where_a_stretch_ends_changes_no_value(
    cells: pd.Series[Any], values: Sequence[object]
) -> None:
    """What a column is, is decided over the whole of it."""
    reader = column_reader(cells)
    assert [reader.read(row, row + 1)[0] for row in range(len(cells))] == values
    assert reader.read(len(cells), len(cells)) == []


@pytest.mark.parametrize(("cells", "values"), TYPES)
def test_the_index_plays_no_part(
    cells: pd.Series[Any], values: Sequence[object]
) -> None:
    """Values are read by position, whatever the labels."""
    shuffled = cells.set_axis([5] * len(cells))
    assert column_reader(shuffled).read(0, len(cells)) == values


def test_a_moment_keeps_its_zone_through_a_change_of_the_clock() -> None:
    """The hour that occurs twice is told apart by its offset."""
    index = pd.date_range("2024-10-27 00:30", periods=2, freq="h", tz="UTC")
    read = column_reader(pd.Series(index).dt.tz_convert("Europe/Oslo")).read(0, 2)
    texts = [value.isoformat() for value in read if isinstance(value, dt.datetime)]
    assert texts == ["2024-10-27T02:30:00+02:00", "2024-10-27T02:30:00+01:00"]


@given(cells=st.lists(st.floats(width=64) | st.none(), max_size=20))
def test_any_float_reads_back_or_is_refused(cells: list[float | None]) -> None:
    """The number sent is the float itself, to the last bit."""
    read = column_reader(pd.Series(cells, dtype="float64")).read(0, len(cells))
    for cell, value in zip(cells, read, strict=True):
        if cell is None or math.isnan(cell):
            assert value is None
        elif abs(cell) >= 2.0**53:
            assert isinstance(value, Unsendable)
        else:
            assert isinstance(value, int | Decimal)
            assert float(value) == cell


@given(cells=st.lists(st.text() | st.none(), max_size=20))
def test_any_text_is_itself(cells: list[str | None]) -> None:
    """In an object column and in one of strings."""
    assert column_reader(pd.Series(cells, dtype=object)).read(0, len(cells)) == cells
    texts = [cell for cell in cells if cell is not None]
    assert column_reader(pd.Series(texts, dtype="string")).read(0, len(texts)) == texts


def test_arrow_columns_are_read_as_others() -> None:
    """Cells of Arrow's types come as plain values too."""
    arrow: Any = pytest.importorskip("pyarrow")
    columns = {
        arrow.int64(): ([2**53 + 1, None], [2**53 + 1, None]),
        arrow.float64(): ([1.0, None], [1, None]),
        arrow.bool_(): ([True, None], [True, None]),
        arrow.string(): (["a", None], ["a", None]),
        arrow.date32(): ([dt.date(2024, 2, 29), None], [dt.date(2024, 2, 29), None]),
        arrow.timestamp("ns"): ([NOON, None], [NOON, None]),
        arrow.decimal128(5, 2): ([Decimal("1.10"), None], [Decimal("1.10"), None]),
        arrow.list_(arrow.int64()): ([[1], None], None),
        arrow.duration("s"): ([dt.timedelta(1), None], None),
    }
    for kind, (cells, values) in columns.items():
        read = column_reader(pd.Series(cells, dtype=pd.ArrowDtype(kind))).read(0, 2)
        if values is None:
            assert isinstance(read[0], Unsendable)
            assert read[1] is None
        else:
            assert read == values
