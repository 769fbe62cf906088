"""`check`, `preview` and `estimate`: what they print, and how they end."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import nbwebhook as nw
from nbwebhook.lint.findings import Finding, Findings
from tests.cli.conftest import Call, save_hook

pytestmark = pytest.mark.timeout(60)


def test_a_good_definition_has_code_0(folder: Path, call: Call) -> None:
    """With and without a list."""
    assert call("check", "score.webhook.json").exit_code == 0
    done = call("check", "score.webhook.json", "leads.csv")
    assert done.exit_code == 0
    assert "20 leads looked at" in done.stdout


def test_what_cannot_work_has_code_2(folder: Path, call: Call) -> None:
    """An unknown token is an error, and --json has it as data."""
    save_hook("http://127.0.0.1:9", payload_template='{"a": {{lead.Emial Address}}}')
    done = call("check", "score.webhook.json", "leads.csv", "--json")
    assert done.exit_code == 2
    [error] = [one for one in json.loads(done.stdout) if one["severity"] == "error"]
    assert "Emial Address" in error["message"]
    assert "Email Address" in error["remedy"]


def test_a_broken_file_is_told_with_every_fault(folder: Path, call: Call) -> None:
    """No traceback: the places and the remedies."""
    Path("score.webhook.json").write_text(
        json.dumps({"format": 1, "url": "ftp://x", "request_type": "FETCH"})
    )
    done = call("check", "score.webhook.json")
    assert done.exit_code == 2
    assert "2 faults" in done.stderr


def test_mended_definitions_are_saved(
    folder: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """--fix saves the definition with every certain remedy, and says what is left."""
    hook = nw.Webhook.load("score.webhook.json")
    names = ["second", "third"]

    def find(given: nw.Webhook, *_: object, **__: object) -> Findings:
        done = names.index(given.name) + 1 if given.name in names else 0
        found = [
            Finding("warning", "name", "name", "wrong", corrected=fix(name))
            for name in names[done:]
        ]
        return Findings([*found, Finding("note", "left", "url", "still there")])

    def fix(name: str) -> Callable[[], nw.Webhook]:
        return lambda: hook.replace(name=name)

    monkeypatch.setattr("nbwebhook.api.check", find)
    done = call("check", "score.webhook.json", "--fix", "new.webhook.json")
    assert done.exit_code == 0
    assert "2 mended, saved as new.webhook.json; what is left:" in done.stderr
    assert "still there" in done.stdout
    assert nw.Webhook.load("new.webhook.json") == hook.replace(name="third")


def test_a_preview_sends_nothing(
    folder: Path, service: nw.DemoService, call: Call
) -> None:
    """As many requests as asked for, byte for byte."""
    done = call("preview", "score.webhook.json", "leads.csv", "--count", 2)
    assert done.exit_code == 0
    assert done.stdout.count("POST /enrich HTTP/1.1") == 2
    assert service.counts.requests == 0


def test_a_preview_that_sends_asks_first(
    folder: Path, service: nw.DemoService, call: Call
) -> None:
    """Nobody to ask, nothing sent; with --yes the values are shown."""
    sending = ("preview", "score.webhook.json", "leads.csv", "--count", 2, "--send")
    refused = call(*sending)
    assert refused.exit_code == 2
    assert "sends 2 POST requests" in refused.stderr
    assert service.counts.requests == 0
    done = call(*sending, "--yes")
    assert done.exit_code == 0
    assert service.counts.requests == 2
    assert "LeadScore" in done.stdout


def test_a_preview_of_failures_has_code_3(folder: Path, call: Call) -> None:
    """As a run would."""
    save_hook("http://127.0.0.1:9")
    sending = ("preview", "score.webhook.json", "leads.csv", "--send", "--yes")
    assert call(*sending, "--count", 1, "--timeout-s", 5).exit_code == 3


def test_an_estimate_of_a_stated_service(call: Call) -> None:
    """In sentences, or as rows for machines."""
    arguments = ("estimate", "median 80 ms, p99 400 ms", "--leads", 1000)
    done = call(*arguments)
    assert done.exit_code == 0
    assert "1,000 leads" in done.stdout
    rows = json.loads(call(*arguments, "--connections", "1,5", "--json").stdout)
    assert [row["connections"] for row in rows] == [1, 5]


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        pytest.param(["nonsense", "--leads", "9"], "calls", id="calls"),
        pytest.param(
            ["median 80 ms, p99 400 ms", "--leads", "9", "--connections", "a"],
            "1,5,20",
            id="connections",
        ),
        pytest.param(["median 80 ms, p99 400 ms"], "--leads", id="no-leads"),
        pytest.param([".", "--leads", "9"], "calls.csv", id="no-run"),
    ],
)
def test_an_estimate_of_nothing_has_code_2(
    call: Call, arguments: list[str], wanted: str
) -> None:
    """What is missing is named."""
    done = call("estimate", *arguments)
    assert done.exit_code == 2
    assert wanted in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["--help"], id="help"),
        pytest.param(["run", "--help"], id="run-help"),
        pytest.param(["new", "--help"], id="new-help"),
        pytest.param(["--version"], id="version"),
    ],
)
def test_help_waits_for_no_heavy_library(arguments: list[str]) -> None:
    """What takes long to load is loaded by the command that needs it."""
    code = (
        "import sys\n"
        "from nbwebhook.cli import main\n"
        "try:\n"
        "    main(sys.argv[1:])\n"
        "finally:\n"
        "    heavy = {'pandas', 'numpy', 'httpx', 'pydantic', 'lxml', 'asyncio'}\n"
        "    print('heavy:', sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("heavy: []\n")


@pytest.mark.parametrize(
    "name",
    [
        "run",
        "check",
        "preview",
        "estimate",
        "new",
        "setup",
        "form",
        "demo",
        "demo-service",
    ],
)
def test_every_help_shows_how_it_is_typed(call: Call, name: str) -> None:
    """An example stands in every command's help, on a line of its own."""
    done = call(name, "--help")
    assert any(
        line.startswith(f"    nbwebhook {name}") for line in done.stdout.splitlines()
    )


def test_remedies_are_said_in_words_of_the_shell(
    folder: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Options, not arguments of Python: the key, the encoding, types, secrets."""
    save_hook("http://127.0.0.1:9", custom_headers={"X": "{{secret.NO_SUCH_KEY}}"})
    secret = call("check", "score.webhook.json", "leads.csv")
    assert "NO_SUCH_KEY" in secret.stdout
    save_hook("http://127.0.0.1:9")
    Path("leads.csv").write_bytes("E-Mail,Vorname\na,Zoë\n".encode("cp1252"))
    wrong = call("check", "score.webhook.json", "leads.csv")
    assert "--encoding 'windows-1252'" in wrong.stderr
    latin = ("check", "score.webhook.json", "leads.csv", "--encoding", "cp1252")
    assert "--key COLUMN" in call(*latin).stdout
    told = [wrong.stderr, secret.stdout, call(*latin).stdout]
    assert not [text for text in told if "context=" in text or 'key="' in text]
