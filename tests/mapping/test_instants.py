"""ISO 8601 texts to dates and UTC instants."""

from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbwebhook.mapping.instants import parse_date, parse_instant

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        pytest.param("2026-01-02", date(2026, 1, 2), id="extended"),
        pytest.param("20260102", date(2026, 1, 2), id="basic"),
        pytest.param("2024-02-29", date(2024, 2, 29), id="leap-day"),
        pytest.param("0001-01-01", date(1, 1, 1), id="first"),
        pytest.param("9999-12-31", date(9999, 12, 31), id="last"),
        pytest.param("2026-02-29", None, id="no-leap-day"),
        pytest.param("2026-13-01", None, id="month-13"),
        pytest.param("0000-01-01", None, id="year-0"),
        pytest.param("2026-1-2", None, id="one-digit"),
        pytest.param("2026-0102", None, id="mixed-forms"),
        pytest.param("2026-01", None, id="month-only"),
        pytest.param("2026", None, id="year-only"),
        pytest.param("26-01-02", None, id="short-year"),
        pytest.param("02/01/2026", None, id="slashes"),
        pytest.param("2026-W01-1", None, id="week-date"),
        pytest.param("2026-001", None, id="ordinal-date"),
        pytest.param("2026-01-02T00:00:00", None, id="has-a-time"),
        pytest.param(" 2026-01-02", None, id="space-before"),
        pytest.param("2026-01-02\n", None, id="line-break-after"),
        pytest.param("\uff12026-01-02", None, id="full-width-digit"),
        pytest.param("", None, id="empty"),
    ],
)
def test_a_date_is_a_whole_day_and_nothing_else(text: str, wanted: date | None) -> None:
    """Both ISO forms of a calendar date are read; times and other notations are not."""
    assert parse_date(text) == wanted


def _utc(  # noqa: PLR0913, PLR0917 - as many as a clock has hands
    year: int,
    month: int,
    day: int,
    hour: int = 0,
    minute: int = 0,
    second: int = 0,
    micro: int = 0,
) -> datetime:
    return datetime(year, month, day, hour, minute, second, micro, UTC)


