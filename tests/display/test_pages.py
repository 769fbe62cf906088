"""Pages as HTML and as text: what stands in them, and in which order."""

from __future__ import annotations

import base64
import re
from typing import Any

import pytest
from lxml import html as lxml_html

from nbwebhook.display.pages import (
    ChangeFacts,
    EstimatePage,
    Figure,
    FindingFacts,
    FindingsPage,
    MessageFacts,
    PreviewFacts,
    PreviewPage,
    ResultPage,
    Table,
    Tone,
    estimate_html,
    estimate_text,
    findings_html,
    findings_text,
    preview_html,
    preview_text,
    result_html,
    result_text,
)

_SVG = '<svg xmlns="http://www.w3.org/2000/svg"/>'
_TABLE = Table(
    columns=("lead", "latency"),
    rows=(("ann@example.test", "85 ms"), ("王小明", "1.2 s")),
    caption="Slow calls",
    total_rows=38,
    numeric=frozenset({"latency"}),
)
_RESULT = ResultPage(
    title="Score a lead",
    status="Finished in 42 s.",
    facts=(("leads", "2,000"), ("updated", "1,875 (93.8 %)")),
    figures=(Figure(_SVG, "2,000 calls: p50 66 ms", "Service time only."),),
    tables=(_TABLE,),
    notes=("4 leads are unknown.",),
    tone="attention",
)
_FINDINGS = FindingsPage(
    "Score a lead",
    (
        FindingFacts("note", "new-field", "LeadScore", "not declared"),
        FindingFacts(
            "warning",
            "no-default",
            "{{lead.Company}}",
            "no value and no default",
            "write {{lead.Company:default=unknown}}",
            rows_affected=412,
            examples=("row 3", "row 17"),
        ),
        FindingFacts("error", "path", "response mapping 2", "empty key", "name it"),
        FindingFacts("warning", "case", "a", "b", rows_affected=1),
        FindingFacts("warning", "sample", "c", "d", examples=("e",)),
    ),
    notes=("Nothing was sent.",),
)
_PREVIEW = PreviewPage(
    "Score a lead",
    "2 of 2,000 leads; nothing was sent.",
    (
        PreviewFacts(
            "ann@example.test",
            MessageFacts(
                "POST /v1?a=%20 HTTP/1.1\r\nHost: x.test\r\n\r\n",
                '\n{\t"a":\r\n  "\\u202e\u202e"}\n',
                "21 bytes",
            ),
            MessageFacts("HTTP/1.1 204 No Content\r\n\r\n"),
            (
                ChangeFacts("result.score", "LeadScore", "12", "87", "written"),
                ChangeFacts(
                    "tags[1]", "Segment", "gold", "", "missing", "no such path"
                ),
            ),
        ),
        PreviewFacts("row 2", problem="{{lead.Score}}: not finite"),
    ),
    ("Secrets are masked.",),
)
_ESTIMATE = EstimatePage(
    "100,000 leads",
    ("With 20 connections it takes 4 to 5 minutes.", "At worst 41 minutes."),
    Table(
        ("connections", "time"), (("20", "4 min"),), numeric=frozenset({"connections"})
    ),
    Figure(_SVG, "delay"),
    ("measured at 20 connections",),
)


def _parse(document: str) -> Any:  # noqa: ANN401 - lxml has no types
    return lxml_html.document_fromstring(document)


def _without_style(document: str) -> str:
    return re.sub(r"<style>.*?</style>\n?", "", document, flags=re.DOTALL)


# In a notebook's cell


def test_a_result_is_stored_as_it_is_shown() -> None:
    """The whole page of a small result, so that a change of it is seen."""
    source = base64.b64encode(_SVG.encode()).decode()
    assert _without_style(result_html(_RESULT)) == (
        '<div class="nbw-page">\n'
        '<div class="nbw-title"><strong dir="auto">Score a lead</strong></div>\n'
        '<div class="nbw-status nbw-attention">Finished in 42 s.</div>\n'
        '<table class="nbw-facts">\n<tbody>\n'
        '<tr><th scope="row" style="text-align:left">leads</th>'
        '<td class="nbw-lines" dir="auto" style="text-align:left">2,000</td></tr>\n'
        '<tr><th scope="row" style="text-align:left">updated</th>'
        '<td class="nbw-lines" dir="auto" style="text-align:left">1,875 (93.8 %)</td></tr>\n'
        "</tbody>\n</table>"
        '<figure class="nbw-figure" style="margin:12px 0">\n'
        f'<img src="data:image/svg+xml;base64,{source}" alt="2,000 calls: p50 66 ms">\n'
        '<figcaption class="nbw-muted">Service time only.</figcaption>\n'
        "</figure>"
        '<div class="nbw-scroll">\n<table class="nbw-table">\n'
        '<caption style="text-align:left">Slow calls '
        '<span class="nbw-muted">(2 of 38 rows)</span></caption>\n'
        "<thead><tr>\n"
        '<th scope="col" style="text-align:left">lead</th>\n'
        '<th scope="col" class="nbw-number" style="text-align:right">latency</th>\n'
        "</tr></thead>\n<tbody>\n<tr>\n"
        '<td dir="auto" style="text-align:left">ann@example.test</td>\n'
        '<td class="nbw-number" style="text-align:right">85 ms</td>\n'
        "</tr>\n<tr>\n"
        '<td dir="auto" style="text-align:left">王小明</td>\n'
        '<td class="nbw-number" style="text-align:right">1.2 s</td>\n'
        "</tr>\n</tbody>\n</table>\n</div>"
        '<ul class="nbw-notes">\n<li dir="auto">4 leads are unknown.</li>\n</ul>'
        "</div>"
    )


