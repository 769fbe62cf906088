"""A response's body to a document that paths can walk: strict JSON, hardened XML.

Whatever a service sends, the outcome is a document or one of our own errors: depth,
number of values, digits and size are capped, and no error carries the body's text.
"""

from __future__ import annotations

import math
import re
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from json import JSONDecodeError, JSONDecoder
from typing import Any, NoReturn

from nbwebhook.errors import InvalidBody
from nbwebhook.mapping.charsets import decode_text, decode_xml

__all__ = ["MAX_DEPTH", "Document", "parse_json", "parse_xml"]

MAX_DEPTH = 256
"""Objects, lists or elements inside each other; libxml2's own limit is the same."""

_MAX_VALUES = 1_000_000
_MAX_DIGITS = 640  # the least that an interpreter can be set to convert
_MAX_XML_CHARACTERS = 10 << 20
_MAX_TAGS = 500_000
_MAX_ATTRIBUTES = 10_000
_DOUBLE_DIGITS = 308
_WHITE_SPACE = " \t\r\n"

# Every string, the last one also where nothing closes it: linear on any text.
_STRINGS = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)', re.DOTALL)
_PARSER_OPTIONS: dict[str, Any] = {
    "encoding": "utf-8",
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "dtd_validation": False,
    "attribute_defaults": False,
    "huge_tree": False,
    "recover": False,
    "remove_comments": True,
    "remove_pis": True,
    "strip_cdata": True,
}
_HTML = re.compile(
    r"\s*(?:<\?xml[^>]*>\s*)?<(?:!doctype\s+html|html|head|body|center|h1)\b",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Document:
    """A parsed body; not frozen, as one is made for each call.

    Attributes:
        root: JSON as plain Python, with `Decimal` for a number that has a fraction or
            an exponent; XML as its root element.
        has_duplicate_keys: Whether some object has one key twice; the last one counts.
    """

    root: Any
    has_duplicate_keys: bool = False


# JSON


def parse_json(body: bytes, charset: str | None = None) -> Document:
    """Return a JSON body (RFC 8259) with every number exact.

    Args:
        body: The body's bytes.
        charset: What the Content-Type header says; a byte order mark goes before it.

    Raises:
        InvalidBody: It is not JSON, or past the limits: 256 levels, 1,000,000 values,
            640 digits, numbers beyond a double's range.
        UndecodableBody: Its bytes are not of the character set.

    Example:
        >>> parse_json(b'{"id": 9007199254740993, "price": 1.50}').root
        {'id': 9007199254740993, 'price': Decimal('1.50')}
    """
    text = decode_text(body, charset)
    if text.count("[") + text.count("{") > MAX_DEPTH or len(text) > _MAX_VALUES:
        _check_shape(text)
    parser = _parser
    parser.has_duplicate_keys = False
    try:
        root = parser.read(text)
    except JSONDecodeError as error:
        raise InvalidBody("JSON", _json_problem(text, error)) from None
    except RecursionError:
        raise _too_deep() from None
    return Document(root, parser.has_duplicate_keys)


class _JsonParser(threading.local):
    """A decoder for each thread, which notes whether an object repeats a key."""

    def __init__(self) -> None:
        self.has_duplicate_keys = False
        self._decode = self._decoder(_to_int).decode
        # What `decode` calls between its two looks at the white space.
        scan: Callable[[str, int], tuple[Any, int]]
        scan = self._decoder(None).scan_once  # type: ignore[attr-defined]  # not in its stub
        self._scan = scan

    def _decoder(self, parse_int: Callable[[str], int] | None) -> JSONDecoder:
        return JSONDecoder(
            object_pairs_hook=self._note_object,
            parse_int=parse_int,
            parse_float=_to_decimal,
            parse_constant=_refuse_constant,
        )

    def read(self, text: str) -> Any:  # noqa: ANN401 - any JSON value
        """Return what `text` holds; a short one has no number that is too long."""
        if len(text) > _MAX_DIGITS:
            return self._decode(text)
        try:
            root, end = self._scan(text, 0)
        except StopIteration:  # white space first, or no JSON at all
            return self._decode(text)
        if end < len(text) and text[end:].strip(_WHITE_SPACE):
            return self._decode(text)
        return root

    def _note_object(self, pairs: list[tuple[str, object]]) -> dict[str, object]:
        found = dict(pairs)
        if len(found) != len(pairs):
            self.has_duplicate_keys = True
        return found


def _to_int(text: str) -> int:
    if len(text) > _MAX_DIGITS:
        raise InvalidBody("JSON", f"a number of more than {_MAX_DIGITS} digits")
    return int(text)


def _to_decimal(text: str) -> Decimal:
    if len(text) > _MAX_DIGITS:
        raise InvalidBody("JSON", f"a number of more than {_MAX_DIGITS} digits")
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise InvalidBody("JSON", "a number with an exponent past all limits") from None
    if number and number.adjusted() >= _DOUBLE_DIGITS and math.isinf(float(number)):
        raise InvalidBody("JSON", "a number beyond the range of a double")
    return number


def _refuse_constant(name: str) -> NoReturn:
    raise InvalidBody("JSON", f"it holds {name}, which JSON does not have")


_parser = _JsonParser()


def _check_shape(text: str) -> None:
    """Refuse a text of too many values or levels before anything is built."""
    bare = _STRINGS.sub("", text)
    if bare.count(",") + bare.count("[") + bare.count("{") > _MAX_VALUES:
        raise InvalidBody("JSON", f"it holds more than {_MAX_VALUES:,} values")
    depth = 0
    for sign in re.sub(r"[^\[\]{}]+", "", bare):
        depth += 1 if sign in "[{" else -1
        if depth > MAX_DEPTH:
            raise _too_deep()


def _too_deep() -> InvalidBody:
    return InvalidBody("JSON", f"it is more than {MAX_DEPTH} levels deep")


def _json_problem(text: str, error: JSONDecodeError) -> str:
    if _HTML.match(text[:2_000]):
        return _HTML_PROBLEM
    if text.lstrip().startswith("<"):
        return "looks like XML; choose response type XML, or check the URL"
    if not text.strip():
        return "it is blank"
    if error.pos >= len(text.rstrip()):
        return "it ends too early"
    what = error.msg.partition(":")[0].removesuffix(" at").lower()
    return f"{what} at line {error.lineno}, column {error.colno}"


_HTML_PROBLEM = (
    "looks like an HTML page; check the URL and whether the service wants a login"
)


# XML


def parse_xml(body: bytes, charset: str | None = None) -> Document:
    """Return an XML body.

    Every document type declaration is refused, so that there are no entities of its
    own, no external ones and no defaults; comments and processing instructions are
    dropped, CDATA is text, and nothing is ever fetched.

    Args:
        body: The body's bytes.
        charset: What the Content-Type header says; it goes before the document's own
            declaration, a byte order mark before both.

    Raises:
        InvalidBody: It is not well-formed, has a DOCTYPE, is an HTML page, or is past
            the limits: 256 levels, 10 Mi characters, 250,000 elements, 10,000
            attributes of one element.
        UndecodableBody: Its bytes are not of the character set.

    Example:
        >>> parse_xml(b"<example><foo>1</foo></example>").root.tag
        'example'
    """
    text = decode_xml(body, charset)
    if _HTML.match(text[:2_000]):
        raise InvalidBody("XML", _HTML_PROBLEM)
    if len(text) > _MAX_XML_CHARACTERS:
        raise InvalidBody(
            "XML", f"it is longer than {_MAX_XML_CHARACTERS:,} characters"
        )
    if text.count("<") > _MAX_TAGS:
        raise InvalidBody("XML", f"it has more than {_MAX_TAGS:,} tags")
    if _has_doctype(text):
        raise InvalidBody("XML", "it has a DOCTYPE, which is never read")
    from lxml import etree  # noqa: PLC0415 - most services answer with JSON

    parser = etree.XMLParser(**_PARSER_OPTIONS)  # one for all would keep every error
    try:
        root = etree.fromstring(text.encode(), parser)
    except etree.XMLSyntaxError:
        raise InvalidBody("XML", _xml_problem(text, parser.error_log)) from None
    if text.count("=") > _MAX_ATTRIBUTES:
        _check_attributes(root)
    return Document(root)


def _has_doctype(text: str) -> bool:
    """Return whether a DOCTYPE stands before the root, the one place for it."""
    at = 0
    while True:
        rest = text[at : at + 200].lstrip()
        at += len(text[at : at + 200]) - len(rest)
        if rest.startswith("<!--"):
            end, closing = text.find("-->", at + 4), 3
        elif rest.startswith("<?"):
            end, closing = text.find("?>", at + 2), 2
        elif not rest and at < len(text):
            continue
        else:
            return rest[:9].upper() == "<!DOCTYPE"
        if end < 0:
            return False
        at = end + closing


def _check_attributes(root: Any) -> None:  # noqa: ANN401 - lxml has no types
    if any(len(element.attrib) > _MAX_ATTRIBUTES for element in root.iter()):
        raise InvalidBody("XML", f"more than {_MAX_ATTRIBUTES:,} attributes")


def _xml_problem(text: str, errors: Iterable[Any]) -> str:
    if not text.strip():
        return "it is blank"
    if text.lstrip()[0] in "{[":
        return "looks like JSON; choose response type JSON, or check the URL"
    first = next(iter(errors), None)
    if first is None:
        return "it is not well-formed"
    if "XML_PARSE_HUGE" in first.message:
        return f"it is more than {MAX_DEPTH} levels deep, or past another limit"
    what = first.type_name.removeprefix("ERR_").replace("_", " ").lower()
    return f"{what} at line {first.line}, column {first.column}"
