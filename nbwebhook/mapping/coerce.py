"""A response's value to a field's value, by the field's type (marketo.md 8 and 10).

| field type | from JSON | from XML text |
| --- | --- | --- |
| string, url, email, phone | text; a number or boolean as its text; 255 characters | as it is |
| text_area | the same, 30,000 bytes of UTF-8 | as it is |
| integer, score, percent | a number without a fraction, signed 32 bits | digits |
| float, currency | a number | digits, point, exponent |
| boolean | true, false | true, false, 1, 0 |
| date | text `2026-01-02` | the same |
| datetime | text `2026-01-02T03:04:05Z`; kept as UTC | the same |
| none declared | text, number or boolean as it came | text |

Marketo writes compatible types only, so that a JSON string is never a number or a
boolean and a JSON number never a date. An empty XML element is null, since XML has no
other; an empty JSON string is a text and is written to a text field. U+0000 and lone
surrogates fit no field, as no file could hold them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, tzinfo
from decimal import Decimal
from functools import cache, partial
from typing import Any

from nbwebhook.definition.fields import FieldType
from nbwebhook.errors import NotCoercible
from nbwebhook.mapping.instants import parse_date, parse_instant
from nbwebhook.mapping.outcome import Fate, FieldValue
from nbwebhook.mapping.texts import number_text

__all__ = ["Coercer", "coerce_value", "compile_coercer", "cut_text", "same_value"]

_MAX_CHARACTERS = 255
_MAX_AREA_BYTES = 30_000
_MAX_NUMBER_CHARACTERS = 640
_INT32 = range(-(1 << 31), 1 << 31)
_INT32_DIGITS = 10
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}
_WANTED: dict[FieldType | None, str] = {
    FieldType.INTEGER: "a whole number",
    FieldType.SCORE: "a whole number",
    FieldType.PERCENT: "a whole number",
    FieldType.FLOAT: "a number",
    FieldType.CURRENCY: "a number",
    FieldType.BOOLEAN: "true or false",
    FieldType.DATE: "a date such as 2026-01-02",
    FieldType.DATETIME: "a date and time such as 2026-01-02T03:04:05Z",
}

Coercer = Callable[[Any], FieldValue]
"""From a raw value to a field's value; raises `NotCoercible` and nothing else."""

_Converter = Callable[[Any, FieldType, tzinfo], FieldValue]


def coerce_value(
    raw: object, field_type: FieldType | None, *, from_xml: bool, zone: tzinfo = UTC
) -> FieldValue:
    """Return `raw` as the value that a field of `field_type` can hold.

    Nothing is rounded and nothing is cut: a value that would lose something is refused
    and the field keeps what it had. Only a fraction of a second keeps no more than six
    digits.

    Args:
        raw: What a getter returned: a JSON value, or an XML text or element.
        field_type: The field's type; None for a field of no declared type.
        from_xml: Whether `raw` is of an XML document, where everything is text.
        zone: The time zone of a date and time that names none.

    Raises:
        NotCoercible: With the fate `null`, `type_mismatch`, `too_long` or `not_scalar`.

    Example:
        >>> coerce_value(Decimal("42.0"), FieldType.INTEGER, from_xml=False)
        42
        >>> coerce_value("42", FieldType.INTEGER, from_xml=True)
        42
    """
    if from_xml:
        if type(raw) is not str:
            raise _refusal(raw, field_type)
        raw = raw.strip() if field_type in _FROM_XML else raw
        if not raw:
            raise NotCoercible(Fate.NULL, "the element is empty; the field stays")
    if field_type is None or field_type.is_text:
        return _to_text(raw, field_type)
    converters = _FROM_XML if from_xml else _FROM_JSON
    return converters[field_type](raw, field_type, zone)


def compile_coercer(
    field_type: FieldType | None, *, from_xml: bool, zone: tzinfo = UTC
) -> Coercer:
    """Return `coerce_value` for one field, with what is always the same done ahead."""
    if from_xml:
        return partial(coerce_value, field_type=field_type, from_xml=True, zone=zone)
    if field_type is None or field_type.is_text:

        def to_text(raw: Any) -> FieldValue:  # noqa: ANN401 - any JSON value
            is_short = type(raw) is str and len(raw) <= _MAX_CHARACTERS
            if is_short and raw.isascii() and "\x00" not in raw:
                return raw  # type: ignore[no-any-return] # a text
            return _to_text(raw, field_type)

        return to_text
    convert = _FROM_JSON[field_type]
    return lambda raw: convert(raw, field_type, zone)


