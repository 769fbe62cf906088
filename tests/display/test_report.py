"""A run as a document of its own: sections, policy, nothing from elsewhere."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Any

from lxml import html as lxml_html

from nbwebhook.display.pages import (
    Figure,
    FindingFacts,
    FindingsPage,
    ReportPage,
    Section,
    Table,
    report_html,
)

_FACTS = (("leads", "2,000"), ("updated", "1,875 (93.8 %)"))
_FIGURES = (Figure('<svg xmlns="http://www.w3.org/2000/svg"/>', "2,000 calls"),)
_TABLE = Table(
    columns=("lead", "latency"),
    rows=(("ann@example.test", "85 ms"), ("bob@example.test", "1.2 s")),
    caption="Slow calls",
    total_rows=38,
    numeric=frozenset({"latency"}),
)
_ESTIMATE = Table(("connections", "time"), (("20", "4 min"),))
_FINDINGS = FindingsPage(
    "Score a lead",
    (FindingFacts("error", "path", "response mapping 2", "empty key", "name it"),),
    notes=("Nothing was sent.",),
)


def _parse(document: str) -> Any:  # noqa: ANN401 - lxml has no types
    return lxml_html.document_fromstring(document)


_REPORT = ReportPage(
    title="Score a lead: leads.csv",
    status="Finished in 42 s.",
    made_at="Made on 2026-11-24 by nbwebhook 0.1.0.",
    facts=_FACTS,
    what_was_run=Section(facts=(("webhook", "Score a lead"),)),
    outcomes=Section(figures=_FIGURES),
    latency=Section(sentences=("Half of all calls took 66 ms.",)),
    delay=Section(tables=(_ESTIMATE,), notes=("measured at 20 connections",)),
    findings=_FINDINGS,
    failed_calls=Section(tables=(_TABLE,)),
    changes=Section(tables=(_TABLE,)),
    notes=("Each call is recorded before its first byte is sent.",),
    tone="good",
)
_HEADINGS = [
    "What was run",
    "What became of the leads",
    "How long calls took",
    "How long a campaign takes",
    "What the check found",
    "Calls that failed",
    "Changed fields, a sample",
]


def test_a_report_has_its_sections_in_order() -> None:
    """The sections stand in the order in which a reader asks, with a list of them."""
    root = _parse(report_html(_REPORT))
    assert [h2.text for h2 in root.iter("h2")] == _HEADINGS
    assert [a.text for a in root.iter("a")] == _HEADINGS
    ids = [section.get("id") for section in root.iter("section")]
    assert [a.get("href") for a in root.iter("a")] == [f"#{name}" for name in ids]
    assert root.find(".//title").text == "Score a lead: leads.csv"
    assert root.get("lang") == "en"


def _section(document: str, name: str) -> str:
    section = next(s for s in _parse(document).iter("section") if s.get("id") == name)
    return " ".join(section.text_content().split())


def test_a_report_shows_what_each_section_holds() -> None:
    """Facts, sentences, pictures, tables, findings and notes reach their section."""
    document = report_html(_REPORT)
    assert _section(document, "what_was_run") == "What was run webhookScore a lead"
    assert _section(document, "latency").endswith("Half of all calls took 66 ms.")
    assert _section(document, "delay").endswith("20 4 min measured at 20 connections")
    assert "1 error Errors (1)" in _section(document, "findings")
    assert _section(document, "findings").endswith("Nothing was sent.")
    assert "Slow calls (2 of 38 rows)" in _section(document, "failed_calls")
    assert "Made on 2026-11-24 by nbwebhook 0.1.0." in document


def test_an_empty_section_says_that_there_is_nothing() -> None:
    """A report never shows a heading over an empty space."""
    document = report_html(ReportPage("t", "s"))
    texts = [_section(document, s.get("id")) for s in _parse(document).iter("section")]
    assert texts == [
        "What was run Nothing is known about what was run.",
        "What became of the leads No lead has an outcome.",
        "How long calls took No call was measured.",
        "How long a campaign takes No estimate was made.",
        "What the check found Nothing was checked before the run.",
        "Calls that failed No call failed.",
        "Changed fields, a sample No field was changed.",
    ]


def test_a_report_permits_nothing_but_its_own_style() -> None:
    """Its policy names its one style sheet by hash, and pictures inside the file."""
    document = report_html(_REPORT)
    root = _parse(document)
    policy = root.find(".//meta[@http-equiv='Content-Security-Policy']").get("content")
    sheet = re.search(r"<style>(.*?)</style>", document, re.DOTALL)
    assert sheet is not None
    digest = base64.b64encode(hashlib.sha256(sheet[1].encode()).digest()).decode()
    assert policy == (
        f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; "
        "base-uri 'none'; form-action 'none'"
    )
    assert not [e for e in root.iter() if "style" in e.attrib]


def test_a_report_asks_no_server_for_anything() -> None:
    """No script, no link but to its own sections, no picture from elsewhere."""
    document = report_html(_REPORT)
    root = _parse(document)
    sources = {value for e in root.iter() for key, value in e.attrib.items()
               if key in {"src", "href"}}  # fmt: skip
    assert all(source.startswith(("data:image/svg+xml;", "#")) for source in sources)
    assert not {"script", "link", "iframe"} & {e.tag for e in root.iter()}
    assert "http://" not in re.sub(r"<style>.*</style>", "", document, flags=re.DOTALL)
    assert "url(" not in document


def test_a_report_follows_the_scheme_and_prints_on_white() -> None:
    """Dark colours hold for screens only."""
    document = report_html(_REPORT)
    assert "@media screen and (prefers-color-scheme: dark)" in document
    assert "@media print" in document
    assert '<meta name="color-scheme" content="light dark">' in document
