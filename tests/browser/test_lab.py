"""The panel in JupyterLab, driven as a marketer would."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import nbwebhook as nw
from tests.browser.pages import ask, command, notebook_of, open_notebook, watch

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

CSV = "Id,Email Address,First Name\n" + "".join(
    f"{number},lead{number}@example.com,Ana\n" for number in range(1, 81)
)
SETUP = """import pandas as pd, nbwebhook as nw
from nbwebhook.demo import demo_leads
hook = nw.Webhook(
    name="Score", url="{url}/enrich",
    payload_template='{{"email": {{{{lead.Email Address}}}}}}',
    request_token_encoding="JSON",
    response_mappings={{"result.score": "LeadScore"}})
leads = pd.DataFrame(demo_leads({count}))
form = nw.form(hook, leads)
form"""


def open_panel(page: Page, lab: str, root: Path, name: str, *cells: str) -> Locator:
    """Write a notebook, open it, run it, and return its panel."""
    (root / name).write_text(notebook_of(*cells), encoding="utf-8")
    open_notebook(page, lab, name)
    command(page, "notebook:run-all-cells")
    panel = page.locator(".nbw-panel").first
    panel.wait_for()
    panel.get_by_role("tab", name="Delay").wait_for()
    return panel


def go(panel: Locator, tab: str) -> None:
    """Open a tab."""
    panel.get_by_role("tab", name=tab, exact=True).click()


def press(panel: Locator, button: str) -> None:
    """Click a button by its text."""
    panel.get_by_role("button", name=button, exact=True).click()


def test_the_whole_job_from_csv_to_estimate(
    page: Page, lab: str, root: Path, service: nw.DemoService
) -> None:
    """Nothing but the panel is used; no request leaves the machine, nothing breaks."""
    watched = watch(page)
    panel = open_panel(page, lab, root, "job.ipynb", "import nbwebhook as nw\nform = nw.form()\nform")  # fmt: skip
    with page.expect_file_chooser() as chooser:
        panel.get_by_role("button", name="Upload a list").click()
    chooser.value.set_files(
        {"name": "june.csv", "mimeType": "text/csv", "buffer": CSV.encode()}
    )
    panel.get_by_text("The first 8 of 80 leads").wait_for()

    define(page, panel, service.url)
    send_five_and_run(panel)
    assert service.counts.requests == 85
    look_at_results(page, panel)
    assert ask(page, "form.result.summary.updated") == "80"
    assert ask(page, "form.estimate.plan.leads") == "100000"
    assert ask(page, "len(form.leads)") == "80"
    assert watched.outside == []
    assert watched.errors == []


def define(page: Page, panel: Locator, url: str) -> None:
    """Type a definition; a token goes in at the caret, and a row keeps the focus."""
    go(panel, "Webhook")
    panel.get_by_label("Webhook name").fill("Score")
    panel.get_by_label("URL", exact=True).fill(f"{url}/enrich")
    panel.get_by_label("Request token encoding").select_option("JSON")
    payload = panel.get_by_label("Payload template")
    payload.fill('{"email": , "x": 1}')
    payload.press("Home")
    for _ in range(len('{"email": ')):
        payload.press("ArrowRight")
    panel.get_by_label("Token", exact=True).fill("{{lead.Email Address}}")
    press(panel, "Insert Token")
    page.wait_for_function(
        "() => document.activeElement && document.activeElement.tagName === 'TEXTAREA'"
        " && document.activeElement.value.includes('}}')"
    )
    assert payload.input_value() == '{"email": {{lead.Email Address}}, "x": 1}'

    press(panel, "Add response mapping")
    attribute = panel.get_by_title("response mapping 1 response attribute")
    attribute.click()
    for key in "resultddb":
        page.keyboard.press(key)
    assert attribute.input_value() == "resultddb"
    attribute.fill("result.score")
    panel.get_by_title("response mapping 1 field").fill("LeadScore")
    page.keyboard.press("Tab")


def send_five_and_run(panel: Locator) -> None:
    """Check, send five, and run all."""
    go(panel, "Check")
    press(panel, "Check")
    panel.get_by_text("nothing found that would break").or_(
        panel.get_by_text("found", exact=False)
    ).first.wait_for()
    press(panel, "Send these 5")
    panel.get_by_text("5 requests, sent").wait_for()

    go(panel, "Run")
    panel.get_by_text("if calls take as long as those measured").wait_for()
    press(panel, "Start the run")
    panel.get_by_text("Its result is under Results").wait_for()


def look_at_results(page: Page, panel: Locator) -> None:
    """Look at the updates, take them away, and see the delay and the code."""
    go(panel, "Results")
    panel.get_by_text("rows 1 to 25 of 80", exact=False).first.wait_for()
    press(panel, "Make a link to download CSV")
    with page.expect_download() as download:
        panel.get_by_role("link", name="download changes.csv").click()
    assert Path(download.value.path()).read_text("utf-8").count("\n") == 81

    go(panel, "Delay")
    panel.get_by_text("With 20 connections, as many as Marketo").first.wait_for()
    press(panel, "Show code")
    panel.get_by_text("nw.read_leads('june.csv')", exact=False).wait_for()


def test_a_run_survives_the_page_and_stops_within_a_second(
    page: Page, lab: str, root: Path
) -> None:
    """Reloaded, the run is found again; Stop ends it, and the saved page shows it."""
    watched = watch(page)
    with nw.DemoService(latency_ms=200, process=True) as service:
        panel = open_panel(page, lab, root, "long.ipynb", SETUP.format(url=service.url, count=20_000))  # fmt: skip
        go(panel, "Run")
        press(panel, "Start the run")
        panel.get_by_role("progressbar").wait_for()
        assert ask(page, "form.state.run.phase") == "'running'"
        command(page, "docmanager:save")
        page.wait_for_function(
            "() => !window.jupyterapp.shell.currentWidget.context.model.dirty"
        )
        before = int(ask(page, "nw.runs()[0].progress.done"))
        page.reload()
        open_notebook(page, lab, "long.ipynb", reset="")
        panel.get_by_role("progressbar").wait_for()  # the panel itself is there again
        assert int(ask(page, "nw.runs()[0].progress.done")) > before
        page.evaluate(
            """() => {
              const app = window.jupyterapp;
              app.commands.execute("notebook:insert-cell-below").then(() => {
                const cell = app.shell.currentWidget.content.activeCell;
                cell.model.sharedModel.setSource("found = nw.form()\\nfound");
                app.commands.execute("notebook:run-cell");
              });
            }"""
        )
        page.wait_for_function(
            "() => document.querySelectorAll('.nbw-panel').length >= 1"
        )
        page.get_by_text("Choose the list of leads").wait_for()
        again = page.locator(".nbw-panel").last
        go(again, "Run")
        press(again, "Show it here")
        again.get_by_role("progressbar").wait_for()
        press(again, "Pause")
        again.get_by_text("paused, ", exact=False).first.wait_for()
        again.get_by_label("Connections").first.fill("7")
        page.keyboard.press("Tab")
        again.locator(".nbw-boxes div", has_text="connections").get_by_text("7", exact=True).wait_for()  # fmt: skip
        press(again, "Resume")
        again.get_by_text("lost to the rate limit and pauses").wait_for()
        again.get_by_text("paused, ", exact=False).first.wait_for(state="detached")
        started_s = time.perf_counter()
        press(again, "Stop")
        again.locator(".nbw-good", has_text="The run was stopped").first.wait_for()
        stopped_s = time.perf_counter() - started_s
        assert service.counts.requests < 20_000
    assert ask(page, "nw.runs()[0].progress.state") == "'stopped'"
    print(f"stopped in {stopped_s:.2f} s")  # noqa: T201 - shown with -s
    assert stopped_s < 3, f"stopping took {stopped_s:.2f} s; one is promised"
    assert watched.outside == []
    assert watched.errors == []


def test_a_list_of_many_megabytes_comes_through(
    page: Page, lab: str, root: Path, tmp_path: Path
) -> None:
    """A notebook's server takes 10 MB a message; the list goes in smaller ones."""
    watched = watch(page)
    panel = open_panel(page, lab, root, "large.ipynb", "import nbwebhook as nw\nform = nw.form()\nform")  # fmt: skip
    filler = "x" * 100
    rows = "".join(f"{number},{filler}\n" for number in range(120_000))
    large = tmp_path / "large.csv"
    large.write_text(f"Id,Note\n{rows}", encoding="utf-8")
    assert large.stat().st_size > 12_000_000
    with page.expect_file_chooser() as chooser:
        panel.get_by_role("button", name="Upload a list").click()
    chooser.value.set_files(large)
    panel.get_by_text("The first 8 of 120,000 leads").wait_for()
    assert ask(page, "form.leads['Id'].iloc[-1]") == "'119999'"
    assert "x" * 100 not in ask(page, "repr(form.leads_view.upload.get_state())")
    assert watched.errors == []


