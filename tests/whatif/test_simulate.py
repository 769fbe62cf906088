"""The right engine speaks, and always says the same for the same seed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from nbwebhook.whatif.plan import DelayPlan
from nbwebhook.whatif.simulate import CampaignSimulator

if TYPE_CHECKING:
    from tests.whatif.conftest import LawMaker

EVEN = np.linspace(0.02, 0.2, 30).tolist(), np.ones(30).tolist()


@pytest.mark.parametrize(
    ("law", "leads", "connections", "method", "replicates"),
    [
        pytest.param(([0.05], [1.0]), 5_000, 20, "constant", 200, id="constant"),
        pytest.param(EVEN, 100_000, 20, "equilibrium", 200, id="long"),
        pytest.param(EVEN, 10_000_000, 1_000, "equilibrium", 200, id="ten-million"),
        pytest.param(EVEN, 1_000, 20, "streams", 200, id="short"),
        pytest.param(
            ([0.05, 30.0], [0.999, 0.001]),
            150_000,
            1_000,
            "streams",
            53,
            id="long-calls",
        ),
    ],
)
def test_the_engine_follows_the_rule(
    make_law: LawMaker,
    law: tuple[list[float], list[float]],
    leads: int,
    connections: int,
    method: str,
    replicates: int,
) -> None:
    """Constant, equilibrium or streams; fewer replicates where calls are many."""
    made = CampaignSimulator(make_law(*law, replicates=200), DelayPlan(leads))
    makespans = made.makespans(connections)
    assert (makespans.method, len(makespans.seconds)) == (method, replicates)


@pytest.mark.parametrize(
    ("leads", "connections", "wanted_s"),
    [(100_000, 1, 5000.0), (100_000, 20, 250.0), (7, 20, 0.05), (21, 20, 0.1)],
)
def test_constant_calls_are_exact(
    make_law: LawMaker, leads: int, connections: int, wanted_s: float
) -> None:
    """Equal calls take whole rounds."""
    made = CampaignSimulator(make_law([0.05], [1.0]), DelayPlan(leads))
    assert made.makespans(connections).seconds == pytest.approx(wanted_s)


@pytest.mark.parametrize("leads", [500, 50_000])
def test_the_same_seed_gives_the_same_numbers(make_law: LawMaker, leads: int) -> None:
    """Whatever was asked before; another seed gives others."""
    law = make_law(*EVEN, replicates=50)
    alone = CampaignSimulator(law, DelayPlan(leads, seed=4)).makespans(20).seconds
    asked = CampaignSimulator(law, DelayPlan(leads, seed=4))
    asked.makespans(5)
    asked.makespans(150)
    other = CampaignSimulator(law, DelayPlan(leads, seed=5)).makespans(20).seconds
    assert asked.makespans(20).seconds.tolist() == alone.tolist()
    assert alone.tolist() != other.tolist()


def test_what_is_handed_out_is_not_shared(make_law: LawMaker) -> None:
    """Changing one answer does not change the next."""
    made = CampaignSimulator(make_law(*EVEN, replicates=50), DelayPlan(50_000))
    made.makespans(1).seconds[:] = 0.0
    assert made.makespans(1).seconds.min() > 0.0
