"""JSON Lines are read as text, numbers as they are written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from nbwebhook.errors import DuplicateColumn, UnreadableList
from nbwebhook.frames.leads import read_leads
from nbwebhook.frames.scanned import scan_leads
from nbwebhook.lists.text_file import TextFile, open_text

WriteList = Callable[..., Path]
TextFrame = Callable[[Mapping[str, Sequence[str]]], pd.DataFrame]


def test_every_value_is_the_text_that_is_written(
    write_list: WriteList, text_frame: TextFrame
) -> None:
    """Numbers keep their digits, true stays true, null and a missing name are empty."""
    path = write_list(
        b'{"Id": 9007199254740993, "Score": 1.10, "Zip": "00501", "Ok": true}\n'
        b'{"Id": 1e5, "Score": null, "City": "Z\\u00fcrich", "Ok": false}\n',
        "leads.jsonl",
    )
    wanted = {
        "Id": ["9007199254740993", "1e5"],
        "Score": ["1.10", ""],
        "Zip": ["00501", ""],
        "Ok": ["true", "false"],
        "City": ["", "Zürich"],
    }
    assert_frame_equal(read_leads(path), text_frame(wanted))
    blocks = list(scan_leads(path, 1))
    assert len(blocks) == 2
    assert_frame_equal(pd.concat(blocks), text_frame(wanted))


def test_blank_lines_are_no_leads(write_list: WriteList, text_frame: TextFrame) -> None:
    """A blank line shifts nothing in a list with names on every line."""
    path = write_list(b'\n{"Id": "1"}\r\n\n{"Id": "2"}\n\n', "leads.ndjson")
    assert_frame_equal(read_leads(path), text_frame({"Id": ["1", "2"]}))


def test_an_encoding_may_be_said(write_list: WriteList, text_frame: TextFrame) -> None:
    """As for any text."""
    path = write_list('{"City": "Málaga"}'.encode("cp1252"), "leads.jsonl")
    with pytest.raises(UnreadableList, match='say encoding="windows-1252"'):
        read_leads(path)
    leads = read_leads(path, encoding="windows-1252")
    assert_frame_equal(leads, text_frame({"City": ["Málaga"]}))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(b"", "the file is empty", id="empty"),
        pytest.param(b"\n \n", "holds no lead with a name", id="blank"),
        pytest.param(b"{}\n", "holds no lead with a name", id="no-names"),
        pytest.param(b'{"a": 1}\n{"a": \n', "line 2: not JSON at column", id="cut-off"),
        pytest.param(b'{"a": NaN}\n', "line 1: not JSON .* NaN is no number", id="nan"),
        pytest.param(
            b'[{"a": 1}]\n', "one JSON object a line, not an array", id="array"
        ),
        pytest.param(b'{"a": 1}\n7\n', "line 2: want one JSON object", id="scalar"),
        pytest.param(b'{"a": [1]}\n', "line 1: a value is an array", id="nested-array"),
        pytest.param(
            b'{"a": {}}\n', "line 1: a value is an object", id="nested-object"
        ),
        pytest.param(b'{"a": 1, "a": 2}\n', "a name more than once", id="twice"),
        pytest.param(b'{"a": "\\ud800"}\n', "line 1: an escape", id="half-a-character"),
        pytest.param(b'{"": 1}\n', "column 1 of 1 has no name", id="empty-name"),
        pytest.param(
            b'{"a": ' + b"[" * 200_000 + b"\n",
            "line 1: JSON nested too deeply",
            id="deep",
        ),
    ],
)
def test_a_line_that_is_no_flat_object_is_refused(
    write_list: WriteList, content: bytes, words: str
) -> None:
    """The error says on which line."""
    with pytest.raises(UnreadableList, match=words):
        read_leads(write_list(content, "leads.jsonl"))


def test_names_that_differ_by_case_are_the_same_name(write_list: WriteList) -> None:
    """Even where they stand on different lines."""
    path = write_list(b'{"Email": "a"}\n{"email": "b"}\n', "leads.jsonl")
    with pytest.raises(DuplicateColumn, match="'Email', 'email'"):
        read_leads(path)


def test_a_name_that_comes_in_while_the_list_is_scanned_is_refused(
    write_list: WriteList,
) -> None:
    """Names are gathered before the rows; a list that changes between is not mixed."""
    path = write_list(b'{"a": "1"}\n' * 2, "leads.jsonl")
    blocks = iter(scan_leads(path, 1))
    next(blocks)
    path.write_bytes(b'{"a": "1"}\n{"b": "2"}\n')
    with pytest.raises(UnreadableList, match="changed while it was being read"):
        list(blocks)


def test_a_list_that_changes_between_its_two_passes_is_refused(
    write_list: WriteList, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that was not gathered is never left out in silence."""
    path = write_list(b'{"a": "1"}\n', "leads.jsonl")
    opened: list[Path] = []

    def open_changing(
        path: Path, encoding: str | None
    ) -> AbstractContextManager[TextFile]:
        if opened:
            path.write_bytes(b'{"a": "1"}\n{"b": "2"}\n')
        opened.append(path)
        return open_text(path, encoding)

    monkeypatch.setattr("nbwebhook.lists.json_lines.open_text", open_changing)
    with pytest.raises(UnreadableList, match="line 2: the file was changed"):
        read_leads(path)