def test_a_secret_is_typed_once_and_stays_out_of_the_file(
    page: Page, lab: str, root: Path, service: nw.DemoService
) -> None:
    """From a curl command to a call with its key; the saved notebook holds none of it."""
    panel = open_panel(page, lab, root, "secret.ipynb", SETUP.format(url=service.url, count=3))  # fmt: skip
    go(panel, "Webhook")
    panel.get_by_text("Paste a curl command").click()
    panel.get_by_label("curl command").fill(
        f"curl {service.url}/enrich --json '{{\"a\": 1}}' "
        "-H 'Authorization: Bearer {{secret.SCORE_KEY}}'"
    )
    press(panel, "Take it over")
    panel.get_by_text("taken from the curl command").wait_for()
    panel.get_by_text("missing: type it").wait_for()
    panel.get_by_label("Secret SCORE_KEY").fill("s3cr3t-never-kept")
    page.keyboard.press("Tab")
    panel.get_by_text("✓ typed").wait_for()
    assert panel.get_by_label("Secret SCORE_KEY").input_value() == ""
    go(panel, "Run")
    press(panel, "Start the run")
    panel.get_by_text("Its result is under Results").wait_for()
    press(panel, "Show code")
    panel.get_by_text("getpass", exact=False).first.wait_for()
    states = "[w.get_state() for w in __import__('ipywidgets').Widget.widgets.values()]"
    assert ask(page, f"'s3cr3t-never-kept' in repr({states})") == "False"
    command(page, "docmanager:save")
    page.wait_for_function(
        "() => !window.jupyterapp.shell.currentWidget.context.model.dirty"
    )
    saved = (root / "secret.ipynb").read_text("utf-8")
    assert "Last result, " in saved
    assert "s3cr3t-never-kept" not in saved
    assert "s3cr3t-never-kept" not in page.content()


