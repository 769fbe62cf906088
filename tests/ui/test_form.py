"""The panel's views without a browser: traits are set, buttons are clicked."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ipywidgets as w
import lxml.html
import pandas as pd
import pytest

import nbwebhook as nw
from nbwebhook.lint.findings import Finding, Findings
from nbwebhook.ui import delay_state
from nbwebhook.ui.browser_widgets import make_slider, make_token_text
from nbwebhook.ui.form import Form, form
from nbwebhook.ui.rows_view import PairRows
from nbwebhook.ui.saved import saved_page
from nbwebhook.ui.style import STYLE
from tests.ui.conftest import send_file

CONTROLS = (
    w.Button,
    w.Text,
    w.Textarea,
    w.Dropdown,
    w.Checkbox,
    w.Combobox,
    w.Password,
)


def all_widgets(root: w.Widget) -> list[w.Widget]:
    """Return a widget and all within it."""
    found = [root]
    for child in getattr(root, "children", ()):
        found += all_widgets(child)
    return found


def html_of(panel: Form) -> str:
    """Return all HTML that the panel shows, its style sheet left out."""
    shown = (each for each in all_widgets(panel.view) if isinstance(each, w.HTML))
    return "".join(each.value for each in shown if each.value != STYLE)


def test_the_whole_job_by_clicks(hook: nw.Webhook, service: nw.DemoService) -> None:
    """From a file to an estimate, and everything is handed back as plain objects."""
    panel = form()
    content = b"Id,Email Address\n" + b"".join(b"%d,a%d@example.com\n" % (n, n) for n in range(40))  # fmt: skip
    send_file(panel.leads_view.upload, "june.csv", content)
    assert panel.leads is not None
    assert "a0@example.com" in panel.leads_view.first.value
    view = panel.webhook_view
    view.name.value, view.url.value = hook.name, hook.url
    view.payload.value, view.encoding.value = hook.payload_template, "JSON"
    view.headers.add.click()
    row = view.headers.rows[0]
    row.first.value, row.second.value = "Content-Type", "application/json"
    for number, mapping in enumerate(hook.response_mappings):
        view.mappings.add.click()
        row = view.mappings.rows[number]
        row.first.value, row.second.value = mapping
    assert panel.webhook == hook
    panel.check_view.check.click()
    panel.settle()
    assert "Error" not in panel.check_view.told.value
    panel.check_view.preview.send_five.click()
    panel.settle()
    assert "new value" in panel.check_view.preview.page.value
    panel.run_view.limits.connections.value = 5
    panel.run_view.start.click()
    panel.settle()
    assert "The run has ended" in panel.run_view.progress.value
    assert panel.result is not None
    assert panel.result.summary.updated == 40
    assert service.counts.requests == 45
    assert "LeadScore" in panel.results_view.table.rows.value
    panel.tabs.selected_index = 5
    panel.settle()
    assert panel.estimate is not None
    assert "<svg" in panel.delay_view.chart.value
    panel.show_code.click()
    assert "nw.read_leads(&#x27;june.csv&#x27;)" in panel.code.value
    panel.tabs.selected_index = 0
    panel.show_code.click()
    assert panel.code.value == ""


def test_what_is_given_is_shown(
    panel: Form, hook: nw.Webhook, leads: pd.DataFrame
) -> None:
    """The boxes hold the definition, and it comes back unchanged."""
    assert panel.webhook == hook
    assert panel.leads is leads
    assert [panel.result, panel.estimate] == [None, None]
    assert panel.webhook_view.url.value == hook.url
    assert "There is no result yet" in panel.results_view.told.value
    assert repr(panel).startswith("<Form: Score")


def test_a_fault_is_shown_by_its_box_with_a_remedy(panel: Form) -> None:
    """Once nothing is typed any more; mended, it goes."""
    view = panel.webhook_view
    view.payload.value = "{{lead.Id"
    assert view.faults["payload_template"].value == ""
    panel.settle()
    assert 'role="alert"' in view.faults["payload_template"].value
    assert "closes" in view.faults["payload_template"].value
    view.payload.value = "{{lead.Id}}"
    view.request_type.value = "GET"
    panel.settle()
    assert "choose POST" in view.faults["payload_template"].value
    view.request_type.value = "PUT"
    panel.settle()
    assert view.faults["payload_template"].value == ""
    assert panel.webhook is not None


def test_a_typed_secret_is_in_no_widget(
    make_hook: Callable[..., nw.Webhook], leads: pd.DataFrame
) -> None:
    """Not in the state that a notebook stores, not in any HTML, and yet it is sent."""
    canary = "canary-secret-7391"
    panel = form(make_hook(custom_headers={"X-Key": "{{secret.PANEL_KEY}}"}), leads)
    box = panel.webhook_view.secrets.boxes["PANEL_KEY"]
    box.value = canary
    assert box.value == ""
    panel.check_view.preview.show_request.click()
    panel.run_view.start.click()
    panel.settle()
    panel.show_code.click()
    assert panel.result is not None
    assert panel.result.summary.updated == len(leads)
    states = [each.get_state() for each in all_widgets(panel.view)]
    assert canary not in repr(states)
    assert canary not in panel.code.value + html_of(panel) + repr(panel.state.code)
    assert "PANEL_KEY" in panel.code.value


def test_tokens_go_where_the_focus_was(panel: Form, monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    """The payload first, then the field that was touched last."""
    view = panel.webhook_view
    sent: list[tuple[str, str]] = []
    fields = {"url": view.url, "payload": view.payload, "header": view.headers.rows[0].second}  # fmt: skip
    for name, field in fields.items():
        monkeypatch.setattr(field, "insert_token", lambda token, name=name: sent.append((name, token)))  # fmt: skip
    view.tokens.box.value = "{{lead.Id}}"
    view.tokens.put.click()
    view.headers.rows[0].second.touched += 1
    view.tokens.box.value = "lead.Country"
    view.tokens.put.click()
    view.url.touched += 1
    view.tokens.put.click()
    view.payload.touched += 1
    view.tokens.box.value = ""
    view.tokens.put.click()
    assert sent == [
        ("payload", "{{lead.Id}}"),
        ("header", "{{lead.Country}}"),
        ("url", "{{lead.Country}}"),
    ]
    assert "{{lead.Id}}" in view.tokens.box.options


def test_without_a_caret_tokens_go_to_the_end() -> None:
    """The stand-ins of ipywidgets do the same work with a name of their own."""
    area = make_token_text("Payload", rows=3, with_caret=False)
    line = make_token_text("URL", is_label_shown=False, with_caret=False)
    for each in (area, line):
        each.value = "a"
        each.insert_token("{{lead.Id}}")
        assert each.value == "a{{lead.Id}}"
    assert (area.description, line.tooltip) == ("Payload", "URL")
    slider, trait = make_slider("Leads", ["1", "2"], with_caret=False)
    setattr(slider, trait, 1)
    assert slider.label == "2"


def test_the_panel_works_without_anywidget() -> None:
    """With the import barred it still opens, and values reach the state."""
    code = (
        "import sys, importlib.util as u\n"
        "from datetime import UTC, datetime\n"
        "real = u.find_spec\n"
        "u.find_spec = lambda name, *rest: None if name == 'anywidget' else real(name, *rest)\n"
        "import nbwebhook as nw\n"
        "panel = nw.form()\n"
        "assert 'anywidget' not in sys.modules\n"
        "panel.webhook_view.url.value = 'http://127.0.0.1:9/x'\n"
        "panel.webhook_view.headers.add.click()\n"
        "panel.webhook_view.headers.rows[0].first.value = 'X-A'\n"
        "assert panel.webhook.custom_headers == (('X-A', ''),)\n"
        "panel.state.delay.leads = 12_345\n"
        "panel.delay_view.sliders['leads'].place = 0\n"
        "assert panel.state.delay.leads == 100\n"
        "file = {'name': 'a.csv', 'content': memoryview(b'Id\\n7\\n'), 'type': '', 'size': 5}\n"
        "panel.leads_view.upload.value = ({**file, 'last_modified': datetime.now(UTC)},)\n"
        "assert panel.leads_view.upload.value == ()\n"
        "assert panel.leads['Id'].tolist() == ['7']\n"
        "panel.settle()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)  # fmt: skip
    assert done.stderr == ""


def test_rows_stay_the_same_objects_while_somebody_types(panel: Form) -> None:
    """Typing, adding and moving make no row anew, so that none loses the focus."""
    rows: PairRows = panel.webhook_view.headers
    rows.add.click()
    first, second = rows.rows
    before = rows._box.children
    second.first.value, second.second.value = "X-A", "1"
    assert rows._box.children is before
    second.up.click()
    assert rows.rows == [first, second]
    assert panel.state.webhook.custom_headers == (("X-A", "1"), ("Content-Type", "application/json"))  # fmt: skip
    first.up.click()
    first.down.click()
    assert first.pair == ("Content-Type", "application/json")
    first.remove.click()
    assert panel.state.webhook.custom_headers == (("X-A", "1"),)
    assert second.first.tooltip == "header 1 name"
    panel.state.webhook.custom_headers = (("A", "1"), ("B", "2"), ("C", "3"))
    assert [row.pair for row in rows.rows] == [("A", "1"), ("B", "2"), ("C", "3")]
    panel.state.webhook.custom_headers = ()
    assert rows.rows == []


def test_a_certain_fix_has_a_button(panel: Form, hook: nw.Webhook) -> None:
    """One click mends the definition; findings without a fix have none."""
    mended = hook.replace(name="Mended")
    found = [
        Finding("warning", "b", "leads", "odd", rows=3, examples=("7", "8")),
        Finding("error", "a", "name", "wrong", "mend it", corrected=lambda: mended),
        *(Finding("note", "n", f"place {n}", "fine") for n in range(50)),
    ]
    panel.state.check._take(Findings(found))
    view = panel.check_view
    assert len(view.fixes) == 1
    assert "1 error, 1 warning, 50 notes found" in view.told.value
    told = html_of(panel)
    assert "and 10 more" in told
    assert "3 leads concerned, for example 7, 8" in told
    view.fixes[0].click()
    panel.settle()
    assert panel.webhook == mended
    assert "mended: name" in view.told.value


def test_leads_are_stepped_through(panel: Form, leads: pd.DataFrame) -> None:
    """Next, previous, and by key."""
    preview = panel.check_view.preview
    preview.after.click()
    panel.settle()
    assert leads["Email Address"].iloc[1] in preview.page.value
    preview.before.click()
    preview.before.click()
    assert preview.row_box.value == 1
    preview.key.value = str(leads["Id"].iloc[4])
    panel.settle()
    assert preview.row_box.value == 5
    assert preview.row_box.max == len(leads)


def test_tables_are_filtered_and_paged_by_controls(panel: Form) -> None:
    """The controls reach the state, and the state the controls."""
    panel.run_view.start.click()
    panel.settle()
    view, table = panel.results_view.table, panel.state.results.table
    panel.results_view.which.value = "Calls"
    view.after.click()
    assert (table.page, view.page.value) == (2, 2)
    view.last.click()
    assert (table.page, view.after.disabled) == (table.pages, True)
    view.first.click()
    view.page.value = 2
    view.before.click()
    assert table.page == 1
    view.sort_by.value, view.descending.value = "lead_key", True
    assert view.rows.value.index("1000060") < view.rows.value.index("1000059")
    view.column.value, view.contains.value = "lead_key", "1000007"
    assert "rows 1 to 1 of 1 found in 60" in view.rows.value
    view.link.click()
    assert 'href="data:text/csv;charset=utf-8;base64,' in view.linked.value
    view.outcome.value = "updated"
    assert (table.outcome, view.linked.value) == ("updated", "")
    panel.results_view.which.value = "Leads"
    assert view.outcome.disabled
    assert (view.contains.value, view.sort_by.value) == ("", "")


def test_a_table_too_large_for_a_link_says_so(panel: Form) -> None:
    """The other way out is named."""
    panel.run_view.start.click()
    panel.settle()
    panel.state.results.table.take(pd.DataFrame({"a": ["x" * 1_000] * 5_000}), "Leads")
    panel.results_view.table.link.click()
    assert "save the result to a folder" in panel.results_view.table.linked.value


def test_a_definition_is_opened_and_saved(
    panel: Form, hook: nw.Webhook, tmp_path: Path
) -> None:
    """By upload, by file, and as a link that holds the file."""
    files = panel.webhook_view.files
    path = tmp_path / "a.webhook.json"
    files.path.value = str(path)
    files.save.click()
    assert "saved as" in files.saved.value
    other = hook.replace(name="Opened")
    send_file(files.upload, "b.json", other.to_json().encode())
    assert panel.webhook == other
    files.link.click()
    assert 'download="my.webhook.json"' in files.linked.value
    panel.state.webhook.url = ""
    files.link.click()
    assert "mend the definition" in files.saved.value


def test_a_curl_command_is_taken_over_with_tokens(leads: pd.DataFrame) -> None:
    """A value of the first lead becomes its token; what is no command says so."""
    panel = form(None, leads)
    files = panel.webhook_view.files
    email = leads["Email Address"].iloc[0]
    files.curl.value = f'curl http://127.0.0.1:9/v1 --json \'{{"email": "{email}"}}\''
    files.take_curl.click()
    assert files.curl.value == ""
    assert panel.webhook is not None
    assert "{{lead.Email Address}}" in panel.webhook.payload_template
    files.curl.value = "wget it"
    files.take_curl.click()
    assert 'role="alert"' in files.opened.value
    panel.settle()


def test_options_past_marketo_are_ticks(panel: Form) -> None:
    """Each option of this version has one, both ways."""
    boxes = panel.webhook_view.children[-2].children[0].children[0].boxes
    boxes["xml_escape"].value = True
    boxes["datetime_format"].value = "iso"
    assert panel.webhook is not None
    assert panel.webhook.beyond.options_set == {
        "xml_escape": True,
        "datetime_format": "iso",
    }
    panel.state.webhook.take(panel.webhook.replace(beyond=None))
    assert boxes["xml_escape"].value is False


def test_a_run_is_found_again_in_another_panel(panel: Form) -> None:
    """The menu has it, and one click shows it there."""
    panel.run_view.start.click()
    panel.settle()
    other = form()
    other.run_view.known.follow.click()
    other.settle()
    assert other.result is panel.result
    other.run_view.known.refresh.click()
    assert "finished, 60 of 60 leads" in other.run_view.known.menu.label


def test_frames_of_the_notebook_are_offered(leads: pd.DataFrame, tmp_path: Path) -> None:  # fmt: skip
    """Choosing one uses it; a file does as well."""
    panel = form()
    view = panel.leads_view
    view.use.click()
    view.open_path.click()
    assert panel.state.leads.problem == ""
    panel.state.leads._namespace = lambda: {"people": leads}
    view.refresh.click()
    assert view.frames.value == "people"
    view.refresh.click()
    view.use.click()
    assert panel.leads is leads
    view.key.value = "Email Address"
    assert panel.state.leads.key_column == "Email Address"
    path = tmp_path / "a.csv"
    path.write_text("Id\n7\n")
    view.path.value = str(path)
    view.open_path.click()
    assert panel.leads is not None
    assert len(panel.leads) == 1


def test_what_is_said_of_keys_is_true(leads: pd.DataFrame) -> None:
    """Each lead has one, or it is told how many are not called."""
    good = form(None, leads)
    assert "every lead has a key of its own" in good.leads_view.told.value
    two = leads.assign(Id=["", " ", *leads["Id"].astype("string").iloc[2:]])
    assert "2 leads without a key: no call" in form(None, two).leads_view.told.value
    twice = leads.assign(Id="7")
    told = form(None, twice).leads_view.told.value
    assert 'role="alert"' in told
    assert "a key of its own" not in told


def test_delay_controls_reach_the_estimate(panel: Form) -> None:
    """Sliders, presets and stated times; a value between the steps joins them."""
    panel.tabs.selected_index = 5
    view, delay = panel.delay_view, panel.state.delay
    view.sliders["leads"].place = 0
    assert delay.leads == 100
    delay.leads = 123_456
    assert view.sliders["leads"].view.words[view.sliders["leads"].place] == "123,456"
    view.preset.value = "HubSpot workflows"
    assert "legacydocs" in view.preset_told.value
    view.use.click()
    assert delay.max_calls_per_s == 20.0
    view.stated.value = "median 10 ms, p99 20 ms"
    assert "median 10 ms" in view.sentence.value
    view.stated.value = "soon"
    assert 'role="alert"' in view.sentence.value
    view.stated.value = "median 10 ms, p99 20 ms"
    view.take.click()
    panel.settle()
    assert "refined once" not in view.sentence.value


@pytest.mark.usual_rests
def test_while_slow_cells_are_missing_the_picture_looks_old(
    panel: Form, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sentence is new at once; table and picture are marked until they follow."""
    panel.tabs.selected_index = 5
    panel.settle()
    monkeypatch.setattr(delay_state, "_QUICK_S", 0.0)
    view, before = panel.delay_view, panel.delay_view.chart.value
    panel.state.delay.leads = 7_000_000
    assert view.chart.value == before
    assert "nbw-stale" in view.details._dom_classes
    panel.settle()
    assert "7,000,000" in view.chart.value
    assert "nbw-stale" not in view.details._dom_classes


