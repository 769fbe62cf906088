"""The check and the preview as the panel knows them."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

import nbwebhook as nw
from nbwebhook.lint.findings import Finding
from nbwebhook.ui.form_state import FormState


def test_a_check_finds_what_the_verb_finds(
    make_hook: Callable[..., nw.Webhook], leads: pd.DataFrame
) -> None:
    """The findings are those of `nw.check`, and grow stale with the next change."""
    hook = make_hook(payload_template='{"a": {{lead.First Nme}}}')
    state = FormState(hook, leads, namespace=dict)
    assert state.check.status == "not checked yet"
    state.check.check()
    state.work.settle()
    assert state.check.findings is not None
    told = [str(finding) for finding in state.check.findings]
    assert told == [str(finding) for finding in nw.check(hook, leads)]
    assert state.check.status == ""
    state.webhook.name = "Other"
    assert "has changed" in state.check.status


def test_a_definition_with_faults_is_told_as_findings(state: FormState) -> None:
    """Every fault is an error with its place, though nothing can be rendered."""
    state.webhook.url = "nowhere"
    state.check.check()
    assert state.check.findings is not None
    assert state.check.findings.has_errors
    assert state.check.findings[0].place.startswith("url")


def test_a_certain_fix_is_taken_over_and_checked_again(
    state: FormState, hook: nw.Webhook
) -> None:
    """The definition is the mended one; a finding without a fix says so."""
    mended = hook.replace(name="Mended")
    state.check.fix(Finding("error", "r", "name", "wrong", corrected=lambda: mended))
    state.work.settle()
    assert state.webhook.webhook == mended
    assert state.check.findings is not None
    assert state.check.note == "mended: name"
    state.check.fix(Finding("error", "r", "name", "wrong", "by hand"))
    assert "cannot be mended" in state.check.note


def test_a_preview_of_any_lead_is_rendered_byte_for_byte(
    state: FormState, hook: nw.Webhook, leads: pd.DataFrame
) -> None:
    """The third lead's request is that of `nw.preview`; nothing is sent."""
    state.check.row = 3
    state.check.show()
    state.work.settle()
    assert state.check.preview is not None
    assert (
        state.check.preview.requests == nw.preview(hook, leads.iloc[2:3], count=1).requests
    )  # fmt: skip
    assert state.check.preview.result is None


def test_a_lead_is_found_by_its_key(state: FormState, leads: pd.DataFrame) -> None:
    """Its number is shown, and a key that nobody has is told."""
    state.check.find_key(f" {leads['Id'].iloc[9]} ")
    assert state.check.row == 10
    state.check.find_key("nobody")
    assert state.check.problem == "no lead has this key"
    state.check.find_key("")
    state.work.settle()
    assert state.check.row == 10


def test_five_are_sent_and_the_rest_is_not(
    state: FormState, service: nw.DemoService
) -> None:
    """Five calls reach the service, and their times make the plan's duration known."""
    assert "send five" in state.plan_words()
    state.check.row = 11
    state.check.send()
    is_sending = [state.check.is_sending]
    state.work.settle()
    is_sending.append(state.check.is_sending)
    assert state.check.preview is not None
    assert len(state.check.preview.requests) == service.counts.requests == 5
    assert is_sending == [True, False]
    assert "if calls take as long as those measured" in state.plan_words()


def test_what_is_missing_for_a_preview_is_told(leads: pd.DataFrame) -> None:
    """A list, a definition, a secret: whichever is missing is named."""
    state = FormState(None, leads, namespace=dict)
    state.check.show()
    assert "a definition without faults" in state.check.problem
    state.webhook.url = "http://127.0.0.1:9/{{secret.NOWHERE_KEY}}"
    state.check.show()
    state.work.settle()
    assert "NOWHERE_KEY" in state.check.problem
    empty = FormState(state.webhook.webhook, None, namespace=dict)
    empty.check.show()
    assert "a list of leads" in empty.check.problem
    empty.check.find_key("7")
    assert empty.check.lead_count == 0
