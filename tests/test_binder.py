"""The files that Binder builds from agree with the project's own."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def requirements() -> list[str]:
    """Return the lines of binder's requirements that are no comments."""
    lines = (ROOT / "binder" / "requirements.txt").read_text("utf-8").splitlines()
    return [line for line in lines if line.strip() and not line.startswith("#")]


def test_the_python_is_one_that_the_project_runs_on() -> None:
    """Binder's own default is older than the project's floor, so it must be named."""
    runtime = (ROOT / "binder" / "runtime.txt").read_text("utf-8")
    found = re.fullmatch(r"python-(3\.\d+)\n", runtime)
    assert found
    assert SpecifierSet(PROJECT["requires-python"]).contains(f"{found.group(1)}.0")
    named = f"Programming Language :: Python :: {found.group(1)}"
    assert named in PROJECT["classifiers"]


def test_the_project_itself_is_installed_with_its_extras() -> None:
    """A binder/ folder switches the automatic install off; an extra must exist."""
    [own] = [line for line in requirements() if line.startswith(".")]
    found = re.fullmatch(r"\.\[([a-z,]+)\]", own)
    assert found
    assert set(found.group(1).split(",")) <= set(PROJECT["optional-dependencies"])


def test_what_else_is_pinned_contradicts_no_floor_of_the_project() -> None:
    """Every other line is at or above what the extra asks for, never an upper limit."""
    extra = PROJECT["optional-dependencies"]["notebook"]
    floors = {Requirement(text).name: Requirement(text).specifier for text in extra}
    for line in requirements():
        if line.startswith("."):
            continue
        wanted = Requirement(line)
        [pin] = wanted.specifier
        assert pin.operator == ">="
        assert floors[wanted.name].contains(pin.version)


def test_binder_opens_on_a_notebook_that_is_there() -> None:
    """The README's link names a notebook of the repository."""
    readme = (ROOT / "README.md").read_text("utf-8")
    [path] = re.findall(
        r"mybinder\.org/v2/gh/\S+?urlpath=lab/tree/(\S+?\.ipynb)", readme
    )
    assert json.loads((ROOT / path).read_text("utf-8"))["nbformat"] == 4
