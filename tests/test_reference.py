"""The reference: one page made of the docstrings, and `help()`."""

from __future__ import annotations

import inspect
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

import nbwebhook as nw

README = (Path(__file__).parents[1] / "README.md").read_text("utf-8")


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page, by the command that the README gives."""
    folder = tmp_path_factory.mktemp("reference")
    [line] = [
        line for line in README.splitlines() if line.startswith("    python -m pdoc")
    ]
    command = [sys.executable, *shlex.split(line)[1:]]
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return (folder / "reference" / "nbwebhook.html").read_text("utf-8")


def test_every_public_name_is_on_the_page(page: str) -> None:
    """A name that a user can import can be looked up."""
    anchors = set(re.findall(r'id="([A-Za-z_.]+)"', page))
    assert set(nw.__all__) - anchors == set()


def test_the_page_asks_no_other_machine(page: str) -> None:
    """It can be read without a network: nothing is loaded from elsewhere."""
    loaded = r"""<(?:link|script|img|iframe)\b[^>]*?["'](?:https?:)?//"""
    assert re.findall(loaded, page) == []
    assert "@import" not in page


@pytest.mark.parametrize("name", nw.__all__)
def test_help_says_what_a_name_is_for(name: str) -> None:
    """Every public name has a docstring of its own, and so have its public members."""
    public = getattr(nw, name)
    assert inspect.getdoc(public)
    if inspect.isclass(public):
        members = {
            member: inspect.getdoc(value)
            for member, value in vars(public).items()
            if not member.startswith("_") and callable(value)
        }
        assert [member for member, text in members.items() if not text] == []
