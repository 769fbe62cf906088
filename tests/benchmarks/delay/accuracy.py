"""Accuracy of both engines on laws that did not shape them.

    python -m tests.benchmarks.delay.accuracy            a few minutes
    python -m tests.benchmarks.delay.accuracy --full     every cell up to 10^6 leads

Where the rule picks equilibrium, its p05, p50 and p95 are compared with those of exact
streams; where it picks streams, streams are compared with a heap (Kolmogorov-Smirnov).
"""

from __future__ import annotations

import argparse
import heapq
import math
from typing import TYPE_CHECKING

import numpy as np

from nbwebhook.whatif.equilibrium import Equilibrium, is_settled
from nbwebhook.whatif.law import generator
from nbwebhook.whatif.streams import stream_makespans
from tests.benchmarks.delay.laws import LAWS, law_of, show, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from nbwebhook.whatif.law import Law

SHARES = (0.05, 0.5, 0.95)
CONNECTIONS = (1, 3, 10, 20, 50, 200, 1000)
QUICK = (10, 100, 1000, 10_000, 100_000)
FULL = (10, 30, 100, 300, 1000, 2000, 3000, 10_000, 30_000, 100_000, 300_000, 1_000_000)
QUEUED_TO = 3000


def heap_makespans(
    law: Law, leads: int, connections: int, seed: Sequence[int]
) -> NDArray[np.float64]:
    """Return makespans of a plain queue, call by call."""
    rng = np.random.default_rng(seed)
    out = np.empty(law.replicates)
    for run in range(law.replicates):
        free = [0.0] * connections
        for service in rng.choice(law.atoms, leads, p=law.weights[0]).tolist():
            heapq.heapreplace(free, free[0] + service)
        out[run] = max(free)
    return out


def smirnov_p(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Return the asymptotic p-value that two samples are of one law."""
    points = np.concatenate([one, other])
    below_one = np.searchsorted(np.sort(one), points, side="right") / len(one)
    below_other = np.searchsorted(np.sort(other), points, side="right") / len(other)
    size = math.sqrt(len(one) * len(other) / (len(one) + len(other)))
    gap = (size + 0.12 + 0.11 / size) * float(np.abs(below_one - below_other).max())
    signs = (1.0 if place % 2 else -1.0 for place in range(1, 101))
    terms = (
        sign * math.exp(-2 * place * place * gap * gap)
        for place, sign in enumerate(signs, start=1)
    )
    return min(max(2 * sum(terms), 0.0), 1.0)


def quantile_errors(
    fast: NDArray[np.float64], exact: NDArray[np.float64]
) -> tuple[float, float]:
    """Return the largest relative error of the quantiles, and its noise (2 s.e.)."""
    rng = np.random.default_rng(0)
    wanted = np.quantile(exact, SHARES)
    error = np.abs(np.quantile(fast, SHARES) / wanted - 1)
    again = [
        np.quantile(rng.choice(sample, (200, len(sample))), SHARES, axis=1).std(axis=1)
        for sample in (fast[:2000], exact)
    ]
    noise = 2 * np.sqrt((np.square(again)).sum(axis=0)) / wanted
    worst = int(np.argmax(error))
    return float(error[worst]), float(noise[worst])


def runs_for(leads: int, *, full: bool) -> int:
    """Return how many exact campaigns to simulate."""
    budget = 60_000_000 if full else 12_000_000
    return int(np.clip(budget // leads, 60, 800))


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true")
    full = parser.parse_args().full
    settled, queued = [], []
    for place, (name, draw) in enumerate(LAWS.items()):
        law = law_of(draw, seed=1, replicates=2000)
        for leads in FULL if full else QUICK:
            runs = runs_for(leads, full=full)
            for connections in CONNECTIONS:
                if is_settled(law, leads, connections):
                    fast = Equilibrium(law, leads, seed=2).makespans(connections)
                    exact = stream_makespans(
                        law.first(runs), leads, connections, generator(3)
                    )
                    errors = quantile_errors(fast, exact)
                    settled.append((name, leads, connections, *errors))
                elif leads <= QUEUED_TO and connections <= leads:
                    few = law.first(min(runs, 400))
                    seed = (place, leads, connections)
                    made = stream_makespans(
                        few, leads, connections, generator(4, *seed)
                    )
                    plain = heap_makespans(few, leads, connections, seed)
                    p_value = smirnov_p(made, plain)
                    queued.append((name, leads, connections, p_value))
        show(f"done: {name}")
    report(settled, queued)


def report(
    settled: list[tuple[str, int, int, float, float]],
    queued: list[tuple[str, int, int, float]],
) -> None:
    """Print what was found."""
    show("\nEquilibrium against exact streams: largest error of p05, p50, p95")
    rows = []
    for name in LAWS:
        cells = [cell for cell in settled if cell[0] == name]
        within = sum(cell[3] <= 0.01 for cell in cells)
        doubtful = sum(cell[3] <= 0.01 + cell[4] for cell in cells)
        worst = max(cells, key=lambda cell: cell[3], default=None)
        where = (
            ""
            if worst is None
            else f"{worst[3]:.2%} +- {worst[4]:.2%} (N={worst[1]:,}, k={worst[2]})"
        )
        rows.append((name, len(cells), within, doubtful, where))
    head = ("law", "cells", "within 1 %", "within 1 % + noise", "worst +- 2 s.e.")
    show(table(head, rows))
    show("\nStreams against a heap: Kolmogorov-Smirnov p-values")
    p_values = np.array([cell[3] for cell in queued])
    low = [
        (f"< {level}", int((p_values < level).sum()), f"{level * len(p_values):.1f}")
        for level in (0.05, 0.01, 0.001)
    ]
    show(table(("p", f"of {len(p_values)} cells", "expected by chance"), low))


if __name__ == "__main__":
    main()
