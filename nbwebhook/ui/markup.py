"""HTML for the panel's own parts: every text escaped, hidden characters shown.

Only `element` makes tags, and only `words` lets text in; a picture comes from the
charts, which escape their own.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Literal, NewType

from nbwebhook.display.pages import Table
from nbwebhook.display.text import control_parts, shorten, show_controls

__all__ = [
    "Html",
    "Kind",
    "cell",
    "drawing",
    "element",
    "facts",
    "heading",
    "lines",
    "message",
    "paragraph",
    "table",
    "words",
]

Html = NewType("Html", str)
"""Finished HTML."""

Kind = Literal["good", "note", "warning", "error", "busy"]
_MARKS: dict[Kind, str] = {
    "good": "✓ ",
    "note": "",
    "warning": "Warning: ",
    "error": "Error: ",
    "busy": "… ",
}
_MOST_CELL = 160
_MOST_WORDS = 4_000


def words(text: object, most: int = _MOST_WORDS) -> Html:
    r"""Return any text as text, what does not print set apart.

    Example:
        >>> words("<b>\x07")
        '&lt;b&gt;<u class="nbw-control" dir="ltr">\\x07</u>'
    """
    parts = []
    for is_control, part in control_parts(shorten(str(text), most)):
        shown = escape(part)
        if is_control:
            shown = f'<u class="nbw-control" dir="ltr">{shown}</u>'
        parts.append(shown)
    return Html("".join(parts))


def element(name: str, *children: Html, **attributes: str) -> Html:
    """Return one element; an underscore in an attribute's name stands for a hyphen.

    Example:
        >>> element("td", words("a & b"), class_="x", aria_label='"')
        '<td class="x" aria-label="&quot;">a &amp; b</td>'
    """
    listed = "".join(
        f' {key.removesuffix("_").replace("_", "-")}="{escape(show_controls(value))}"'
        for key, value in attributes.items()
        if value
    )
    return Html(f"<{name}{listed}>{''.join(children)}</{name}>")


def lines(text: object, most: int = _MOST_WORDS) -> Html:
    """Return any text as text, a line break as one."""
    cut = shorten(str(text), most)
    return Html("\n".join(words(line, most) for line in cut.split("\n")))


def cell(text: object) -> Html:
    """Return the text of a table's cell, cut where it is long."""
    return words(text, _MOST_CELL)


def heading(text: str) -> Html:
    """Return a heading within a tab."""
    return element("h3", words(text), class_="nbw-heading")


def paragraph(text: str, *, is_muted: bool = False) -> Html:
    """Return a sentence."""
    return element("p", words(text), class_="nbw-muted" if is_muted else "", dir="auto")


def message(kind: Kind, text: str, remedy: str = "") -> Html:
    """Return a message: its kind is a word and a bar, never a colour alone.

    An error is announced at once by a screen reader, all others when it has time.
    """
    if not text:
        return Html("")
    more = [element("div", words(remedy), class_="nbw-remedy")] if remedy else []
    return element(
        "div",
        element("strong", words(_MARKS[kind])) if _MARKS[kind] else Html(""),
        lines(text),
        *more,
        class_=f"nbw-say nbw-{kind}",
        role="alert" if kind == "error" else "status",
        dir="auto",
    )


def facts(pairs: Iterable[tuple[str, object]], *, is_list: bool = False) -> Html:
    """Return labels and values as a row of small boxes, or as a list for long values."""
    boxes = [
        element(
            "div",
            element("dt", words(label)),
            element("dd", words(value), dir="auto"),
        )
        for label, value in pairs
    ]
    return element("dl", *boxes, class_="nbw-list" if is_list else "nbw-boxes")


def table(shown: Table) -> Html:
    """Return rows of text under named columns; wide ones scroll sideways."""
    numeric = shown.numeric

    def look(column: str) -> str:
        return "nbw-number" if column in numeric else ""

    head = [
        element("th", words(column, 80), scope="col", class_=look(column))
        for column in shown.columns
    ]
    body = [
        element(
            "tr",
            *(
                element("td", cell(value), class_=look(column), dir="auto")
                for column, value in zip(shown.columns, row, strict=True)
            ),
        )
        for row in shown.rows
    ]
    caption = [element("caption", words(shown.caption))] if shown.caption else []
    whole = element(
        "table",
        *caption,
        element("thead", element("tr", *head)),
        element("tbody", *body),
        class_="nbw-grid",
    )
    label = shown.caption or "table"
    return element(
        "div", whole, class_="nbw-wide", tabindex="0", role="region", aria_label=label
    )


def drawing(svg: str) -> Html:
    """Return a picture of the charts inline, so that it follows the page's theme."""
    return element("div", Html(svg), class_="nbw-drawing")