def test_every_control_has_a_name(panel: Form) -> None:
    """A text, a label or a title that can be read aloud; no icon stands alone."""
    panel.webhook_view.headers.add.click()
    nameless = [
        each
        for each in all_widgets(panel.view)
        if isinstance(each, CONTROLS)
        and not (each.description or getattr(each, "tooltip", ""))
    ]
    assert nameless == []
    custom: list[Any] = [each for each in all_widgets(panel.view) if hasattr(each, "label") and not isinstance(each, w.Dropdown | w.ToggleButtons)]  # fmt: skip
    assert custom
    assert all(each.label for each in custom)


def test_hostile_text_in_every_field_stays_text(leads: pd.DataFrame, hostile: str) -> None:  # fmt: skip
    """Definition, list, answers: no element and no handler of theirs is live."""
    nasty = leads.head(3).assign(**{"First Name": hostile, hostile: hostile})
    with nw.DemoService(latency_ms=1) as service:
        hook = nw.Webhook(
            name=hostile.replace("\x1b", ""),
            url=f"{service.url}/echo",
            payload_template="{{lead.First Name}}",
            response_mappings={"body": "Body", "method": "Method"},
        )
        panel = form(hook, nasty)
        panel.check_view.check.click()
        panel.check_view.preview.send_five.click()
        panel.run_view.start.click()
        panel.settle()
        panel.state.webhook.url = hostile
        panel.show_code.click()
        panel.results_view.which.value = "Leads"
        panel.settle()
    root = lxml.html.fragment_fromstring(html_of(panel), create_parent="div")
    assert [node for node in root.iter("img", "script", "iframe") if not str(node.get("src", "")).startswith("data:image/svg+xml;base64,")] == []  # fmt: skip
    handlers = [name for node in root.iter() for name in node.attrib if name.startswith("on")]  # fmt: skip
    assert handlers == []
    assert "\u202e" not in html_of(panel)