@pytest.mark.parametrize(
    ("text", "zone", "wanted"),
    [
        pytest.param("2026-01-02T03:04:05Z", UTC, _utc(2026, 1, 2, 3, 4, 5), id="utc"),
        pytest.param("2016-08-28T02:21:00", UTC, _utc(2016, 8, 28, 2, 21), id="seen"),
        pytest.param("2026-01-02t03:04:05z", UTC, _utc(2026, 1, 2, 3, 4, 5), id="low"),
        pytest.param("2026-01-02 03:04:05", UTC, _utc(2026, 1, 2, 3, 4, 5), id="space"),
        pytest.param("20260102T030405Z", UTC, _utc(2026, 1, 2, 3, 4, 5), id="basic"),
        pytest.param("2026-01-02T03:04", UTC, _utc(2026, 1, 2, 3, 4), id="minutes"),
        pytest.param("2026-01-02", UTC, _utc(2026, 1, 2), id="date-only"),
        pytest.param("2026-01-02", BERLIN, _utc(2026, 1, 1, 23), id="date-in-zone"),
        pytest.param(
            "2026-01-02T03:04:05+01:00", UTC, _utc(2026, 1, 2, 2, 4, 5), id="offset"
        ),
        pytest.param(
            "2026-01-02T03:04:05+0530", UTC, _utc(2026, 1, 1, 21, 34, 5), id="no-colon"
        ),
        pytest.param("2026-01-02T03:04-08", UTC, _utc(2026, 1, 2, 11, 4), id="hours"),
        pytest.param(
            "2026-01-02 03:04:05 +0000", UTC, _utc(2026, 1, 2, 3, 4, 5), id="spaced"
        ),
        pytest.param("2026-01-02T03:04-00:00", UTC, _utc(2026, 1, 2, 3, 4), id="minus"),
        pytest.param(
            "2026-01-02T03:04:05+01:00", BERLIN, _utc(2026, 1, 2, 2, 4, 5), id="own"
        ),
        pytest.param("2026-07-02T03:04", BERLIN, _utc(2026, 7, 2, 1, 4), id="summer"),
        pytest.param("2026-01-02T03:04", BERLIN, _utc(2026, 1, 2, 2, 4), id="winter"),
        pytest.param("2026-03-29T02:30", BERLIN, _utc(2026, 3, 29, 1, 30), id="gap"),
        pytest.param("2026-10-25T02:30", BERLIN, _utc(2026, 10, 25, 0, 30), id="twice"),
        pytest.param(
            "2026-01-02T03:04:05.25Z", UTC, _utc(2026, 1, 2, 3, 4, 5, 250000), id="dot"
        ),
        pytest.param(
            "2026-01-02T03:04:05,5Z", UTC, _utc(2026, 1, 2, 3, 4, 5, 500000), id="comma"
        ),
        pytest.param(
            "2026-01-02T03:04:05.1234569Z",
            UTC,
            _utc(2026, 1, 2, 3, 4, 5, 123456),
            id="seventh-digit-is-cut",
        ),
        pytest.param("2026-01-02T24:00:00Z", UTC, _utc(2026, 1, 3), id="24-hours"),
        pytest.param("2026-12-31T24:00", UTC, _utc(2027, 1, 1), id="24-hours-year"),
        pytest.param("2026-01-02T24:00:01Z", UTC, None, id="past-24-hours"),
        pytest.param("2026-01-02T24:00:00.5Z", UTC, None, id="little-past-24-hours"),
        pytest.param("2026-01-02T25:00Z", UTC, None, id="hour-25"),
        pytest.param("2026-01-02T03:60Z", UTC, None, id="minute-60"),
        pytest.param("2026-01-02T23:59:60Z", UTC, None, id="leap-second"),
        pytest.param("2026-02-30T03:04Z", UTC, None, id="no-such-day"),
        pytest.param("2026-01-02T03:0405", UTC, None, id="mixed-clock"),
        pytest.param("2026-01-02T03", UTC, None, id="hour-alone"),
        pytest.param("2026-01-02T03:04:05.", UTC, None, id="empty-fraction"),
        pytest.param("2026-01-02T03:04:05+1", UTC, None, id="short-offset"),
        pytest.param("2026-01-02T03:04:05+24:00", UTC, None, id="offset-24"),
        pytest.param("2026-01-02T03:04:05+01:60", UTC, None, id="offset-minute-60"),
        pytest.param("2026-01-02T03:04:05 CET", UTC, None, id="zone-name"),
        pytest.param("2026-01-02Z", UTC, None, id="zone-without-time"),
        pytest.param("0001-01-01T00:00+01:00", UTC, None, id="before-the-first"),
        pytest.param("9999-12-31T23:59-01:00", UTC, None, id="after-the-last"),
        pytest.param("9999-12-31T24:00Z", UTC, None, id="after-the-last-day"),
        pytest.param("Fri, 02 Jan 2026 03:04:05 GMT", UTC, None, id="rfc-1123"),
        pytest.param("1767323045", UTC, None, id="epoch"),
        pytest.param("03:04:05", UTC, None, id="time-alone"),
        pytest.param("2026-1x-02T03:04:05Z", UTC, None, id="letter-for-digit"),
        pytest.param("+026-01-02T03:04:05Z", UTC, None, id="sign-for-digit"),
        pytest.param("2026-01-02T 3:04:05Z", UTC, None, id="space-for-digit"),
        pytest.param("2026-01-02T03:04:-5Z", UTC, None, id="minus-for-digit"),
        pytest.param("\uff12026-01-02T03:04:05Z", UTC, None, id="full-width"),
        pytest.param("2026-W1-02T03:04:05Z", UTC, None, id="week"),
        pytest.param("2026-02-30T03:04:05Z", UTC, None, id="no-such-day-usual-form"),
        pytest.param("2026-01-02T24:00:01Z", BERLIN, None, id="usual-past-24-hours"),
        pytest.param("", UTC, None, id="empty"),
    ],
)
def test_a_date_and_time_is_an_instant_in_utc(
    text: str, zone: tzinfo, wanted: datetime | None
) -> None:
    """A zone in the text counts, else the one given; what is no instant is none."""
    found = parse_instant(text, zone)
    assert found == wanted
    assert found is None or found.tzinfo is UTC


@given(
    st.datetimes(
        min_value=datetime(2, 1, 1),  # noqa: DTZ001 - made aware below
        max_value=datetime(9998, 1, 1),  # noqa: DTZ001 - made aware below
    ),
    st.integers(-1439, 1439),
)
def test_an_iso_text_reads_back_as_its_instant(moment: datetime, minutes: int) -> None:
    """Whatever `isoformat` writes is read as the same instant."""
    aware = moment.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    assert parse_instant(aware.isoformat()) == aware
    assert parse_date(moment.date().isoformat()) == moment.date()


@given(st.text(st.sampled_from("0123456789-:.,TZtz+ W"), max_size=30))
def test_no_text_raises(text: str) -> None:
    """A text is an instant or None; a date is an instant at midnight."""
    day = parse_date(text)
    moment = parse_instant(text)
    if day is not None:
        assert moment == datetime(day.year, day.month, day.day, tzinfo=UTC)
