"""The list of leads in the panel: where it comes from, and what is told about it."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from nbwebhook.ui.leads_state import LeadsState, notebook_names

CSV = b"Id,First Name,company.Website\n7,00501,a.example\n8,,b.example\n"


def test_an_uploaded_list_is_text_as_written() -> None:
    """Leading zeros stay, and the list is called by the file's name."""
    state = LeadsState(namespace=dict)
    state.upload("C:\\people\\june.csv", CSV)
    assert state.leads is not None
    assert state.leads["First Name"].tolist() == ["00501", ""]
    assert (state.source, state.key_column, state.problem) == ("june.csv", "Id", "")
    assert state.code == "nw.read_leads('june.csv')"
    assert state.version == 1


def test_the_columns_are_told_as_they_are_sent() -> None:
    """Type, empty cells, the first value that is there, and the token of each column."""
    state = LeadsState(namespace=dict)
    state.upload("june.csv", CSV)
    assert state.column_table().rows == (
        ("Id", "integer", "0", "7", "{{lead.Id}}"),
        ("First Name", "string", "1", "00501", "{{lead.First Name}}"),
        ("company.Website", "string", "0", "a.example", "{{company.Website}}"),
    )
    assert state.first_rows().rows == (("7", "00501", "a.example"), ("8", "", "b.example"))  # fmt: skip
    assert dict(state.facts())["Leads"] == "2"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        pytest.param(b"Id,A\n1,2,3\n", "june.csv, line 2", id="ragged-row"),
        pytest.param(b"Id,id\n1,2\n", "june.csv", id="duplicate-column"),
        pytest.param(b"", "june.csv", id="empty"),
        pytest.param(b"Id\n7\n7\n", "repeat", id="duplicate-key"),
        pytest.param(b"Shoe\n7\n", "key column", id="no-key"),
    ],
)
def test_a_list_that_cannot_be_used_says_why(content: bytes, told: str) -> None:
    """The message names the file as it was uploaded, not where it lay for a moment."""
    state = LeadsState(namespace=dict)
    state.upload("june.csv", content)
    assert told in state.problem
    assert "/tmp" not in state.problem  # noqa: S108 - a text


def test_a_frame_of_the_notebook_can_be_chosen() -> None:
    """Frames are offered by name, hidden ones and other things are not."""
    frame = pd.DataFrame({"Id": [1, None]})
    names = {"people": frame, "_hidden": frame, "n": 3}
    state = LeadsState(namespace=lambda: names)
    assert state.frame_names() == ("people",)
    state.choose("people")
    assert state.leads is frame
    assert state.code == "people"
    assert state.without_key == 1
    state.choose("gone")
    assert "no data frame called 'gone'" in state.problem


def test_a_frame_that_was_given_is_called_by_its_name() -> None:
    """The code names the notebook's variable where there is one."""
    frame = pd.DataFrame({"Id": [1]})
    known = LeadsState(frame, namespace=lambda: {"people": frame})
    assert known.code == "people"
    assert LeadsState(frame, namespace=dict).code == "leads"


def test_another_key_column_is_looked_at_at_once() -> None:
    """A key with repeats is refused; a list without that column goes back to the usual."""
    state = LeadsState(pd.DataFrame({"Id": [1, 2], "Shoe": [7, 7]}), namespace=dict)
    state.key = "Shoe"
    assert "repeat" in state.problem
    state.take(pd.DataFrame({"Id": [3]}), "another", "other")
    assert (state.key, state.key_column, state.problem) == ("", "Id", "")


def test_a_file_where_the_kernel_runs_can_be_opened(tmp_path: Path) -> None:
    """The code says the path that was typed; a missing file is told."""
    path = tmp_path / "june.csv"
    path.write_bytes(CSV)
    state = LeadsState(namespace=dict)
    state.open_file(str(path))
    assert state.code == f"nw.read_leads({str(path)!r})"
    state.open_file(str(tmp_path / "none.csv"))
    assert "none.csv" in state.problem


def test_without_a_list_there_is_nothing_to_tell() -> None:
    """No facts, no rows, no columns."""
    state = LeadsState(namespace=dict)
    assert state.facts() == ()
    assert state.columns == ()
    assert state.first_rows().rows == state.column_table().rows == ()


def test_what_cannot_be_sent_is_told_beside_its_column() -> None:
    """A value of a type without a text form says so; odd columns make no table."""
    state = LeadsState(pd.DataFrame({"Id": [1], "Blob": [b"x"]}), namespace=dict)
    assert "cannot be sent" in state.column_table().rows[1][3]
    empty = LeadsState(pd.DataFrame({"Id": []}), namespace=dict)
    assert empty.column_table().rows[0][3] == ""
    odd = LeadsState(pd.DataFrame([[1, 2]], columns=["Id", "Id"]), namespace=dict)
    assert odd.column_table().rows == ()
    assert odd.problem


def test_outside_of_a_notebook_there_are_no_names() -> None:
    """A script has no frames to offer."""
    assert notebook_names() == {}
