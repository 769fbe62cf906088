"""A leads frame is given out in blocks of plain values, as it was at the call."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from nbwebhook.definition.fields import FieldType
from nbwebhook.errors import (
    DuplicateColumn,
    DuplicateKey,
    InvalidPlan,
    MissingColumn,
)
from nbwebhook.frames.blocks import freeze_leads, lead_blocks
from nbwebhook.render.leads import Column, LeadBlock


def leads_frame() -> pd.DataFrame:
    """Return five leads of several types, with a shuffled index."""
    return pd.DataFrame(
        {
            "Id": [1.0, 2.0, 3.0, np.nan, 5.0],
            "City": ["Oslo", None, "", "Rome", "Bern"],
            "Score": pd.array([1, None, 3, 4, 5], dtype="Int64"),
        },
        index=[3, 3, 1, 0, 9],
    )


def test_leads_come_in_blocks_in_their_order() -> None:
    """Every column of every lead, once, the last block short."""
    assert list(lead_blocks(leads_frame(), key="Id", block_rows=2)) == [
        LeadBlock(
            0,
            ["1", "2"],
            (
                Column("Id", [1, 2], FieldType.INTEGER),
                Column("City", ["Oslo", None], FieldType.STRING),
                Column("Score", [1, None], FieldType.INTEGER),
            ),
        ),
        LeadBlock(
            2,
            ["3", None],
            (
                Column("Id", [3, None], FieldType.INTEGER),
                Column("City", ["", "Rome"], FieldType.STRING),
                Column("Score", [3, 4], FieldType.INTEGER),
            ),
        ),
        LeadBlock(
            4,
            ["5"],
            (
                Column("Id", [5], FieldType.INTEGER),
                Column("City", ["Bern"], FieldType.STRING),
                Column("Score", [5], FieldType.INTEGER),
            ),
        ),
    ]


def test_only_the_columns_asked_for_are_converted() -> None:
    """In the order of the leads; the key need not be among them."""
    [block] = lead_blocks(leads_frame(), key="Id", columns={"Score", "City"})
    assert [column.name for column in block.columns] == ["City", "Score"]
    [block] = lead_blocks(leads_frame(), key="Id", columns=[])
    assert block == LeadBlock(0, ["1", "2", "3", None, "5"], ())
    assert len(block) == 5


def test_leads_without_a_key_are_told_apart_by_their_rows() -> None:
    """Rows count through a longer list of which the frame is a part."""
    blocks = list(lead_blocks(leads_frame(), key=None, block_rows=3, first_row=100))
    assert [block.keys for block in blocks] == [["100", "101", "102"], ["103", "104"]]
    assert [block.first_row for block in blocks] == [100, 103]


def test_no_leads_are_no_blocks() -> None:
    """A list without rows runs to nothing."""
    assert list(lead_blocks(leads_frame().iloc[:0], key="Id")) == []


@pytest.mark.parametrize(
    ("blocks", "kind", "words"),
    [
        pytest.param(
            lambda: lead_blocks(leads_frame(), key="No"),
            MissingColumn,
            "key: no column 'No'",
            id="key",
        ),
        pytest.param(
            lambda: lead_blocks(leads_frame(), key="Id", columns=["No"]),
            MissingColumn,
            "columns: no column 'No'",
            id="columns",
        ),
        pytest.param(
            lambda: lead_blocks(pd.concat([leads_frame()] * 2), key="Id"),
            DuplicateKey,
            "4 leads repeat",
            id="keys",
        ),
        pytest.param(
            lambda: lead_blocks(leads_frame().set_axis(list("aab"), axis=1), key="b"),
            DuplicateColumn,
            "'a'",
            id="names",
        ),
        pytest.param(
            lambda: lead_blocks(leads_frame(), key="Id", block_rows=0),
            InvalidPlan,
            "block_rows: want 1 or more, not 0",
            id="block-rows",
        ),
    ],
)
def test_what_is_wrong_with_a_frame_is_raised_at_the_call(
    blocks: Callable[[], object], kind: type[Exception], words: str
) -> None:
    """Before the first block is asked for, and so before the first call."""
    with pytest.raises(kind, match=words):
        blocks()


def change_cells(leads: pd.DataFrame) -> None:
    """Write to every column in place."""
    leads.iloc[0, 0] = 77.0
    leads.loc[leads.index[0], "City"] = "changed"
    leads.iloc[4, 2] = 99


def change_shape(leads: pd.DataFrame) -> None:
    """Drop a column, add a row and a column, rename the columns."""
    del leads["City"]
    leads.loc[77] = [7.0, 7]
    leads.insert(0, "New", "x")
    leads.columns = pd.Index(["A", "B", "C"])


def change_order(leads: pd.DataFrame) -> None:
    """Write the rows in another order, under another index."""
    leads[:] = leads[::-1].to_numpy()
    leads.index = pd.RangeIndex(5)


def replace_columns(leads: pd.DataFrame) -> None:
    """Put other columns in place of these, and write to what they were."""
    leads["City"] = leads["City"].fillna("none").str.upper()
    leads["Id"] += 1


@pytest.mark.parametrize(
    "change", [change_cells, change_shape, change_order, replace_columns]
)
def test_what_the_user_does_meanwhile_does_not_reach_the_run(
    change: Callable[[pd.DataFrame], None],
) -> None:
    """Blocks asked for after a change are those of the frame at the call."""
    leads = leads_frame()
    wanted = list(lead_blocks(leads_frame(), key="Id", block_rows=1))
    blocks = lead_blocks(leads, key="Id", block_rows=1)
    first = next(blocks)
    change(leads)
    assert [first, *blocks] == wanted


@pytest.mark.parametrize(
    "change", [change_cells, change_shape, change_order, replace_columns]
)
def test_a_frozen_frame_stays_as_it_was(
    change: Callable[[pd.DataFrame], None],
) -> None:
    """And what is done to the frozen one does not reach the user's."""
    leads = leads_frame()
    frozen = freeze_leads(leads)
    change(leads)
    assert_frame_equal(frozen, leads_frame())
    leads = leads_frame()
    change(freeze_leads(leads))
    assert_frame_equal(leads, leads_frame())


@given(
    texts=st.lists(st.text(max_size=3), max_size=20, unique=True),
    block_rows=st.integers(1, 8),
)
def test_blocks_put_together_are_the_leads(texts: list[str], block_rows: int) -> None:
    """Rows in are rows out, whatever the size of a block."""
    leads = pd.DataFrame({"x": pd.array(texts, dtype="string")})
    blocks = list(lead_blocks(leads, key="x", block_rows=block_rows))
    assert [value for block in blocks for value in block.columns[0].values] == texts
    assert [block.first_row for block in blocks] == list(
        range(0, len(texts), block_rows)
    )
