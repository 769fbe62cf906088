"""Response values as text that a frame can show and any file can hold."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

__all__ = ["number_text", "response_text", "shown_text"]

_MAX_TEXT = 1_000
_CUT = "…"
_END = object()
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
    kind = type(value)
    if kind is str:
        text = str(value[: _MAX_TEXT + 1])
    elif kind is int or kind is Decimal:
        text = number_text(value)
    elif kind is bool:
        return "true" if value else "false"
    elif _is_element(value):
        text = _xml_text(value)
    elif kind is list and value and _is_element(value[0]):
        text = "".join(_xml_text(element) for element in value[:_MAX_TEXT])
    else:
        text = _bounded_json(value)
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


def _is_element(value: object) -> bool:
    loaded = sys.modules.get("lxml.etree")
    if loaded is None:  # then nobody can have made one
        return False
    return bool(loaded.iselement(value))


def _xml_text(element: Any) -> str:  # noqa: ANN401 - lxml has no types
    from lxml import etree  # noqa: PLC0415 - most services answer with JSON

    return str(etree.tostring(element, encoding="unicode", with_tail=False))


class _Sign(str):
    """A piece of JSON text that is written already."""

    __slots__ = ()


def _bounded_json(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """Return a value as JSON, or the start of it where it is longer than is shown."""
    pieces: list[str] = []
    room = _MAX_TEXT
    for piece in _json_pieces(value):
        pieces.append(piece)
        room -= len(piece)
        if room < 0:
            break
    return "".join(pieces)


def _json_pieces(value: Any) -> Iterator[str]:  # noqa: ANN401 - any JSON value
    """Yield a value's JSON text in pieces; a stack of its own spares the caller's."""
    stack: list[Iterator[Any]] = [iter([value])]
    while stack:
        item = next(stack[-1], _END)
        if item is _END:
            stack.pop()
        elif type(item) is dict:
            stack.append(_object_parts(item))
        elif type(item) is list:
            stack.append(_list_parts(item))
        else:
            yield _scalar_json(item)


def _scalar_json(item: Any) -> str:  # noqa: ANN401 - any JSON scalar or a sign
    if type(item) is _Sign:
        return item
    if type(item) in {int, Decimal}:
        return number_text(item)
    return json.dumps(
        item[:_MAX_TEXT] if type(item) is str else item, ensure_ascii=False
    )


def _object_parts(value: dict[str, Any]) -> Iterator[Any]:
    opening = "{"
    for key, item in value.items():
        yield _Sign(f"{opening}{json.dumps(key[:_MAX_TEXT], ensure_ascii=False)}: ")
        yield item
        opening = ", "
    yield _Sign("}" if value else "{}")


def _list_parts(value: list[Any]) -> Iterator[Any]:
    opening = "["
    for item in value:
        yield _Sign(opening)
        yield item
        opening = ", "
    yield _Sign("]" if value else "[]")
