"""Sentences say what was found, what it means and what is not known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from nbwebhook.whatif.bounds import timeout_rate_upper
from nbwebhook.whatif.estimate import estimate_delay
from nbwebhook.whatif.plan import RetryRule
from nbwebhook.whatif.wording import in_words, percent, range_in_words

if TYPE_CHECKING:
    from collections.abc import Callable

    CallsMaker = Callable[..., pd.DataFrame]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 ms"),
        (0.0004, "0.4 ms"),
        (0.0527, "52.7 ms"),
        (1.0, "1 s"),
        (119.4, "119 s"),
        (120, "2 minutes"),
        (5000, "1.39 hours"),
        (5400, "1.5 hours"),
        (172_800, "2 days"),
        (1e9, "11,574 days"),
        (float("nan"), "nan ms"),
    ],
)
def test_a_duration_has_three_digits_and_a_unit(seconds: float, words: str) -> None:
    """Seconds become the unit that a reader would use."""
    assert in_words(seconds) == words


def test_a_range_names_its_unit_once() -> None:
    """Both ends the same is one duration."""
    assert range_in_words(252, 270) == "4.2 to 4.5 minutes"
    assert range_in_words(250, 250.0001) == "4.17 minutes"
    assert range_in_words(100, 7200) == "100 s to 2 hours"


def test_a_share_is_a_percentage() -> None:
    """Two digits, and never 100 for almost all."""
    assert [percent(share) for share in (0, 0.0149, 0.25, 0.9992, 1)] == [
        "0 %",
        "1.5 %",
        "25 %",
        "99.9 %",
        "100 %",
    ]


@pytest.mark.parametrize("calls", [50, 200, 1000])
@pytest.mark.parametrize("seen", [0, 1, 7, 40])
def test_the_upper_rate_is_where_so_few_become_unlikely(seen: int, calls: int) -> None:
    """At the bound of Clopper and Pearson, as few or fewer come up 1 time in 20."""
    rate = timeout_rate_upper(seen, calls)
    drawn = np.random.default_rng(5).binomial(calls, rate, 200_000)
    assert float((drawn <= seen).mean()) == pytest.approx(0.05, abs=0.003)
    assert timeout_rate_upper(calls, calls) == 1.0


def test_the_serial_and_marketos_case_in_words() -> None:
    """The whole text of the documented example."""
    text = estimate_delay(
        [50.0] * 200, 100_000, (1, 20), measured_connections=20
    ).text()
    assert text == (
        "100,000 leads, service time from 200 calls (median 50 ms, 99 of 100 within "
        "50 ms), time limit 30 s.\n"
        "One call at a time: 1.39 hours. Up to 12.2 hours if the slow calls that 200 "
        "calls cannot rule out do occur.\n"
        "With 20 connections, as many as Marketo is said to open: 4.17 minutes. Up to "
        "37 minutes if the slow calls that 200 calls cannot rule out do occur.\n"
        "0 of 200 calls timed out; up to 1.5 % could (rule of three). The pessimistic "
        "figure lets that many take 30 s.\n"
        "Measured at up to 20 calls at once."
    )


def frame_of(**columns: Any) -> pd.DataFrame:  # noqa: ANN401 - any column
    """Sixty calls with the columns given."""
    spread = np.linspace(40.0, 90.0, 60)
    return pd.DataFrame({"latency_ms": spread, "outcome": "updated"}).assign(**columns)


SLOW = np.append(np.full(59, 50.0), 30_000.0)
DEADLINE = [""] * 59 + ["DeadlineExceeded"]


@pytest.mark.parametrize(
    ("calls", "what_if", "sentence"),
    [
        pytest.param(
            frame_of(latency_ms=SLOW, error_type=DEADLINE, outcome="unknown"),
            {},
            "1 of 60 calls reaches the time limit of 30 s (1.7 %); the true share may be "
            "up to 7.7 %.",
            id="timeouts-seen",
        ),
        pytest.param(
            frame_of(latency_ms=SLOW, error_type=DEADLINE, outcome="unknown"),
            {"timeout_s": 60.0},
            "1 of the calls was cut off before the time limit asked for; how long such calls "
            "take cannot be known from these calls.",
            id="raised-limit",
        ),
        pytest.param(
            frame_of(attempt=[1] * 50 + [2] * 10),
            {},
            "10 of the calls were repeats; the estimate makes one call a lead",
            id="repeats-in-the-pilot",
        ),
        pytest.param(
            frame_of(),
            {"retry": RetryRule()},
            "None of the calls failed in a way that the retry rule repeats.",
            id="nothing-to-repeat",
        ),
        pytest.param(
            frame_of(outcome=["updated"] * 55 + ["refused"] * 5),
            {},
            "5 rows were left out: no call of theirs reached the service.",
            id="left-out",
        ),
        pytest.param([50.0] * 20, {}, "20 calls are few; 200 or more", id="few-calls"),
        pytest.param(
            frame_of(),
            {},
            "How many calls ran at once while measuring is not known;",
            id="unknown-concurrency",
        ),
        pytest.param(
            frame_of(),
            {"measured_connections": 1, "connections": (1, 2)},
            "Measured one call at a time.",
            id="measured-serially",
        ),
        pytest.param(
            "median 80 ms, p99 400 ms, 0.5 % time out",
            {},
            "The service time is taken as stated",
            id="stated",
        ),
        pytest.param(
            frame_of(),
            {"scale": 0.5, "cap_s": 1.0, "max_calls_per_s": 9.0, "burst": 3},
            "time limit 30 s, if the service were 2 times faster, if no call took longer "
            "than 1 s, at most 9 calls a second in bursts of up to 3.",
            id="what-ifs",
        ),
        pytest.param(
            frame_of(),
            {"scale": 2.0, "max_calls_per_s": 9.0, "retry": RetryRule(3, share=0.1)},
            "2 times slower, at most 9 calls a second, up to 3 calls for a lead whose "
            "call fails.",
            id="more-what-ifs",
        ),
        pytest.param(
            frame_of(),
            {"max_calls_per_s": 9.0},
            "The rate limit decides, not the connections.",
            id="rate-limit",
        ),
    ],
)
def test_the_text_says_what_the_reader_must_know(
    calls: pd.DataFrame | list[float] | str, what_if: dict[str, Any], sentence: str
) -> None:
    """Each caveat has its sentence."""
    assert sentence in estimate_delay(calls, 1000, **what_if).text()


def test_one_lead_is_singular() -> None:
    """The heading counts in words."""
    assert estimate_delay([50.0, 60.0], 1, 1).text().startswith("1 lead, service time")
