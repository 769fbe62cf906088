"""Files that are written a stretch of leads after another."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from nbwebhook.frames.csv_out import write_csv
from nbwebhook.frames.sink import SavePlan
from nbwebhook.frames.stream_files import EncodingLacks, open_files
from nbwebhook.lists.csv_dialect import PLAIN_DIALECT


@pytest.mark.parametrize(
    "cells",
    [
        pytest.param([1.0, 2.0, 30.0], id="whole"),
        pytest.param([1.0, 2.0, 0.5], id="a-fraction"),
        pytest.param([None, 0.1, 2.0], id="gaps"),
        pytest.param([1e-7, 1.5e-10, 1.0], id="small"),
        pytest.param([2.0**53, 1e16, 1.0], id="large-and-whole"),
        pytest.param([2.0**60, 1e300, 0.5], id="large-with-a-fraction"),
        pytest.param([float("inf"), -float("inf"), 1.0], id="infinite"),
        pytest.param([-0.0, 0.0, 1.25], id="zeros"),
        pytest.param([None, None, None], id="empty"),
    ],
)
def test_floats_are_written_as_in_one_piece(
    tmp_path: Path, cells: list[float | None]
) -> None:
    """A row at a time, every cell is the text that the whole column gives it."""
    frame = pd.DataFrame({"amount": pd.array(cells, dtype="Float64")})
    whole = write_csv(frame, tmp_path / "whole.csv").path.read_bytes()
    known = frame["amount"].dropna()
    is_whole = {"calls": {"amount": bool((known.round() == known).all())}}
    dialects = {"calls": PLAIN_DIALECT}
    with open_files(tmp_path, dialects, SavePlan(), is_whole) as files:
        for row in range(len(frame)):
            files.write({"calls": frame.iloc[row : row + 1]})
    assert (tmp_path / "calls.csv").read_bytes() == whole


@pytest.mark.parametrize("parquet", ["csv", "parquet"])
def test_what_breaks_off_leaves_the_files_that_were_there(
    tmp_path: Path, parquet: str
) -> None:
    """All of a table is there, or what was before; no half of one, and no part."""
    place = tmp_path / "leads.csv"
    place.write_text("before", encoding="utf-8")
    dialects = {"leads": PLAIN_DIALECT}
    plan = SavePlan(parquet=parquet == "parquet")
    frame = pd.DataFrame({"Id": pd.array(["7"], dtype="string")})

    def break_off() -> None:
        with open_files(tmp_path, dialects, plan, {}) as files:
            files.write({"leads": frame})
            raise EncodingLacks("leads")

    with pytest.raises(EncodingLacks, match="leads"):
        break_off()
    assert place.read_text("utf-8") == "before"
    assert [path.name for path in tmp_path.iterdir()] == ["leads.csv"]