def test_failed_leads_are_run_again_and_equal_requests_are_told(
    page: Page, lab: str, root: Path
) -> None:
    """The calls that a tick saves stand beside it before the run, and it saves them."""
    with nw.DemoService(latency_ms=5, failure_share=1.0, process=True) as service:
        setup = SETUP.format(url=service.url, count=30).replace(
            "lead.Email Address", "lead.Country"
        )
        panel = open_panel(page, lab, root, "equal.ipynb", setup)
        go(panel, "Run")
        panel.get_by_text("of 30 calls").wait_for()
        saved = int(ask(page, "form.state.equal.saved"))
        assert saved > 0
        panel.get_by_label("Send equal requests once").check()
        panel.get_by_text(f"{30 - saved} calls for 30 leads").wait_for()
        press(panel, "Start the run")
        panel.get_by_text("Its result is under Results").wait_for()
        assert service.counts.requests == 30 - saved
        go(panel, "Results")
        panel.get_by_text("30 leads failed or were not tried").wait_for()
        press(panel, "Run failed again")
        page.wait_for_function(
            "() => document.querySelector('.nbw-panel [role=progressbar]')"
        )
        ask(page, "form.settle()")
        assert service.counts.requests == 2 * (30 - saved)
        assert ask(page, "len(form.state.results.results)") == "2"


def test_in_a_narrow_window_nothing_is_cut_off(
    page: Page, lab: str, root: Path
) -> None:
    """No tab's name and no control reaches past the panel's edge."""
    page.set_viewport_size({"width": 760, "height": 1600})
    panel = open_panel(page, lab, root, "narrow.ipynb", SETUP.format(url="http://127.0.0.1:9", count=40))  # fmt: skip
    for tab in ("Leads", "Webhook", "Check", "Run", "Results", "Delay"):
        go(panel, tab)
        past = panel.evaluate(
            """(panel) => {
              const edge = panel.getBoundingClientRect().right + 1;
              const parts = panel.querySelectorAll(
                "input, select, textarea, button, .widget-label, [role=tab], output");
              return [...parts]
                .filter((e) => e.offsetParent && !e.closest(".nbw-wide, .nbw-drawing"))
                .filter((e) => e.getBoundingClientRect().right > edge
                  || (e.matches("[role=tab] *, .widget-label") && e.scrollWidth > e.clientWidth + 1))
                .map((e) => e.outerHTML.slice(0, 120));
            }"""
        )
        assert past == [], tab


