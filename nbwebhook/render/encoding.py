"""One value to the bytes that stand for it in one place under one encoding.

| place | None | JSON | Form/Url |
| --- | --- | --- | --- |
| payload | as it is, UTF-8 | quoted and escaped, or bare | form-urlencoded |
| query | as it is, or refused | form-urlencoded | form-urlencoded |
| path | as it is, or refused | percent-encoded | percent-encoded |
| header | as it is, or refused | as it is, or refused | as it is, or refused |

Form-urlencoded is what browsers and Java do: letters, digits and `*-._` stay, a space
becomes `+`, all else `%XX` of its UTF-8, `~` too. In the path the unreserved letters
of RFC 3986 stay (`-._~`), a space becomes `%20` and `/` becomes `%2F`. As it is, in
the URL, means ASCII as it is: other letters have no form there but `%XX`.

Options past Marketo change this for the payload: under JSON a token in a string of the
template may come without quotes of its own and an empty number may be `null`; under
None values may be escaped for XML.
"""

from __future__ import annotations

import json
import re
import string
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from zoneinfo import ZoneInfo

from nbwebhook.definition.beyond import DatetimeFormat
from nbwebhook.definition.context import TokenValue
from nbwebhook.definition.fields import FieldType
from nbwebhook.errors import UnencodableValue, UnsafeHeader, UnsafeTarget
from nbwebhook.render.leads import Unsendable, Value
from nbwebhook.render.texts import NoText, to_text
from nbwebhook.render.xml_text import XmlPlace, escape_xml

__all__ = [
    "MAX_VALUE_BYTES",
    "SHORT",
    "Place",
    "Slot",
    "encode_empty",
    "encode_value",
    "percent_encode_non_ascii",
    "quick_text_encoder",
    "text_encoder",
]

MAX_VALUE_BYTES = 64 << 10
"""The longest value of a lead, as UTF-8 before it is escaped. Marketo's longest field
holds 30,000 bytes."""

SHORT = 255
"""The longest text that no slot refuses for its length."""

_ALNUM = (string.ascii_letters + string.digits).encode()
_JSON_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_UNSAFE_IN_HEADER = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_UNSAFE_IN_TARGET = re.compile(rb"[\x00-\x20\x7f#]")
_quote = json.encoder.encode_basestring


class Place(Enum):
    """The places of a request that tokens are filled in."""

    PATH = "path"
    QUERY = "query"
    HEADER = "header"
    PAYLOAD = "payload"


@dataclass(frozen=True, slots=True)
class Slot:
    """How one token's values are written.

    Attributes:
        label: The token's name, for messages.
        place: Where it stands.
        encoding: The webhook's request token encoding.
        header: The header's name, if it stands in one.
        type: The field's type, None where nothing says it.
        default: The text for an empty value, or None.
        max_bytes: The longest value, or None.
        is_in_string: Under JSON, whether the template's own quotes are round it and
            the value adds none.
        empty_as_null: Whether an empty number or boolean without default is `null`.
        datetime_format: How dates with a time are written.
        xml: Where in an XML document it stands, if values are escaped for it.
    """

    label: str
    place: Place
    encoding: str
    header: str = ""
    type: FieldType | None = None
    default: str | None = None
    max_bytes: int | None = MAX_VALUE_BYTES
    is_in_string: bool = False
    empty_as_null: bool = False
    datetime_format: DatetimeFormat = "marketo"
    xml: XmlPlace | None = None

    @property
    def is_json(self) -> bool:
        """Whether values are written as JSON."""
        return self.place is Place.PAYLOAD and self.encoding == "JSON"

    @property
    def may_be_bare(self) -> bool:
        """Whether text may stand without quotes, as its type is a number or truth."""
        is_bare = self.type is not None and _is_bare_type(self.type)
        return self.is_json and is_bare and not self.is_in_string


def _byte_table(safe: bytes, space: bytes) -> tuple[bytes, ...]:
    table = [bytes([code]) if code in safe else b"%%%02X" % code for code in range(256)]
    table[0x20] = space
    return tuple(table)


_FORM_SAFE = _ALNUM + b"*-._"
_PATH_SAFE = _ALNUM + b"-._~"
_FORM_TABLE = _byte_table(_FORM_SAFE, b"+")
_PATH_TABLE = _byte_table(_PATH_SAFE, b"%20")
_ASCII = bytes(range(0x80))
_ASCII_TABLE = _byte_table(_ASCII, b" ")


def _translate(raw: bytes, safe: bytes, table: Sequence[bytes]) -> bytes:
    if not raw.translate(None, safe):
        return raw
    return b"".join([table[code] for code in raw])


def percent_encode_non_ascii(raw: bytes) -> bytes:
    """Return `raw` with the bytes above 0x7F percent-encoded, and those alone.

    Example:
        >>> percent_encode_non_ascii(
        ...     "/caf\N{LATIN SMALL LETTER E WITH ACUTE}?a%2b b".encode()
        ... )
        b'/caf%C3%A9?a%2b b'
    """
    return _translate(raw, _ASCII, _ASCII_TABLE)


def encode_value(value: Value | TokenValue, slot: Slot, zone: ZoneInfo) -> bytes:
    """Return the bytes for a value that is not empty.

    Raises:
        UnencodableValue: The value has no exact text form, is too long, or is not
            Unicode.
        UnsafeHeader: It cannot stand in a header.
        UnsafeTarget: It cannot stand in the URL under the encoding None.
    """
    if isinstance(value, Unsendable):
        raise UnencodableValue(slot.label, value.problem)
    try:
        text = to_text(
            value,
            zone,
            date_only=slot.type is FieldType.DATE,
            datetime_format=slot.datetime_format,
        )
    except NoText as found:
        problem = found.problem
    else:
        may_be_bare = slot.is_json and not slot.is_in_string
        bare = _bare_json(value, text, slot.type) if may_be_bare else None
        return _encode_text(text, slot) if bare is None else _utf8(bare, slot)
    raise UnencodableValue(slot.label, problem)


