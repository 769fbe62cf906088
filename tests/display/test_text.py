"""Numbers and hostile text in words."""

from __future__ import annotations

import math
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbwebhook.display.progress import ProgressFacts
from nbwebhook.display.text import (
    control_parts,
    decode_bytes,
    format_count,
    format_duration_s,
    format_ms,
    format_share,
    progress_line,
    shorten,
    show_controls,
)


@pytest.mark.parametrize(
    ("duration_s", "words"),
    [
        pytest.param(0, "0 s", id="nothing"),
        pytest.param(1e-9, "<0.001 ms", id="almost-nothing"),
        pytest.param(0.0004, "0.4 ms", id="part-of-a-millisecond"),
        pytest.param(0.085, "85 ms", id="milliseconds"),
        pytest.param(0.08523, "85.2 ms", id="three-digits"),
        pytest.param(0.9994, "999 ms", id="just-below-a-second"),
        pytest.param(0.9996, "1 s", id="rounds-up-to-a-second"),
        pytest.param(4.25, "4.2 s", id="one-place"),
        pytest.param(9.96, "10 s", id="rounds-up-to-ten"),
        pytest.param(42.4, "42 s", id="seconds"),
        pytest.param(59.6, "1 min", id="rounds-up-to-a-minute"),
        pytest.param(250, "4 min 10 s", id="minutes-and-seconds"),
        pytest.param(300, "5 min", id="whole-minutes"),
        pytest.param(599.7, "10 min", id="rounds-up-to-ten-minutes"),
        pytest.param(750, "12 min", id="from-ten-minutes-on-no-seconds"),
        pytest.param(3599, "1 h", id="rounds-up-to-an-hour"),
        pytest.param(5000, "1 h 23 min", id="hours-and-minutes"),
        pytest.param(86_399, "1 day", id="rounds-up-to-a-day"),
        pytest.param(97_200, "1 day 3 h", id="one-day"),
        pytest.param(2.5 * 86_400, "2 days 12 h", id="days-and-hours"),
        pytest.param(12.2 * 86_400, "12 days", id="from-ten-days-on-no-hours"),
        pytest.param(1e9, "11,574 days", id="years"),
        pytest.param(1e300, "over 9,999,999 days", id="beyond-meaning"),
        pytest.param(-250, "-4 min 10 s", id="negative"),
        pytest.param(math.nan, "not known", id="not-a-number"),
        pytest.param(math.inf, "no end", id="infinite"),
    ],
)
def test_a_duration_is_told_as_people_tell_it(duration_s: float, words: str) -> None:
    """A duration has at most two units and no digit that nobody would act on."""
    assert format_duration_s(duration_s) == words


@pytest.mark.parametrize(
    ("duration_ms", "words"),
    [
        pytest.param(0, "0 ms", id="nothing"),
        pytest.param(0.0001, "<0.001 ms", id="almost-nothing"),
        pytest.param(0.0514, "0.051 ms", id="microseconds"),
        pytest.param(8.514, "8.51 ms", id="one-digit"),
        pytest.param(85.23, "85.2 ms", id="two-digits"),
        pytest.param(412.4, "412 ms", id="three-digits"),
        pytest.param(999.7, "1 s", id="rounds-up-to-a-second"),
        pytest.param(1234, "1.23 s", id="seconds"),
        pytest.param(30_000, "30 s", id="the-time-limit"),
        pytest.param(59_990, "1 min", id="rounds-up-to-a-minute"),
        pytest.param(90_000, "1 min 30 s", id="minutes"),
        pytest.param(-3, "-3 ms", id="negative"),
        pytest.param(math.nan, "not known", id="not-a-number"),
        pytest.param(math.inf, "no end", id="infinite"),
    ],
)
def test_a_latency_has_three_digits(duration_ms: float, words: str) -> None:
    """A latency keeps three digits and changes its unit at a second and a minute."""
    assert format_ms(duration_ms) == words


@given(st.floats(min_value=0, max_value=1e12))
def test_a_longer_duration_never_reads_as_a_shorter_one(duration_s: float) -> None:
    """No rounding shows 60 of a unit that has 60 in the next."""
    words = format_duration_s(duration_s)
    assert "60 s" not in words
    assert "60 min" not in words
    assert not words.startswith("1,000 ms")
    assert " 24 h" not in f" {words}"


@pytest.mark.parametrize(
    ("share", "words"),
    [
        pytest.param(0, "0 %", id="none"),
        pytest.param(1, "100 %", id="all"),
        pytest.param(0.0123, "1.2 %", id="one-place"),
        pytest.param(0.1, "10 %", id="no-empty-place"),
        pytest.param(0.99999, ">99.9 %", id="nearly-all-is-not-all"),
        pytest.param(0.000_000_1, "<0.001 %", id="nearly-none-is-not-none"),
        pytest.param(0.00004, "0.004 %", id="small"),
        pytest.param(0.0005, "0.05 %", id="smaller-than-one-place"),
        pytest.param(math.nan, "not known", id="not-a-number"),
        pytest.param(1.5, "150 %", id="more-than-all"),
    ],
)
def test_a_share_never_claims_all_or_nothing_wrongly(share: float, words: str) -> None:
    """A share of nearly one or nearly nought is not rounded to it."""
    assert format_share(share) == words


