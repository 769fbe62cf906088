"""What is written as CSV is read back exactly, and a spreadsheet computes none of it."""

from __future__ import annotations

import csv
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from io import StringIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nbwebhook.frames.csv_out import unguard_leads, write_csv
from nbwebhook.frames.leads import read_leads
from nbwebhook.frames.scanned import scan_leads
from nbwebhook.frames.text_frames import dialect_of
from nbwebhook.lists.csv_dialect import PLAIN_DIALECT, CsvDialect
from nbwebhook.lists.csv_guard import guard_cell

ALPHABET = [*",;\t|'\"\r\n =+-@1(e.", "é", "🏔", "\ufeff", "\u2028", "\uff1d", "\xa0"]
CELL = st.text(st.sampled_from([*ALPHABET, "a"]), max_size=7)
DIALECTS = [
    PLAIN_DIALECT,
    CsvDialect("utf-8", has_mark=True, delimiter=";", line_end="\r\n"),
    CsvDialect("utf-16-le", has_mark=True, delimiter="\t", line_end="\r\n"),
    CsvDialect("utf-8", has_mark=False, delimiter="|", line_end="\r"),
    CsvDialect("utf-8", has_mark=False, delimiter=":", line_end="\n"),
]


@st.composite
def tables(draw: st.DrawFn) -> pd.DataFrame:
    """Return a table of text with awkward names and cells."""
    width = draw(st.integers(1, 4))
    # A header with an e-mail address in it is refused as a lead.
    names = [f"{draw(CELL).replace('@', '=')}x{column}" for column in range(width)]
    rows = draw(st.integers(0, 5))
    column = st.lists(CELL, min_size=rows, max_size=rows)
    return pd.DataFrame(
        {name: pd.array(draw(column), dtype="string") for name in names}
    )


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda one: repr(one.delimiter))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(frame=tables(), excel_safe=st.booleans())
def test_what_is_written_is_read_back(
    tmp_path: Path, dialect: CsvDialect, frame: pd.DataFrame, *, excel_safe: bool
) -> None:
    """Names and cells of any text come back, Excel-safe or not, in every dialect."""
    path = tmp_path / "leads.csv"
    written = write_csv(frame, path, dialect=dialect, excel_safe=excel_safe)
    assert written.dialect == dialect
    again = read_leads(path, excel_safe=excel_safe, delimiter=dialect.delimiter)
    pd.testing.assert_frame_equal(again, frame, check_column_type=False)
    assert dialect_of(again) == dialect


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(frame=tables())
def test_nothing_written_is_a_formula(tmp_path: Path, frame: pd.DataFrame) -> None:
    """What any CSV reader sees begins like a formula nowhere, but for bare numbers."""
    path = tmp_path / "leads.csv"
    write_csv(frame, path)
    text = path.read_bytes().decode("utf-8-sig")
    for row in csv.reader(StringIO(text, newline="")):
        for cell in row:
            assert cell[:1] not in {"=", "@", "\t", "\r", "\n", "\uff1d"}
            if cell[:1] in {"+", "-"}:
                assert not re.search(r"[A-DF-Za-df-z!|&*^=<>@\"]", cell)


@pytest.mark.parametrize(
    ("cell", "wanted"),
    [
        pytest.param("=1+1", "'=1+1", id="formula"),
        pytest.param("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0", id="plus"),
        pytest.param("-2+3+cmd|'/C calc'!A0", "'-2+3+cmd|'/C calc'!A0", id="minus"),
        pytest.param("@SUM(1)", "'@SUM(1)", id="at"),
        pytest.param("\t=1", "'\t=1", id="tab"),
        pytest.param("\r=1", "'\r=1", id="carriage-return"),
        pytest.param("\n=1", "'\n=1", id="line-feed"),
        pytest.param("\uff1d1", "'\uff1d1", id="full-width"),
        pytest.param("'=1", "''=1", id="apostrophe-already"),
        pytest.param("''@x", "'''@x", id="two-apostrophes"),
        pytest.param("-5", "-5", id="negative"),
        pytest.param("+1.5E-3", "+1.5E-3", id="exponent"),
        pytest.param("-1.234,50", "-1.234,50", id="german-number"),
        pytest.param("+49 (30) 123-45/6", "+49 (30) 123-45/6", id="phone"),
        pytest.param("+49 30 12 ext 4", "'+49 30 12 ext 4", id="phone-with-letters"),
        pytest.param("-A1", "'-A1", id="reference"),
        pytest.param("'s-Gravenhage", "'s-Gravenhage", id="s-gravenhage"),
        pytest.param("a=1", "a=1", id="inside"),
        pytest.param("", "", id="empty"),
    ],
)
def test_what_begins_like_a_formula_gets_an_apostrophe(cell: str, wanted: str) -> None:
    """One apostrophe where needed, and taking it off gives the cell again."""
    assert guard_cell(cell) == wanted
    frame = pd.DataFrame({"a": [wanted]})
    assert unguard_leads(frame)["a"].tolist() == [cell]


def test_a_name_of_a_column_is_guarded_too(tmp_path: Path) -> None:
    """A header is a cell as well; guarded cells are counted."""
    path = tmp_path / "a.csv"
    frame = pd.DataFrame({"=x": ["=y", "z"], "b": ["@", ""]})
    assert write_csv(frame, path).guarded == 3
    assert path.read_bytes() == b"'=x,b\n'=y,'@\nz,\n"
    assert write_csv(frame, path, excel_safe=False).guarded == 0
    assert path.read_bytes() == b"=x,b\n=y,@\nz,\n"


