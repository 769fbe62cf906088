"""The queue against theory, and against SimPy and Ciw on the same calls.

    python tests/benchmarks/delay/queues.py
    uv run --with simpy --with ciw python tests/benchmarks/delay/queues.py

SimPy and Ciw are no dependencies: where they are not installed, their rows say so. (Ciw
brings a package `tests` of its own, so that this file imports nothing from ours.)
"""

from __future__ import annotations

import importlib
import importlib.util
import math
import sys
from typing import TYPE_CHECKING, Any

import numpy as np

from nbwebhook.whatif.fifo import erlang_c, start_times

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

CELLS = ((1, 0.8), (5, 0.7), (20, 0.8), (20, 0.95), (100, 0.9))
RATE = 20.0
LEADS = 100_000
RUNS = 40
SHARED_LEADS = 5000
SHARED_CONNECTIONS = 20


def show(*cells: object) -> None:
    """Write one row."""
    sys.stdout.write(f"| {' | '.join(map(str, cells))} |\n")
    sys.stdout.flush()


def erlang_row(connections: int, rho: float) -> tuple[object, ...]:
    """Return theory and simulation of M/M/k for one cell."""
    rng = np.random.default_rng([connections, int(rho * 100)])
    arrival_rate = rho * connections * RATE
    means, shares = [], []
    for _ in range(RUNS):
        arrivals_s = np.cumsum(rng.exponential(1 / arrival_rate, LEADS))
        services_s = rng.exponential(1 / RATE, LEADS)
        waits_s = start_times(arrivals_s, services_s, connections) - arrivals_s
        means.append(waits_s[LEADS // 10 :].mean())
        shares.append((waits_s[LEADS // 10 :] > 1e-12).mean())
    waiting = erlang_c(connections, rho * connections)
    theory_ms = waiting / (connections * RATE - arrival_rate) * 1e3
    mean_ms, error_ms = np.mean(means) * 1e3, np.std(means) / math.sqrt(RUNS) * 1e3
    errors = abs(mean_ms - theory_ms) / error_ms
    return (
        connections,
        rho,
        f"{theory_ms:.4g}",
        f"{mean_ms:.4g} +- {error_ms:.2g}",
        f"{errors:.1f}",
        f"{waiting:.4f}",
        f"{np.mean(shares):.4f}",
    )


def simpy_starts(
    arrivals_s: NDArray[np.float64], services_s: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the starts that SimPy finds."""
    simpy: Any = importlib.import_module("simpy")
    environment = simpy.Environment()
    resource = simpy.Resource(environment, SHARED_CONNECTIONS)
    starts_s = np.empty(len(arrivals_s))

    def call(place: int) -> Iterator[Any]:
        yield environment.timeout(arrivals_s[place])
        with resource.request() as turn:
            yield turn
            starts_s[place] = environment.now
            yield environment.timeout(services_s[place])

    for place in range(len(arrivals_s)):
        environment.process(call(place))
    environment.run()
    return starts_s


def ciw_starts(
    arrivals_s: NDArray[np.float64], services_s: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the starts that Ciw finds."""
    ciw: Any = importlib.import_module("ciw")
    gaps = [*np.diff(arrivals_s, prepend=0.0).tolist(), math.inf]
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Sequential(gaps)],
        service_distributions=[ciw.dists.Sequential(services_s.tolist())],
        number_of_servers=[SHARED_CONNECTIONS],
    )
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_customers(len(arrivals_s), method="Finish")
    found = sorted(simulation.get_all_records(), key=lambda one: one.arrival_date)
    return np.array([one.service_start_date for one in found])


def main() -> None:
    """Print both tables."""
    show("k", "rho", "theory ms", "simulated ms", "s.e. off", "P(wait)", "simulated")
    show(*["---"] * 7)
    for cell in CELLS:
        show(*erlang_row(*cell))
    rng = np.random.default_rng(5)
    gaps = rng.exponential(0.05 / SHARED_CONNECTIONS / 0.9, SHARED_LEADS)
    arrivals_s = np.cumsum(gaps)
    services_s = rng.lognormal(np.log(0.05), 0.6, SHARED_LEADS)
    ours = start_times(arrivals_s, services_s, SHARED_CONNECTIONS)
    sys.stdout.write("\n")
    show("tool", "largest difference of start times, same arrivals and calls")
    show("---", "---")
    for name, starts in (("simpy", simpy_starts), ("ciw", ciw_starts)):
        if importlib.util.find_spec(name) is None:
            show(name, "not installed")
            continue
        theirs = starts(arrivals_s, services_s)
        gap_s = float(np.abs(theirs - ours[: len(theirs)]).max())
        show(name, f"{gap_s:.1e} s over {len(theirs):,} calls")


if __name__ == "__main__":
    main()
