"""Whether a 64-bit number was there before, for millions of them in 8 bytes each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

__all__ = ["Marks"]


class Marks:
    """Numbers that were seen, in a few sorted arrays, each twice as long as the next."""

    def __init__(self) -> None:
        self._runs: list[np.ndarray] = []

    def add(self, marks: Sequence[int]) -> list[int]:
        """Take some more numbers; return the positions of those that repeat one.

        Example:
            >>> seen = Marks()
            >>> seen.add([7, 8, 7]), seen.add([9, 8])
            ([2], [1])
        """
        found = np.array(marks, dtype="int64")
        order = np.argsort(found, kind="stable")
        ordered = found[order]
        is_repeat = np.zeros(len(found), dtype=bool)
        is_repeat[order[1:][ordered[1:] == ordered[:-1]]] = True
        for run in self._runs:
            places = np.minimum(np.searchsorted(run, found), len(run) - 1)
            is_repeat |= run[places] == found
        if len(ordered):
            self._keep(ordered)
        return np.flatnonzero(is_repeat).tolist()

    def _keep(self, run: np.ndarray) -> None:
        """Keep a sorted run, joined with those that are not much longer."""
        while self._runs and len(self._runs[-1]) < 2 * len(run):
            run = np.concatenate([self._runs.pop(), run])
            run.sort(kind="stable")
        self._runs.append(run)
