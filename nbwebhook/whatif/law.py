"""The law of one service time, with what is not known about it.

A law is a column of atoms and, for each simulated campaign, a row of weights. The rows of
a measured law differ: each is one way how the service may be, given the calls seen (the
Bayesian bootstrap, Rubin 1981). The pessimistic law has one unit of weight more, at the
time limit: with s of n calls timed out its share there is a draw of Beta(s + 1, n - s),
whose upper end is the Clopper-Pearson bound, and for s = 0 the rule of three.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nbwebhook.whatif.plan import DelayPlan
    from nbwebhook.whatif.sample import LatencySample

__all__ = ["Law", "Laws", "bootstrap_laws", "generator"]

_MOST_ATOMS = 512
_KEPT_APART = 64
_WEIGHTS_STREAM = 1


@dataclass(frozen=True, slots=True, eq=False)
class Law:
    """Service times as ascending atoms, with one row of weights a replicate.

    Attributes:
        atoms: Service times in seconds, ascending.
        weights: Replicates by atoms; each row adds up to 1.
        failing: Whether a call of that atom fails in a way that a retry rule repeats.
    """

    atoms: NDArray[np.float64]
    weights: NDArray[np.float64]
    failing: NDArray[np.bool_]

    @property
    def replicates(self) -> int:
        """How many rows of weights there are."""
        return len(self.weights)

    @property
    def longest_s(self) -> float:
        """The longest service time."""
        return float(self.atoms[-1])

    @property
    def means_s(self) -> NDArray[np.float64]:
        """Mean service time of each replicate."""
        return np.asarray(self.weights @ self.atoms, np.float64)

    @property
    def mean_s(self) -> float:
        """Mean service time over all replicates."""
        return float(self.means_s.mean())

    @property
    def squared_variation(self) -> float:
        """Variance over squared mean, over all replicates."""
        second = float((self.weights @ self.atoms**2).mean())
        return max(second / self.mean_s**2 - 1.0, 0.0)

    @property
    def is_constant(self) -> bool:
        """Whether every call takes equally long."""
        return bool(self.atoms[0] == self.atoms[-1])

    def first(self, replicates: int) -> Law:
        """Return the law with only its first replicates."""
        return Law(self.atoms, self.weights[:replicates], self.failing)

    def average(self) -> Law:
        """Return the law with one row, the mean of all replicates."""
        return Law(self.atoms, self.weights.mean(axis=0, keepdims=True), self.failing)


@dataclass(frozen=True, slots=True, eq=False)
class Laws:
    """The service time as measured, and with what the calls cannot rule out.

    Attributes:
        as_measured: The calls, reweighted.
        pessimistic: The same, calls cut off taken at the plan's time limit, and one unit
            of weight more there.
        timeouts_seen: Calls that the plan's time limit would cut off; None if stated.
        censored_below: Calls that were cut off below the plan's time limit, so that how
            long they would have taken is not known.
    """

    as_measured: Law
    pessimistic: Law
    timeouts_seen: int | None
    censored_below: int


@dataclass(frozen=True, slots=True, eq=False)
class _Atoms:
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    mass: NDArray[np.float64]
    failing: NDArray[np.bool_]


def generator(seed: int, *stages: int) -> np.random.Generator:
    """Return random numbers of their own for one stage of one seed."""
    return np.random.Generator(np.random.SFC64([seed, *stages]))


def bootstrap_laws(sample: LatencySample, plan: DelayPlan) -> Laws:
    """Return the laws of a service time under a plan.

    The what-ifs change the sample: times are scaled, then cut off at the plan's limit,
    then capped. A stated law is taken at its word: its rows are all the same.
    """
    atoms, timeouts, censored_below = _plan_atoms(sample, plan)
    shape = (plan.replicates, len(atoms.mass))
    if sample.weights is not None:
        weights = np.broadcast_to(atoms.mass / atoms.mass.sum(), shape)
        law = _law(atoms.low, weights, atoms.failing)
        return Laws(law, law, None, 0)
    rng = generator(plan.seed, _WEIGHTS_STREAM)
    mass = rng.standard_gamma(np.broadcast_to(atoms.mass, shape))
    ghost = rng.standard_exponential((plan.replicates, 1))
    return Laws(
        as_measured=_law(atoms.low, mass, atoms.failing),
        pessimistic=_law(
            np.append(atoms.high, plan.longest_s),
            np.concatenate([mass, ghost], axis=1),
            np.append(atoms.failing, _repeats_timeouts(plan)),
        ),
        timeouts_seen=timeouts,
        censored_below=censored_below,
    )


def _plan_atoms(sample: LatencySample, plan: DelayPlan) -> tuple[_Atoms, int, int]:
    scaled = np.minimum(sample.seconds * plan.scale, plan.timeout_s)
    below = sample.timed_out & (scaled < plan.timeout_s)
    late = (scaled >= plan.timeout_s) | sample.timed_out
    low = np.minimum(scaled, plan.longest_s)
    high = np.where(below, plan.longest_s, low)
    failing = sample.failed & ~late
    if _repeats_timeouts(plan):
        failing = failing | late
    mass = np.ones(len(low)) if sample.weights is None else sample.weights
    groups = [
        _compress(low[chosen], high[chosen], mass[chosen], is_failing=is_failing)
        for chosen, is_failing in ((~failing, False), (failing, True))
        if chosen.any()
    ]
    atoms = _Atoms(
        np.concatenate([group.low for group in groups]),
        np.concatenate([group.high for group in groups]),
        np.concatenate([group.mass for group in groups]),
        np.concatenate([group.failing for group in groups]),
    )
    return atoms, int(late.sum()), int(below.sum())


def _repeats_timeouts(plan: DelayPlan) -> bool:
    capped = plan.cap_s is not None and plan.cap_s < plan.timeout_s
    return plan.retry is not None and plan.retry.repeats_timeouts and not capped


def _compress(
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    mass: NDArray[np.float64],
    *,
    is_failing: bool,
) -> _Atoms:
    """Merge equal times, then the bulk of the rest to at most `_MOST_ATOMS` means.

    The largest times stay apart: they decide when a campaign ends.
    """
    differs = (np.diff(low) != 0) | (np.diff(high) != 0)
    runs = np.append(0, np.flatnonzero(differs) + 1)
    low, high, counts = low[runs], high[runs], np.add.reduceat(mass, runs)
    if len(counts) > _MOST_ATOMS:
        bulk = np.cumsum(counts[:-_KEPT_APART])
        marks = np.linspace(0.0, bulk[-1], _MOST_ATOMS - _KEPT_APART + 1)[:-1]
        firsts = np.unique(np.searchsorted(bulk, marks))
        firsts = np.append(firsts, np.arange(len(bulk), len(counts)))
        merged = np.add.reduceat(counts, firsts)
        low = np.add.reduceat(low * counts, firsts) / merged
        high = np.add.reduceat(high * counts, firsts) / merged
        counts = merged
    return _Atoms(low, high, counts, np.full(len(counts), is_failing))


def _law(
    atoms: NDArray[np.float64],
    mass: NDArray[np.float64],
    failing: NDArray[np.bool_],
) -> Law:
    order = np.argsort(atoms, kind="stable")
    weights = mass[:, order]
    return Law(
        atoms[order], weights / weights.sum(axis=1, keepdims=True), failing[order]
    )
