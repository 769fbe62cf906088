"""The definition while it is being written."""

from __future__ import annotations

from pathlib import Path

import pytest

import nbwebhook as nw
from nbwebhook.definition.beyond import Beyond
from nbwebhook.ui.webhook_state import PARTS, WebhookState, token_menu


def test_the_state_has_every_property_of_a_definition() -> None:
    """A property that a later version adds is not forgotten here."""
    assert set(PARTS) == set(nw.Webhook.model_fields)


def test_a_definition_comes_back_as_it_was_given(hook: nw.Webhook) -> None:
    """Taking one and handing it back changes nothing."""
    rich = hook.replace(beyond={"xml_escape": True}, description="For June")
    state = WebhookState(rich)
    assert state.webhook == rich
    assert state.faults == ()


@pytest.mark.parametrize(
    ("part", "value", "label"),
    [
        pytest.param("url", "ftp://a.example", "url", id="url"),
        pytest.param("payload_template", "{{lead.Id", "payload_template", id="payload"),
        pytest.param("custom_headers", (("X Y", "1"),), "custom_headers", id="header"),
        pytest.param("response_mappings", (("a..b", "F"),), "response_mappings", id="mapping"),
    ],
)  # fmt: skip
def test_a_fault_stands_by_its_property(
    hook: nw.Webhook, part: str, value: object, label: str
) -> None:
    """While it is there, there is no definition; each fault has its place."""
    state = WebhookState(hook)
    setattr(state, part, value)
    assert state.webhook is None
    assert state.faults_of(label, state.faults) == state.faults != ()


def test_an_empty_form_asks_for_a_url() -> None:
    """Before anything is typed there is one friendly fault."""
    [fault] = WebhookState().faults
    assert fault.place == "url"
    assert "https://" in fault.remedy


def test_every_change_counts(hook: nw.Webhook) -> None:
    """Views follow one number, whatever has changed."""
    state = WebhookState(hook)
    state.name = "Other"
    state.beyond = Beyond(xml_escape=True)
    state.set_secret("KEY", "x")
    assert state.version == 3


def test_a_definition_is_saved_and_opened(hook: nw.Webhook, tmp_path: Path) -> None:
    """What was saved opens as the same; what cannot be saved says why."""
    path = tmp_path / "a.webhook.json"
    state = WebhookState(hook)
    state.save(str(path))
    assert state.note == f"saved as {path}"
    again = WebhookState()
    again.open_text("a.webhook.json", path.read_bytes())
    assert (again.webhook, again.note) == (hook, "opened a.webhook.json")
    again.open_text("b.json", b"{")
    assert "b.json" in again.problem or "not JSON" in again.problem
    again.save(str(tmp_path / "none" / "a.json"))
    assert "No such file" in again.problem
    again.url = ""
    again.save(str(path))
    assert "mend the definition" in again.problem


def test_secrets_are_named_by_the_definition_and_kept_out_of_traits(
    hook: nw.Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A typed secret reaches the context, and no trait, repr or code has it."""
    monkeypatch.setenv("ENV_KEY", "from-the-environment")
    state = WebhookState(
        hook.replace(
            payload_template="{{secret.KEY}} {{secret.ENV_KEY}} {{secret.GIVEN}}",
            custom_headers={"X-A": "{{secret.KEY}}"},
        ),
        context=nw.Context(secrets={"GIVEN": "given"}),
    )
    assert state.secret_names == ("KEY", "ENV_KEY", "GIVEN")
    sources = [state.secret_source(name) for name in state.secret_names]
    assert sources == ["missing", "environment", "given"]
    state.set_secret("KEY", "canary-7391")
    assert state.secret_source("KEY") == "typed"
    assert state.context.find_secret("KEY") == nw.Secret("canary-7391")
    assert state.context.find_secret("GIVEN") == nw.Secret("given")
    assert "canary-7391" not in str(state.trait_values())
    assert "canary-7391" not in repr(state.context)


def test_tokens_are_offered_columns_first() -> None:
    """The lead's own columns, then what the run gives, then Marketo's scopes."""
    context = nw.Context(my={"Region": "EMEA"}, secrets={"KEY": "x"})
    menu = token_menu(["Id", "company.Website"], context)
    assert menu[:3] == ("{{lead.Id}}", "{{company.Website}}", "{{my.Region}}")
    assert "{{system.date}}" in menu
    assert menu[-1] == "{{secret.KEY}}"
