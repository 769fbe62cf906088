"""Pictures of every tab, light and dark, wide and narrow, to be looked at.

    python -m tests.browser.pictures FOLDER

The README's two are `light-wide-run.png` and `light-wide-delay.png`, kept in
`notebooks/images/` as `panel_run.png` and `panel_delay.png`.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import nbwebhook as nw
from tests.browser.pages import CHROMIUM_ARGS, find_chromium, serve, theme_settings
from tests.browser.test_lab import go, open_panel, press

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

TABS = ("Leads", "Webhook", "Check", "Run", "Results", "Delay")
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}
WIDTHS = {"wide": 1300, "narrow": 640}
LEADS = 500
SOURCE = """import pandas as pd, nbwebhook as nw
from nbwebhook.demo import demo_leads
hook = nw.Webhook(
    name="Score a company", url="{url}/enrich",
    payload_template='{{"company": {{{{company.Company Name}}}},\\n "country": {{{{lead.Country}}}}}}',
    request_token_encoding="JSON",
    custom_headers={{"Content-Type": "application/json"}},
    response_mappings={{"result.score": "LeadScore", "result.segment": "Segment"}})
people = pd.DataFrame(demo_leads({count}))
form = nw.form(hook, people)
form"""


@contextmanager
def pages(theme: str) -> Iterator[tuple[Page, str, Path]]:
    """Return a page of JupyterLab in that theme, its address and its folder."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - an environment of its own

    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        root = folder / "notebooks"
        root.mkdir()
        theme_settings(folder, THEMES[theme])
        browser = playwright.chromium.launch(
            executable_path=find_chromium(), headless=True, args=CHROMIUM_ARGS
        )
        page = browser.new_page(viewport={"width": 1300, "height": 2600})
        page.set_default_timeout(30_000)
        with serve("lab", root, folder) as address:
            yield page, address, root
        browser.close()


def do_the_job(panel: Locator) -> None:
    """Bring every tab to where it has something to show."""
    go(panel, "Check")
    press(panel, "Check")
    panel.get_by_text("found", exact=False).first.wait_for()
    press(panel, "Send these 5")
    panel.get_by_text("5 requests, sent").wait_for()
    go(panel, "Run")
    panel.get_by_text(f"of {LEADS} calls").wait_for()
    panel.get_by_label("Send equal requests once").check()
    press(panel, "Start the run")
    panel.get_by_text("Its result is under Results").wait_for()
    go(panel, "Delay")
    panel.get_by_text("With 20 connections").first.wait_for()
    panel.get_by_text("refined once nothing moves").wait_for(state="detached")


def take(page: Page, panel: Locator, folder: Path, theme: str) -> None:
    """Take a picture of each tab at each width."""
    for width, pixels in WIDTHS.items():
        page.set_viewport_size({"width": pixels, "height": 2600})
        for tab in TABS:
            go(panel, tab)
            page.mouse.move(0, 0)
            page.wait_for_function("() => document.fonts.status === 'loaded'")
            panel.screenshot(path=folder / f"{theme}-{width}-{tab.lower()}.png")


def main() -> None:
    """Take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    with nw.DemoService(latency_ms=40, failure_share=0.03, process=True) as service:
        for theme in THEMES:
            with pages(theme) as (page, address, root):
                source = SOURCE.format(url=service.url, count=LEADS)
                panel = open_panel(page, address, root, "pictures.ipynb", source)
                do_the_job(panel)
                take(page, panel, folder, theme)


if __name__ == "__main__":
    main()
