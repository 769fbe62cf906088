"""A browser and servers for it, each started once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import nbwebhook as nw
from tests.browser.pages import CHROMIUM_ARGS, find_chromium, serve

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

_SETTINGS = "settings/@jupyterlab/apputils-extension/notification.jupyterlab-settings"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Return a real browser; without one these tests are skipped."""
    chromium = find_chromium()
    if chromium is None:
        pytest.skip("no chromium is installed")
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=chromium, headless=True, args=CHROMIUM_ARGS
        )
        yield started
        started.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Return an empty page that gives up after half a minute."""
    made = browser.new_page(viewport={"width": 1300, "height": 1600})
    made.set_default_timeout(30_000)
    yield made
    made.close()


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder that the notebook servers show."""
    return tmp_path_factory.mktemp("notebooks")


@pytest.fixture(scope="session")
def lab(
    browser: Browser, root: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Return where JupyterLab serves."""
    folder = tmp_path_factory.mktemp("lab")
    settings = folder / _SETTINGS
    settings.parent.mkdir(parents=True)
    settings.write_text('{"fetchNews": "false"}', encoding="utf-8")
    with serve("lab", root, folder) as address:
        yield address


@pytest.fixture
def service() -> Iterator[nw.DemoService]:
    """Return a service in a process of its own that takes a moment to answer."""
    with nw.DemoService(latency_ms=30, process=True) as started:
        yield started
