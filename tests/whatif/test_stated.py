"""A stated service time becomes the law that it describes."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbwebhook.errors import InvalidPlan
from nbwebhook.whatif.sample import LatencySample
from nbwebhook.whatif.stated import StatedLatency, lognormal_atoms, parse_stated


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        pytest.param(
            "median 80 ms, p99 400 ms, 0.5 % time out",
            StatedLatency(80, 400, 0.005),
            id="the-example",
        ),
        pytest.param("p50=80ms p99=0.4s", StatedLatency(80, 400), id="terse"),
        pytest.param(
            "2% of the calls timed out; P99 of 1.5 sec, Median: .2 seconds",
            StatedLatency(200, 1500, 0.02),
            id="any-order",
        ),
        pytest.param(
            "median 80 ms, p99 400 ms, 1 percent timeouts",
            StatedLatency(80, 400, 0.01),
            id="in-words",
        ),
    ],
)
def test_a_sentence_is_read(text: str, wanted: StatedLatency) -> None:
    """Median, percentile and timeouts are found wherever they stand."""
    assert parse_stated(text) == wanted


@pytest.mark.parametrize(
    ("name", "share"), [("p90", 1.2815515655), ("p95", 1.6448536270)]
)
def test_another_percentile_is_carried_over(name: str, share: float) -> None:
    """A p90 or p95 gives the lognormal law through it."""
    upper_ms = 80 * math.exp(0.5 * share)
    stated = parse_stated(f"median 80 ms, {name} {upper_ms} ms")
    assert stated is not None
    assert stated.sigma == pytest.approx(0.5, rel=1e-6)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        pytest.param("median 80 ms", "needs a median and one of", id="no-percentile"),
        pytest.param("p99 80 ms", "needs a median and one of", id="no-median"),
        pytest.param("median 80 ms, p99 40 ms", "cannot be below", id="wrong-way"),
        pytest.param("median 0 ms, p95 40 ms", "must be above 0", id="zero"),
        pytest.param(
            "median 0 ms, p99 4 ms, 200 % time out",
            r"must be above 0; the rate of timeouts is 2; it must be a share",
            id="two-faults",
        ),
    ],
)
def test_a_sentence_that_cannot_be_is_refused(text: str, sentence: str) -> None:
    """Contradictions are refused, every one of them named."""
    with pytest.raises(InvalidPlan, match=sentence):
        LatencySample.of(text)


@settings(deadline=None)
@given(st.floats(0.001, 10), st.floats(0.0, 2.5))
def test_the_bins_keep_the_law(median_s: float, sigma: float) -> None:
    """Weights add up to 1, atoms ascend, and the mean is the law's own."""
    atoms, weights = lognormal_atoms(median_s, sigma)
    assert weights.sum() == pytest.approx(1)
    assert (np.diff(atoms) > 0).all()
    mean = median_s * math.exp(sigma * sigma / 2)
    assert float(atoms @ weights) == pytest.approx(mean, rel=1e-6)


def test_a_stated_sample_has_the_percentiles_stated() -> None:
    """Median and p99 of the answered calls come out as they went in."""
    sample = LatencySample.stated(median_ms=80, p99_ms=400)
    assert sample.quantile_ms(0.5) == pytest.approx(80, rel=0.01)
    assert sample.quantile_ms(0.99) == pytest.approx(400, rel=0.03)
    assert (sample.calls, sample.timeouts) == (0, 0)


def test_timeouts_come_on_top_of_the_answered_calls() -> None:
    """The share stated never answers, whatever the limit."""
    sample = LatencySample.of("median 80 ms, p99 400 ms, 0.5 % time out")
    assert sample.weights is not None
    assert sample.weights[sample.timed_out].tolist() == [pytest.approx(0.005)]
    assert sample.mean_ms == pytest.approx(80 * math.exp(0.6918**2 / 2), rel=0.001)
    assert repr(sample).startswith("<LatencySample stated: median 80 ms, p99 400 ms")


def test_equal_percentiles_are_a_constant() -> None:
    """A median equal to the p99 leaves no spread."""
    sample = LatencySample.stated(median_ms=50, p99_ms=50)
    assert sample.seconds.tolist() == [0.05]