# Text


def _to_text(raw: Any, field_type: FieldType | None) -> FieldValue:  # noqa: ANN401 - any JSON value
    if type(raw) is str:
        text = raw
    elif type(raw) in {bool, int, Decimal}:
        if field_type is None:
            return raw  # type: ignore[no-any-return] # one of three that are values
        text = str(raw).lower() if type(raw) is bool else number_text(raw)
    else:
        raise _refusal(raw, field_type)
    if len(text) > _MAX_CHARACTERS and field_type is not None:
        _check_length(text, field_type)
    return _storable(text)


def _storable(text: str) -> str:
    if (not text.isascii() or "\x00" in text) and _UNSTORABLE.search(text):
        raise NotCoercible(
            Fate.TYPE_MISMATCH, "the text holds U+0000 or half a surrogate pair"
        )
    return text


def _check_length(text: str, field_type: FieldType) -> None:
    if field_type is not FieldType.TEXT_AREA:
        problem = f"longer than the {_MAX_CHARACTERS} characters of a field of its type"
        raise NotCoercible(Fate.TOO_LONG, problem)
    if len(text.encode("utf-8", "surrogatepass")) > _MAX_AREA_BYTES:
        problem = f"longer than the {_MAX_AREA_BYTES:,} bytes of a text area"
        raise NotCoercible(Fate.TOO_LONG, problem)


def cut_text(text: str, field_type: FieldType) -> str:
    """Return as much of a text, from its start, as a field of the type holds.

    Raises:
        NotCoercible: No field can hold it, however short.

    Example:
        >>> len(cut_text("x" * 300, FieldType.STRING))
        255
    """
    if field_type is not FieldType.TEXT_AREA:
        return _storable(text[:_MAX_CHARACTERS])
    return _storable(text).encode()[:_MAX_AREA_BYTES].decode("utf-8", "ignore")


# Numbers and booleans


def _to_whole(raw: Any, field_type: FieldType, zone: tzinfo) -> int:  # noqa: ANN401, ARG001 - a _Converter
    if type(raw) is int:
        number = raw
    elif type(raw) is not Decimal:
        raise _refusal(raw, field_type)
    elif raw and raw.adjusted() > _INT32_DIGITS:
        number = _INT32.stop
    elif raw != raw.to_integral_value():
        raise NotCoercible(
            Fate.TYPE_MISMATCH, f"a number with a fraction; {_takes(field_type)}"
        )
    else:
        number = int(raw)
    if number not in _INT32:
        problem = f"outside the signed 32 bits that a field of type {field_type} has"
        raise NotCoercible(Fate.TYPE_MISMATCH, problem)
    return number


def _to_decimal(raw: Any, field_type: FieldType, zone: tzinfo) -> Decimal:  # noqa: ANN401, ARG001 - a _Converter
    if type(raw) not in {int, Decimal}:
        raise _refusal(raw, field_type)
    number = Decimal(raw)
    if math.isinf(float(number)):
        problem = f"beyond the range that a field of type {field_type} has"
        raise NotCoercible(Fate.TYPE_MISMATCH, problem)
    return number


def _to_boolean(raw: Any, field_type: FieldType, zone: tzinfo) -> bool:  # noqa: ANN401, ARG001 - a _Converter
    if type(raw) is not bool:
        raise _refusal(raw, field_type)
    return raw


def _text_to_number(text: str, field_type: FieldType, zone: tzinfo) -> FieldValue:
    if len(text) > _MAX_NUMBER_CHARACTERS or not _NUMBER.fullmatch(text):
        raise _refusal(text, field_type)
    if field_type is FieldType.SCORE and text.startswith("+"):
        raise NotCoercible(Fate.TYPE_MISMATCH, "a relative score; write the new score")
    return _FROM_JSON[field_type](Decimal(text), field_type, zone)


def _text_to_boolean(text: str, field_type: FieldType, zone: tzinfo) -> bool:  # noqa: ARG001 - a _Converter
    value = _BOOLEANS.get(text.lower())
    if value is None:
        raise _refusal(text, field_type)
    return value


