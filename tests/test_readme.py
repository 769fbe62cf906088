"""What the README says is done: its commands are run, its files and options are there."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

import nbwebhook as nw
from nbwebhook.cli import main

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
LINES = [line[4:] for line in README.splitlines() if line.startswith("    ")]
COMMANDS = [line for line in LINES if line.startswith("nbwebhook ")]

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder in which the README's demo service has been started."""
    [serving] = [one for one in COMMANDS if " demo-service " in one]
    monkeypatch.chdir(tmp_path)
    running = subprocess.Popen(
        [sys.executable, "-u", "-m", *shlex.split(serving), "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONIOENCODING": "utf-8"},
    )
    assert running.stdout is not None
    for line in running.stdout:
        if line.startswith("demo service at"):
            break
    yield tmp_path
    running.terminate()
    running.communicate(timeout=50)


def typed(command: str, answers: str | None = None) -> Result:
    """Type a command of the README, and yes where it asks."""
    arguments = shlex.split(command)[1:]
    if arguments[0] == "run":
        arguments.append("--yes")
    return CliRunner().invoke(main, arguments, input=answers)


def test_the_lines_for_a_shell_do_what_is_said(tried: Path) -> None:
    """From the example to a campaign's delay, in the order of the page."""
    answers = "\nhttps://example.com/score\n\n\n\n\n\n"
    lines = [one for one in COMMANDS if " demo-service " not in one]
    assert [shlex.split(line)[1] for line in lines] == [
        "check", "preview", "run", "run", "estimate", "setup", "new"
    ]  # fmt: skip
    for line in lines:
        done = typed(line, answers if " new " in line else None)
        assert done.exit_code == 0, f"{line}\n{done.output}"
    for name in re.findall(r"`results/` gets (.*?)\. The", README.replace("\n", " ")):
        files = re.findall(r"`([\w.]+)`", name)
        assert {one.name for one in (tried / "results").iterdir()} >= set(files)
        assert len(files) == 7
    pilot = nw.read_leads("pilot/calls.csv")["lead_key"]
    results = nw.read_leads("results/calls.csv")["lead_key"]
    assert len(pilot) == 100
    assert len({*pilot, *results}) == len(pilot) + len(results) == 500


def test_the_two_commands_are_those_of_ci() -> None:
    """What sets everything up stands in CI's own script, word for word."""
    script = (ROOT / ".ci" / "run").read_text("utf-8").replace(" --quiet", "")
    [_, tests] = [line for line in LINES if line.startswith("python -m pip")]
    for half in tests.split(" && "):
        assert half in script
    [checks] = [line for line in LINES if line.startswith("ruff")]
    for part in checks.split(" && "):
        assert part in script


def test_the_main_job_is_one_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second half of the first command, as it stands."""
    monkeypatch.chdir(tmp_path)
    [demo, _] = [line for line in LINES if line.startswith("python -m pip")]
    setup, job = demo.split(" && ")
    assert setup == 'python -m pip install ".[all]"'
    assert job.startswith("python -m nbwebhook ")
    done = CliRunner().invoke(main, shlex.split(job)[3:])
    assert done.exit_code == 0, done.output
    assert (tmp_path / "nbwebhook-demo" / "report.html").exists()


def test_every_option_of_a_run_is_named() -> None:
    """A reader of the page knows of each."""
    run = main.commands["run"]
    options = {
        option.opts[0] for option in run.params if isinstance(option, click.Option)
    }
    assert {name for name in options if f"`{name}" not in README} == set()
    for name in main.commands:
        assert name in README


def test_every_file_that_is_linked_is_there() -> None:
    """Pictures are small; every notebook is listed."""
    links = re.findall(r"\]\((?!https?:)([^)]+)\)", README)
    for link in links:
        assert (ROOT / link).is_file()
    books = {f"notebooks/{path.name}" for path in (ROOT / "notebooks").glob("*.ipynb")}
    assert books <= set(links)
    for picture in (ROOT / "notebooks" / "images").iterdir():
        assert picture.stat().st_size < 150_000


def test_the_table_of_dependencies_is_complete() -> None:
    """Each package that is installed for a user has its reason."""
    import tomllib  # noqa: PLC0415 - one test needs it

    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    needed = [
        *project["dependencies"],
        *(
            one
            for name in ("fast", "notebook", "excel", "parquet", "keyring")
            for one in extras[name]
        ),
    ]
    names = {re.split(r"[^a-z0-9-]", one)[0] for one in needed}
    table = README.partition("## Dependencies")[2].partition("## How to")[0]
    assert {name for name in names if name not in table} == set()
