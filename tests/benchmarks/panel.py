"""How long a reader of the panel waits, seen in a browser, with 100,000 leads.

    python -m tests.benchmarks.panel [--rounds 9]

Needs the environment of the browser tests. Times are taken in the page itself: from the
key to the frame that is drawn after the new text is there. "Opens" is from running the
cell to the panel on the page; the list and the library are there already. Each is the
median of the rounds, with the slowest beside it.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.browser.pages import (
    CHROMIUM_ARGS,
    ask,
    command,
    find_chromium,
    notebook_of,
    open_notebook,
    serve,
)
from tests.browser.test_lab import SETUP, go

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

LEADS = 100_000
LIMITS_MS = {
    "opens": 2_000,
    "filter": 500,
    "step: connections": 150,
    "step: leads": 150,
    "step: service": 150,
    "step: rate limit": 150,
}
# Resolves with the time from now to the first drawn frame in which `root` has a text
# that it had not, within elements that fit `part`.
_WATCH = """([part, before]) => {
  const read = () => Array.from(document.querySelectorAll(part), (e) => e.textContent).join("|");
  const began = performance.now();
  window.nbwSeen = new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error(`${part} stays as it is`)), 20000);
    const look = () => {
      if (read() === before) return;
      watcher.disconnect();
      requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - began), 0));
    };
    const watcher = new MutationObserver(look);
    watcher.observe(document.body, { childList: true, subtree: true, characterData: true });
    look();
  });
}"""
_READ = """(part) => Array.from(document.querySelectorAll(part), (e) => e.textContent).join("|")"""


@contextmanager
def lab_page() -> Iterator[tuple[Page, str, Path]]:
    """Return a page, JupyterLab's address and its folder."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - an environment of its own

    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        root = Path(name, "notebooks")
        root.mkdir()
        browser = playwright.chromium.launch(
            executable_path=find_chromium(), headless=True, args=CHROMIUM_ARGS
        )
        page = browser.new_page(viewport={"width": 1300, "height": 1600})
        page.set_default_timeout(60_000)
        with serve("lab", root, Path(name)) as address:
            yield page, address, root
        browser.close()


def seen_ms(page: Page, part: str, key: str, target: Locator) -> float:
    """Press a key and return how long it took until that part of the page was new."""
    before = page.evaluate(_READ, part)
    target.focus()
    page.evaluate(_WATCH, [part, before])
    page.keyboard.press(key)
    waited: float = page.evaluate("() => window.nbwSeen")
    return waited


def opening_ms(page: Page, rounds: int) -> list[float]:
    """Run the cell that shows a new panel, and wait for its tabs."""
    page.evaluate(
        "() => window.jupyterapp.commands.execute('notebook:move-cursor-down')"
    )
    waits = []
    for _ in range(rounds):
        command(page, "notebook:clear-all-cell-outputs")
        page.locator(".nbw-panel").first.wait_for(state="detached")
        before = page.evaluate(_READ, ".nbw-panel [role=tab]")
        page.evaluate(_WATCH, [".nbw-panel [role=tab]", before])
        command(page, "notebook:run-cell")
        waits.append(page.evaluate("() => window.nbwSeen"))
    return waits


def filter_ms(page: Page, panel: Locator, rounds: int) -> list[float]:
    """Filter the table of all leads by a text."""
    ask(page, "[form.state.results.table.take(leads, 'Leads'), form.results_view._body.layout.__setattr__('display', None)][1]")  # fmt: skip
    go(panel, "Results")
    contains = panel.get_by_label("contains")
    waits = []
    for number in range(rounds):
        contains.fill(f"10{number:02d}7")
        waits.append(seen_ms(page, ".nbw-grid tbody", "Enter", contains))
    return waits


def step_ms(page: Page, panel: Locator, slider: str, rounds: int) -> list[float]:
    """Move a slider by a step, each time from rest."""
    handle = panel.get_by_role("slider", name=slider, exact=True)
    waits = []
    for number in range(rounds):
        panel.get_by_text("refined once nothing moves").wait_for(state="detached")
        key = "ArrowRight" if number % 4 < 2 else "ArrowLeft"
        waits.append(seen_ms(page, ".nbw-lead", key, handle))
    return waits


def main() -> None:
    """Measure and print; fails if a median is above its limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    rounds = parser.parse_args().rounds
    source = SETUP.format(url="http://127.0.0.1:9", count=LEADS)
    setup = source.replace("\nform = nw.form(hook, leads)\nform", "\nnw.form()")
    with lab_page() as (page, address, root):
        book = notebook_of(setup, "form = nw.form(hook, leads)\nform")
        (root / "panel.ipynb").write_text(book, encoding="utf-8")
        open_notebook(page, address, "panel.ipynb")
        command(page, "notebook:run-all-cells")
        page.wait_for_function(
            "() => document.querySelectorAll('.nbw-panel').length > 1"
        )
        waits = {"opens": opening_ms(page, rounds)}
        panel = page.locator(".nbw-panel").last
        waits["filter"] = filter_ms(page, panel, rounds)
        go(panel, "Delay")
        panel.get_by_text("With 20 connections").first.wait_for()
        sliders = ("Connections", "Leads", "Service", "Rate limit")
        for slider in sliders:
            measured = step_ms(page, panel, slider, rounds)
            waits[f"step: {slider.lower()}"] = measured
    report(waits)


def report(waits: dict[str, list[float]]) -> None:
    """Print a line a promise."""
    late = False
    for name, measured in waits.items():
        median, limit = statistics.median(measured), LIMITS_MS[name]
        late |= median > limit
        print(  # noqa: T201 - a command's answer
            f"{name:18} median {median:6.0f} ms, slowest {max(measured):6.0f} ms, "
            f"of {len(measured)}; promised {limit:,} ms"
        )
    if late:
        raise SystemExit("a median is above what is promised")


if __name__ == "__main__":
    main()