# Dates


def _to_date(raw: Any, field_type: FieldType, zone: tzinfo) -> date:  # noqa: ANN401, ARG001 - a _Converter
    value = parse_date(raw) if type(raw) is str else None
    if value is None:
        raise _refusal(raw, field_type)
    return value


def _to_instant(raw: Any, field_type: FieldType, zone: tzinfo) -> datetime:  # noqa: ANN401 - a _Converter
    value = parse_instant(raw, zone) if type(raw) is str else None
    if value is None:
        raise _refusal(raw, field_type)
    return value


_FROM_JSON: dict[FieldType, _Converter] = {
    FieldType.INTEGER: _to_whole,
    FieldType.SCORE: _to_whole,
    FieldType.PERCENT: _to_whole,
    FieldType.FLOAT: _to_decimal,
    FieldType.CURRENCY: _to_decimal,
    FieldType.BOOLEAN: _to_boolean,
    FieldType.DATE: _to_date,
    FieldType.DATETIME: _to_instant,
}
_FROM_XML: dict[FieldType | None, _Converter] = {
    FieldType.INTEGER: _text_to_number,
    FieldType.SCORE: _text_to_number,
    FieldType.PERCENT: _text_to_number,
    FieldType.FLOAT: _text_to_number,
    FieldType.CURRENCY: _text_to_number,
    FieldType.BOOLEAN: _text_to_boolean,
    FieldType.DATE: _to_date,
    FieldType.DATETIME: _to_instant,
}


# What the lead has already

_TYPE_OF = {
    bool: FieldType.BOOLEAN,
    int: FieldType.FLOAT,
    Decimal: FieldType.FLOAT,
    date: FieldType.DATE,
    datetime: FieldType.DATETIME,
}


def same_value(
    old_text: str | None,
    new: FieldValue,
    field_type: FieldType | None,
    *,
    zone: tzinfo = UTC,
) -> bool:
    """Return whether a lead that has `old_text` has the value `new` already.

    Text is compared as it is; anything else as what it means, so that `TRUE` is true,
    `42.0` is 42 and `2026-01-02 00:00:00` the date 2026-01-02.

    Args:
        old_text: The lead's present value as the list has it; None where it is empty.
        new: A value that `coerce_value` returned for the field.
        field_type: The field's type; None for a field of no declared type.
        zone: The time zone of an old date and time that names none.

    Example:
        >>> same_value("TRUE", True, FieldType.BOOLEAN)
        True
    """
    if not old_text:
        return new is None or new == ""
    if new is None or type(new) is str:
        return old_text == new
    if type(new) is int and old_text == str(new):
        return True
    wanted = field_type if field_type in _FROM_JSON else _TYPE_OF[type(new)]
    if wanted is FieldType.DATE:
        return _old_date(old_text.strip()) == new
    try:
        old = coerce_value(old_text, wanted, from_xml=True, zone=zone)
    except NotCoercible:
        return False
    return old == new


def _old_date(text: str) -> date | None:
    moment = parse_instant(text)
    return moment.date() if moment and moment.time() == time.min else None


# Why not: sentences without the value, shared by all leads


def _refusal(raw: Any, field_type: FieldType | None) -> NotCoercible:  # noqa: ANN401 - what a getter returned
    if raw is None:
        return NotCoercible(Fate.NULL, "null in the response; the field stays")
    if type(raw) is dict:
        return NotCoercible(Fate.NOT_SCALAR, "an object; name one of its keys")
    if type(raw) is list:
        return NotCoercible(Fate.NOT_SCALAR, "a list; name one by its index, as in [0]")
    kind = {bool: "a boolean", int: "a number", Decimal: "a number", str: "a text"}
    if type(raw) not in kind:
        return NotCoercible(Fate.NOT_SCALAR, "an element with children; name one")
    return NotCoercible(Fate.TYPE_MISMATCH, _mismatch(kind[type(raw)], field_type))


@cache
def _mismatch(found: str, field_type: FieldType | None) -> str:
    return f"{found} that does not fit; {_takes(field_type)}"


@cache
def _takes(field_type: FieldType | None) -> str:
    wanted = _WANTED.get(field_type, "text")
    return f"a field of type {field_type} takes {wanted}"
