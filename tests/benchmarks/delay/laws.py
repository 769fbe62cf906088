"""Laws of service times for the benchmarks, none of them used to design the engine."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np

from nbwebhook.whatif.law import Law

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Draw = Callable[[np.random.Generator, int], NDArray[np.float64]]

__all__ = ["LAWS", "LIMIT_S", "draw_calls", "law_of", "show", "table"]

LIMIT_S = 30.0
_SAMPLE = 200_000
_KEPT = 64


def _mixed(*parts: tuple[float, Draw]) -> Draw:
    shares = [share for share, _ in parts]

    def draw(rng: np.random.Generator, size: int) -> NDArray[np.float64]:
        which = rng.choice(len(parts), size, p=shares)
        out = np.empty(size)
        for place, (_, part) in enumerate(parts):
            chosen = which == place
            out[chosen] = part(rng, int(chosen.sum()))
        return out

    return draw


def _late(rng: np.random.Generator, size: int) -> NDArray[np.float64]:
    del rng
    return np.full(size, LIMIT_S)


LAWS: dict[str, Draw] = {
    "uniform 10-100 ms": lambda rng, size: rng.uniform(0.01, 0.1, size),
    "triangular": lambda rng, size: rng.triangular(0.02, 0.04, 0.3, size),
    "gamma shape 3": lambda rng, size: rng.gamma(3.0, 0.02, size),
    "Weibull shape 1.5": lambda rng, size: 0.06 * rng.weibull(1.5, size),
    "inverse Gaussian": lambda rng, size: rng.wald(0.06, 0.03, size),
    "log-logistic shape 3": lambda rng, size: (
        0.05 * np.exp(rng.logistic(0, 1 / 3, size))
    ),
    "Frechet shape 2.5": lambda rng, size: 0.04 * rng.weibull(2.5, size) ** -1.0,
    "Lomax shape 1.8": lambda rng, size: 0.05 * rng.pareto(1.8, size) + 0.01,
    "hyperexponential": _mixed(
        (0.95, lambda rng, size: rng.exponential(0.04, size)),
        (0.05, lambda rng, size: rng.exponential(0.8, size)),
    ),
    "cache, miss, stall": _mixed(
        (0.6, lambda rng, size: rng.normal(0.005, 0.0005, size)),
        (0.39, lambda rng, size: rng.gamma(8.0, 0.01, size)),
        (0.01, lambda rng, size: rng.normal(2.0, 0.2, size)),
    ),
    "0.3 % time out": _mixed(
        (0.997, lambda rng, size: rng.lognormal(np.log(0.05), 0.3, size)),
        (0.003, _late),
    ),
}
"""Eleven laws that are not in the design's own grid."""


def draw_calls(draw: Draw, rng: np.random.Generator, size: int) -> NDArray[np.float64]:
    """Return service times in seconds, cut off at the time limit."""
    return np.clip(draw(rng, size), 1e-4, LIMIT_S)


def law_of(draw: Draw, seed: int, replicates: int, atoms: int = 1000) -> Law:
    """Return a law of many atoms close to `draw`, every replicate alike."""
    rng = np.random.default_rng(seed)
    calls = np.sort(draw_calls(draw, rng, _SAMPLE))
    edges = np.linspace(0, _SAMPLE - _KEPT, atoms - _KEPT + 1).astype(int)
    sums = np.add.reduceat(calls[: edges[-1]], edges[:-1])
    bulk = sums / np.diff(edges)
    values = np.concatenate([bulk, calls[-_KEPT:]])
    weights = np.concatenate([np.diff(edges), np.ones(_KEPT)]) / _SAMPLE
    rows = np.broadcast_to(weights, (replicates, len(values)))
    return Law(values, rows, np.zeros(len(values), np.bool_))


def show(text: str) -> None:
    """Write a line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return rows as a table in Markdown."""
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    lines += [f"| {' | '.join(map(str, row))} |" for row in rows]
    return "\n".join(lines)
