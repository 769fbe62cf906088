"""Lists of leads become frames of text, at once or in blocks."""

from __future__ import annotations

import pickle
import tracemalloc
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from pathlib import Path

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from nbwebhook.definition.fields import Fields
from nbwebhook.errors import (
    DuplicateKey,
    InvalidPlan,
    MissingColumn,
    RaggedRow,
    UnreadableList,
)
from nbwebhook.frames.leads import read_leads, write_leads
from nbwebhook.frames.scanned import scan_leads
from nbwebhook.frames.text_frames import dialect_of
from nbwebhook.lists.csv_dialect import CsvDialect

WriteList = Callable[..., Path]
TextFrame = Callable[[Mapping[str, Sequence[str]]], pd.DataFrame]

THREE = b"Id,City\n7,Oslo\n8,\n9,Rome\n"


def test_every_column_is_text_and_no_cell_is_missing(write_list: WriteList) -> None:
    """The dtype is pandas' `string`, and an empty cell the empty text, never NA."""
    leads = read_leads(write_list(THREE))
    assert [str(dtype) for dtype in leads.dtypes] == ["string", "string"]
    assert not leads.isna().to_numpy().any()
    assert leads["City"].tolist() == ["Oslo", "", "Rome"]
    assert isinstance(leads.index, pd.RangeIndex)


def test_a_path_may_be_text(write_list: WriteList, text_frame: TextFrame) -> None:
    """A path is taken as text as well as a Path."""
    assert_frame_equal(
        read_leads(str(write_list(b"Id\n1\n"))), text_frame({"Id": ["1"]})
    )


@pytest.mark.parametrize("rows_at_once", [1, 2, 3])
def test_a_frame_put_together_of_pieces_is_one_frame(
    write_list: WriteList,
    text_frame: TextFrame,
    monkeypatch: pytest.MonkeyPatch,
    rows_at_once: int,
) -> None:
    """The index counts through, and the dialect stays, however often it is read."""
    monkeypatch.setattr("nbwebhook.frames.leads._ROWS_AT_ONCE", rows_at_once)
    leads = read_leads(write_list(THREE))
    wanted = text_frame({"Id": ["7", "8", "9"], "City": ["Oslo", "", "Rome"]})
    assert_frame_equal(leads, wanted)
    assert dialect_of(leads) == CsvDialect(
        encoding="utf-8", has_mark=False, delimiter=",", line_end="\n"
    )


def test_a_scan_counts_rows_through_the_list(write_list: WriteList) -> None:
    """Each block has the leads that come next, and their rows in the list."""
    blocks = list(scan_leads(write_list(THREE), 2))
    assert [list(block.index) for block in blocks] == [[0, 1], [2]]
    assert [block["Id"].tolist() for block in blocks] == [["7", "8"], ["9"]]


def test_a_scan_of_no_leads_shows_the_columns(
    write_list: WriteList, text_frame: TextFrame
) -> None:
    """One frame without rows tells what the list would hold."""
    [block] = scan_leads(write_list(b"Id,City\n"))
    assert_frame_equal(block, text_frame({"Id": [], "City": []}))


def test_a_scan_reads_no_further_than_asked(write_list: WriteList) -> None:
    """Blocks before the broken row are given; the row is refused when it is reached."""
    blocks = iter(scan_leads(write_list(b"Id,City\n7,Oslo\n8,Bern\n9\n"), 1))
    assert [block["Id"].item() for block in islice(blocks, 2)] == ["7", "8"]
    with pytest.raises(RaggedRow, match="line 4: 1 cells where the header has 2"):
        next(blocks)


def test_a_scan_left_early_closes_the_file(write_list: WriteList) -> None:
    """Nobody has to read a list to its end; pytest fails on a file left open."""
    blocks = iter(scan_leads(write_list(THREE), 1))
    next(blocks)
    blocks.close()  # type: ignore[attr-defined] # it is a generator
    assert list(blocks) == []


