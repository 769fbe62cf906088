"""The same pages as plain text: for a terminal, a log, a console without HTML."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence

from .facts import (
    EstimatePage,
    FindingFacts,
    FindingsPage,
    MessageFacts,
    PreviewFacts,
    PreviewPage,
    ResultPage,
    SetupBox,
    SetupPage,
    Table,
)
from .templating import BODY_LIMIT
from .text import shorten, show_controls

__all__ = [
    "estimate_text",
    "findings_text",
    "preview_text",
    "result_text",
    "setup_text",
]

_CELL_LIMIT = 60
_LINE_LIMIT = 2_000


def _line(words: str, limit: int = _LINE_LIMIT) -> str:
    return show_controls(shorten(words, limit))


def _width(words: str) -> int:
    """Return how many columns of a terminal a text takes."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in words)
    marks = sum(unicodedata.combining(letter) > 0 for letter in words)
    return len(words) + wide - marks


def _pad(words: str, width: int, *, is_numeric: bool) -> str:
    gap = " " * (width - _width(words))
    return gap + words if is_numeric else words + gap


def _aligned(rows: Sequence[Sequence[str]], numeric: Sequence[bool]) -> Iterator[str]:
    widths = [
        max(_width(cell) for cell in column) for column in zip(*rows, strict=True)
    ]
    for row in rows:
        cells = (
            _pad(cell, width, is_numeric=is_numeric)
            for cell, width, is_numeric in zip(row, widths, numeric, strict=True)
        )
        yield "  " + "  ".join(cells).rstrip()


def _table_lines(table: Table) -> Iterator[str]:
    if table.caption:
        yield _line(table.caption)
    rows = [table.columns, *table.rows]
    shown = [[_line(cell, _CELL_LIMIT) for cell in row] for row in rows]
    yield from _aligned(shown, [column in table.numeric for column in table.columns])
    if table.extent:
        yield f"  {table.extent}"


def _facts_lines(facts: Iterable[tuple[str, str]]) -> Iterator[str]:
    shown = [[_line(label), _line(value)] for label, value in facts]
    if shown:
        yield from _aligned(shown, [False, False])


def _notes_lines(notes: Iterable[str]) -> Iterator[str]:
    yield from (f"- {_line(note)}" for note in notes)


def _head_lines(title: str, status: str) -> Iterator[str]:
    yield from (_line(words) for words in (title, status) if words)


def _join(*blocks: Iterable[str]) -> str:
    """Return the blocks that hold lines, an empty line between each two."""
    texts = ("\n".join(block) for block in blocks)
    return "\n\n".join(text for text in texts if text)


def result_text(page: ResultPage) -> str:
    """Return a finished run as plain text; a picture is told by its description."""
    return _join(
        _head_lines(page.title, page.status),
        _facts_lines(page.facts),
        [_line(figure.alt) for figure in page.figures],
        *(_table_lines(table) for table in page.tables),
        _notes_lines(page.notes),
    )


def _finding_lines(finding: FindingFacts) -> Iterator[str]:
    head = f"{finding.severity}: {finding.place}: {finding.message}"
    yield f"{_line(head)} [{_line(finding.rule)}]"
    if finding.remedy:
        yield f"  remedy: {_line(finding.remedy)}"
    if finding.rows_affected:
        plural = "s" if finding.rows_affected > 1 else ""
        yield f"  concerns {finding.rows_affected:,} lead{plural}"
    if finding.examples:
        listed = ", ".join(_line(example, _CELL_LIMIT) for example in finding.examples)
        yield f"  for example {listed}"


def findings_text(page: FindingsPage) -> str:
    """Return the findings of a check as plain text, worst first."""
    status = page.status or page.count_words
    return _join(
        _head_lines(page.title, status),
        *(_finding_lines(f) for _, found in page.groups for f in found),
        _notes_lines(page.notes),
    )


def _message_lines(name: str, message: MessageFacts) -> Iterator[str]:
    yield f"{name}, {_line(message.note)}" if message.note else name
    yield from (f"  {_line(line)}" for line in message.head_lines)
    if message.body is not None:
        yield ""
        shown = message.body[:BODY_LIMIT]
        yield from (f"  {show_controls(line)}" for line in shown.split("\n"))
        if len(shown) < len(message.body):
            yield f"  ({len(message.body) - len(shown):,} more characters)"


def _preview_blocks(preview: PreviewFacts) -> Iterator[Iterable[str]]:
    yield [f"--- {_line(preview.lead)}"]
    if preview.problem:
        yield [_line(preview.problem)]
    if preview.request:
        yield _message_lines("request", preview.request)
    if preview.response:
        yield _message_lines("response", preview.response)
    if preview.changes:
        yield _table_lines(preview.change_table)


def preview_text(page: PreviewPage) -> str:
    """Return rendered requests as plain text, hidden characters as escapes."""
    blocks = (block for preview in page.previews for block in _preview_blocks(preview))
    return _join(
        _head_lines(page.title, page.status), *blocks, _notes_lines(page.notes)
    )


def _box_lines(box: SetupBox) -> Iterator[str]:
    yield f"{_line(box.label)}:"
    if not box.text:
        yield "    (leave empty)"
        return
    shown = box.text[:BODY_LIMIT]
    yield from (f"    {show_controls(line)}" for line in shown.split("\n"))
    if len(shown) < len(box.text):
        yield f"    ({len(box.text) - len(shown):,} more characters)"


def setup_text(page: SetupPage) -> str:
    """Return what to enter in a form as plain text, every box in full."""
    groups = (
        [f"--- {_line(heading)}", *(line for box in boxes for line in _box_lines(box))]
        for heading, boxes in page.groups
    )
    return _join(
        _head_lines(page.title, page.status), *groups, _notes_lines(page.notes)
    )


def estimate_text(page: EstimatePage) -> str:
    """Return an estimate of delay as plain text that can be pasted into a mail."""
    return _join(
        _head_lines(page.title, ""),
        [_line(sentence) for sentence in page.sentences],
        _table_lines(page.table),
        _notes_lines(page.notes),
    )
