"""Text from outside stays text: in every field of every page, and in every picture."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest
from lxml import etree
from lxml import html as lxml_html
from markupsafe import Markup

from nbwebhook.display import charts, pages
from nbwebhook.display.svg import Picture, svg_document
from nbwebhook.display.text import shorten, show_controls

_TAGS = {
    *("html", "head", "meta", "title", "style", "body", "main", "header", "nav"),
    *("section", "footer", "div", "span", "p", "h1", "h2", "ul", "li", "a"),
    *("strong", "em", "code", "u", "pre", "figure", "figcaption", "img"),
    *("table", "caption", "thead", "tbody", "tr", "th", "td"),
}
_ATTRIBUTES = {
    *("class", "style", "dir", "scope", "src", "alt", "id", "href", "aria-label"),
    *("lang", "charset", "content", "name", "http-equiv"),
}
_SAFE_VALUES = {
    "class": r"(nbw-[a-z]+ ?)+",
    "style": r"text-align:(left|right)|margin:12px 0",
    "dir": r"auto|ltr",
    "scope": r"row|col",
    "src": r"data:image/svg\+xml;base64,[A-Za-z0-9+/=]+",
    "href": r"#[a-z_]+",
    "id": r"[a-z_]+",
}
_SVG_TAGS = {
    *("svg", "title", "desc", "style", "defs", "pattern", "g", "rect", "path"),
    *("line", "circle", "text"),
}


class _Kind(NamedTuple):
    page: type
    render: Callable[[Any], str]


_KINDS = [
    pytest.param(_Kind(pages.ResultPage, pages.result_html), id="result"),
    pytest.param(_Kind(pages.FindingsPage, pages.findings_html), id="findings"),
    pytest.param(_Kind(pages.PreviewPage, pages.preview_html), id="preview"),
    pytest.param(_Kind(pages.EstimatePage, pages.estimate_html), id="estimate"),
    pytest.param(_Kind(pages.ReportPage, pages.report_html), id="report"),
]
_TEXT_KINDS = [
    pytest.param(_Kind(pages.ResultPage, pages.result_text), id="result"),
    pytest.param(_Kind(pages.FindingsPage, pages.findings_text), id="findings"),
    pytest.param(_Kind(pages.PreviewPage, pages.preview_text), id="preview"),
    pytest.param(_Kind(pages.EstimatePage, pages.estimate_text), id="estimate"),
]


def _elements(root: Any) -> Iterator[Any]:  # noqa: ANN401 - lxml has no types
    return (element for element in root.iter() if element.tag != "u")


def _skeleton(root: Any) -> list[tuple[str, tuple[str, ...]]]:  # noqa: ANN401 - as above
    """Return every element with its attributes' names, shown controls left out."""
    return [(str(e.tag), tuple(sorted(e.attrib))) for e in _elements(root)]


def _strange_values(root: Any) -> list[tuple[str, str]]:  # noqa: ANN401 - as above
    return [
        (name, value)
        for element in root.iter()
        for name, value in element.attrib.items()
        if name in _SAFE_VALUES and not re.fullmatch(_SAFE_VALUES[name], value)
    ]


def test_the_lists_are_long_enough(
    xss_vectors: list[str], naughty_strings: list[str]
) -> None:
    """At least 100 ways to script a page and 200 ways to break a program are tried."""
    assert len(set(xss_vectors)) >= 100
    assert len(set(naughty_strings)) >= 200


@pytest.mark.parametrize("kind", _KINDS)
def test_a_page_has_only_its_own_elements(
    kind: _Kind, fill_page: Callable[[type, str], object]
) -> None:
    """Elements, attributes and their values come from a fixed set."""
    root = lxml_html.document_fromstring(kind.render(fill_page(kind.page, "plain")))
    skeleton = _skeleton(root)
    assert {tag for tag, _ in skeleton} <= _TAGS
    assert {name for _, names in skeleton for name in names} <= _ATTRIBUTES
    assert _strange_values(root) == []


@pytest.mark.timeout(60)
@pytest.mark.parametrize("kind", _KINDS)
def test_no_text_adds_an_element_or_an_attribute(
    kind: _Kind,
    fill_page: Callable[[type, str], object],
    hostile_texts: list[str],
) -> None:
    """With hostile text in its every field a page has the elements it always has."""
    plain = kind.render(fill_page(kind.page, "plain"))
    benign = _skeleton(lxml_html.document_fromstring(plain))
    for text in hostile_texts:
        document = kind.render(fill_page(kind.page, text))
        root = lxml_html.document_fromstring(document)
        assert _skeleton(root) == benign, repr(text)
        assert _strange_values(root) == [], repr(text)


