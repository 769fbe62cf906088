"""Independent service times of one law, by the way that is quickest for their number."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Drawer"]

_SHUFFLE_PAYS_FROM = 400
_TABLE_PAYS_FROM = 6_000
_TABLE = 65_536


class Drawer:
    """Independent service times of one replicate.

    Few draws search the weights; more draw how often each atom comes and shuffle; many
    come from a table of 65,536 entries. A smaller table would lose the rare long calls
    that decide the makespan.
    """

    def __init__(
        self,
        atoms: NDArray[np.float64],
        weights: NDArray[np.float64],
        draws: int,
        rng: np.random.Generator,
    ) -> None:
        self._rng = rng
        self._atoms = atoms
        sums = np.cumsum(weights)
        self._sums = sums / sums[-1]
        self._table = self._make_table() if draws >= _TABLE_PAYS_FROM else None

    def draw(self, count: int) -> NDArray[np.float64]:
        """Return that many service times."""
        if self._table is not None:
            entries = np.frombuffer(self._rng.bytes(2 * count), dtype=np.uint16)
            return self._table[entries]
        if count >= _SHUFFLE_PAYS_FROM:
            shares = np.diff(self._sums, prepend=0.0)
            drawn = np.repeat(self._atoms, self._rng.multinomial(count, shares))
            self._rng.shuffle(drawn)
            return drawn
        place = np.searchsorted(self._sums, self._rng.random(count), side="right")
        return self._atoms[np.minimum(place, len(self._atoms) - 1)]

    def _make_table(self) -> NDArray[np.float64]:
        """Spread the atoms over the table; a random offset keeps rare atoms fair."""
        edges = np.floor(self._sums * _TABLE + self._rng.random()).astype(np.int64)
        edges[-1] = _TABLE
        return np.repeat(self._atoms, np.diff(np.minimum(edges, _TABLE), prepend=0))
