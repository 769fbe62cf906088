"""Makespan of a long campaign without simulating its calls: cost independent of leads.

At the moment t* when the last call starts, k - 1 other calls are under way. All work is
either done by then or left over, so with S the sum of all service times

    makespan = (S - X_last - residuals) / k + max(X_last, longest residual)

In a long campaign the residuals follow the equilibrium law of renewal theory: a uniform
part of a service time that was met with probability proportional to its length.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nbwebhook.whatif.law import generator
from nbwebhook.whatif.picker import Picker

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nbwebhook.whatif.law import Law

__all__ = ["Equilibrium", "is_settled"]

_FEWEST_LEADS = 2000
_LONGEST_SHARE = 0.2
_MIXED_ROUNDS = 5
_ROUNDS = 100
_GROUPS = 48
_EXACT_ATOMS = 24
_DRAWN_RESIDUALS = 64
_SHARED_STAGE = 2
_MANY_STAGE = 3


def is_settled(law: Law, leads: int, connections: int) -> bool:
    """Return whether a campaign is long enough for the equilibrium law.

    The start-up pattern must have mixed, and the longest call must be short against the
    campaign; elsewhere the residuals of renewal theory are not reached.
    """
    if leads <= _FEWEST_LEADS:
        return False
    if connections == 1:
        return True
    mean_s = law.mean_s
    rounds = leads / connections
    short = law.longest_s <= _LONGEST_SHARE * rounds * mean_s
    mixed = rounds * min(law.squared_variation, 1.0) >= _MIXED_ROUNDS
    return short and (mixed or rounds >= _ROUNDS)


class Equilibrium:
    """Makespans of one law and one number of leads, for any number of connections.

    What does not depend on the connections is drawn once, so that counts of connections
    are compared on the same luck.
    """

    def __init__(self, law: Law, leads: int, seed: int) -> None:
        self._law = law
        self._seed = seed
        rng = generator(seed, _SHARED_STAGE)
        self.total_s = sum_of_calls(law, leads, rng)
        self._pick = Picker(law)
        self._last = self._pick.by_count(rng.random((law.replicates, 1)))[:, 0]
        shape = (law.replicates, _DRAWN_RESIDUALS)
        residuals = self._pick.by_length(rng.random(shape)) * rng.random(shape)
        self._sums = np.cumsum(residuals, axis=1)
        self._longest = np.maximum.accumulate(residuals, axis=1)

    def makespans(self, connections: int) -> NDArray[np.float64]:
        """Return the makespan of each replicate in seconds."""
        others = connections - 1
        if others == 0:
            return self.total_s
        if others <= _DRAWN_RESIDUALS:
            left_s, longest_s = self._sums[:, others - 1], self._longest[:, others - 1]
        else:
            left_s, longest_s = self._many_residuals(others)
        shared_s = np.maximum(self.total_s - self._last - left_s, 0.0) / connections
        return np.asarray(shared_s + np.maximum(longest_s, self._last), np.float64)

    def _many_residuals(
        self, others: int
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        law = self._law
        rng = generator(self._seed, _MANY_STAGE, others)
        mean_s = law.means_s
        mean_left = (law.weights @ law.atoms**2) / (2 * mean_s)
        square_left = (law.weights @ law.atoms**3) / (3 * mean_s)
        spread = np.sqrt(np.maximum(square_left - mean_left**2, 0.0) * others)
        left_s = others * mean_left + spread * rng.standard_normal(law.replicates)
        longest_s = self._pick.residual_at(rng.random(law.replicates) ** (1 / others))
        return np.maximum(left_s, longest_s), longest_s


def sum_of_calls(law: Law, leads: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return the summed service times of `leads` calls, one sum a replicate.

    How many calls fall into each of at most 48 groups of atoms is drawn exactly; the
    largest atoms are groups of their own, the sum inside the others is normal.
    """
    firsts = _group_starts(len(law.atoms))
    weights = law.weights
    share = np.add.reduceat(weights, firsts, axis=1)
    known = np.maximum(share, 1e-300)
    mean = np.add.reduceat(weights * law.atoms, firsts, axis=1) / known
    square = np.add.reduceat(weights * law.atoms**2, firsts, axis=1) / known
    variance = np.maximum(square - mean**2, 0.0)
    variance[:, -_EXACT_ATOMS:] = 0.0
    counts = rng.multinomial(leads, share / share.sum(axis=1, keepdims=True))
    spread = np.sqrt((counts * variance).sum(axis=1))
    total = (counts * mean).sum(axis=1) + spread * rng.standard_normal(law.replicates)
    return np.asarray(np.maximum(total, 0.0), np.float64)


def _group_starts(atoms: int) -> NDArray[np.int64]:
    exact = min(_EXACT_ATOMS, atoms)
    bulk = np.linspace(0, atoms - exact, _GROUPS - _EXACT_ATOMS + 1).astype(np.int64)
    return np.unique(np.append(bulk[:-1], np.arange(atoms - exact, atoms)))
