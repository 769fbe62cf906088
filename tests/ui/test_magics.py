"""`%%webhook NAME` and `leads.webhook`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest
from IPython.core.interactiveshell import InteractiveShell

import nbwebhook as nw
from nbwebhook.errors import InvalidDefinition, InvalidPlan
from nbwebhook.ui.magics import define_webhook

BODY = '{"url": "http://127.0.0.1:9/{{lead.Id}}", "name": "$name {name}"}'


@pytest.fixture
def shell() -> Iterator[InteractiveShell]:
    """Return IPython's shell with the extension loaded twice."""
    made = InteractiveShell.instance()
    for _ in range(2):
        made.run_line_magic("reload_ext", "nbwebhook")
    yield made
    made.history_manager.end_session()  # type: ignore[union-attr]  # it has one
    InteractiveShell.clear_instance()


def test_a_cell_is_a_definition(shell: Any, capsys: pytest.CaptureFixture[str]) -> None:  # noqa: ANN401 - IPython's own
    """The body stays as written: neither braces nor dollars are filled."""
    shell.user_ns["name"] = "leaked"
    assert shell.run_cell(f"%%webhook score\n{BODY}").success
    hook = shell.user_ns["score"]
    assert hook == nw.Webhook(url="http://127.0.0.1:9/{{lead.Id}}", name="$name {name}")
    assert "score: POST http://127.0.0.1:9" in capsys.readouterr().out


def test_a_faulty_cell_says_what_is_wrong(
    shell: Any,  # noqa: ANN401 - IPython's own
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The place and the remedy, and no variable is made."""
    shell.run_cell('%%webhook bad\n{"url": "ftp://a.example"}')
    assert "bad" not in shell.user_ns
    told = capsys.readouterr()
    assert "url" in told.out + told.err


@pytest.mark.parametrize(
    ("line", "body", "kind"),
    [
        pytest.param("two words", BODY, InvalidPlan, id="no-name"),
        pytest.param("", BODY, InvalidPlan, id="nothing"),
        pytest.param("a", "not JSON", InvalidDefinition, id="no-json"),
        pytest.param("a", '{"format": 9, "url": "x"}', InvalidDefinition, id="format"),
    ],
)
def test_what_is_no_definition_is_refused(
    line: str, body: str, kind: type[Exception]
) -> None:
    """Each with an error of the package."""
    with pytest.raises(kind, match=r"%%webhook|file|format|column"):
        define_webhook(line, body)


def test_a_frame_of_leads_has_the_verbs(
    hook: nw.Webhook, leads: pd.DataFrame, service: nw.DemoService
) -> None:
    """Check, preview, run and form take the frame as their list."""
    accessor: Any = leads.webhook
    assert [str(f) for f in accessor.check(hook)] == [str(f) for f in nw.check(hook, leads)]  # fmt: skip
    assert len(accessor.preview(hook, count=2).requests) == 2
    assert accessor.run(hook, connections=3, progress=False).summary.updated == 60
    assert accessor.form(hook).leads is leads
    assert service.counts.requests == 60
    with pytest.raises(AttributeError, match="has columns"):
        pd.DataFrame().webhook  # noqa: B018 - looking it up is the test
