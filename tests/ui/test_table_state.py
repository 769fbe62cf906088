"""A table of any length, filtered, sorted and paged in the kernel."""

from __future__ import annotations

import base64
import time
from io import StringIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbwebhook.ui.form_state import FormState
from nbwebhook.ui.table_state import PAGE_ROWS, TableState

ROWS = 60


def make_table() -> TableState:
    """Return a table of sixty rows with outcomes."""
    outcomes = pd.Categorical.from_codes(
        [number % 3 for number in range(ROWS)],
        pd.Index(["updated", "failed", "no_update"]),
    )
    state = TableState()
    state.take(
        pd.DataFrame(
            {
                "lead_key": pd.Series([f"k{n}" for n in range(ROWS)], dtype="string"),
                "outcome": outcomes,
                "latency_ms": pd.array([None, *range(ROWS - 1)], dtype="Float64"),
                "started_at": pd.date_range("2026-01-01", periods=ROWS, tz="UTC"),
            }
        ),
        "Calls",
    )
    return state


def test_the_first_page_has_the_first_rows() -> None:
    """Latencies are told in few digits, what is not there as nothing."""
    state = make_table()
    shown = state.shown()
    assert shown.rows[0] == ("k0", "updated", "", "2026-01-01 00:00:00.000")
    assert shown.rows[2][2] == "1 ms"
    assert (len(shown.rows), state.pages) == (PAGE_ROWS, 3)
    assert state.extent == "rows 1 to 25 of 60"
    assert shown.numeric == {"latency_ms"}


def test_pages_are_turned_within_what_there_is() -> None:
    """A page past the end is the last one."""
    state = make_table()
    state.page = 3
    assert state.extent == "rows 51 to 60 of 60"
    state.page = 99
    assert state.extent == "rows 51 to 60 of 60"


def test_filters_go_together_and_start_at_the_first_page() -> None:
    """Outcome, what went wrong, and a text that a column contains."""
    state = make_table()
    assert state.outcomes == ("updated", "failed", "no_update")
    state.page = 2
    state.bad_only = True
    assert (state.page, len(state.rows)) == (1, 20)
    assert state.extent == "rows 1 to 20 of 20 found in 60"
    state.contains = "K1"
    assert state.rows["lead_key"].tolist() == ["k1", "k10", "k13", "k16", "k19"]
    state.outcome = "updated"
    assert state.extent == "none of 60 rows"


def test_a_filter_is_a_text_and_never_code() -> None:
    """What a user types is looked for as it is written."""
    state = make_table()
    state.contains = "k1|k2.*"
    assert len(state.rows) == 0
    state.contains = "@__import__('os')"
    assert len(state.rows) == 0


@pytest.mark.parametrize("column", ["lead_key", "outcome", "latency_ms"])
def test_rows_are_sorted_over_all_pages(column: str) -> None:
    """Both ways; rows without a value come last."""
    state = make_table()
    state.sort_by, state.descending = column, True
    values = state.rows[column].astype("string").dropna().tolist()
    assert len(values) >= ROWS - 1
    first = state.rows[column].iloc[0]
    assert str(first) == {"lead_key": "k9", "outcome": "updated", "latency_ms": "58.0"}[column]  # fmt: skip


def test_a_frame_without_outcomes_has_no_such_filter() -> None:
    """Another frame starts without the filters of the one before."""
    state = make_table()
    state.bad_only, state.sort_by = True, "lead_key"
    state.take(pd.DataFrame({"Id": [2, 1]}, index=["same", "same"]), "Leads")
    assert (state.outcomes, state.bad_only, state.sort_by) == ((), False, "")
    assert state.shown().rows == (("2",), ("1",))
    state.sort_by = "Id"
    assert state.shown().rows == (("1",), ("2",))


def test_the_link_holds_what_is_shown_and_no_more_than_fits() -> None:
    """All rows that pass the filters, as CSV; too many give no link."""
    state = make_table()
    state.outcome = "failed"
    link = state.csv()
    assert link is not None
    head, _, data = link.href.partition("base64,")
    assert head == "data:text/csv;charset=utf-8;"
    frame = pd.read_csv(StringIO(base64.b64decode(data).decode()))
    assert frame["lead_key"].tolist() == state.rows["lead_key"].tolist()
    state.take(pd.DataFrame({"a": ["x" * 1_000] * 5_000}), "Leads")
    assert state.csv() is None


def test_a_file_from_the_panel_is_the_file_of_a_saved_result(
    state: FormState, tmp_path: Path
) -> None:
    """Byte for byte, with the same names and the same apostrophes before formulas."""
    assert state.leads.leads is not None
    live = state.leads.leads.assign(Note="=cmd|' /C calc'!A0")
    state.leads.take(live, "a list", "leads")
    state.run.start()
    state.work.settle()
    assert state.results.result is not None
    folder = state.results.result.save(tmp_path / "saved")
    for which in ("Updates", "Leads"):
        state.results.which = which
        link = state.results.table.csv()
        assert link is not None
        raw = base64.b64decode(link.href.partition("base64,")[2])
        assert raw == (folder / link.name).read_bytes()
        assert link.guarded == (60 if which == "Leads" else 0)


def test_an_empty_table_is_one_empty_page() -> None:
    """Nothing breaks before there is anything."""
    state = TableState()
    assert (state.pages, state.shown().rows, state.columns) == (1, (), ())


@given(text=st.text(max_size=20), page=st.integers(-5, 10))
def test_whatever_is_typed_the_pages_hold_all_rows_found(text: str, page: int) -> None:
    """The rows of all pages are the rows found, each once."""
    state = make_table()
    state.contains = text
    state.page = page
    found = []
    for number in range(1, state.pages + 1):
        state.page = number
        found += [row[0] for row in state.shown().rows]
    assert found == state.rows["lead_key"].tolist()


def test_a_filter_of_a_hundred_thousand_rows_is_quick() -> None:
    """Far below half a second on a machine of its own; ten times that is refused here."""
    keys = pd.Series([f"k{n}" for n in range(100_000)], dtype="string")
    state = TableState()
    latency = np.random.default_rng(0).random(100_000)
    state.take(pd.DataFrame({"lead_key": keys, "latency_ms": latency}), "Calls")
    started_s = time.perf_counter()
    state.contains = "99"
    state.sort_by = "latency_ms"
    state.shown()
    assert time.perf_counter() - started_s < 5