def test_a_scan_wants_a_row_a_block(write_list: WriteList) -> None:
    """Blocks of no rows would never end."""
    with pytest.raises(InvalidPlan, match="block_rows: want 1 or more, not 0"):
        scan_leads(write_list(THREE), 0)


@pytest.mark.parametrize("key", ["Id", "id", "City"])
def test_a_key_that_is_there_changes_nothing(write_list: WriteList, key: str) -> None:
    """Reading with a key gives the same frame as reading without."""
    path = write_list(THREE)
    assert_frame_equal(read_leads(path, key), read_leads(path))
    assert len(list(scan_leads(path, key=key))) == 1


def test_a_key_is_found_by_any_name_of_its_field(write_list: WriteList) -> None:
    """The field table names the column, standard fields and declared ones."""
    path = write_list(b"email,Customer No\na@example.com,1\n")
    fields = Fields({"Customer No": "string"})
    assert read_leads(path, "Email Address").shape == (1, 2)
    assert read_leads(path, "customer no", fields=fields).shape == (1, 2)


def test_a_key_that_is_missing_is_said_before_a_row_is_read(
    write_list: WriteList,
) -> None:
    """The error lists the columns that there are."""
    path = write_list(b"A,B\n1,2\n3\n")
    with pytest.raises(MissingColumn, match="key: no column 'Id'; the leads have 'A'"):
        read_leads(path, "Id")
    with pytest.raises(MissingColumn, match="key: no column 'Id'"):
        next(iter(scan_leads(path, key="Id")))


def test_a_key_that_is_there_twice_is_refused(write_list: WriteList) -> None:
    """Leads that cannot be told apart are found when the list is read."""
    with pytest.raises(DuplicateKey, match=r"1 leads repeat .* \(rows 2,"):
        read_leads(write_list(b"Id\n7\n8\n7\n"), "Id")


def test_the_dialect_is_told_by_the_frame(write_list: WriteList) -> None:
    """Who writes the list again can write it the same way."""
    content = "Id;City\r\n1;Málaga\r\n".encode("utf-16")
    leads = read_leads(write_list(content))
    assert dialect_of(leads) == CsvDialect(
        encoding="utf-16-le", has_mark=True, delimiter=";", line_end="\r\n"
    )
    assert dialect_of(leads[leads["Id"] == "1"].copy()) == dialect_of(leads)


def test_what_the_frame_tells_breaks_nothing(write_list: WriteList) -> None:
    """The frame can be copied, joined and pickled; what is lost is only lost."""
    leads = read_leads(write_list(THREE))
    joined = pd.concat([leads, leads.assign(Zip="1")])
    assert joined.shape == (6, 3)
    assert_frame_equal(pickle.loads(pickle.dumps(leads)), leads)  # noqa: S301 - our own
    assert dialect_of(pd.DataFrame({"Id": [1]})) is None
    leads.attrs["nbwebhook"] = None
    assert dialect_of(leads) is None


@pytest.mark.parametrize(
    ("name", "words"),
    [
        pytest.param("leads.xls", r"\.xls is an old Excel workbook", id="xls"),
        pytest.param("leads.XLSB", r"\.xlsb is a binary Excel workbook", id="xlsb"),
        pytest.param("leads.ods", r"\.ods is an OpenDocument sheet", id="ods"),
        pytest.param("leads.json", r"\.json is JSON; save it as JSON Lines", id="json"),
        pytest.param("leads.csv.gz", r"\.gz is compressed; unpack it", id="gzip"),
    ],
)
def test_a_kind_of_file_that_is_not_read_is_named(
    write_list: WriteList, name: str, words: str
) -> None:
    """The sentence says what to save instead."""
    with pytest.raises(UnreadableList, match=words):
        read_leads(write_list(b"Id\n1\n", name))


@pytest.mark.parametrize("name", ["leads.tsv", "leads.txt", "leads", "leads.CSV"])
def test_any_other_name_is_of_text(write_list: WriteList, name: str) -> None:
    """The suffix of a text file does not matter: the header says the delimiter."""
    leads = read_leads(write_list(b"Id\tCity\n1\tOslo\n", name))
    assert list(leads.columns) == ["Id", "City"]


