"""ISO 8601 dates and times as services write them, to dates and UTC instants.

One grammar for every Python version: the extended form (`2026-01-02T03:04:05Z`) and the
basic one (`20260102T030405Z`), a `T`, `t` or space between, seconds and their fraction
optional, zone `Z`, `+01:00`, `+0100` or `+01`. Week and ordinal dates are not taken.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo

__all__ = ["parse_date", "parse_instant"]

_DATE = r"(?P<year>\d{4})(?P<dash>-?)(?P<month>\d\d)(?P=dash)(?P<day>\d\d)"
_TIME = (
    r"(?P<hour>\d\d)(?P<colon>:?)(?P<minute>\d\d)"
    r"(?:(?P=colon)(?P<second>\d\d)(?:[.,](?P<fraction>\d{1,30}))?)?"
)
_ZONE = r"\ ?(?P<zone>[Zz]|[+-]\d\d(?::?\d\d)?)"
_INSTANT = re.compile(rf"{_DATE}(?:[Tt ]{_TIME}(?:{_ZONE})?)?", re.ASCII)
_MIDNIGHT_AT_THE_END = "24"
_USUAL_LENGTH = len("2026-01-02T03:04:05Z")


def parse_date(text: str) -> date | None:
    """Return the date that `text` is, or None where it is none or has a time.

    Example:
        >>> parse_date("2026-01-02")
        datetime.date(2026, 1, 2)
        >>> parse_date("2026-02-30") is None
        True
    """
    found = _INSTANT.fullmatch(text)
    if found is None or found["hour"] is not None:
        return None
    try:
        return date(int(found["year"]), int(found["month"]), int(found["day"]))
    except ValueError:
        return None


def parse_instant(text: str, zone: tzinfo = UTC) -> datetime | None:
    """Return the UTC instant that `text` is, or None where it is none.

    A fraction keeps its first six digits. A time that `zone` skips counts with the
    offset before the gap, one that it has twice is the first.

    Args:
        text: A date with or without a time; a date alone is its first moment.
        zone: The time zone of a text that names none.

    Example:
        >>> parse_instant("2026-01-02T03:04:05.25+01:00")
        datetime.datetime(2026, 1, 2, 2, 4, 5, 250000, tzinfo=datetime.timezone.utc)
    """
    try:
        if _is_usual(text):
            return datetime.fromisoformat(text)
        found = _INSTANT.fullmatch(text)
        return _to_instant(found, zone) if found else None
    except (ValueError, OverflowError):
        return None


def _is_usual(text: str) -> bool:
    """Return whether `text` looks like `2026-01-02T03:04:05Z`, which Python reads fast."""
    signs = text[4:20:3] if len(text) == _USUAL_LENGTH else ""
    return signs == "--T::Z" and text[11:13] != _MIDNIGHT_AT_THE_END


def _to_instant(found: re.Match[str], zone: tzinfo) -> datetime:
    day = date(int(found["year"]), int(found["month"]), int(found["day"]))
    hour = found["hour"] or "00"
    extra = timedelta(0)
    if hour == _MIDNIGHT_AT_THE_END:
        is_midnight = not any(
            int(found[part] or 0) for part in ("minute", "second", "fraction")
        )
        if is_midnight:
            hour, extra = "00", timedelta(days=1)
    clock = time(
        int(hour),
        int(found["minute"] or 0),
        int(found["second"] or 0),
        int((found["fraction"] or "0").ljust(6, "0")[:6]),
        tzinfo=_zone_of(found["zone"]) or zone,
    )
    return (datetime.combine(day, clock) + extra).astimezone(UTC)


def _zone_of(text: str | None) -> tzinfo | None:
    if text is None:
        return None
    if text in {"Z", "z"}:
        return UTC
    digits = text[1:].replace(":", "").ljust(4, "0")
    hours, minutes = int(digits[:2]), int(digits[2:])
    if minutes > 59:  # noqa: PLR2004 - minutes of an hour
        raise ValueError(text)
    sign = -1 if text[0] == "-" else 1
    return timezone(sign * timedelta(hours=hours, minutes=minutes))
