"""Definitions that others wrote: the command line says what leaves, and asks once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from tests.cli.conftest import save_hook

Call = Callable[..., Result]

# An address that is never called: past the question, leads are refused and no packet
# leaves.
FAR = "http://192.0.2.1/v1"
RUN = ("run", "score.webhook.json", "leads.csv", "--out", "results")
PREVIEW = ("preview", "score.webhook.json", "leads.csv", "--count", "2", "--send")


@pytest.fixture(autouse=True)
def nothing_trusted(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Begin with a definition that goes far and that nobody has trusted."""
    monkeypatch.setenv("NBWEBHOOK_CONFIG_DIR", str(folder / "config"))
    monkeypatch.setenv("FAR_KEY", "canary-123")
    save_hook(FAR, custom_headers={"X-Key": "{{secret.FAR_KEY}}"})


@pytest.mark.parametrize("command", [RUN, PREVIEW], ids=["run", "preview"])
def test_a_script_says_trust_once(call: Call, command: tuple[str, ...]) -> None:
    """`--yes` alone sends nothing new; with `--trust` it does, and then without."""
    refused = call(*command, "--yes")
    assert refused.exit_code == 2
    assert "say --trust once" in refused.stderr
    assert "192.0.2.1" in refused.stderr
    assert not Path("results").exists()
    # Trusted, and then refused by the address policy: a preview only shows that.
    code = 3 if command is RUN else 0
    assert call(*command, "--yes", "--trust").exit_code == code
    again = call(*command, "--yes", *(["--replace"] if command is RUN else []))
    assert again.exit_code == code
    assert "never called" in again.stdout or "20 refused" in again.stdout
    assert "canary" not in refused.output + again.output


def test_another_request_needs_trust_anew(call: Call) -> None:
    """A change of what is sent is no longer what was trusted; another name is."""
    assert call(*RUN, "--yes", "--trust").exit_code == 3
    save_hook(FAR, custom_headers={"X-Key": "{{secret.FAR_KEY}}"}, name="New")
    assert call(*RUN, "--yes", "--replace").exit_code == 3
    save_hook(FAR, custom_headers={"X-Other": "{{secret.FAR_KEY}}"})
    assert call(*RUN, "--yes", "--replace").exit_code == 2


def test_before_it_asks_it_says_what_is_new(call: Call) -> None:
    """The line stands among those on what leaves; a dry run asks and remembers nothing."""
    first = call(*RUN, "--dry-run")
    assert "  trust     new on this machine" in first.stderr
    assert "  secrets   FAR_KEY" in first.stderr
    call(*RUN, "--yes", "--trust")
    assert "  trust     nothing new" in call(*RUN, "--dry-run").stderr


def test_nobody_to_ask_is_no_answer(call: Call) -> None:
    """Input that is no terminal says neither yes nor no."""
    done = call(*RUN, typed="y\n")
    assert done.exit_code == 2
    assert "nobody to ask" in done.stderr
    assert not Path("config").exists()