@pytest.mark.parametrize("said", [{"encoding": "utf-8"}, {"delimiter": ","}])
def test_what_is_said_of_text_is_refused_for_others(
    write_list: WriteList, said: dict[str, str]
) -> None:
    """An argument that would do nothing is an error."""
    with pytest.raises(UnreadableList, match="encoding and delimiter are for text"):
        read_leads(write_list(b"", "leads.xlsx"), **said)  # type: ignore[arg-type]  # by name


def test_a_missing_file_and_a_folder_are_told(tmp_path: Path) -> None:
    """No error of the system gets out."""
    with pytest.raises(UnreadableList, match=r"cannot be read: No such file"):
        read_leads(tmp_path / "none.csv")
    with pytest.raises(UnreadableList, match=r"cannot be read: No such file"):
        read_leads(tmp_path / "none.jsonl")
    with pytest.raises(UnreadableList, match="not a file"):
        read_leads(tmp_path)


def test_a_file_that_changes_while_it_is_scanned_is_refused(
    write_list: WriteList, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows of two states of a list are never mixed."""
    monkeypatch.setattr("nbwebhook.lists.text_file.CHUNK_BYTES", 4000)
    path = write_list(b"Id,City\n" + b"7,Oslo\n" * 5000)
    blocks = iter(scan_leads(path, 10))
    next(blocks)
    with path.open("ab") as stream:
        stream.write(b"8,Rome\n")
    with pytest.raises(UnreadableList, match="changed while it was being read"):
        list(blocks)


def test_a_line_without_end_is_refused_before_it_fills_memory(
    write_list: WriteList,
) -> None:
    """A file of one line of gigabytes is given up after some megabytes."""
    path = write_list(b"Id,City\n1," + b"x" * 17_000_000)
    with pytest.raises(UnreadableList, match=r"line 2: a line of more than 16,000,000"):
        read_leads(path)


def test_a_hole_of_a_gigabyte_is_refused_at_once(write_list: WriteList) -> None:
    """A disk that was full leaves NUL behind: the first is enough."""
    path = write_list(b"Id,City\n1,Oslo\n")
    with path.open("ab") as stream:
        stream.truncate(1 << 30)
    with pytest.raises(UnreadableList, match="line 3: a NUL character"):
        read_leads(path)


def test_a_list_of_10000_columns_is_read(write_list: WriteList) -> None:
    """Width is no reason to refuse."""
    names = [f"c{number}" for number in range(10_000)]
    content = "\n".join([",".join(names), ",".join(names)]).encode()
    leads = read_leads(write_list(content))
    assert leads.iloc[0].tolist() == names


def test_a_scan_holds_a_block_and_not_the_list(
    write_list: WriteList, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory does not grow with the list."""
    monkeypatch.setattr("nbwebhook.lists.text_file.CHUNK_BYTES", 1 << 16)
    path = write_list(b"Id,City\n" + b"7,a city with a longer name\n" * 40_000)
    tracemalloc.start()
    try:
        rows = sum(len(block) for block in scan_leads(path, 500))
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert rows == 40_000
    assert peak_bytes < 2_000_000


def test_leads_are_written_as_they_were_read(tmp_path: Path) -> None:
    """In the list's own form on request, else plain; formulas guarded by default."""
    content = b"Id;Name\r\n1;=x\r\n"
    (tmp_path / "in.csv").write_bytes(content)
    leads = read_leads(tmp_path / "in.csv")
    path = write_leads(leads, tmp_path / "a.csv", like_input=True, excel_safe=False)
    assert path.read_bytes() == content
    assert write_leads(leads, path).read_bytes() == b"Id,Name\n1,'=x\n"
    made = pd.DataFrame({"Id": [1]})
    assert write_leads(made, path, like_input=True).read_bytes() == b"Id\n1\n"
