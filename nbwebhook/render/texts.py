"""A value's text: how numbers, dates and truth are written before any encoding."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from nbwebhook.definition.beyond import DatetimeFormat
from nbwebhook.definition.context import TokenValue
from nbwebhook.render.leads import Value

__all__ = ["NoText", "clock_texts", "is_empty", "to_text"]

_MONTHS = (
    "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()  # noqa: SIM905 - reads better
)
_MAX_DIGITS = 4_300
_OUTSIDE_CALENDAR = "its year in the account's time zone is not of 1 to 9999"


class NoText(Exception):
    """A value has no exact text form; an error of this room only."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


def is_empty(value: Value | TokenValue) -> bool:
    """Return whether `value` is the empty value: nothing, no text, or not a number."""
    if isinstance(value, str):
        return not value
    if isinstance(value, Decimal):
        return value.is_nan()
    return value is None or (isinstance(value, float) and math.isnan(value))


def to_text(
    value: Value | TokenValue,
    zone: ZoneInfo,
    *,
    date_only: bool = False,
    datetime_format: DatetimeFormat = "marketo",
) -> str:
    """Return the text of a value that is not empty.

    Numbers are written plainly, without an exponent. A date and time that knows its
    zone is first brought to the account's, as Marketo's form says none; one that knows
    none is of the account's.

    Args:
        value: What the lead or the run has.
        zone: The account's time zone.
        date_only: Whether the field holds dates, whatever the column does.
        datetime_format: How a date with a time is written.

    Raises:
        NoText: There is no exact text.

    Example:
        >>> to_text(Decimal("1.50E+3"), ZoneInfo("UTC"))
        '1500'
        >>> to_text(datetime(2013, 8, 8, 16, 36, 13), ZoneInfo("UTC"))
        '2013-08-08 16:36:13'
    """
    if isinstance(value, str):
        return str(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float | Decimal):
        return _number_text(value)
    if isinstance(value, datetime):
        local = _in_zone(value, zone)
        return local.date().isoformat() if date_only else _FORMS[datetime_format](local)
    if isinstance(value, date):
        return value.isoformat()
    raise NoText(f"a value of type {type(value).__name__} has no text form")


def _number_text(value: float | Decimal) -> str:
    if isinstance(value, int):
        return _integer_text(value)
    number = value if isinstance(value, Decimal) else _shortest(value)
    if not number.is_finite():
        raise NoText("an infinite number has no text form")
    if abs(number.adjusted()) > _MAX_DIGITS:
        raise NoText(f"a number of more than {_MAX_DIGITS:,} digits")
    return f"{number:f}"


def _integer_text(value: int) -> str:
    try:
        return str(int(value))
    except ValueError:
        pass
    raise NoText(f"a number of more than {_MAX_DIGITS:,} digits")


def _shortest(value: float) -> Decimal:
    """Return the shortest decimal that reads back as `value`, whole where it is."""
    number = Decimal(repr(value))
    return number.to_integral_value() if value.is_integer() else number


def _in_zone(value: datetime, zone: ZoneInfo) -> datetime:
    try:
        if value.tzinfo is None:
            return value.replace(tzinfo=zone)
        return value.astimezone(zone)
    except OverflowError:
        pass
    raise NoText(_OUTSIDE_CALENDAR)


def _space_form(local: datetime) -> str:
    return local.replace(tzinfo=None).isoformat(sep=" ", timespec="seconds")


def _iso_form(local: datetime) -> str:
    return local.isoformat(timespec="seconds")


def _utc_form(local: datetime) -> str:
    try:
        moment = local.astimezone(UTC)
    except OverflowError:
        moment = None
    if moment is None:
        raise NoText(_OUTSIDE_CALENDAR)
    return moment.replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


_FORMS: dict[DatetimeFormat, Callable[[datetime], str]] = {
    "marketo": _space_form,
    "iso": _iso_form,
    "iso_utc": _utc_form,
}


def clock_texts(now: datetime) -> dict[str, str]:
    """Return the texts of the system tokens at `now`, by folded name (marketo.md 3.4).

    Example:
        >>> now = datetime(
        ...     2013, 8, 8, 16, 34, 13, tzinfo=ZoneInfo("America/Los_Angeles")
        ... )
        >>> list(clock_texts(now).values())
        ['Aug 08, 2013', '04:34 PM (GMT -0700)', '2013-08-08 16:34:13']
    """
    half = "PM" if now.hour >= 12 else "AM"  # noqa: PLR2004 - noon
    hour = now.hour % 12 or 12
    return {
        "date": f"{_MONTHS[now.month - 1]} {now.day:02}, {now.year:04}",
        "time": f"{hour:02}:{now.minute:02} {half} (GMT {now.strftime('%z')[:5]})",
        "datetime": now.replace(tzinfo=None).isoformat(sep=" ", timespec="seconds"),
    }
