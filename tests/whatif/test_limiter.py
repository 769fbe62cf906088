"""A rate limit is met exactly where it can be, and closely elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from nbwebhook.whatif.drawer import Drawer
from nbwebhook.whatif.fifo import start_times
from nbwebhook.whatif.law import Law, generator
from nbwebhook.whatif.limiter import limited_makespans
from nbwebhook.whatif.plan import RateLimit
from nbwebhook.whatif.streams import stream_makespans

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tests.whatif.conftest import Distance, LawMaker

EVEN = np.linspace(0.02, 0.1, 30).tolist(), np.ones(30).tolist()


def queued(
    law: Law, leads: int, connections: int, limit: RateLimit, seed: int
) -> NDArray[np.float64]:
    """Makespans of the exact queue under the limit."""
    rng, out = generator(seed), []
    for weights in law.weights:
        services_s = Drawer(law.atoms, weights, leads, rng).draw(leads)
        starts_s = start_times(np.zeros(leads), services_s, connections, limit)
        out.append((starts_s + services_s).max())
    return np.array(out)


def limited(
    law: Law, leads: int, connections: int, limit: RateLimit
) -> tuple[NDArray[np.float64], bool]:
    """Makespans under the limit as the estimate makes them."""
    free_s = stream_makespans(law, leads, connections, generator(1))
    return limited_makespans(free_s, law, leads, connections, limit, seed=2)


def test_few_leads_are_queued_exactly(make_law: LawMaker, distance: Distance) -> None:
    """A short campaign has the law of the exact queue."""
    law, limit = make_law(*EVEN), RateLimit(30.0, 2)
    seconds, exact = limited(law, 60, 2, limit)
    assert exact
    assert distance(seconds, queued(law, 60, 2, limit, seed=5)) < 1


@pytest.mark.parametrize(
    ("calls_per_s", "burst"),
    [(20.0, 1), (80.0, 1), (83.0, 5), (90.0, 1), (150.0, 1), (1000.0, 1)],
)
def test_long_campaigns_agree_with_the_queue(
    make_law: LawMaker, calls_per_s: float, burst: int
) -> None:
    """Below, at and above the knee the median is that of the exact queue."""
    law, limit = make_law(*EVEN, replicates=30), RateLimit(calls_per_s, burst)
    seconds, exact = limited(law, 4000, 5, limit)
    assert not exact
    wanted_s = np.median(queued(law, 4000, 5, limit, seed=5))
    assert np.median(seconds) == pytest.approx(wanted_s, rel=0.01)


def test_a_limit_that_decides_leaves_no_doubt(make_law: LawMaker) -> None:
    """Far below what the connections can do, the bucket gives the makespan."""
    law = make_law([0.05], [1.0], replicates=200)
    seconds, _ = limited(law, 10_010, 20, RateLimit(10.0, 10))
    assert seconds == pytest.approx(np.full(200, 1000.05))
