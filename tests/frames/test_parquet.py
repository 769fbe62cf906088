"""Parquet files are read as text, in batches."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from nbwebhook.errors import DuplicateColumn, UnreadableList
from nbwebhook.frames.leads import read_leads
from nbwebhook.frames.scanned import scan_leads

TextFrame = Callable[[Mapping[str, Sequence[str]]], pd.DataFrame]
WriteList = Callable[..., Path]


@pytest.fixture
def arrow() -> Any:  # noqa: ANN401 - pyarrow may be absent
    """Return pyarrow, its parquet part loaded."""
    pytest.importorskip("pyarrow.parquet")
    return pytest.importorskip("pyarrow")


def test_every_value_is_read_as_exact_text(
    arrow: Any,  # noqa: ANN401 - pyarrow may be absent
    tmp_path: Path,
    text_frame: TextFrame,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whatever its type; null is empty; batches change nothing."""
    table = arrow.table(
        {
            "Id": arrow.array([2**53 + 1, None, 3], arrow.int64()),
            "Score": arrow.array([1.0, 0.1, None], arrow.float64()),
            "Share": arrow.array([0.1, None, 2.0], arrow.float32()),
            "Zip": arrow.array(["00501", "", None], arrow.string()),
            "Ok": arrow.array([True, False, None], arrow.bool_()),
            "Net": arrow.array([Decimal("1.10"), None, None], arrow.decimal128(5, 2)),
            "Born": arrow.array([dt.date(1990, 2, 3), None, None], arrow.date32()),
            "Seen": arrow.array([0, None, 10**15], arrow.timestamp("us", "UTC")),
            "Kind": arrow.array(["a", "b", "a"]).dictionary_encode(),
        }
    )
    path = tmp_path / "leads.parquet"
    sys.modules["pyarrow.parquet"].write_table(table, path)
    wanted = text_frame(
        {
            "Id": ["9007199254740993", "", "3"],
            "Score": ["1", "0.1", ""],
            "Share": ["0.1", "", "2"],
            "Zip": ["00501", "", ""],
            "Ok": ["true", "false", ""],
            "Net": ["1.10", "", ""],
            "Born": ["1990-02-03", "", ""],
            "Seen": ["1970-01-01 00:00:00+00:00", "", "2001-09-09 01:46:40+00:00"],
            "Kind": ["a", "b", "a"],
        }
    )
    assert_frame_equal(read_leads(path), wanted)
    monkeypatch.setattr("nbwebhook.frames.parquet._BATCH_ROWS", 2)
    assert_frame_equal(pd.concat(scan_leads(path, 1)), wanted)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        pytest.param(
            [1.5, 2.0**53], r"row 1 \(counted from 0\): a float this", id="float"
        ),
        pytest.param(
            [1.5, float("inf")], "row 1 .*: an infinite number", id="infinite"
        ),
        pytest.param([b"x"], "row 0 .*: type bytes", id="bytes"),
        pytest.param([[1]], "row 0 .*: type list", id="list"),
    ],
)
def test_what_has_no_exact_text_is_refused_with_its_row(
    arrow: Any,  # noqa: ANN401 - pyarrow may be absent
    tmp_path: Path,
    values: list[object],
    words: str,
) -> None:
    """Parquet has no lines, but rows."""
    path = tmp_path / "leads.pq"
    sys.modules["pyarrow.parquet"].write_table(arrow.table({"x": values}), path)
    with pytest.raises(UnreadableList, match=words):
        read_leads(path)


def test_names_that_differ_by_case_are_the_same_name(
    arrow: Any,  # noqa: ANN401 - pyarrow may be absent
    tmp_path: Path,
) -> None:
    """As in every list."""
    path = tmp_path / "leads.parquet"
    table = arrow.table({"Email": ["a"], "email": ["b"]})
    sys.modules["pyarrow.parquet"].write_table(table, path)
    with pytest.raises(DuplicateColumn, match="'Email', 'email'"):
        read_leads(path)


@pytest.mark.usefixtures("arrow")
def test_a_file_that_is_no_parquet_is_refused(
    write_list: WriteList, tmp_path: Path
) -> None:
    """Whatever the library says about it."""
    for content in (b"", b"Id\n1\n", b"PAR1" * 4):
        with pytest.raises(UnreadableList, match="not a Parquet file that pyarrow can"):
            read_leads(write_list(content, "leads.parquet"))
    with pytest.raises(UnreadableList, match="cannot be read: No such file"):
        read_leads(tmp_path / "none.parquet")


def test_a_missing_package_is_named(
    write_list: WriteList, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One sentence says what to install."""
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(UnreadableList, match="needs the package pyarrow: pip install"):
        read_leads(write_list(b"", "leads.parquet"))
