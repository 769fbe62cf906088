"""Calls that would be saved, as the panel knows them before a run."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest

import nbwebhook as nw
from nbwebhook.ui.form import Form, form
from nbwebhook.ui.form_state import FormState

MakeHook = Callable[..., nw.Webhook]


@pytest.fixture
def twins(leads: pd.DataFrame) -> pd.DataFrame:
    """Return sixty leads of twenty companies."""
    companies = [f"Company {number % 20}" for number in range(60)]
    return leads.assign(**{"Company Name": companies})


def test_the_calls_saved_are_told_before_the_run_and_are_those_of_the_run(
    make_hook: MakeHook, twins: pd.DataFrame, service: nw.DemoService
) -> None:
    """Opening the tab counts them, the tick changes the plan, and the run keeps to it."""
    payload = '{"company": {{company.Company Name}}}'
    panel = form(make_hook(payload_template=payload), twins)
    assert panel.state.equal.words == ""
    panel.tabs.selected_index = 3
    panel.settle()
    assert panel.state.equal.words == "saves 40 of 60 calls"
    assert panel.state.plan_words().startswith("60 calls, at most 20 at once")
    panel.state.run.dedupe = True
    assert panel.state.plan_words().startswith("20 calls for 60 leads, at most 20")
    assert "20 calls for 60 leads" in panel.run_view.plan.value
    assert "dedupe=True" in panel.state.code
    panel.run_view.start.click()
    panel.settle()
    assert service.counts.requests == 20
    assert panel.result is not None
    assert panel.result.summary.updated == 60
    assert panel.state.delay.source == "20 measured calls of the last run"
    assert panel.state.delay.problem == ""
    assert panel.state.delay.sentence.startswith("With 20 connections")


@pytest.mark.usual_rests
def test_another_definition_or_list_is_counted_anew(
    make_hook: MakeHook, twins: pd.DataFrame
) -> None:
    """While the tab is looked at, once nothing moves; an old number never stays."""
    state = FormState(make_hook(payload_template="{{lead.Id}}"), twins, namespace=dict)
    state.equal.is_shown = True
    state.work.settle()
    assert state.equal.words == "saves nothing: each of the 60 requests differs"
    state.webhook.payload_template = "the same for all"
    assert not state.equal.is_known
    state.work.settle()
    assert state.equal.saved == 59
    state.equal.is_shown = False
    state.leads.take(twins.head(2), "two", "two")
    state.work.settle()
    assert (state.equal.is_known, state.equal.words) == (False, "")


def test_a_list_changed_while_it_is_counted_is_counted_again(
    make_hook: MakeHook, twins: pd.DataFrame
) -> None:
    """What comes late about the old list is not shown for the new one."""
    state = FormState(make_hook(payload_template="x"), twins, namespace=dict)
    state.equal.is_shown = True
    assert state.equal.words == "looking for equal requests"
    state.leads.take(twins.head(3), "three", "three")
    state.work.settle()
    assert state.equal.words == "saves 2 of 3 calls"


def test_why_nothing_is_counted_is_told(
    panel: Form, make_hook: MakeHook, leads: pd.DataFrame
) -> None:
    """A list without keys is a reason; no definition is none worth a word."""
    state = FormState(make_hook(), leads[["First Name"]], namespace=dict)
    state.equal.is_shown = True
    state.work.settle()
    assert state.equal.words.startswith("equal requests are not counted: ")
    panel.state.webhook.url = ""
    panel.tabs.selected_index = 3
    panel.settle()
    assert panel.state.equal.words == ""
