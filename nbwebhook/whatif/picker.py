"""Draws from many laws at once: one search for all replicates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nbwebhook.whatif.law import Law

__all__ = ["Picker"]


class Picker:
    """Draws from each replicate's own law, all replicates in one search."""

    def __init__(self, law: Law) -> None:
        self._atoms = law.atoms
        self._row = np.arange(law.replicates)[:, None]
        self._counts = self._stacked(np.cumsum(law.weights, axis=1))
        self._lengths = self._stacked(np.cumsum(law.weights * law.atoms, axis=1))
        above = 1.0 - np.cumsum(law.weights, axis=1) + law.weights
        steps = np.maximum(above, 0.0) * np.diff(law.atoms, prepend=0.0)
        self._residuals = self._stacked(np.cumsum(steps, axis=1))

    def by_count(self, shares: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return service times, each as likely as its weight."""
        return self._atoms[self._search(self._counts, shares)]

    def by_length(self, shares: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return service times, each as likely as its weight times its length."""
        return self._atoms[self._search(self._lengths, shares)]

    def residual_at(self, shares: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the residual that a share of the residuals does not exceed."""
        place = self._search(self._residuals, shares[:, None])[:, 0]
        flat = self._residuals
        start = self._row[:, 0] * (len(self._atoms) + 1)
        low, high = flat[start + place], flat[start + place + 1]
        before = np.concatenate([[0.0], self._atoms])[place]
        inside = (shares + self._row[:, 0] - low) / np.maximum(high - low, 1e-300)
        width = self._atoms[place] - before
        return np.asarray(before + width * np.clip(inside, 0.0, 1.0), np.float64)

    def _stacked(self, sums: NDArray[np.float64]) -> NDArray[np.float64]:
        """Lay the rows end to end, row r from r to r + 1, each with its zero."""
        shares = sums / sums[:, -1:] + self._row
        return np.concatenate([self._row * 1.0, shares], axis=1).ravel()

    def _search(
        self, stacked: NDArray[np.float64], shares: NDArray[np.float64]
    ) -> NDArray[np.int64]:
        found = np.searchsorted(stacked, shares + self._row, side="right") - 1
        place = found - self._row * (len(self._atoms) + 1)
        return np.asarray(np.clip(place, 0, len(self._atoms) - 1), np.int64)
