"""How long a response asks its callers to stay away.

```text
Retry-After: 120                            on 429 and 503
Retry-After: Wed, 21 Oct 2026 07:28:00 GMT  against the response's own Date
RateLimit-Remaining: 0, RateLimit-Reset: 30 on any status, also with X- before it
RateLimit: "default";r=0;t=30               the same, as the later drafts write it
```

Whatever a service writes there, nothing is raised: what cannot be read asks for nothing,
what is in the past asks for nothing, and nobody can ask for more than five minutes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from nbwebhook.transport.base import Response

__all__ = ["MAX_PAUSE_S", "asked_pause_s", "read_http_date"]

MAX_PAUSE_S = 300.0
"""The longest pause that a response can ask for."""

_ASKING = frozenset([429, 503])
_KNOWN = frozenset(
    [
        b"retry-after",
        b"ratelimit",
        b"ratelimit-remaining",
        b"ratelimit-reset",
        b"x-ratelimit-remaining",
        b"x-ratelimit-reset",
    ]
)
_NUMBER = re.compile(rb"[0-9]{1,30}(?:\.[0-9]{1,30})?")
_NOTHING_LEFT = re.compile(rb"(?:^|[;,\s])(?:r|remaining)=0(?=$|[;,\s])")
_UNTIL = re.compile(rb"(?:^|[;,\s])(?:t|reset)=([0-9]{1,30})(?=$|[;,\s])")
_LONGEST = 200
_AN_INSTANT = 1e9
"""From here on a number is seconds since 1970 and no duration: 31 years would be."""

_MONTHS = (b"jan feb mar apr may jun jul aug sep oct nov dec").split()
_DATES = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        rb"[a-z]{3}, (?P<d>\d\d) (?P<b>[a-z]{3}) (?P<y>\d{4}) (?P<t>[\d:]{8}) GMT",
        rb"[a-z]{6,9}, (?P<d>\d\d)-(?P<b>[a-z]{3})-(?P<y>\d\d) (?P<t>[\d:]{8}) GMT",
        rb"[a-z]{3} (?P<b>[a-z]{3}) (?P<d>[ \d]\d) (?P<t>[\d:]{8}) (?P<y>\d{4})",
    )
)
_LEAP = 60
_TIME = re.compile(rb"(\d\d):(\d\d):(\d\d)")


def asked_pause_s(response: Response, now: Callable[[], datetime]) -> float:
    """Return for how many seconds nobody should call, 0 where the response says nothing.

    Where it says so twice, the longer time counts.

    Args:
        response: The whole response.
        now: Tells the time of day, for a response that does not tell its own.
    """
    said = [pair for pair in response.headers if pair[0] in _KNOWN]
    if not said:
        return 0.0
    base = read_http_date(response.header(b"date")) or now()
    asked = [_limit_s(said, prefix, base) for prefix in (b"", b"x-")]
    asked += [_later_limit_s(value) for name, value in said if name == b"ratelimit"]
    if response.status_code in _ASKING:
        asked += [_wait_s(v, base) for name, v in said if name == b"retry-after"]
    return max(asked)


def _wait_s(value: bytes, base: datetime) -> float:
    """Return the seconds that a Retry-After means."""
    value = value.strip()
    if _NUMBER.fullmatch(value):
        return _capped(float(value))
    at = read_http_date(value)
    return _capped((at - base).total_seconds()) if at else 0.0


def _limit_s(
    said: Iterable[tuple[bytes, bytes]], prefix: bytes, base: datetime
) -> float:
    """Return the seconds until a limit of which nothing remains is set anew."""
    values = dict(said)
    remaining = values.get(prefix + b"ratelimit-remaining", b"").strip()
    reset = values.get(prefix + b"ratelimit-reset", b"").strip()
    if not _NUMBER.fullmatch(remaining) or float(remaining) > 0:
        return 0.0
    if not _NUMBER.fullmatch(reset):
        return 0.0
    at_s = float(reset)
    return _capped(at_s - base.timestamp() if at_s >= _AN_INSTANT else at_s)


def _later_limit_s(value: bytes) -> float:
    value = value[:_LONGEST]
    until = _UNTIL.search(value)
    return _capped(float(until[1])) if until and _NOTHING_LEFT.search(value) else 0.0


def _capped(duration_s: float) -> float:
    return min(max(duration_s, 0.0), MAX_PAUSE_S)


def read_http_date(value: bytes) -> datetime | None:
    """Return the instant that an HTTP date means, None for what is no such date.

    All three forms of RFC 9110, 5.6.7, are read; the name of the day is not checked.

    Example:
        >>> read_http_date(b"Sunday, 06-Nov-94 08:49:37 GMT").isoformat()
        '1994-11-06T08:49:37+00:00'
    """
    for form in _DATES:
        if found := form.fullmatch(value.strip()[:_LONGEST]):
            return _instant(found["y"], found["b"], found["d"], found["t"])
    return None


def _instant(year: bytes, month: bytes, day: bytes, time: bytes) -> datetime | None:
    clock = _TIME.fullmatch(time)
    if clock is None or month.lower() not in _MONTHS:
        return None
    hours, minutes, seconds = map(int, clock.groups())
    century = 0 if len(year) > 2 else 1900 if int(year) >= 70 else 2000  # noqa: PLR2004 - as POSIX reads two digits
    try:
        return datetime(
            century + int(year),
            _MONTHS.index(month.lower()) + 1,
            int(day),
            hours,
            minutes,
            59 if seconds == _LEAP else seconds,
            tzinfo=UTC,
        )
    except ValueError:
        return None
