"""Numbers and hostile text in words: durations, counts, shares, visible controls."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .progress import ProgressFacts

__all__ = [
    "control_parts",
    "decode_bytes",
    "format_count",
    "format_duration_s",
    "format_ms",
    "format_share",
    "progress_line",
    "shorten",
    "show_controls",
]

_NOT_KNOWN = "not known"
_MINUTE_S = 60
_HOUR_S = 3_600
_DAY_S = 86_400
_PLACES_FROM_S = 10  # from here on one more place says nothing: 12 s, 12 min, 12 days
_MOST_DAYS = 9_999_999
_PERCENT_PLACES = 3
_SHORT = {"\t": r"\t", "\n": r"\n", "\r": r"\r"}
_FIRST_RAW_BYTE, _LAST_RAW_BYTE = 0xDC80, 0xDCFF

# C0, DEL, C1; format characters that are not drawn (soft hyphen, bidi and zero-width
# controls, fillers, invisible operators, tags); line separators; what XML cannot hold
# (lone surrogates, noncharacters).
_HIDDEN = re.compile(
    r"([\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    r"\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufdd0-\ufdef\ufeff\uffa0"
    r"\ufff0-\ufffb\ufffe\uffff\ud800-\udfff\U0001bca0-\U0001bca3"
    r"\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
    + "".join(rf"\U{plane:04x}fffe\U{plane:04x}ffff" for plane in range(1, 17))
    + "])"
)


def _number(value: float, places: int) -> str:
    text = f"{value:,.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _counted(value: int, unit: str) -> str:
    plural = "s" if unit == "day" and value != 1 else ""
    return f"{value:,} {unit}{plural}"


def _two_units(value_s: float, large_s: int, small_s: int, names: str) -> str:
    """Return `value_s`, rounded to whole small units, as large and small units."""
    large_name, small_name = names.split()
    large, small = divmod(round(value_s / small_s), large_s // small_s)
    if not small:
        return _counted(large, large_name)
    return f"{_counted(large, large_name)} {_counted(small, small_name)}"


def format_duration_s(duration_s: float) -> str:
    """Return a duration in the words of a person who plans a day.

    Never more than two units, and no digits that nobody would act on; a duration that
    is not known is called that.

    Example:
        >>> format_duration_s(5000)
        '1 h 23 min'
        >>> format_duration_s(250)
        '4 min 10 s'
        >>> format_duration_s(0.085)
        '85 ms'
    """
    if math.isnan(duration_s):
        return _NOT_KNOWN
    if duration_s < 0:
        return f"-{format_duration_s(-duration_s)}"
    if math.isinf(duration_s):
        return "no end"
    if duration_s == 0:
        return "0 s"
    if duration_s * 1000 < 999.5:  # noqa: PLR2004 - what three digits still hold
        return format_ms(duration_s * 1000)
    return _whole_duration(duration_s)


def _whole_duration(value_s: float) -> str:
    seconds = round(value_s, 1 if value_s < _PLACES_FROM_S else 0)
    if seconds < _MINUTE_S:
        return f"{_number(seconds, 1)} s"
    if seconds < _PLACES_FROM_S * _MINUTE_S:
        return _two_units(value_s, _MINUTE_S, 1, "min s")
    minutes = round(value_s / _MINUTE_S)
    if minutes < _HOUR_S // _MINUTE_S:
        return _counted(minutes, "min")
    if minutes < _DAY_S // _MINUTE_S:
        return _two_units(value_s, _HOUR_S, _MINUTE_S, "h min")
    return _days(value_s)


def _days(value_s: float) -> str:
    if round(value_s / _HOUR_S) < _PLACES_FROM_S * _DAY_S // _HOUR_S:
        return _two_units(value_s, _DAY_S, _HOUR_S, "day h")
    if value_s > _MOST_DAYS * _DAY_S:
        return f"over {_counted(_MOST_DAYS, 'day')}"
    return _counted(round(value_s / _DAY_S), "day")


def format_ms(duration_ms: float) -> str:
    """Return a latency with three digits, in the unit that suits it.

    Example:
        >>> format_ms(85.234), format_ms(1234), format_ms(30_000), format_ms(90_000)
        ('85.2 ms', '1.23 s', '30 s', '1 min 30 s')
    """
    if math.isnan(duration_ms) or math.isinf(duration_ms):
        return format_duration_s(duration_ms)
    if duration_ms < 0:
        return f"-{format_ms(-duration_ms)}"
    if 0 < duration_ms < 0.0005:  # noqa: PLR2004 - rounds to nothing
        return "<0.001 ms"
    for value, unit in ((duration_ms, "ms"), (duration_ms / 1000, "s")):
        places = min(3, max(0, 2 - math.floor(math.log10(value)))) if value else 0
        limit = 1000 if unit == "ms" else _MINUTE_S
        if round(value, places) < limit:
            return f"{_number(value, places)} {unit}"
    return _whole_duration(duration_ms / 1000)


def format_count(count: int) -> str:
    """Return a whole number with its thousands set apart.

    Example:
        >>> format_count(1234567)
        '1,234,567'
    """
    return f"{count:,}"


def format_share(share: float) -> str:
    """Return a part of one as a percentage that never claims all or nothing wrongly.

    Example:
        >>> format_share(0.0123), format_share(1.0), format_share(0.99999)
        ('1.2 %', '100 %', '>99.9 %')
        >>> format_share(0.00004)
        '0.004 %'
    """
    if not math.isfinite(share):
        return _NOT_KNOWN
    percent = share * 100
    if 99.95 <= percent < 100:  # noqa: PLR2004 - would round to the whole
        return ">99.9 %"
    if 0 < percent < 0.0005:  # noqa: PLR2004 - would round to nothing
        return "<0.001 %"
    if 0 < percent < 0.1:  # noqa: PLR2004 - one place would show nothing
        places = min(_PERCENT_PLACES, -math.floor(math.log10(percent)))
        return f"{_number(percent, places)} %"
    return f"{_number(percent, 1)} %"


def _escape_control(match: re.Match[str]) -> str:
    code = ord(match[0])
    if _FIRST_RAW_BYTE <= code <= _LAST_RAW_BYTE:
        return rf"\x{code - 0xDC00:02x}"
    if code < 0x80:  # noqa: PLR2004 - ASCII; \x80 and above stand for raw bytes
        return _SHORT.get(match[0], rf"\x{code:02x}")
    return rf"\u{code:04x}" if code <= 0xFFFF else rf"\U{code:08x}"  # noqa: PLR2004 - BMP


def show_controls(text: str) -> str:
    r"""Return `text` with every character that acts and is not drawn as an escape.

    Control, bidi and zero-width characters, fillers, lone surrogates and bytes that
    `decode_bytes` could not read: nothing in the result can reorder, hide or style
    the text round it, and all of it can stand in XML.

    Example:
        >>> print(show_controls("a\u202eb\x1b[31mc\r\n"))
        a\u202eb\x1b[31mc\r\n
    """
    return _HIDDEN.sub(_escape_control, str.__str__(text))


def control_parts(text: str) -> Iterator[tuple[bool, str]]:
    r"""Yield the parts of `text`, escaped, and whether each stands for a control.

    So a page can set the two apart, and a backslash that was typed can be told from
    one that stands for a control.

    Example:
        >>> list(control_parts("ab\tc"))
        [(False, 'ab'), (True, '\\t'), (False, 'c')]
    """
    for position, part in enumerate(_HIDDEN.split(text)):
        if part:
            yield position % 2 == 1, show_controls(part)


def decode_bytes(raw: bytes) -> str:
    r"""Return bytes as UTF-8 text, each byte that is not UTF-8 kept for showing.

    Example:
        >>> print(show_controls(decode_bytes(b"caf\xc3\xa9 \xff")))
        café \xff
    """
    return raw.decode("utf-8", "surrogateescape")


def shorten(text: str, limit: int) -> str:
    """Return at most `limit` characters of `text`, the last one an ellipsis if cut.

    Example:
        >>> shorten("a long company name", 10)
        'a long co…'
    """
    if limit < 1:
        msg = f"limit must be 1 or more, not {limit}"
        raise ValueError(msg)
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def progress_line(facts: ProgressFacts) -> str:
    """Return the state of a run as one line for a terminal.

    Example:
        >>> from nbwebhook.display.progress import ProgressFacts
        >>> progress_line(ProgressFacts(done=50, total=200, updated=48, failed=2))
        '50 of 200 leads (25 %): 48 updated, 2 failed'
    """
    parts = [
        facts.headline,
        *facts.pace,
        *([f"{format_count(facts.in_flight)} in flight"] if facts.in_flight else []),
    ]
    outcomes = ", ".join(f"{format_count(n)} {word}" for word, n in facts.outcomes)
    return ", ".join(parts) + (f": {outcomes}" if outcomes else "")
