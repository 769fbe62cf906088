"""Workbooks are read as text: every cell as it is kept."""

from __future__ import annotations

import datetime as dt
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
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
WriteSheets = Callable[[Mapping[str, Sequence[Sequence[object]]]], Path]


@pytest.fixture
def write_sheets(tmp_path: Path) -> WriteSheets:
    """Return what writes a workbook with these rows on its sheets."""
    openpyxl: Any = pytest.importorskip("openpyxl")

    def write(sheets: Mapping[str, Sequence[Sequence[object]]]) -> Path:
        book = openpyxl.Workbook()
        book.remove(book.active)
        for name, rows in sheets.items():
            sheet = book.create_sheet(name)
            for row in rows:
                sheet.append(list(row))
        path = tmp_path / "leads.xlsx"
        book.save(path)
        return path

    return write


def test_every_cell_is_read_as_it_is_kept(
    write_sheets: WriteSheets, text_frame: TextFrame
) -> None:
    """Text stays text, whole numbers have no fraction, moments are ISO."""
    rows = [
        ["Id", "Zip", "Net", "Born", "Seen", "Ok", "At", 2024],
        [
            1.0,
            "00501",
            0.1,
            dt.date(1990, 2, 3),
            pd.Timestamp("2024-01-02 03:04:05"),
            True,
            dt.time(9, 30),
            None,
        ],
        [
            2,
            "Null",
            -2.5,
            dt.date(1991, 1, 1),
            pd.Timestamp("2024-01-03"),
            False,
            None,
            "NA",
        ],
    ]
    wanted = {
        "Id": ["1", "2"],
        "Zip": ["00501", "Null"],
        "Net": ["0.1", "-2.5"],
        "Born": ["1990-02-03", "1991-01-01"],
        "Seen": ["2024-01-02 03:04:05", "2024-01-03 00:00:00"],
        "Ok": ["true", "false"],
        "At": ["09:30:00", ""],
        "2024": ["", "NA"],
    }
    path = write_sheets({"Leads": rows, "Empty": []})
    assert_frame_equal(read_leads(path), text_frame(wanted))
    assert_frame_equal(pd.concat(scan_leads(path, 1)), text_frame(wanted))


def test_an_empty_row_of_one_column_is_an_empty_cell(
    write_sheets: WriteSheets, text_frame: TextFrame
) -> None:
    """As in CSV."""
    path = write_sheets({"S": [["City"], ["Oslo"], [None], ["Rome"]]})
    assert_frame_equal(read_leads(path), text_frame({"City": ["Oslo", "", "Rome"]}))


@pytest.mark.parametrize(
    ("sheets", "words"),
    [
        pytest.param({"S": []}, "the workbook is empty", id="empty"),
        pytest.param(
            {"A": [["Id"]], "B": [["Id"]]},
            "2 sheets hold something: 'A', 'B'",
            id="two-sheets",
        ),
        pytest.param(
            {"S": [["Id", "City"], [1, "#N/A"]]},
            "line 2: a cell shows an error",
            id="error-cell",
        ),
        pytest.param(
            {"S": [["Id"], [1], [1234567890123456]]},
            "line 3: a number of more than 15 digits",
            id="rounded-id",
        ),
        pytest.param(
            {"S": [["Id"], [dt.timedelta(days=2)]]},
            "line 2: type timedelta",
            id="timedelta",
        ),
        pytest.param(
            {"S": [["Id", "City"], [1, "Oslo"], [], [2, "Rome"]]},
            "line 3: an empty row between two others",
            id="empty-row",
        ),
        pytest.param(
            {"S": [["Id", None], [1, "x"]]}, "column 2 of 2 has no name", id="no-name"
        ),
        pytest.param(
            {"S": [[], ["Id"], [1]]},
            "line 1: column 1 of 1 has no name",
            id="no-header",
        ),
        pytest.param(
            {"S": [[1, 2], [3, 4]]}, "the first row holds values", id="no-names"
        ),
    ],
)
def test_what_has_no_exact_text_is_refused_with_its_row(
    write_sheets: WriteSheets,
    sheets: Mapping[str, Sequence[Sequence[object]]],
    words: str,
) -> None:
    """The line is the row of the sheet."""
    with pytest.raises(UnreadableList, match=words):
        read_leads(write_sheets(sheets))


def test_names_that_differ_by_case_are_the_same_name(write_sheets: WriteSheets) -> None:
    """No name is changed, as pandas would change the second."""
    with pytest.raises(DuplicateColumn, match="'Email', 'EMAIL'"):
        read_leads(write_sheets({"S": [["Email", "EMAIL"], ["a", "b"]]}))


def test_a_file_that_is_no_workbook_is_refused(write_list: WriteList) -> None:
    """Whatever the library says about it."""
    pytest.importorskip("openpyxl")
    for content in (b"", b"Id\n1\n", b"PK\x03\x04"):
        with pytest.raises(
            UnreadableList, match="not a workbook that openpyxl can read"
        ):
            read_leads(write_list(content, "leads.xlsx"))


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    """No error of the system gets out."""
    pytest.importorskip("openpyxl")
    with pytest.raises(UnreadableList, match="cannot be read: No such file"):
        read_leads(tmp_path / "none.xlsx")


def test_a_missing_package_is_named(
    write_list: WriteList, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One sentence says what to install."""
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(UnreadableList, match="needs the package openpyxl: pip install"):
        read_leads(write_list(b"", "leads.xlsx"))


def test_reading_in_threads_leaves_warnings_as_they_were(
    write_sheets: WriteSheets,
) -> None:
    """Nobody's warnings go unheard because two workbooks were read at a time."""
    path = write_sheets({"Leads": [["Id"], ["7"]]})
    before = list(warnings.filters)
    with ThreadPoolExecutor(8) as pool:
        read = list(pool.map(lambda _: len(read_leads(path)), range(64)))
    assert read == [1] * 64
    assert warnings.filters == before
