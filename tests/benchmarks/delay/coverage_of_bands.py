"""Coverage: how often a fresh campaign lies in the band that a pilot gives.

    python -m tests.benchmarks.delay.coverage_of_bands [--pilots 300]

For each law and pilot size: pilots are drawn, each estimates 100,000 leads at 20
connections, and one fresh campaign of the true law is looked up in its band.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

import numpy as np

from nbwebhook.whatif.equilibrium import Equilibrium
from nbwebhook.whatif.estimate import estimate_delay
from nbwebhook.whatif.law import generator
from nbwebhook.whatif.sample import LatencySample
from nbwebhook.whatif.streams import stream_makespans
from tests.benchmarks.delay.laws import LAWS, LIMIT_S, draw_calls, law_of, show, table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tests.benchmarks.delay.laws import Draw

LEADS = 100_000
CONNECTIONS = 20
PILOTS = (50, 200, 1000)
WANTED = 0.88

MORE: dict[str, Draw] = {
    "lognormal s=0.6": lambda rng, size: rng.lognormal(np.log(0.05), 0.6, size),
    "lognormal s=1.5": lambda rng, size: rng.lognormal(np.log(0.05), 1.5, size),
    "0.1 % time out": lambda rng, size: np.where(
        rng.random(size) < 0.001, LIMIT_S, rng.lognormal(np.log(0.05), 0.3, size)
    ),
}
"""Laws of the design's own table, for comparison."""


def main() -> None:
    """Print the coverage of both bands."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pilots", type=int, default=300)
    pilots = parser.parse_args().pilots
    rows, fewest = [], 1.0
    for name, draw in (LAWS | MORE).items():
        law = law_of(draw, seed=1, replicates=pilots, atoms=4000)
        fresh = Equilibrium(law, LEADS, seed=2).makespans(CONNECTIONS)
        check = stream_makespans(law.first(8), LEADS, CONNECTIONS, generator(3))
        if abs(np.median(check) / np.median(fresh) - 1) > 0.05:
            show(f"{name}: the fresh campaigns are doubtful")
        cells = []
        for calls in PILOTS:
            typical, shown, ratios = _held(draw, calls, fresh)
            fewest = min(fewest, shown)
            cells.append(f"{typical:.2f} / {shown:.2f} (x{np.median(ratios):.2g})")
        rows.append((name, *cells))
        show(f"done: {name}")
    show(
        f"\nShare of {pilots} fresh campaigns inside: as measured (p05..p95) / shown "
        "(p05..pessimistic p95), and the shown band's median width"
    )
    show(table(("law", *(f"n={calls}" for calls in PILOTS)), rows))
    show(f"\nfewest held by the shown band: {fewest:.2f}; wanted: {WANTED}")


def _held(
    draw: Draw, calls: int, fresh: NDArray[np.float64]
) -> tuple[float, float, list[float]]:
    rng = np.random.default_rng([7, calls])
    typical, shown, ratios = 0, 0, []
    for campaign in fresh.tolist():
        seconds = draw_calls(draw, rng, calls)
        sample = LatencySample.from_ms((seconds * 1e3).tolist())
        row = estimate_delay(sample, LEADS, CONNECTIONS).rows[0]
        typical += row.makespan_p05_s <= campaign <= row.makespan_p95_s
        shown += row.makespan_p05_s <= campaign <= row.makespan_p95_pessimistic_s
        ratios.append(row.makespan_p95_pessimistic_s / row.makespan_p05_s)
    return typical / len(fresh), shown / len(fresh), ratios


if __name__ == "__main__":
    main()
