"""The panel's own HTML: hostile text stays text."""

from __future__ import annotations

import lxml.html
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbwebhook.display.pages import Table
from nbwebhook.ui.markup import cell, element, facts, heading, message, paragraph, table

ALLOWED = {"div", "strong", "p", "u", "dl", "dt", "dd", "h3", "table", "caption"} | {
    "thead", "tbody", "tr", "th", "td",
}  # fmt: skip


def live_parts(html: str) -> set[str]:
    """Return elements and attributes that our own markup never has."""
    root = lxml.html.fragment_fromstring(html, create_parent="div")
    found = set()
    for node in root.iter():
        if node.tag not in ALLOWED:
            found.add(str(node.tag))
        found |= {name for name in node.attrib if name.startswith("on")}
    return found


@given(text=st.text())
def test_any_text_in_any_place_stays_text(text: str) -> None:
    """No element and no handler comes from a text, whatever it is."""
    shown = Table((text,), ((text,),), caption=text)
    parts = (heading(text), paragraph(text), message("error", text, text), table(shown), facts([(text, text)]))  # fmt: skip
    assert live_parts("".join(parts)) == set()


def test_hostile_text_is_escaped_with_its_controls_shown(hostile: str) -> None:
    """Tags, quotes, terminal codes and bidi overrides all can be read."""
    shown = element("td", cell(hostile), title=hostile)
    assert "<img" not in shown
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert r"\u202e" in shown
    assert live_parts(f"<table><tr>{shown}</tr></table>") == set()


@pytest.mark.parametrize(
    ("kind", "role", "word"),
    [
        pytest.param("error", "alert", "Error: ", id="error"),
        pytest.param("warning", "status", "Warning: ", id="warning"),
        pytest.param("note", "status", "", id="note"),
    ],
)
def test_a_message_says_its_kind_in_a_word(kind: str, role: str, word: str) -> None:
    """Colour is never alone, and an error is announced at once."""
    node = lxml.html.fragment_fromstring(message(kind, "a\nb"))  # type: ignore[arg-type]  # a kind
    assert node.get("role") == role
    assert node.text_content() == f"{word}a\nb"


def test_no_text_is_no_message() -> None:
    """An empty message leaves no empty box."""
    assert message("error", "") == ""


def test_a_long_cell_is_cut() -> None:
    """A cell of ten megabytes does not reach the browser."""
    assert len(cell("x" * 10_000_000)) < 1_000
