"""`nbwebhook demo-service`: it serves, leaves an example, and ends politely."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import nbwebhook as nw
from tests.cli.conftest import Call

pytestmark = pytest.mark.timeout(60)


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_an_example_can_be_run_as_it_is(tmp_path: Path) -> None:
    """The list and the definition that it writes fit the service that it is."""
    running = subprocess.Popen(
        [sys.executable, "-u", "-m", "nbwebhook", "demo-service", "--port", "0",
         "--latency-ms", "0", "--example", "try"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip
    assert running.stdout is not None
    lines = [running.stdout.readline() for _ in range(3)]
    assert "demo service at http://127.0.0.1:" in lines[2]
    leads = nw.read_leads(tmp_path / "try" / "leads.csv")
    hook = nw.Webhook.load(tmp_path / "try" / "score.webhook.json")
    result = nw.run(hook, leads.head(10), progress=False)
    assert result.summary.updated == 10
    running.send_signal(signal.SIGINT)
    rest, _ = running.communicate(timeout=50)
    assert "10 requests" in rest
    assert running.returncode == 0


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        pytest.param(["--fault", "status_500=x"], "status_500=0.05", id="share"),
        pytest.param(["--fault", "nonsense=0.1"], "nonsense", id="name"),
        pytest.param(["--latency-ms", "9", "--p99-ms", "1"], "p99", id="law"),
    ],
)
def test_what_it_cannot_be_has_code_2(
    call: Call, options: list[str], wanted: str
) -> None:
    """One sentence that names the option."""
    done = call("demo-service", "--port", 0, *options)
    assert done.exit_code == 2
    assert wanted in done.stderr


@pytest.mark.parametrize("failures", [False, True], ids=["good", "failing"])
def test_the_demo_leaves_everything_in_its_folder(
    tmp_path: Path, call: Call, monkeypatch: pytest.MonkeyPatch, *, failures: bool
) -> None:
    """The list, the definition, the results and the delay; the code tells failures."""
    monkeypatch.chdir(tmp_path)
    if failures:
        monkeypatch.setattr(
            "nbwebhook.cli.demo_job.DemoService",
            lambda **parts: nw.DemoService(**parts, failure_share=1.0),
        )
    done = call("demo", "--leads", 60, "--latency-ms", 1)
    assert done.exit_code == (3 if failures else 0), done.output
    assert "100,000 leads" in done.stdout
    made = {path.name for path in Path("nbwebhook-demo").iterdir()}
    assert made >= {"demo_leads.csv", "demo.webhook.json", "report.html", "leads.csv"}


def test_an_example_names_the_service_that_runs(
    tmp_path: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """List and definition are written before it serves, and the next command is told."""
    monkeypatch.setattr(
        "nbwebhook.cli.demo_job.serve_forever",
        lambda service, announce: announce(f"demo service at {service.url}"),
    )
    monkeypatch.chdir(tmp_path)
    options = ("--port", 0, "--example", "try", "--fault", "status_503=0.1")
    done = call("demo-service", *options, "--p99-ms", 200)
    assert done.exit_code == 0, done.output
    url = done.stdout.splitlines()[-1].removeprefix("demo service at ")
    hook = nw.Webhook.load("try/score.webhook.json")
    assert str(hook.origin) == url
    assert "nbwebhook run try/score.webhook.json try/leads.csv --out" in done.stdout
    assert len(nw.read_leads("try/leads.csv")) == 500
