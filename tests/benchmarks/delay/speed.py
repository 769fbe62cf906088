"""Speed of an estimate: 8 connection counts x 200 replicates.

    python -m tests.benchmarks.delay.speed [--rounds 11]

The fast line is `as measured` alone; an estimate makes that line and the pessimistic one.
Times mean something only on a machine with nothing else to do.
"""

from __future__ import annotations

import argparse
import time
from typing import TYPE_CHECKING

import numpy as np

from nbwebhook.whatif.advise import advise_connections
from nbwebhook.whatif.estimate import estimate_delay
from nbwebhook.whatif.law import bootstrap_laws
from nbwebhook.whatif.plan import DelayPlan
from nbwebhook.whatif.sample import LatencySample
from nbwebhook.whatif.simulate import CampaignSimulator
from tests.benchmarks.delay.laws import show, table

if TYPE_CHECKING:
    from collections.abc import Callable

COUNTS = (1, 2, 5, 10, 20, 50, 100, 200)
LEADS = (100, 1000, 10_000, 100_000, 1_000_000, 10_000_000)


def timed_ms(work: Callable[[], object], rounds: int) -> tuple[float, float, float]:
    """Return the median and the 10th and 90th percentile of the time in ms."""
    work()
    taken = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        taken.append((time.perf_counter() - start) * 1e3)
    low, middle, high = np.quantile(taken, [0.1, 0.5, 0.9]).tolist()
    return middle, low, high


def line(sample: LatencySample, leads: int, *, pessimistic: bool) -> None:
    """Make one line of the grid."""
    plan = DelayPlan(leads)
    laws = bootstrap_laws(sample, plan)
    law = laws.pessimistic if pessimistic else laws.as_measured
    simulator = CampaignSimulator(law, plan)
    for count in COUNTS:
        simulator.makespans(count)


def pilots() -> dict[str, LatencySample]:
    """Return a pilot without timeouts and one with 1 % of them."""
    rng = np.random.default_rng(1)
    calls = (np.log(50) + 0.6 * rng.standard_normal(200)).tolist()
    plain = np.exp(calls)
    late = np.append(plain[:198], [30_000.0, 30_000.0])
    return {
        "200 calls": LatencySample.from_ms(plain.tolist()),
        "200 calls, 1 % at 30 s": LatencySample.from_ms(late.tolist()),
    }


def main() -> None:
    """Print the grid."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=11)
    rounds = parser.parse_args().rounds
    rows = []
    for name, sample in pilots().items():
        for leads in LEADS:
            works = (
                lambda s=sample, n=leads: line(s, n, pessimistic=False),
                lambda s=sample, n=leads: line(s, n, pessimistic=True),
                lambda s=sample, n=leads: estimate_delay(s, n, COUNTS).frame,
            )
            cells = [
                "{:.1f} [{:.1f}..{:.1f}]".format(*timed_ms(work, rounds))
                for work in works
            ]
            rows.append((name, f"{leads:,}", *cells))
    show(f"8 connection counts x 200 replicates, ms, median [p10..p90] of {rounds}")
    show(table(("pilot", "leads", "fast line", "pessimistic line", "estimate"), rows))
    plain = pilots()["200 calls"]
    advice = [
        (label, "{:.0f} [{:.0f}..{:.0f}]".format(*timed_ms(work, max(rounds // 3, 1))))
        for label, work in (
            (
                "as measured",
                lambda: advise_connections(plain, 100_000, 600, pessimistic=False),
            ),
            ("pessimistic", lambda: advise_connections(plain, 100_000, 600)),
        )
    ]
    show("\nAdvice for 100,000 leads in 600 s, ms")
    show(table(("line", "time"), advice))


if __name__ == "__main__":
    main()