def test_no_part_asks_a_server() -> None:
    """Neither style nor script names an address elsewhere."""
    panel = form()
    scripts = [getattr(each, "_esm", "") for each in all_widgets(panel.view)]
    for text in (STYLE.replace("http://www.w3.org/2000/svg", ""), *map(str, scripts)):
        assert "http" not in text


def test_the_result_has_a_page_for_a_notebook_without_a_kernel(panel: Form) -> None:
    """Plain HTML and text, without a widget and without a script."""
    panel.run_view.start.click()
    panel.settle()
    assert panel.result is not None
    page = saved_page(panel.result)
    assert set(page) == {"text/html", "text/plain"}
    assert "60 leads" in page["text/html"]
    assert "<script" not in page["text/html"]
    json.dumps(page)


def test_strangers_may_not_read_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a Voila page the panel has no box for a path."""
    monkeypatch.setenv("SERVER_SOFTWARE", "voila/0.5")
    panel = form()
    shown = all_widgets(panel.view)
    assert panel.leads_view.path not in shown
    assert panel.webhook_view.files.path not in shown
    assert panel.results_view.folder not in shown


def test_fields_may_be_given_as_in_the_verbs(leads: pd.DataFrame) -> None:
    """A table or types by name."""
    by_name = form(None, leads, fields={"Shoe Size": "integer"})
    table = form(None, leads, fields=nw.Fields({"Shoe Size": "integer"}))
    assert by_name.leads is table.leads is leads
