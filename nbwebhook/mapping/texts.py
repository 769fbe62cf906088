"""Response values as text that a frame can show and any file can hold."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

from lxml import etree

__all__ = ["number_text", "response_text", "shown_text"]

_MAX_TEXT = 1_000
_CUT = "…"
_PLAIN_EXPONENTS = range(-7, 21)
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def number_text(number: int | Decimal) -> str:
    """Return a number as the response wrote it, without an exponent where it is short.

    Digits stay as they are, trailing zeros too; an exponent is written out between
    1e-7 and 1e20, as JavaScript does.

    Example:
        >>> [number_text(Decimal(text)) for text in ("1.50", "1e3", "1E-30")]
        ['1.50', '1000', '1E-30']
    """
    if isinstance(number, Decimal) and number.adjusted() in _PLAIN_EXPONENTS:
        return f"{number:f}"
    return str(number)


def response_text(value: Any) -> str:  # noqa: ANN401 - any JSON value or an element
    r"""Return a response's value as text: text as it is, JSON or XML for the rest.

    At most 1,000 characters, then `…`; U+0000 and lone surrogates, which no file
    could hold, as `\u0000` and the like.

    Example:
        >>> response_text({"id": 7, "tags": ["a", None]})
        '{"id": 7, "tags": ["a", null]}'
    """
    if type(value) is str:
        text = value[: _MAX_TEXT + 1]
    elif etree.iselement(value):
        text = _xml_text(value)
    elif type(value) is list and value and etree.iselement(value[0]):
        text = "".join(_xml_text(element) for element in value[:_MAX_TEXT])
    else:
        pieces: list[str] = []
        _write_json(value, pieces, _MAX_TEXT + 1)
        text = "".join(pieces)
    if not text.isascii() or "\x00" in text:
        text = _UNSTORABLE.sub(lambda hit: f"\\u{ord(hit.group()):04x}", text)
    return text if len(text) <= _MAX_TEXT else text[:_MAX_TEXT] + _CUT


def shown_text(text: str, limit: int) -> str:
    r"""Return `text` with what does not print escaped, cut to `limit` characters.

    Example:
        >>> shown_text("Not\r\nFound at all", 12)
        'Not\\r\\nFoun…'
    """
    shown = "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode()
        for char in text[: limit + 1]
    )
    return shown if len(shown) <= limit else shown[: limit - 1] + _CUT


def _xml_text(element: Any) -> str:  # noqa: ANN401 - lxml has no types
    return str(etree.tostring(element, encoding="unicode", with_tail=False))


def _write_json(value: Any, pieces: list[str], room: int) -> int:  # noqa: ANN401 - any JSON value
    """Add `value` as JSON and return the room left; stop where there is none."""
    if type(value) is dict:
        return _write_object(value, pieces, room)
    if type(value) is list:
        return _write_list(value, pieces, room)
    if type(value) is str:
        piece = json.dumps(value[:room], ensure_ascii=False)
    elif type(value) in {int, Decimal}:
        piece = number_text(value)
    else:
        piece = json.dumps(value)
    pieces.append(piece)
    return room - len(piece)


def _write_object(value: dict[str, Any], pieces: list[str], room: int) -> int:
    opening = "{"
    for key, item in value.items():
        if room <= 0:
            return room
        piece = f"{opening}{json.dumps(key[:room], ensure_ascii=False)}: "
        pieces.append(piece)
        room = _write_json(item, pieces, room - len(piece))
        opening = ", "
    pieces.append("}" if value else "{}")
    return room - 2


def _write_list(value: list[Any], pieces: list[str], room: int) -> int:
    opening = "["
    for item in value:
        if room <= 0:
            return room
        pieces.append(opening)
        room = _write_json(item, pieces, room - len(opening))
        opening = ", "
    pieces.append("]" if value else "[]")
    return room - 2
