"""A result as the panel knows it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd

import nbwebhook as nw
from nbwebhook.ui.form_state import FormState
from nbwebhook.ui.results_state import ResultsState


def test_tables_are_those_of_the_result(state: FormState) -> None:
    """Updates with old and new, calls with latencies, leads with the new values."""
    state.run.start()
    state.work.settle()
    results = state.results
    assert results.result is not None
    assert results.table.frame.equals(results.result.changes)
    results.which = "Calls"
    assert len(results.table.frame) == 60
    assert "latency_ms" in results.table.columns
    results.which = "Leads"
    assert results.table.frame.equals(results.result.leads)
    assert len(results.figures) == 3
    assert results.figures is results.figures


def test_failed_leads_are_run_again_and_no_others(
    make_hook: Callable[..., nw.Webhook], leads: pd.DataFrame
) -> None:
    """Half of them fail; the second run calls exactly these."""
    with nw.DemoService(latency_ms=1, failure_share=0.5) as service:
        state = FormState(make_hook(url=f"{service.url}/enrich"), leads, namespace=dict)
        state.run.start()
        state.work.settle()
        first = state.results.result
        assert first is not None
        failed = first.calls.loc[first.calls["outcome"] == "failed", "lead_key"]
        assert state.results.repeat_words.startswith(f"{len(failed)} leads failed")
        state.run_again()
        state.work.settle()
    second = state.results.result
    assert second is not first
    assert second is not None
    assert second.calls["lead_key"].tolist() == failed.tolist()


def test_unknown_leads_are_not_run_again(leads: pd.DataFrame) -> None:
    """The service may have acted on them, and the panel says so."""
    with nw.DemoService(latency_ms=1, faults={"close": 1.0}) as service:
        hook = nw.Webhook(url=f"{service.url}/enrich", payload_template="x")
        state = FormState(hook, leads.head(3), namespace=dict)
        state.run.start()
        state.work.settle()
    assert state.results.rows_to_repeat() is None
    assert "3 unknown ones are left out" in state.results.repeat_words
    state.run_again()
    assert state.run.phase == "finished"


def test_a_result_is_saved_to_a_folder(state: FormState, tmp_path: Path) -> None:
    """All files are there; a place that cannot be is told."""
    state.run.start()
    state.work.settle()
    state.results.save(str(tmp_path / "out"))
    assert (tmp_path / "out" / "updates.csv").is_file()
    assert state.results.note.startswith("saved in")
    (tmp_path / "file").write_text("")
    state.results.save(str(tmp_path / "file"))
    assert "exists" in state.results.problem
    state.results.save(" ")
    assert state.results.problem.startswith("name a folder")


def test_without_a_result_there_is_nothing() -> None:
    """No pictures, nothing to repeat, and looking at another table breaks nothing."""
    results = ResultsState()
    results.which = "Calls"
    assert (results.result, results.figures, results.rows_to_repeat()) == (None, (), None)  # fmt: skip
    assert results.repeat_words == "no lead failed"
