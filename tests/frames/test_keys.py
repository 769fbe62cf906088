"""Keys are the text that is sent."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest

from nbwebhook.errors import (
    DuplicateColumn,
    DuplicateKey,
    MissingColumn,
    UnreadableList,
)
from nbwebhook.frames.keys import KeyTexts, keys_of


@pytest.mark.parametrize(
    ("cells", "keys"),
    [
        pytest.param(pd.Series([1, 2]), ["1", "2"], id="int"),
        pytest.param(pd.Series([1.0, np.nan]), ["1", None], id="float-with-gap"),
        pytest.param(pd.Series([1.5, 2.0]), ["1.5", "2.0"], id="floats"),
        pytest.param(
            pd.Series([2**53 + 1, None], dtype="Int64"),
            ["9007199254740993", None],
            id="Int64",
        ),
        pytest.param(
            pd.Series(["a@x.y", "", None, "  "]), ["a@x.y", None, None, None], id="text"
        ),
        pytest.param(
            pd.Series(["007", "7", "7.0"]), ["007", "7", "7.0"], id="text-stays"
        ),
        pytest.param(pd.Series([" a", "a", "A"]), [" a", "a", "A"], id="text-exactly"),
        pytest.param(pd.Series([1, "2"], dtype=object), ["1", "2"], id="mixed"),
        pytest.param(pd.Series([Decimal("1E+2")], dtype=object), ["100"], id="decimal"),
        pytest.param(pd.Series([True, False]), ["true", "false"], id="bool"),
        pytest.param(
            pd.Series(pd.to_datetime(["2024-02-29"])),
            ["2024-02-29 00:00:00"],
            id="moment",
        ),
        pytest.param(pd.Series([], dtype="string"), [], id="none"),
        pytest.param(
            pd.Series([None, None], dtype=object), [None, None], id="all-empty"
        ),
    ],
)
def test_keys_are_the_text_that_is_sent(
    cells: pd.Series[Any], keys: list[str | None]
) -> None:
    """An id is `1`, never `1.0`; an empty cell is no key."""
    assert keys_of(pd.DataFrame({"Id": cells}), "Id") == keys


def test_keys_go_by_position() -> None:
    """An index that is shuffled, or not unique, changes nothing."""
    leads = pd.DataFrame({"Id": [3, 1, 2]}, index=[9, 9, 0])
    assert keys_of(leads, "Id") == ["3", "1", "2"]


@pytest.mark.parametrize(
    ("cells", "count", "rows"),
    [
        pytest.param([7, 8, 7, 7], 2, (2, 3), id="ints"),
        pytest.param([7, "7"], 1, (1,), id="by-text"),
        pytest.param([None, "a", None, "a", ""], 1, (3,), id="gaps-are-no-keys"),
        pytest.param(["a"] * 9, 8, (1, 2, 3, 4, 5), id="first-five"),
    ],
)
def test_keys_that_repeat_are_refused_with_their_rows(
    cells: list[object], count: int, rows: tuple[int, ...]
) -> None:
    """The count is of leads that repeat an earlier key; rows are counted from 0."""
    leads = pd.DataFrame({"Id": pd.Series(cells, dtype=object)})
    with pytest.raises(DuplicateKey, match=f"{count} leads repeat the key") as caught:
        keys_of(leads, "Id")
    assert (caught.value.count, caught.value.rows) == (count, rows)


def test_a_key_without_exact_text_is_refused() -> None:
    """An id that has lost its digits would be another lead's."""
    leads = pd.DataFrame({"Id": [1.0, 2.0**53]})
    with pytest.raises(UnreadableList, match=r"'Id', row 1 .*Int64"):
        keys_of(leads, "Id")


def test_keys_of_a_column_that_is_not_there_are_an_error() -> None:
    """And so are those of a column that is there twice."""
    with pytest.raises(MissingColumn, match="key: no column 'Id'"):
        keys_of(pd.DataFrame({"A": [1]}), "Id")
    with pytest.raises(DuplicateColumn, match="'Id'"):
        keys_of(pd.DataFrame([[1, 2]], columns=["Id", "Id"]), "Id")


@pytest.mark.parametrize(
    "column",
    [
        pytest.param(pd.Series(["7", " x "], dtype="string"), id="text"),
        pytest.param(pd.Series(["7", " "], dtype="string"), id="a-blank-one"),
        pytest.param(pd.Series(["7", None], dtype="string"), id="an-empty-one"),
        pytest.param(pd.Series(["7", "8"], dtype="str"), id="text-with-nan"),
        pytest.param(pd.Series(["7", "8"], dtype=object), id="objects"),
        pytest.param(pd.Series([7, 8]), id="numbers"),
    ],
)
def test_keys_held_as_a_column_are_those_of_the_list(column: pd.Series[Any]) -> None:
    """Of one dtype whatever that of the list is, and not changed with the list."""
    leads = pd.DataFrame({"Id": column})
    wanted = keys_of(leads, "Id")
    keys = KeyTexts.of(leads, "Id")
    leads[:1] = leads[1:].to_numpy()
    assert list(keys) == wanted
    assert keys.strings.dtype == pd.array([], dtype="string").dtype
    alike = keys.of_rows(np.arange(2))
    alike[0] = "other"
    assert list(keys) == wanted
