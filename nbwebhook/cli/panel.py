"""The panel in a browser: a notebook of one cell, served on this machine."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

import click

from nbwebhook.cli.told import ExitCode
from nbwebhook.definition.webhook import Webhook
from nbwebhook.errors import InvalidPlan

__all__ = ["open_panel"]

_SERVERS = (
    ("voila", ("voila", "--Voila.ip=127.0.0.1", "--template=nbwebhook")),
    ("jupyterlab", ("jupyterlab", "--ServerApp.ip=127.0.0.1")),
)


def open_panel(webhook: Path | None, leads: Path | None) -> ExitCode:
    """Serve the panel until the user interrupts.

    Raises:
        DefinitionError: The definition cannot be read.
        InvalidPlan: There is nothing to serve a notebook with.
    """
    if webhook is not None:
        Webhook.load(webhook)
    server = next((how for name, how in _SERVERS if find_spec(name)), None)
    if server is None:
        problem = 'needs JupyterLab or Voila: pip install "nbwebhook[notebook]"'
        raise InvalidPlan("form", problem)
    with tempfile.TemporaryDirectory(prefix="nbwebhook-") as folder:
        notebook = Path(folder, "panel.ipynb")
        notebook.write_text(_notebook(webhook, leads), encoding="utf-8")
        click.echo(f"{server[0]} serves the panel; Ctrl-C stops it", err=True)
        done = subprocess.run(  # noqa: S603 - our own words
            [sys.executable, "-m", *server, str(notebook)], check=False
        )
    return ExitCode.WRONG if done.returncode else ExitCode.GOOD


def _notebook(webhook: Path | None, leads: Path | None) -> str:
    given = []
    if webhook is not None:
        given.append(f"nw.Webhook.load({str(webhook.resolve())!r})")
    if leads is not None:
        given.append(f"nw.read_leads({str(leads.resolve())!r})")
    source = f"import nbwebhook as nw\n\nnw.form({', '.join(given)})"
    cell: dict[str, object] = {
        "cell_type": "code",
        "execution_count": None,
        "id": "panel",
        "metadata": {},
        "outputs": [],
        "source": source,
    }
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    book = {
        "cells": [cell],
        "metadata": {"kernelspec": kernel, "title": "nbwebhook"},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(book)