def encode_empty(slot: Slot, kind: FieldType | None) -> bytes:
    """Return the bytes for an empty value: the default, or what stands for nothing.

    Under JSON a number or boolean field without a default leaves nothing, as in
    Marketo, and its default stands bare; all others leave quoted text. The slot may
    ask for `null` in place of nothing.

    Args:
        slot: The token.
        kind: The type that decides, which the column may have told.

    Raises:
        RenderError: The default cannot stand there.
    """
    text = slot.default or ""
    is_bare = slot.is_json and kind is not None and _is_bare_type(kind)
    if is_bare and not slot.is_in_string:
        return _utf8(text or ("null" if slot.empty_as_null else ""), slot)
    return _encode_text(text, slot)


def _is_bare_type(kind: FieldType) -> bool:
    return kind.is_number or kind is FieldType.BOOLEAN


def _bare_json(
    value: Value | TokenValue, text: str, kind: FieldType | None
) -> str | None:
    """Return `text` as it stands without quotes, or None where it needs them."""
    if isinstance(value, str):
        return _bare_json_of_text(text.strip(), kind)
    is_quoted = isinstance(value, date) or not (kind is None or _is_bare_type(kind))
    return None if is_quoted else text


def _bare_json_of_text(text: str, kind: FieldType | None) -> str | None:
    if kind is FieldType.BOOLEAN:
        return text.lower() if text.lower() in {"true", "false"} else None
    is_number = kind is not None and kind.is_number and _JSON_NUMBER.fullmatch(text)
    return text if is_number else None


def _utf8(text: str, slot: Slot) -> bytes:
    try:
        raw = text.encode()
    except UnicodeEncodeError:
        raw = None
    if raw is None:  # not inside `except`, so that no error carries the value along
        problem = "holds half of a surrogate pair, which has no UTF-8 form"
        raise UnencodableValue(slot.label, problem)
    if slot.max_bytes is not None and len(raw) > slot.max_bytes:
        problem = f"longer than {slot.max_bytes:,} bytes"
        raise UnencodableValue(slot.label, problem)
    return raw


def _encode_text(text: str, slot: Slot) -> bytes:
    return text_encoder(slot)(text)


def text_encoder(slot: Slot) -> Callable[[str], bytes]:
    """Return the function that encodes text which is never bare, made for speed.

    It raises what `encode_value` raises.
    """
    if slot.is_json:
        json_text = _json_in_string if slot.is_in_string else _json_text
        return lambda text: json_text(text, slot)
    if slot.place is Place.HEADER:
        return lambda text: _check_header(_utf8(text, slot), slot)
    if slot.encoding != "None":
        is_path = slot.place is Place.PATH
        safe = _PATH_SAFE if is_path else _FORM_SAFE
        table = _PATH_TABLE if is_path else _FORM_TABLE
        return lambda text: _translate(_utf8(text, slot), safe, table)
    if slot.place is Place.PAYLOAD:
        return _xml_encoder(slot, slot.xml) if slot.xml else lambda t: _utf8(t, slot)
    return lambda text: _check_target(_utf8(text, slot), slot)


def quick_text_encoder(slot: Slot) -> Callable[[str], bytes] | None:
    """Return an encoder for short ASCII texts that refuses none; None if some must be.

    It gives what `text_encoder` gives, in half the time.
    """
    if slot.place is Place.HEADER or slot.xml or slot.is_in_string:
        return None
    if slot.is_json:
        return lambda text: _quote(text).encode()
    if slot.encoding == "None":
        return str.encode if slot.place is Place.PAYLOAD else None
    is_path = slot.place is Place.PATH
    safe = _PATH_SAFE if is_path else _FORM_SAFE
    table = _PATH_TABLE if is_path else _FORM_TABLE
    return lambda text: _translate(text.encode(), safe, table)


def _json_text(text: str, slot: Slot) -> bytes:
    # A short ASCII text, which most are, has nothing to be refused for.
    if not text.isascii() or len(text) > SHORT:
        _utf8(text, slot)
    return _quote(text).encode()


def _json_in_string(text: str, slot: Slot) -> bytes:
    return _json_text(text, slot)[1:-1]


def _xml_encoder(slot: Slot, place: XmlPlace) -> Callable[[str], bytes]:
    def encode(text: str) -> bytes:
        _utf8(text, slot)
        escaped = escape_xml(text, place)
        if escaped is None:
            problem = "holds a control character that XML does not have"
            raise UnencodableValue(slot.label, problem)
        return escaped.encode()

    return encode


def _check_header(raw: bytes, slot: Slot) -> bytes:
    if _UNSAFE_IN_HEADER.search(raw):
        what = f"{{{{{slot.label}}}}} holds a control character or line break"
        raise UnsafeHeader(slot.header, what)
    return raw


def _check_target(raw: bytes, slot: Slot) -> bytes:
    if found := _UNSAFE_IN_TARGET.search(raw):
        sign = {b" ": "a space", b"#": "a '#'"}.get(found[0], "a control character")
        what = f"{{{{{slot.label}}}}} holds {sign}, which cannot stand in a URL"
        raise UnsafeTarget(f"{what}; choose the encoding Form/Url")
    return percent_encode_non_ascii(raw)
