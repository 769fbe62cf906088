"""How long a response asks its callers to stay away, whatever it writes there."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbwebhook.engine.retry_after import MAX_PAUSE_S, asked_pause_s, read_http_date
from tests.engine.services import answer, status

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
HOUR_BEHIND = "Sun, 01 Mar 2026 11:00:00 GMT"


def asked_s(status_code: int, **headers: str) -> float:
    """Return what a response with these headers asks for at noon."""
    return asked_pause_s(status(status_code, **headers), lambda: NOW)


@pytest.mark.parametrize("code", [429, 503])
@pytest.mark.parametrize(
    ("value", "wanted_s"),
    [
        pytest.param("120", 120.0, id="seconds"),
        pytest.param(" 7 ", 7.0, id="spaces-around"),
        pytest.param("1.5", 1.5, id="a-fraction"),
        pytest.param("0", 0.0, id="nothing"),
        pytest.param("300", 300.0, id="the-cap"),
        pytest.param("301", 300.0, id="above-the-cap"),
        pytest.param("9999999999", 300.0, id="three-centuries"),
        pytest.param("1" + "0" * 18, 300.0, id="ten-to-the-18"),
        pytest.param("9" * 5_000, 0.0, id="five-thousand-digits"),
        pytest.param("1e18", 0.0, id="an-exponent"),
        pytest.param("-5", 0.0, id="negative"),
        pytest.param("+5", 0.0, id="a-sign"),
        pytest.param("NaN", 0.0, id="nan"),
        pytest.param("inf", 0.0, id="infinity"),
        pytest.param("abc", 0.0, id="garbage"),
        pytest.param("", 0.0, id="empty"),
        pytest.param("120, 60", 0.0, id="a-list"),
        pytest.param("0x10", 0.0, id="hexadecimal"),
        pytest.param("١٢٠", 0.0, id="digits-of-another-script"),
        pytest.param("Sun, 01 Mar 2026 12:00:30 GMT", 30.0, id="a-date"),
        pytest.param("Sunday, 01-Mar-26 12:00:30 GMT", 30.0, id="an-old-date"),
        pytest.param("Sun Mar  1 12:00:30 2026", 30.0, id="a-date-of-c"),
        pytest.param("sun, 01 mar 2026 12:00:30 gmt", 30.0, id="a-date-in-lower-case"),
        pytest.param("Sun, 01 Mar 2026 11:59:30 GMT", 0.0, id="a-date-in-the-past"),
        pytest.param("Mon, 01 Mar 2027 12:00:00 GMT", 300.0, id="a-date-in-a-year"),
        pytest.param("Fri, 31 Dec 9999 23:59:59 GMT", 300.0, id="the-last-date"),
        pytest.param("Sun, 31 Feb 2026 12:00:30 GMT", 0.0, id="no-such-day"),
        pytest.param("Sun, 01 Foo 2026 12:00:30 GMT", 0.0, id="no-such-month"),
        pytest.param("Sun, 01 Mar 0000 12:00:30 GMT", 0.0, id="no-such-year"),
        pytest.param("Sun, 01 Mar 2026 25:00:30 GMT", 0.0, id="no-such-hour"),
        pytest.param("Sun, 01 Mar 2026 12.00.30 GMT", 0.0, id="no-such-time"),
        pytest.param("Sun, 01 Mar 2026 12:00:60 GMT", 59.0, id="a-leap-second"),
        pytest.param("Sun, 01 Mar 2026 12:00:30 EST", 0.0, id="another-zone"),
    ],
)
def test_retry_after_is_read_capped_or_ignored(
    code: int, value: str, wanted_s: float
) -> None:
    """Both forms are read, nothing is above five minutes, nothing is raised."""
    assert asked_s(code, retry_after=value) == wanted_s


@pytest.mark.parametrize("code", [200, 301, 404, 500, 502])
def test_retry_after_counts_on_429_and_503_only(code: int) -> None:
    """Elsewhere it is no wish to be left alone."""
    assert asked_s(code, retry_after="60") == 0.0


def test_a_date_is_taken_against_the_services_own_clock() -> None:
    """A service whose clock is an hour late is understood."""
    said = {"retry_after": "Sun, 01 Mar 2026 11:00:20 GMT", "date": HOUR_BEHIND}
    assert asked_s(503, **said) == 20.0
    assert asked_s(503, **(said | {"date": "yesterday"})) == 0.0


def test_of_two_headers_the_longer_wait_counts() -> None:
    """Whoever says it twice gets the more careful reading."""
    pairs = [(b"retry-after", b"5"), (b"retry-after", b"40"), (b"retry-after", b"x")]
    assert asked_pause_s(answer(429, b"", pairs), lambda: NOW) == 40.0


@pytest.mark.parametrize(
    ("headers", "wanted_s"),
    [
        pytest.param(
            {"ratelimit_remaining": "0", "ratelimit_reset": "9"}, 9.0, id="draft"
        ),
        pytest.param(
            {"x_ratelimit_remaining": "0", "x_ratelimit_reset": "9"}, 9.0, id="x"
        ),
        pytest.param(
            {"x_ratelimit_remaining": "0", "x_ratelimit_reset": "1772366409"},
            9.0,
            id="reset-as-an-instant",
        ),
        pytest.param(
            {"ratelimit_remaining": "0", "ratelimit_reset": "9" * 25},
            300.0,
            id="capped",
        ),
        pytest.param(
            {"ratelimit_remaining": "1", "ratelimit_reset": "9"}, 0.0, id="left"
        ),
        pytest.param({"ratelimit_remaining": "0"}, 0.0, id="no-reset"),
        pytest.param({"ratelimit_reset": "9"}, 0.0, id="no-remaining"),
        pytest.param(
            {"ratelimit_remaining": "0", "ratelimit_reset": "-9"}, 0.0, id="negative"
        ),
        pytest.param({"ratelimit": '"default";r=0;t=12'}, 12.0, id="later-draft"),
        pytest.param(
            {"ratelimit": "limit=9, remaining=0, reset=12"}, 12.0, id="draft-6"
        ),
        pytest.param({"ratelimit": '"default";r=5;t=12'}, 0.0, id="later-draft-left"),
        pytest.param({"ratelimit": '"default";r=0'}, 0.0, id="later-draft-no-reset"),
        pytest.param({"ratelimit": '"default";r=01;t=12'}, 0.0, id="not-zero"),
        pytest.param({"content_type": "text/plain"}, 0.0, id="nothing-said"),
    ],
)
@pytest.mark.parametrize("code", [200, 429])
def test_a_used_up_rate_limit_asks_for_a_pause(
    code: int, headers: dict[str, str], wanted_s: float
) -> None:
    """Nothing remaining until the reset: a pause until then, on any status."""
    assert asked_s(code, **headers) == wanted_s


@given(
    value=st.binary(max_size=80),
    name=st.sampled_from(
        [
            b"retry-after",
            b"ratelimit",
            b"ratelimit-reset",
            b"x-ratelimit-reset",
            b"date",
        ]
    ),
)
def test_whatever_stands_there_the_pause_is_a_time(value: bytes, name: bytes) -> None:
    """Any bytes give a pause from nothing to the cap."""
    pairs = [
        (name, value),
        (b"ratelimit-remaining", b"0"),
        (b"retry-after", HOUR_BEHIND.encode()),
    ]
    assert 0.0 <= asked_pause_s(answer(429, b"", pairs), lambda: NOW) <= MAX_PAUSE_S


@given(
    st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31)).map(  # noqa: DTZ001 - made UTC next
        lambda at: at.replace(microsecond=0, tzinfo=UTC)
    )
)
def test_every_instant_written_as_http_writes_it_is_read(at: datetime) -> None:
    """The modern form round-trips, in any year of four digits."""
    days = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    months = [
        "Jan",
        "Feb",
        "Mar",
        "Apr",
        "May",
        "Jun",
        "Jul",
        "Aug",
        "Sep",
        "Oct",
        "Nov",
        "Dec",
    ]
    written = (
        f"{days[at.weekday()]}, {at.day:02d} {months[at.month - 1]} {at.year:04d} "
        f"{at:%H:%M:%S} GMT"
    )
    assert read_http_date(written.encode()) == at
