"""What-ifs change the sample; the bootstrap says what the calls leave open."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from nbwebhook.whatif.law import Law, bootstrap_laws
from nbwebhook.whatif.plan import DelayPlan, RetryRule
from nbwebhook.whatif.sample import LatencySample


def sample_of(
    latencies_ms: list[float], timed_out: int = 0, failed: int = 0
) -> LatencySample:
    """A sample of answered calls, then failed ones, then ones cut off at 30 s."""
    ok = len(latencies_ms)
    frame = pd.DataFrame(
        {
            "latency_ms": latencies_ms + [20.0] * failed + [30_000.0] * timed_out,
            "outcome": ["updated"] * ok + ["failed"] * failed + ["unknown"] * timed_out,
            "error_type": [""] * (ok + failed) + ["DeadlineExceeded"] * timed_out,
            "status_code": [200.0] * ok + [503.0] * failed + [np.nan] * timed_out,
        }
    )
    return LatencySample.of(frame)


@pytest.mark.parametrize(
    ("plan", "atoms"),
    [
        pytest.param(DelayPlan(9), [0.05, 0.2, 8.0], id="as-measured"),
        pytest.param(DelayPlan(9, timeout_s=5), [0.05, 0.2, 5.0], id="shorter-limit"),
        pytest.param(DelayPlan(9, scale=2), [0.1, 0.4, 16.0], id="twice-as-slow"),
        pytest.param(DelayPlan(9, scale=10), [0.5, 2.0, 30.0], id="slow-then-cut"),
        pytest.param(DelayPlan(9, cap_s=0.2), [0.05, 0.2], id="tail-capped"),
    ],
)
def test_a_what_if_changes_the_times(plan: DelayPlan, atoms: list[float]) -> None:
    """Times are scaled, cut at the plan's limit, capped, in that order."""
    laws = bootstrap_laws(sample_of([50.0, 50.0, 200.0, 8000.0]), plan)
    met = laws.as_measured.weights.any(axis=0)
    assert laws.as_measured.atoms[met].tolist() == pytest.approx(atoms)


def test_weights_are_a_bayesian_bootstrap() -> None:
    """Each row is a draw of the Dirichlet law of the calls."""
    sample = sample_of([50.0] * 3 + [200.0])
    law = bootstrap_laws(sample, DelayPlan(9, replicates=20_000)).as_measured
    assert law.weights.sum(axis=1) == pytest.approx(np.ones(20_000))
    assert law.weights[:, 1].mean() == pytest.approx(1 / 4, abs=0.005)
    assert law.weights[:, 1].var() == pytest.approx(1 / 4 * 3 / 4 / 5, rel=0.05)


@pytest.mark.parametrize("timeouts", [0, 3])
def test_the_pessimistic_law_has_one_unit_more_at_the_limit(timeouts: int) -> None:
    """Its share of timeouts is Beta(s + 1, n - s): at s = 0 the rule of three."""
    sample = sample_of([50.0] * (200 - timeouts), timed_out=timeouts)
    law = bootstrap_laws(sample, DelayPlan(9, replicates=20_000)).pessimistic
    share = law.weights[:, law.atoms == 30.0].sum(axis=1)
    rng = np.random.default_rng(1)
    wanted = rng.beta(timeouts + 1, 200 - timeouts, 200_000)
    for point in (0.5, 0.95):
        assert np.quantile(share, point) == pytest.approx(
            np.quantile(wanted, point), rel=0.05
        )


def test_calls_cut_off_below_the_limit_are_a_lower_bound() -> None:
    """A raised limit keeps the time they had, and is pessimistic about the rest."""
    sample = sample_of([50.0] * 9, timed_out=1)
    laws = bootstrap_laws(sample, DelayPlan(9, timeout_s=60))
    assert laws.as_measured.longest_s == 30.0
    assert laws.pessimistic.longest_s == 60.0
    assert 30.0 not in laws.pessimistic.atoms
    assert (laws.censored_below, laws.timeouts_seen) == (1, 1)


def test_a_shorter_limit_makes_timeouts_of_slow_calls() -> None:
    """Calls slower than the plan's limit count as cut off."""
    laws = bootstrap_laws(sample_of([50.0, 700.0, 900.0]), DelayPlan(9, timeout_s=0.5))
    assert (laws.timeouts_seen, laws.censored_below) == (2, 0)


@pytest.mark.parametrize(
    ("rule", "failing_s"),
    [
        pytest.param(None, [0.02], id="no-rule"),
        pytest.param(RetryRule(), [0.02, 30.0], id="all-failures"),
        pytest.param(RetryRule(repeats_timeouts=False), [0.02], id="not-timeouts"),
    ],
)
def test_what_a_retry_rule_repeats(
    rule: RetryRule | None, failing_s: list[float]
) -> None:
    """Failed calls are repeated, and calls cut off where the rule says so."""
    sample = sample_of([50.0] * 8, timed_out=1, failed=1)
    law = bootstrap_laws(sample, DelayPlan(9, retry=rule)).as_measured
    assert law.atoms[law.failing].tolist() == failing_s


def test_many_calls_become_few_atoms() -> None:
    """A million calls keep their mean and their largest times."""
    rng = np.random.default_rng(2)
    latencies_ms = rng.lognormal(4.0, 1.0, 1_000_000)
    law = bootstrap_laws(
        LatencySample.from_ms(latencies_ms.tolist()), DelayPlan(9, replicates=20)
    ).as_measured
    assert len(law.atoms) <= 512
    assert law.mean_s == pytest.approx(latencies_ms.mean() / 1e3, rel=0.005)
    largest = np.sort(np.minimum(latencies_ms / 1e3, 30.0))[-64:]
    assert law.atoms[-64:] == pytest.approx(largest)


def test_a_stated_law_is_taken_at_its_word() -> None:
    """Its rows are alike, and nothing is added."""
    sample = LatencySample.of("median 80 ms, p99 400 ms, 0.5 % time out")
    laws = bootstrap_laws(sample, DelayPlan(9, timeout_s=10))
    assert laws.pessimistic is laws.as_measured
    assert np.ptp(laws.as_measured.weights, axis=0).max() == 0.0
    assert laws.timeouts_seen is None
    late = laws.as_measured.weights[0, laws.as_measured.atoms == 10.0]
    assert late.sum() == pytest.approx(0.005, abs=1e-6)


def test_a_law_knows_its_moments() -> None:
    """Mean and squared variation are those of all replicates."""
    law = Law(np.array([1.0, 3.0]), np.array([[0.5, 0.5]] * 2), np.zeros(2, np.bool_))
    assert law.mean_s == pytest.approx(2.0)
    assert law.squared_variation == pytest.approx(0.25)
    assert not law.is_constant
    assert law.first(1).replicates == 1
    assert law.average().weights.tolist() == [[0.5, 0.5]]
