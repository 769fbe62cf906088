"""Failed calls that are repeated: the time of a lead with all its calls.

Where the connection stays taken during the pause, a lead's calls and pauses are one long
service time. Where it does not, failed leads come back in passes at the end of the line.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from nbwebhook.whatif.law import Law, generator
from nbwebhook.whatif.picker import Picker

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nbwebhook.whatif.plan import RetryRule

__all__ = ["Repeats", "held_law", "passes_end"]

_HELD_STAGE = 7
_PASSES_STAGE = 8
_CHAINS = 256
_GRID = 384
_NEGLIGIBLE = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Repeats:
    """How often the calls of a law fail and are repeated, by replicate.

    Attributes:
        rule: The retry rule.
        share: Share of calls that fail in a way that is repeated.
        failed: Service times of those calls.
        done: Service times of the others.
    """

    rule: RetryRule
    share: NDArray[np.float64]
    failed: Law
    done: Law

    @classmethod
    def of(cls, law: Law, rule: RetryRule) -> Repeats:
        """Return the repeats that the rule makes of the calls of a law."""
        if rule.share is not None:
            return cls(rule, np.full(law.replicates, rule.share), law, law)
        share = np.asarray((law.weights * law.failing).sum(axis=1), np.float64)
        failed, done = _among(law, law.failing), _among(law, ~law.failing)
        return cls(rule, share, failed, done)

    @property
    def calls_per_lead(self) -> NDArray[np.float64]:
        """Mean number of calls for a lead."""
        powers = self.share[:, None] ** np.arange(self.rule.attempts)
        return np.asarray(powers.sum(axis=1), np.float64)


def held_law(law: Law, repeats: Repeats, seed: int) -> Law:
    """Return the law of how long a lead holds its connection, pauses included.

    Leads that are done with their first call keep their exact times. The chains of
    repeats are drawn and laid on a grid that keeps their mean.
    """
    if not repeats.share.any():
        return law
    share = repeats.share[:, None]
    rng = generator(seed, _HELD_STAGE)
    chains_s, chances = _chains(repeats, rng)
    grid = np.geomspace(max(chains_s.min(), 1e-6), chains_s.max() * 1.000001, _GRID)
    first = repeats.done
    weights = [first.weights * (1 - share), _on_grid(chains_s, chances, grid)]
    atoms = np.concatenate([first.atoms, grid])
    order = np.argsort(atoms, kind="stable")
    joined = np.concatenate(weights, axis=1)[:, order]
    met = joined.any(axis=0)
    return Law(
        atoms[order][met],
        joined[:, met] / joined.sum(axis=1, keepdims=True),
        np.zeros(int(met.sum()), np.bool_),
    )


def passes_end(
    first_pass_s: NDArray[np.float64],
    law: Law,
    repeats: Repeats,
    leads: int,
    call_s: NDArray[np.float64],
    *,
    seed: int,
) -> NDArray[np.float64]:
    """Return when the last repeat ends, the connection being free during pauses.

    Args:
        first_pass_s: When the first calls of all leads are done, one a replicate.
        law: Service times of single calls.
        repeats: How often calls fail.
        leads: Leads of the campaign.
        call_s: Seconds that one call adds while all connections are busy.
        seed: Of the estimate.
    """
    rng = generator(seed, _PASSES_STAGE)
    share = repeats.share[: law.replicates]
    picker = Picker(law)
    ended, length = first_pass_s, first_pass_s
    waiting = np.full(law.replicates, leads, np.int64)
    for repeat in range(1, repeats.rule.attempts):
        waiting = rng.binomial(waiting, share)
        if not waiting.any():
            break
        last_call_s = picker.by_count(rng.random((law.replicates, 1)))[:, 0]
        luck = rng.random(law.replicates) ** (1.0 / np.maximum(waiting, 1))
        came_back = ended - length * (1 - luck) + repeats.rule.pause_s(repeat)
        later = np.maximum(ended + waiting * call_s, came_back + last_call_s)
        later = np.where(waiting > 0, later, ended)
        ended, length = later, np.where(waiting > 0, later - ended, length)
    return np.asarray(ended, np.float64)


def _among(law: Law, chosen: NDArray[np.bool_]) -> Law:
    """Return the law of the chosen atoms; the whole law where a replicate has none."""
    weights = law.weights * chosen
    total = weights.sum(axis=1, keepdims=True)
    known = np.where(total > 0, weights, law.weights)
    return Law(law.atoms, known / known.sum(axis=1, keepdims=True), law.failing)


def _chains(
    repeats: Repeats, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return times of leads with two or more calls, and the chance of each."""
    failed, done = Picker(repeats.failed), Picker(repeats.done)
    shape = (repeats.failed.replicates, _CHAINS)
    share = repeats.share[:, None]
    times, chances = [], []
    so_far = np.zeros(shape)
    for repeat in range(1, repeats.rule.attempts):
        so_far = so_far + failed.by_count(rng.random(shape))
        so_far = so_far + repeats.rule.pause_s(repeat)
        times.append(so_far + done.by_count(rng.random(shape)))
        chances.append(np.broadcast_to(share**repeat * (1 - share), shape))
        if float((share ** (repeat + 1)).max()) < _NEGLIGIBLE:
            break
    times.append(so_far + failed.by_count(rng.random(shape)))
    chances.append(np.broadcast_to(share ** len(chances) * share, shape))
    joined = np.concatenate(chances, axis=1) / _CHAINS
    return np.concatenate(times, axis=1), joined


def _on_grid(
    times_s: NDArray[np.float64],
    chances: NDArray[np.float64],
    grid: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Share each chance out between its two neighbours on the grid, mean kept."""
    right = np.clip(np.searchsorted(grid, times_s, side="right"), 1, len(grid) - 1)
    left_s, right_s = grid[right - 1], grid[right]
    to_right = np.clip((times_s - left_s) / (right_s - left_s), 0.0, 1.0)
    rows = np.arange(len(times_s))[:, None] * len(grid)
    size = len(times_s) * len(grid)
    flat = np.bincount(
        (rows + right).ravel(), (chances * to_right).ravel(), size
    ) + np.bincount(
        (rows + right - 1).ravel(), (chances * (1 - to_right)).ravel(), size
    )
    return np.asarray(flat.reshape(len(times_s), len(grid)), np.float64)
