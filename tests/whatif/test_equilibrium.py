"""The fast engine agrees with the exact one where its rule lets it speak."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest

from nbwebhook.whatif.equilibrium import Equilibrium, is_settled, sum_of_calls
from nbwebhook.whatif.law import generator
from nbwebhook.whatif.streams import stream_makespans

if TYPE_CHECKING:
    from tests.whatif.conftest import LawMaker

SHARES = [0.05, 0.5, 0.95]
EVEN = np.linspace(0.02, 0.2, 30).tolist(), np.ones(30)
EXPONENTIAL = np.linspace(0.01, 0.8, 200).tolist(), np.exp(-np.linspace(0.2, 13.0, 200))
TIMEOUTS = ([0.04, 0.06, 30.0], [0.6, 0.38, 0.02])


@pytest.mark.parametrize(
    ("law", "leads", "connections"),
    [
        pytest.param(EVEN, 5_000, 20, id="even"),
        pytest.param(EVEN, 20_000, 150, id="even-many-connections"),
        pytest.param(EXPONENTIAL, 3_000, 7, id="exponential"),
        pytest.param(EXPONENTIAL, 20_000, 100, id="exponential-many-connections"),
        pytest.param(TIMEOUTS, 20_000, 5, id="timeouts"),
    ],
)
def test_quantiles_agree_with_streams(
    make_law: LawMaker,
    law: tuple[list[float], list[float]],
    leads: int,
    connections: int,
) -> None:
    """Where the rule holds, p05, p50 and p95 are those of the exact engine."""
    made = make_law(*law, replicates=400)
    assert is_settled(made, leads, connections)
    fast = Equilibrium(made, leads, seed=1).makespans(connections)
    exact = stream_makespans(made, leads, connections, generator(2))
    spread = float(np.ptp(np.quantile(exact, SHARES)))
    pairs = np.quantile([fast, exact], SHARES, axis=1)
    for quick, slow in pairs.tolist():
        assert quick == pytest.approx(slow, abs=0.01 * slow + 0.15 * spread)


@pytest.mark.parametrize(
    ("law", "leads", "connections", "settled"),
    [
        pytest.param(EVEN, 2_000, 1, False, id="few-leads"),
        pytest.param(EVEN, 2_001, 1, True, id="one-connection"),
        pytest.param(EVEN, 100_000, 20, True, id="many-rounds"),
        pytest.param(EVEN, 5_000, 1_000, False, id="few-rounds"),
        pytest.param(TIMEOUTS, 20_000, 200, False, id="long-calls"),
    ],
)
def test_the_rule_asks_for_a_long_campaign(
    make_law: LawMaker,
    law: tuple[list[float], list[float]],
    leads: int,
    connections: int,
    settled: bool,  # noqa: FBT001 - a table
) -> None:
    """Few leads, few rounds or calls as long as the campaign are left to streams."""
    assert is_settled(make_law(*law), leads, connections) is settled


def test_one_connection_adds_up_all_calls(make_law: LawMaker) -> None:
    """With one call at a time the makespan is the sum."""
    law = make_law(*EVEN)
    engine = Equilibrium(law, 10_000, seed=5)
    assert engine.makespans(1).tolist() == engine.total_s.tolist()


def test_a_sum_has_the_mean_and_spread_of_its_calls(make_law: LawMaker) -> None:
    """Ten million calls are summed without being drawn."""
    law = make_law(*TIMEOUTS, replicates=4_000)
    leads = 10_000_000
    total = sum_of_calls(law, leads, generator(7))
    variance = law.squared_variation * law.mean_s**2 * leads
    assert float(total.mean()) == pytest.approx(leads * law.mean_s, rel=1e-4)
    assert float(total.std()) == pytest.approx(math.sqrt(variance), rel=0.05)


def test_a_count_of_connections_has_its_own_numbers(make_law: LawMaker) -> None:
    """What was asked before does not change what comes after."""
    law = make_law(*EXPONENTIAL)
    alone = Equilibrium(law, 50_000, seed=9).makespans(200)
    engine = Equilibrium(law, 50_000, seed=9)
    engine.makespans(5)
    assert engine.makespans(200).tolist() == alone.tolist()
