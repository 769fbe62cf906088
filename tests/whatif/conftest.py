"""Frames of calls and a plain reference queue for the tests of the whatif room."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from nbwebhook.whatif.law import Law

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

CallsMaker = Callable[..., pd.DataFrame]
Reference = Callable[[Law, int, int, int], "NDArray[np.float64]"]
LawMaker = Callable[..., Law]
Distance = Callable[["NDArray[np.float64]", "NDArray[np.float64]"], float]


@pytest.fixture
def make_calls() -> CallsMaker:
    """A calls frame with the columns of a run; what is not given is ordinary."""

    def make(latency_ms: Sequence[float], **columns: object) -> pd.DataFrame:
        start = pd.Timestamp("2026-03-02 09:00", tz="UTC")
        begun = pd.Series(latency_ms, dtype="float64").shift(fill_value=0.0).cumsum()
        frame = pd.DataFrame(
            {
                "attempt": 1,
                "outcome": "updated",
                "error_type": "",
                "started_at": start + pd.to_timedelta(begun, unit="ms"),
                "wait_ms": 0.0,
                "latency_ms": latency_ms,
            }
        )
        return frame.assign(**columns)  # type: ignore[arg-type]  # any column

    return make


@pytest.fixture
def make_law() -> LawMaker:
    """A law whose replicates are all alike."""

    def make(
        atoms: Sequence[float], weights: Sequence[float], replicates: int = 400
    ) -> Law:
        shares = np.array(weights, np.float64) / np.sum(weights)
        rows = np.broadcast_to(shares, (replicates, len(shares)))
        return Law(np.array(atoms, np.float64), rows, np.zeros(len(shares), np.bool_))

    return make


@pytest.fixture
def heap_makespans() -> Reference:
    """Makespans by a heap of the moments when connections become free."""

    def simulate(
        law: Law, leads: int, connections: int, seed: int
    ) -> NDArray[np.float64]:
        rng = np.random.default_rng(seed)
        out = np.empty(law.replicates)
        for row, weights in enumerate(law.weights):
            free = [0.0] * connections
            for service in rng.choice(law.atoms, leads, p=weights).tolist():
                heapq.heapreplace(free, free[0] + service)
            out[row] = max(free)
        return out

    return simulate


@pytest.fixture
def distance() -> Distance:
    """Kolmogorov-Smirnov distance over its 0.1 % point: above 1 the laws differ."""

    def between(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
        points = np.concatenate([one, other])
        below_one = np.searchsorted(np.sort(one), points, side="right") / len(one)
        below_other = np.searchsorted(np.sort(other), points, side="right") / len(other)
        gap = float(np.abs(below_one - below_other).max())
        return gap / (1.95 * float(np.sqrt(1 / len(one) + 1 / len(other))))

    return between
