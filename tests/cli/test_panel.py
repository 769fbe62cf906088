"""`nbwebhook form`: one cell with the panel, served on this machine only."""

from __future__ import annotations

import json
import subprocess
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

from tests.cli.conftest import Call


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[str], str]]:
    """The commands that would serve a panel, and the code of their notebooks."""
    seen = []

    def run(command: list[str], *, check: bool) -> subprocess.CompletedProcess[str]:
        assert not check
        book = json.loads(Path(command[-1]).read_text("utf-8"))
        seen.append((command[1:-1], book["cells"][0]["source"]))
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(subprocess, "run", run)
    return seen


@pytest.mark.parametrize(
    ("installed", "module"),
    [
        pytest.param({"voila", "jupyterlab"}, "voila", id="voila-first"),
        pytest.param({"jupyterlab"}, "jupyterlab", id="lab"),
    ],
)
def test_the_panel_is_served_with_what_is_there(
    folder: Path,
    call: Call,
    served: list[tuple[list[str], str]],
    monkeypatch: pytest.MonkeyPatch,
    installed: set[str],
    module: str,
) -> None:
    """The definition and the list stand in its cell; loopback only."""
    monkeypatch.setattr(
        "nbwebhook.cli.panel.find_spec",
        lambda name: ModuleSpec(name, None) if name in installed else None,
    )
    done = call("form", "score.webhook.json", "leads.csv")
    assert done.exit_code == 0, done.output
    [(command, code)] = served
    assert command[:2] == ["-m", module]
    assert command[2].endswith("ip=127.0.0.1")
    # Voila's own template asks another host for style sheets; the panel's does not.
    assert command[3:] == (["--template=nbwebhook"] if module == "voila" else [])
    hook, leads = folder / "score.webhook.json", folder / "leads.csv"
    assert code == (
        "import nbwebhook as nw\n\n"
        f"nw.form(nw.Webhook.load({str(hook)!r}), nw.read_leads({str(leads)!r}))"
    )


def test_an_empty_panel(
    call: Call, served: list[tuple[list[str], str]], tmp_path: Path
) -> None:
    """Without arguments there is nothing in it."""
    assert call("form").exit_code == 0
    assert served[0][1].endswith("nw.form()")


def test_without_anything_to_serve_it_the_extra_is_named(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Code 2 and what to install."""
    monkeypatch.setattr("nbwebhook.cli.panel.find_spec", lambda _: None)
    done = call("form")
    assert done.exit_code == 2
    assert "nbwebhook[notebook]" in done.stderr