@pytest.mark.parametrize("kind", _KINDS)
def test_every_text_can_be_read_in_the_page(
    kind: _Kind,
    fill_page: Callable[[type, str], object],
    naughty_strings: list[str],
) -> None:
    """Nothing is swallowed: what stands in a field stands, shown, in the page."""
    plain = kind.render(fill_page(kind.page, "[[plain]]"))
    expected = lxml_html.document_fromstring(plain).text_content().count("[[plain]]")
    assert expected > 3
    for text in (t for t in naughty_strings if "\n" not in t and len(t) < 70):
        document = kind.render(fill_page(kind.page, f"[[{text}]]"))
        shown = lxml_html.document_fromstring(document).text_content()
        assert shown.count(f"[[{show_controls(text)}]]") == expected, repr(text)


@pytest.mark.parametrize("kind", _TEXT_KINDS)
def test_plain_text_holds_no_control(
    kind: _Kind,
    fill_page: Callable[[type, str], object],
    hostile_texts: list[str],
) -> None:
    """A terminal gets nothing but text and line ends, whatever stands in the fields."""
    for text in hostile_texts:
        shown = kind.render(fill_page(kind.page, text))
        lines = shown.split("\n")
        assert [show_controls(line) for line in lines] == lines, repr(text)


def test_a_cell_cannot_declare_itself_safe(
    fill_page: Callable[[type, str], object],
) -> None:
    """Text that says of itself that it is safe HTML is escaped like any other."""
    safe = Markup("<b onclick=alert(1)>x</b>")
    table = pages.Table(columns=(safe,), rows=((safe,),), caption=safe)
    document = pages.result_html(pages.ResultPage(safe, safe, tables=(table,)))
    assert "<b" not in document
    assert document.count("&lt;b onclick=alert(1)&gt;x&lt;/b&gt;") == 5


def test_a_hostile_picture_is_only_an_image() -> None:
    """SVG from elsewhere cannot script a page: it is the source of an image."""
    svg = "<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"
    document = pages.result_html(
        pages.ResultPage("t", "s", figures=(pages.Figure(svg, "a picture"),))
    )
    root = lxml_html.document_fromstring(document)
    assert [image.get("alt") for image in root.iter("img")] == ["a picture"]
    assert "onload" not in document
    assert list(root.iter("svg")) == []


def _draw_all(text: str) -> Iterator[str]:
    yield charts.latency_chart([1, 2, 3], title=text)
    yield charts.outcome_chart({"updated": 1, text: 2}, title=text)
    yield charts.timeline_chart([0, 1], [5, 5], [1, 2], ["failed", text], title=text)
    yield charts.delay_chart([charts.DelayPoint(1, 1, 2, 3, 4)], title=text)
    yield charts.queue_chart([0, 1], [1, 0], title=text)
    yield svg_document(Picture(title=text, summary=text, height=80))


@pytest.mark.timeout(60)
def test_a_picture_is_sound_xml_with_only_its_own_elements(
    hostile_texts: list[str],
) -> None:
    """Hostile titles and outcomes neither break a picture nor add to it."""
    namespace = "{http://www.w3.org/2000/svg}"
    for text in hostile_texts:
        for svg in _draw_all(text):
            root = etree.fromstring(svg.encode())
            tags = {element.tag.removeprefix(namespace) for element in root.iter()}
            assert tags <= _SVG_TAGS, repr(text)
            names = {name for element in root.iter() for name in element.attrib}
            assert not {n for n in names if n.startswith("on") or "href" in n}
            assert root.find(f"{namespace}title").text == (show_controls(text) or None)
            assert root.get("aria-label") == show_controls(text)


def test_a_long_text_is_cut_and_says_so() -> None:
    """A cell of ten megabytes costs a page a few hundred characters."""
    long = "x" * 10_000_000
    table = pages.Table(columns=("a",), rows=((long,),))
    page = pages.ResultPage("t", "s", facts=(("label", long),), tables=(table,))
    document = pages.result_html(page)
    assert len(document) < 20_000
    assert f">{shorten(long, 300)}<" in document
    assert len(pages.result_text(page)) < 5_000
