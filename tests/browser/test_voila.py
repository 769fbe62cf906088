"""The panel as a page of Voila, and once in Notebook 7."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import nbwebhook as nw
from tests.browser.pages import (
    ask,
    command,
    notebook_of,
    open_notebook,
    serve,
    serve_voila,
    watch,
)
from tests.browser.test_lab import SETUP, go, press

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

# Notebook 7.6 says so of its shortcuts now and then, with an empty notebook as well.
NOTEBOOKS_OWN = "Cannot read properties of undefined (reading 'schema')"


def free_port() -> int:
    """Return a port of loopback that nobody has now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_as_a_page_of_voila_it_does_the_same_job(
    page: Page, tmp_path: Path, service: nw.DemoService
) -> None:
    """A run and an estimate, no box for files of the server, no request elsewhere."""
    notebook = tmp_path / "page.ipynb"
    notebook.write_text(notebook_of(SETUP.format(url=service.url, count=40)))
    watched = watch(page)
    with serve_voila(notebook, free_port(), tmp_path / "voila") as address:
        page.goto(address)
        panel = page.locator(".nbw-panel").first
        panel.wait_for(timeout=60_000)
        assert panel.get_by_label("or a file").count() == 0
        go(panel, "Run")
        press(panel, "Start the run")
        panel.get_by_text("Its result is under Results").wait_for()
        go(panel, "Results")
        panel.get_by_text("rows 1 to 25 of 40", exact=False).first.wait_for()
        go(panel, "Delay")
        panel.get_by_text("With 20 connections").first.wait_for()
    assert service.counts.requests == 40
    assert watched.outside == []
    assert watched.errors == []


def test_in_notebook_7_it_opens_and_hears(
    page: Page, root: Path, tmp_path: Path, service: nw.DemoService
) -> None:
    """What is typed reaches the kernel, and a run ends there as well."""
    (root / "seven.ipynb").write_text(notebook_of(SETUP.format(url=service.url, count=40)))  # fmt: skip
    watched = watch(page)
    with serve("notebook", root, tmp_path / "seven") as address:
        open_notebook(page, address, "seven.ipynb", path="notebooks")
        command(page, "notebook:run-all-cells")
        panel = page.locator(".nbw-panel").first
        panel.wait_for()
        go(panel, "Webhook")
        panel.get_by_label("Webhook name").fill("Seven")
        page.keyboard.press("Tab")
        go(panel, "Run")
        press(panel, "Start the run")
        panel.get_by_text("Its result is under Results").wait_for()
        assert ask(page, "form.webhook.name") == "'Seven'"
        assert ask(page, "form.result.summary.updated") == "40"
    assert watched.outside == []
    assert [error for error in watched.errors if error != NOTEBOOKS_OWN] == []
