"""Values packed and unpacked are the same values."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbwebhook.engine.packing import pack_values

MOMENT = datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC)


def _facts(values: Sequence[object]) -> list[tuple[type, str]]:
    """Return what tells values apart that are equal all the same: 1, True, 1.0, 1.00."""
    return [(type(value), repr(value)) for value in values]


@pytest.mark.parametrize(
    "values",
    [
        pytest.param([], id="nothing"),
        pytest.param([None, None], id="none"),
        pytest.param(["a", None, "", "a"], id="texts"),
        pytest.param([1, True, Decimal(1), "1", None], id="equal-but-not-the-same"),
        pytest.param([Decimal("1.0"), Decimal("1.00"), Decimal("1E+2")], id="decimals"),
        pytest.param([True, None, False], id="booleans"),
        pytest.param([2**63 - 1, -(2**63) + 1, None, *range(300)], id="64-bits"),
        pytest.param([-(2**63), *range(300)], id="a-bit-more"),
        pytest.param([2**200, *range(300)], id="large"),
        pytest.param([0, None, *range(1, 300)], id="zero-and-none"),
        pytest.param([date(2026, 1, 2), None, date(1, 1, 1)], id="dates"),
        pytest.param([MOMENT, None, MOMENT.replace(microsecond=0)], id="moments"),
        pytest.param(["x" * 70_000, None, *map(str, range(300))], id="long-texts"),
        pytest.param([chr(0xD800), "Zoë", *map(str, range(300))], id="half-a-pair"),
        pytest.param([{"a": 1}, None], id="any-object"),
    ],
)
def test_values_come_back_as_they_were(values: list[object]) -> None:
    """Type, digits and gaps are kept."""
    assert _facts(pack_values(values).unpack()) == _facts(values)


_VALUES = st.one_of(
    st.text(),
    st.integers(),
    st.booleans(),
    st.decimals(allow_nan=False, allow_infinity=False),
    st.dates(),
    st.datetimes(timezones=st.just(UTC)).map(lambda moment: moment.replace(fold=0)),
)


@given(
    st.one_of(
        *(
            st.lists(st.none() | kind, max_size=400)
            for kind in (st.text(), st.integers(), st.dates(), st.booleans(), _VALUES)
        )
    )
)
def test_any_column_comes_back(values: list[object]) -> None:
    """Whatever the mix."""
    assert _facts(pack_values(values).unpack()) == _facts(values)


def test_packed_values_are_small() -> None:
    """A thousand short texts or numbers take a fraction of what their objects take."""
    texts = [f"person.{i}@example.com" for i in range(1_024)]
    packed = pack_values(texts)
    held = [getattr(packed, name) for name in ("_utf8", "_lengths")]
    assert sum(map(sys.getsizeof, held)) < sum(map(sys.getsizeof, texts)) / 2
