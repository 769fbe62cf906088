"""The cell that does what the panel did."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest

import nbwebhook as nw
from nbwebhook.ui.form_state import FormState
from nbwebhook.ui.run_state import RunState


def test_the_cell_gives_the_same_definition_and_the_same_result(
    make_hook: Callable[..., nw.Webhook],
    leads: pd.DataFrame,
    service: nw.DemoService,
) -> None:
    """Executed as it stands, it makes the definition of the panel and runs it."""
    hook = make_hook(
        payload_template='{\n  "email": {{lead.Email Address}},\n  "a": "b\\\\"\n}\n'
        * 2,
        description='it\'s "quoted"',
        beyond={"xml_escape": True},
    )
    state = FormState(hook, leads, namespace=dict)
    state.run.connections, state.run.max_failures = 7, 500
    state.delay.max_calls_per_s, state.delay.scale = 25.0, 2.0
    names: dict[str, object] = {"leads": leads}
    exec(state.code, names)  # noqa: S102 - the cell is what is tested
    assert names["hook"] == hook
    result, estimate = names["result"], names["estimate"]
    assert isinstance(result, nw.Result)
    assert result.summary.connections == 7
    assert service.counts.requests == len(leads)
    assert estimate.plan.max_calls_per_s == 25.0  # type: ignore[attr-defined]  # an estimate
    state.work.settle()


def test_no_secret_is_in_the_cell(
    make_hook: Callable[..., nw.Webhook], leads: pd.DataFrame
) -> None:
    """A typed secret is asked for again, by its name."""
    hook = make_hook(custom_headers={"X-Key": "{{secret.KEY}}"})
    state = FormState(hook, leads, namespace=lambda: {"people": leads})
    state.webhook.set_secret("KEY", "canary-7391")
    state.leads.key = "Email Address"
    assert "canary-7391" not in state.code
    assert "'KEY': getpass('KEY: ')," in state.code
    assert "leads = people" in state.code
    assert "nw.check(hook, leads, key='Email Address', context=context)" in state.code
    compile(state.code, "cell", "exec")


def test_a_cell_without_a_list_reads_one() -> None:
    """Before a list is chosen the code says where one would come from."""
    code = FormState(None, None, namespace=dict).code
    assert 'leads = nw.read_leads("leads.csv")' in code
    compile(code, "cell", "exec")


def test_later_options_are_written_as_the_package_has_them(
    state: FormState, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An object of ours is called by its public name."""
    options = {"fields": nw.Context()}
    monkeypatch.setattr(RunState, "options", property(lambda _: options))
    assert "fields=nw.Context(" in state.code
