"""Columns of a frame have names that a token can say, or the frame is refused."""

from __future__ import annotations

import re

import pandas as pd
import pytest

from nbwebhook.errors import DuplicateColumn, LeadsError, UnreadableList
from nbwebhook.frames.column_names import column_names


def test_names_are_as_they_are() -> None:
    """Names that differ by case stand side by side; odd ones are names too."""
    names = ("Id", "ID", "lead.", "{{x}}", " City ", "é")
    assert column_names(pd.DataFrame([range(6)], columns=list(names))) == names


def test_a_frame_of_10000_columns_has_10000_names() -> None:
    """Width is no reason to refuse."""
    leads = pd.DataFrame([[0] * 10_000], columns=[f"c{n}" for n in range(10_000)])
    assert len(column_names(leads)) == 10_000


@pytest.mark.parametrize(
    ("columns", "kind", "words"),
    [
        pytest.param(
            ["Id", "A", "A"], DuplicateColumn, "called 'A'; rename", id="twice"
        ),
        pytest.param(
            [0, 1], UnreadableList, "column 1 is called 0 of type int", id="numbers"
        ),
        pytest.param(["Id", None], UnreadableList, "column 2 has no name", id="none"),
        pytest.param(["Id", ("a", "b")], UnreadableList, "of type tuple", id="tuple"),
        pytest.param(["Id", ""], UnreadableList, "column 2 has no name", id="empty"),
        pytest.param(["Id", " "], UnreadableList, "column 2 has no name", id="spaces"),
        pytest.param(
            pd.MultiIndex.from_tuples([("a", "b"), ("a", "c")]),
            UnreadableList,
            "the columns have 2 levels",
            id="levels",
        ),
    ],
)
def test_a_frame_whose_columns_have_no_plain_names_is_refused(
    columns: list[object] | pd.MultiIndex, kind: type[LeadsError], words: str
) -> None:
    """The sentence says which column, and how to rename it."""
    leads = pd.DataFrame([[1] * len(columns)], columns=columns)
    with pytest.raises(kind, match=re.escape(words)):
        column_names(leads)
