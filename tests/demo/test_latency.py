"""The laws of latency are functions of their draws, and have the shape they promise."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbwebhook.demo import Constant, Latency, LogNormal
from nbwebhook.demo.latency import as_latency
from nbwebhook.errors import InvalidPlan


def test_a_constant_law_is_constant_but_for_its_slow_share() -> None:
    """A quarter of the requests take the slow time, the others the usual one."""
    sample = Constant(20, slow_share=0.25, slow_ms=900).sample_ms(10_000, seed=3)
    assert set(sample) == {20.0, 900.0}
    assert 0.22 < np.mean(sample == 900) < 0.28


def test_a_log_normal_law_has_its_median_and_its_p99() -> None:
    """Half of a large sample is below the median and one in a hundred above the p99."""
    sample = LogNormal(50, 400).sample_ms(50_000, seed=5)
    assert np.median(sample) == pytest.approx(50, rel=0.05)
    assert np.quantile(sample, 0.99) == pytest.approx(400, rel=0.15)
    assert sample.min() > 0


def test_the_slow_share_comes_on_top_of_a_log_normal_law() -> None:
    """The share of requests beyond the law's own tail is the slow share."""
    law = LogNormal(10, 20, slow_share=0.1, slow_ms=5_000)
    sample = law.sample_ms(20_000, seed=1)
    assert 0.085 < np.mean(sample == 5_000) < 0.115
    assert np.median(sample[sample < 5_000]) == pytest.approx(10, rel=0.05)


@given(
    shape=st.floats(0, 1),
    other=st.floats(0, 1),
    median_ms=st.floats(0.1, 1_000),
    tail=st.floats(1, 50),
)
def test_a_higher_quantile_never_takes_less_time(
    shape: float, other: float, median_ms: float, tail: float
) -> None:
    """Delays are finite, positive and grow with the quantile, at its ends too."""
    law = LogNormal(median_ms, median_ms * tail)
    low, high = sorted((shape, other))
    assert 0 < law.delay_ms(low, 0.5) <= law.delay_ms(high, 0.5) < float("inf")


def test_the_same_seed_draws_the_same_sample() -> None:
    """A sample can be repeated, and another seed gives another."""
    law = LogNormal(50, 400)
    assert law.sample_ms(100, seed=8).tolist() == law.sample_ms(100, seed=8).tolist()
    assert law.sample_ms(100, seed=8).tolist() != law.sample_ms(100, seed=9).tolist()


@pytest.mark.parametrize(
    ("latency_ms", "law"),
    [
        pytest.param(50, Constant(50), id="number"),
        pytest.param(0.5, Constant(0.5), id="fraction"),
        pytest.param(LogNormal(5, 9), LogNormal(5, 9), id="law"),
    ],
)
def test_a_number_is_a_constant_law(latency_ms: float | Latency, law: Latency) -> None:
    """What a user may write for a latency becomes a law."""
    assert as_latency(latency_ms) == law


@pytest.mark.parametrize(
    ("make", "message"),
    [
        pytest.param(lambda: Constant(-1), r"latency_ms: is -1", id="negative"),
        pytest.param(lambda: Constant(float("nan")), r"latency_ms: is nan", id="nan"),
        pytest.param(
            lambda: Constant(float("inf")), r"latency_ms: is inf", id="endless"
        ),
        pytest.param(
            lambda: Constant(1, slow_share=1.5), r"slow_share: is 1\.5", id="share"
        ),
        pytest.param(lambda: Constant(1, slow_ms=-2), r"slow_ms: is -2", id="slow"),
        pytest.param(lambda: LogNormal(0, 10), r"median_ms: is 0 with", id="no-median"),
        pytest.param(
            lambda: LogNormal(9, 5), r"median_ms: is 9 with p99", id="crossed"
        ),
    ],
)
def test_a_law_that_cannot_be_is_refused(
    make: Callable[[], Latency], message: str
) -> None:
    """The message names the argument and what was found."""
    with pytest.raises(InvalidPlan, match=message):
        make()