def test_a_list_that_is_scanned_is_unguarded_too(tmp_path: Path) -> None:
    """`scan_leads` undoes it block by block."""
    path = tmp_path / "a.csv"
    write_csv(pd.DataFrame({"Id": ["1", "2"], "b": ["=1", "'=2"]}), path)
    blocks = list(scan_leads(path, 1, excel_safe=True))
    assert [block["b"].tolist() for block in blocks] == [["=1"], ["'=2"]]
    assert [list(block.index) for block in blocks] == [[0], [1]]


@pytest.mark.parametrize(
    ("column", "wanted"),
    [
        pytest.param(pd.array([1, None], dtype="Int64"), ["1", ""], id="integers"),
        pytest.param([1.0, np.nan], ["1", ""], id="whole-floats"),
        pytest.param([0.1, 1e-7], ["0.1", "0.0000001"], id="floats"),
        pytest.param([1e300, np.inf], ["1e+300", "inf"], id="not-sendable"),
        pytest.param(
            pd.array([True, None], dtype="boolean"), ["true", ""], id="booleans"
        ),
        pytest.param([Decimal("1.50"), None], ["1.50", ""], id="decimals"),
        pytest.param([date(2024, 2, 29), None], ["2024-02-29", ""], id="dates"),
        pytest.param(
            pd.Series(["2024-02-29", None]).astype("datetime64[s]"),
            ["2024-02-29", ""],
            id="midnights",
        ),
        pytest.param(
            pd.Series(["2024-02-29 09:30", None]).astype("datetime64[us]"),
            ["2024-02-29 09:30:00", ""],
            id="times",
        ),
        pytest.param(
            [datetime(2024, 2, 29, 9, 30, tzinfo=UTC), None],
            ["2024-02-29 09:30:00+00:00", ""],
            id="zoned",
        ),
        pytest.param(
            pd.Categorical(["a", None], categories=["a", "b"]), ["a", ""], id="category"
        ),
        pytest.param([["a", 1], {}], ["['a', 1]", "{}"], id="objects"),
        pytest.param([None, float("nan")], ["", ""], id="nothing"),
    ],
)
def test_values_are_written_as_the_text_that_is_sent(
    tmp_path: Path, column: list[object], wanted: list[str]
) -> None:
    """Every type has its text; what is empty is an empty cell."""
    path = tmp_path / "a.csv"
    write_csv(pd.DataFrame({"Id": ["1", "2"], "x": column}), path)
    assert read_leads(path)["x"].tolist() == wanted


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        pytest.param(b"Id,Name\n1,Ana\n", None, id="plain"),
        pytest.param(b"\xef\xbb\xbfId;Name\r\n1;Zo\xc3\xab\r\n", None, id="excel"),
        pytest.param(b"Id\tName\r1\tAna\r", None, id="old-mac"),
        pytest.param(b"Id,Name\n1,Zo\xeb\n", "windows-1252", id="windows"),
        pytest.param(
            "\ufeffId;Name\r\n1;Ana\r\n".encode("utf-16-le"), None, id="utf-16"
        ),
        pytest.param(b'Id,Name\n1,"a\rb"\n2,"c ""d"""\n', None, id="lone-cr-quote"),
        pytest.param(b'Id\n1\n""\n2\n', None, id="empty-cell-alone"),
    ],
)
def test_a_list_is_written_as_it_was_read(
    tmp_path: Path, content: bytes, encoding: str | None
) -> None:
    """With the dialect that the list was read in, the bytes are the same again."""
    source, path = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_bytes(content)
    leads = read_leads(source, encoding=encoding)
    dialect = dialect_of(leads)
    assert dialect is not None
    write_csv(leads, path, dialect=dialect)
    assert path.read_bytes() == content


def test_a_character_that_the_encoding_lacks_makes_it_utf_8(tmp_path: Path) -> None:
    """Nothing is lost or replaced: the file is UTF-8 with a mark, and it is said."""
    path = tmp_path / "a.csv"
    frame = pd.DataFrame({"Id": ["1"], "Name": ["日本"]})
    dialect = CsvDialect("cp1252", has_mark=False, delimiter=";", line_end="\r\n")
    written = write_csv(frame, path, dialect=dialect)
    assert written.dialect == CsvDialect(
        "utf-8", has_mark=True, delimiter=";", line_end="\r\n"
    )
    assert read_leads(path)["Name"].tolist() == ["日本"]


def test_a_file_that_cannot_be_written_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that fills up half way costs nothing that was there."""
    path = tmp_path / "a.csv"
    path.write_text("old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("nbwebhook.lists.files.os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_csv(pd.DataFrame({"Id": ["1"]}), path)
    assert path.read_text() == "old"
    assert [one.name for one in tmp_path.iterdir()] == ["a.csv"]


def test_a_header_that_looks_like_a_declaration_is_a_header(tmp_path: Path) -> None:
    """A column called `sep=;` stays one: the delimiter is declared before it."""
    path = tmp_path / "a.csv"
    frame = pd.DataFrame({"sep=;": pd.array(["1"], dtype="string")})
    write_csv(frame, path)
    assert read_leads(path).to_dict("list") == {"sep=;": ["1"]}
