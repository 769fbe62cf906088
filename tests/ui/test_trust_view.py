"""The panel's question about definitions from files, and what strangers may use."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pandas as pd
import pytest

import nbwebhook as nw
from nbwebhook import api
from nbwebhook.definition.urls import Origin
from nbwebhook.ui.form import Form, form
from nbwebhook.ui.form_state import FormState

MakeHook = Callable[..., nw.Webhook]
FAR = "https://score.example.test/v1"


@pytest.fixture(autouse=True)
def nothing_trusted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Begin with nothing trusted, and calls that reach a function instead of a host."""
    monkeypatch.setenv("NBWEBHOOK_CONFIG_DIR", str(tmp_path / "config"))
    answer = httpx.MockTransport(lambda _: httpx.Response(200, json={"score": 7}))
    start, preview = api.start, api.preview
    monkeypatch.setattr(
        api, "start", lambda *given, **how: start(*given, transport=answer, **how)
    )
    monkeypatch.setattr(
        api, "preview", lambda *given, **how: preview(*given, transport=answer, **how)
    )


@pytest.fixture
def far(make_hook: MakeHook, tmp_path: Path) -> nw.Webhook:
    """Return a definition from a file that goes far."""
    make_hook(url=FAR).save(tmp_path / "far.webhook.json")
    return nw.Webhook.load(tmp_path / "far.webhook.json")


@pytest.fixture
def far_panel(far: nw.Webhook, leads: pd.DataFrame) -> Iterator[Form]:
    """Return a panel with it."""
    panel = form(far, leads)
    yield panel
    panel.settle()


def _is_shown(panel: Form) -> list[bool]:
    views = (panel.run_view.trust, panel.check_view.trust)
    return [view.layout.display != "none" for view in views]


def test_nothing_is_sent_before_the_button_is_pressed(far_panel: Form) -> None:
    """The panel shows what leaves; after a yes it runs, and the question is gone."""
    panel = far_panel
    assert _is_shown(panel) == [True, True]
    assert "lead.Email Address" in panel.run_view.trust.told.value
    assert "https://score.example.test" in panel.run_view.trust.told.value
    panel.run_view.start.click()
    panel.check_view.preview.send_five.click()
    panel.settle()
    assert panel.result is None
    assert "trust the definition" in panel.state.run.problem
    assert "trust the definition" in panel.state.check.problem
    panel.run_view.trust.trust.click()
    assert _is_shown(panel) == [False, False]
    panel.check_view.preview.send_five.click()
    panel.run_view.start.click()
    panel.settle()
    result = far_panel.state.results.result
    assert result is not None
    assert result.summary.calls == 60
    assert far_panel.state.check.preview is not None


def test_a_yes_is_remembered_by_the_run(far: nw.Webhook, leads: pd.DataFrame) -> None:
    """The next panel does not ask about the same requests."""
    first = FormState(far, leads, namespace=dict)
    first.webhook.trust()
    first.run.start()
    first.work.settle()
    assert FormState(far, leads, namespace=dict).webhook.untrusted is None


def test_a_change_of_the_request_asks_again(far_panel: Form) -> None:
    """A yes is to these requests; what is typed into a file's definition is not in it."""
    far_panel.state.webhook.trust()
    far_panel.state.webhook.url = f"{FAR}/other"
    assert _is_shown(far_panel) == [True, True]
    far_panel.state.webhook.url = FAR
    assert _is_shown(far_panel) == [False, False]


def test_an_uploaded_definition_is_asked_about_and_a_typed_one_is_not(
    far: nw.Webhook, leads: pd.DataFrame
) -> None:
    """What somebody writes into the boxes is their own."""
    state = FormState(None, leads, namespace=dict)
    state.webhook.url = FAR
    state.webhook.payload_template = "{{lead.Email Address}}"
    assert state.webhook.untrusted is None
    state.webhook.open_text("far.webhook.json", far.to_json().encode())
    assert "far.webhook.json" in str(state.webhook.untrusted)
    state.webhook.paste_curl(f"curl '{FAR}?id=7' -d a=b", leads)
    assert state.webhook.untrusted is None


def test_strangers_cannot_name_the_servers_secrets(
    monkeypatch: pytest.MonkeyPatch, make_hook: MakeHook, leads: pd.DataFrame
) -> None:
    """On a page that others use, secrets are the page's own and go to its origin only."""
    monkeypatch.setenv("SERVER_SOFTWARE", "voila/0.5")
    monkeypatch.setenv("PAGE_KEY", "canary-page")
    monkeypatch.setenv("SERVER_KEY", "canary-server")
    own = make_hook(url=FAR, custom_headers={"X-Key": "{{secret.PAGE_KEY}}"})
    given = nw.Context(secrets={"GIVEN": "canary-given"})
    context = form(own, leads, context=given).state.webhook.context
    here, there = own.origin, Origin("https", "evil.test", 443)
    for name in ("PAGE_KEY", "GIVEN"):
        secret = context.find_secret(name, here)
        assert secret is not None
        assert secret.may_go_to(here)
        assert not secret.may_go_to(there)
    assert context.find_secret("SERVER_KEY", here) is None
    empty = form(None, leads).state.webhook.context
    assert empty.find_secret("SERVER_KEY", here) is None