def test_a_bare_result_is_title_and_status() -> None:
    """What is not there leaves nothing empty behind."""
    assert _without_style(result_html(ResultPage("a", "b"))) == (
        '<div class="nbw-page">\n'
        '<div class="nbw-title"><strong dir="auto">a</strong></div>\n'
        '<div class="nbw-status nbw-plain">b</div>\n'
        "</div>"
    )


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(result_html(_RESULT), id="result"),
        pytest.param(findings_html(_FINDINGS), id="findings"),
        pytest.param(preview_html(_PREVIEW), id="preview"),
        pytest.param(estimate_html(_ESTIMATE), id="estimate"),
    ],
)
def test_a_cell_styles_nothing_but_itself(document: str) -> None:
    """Every rule of the style sheet names our own class, so a notebook keeps its look."""
    sheet = re.search(r"<style>(.*?)</style>", document, re.DOTALL)
    assert sheet is not None
    rules = re.sub(r"@media[^{]*{(.*?)}\s*}", r"\1}", sheet[1], flags=re.DOTALL)
    selectors = [s.strip() for s in re.findall(r"([^{}]+){[^{}]*}", rules)]
    parts = [part for selector in selectors for part in selector.split(",")]
    assert len(parts) > 20
    assert all(".nbw-page" in part for part in parts)
    assert "url(" not in document
    assert "@import" not in document


def test_a_preview_shows_every_byte() -> None:
    """Line ends, tabs and hidden characters are seen, and told from typed backslashes."""
    shown = [pre.text_content() for pre in _parse(preview_html(_PREVIEW)).iter("pre")]
    controls = [u.text for u in _parse(preview_html(_PREVIEW)).iter("u")]
    assert [text.removeprefix("\n") for text in shown] == [
        'POST /v1?a=%20 HTTP/1.1\nHost: x.test\n\n\n{\\t"a":\\r\n  "\\u202e\\u202e"}\n',
        "HTTP/1.1 204 No Content",
    ]
    assert controls == ["\\t", "\\r", "\\u202e"]


def test_a_stray_line_end_in_a_header_is_seen() -> None:
    """A header that would smuggle a second one does not look like two."""
    head = "GET / HTTP/1.1\r\nX: a\nEvil: b\r\n\r\n"
    page = PreviewPage("t", "s", (PreviewFacts("a", MessageFacts(head)),))
    assert "X: a\\nEvil: b" in _parse(preview_html(page)).text_content()
    assert "  X: a\\nEvil: b\n" in preview_text(page) + "\n"


def test_a_body_that_is_too_long_says_what_is_missing() -> None:
    """The first 20,000 characters are shown, and how many more there are."""
    body = "x" * 20_000 + "y" * 1_234
    page = PreviewPage(
        "t", "s", (PreviewFacts("a", MessageFacts("GET / HTTP/1.1", body)),)
    )
    for shown in (_parse(preview_html(page)).text_content(), preview_text(page)):
        assert "1,234 more characters" in shown
        assert "yy" not in shown


def test_a_preview_tells_old_values_against_new() -> None:
    """Each mapping has a row, its reason beside its outcome."""
    rows = [
        [cell.text_content() for cell in row.iter("td", "th")]
        for row in _parse(preview_html(_PREVIEW)).iter("tr")
    ]
    assert rows == [
        ["response", "field", "old value", "new value", "outcome"],
        ["result.score", "LeadScore", "12", "87", "written"],
        ["tags[1]", "Segment", "gold", "", "missing: no such path"],
    ]