def test_saved_and_opened_without_a_kernel_the_result_shows(
    page: Page, lab: str, root: Path, service: nw.DemoService
) -> None:
    """The notebook's file holds a page of the result that needs nothing."""
    panel = open_panel(page, lab, root, "kept.ipynb", SETUP.format(url=service.url, count=40))  # fmt: skip
    go(panel, "Run")
    press(panel, "Start the run")
    panel.get_by_text("Its result is under Results").wait_for()
    page.get_by_text("Last result, Score: 40 leads in").wait_for()
    command(page, "docmanager:save")
    page.wait_for_function(
        "() => !window.jupyterapp.shell.currentWidget.context.model.dirty"
    )
    page.evaluate(
        "async () => { await window.jupyterapp.shell.currentWidget.sessionContext.shutdown(); }"
    )
    page.goto(f"{lab}/lab/tree/kept.ipynb?reset")
    kept = page.get_by_text("Last result, Score: 40 leads in")
    kept.wait_for()
    kept.click()
    page.get_by_text("Own overhead").wait_for()


def test_the_keyboard_alone_suffices(
    page: Page, lab: str, root: Path, service: nw.DemoService
) -> None:
    """Tabs by arrow keys, fields and buttons by Tab and Enter, sliders by arrows."""
    panel = open_panel(page, lab, root, "keys.ipynb", SETUP.format(url=service.url, count=40))  # fmt: skip
    panel.get_by_role("tab", name="Leads", exact=True).focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Enter")
    start = panel.get_by_role("button", name="Start the run", exact=True)
    start.wait_for()
    for _ in range(20):
        page.keyboard.press("Tab")
        if start.evaluate("(button) => button === document.activeElement"):
            break
    page.keyboard.press("Enter")
    panel.get_by_text("Its result is under Results").wait_for()
    go(panel, "Delay")
    slider = panel.get_by_role("slider", name="Connections")
    slider.focus()
    page.keyboard.press("ArrowRight")
    panel.get_by_text("With 25 connections").first.wait_for()
    assert slider.get_attribute("aria-valuetext") == "25"


def test_a_hundred_thousand_leads_do_not_slow_it(
    page: Page, lab: str, root: Path
) -> None:
    """Opening, a filter and a slider's step, bounded with wide margins."""
    watched = watch(page)
    cells = (
        SETUP.format(url="http://127.0.0.1:9", count=100_000).removesuffix("\nform"),
        """import time
began = time.perf_counter()
form = nw.form(hook, leads)
made_s = time.perf_counter() - began
form""",
    )
    panel = open_panel(page, lab, root, "many.ipynb", *cells)
    opened_s = float(ask(page, "made_s"))
    ask(page, "[form.state.results.table.take(leads, 'Leads'), form.results_view._body.layout.__setattr__('display', None)][1]")  # fmt: skip
    go(panel, "Results")
    contains = panel.get_by_label("contains")
    contains.fill("10999")
    started_s = time.perf_counter()
    contains.press("Enter")
    panel.get_by_text("found in 100,000").first.wait_for()
    filtered_s = time.perf_counter() - started_s
    go(panel, "Delay")
    panel.get_by_text("With 20 connections").first.wait_for()
    slider = panel.get_by_role("slider", name="Connections")
    slider.focus()
    started_s = time.perf_counter()
    page.keyboard.press("ArrowRight")
    panel.get_by_text("With 25 connections").first.wait_for()
    stepped_s = time.perf_counter() - started_s
    print(f"opened {opened_s:.2f} s, filter {filtered_s:.2f} s, step {stepped_s:.3f} s")  # noqa: T201 - shown with -s
    assert opened_s < 10
    assert filtered_s < 5
    assert stepped_s < 3
    assert watched.outside == []
