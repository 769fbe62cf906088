"""Promises of the house: exports, errors, imports, notebooks as they are stored."""

from __future__ import annotations

import importlib
import inspect
import json
import pickle
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import nbwebhook
from nbwebhook import errors
from nbwebhook.errors import Fault, NbWebhookError, TransportError

ROOT = Path(__file__).parents[1]
MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(nbwebhook.__path__, "nbwebhook.")
    if not module.name.endswith("__main__")
)
FACTS: dict[str, object] = {
    "names": ("KEY",),
    "faults": (Fault("url", "wrong", "mend it"),),
    "columns": ("Id", "Email"),
    "rows": (1, 2),
    "line": 7,
}


def error_classes() -> list[type[NbWebhookError]]:
    """Return every class of the error tree."""
    return [
        kind
        for name in errors.__all__
        if isinstance(kind := getattr(errors, name), type)
        and issubclass(kind, NbWebhookError)
    ]


def make_error(kind: type[NbWebhookError]) -> NbWebhookError:
    """Return an error of that class, with facts of the right types."""
    if issubclass(kind, TransportError):
        return kind("wait", "said the peer", bytes_sent=True)
    if kind.__init__ is Exception.__init__:
        return kind()
    parameters = list(inspect.signature(kind.__init__).parameters.values())[1:]
    facts = []
    for parameter in parameters:
        is_number = "int" in str(parameter.annotation)
        plain: object = 3 if is_number else parameter.name
        facts.append(FACTS.get(parameter.name, plain))
    return kind(*facts)


@pytest.mark.parametrize("kind", error_classes(), ids=lambda kind: kind.__name__)
def test_every_error_says_a_sentence_and_survives_pickling(
    kind: type[NbWebhookError],
) -> None:
    """Errors cross processes with their facts, and their text is never empty."""
    error = make_error(kind)
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert type(again) is kind
    assert str(again) == str(error)
    assert again.__dict__ == error.__dict__
    if kind.__init__ is not Exception.__init__:
        assert str(error)


@pytest.mark.parametrize("name", MODULES)
def test_every_module_exports_what_it_says(name: str) -> None:
    """`__all__` names things that exist; the linter keeps it sorted."""
    module = importlib.import_module(name)
    assert [
        item for item in getattr(module, "__all__", ()) if not hasattr(module, item)
    ] == []


def test_the_shelf_is_sorted_and_complete() -> None:
    """Every name of `__all__` has a home that exports it, and there is no other."""
    assert sorted(nbwebhook.__all__) == list(nbwebhook.__all__)
    assert set(nbwebhook._HOMES) <= set(nbwebhook.__all__)
    assert dir(nbwebhook) == sorted([*nbwebhook.__all__, "__version__"])
    for name, home in nbwebhook._HOMES.items():
        module = importlib.import_module(f"nbwebhook.{home}")
        assert getattr(nbwebhook, name) is getattr(module, name)
    assert all(hasattr(nbwebhook, name) for name in nbwebhook.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        nbwebhook.nothing  # noqa: B018 - the lookup is the test


def test_importing_loads_no_widgets_and_starts_nothing() -> None:
    """`import nbwebhook` brings no widget library, no patch, no thread."""
    code = (
        "import sys, threading, nbwebhook\n"
        "bad = {'pandas', 'ipywidgets', 'traitlets', 'nest_asyncio2', 'IPython', 'pycurl'} & set(sys.modules)\n"
        "assert not bad, bad\n"
        "assert threading.active_count() == 1\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    assert done.returncode == 0


@pytest.mark.parametrize(
    "path", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda path: path.stem
)
def test_notebooks_are_stored_without_outputs(path: Path) -> None:
    """No output, no execution count, no odd kernel name."""
    notebook = json.loads(path.read_text("utf-8"))
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"
    for cell in notebook["cells"]:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None


def test_modules_stay_small() -> None:
    """A module of more than 400 lines becomes a room."""
    long = {
        str(path.relative_to(ROOT)): lines
        for path in (ROOT / "nbwebhook").rglob("*.py")
        if (lines := len(path.read_text("utf-8").splitlines())) > 400
        and path.name != "errors.py"
    }
    assert long == {}
