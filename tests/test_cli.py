"""The command line as a user runs it: files in, files out, exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import nbwebhook as nw
from nbwebhook.demo import demo_leads

pytestmark = pytest.mark.timeout(60)

MY = ("--my", "Tier=gold")


def command(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run `python -m nbwebhook` in a folder."""
    return subprocess.run(
        [sys.executable, "-m", "nbwebhook", *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        env=os.environ | {"PYTHONIOENCODING": "utf-8"},
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a list of 20 leads."""
    frame = pd.DataFrame(demo_leads(20))
    frame.to_csv(tmp_path / "leads.csv", index=False)
    return tmp_path


def save_hook(folder: Path, url: str, **parts: object) -> Path:
    """Save a webhook that asks `url` for a score."""
    fixed: dict[str, object] = {
        "name": "Score",
        "url": url,
        "payload_template": '{"email": {{lead.Email Address}}, "t": {{my.Tier}}}',
        "request_token_encoding": "JSON",
        "custom_headers": {"Content-Type": "application/json"},
        "response_mappings": {"result.score": "LeadScore", "result.grade": "Grade"},
    }
    path = folder / "score.webhook.json"
    nw.Webhook(**(fixed | parts)).save(path)  # type: ignore[arg-type]  # parts by name
    return path


def test_a_run_leaves_all_its_files(folder: Path) -> None:
    """Four CSVs, the summary and the report; exit code 0; the list reads back."""
    with nw.DemoService(latency_ms=0) as service:
        save_hook(folder, f"{service.url}/enrich")
        done = command(
            "run", "score.webhook.json", "leads.csv", "--out", "results",
            "--connections", 5, "--my", "Tier=gold", "--field", "Grade=string",
            "--yes", cwd=folder,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert service.counts.requests == 20
        assert service.counts.max_in_flight <= 5
    results = folder / "results"
    summary = json.loads((results / "summary.json").read_text("utf-8"))
    assert summary["updated"] == summary["leads"] == 20
    applied = nw.read_leads(results / "leads.csv")
    assert applied["Grade"].str.len().eq(1).all()
    assert "Score" in done.stdout
    assert "results" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        pytest.param(
            ["run", "none.json", "leads.csv", "--out", "r", "--yes", *MY],
            "No such file",
            id="no-webhook",
        ),
        pytest.param(
            ["run", "score.webhook.json", "none.csv", "--out", "r", "--yes", *MY],
            "none.csv",
            id="no-list",
        ),
        pytest.param(
            ["run", "score.webhook.json", "leads.csv", "--out", "r", *MY],
            "--yes",
            id="nobody-to-ask",
        ),
        pytest.param(
            ["run", "score.webhook.json", "leads.csv", "--out", "r", "--my", "x"],
            "NAME=VALUE",
            id="my-token",
        ),
        pytest.param(
            ["run", "score.webhook.json", "leads.csv", "--out", "r", "--yes",
             "--connections", "0", *MY],
            "connections",
            id="no-connections",
        ),
        pytest.param(
            ["run", "score.webhook.json", "leads.csv", "--out", "r", "--yes",
             "--key", "Nope"],
            "Nope",
            id="no-such-key",
        ),
    ],
)  # fmt: skip
def test_wrong_usage_is_code_2_and_sends_nothing(
    folder: Path, arguments: list[str], wanted: str
) -> None:
    """One sentence on stderr, no traceback, no request, no folder."""
    with nw.DemoService(latency_ms=0) as service:
        save_hook(folder, f"{service.url}/enrich")
        done = command(*arguments, cwd=folder)
        assert service.counts.requests == 0
    assert done.returncode == 2
    assert wanted in done.stderr
    assert "Traceback" not in done.stderr
    assert not (folder / "r").exists()


def test_failed_leads_are_code_3(folder: Path) -> None:
    """The run ends, the files are there, and the code says that some failed."""
    with nw.DemoService(latency_ms=0, failure_share=1.0) as service:
        save_hook(folder, f"{service.url}/enrich")
        done = command(
            "run", "score.webhook.json", "leads.csv", "--out", "r", "--yes",
            "--my", "Tier=1", cwd=folder,
        )  # fmt: skip
    assert done.returncode == 3, done.stderr
    summary = json.loads((folder / "r" / "summary.json").read_text("utf-8"))
    assert summary["failed"] == 20


def test_the_demo_does_the_whole_job(tmp_path: Path) -> None:
    """Leads, run, summary, latency, delay, files and a report, on this machine."""
    done = command("demo", "--leads", 60, "--latency-ms", 5, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    for told in ("60 leads", "60 updated", "median", "100,000 leads", "report.html"):
        assert told in done.stdout
    made = {path.name for path in (tmp_path / "nbwebhook-demo").iterdir()}
    assert made >= {
        "demo_leads.csv",
        "demo.webhook.json",
        "updates.csv",
        "calls.csv",
        "changes.csv",
        "leads.csv",
        "summary.json",
        "report.html",
    }


def test_help_names_every_command(tmp_path: Path) -> None:
    """`--help` answers at once with what there is."""
    done = command("--help", cwd=tmp_path)
    assert done.returncode == 0
    assert "run" in done.stdout
    assert "demo" in done.stdout