def test_findings_are_grouped_worst_first() -> None:
    """Errors come before warnings before notes, each with rule, place and remedy."""
    root = _parse(findings_html(_FINDINGS))
    groups = [
        " ".join(group.text_content().split())
        for group in root.iter("div")
        if group.get("class") == "nbw-group"
    ]
    items = [" ".join(item.text_content().split()) for item in root.iter("li")]
    assert groups == ["Errors (1)", "Warnings (3)", "Notes (1)"]
    assert items == [
        "error response mapping 2 path empty key Remedy: name it",
        (
            "warning {{lead.Company}} no-default no value and no default Remedy: write "
            "{{lead.Company:default=unknown}} 412 leads concerned, for example row 3, "
            "row 17"
        ),
        "warning a case b 1 lead concerned",
        "warning c sample d For example e",
        "note LeadScore new-field not declared",
        "Nothing was sent.",
    ]


@pytest.mark.parametrize(
    ("page", "words", "tone"),
    [
        pytest.param(_FINDINGS, "1 error, 3 warnings, 1 note", "bad", id="errors"),
        pytest.param(
            FindingsPage("t", _FINDINGS.findings[:2]),
            "1 warning, 1 note",
            "attention",
            id="warnings",
        ),
        pytest.param(
            FindingsPage("t", _FINDINGS.findings[:1]), "1 note", "plain", id="notes"
        ),
        pytest.param(
            FindingsPage("t"), "nothing found that would break", "good", id="nothing"
        ),
    ],
)
def test_findings_are_counted_in_words(
    page: FindingsPage, words: str, tone: Tone
) -> None:
    """The line under the title says how many there are, and how bad the worst is."""
    status = next(
        div
        for div in _parse(findings_html(page)).iter("div")
        if "nbw-status" in str(div.get("class"))
    )
    assert status.text == words
    assert status.get("class") == f"nbw-status nbw-{tone}"
    assert words in findings_text(page)


def test_an_estimate_is_sentences_a_picture_and_a_table() -> None:
    """What can be pasted into a mail comes first."""
    root = _parse(estimate_html(_ESTIMATE))
    assert [p.text for p in root.iter("p")] == list(_ESTIMATE.sentences)
    assert [image.get("alt") for image in root.iter("img")] == ["delay"]
    assert [td.text_content() for td in root.iter("td")] == ["20", "4 min"]
    assert "<img" not in estimate_html(EstimatePage("t", ("s",), _TABLE))


# As plain text


@pytest.mark.parametrize(
    ("shown", "stored"),
    [
        pytest.param(
            result_text(_RESULT),
            "Score a lead\n"
            "Finished in 42 s.\n\n"
            "  leads    2,000\n"
            "  updated  1,875 (93.8 %)\n\n"
            "2,000 calls: p50 66 ms\n\n"
            "Slow calls\n"
            "  lead              latency\n"
            "  ann@example.test    85 ms\n"
            "  王小明              1.2 s\n"
            "  2 of 38 rows\n\n"
            "- 4 leads are unknown.",
            id="result",
        ),
        pytest.param(
            findings_text(FindingsPage("Hook", _FINDINGS.findings[:3], "Checked.")),
            "Hook\n"
            "Checked.\n\n"
            "error: response mapping 2: empty key [path]\n"
            "  remedy: name it\n\n"
            "warning: {{lead.Company}}: no value and no default [no-default]\n"
            "  remedy: write {{lead.Company:default=unknown}}\n"
            "  concerns 412 leads\n"
            "  for example row 3, row 17\n\n"
            "note: LeadScore: not declared [new-field]",
            id="findings",
        ),
        pytest.param(
            preview_text(_PREVIEW),
            "Score a lead\n"
            "2 of 2,000 leads; nothing was sent.\n\n"
            "--- ann@example.test\n\n"
            "request, 21 bytes\n"
            "  POST /v1?a=%20 HTTP/1.1\n"
            "  Host: x.test\n"
            "\n"
            "  \n"
            '  {\\t"a":\\r\n'
            '    "\\u202e\\u202e"}\n'
            "  \n\n"
            "response\n"
            "  HTTP/1.1 204 No Content\n\n"
            "Response mappings\n"
            "  response      field      old value  new value  outcome\n"
            "  result.score  LeadScore  12         87         written\n"
            "  tags[1]       Segment    gold                  missing: no such path\n\n"
            "--- row 2\n\n"
            "{{lead.Score}}: not finite\n\n"
            "- Secrets are masked.",
            id="preview",
        ),
        pytest.param(
            estimate_text(_ESTIMATE),
            "100,000 leads\n\n"
            "With 20 connections it takes 4 to 5 minutes.\n"
            "At worst 41 minutes.\n\n"
            "  connections  time\n"
            "           20  4 min\n\n"
            "- measured at 20 connections",
            id="estimate",
        ),
        pytest.param(result_text(ResultPage("a", "b")), "a\nb", id="bare-result"),
        pytest.param(
            findings_text(FindingsPage("a")),
            "a\nnothing found that would break",
            id="no-findings",
        ),
    ],
)
def test_a_page_reads_well_as_plain_text(shown: str, stored: str) -> None:
    """Columns are aligned, also under wide letters, and nothing is lost."""
    assert shown == stored