def test_a_count_has_its_thousands_set_apart() -> None:
    """A large number can be read at a glance."""
    assert format_count(1_234_567) == "1,234,567"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("plain ascii", "plain ascii", id="plain"),
        pytest.param(
            "Müller 王 😀 e\u0301", "Müller 王 😀 e\u0301", id="other-scripts"
        ),
        pytest.param("a\tb\r\nc", r"a\tb\r\nc", id="line-ends"),
        pytest.param("\x00\x1b[31m\x7f", r"\x00\x1b[31m\x7f", id="c0-and-delete"),
        pytest.param("\x85\x9b", r"\u0085\u009b", id="c1"),
        pytest.param("\u202eevil\u2066", r"\u202eevil\u2066", id="bidi"),
        pytest.param("a\u200bb\ufeff", r"a\u200bb\ufeff", id="zero-width"),
        pytest.param("\u2028\u2029", r"\u2028\u2029", id="separators"),
        pytest.param("\ud800", r"\ud800", id="lone-surrogate"),
        pytest.param("\udcff", r"\xff", id="byte-that-is-not-utf8"),
        pytest.param("\uffff\U0001fffe", r"\uffff\U0001fffe", id="noncharacters"),
        pytest.param("\U000e0041", r"\U000e0041", id="tag"),
        pytest.param(r"C:\new\u202e", r"C:\new\u202e", id="typed-backslash-stays"),
    ],
)
def test_what_acts_and_is_not_drawn_becomes_an_escape(text: str, shown: str) -> None:
    """Controls are shown as escapes and everything else stays as it is."""
    assert show_controls(text) == shown


@given(st.text(st.characters()))
def test_shown_text_is_inert(text: str) -> None:
    """What is shown holds no control, can be encoded, and is not changed again."""
    shown = show_controls(text)
    assert not {unicodedata.category(letter) for letter in shown} & {"Cc", "Cs", "Zl"}
    assert shown.encode().decode() == shown
    assert show_controls(shown) == shown
    assert "".join(part for _, part in control_parts(text)) == shown


def test_controls_are_told_apart_from_typed_backslashes() -> None:
    """The parts say which escape stands for a character that was there."""
    assert list(control_parts("\\t\t")) == [(False, "\\t"), (True, r"\t")]


@given(st.binary())
def test_bytes_lose_nothing_when_decoded(raw: bytes) -> None:
    """Bytes that are not UTF-8 are kept, and shown as the bytes they are."""
    assert decode_bytes(raw).encode("utf-8", "surrogateescape") == raw


@pytest.mark.parametrize(
    ("limit", "shown"),
    [
        pytest.param(6, "abcdef", id="fits"),
        pytest.param(5, "abcd…", id="cut"),
        pytest.param(1, "…", id="nothing-but-the-ellipsis"),
    ],
)
def test_a_cut_text_says_so(limit: int, shown: str) -> None:
    """A text that is too long ends in an ellipsis within the limit."""
    assert shorten("abcdef", limit) == shown


def test_a_limit_below_one_is_refused() -> None:
    """No text is shorter than the ellipsis."""
    with pytest.raises(ValueError, match="limit must be 1 or more, not 0"):
        shorten("a", 0)


@pytest.mark.parametrize(
    ("facts", "line"),
    [
        pytest.param(ProgressFacts(), "0 leads", id="not-yet-known"),
        pytest.param(ProgressFacts(total=5), "0 of 5 leads (0 %)", id="at-the-start"),
        pytest.param(
            ProgressFacts(
                done=1234,
                total=2000,
                in_flight=20,
                updated=1180,
                no_update=20,
                failed=30,
                unknown=4,
                elapsed_s=26,
                leads_per_s=48.2,
                left_s=16,
            ),
            (
                "1,234 of 2,000 leads (61.7 %), 48 leads/s, 16 s left, 20 in flight: "
                "1,180 updated, 20 no update, 30 failed, 4 unknown"
            ),
            id="under-way",
        ),
        pytest.param(
            ProgressFacts(
                done=3, total=6, refused=1, skipped=2, elapsed_s=90, state="paused"
            ),
            "paused, 3 of 6 leads (50 %), 1 min 30 s so far: 1 refused, 2 skipped",
            id="paused",
        ),
        pytest.param(
            ProgressFacts(done=6, total=6, updated=6, leads_per_s=0.52, elapsed_s=12,
                          left_s=0.0, state="finished"),
            "finished, 6 of 6 leads (100 %), 0.5 leads/s, 12 s so far: 6 updated",
            id="finished",
        ),
    ],
)  # fmt: skip
def test_progress_is_one_line(facts: ProgressFacts, line: str) -> None:
    """A terminal gets the state of a run as one line of words."""
    assert progress_line(facts) == line
