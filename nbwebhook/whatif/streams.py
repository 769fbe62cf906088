"""Makespan by simulating every call, exactly in law, without a queue.

Service times are independent and alike, so it does not matter which lead a connection
serves: give each connection its own stream of calls. The leads are the calls that start
first over all streams; the makespan is the latest end among them.

    stream 1  |----|------|---|-----            t* = start of the last lead's call
    stream 2  |---------|--|-----|--            every stream is drawn until it
    stream 3  |--|---|-------|------            ends after t*
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nbwebhook.whatif.drawer import Drawer
from nbwebhook.whatif.ends import count_up_to, latest_ends, nth_smallest

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nbwebhook.whatif.law import Law

__all__ = ["stream_makespans"]

_BLOCK = 250_000
_SPARE = 1.15
_ITERATIONS = 6


def stream_makespans(
    law: Law, leads: int, connections: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return the makespan of each replicate in seconds."""
    busy = min(connections, leads)
    if busy == leads:
        return _longest_calls(law, leads, rng)
    windows = max(1, round(leads * _SPARE / _BLOCK))
    width = int(leads / busy / windows * _SPARE + 8)
    streams = _Streams(busy, width, max(1, _BLOCK // (busy * width)), windows)
    expected_s = _expected_last_start(law, leads / busy)
    out = np.empty(law.replicates)
    for first in range(0, law.replicates, streams.rows):
        rows = slice(first, min(first + streams.rows, law.replicates))
        drawers = [
            Drawer(law.atoms, weights, busy * width * windows, rng)
            for weights in law.weights[rows]
        ]
        passed = streams.draw_until(drawers, expected_s[rows], leads - busy)
        out[rows] = streams.makespans(drawers, leads - busy - passed)
    return out


def _expected_last_start(law: Law, rounds: float) -> NDArray[np.float64]:
    """Return about when the last lead's call starts in each replicate.

    By then no call has taken longer than the campaign: t = rounds x E[min(X, t)]. It only
    says how far to draw at first; a wrong value costs time, never truth.
    """
    moment = law.means_s * rounds
    for _ in range(_ITERATIONS):
        met = np.minimum(law.atoms, moment[:, None])
        moment = np.einsum("ij,ij->i", law.weights, met) * rounds
    return moment


def _longest_calls(
    law: Law, leads: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Every lead has a connection of its own."""
    drawers = (Drawer(law.atoms, weights, leads, rng) for weights in law.weights)
    return np.array([drawer.draw(leads).max() for drawer in drawers])


class _Streams:
    """When each call of each stream ends, for a few replicates at a time.

    Streams are drawn as far as they are needed; behind that stands infinity. The space is
    used again for the next replicates. Of a long campaign only a window of time is held,
    one replicate at a time: what ended before is counted and forgotten, and each stream
    goes on from its first end after it.
    """

    def __init__(self, busy: int, width: int, rows: int, windows: int) -> None:
        self.rows = 1 if windows > 1 else rows
        self._busy = busy
        self._width = width
        self._windows = windows
        self._ends = self._space = np.empty((self.rows, busy, width))
        self._last = np.empty((self.rows, busy))
        self._filled = np.empty((self.rows, busy), np.int64)

    def draw_until(
        self, drawers: list[Drawer], moments: NDArray[np.float64], later: int
    ) -> int:
        """Begin anew, and draw every stream beyond its replicate's moment.

        Returns:
            How many calls ended in windows that have been forgotten.
        """
        self._draw_first(drawers)
        passed = 0
        for window in range(1, self._windows):
            moment = moments * (window / self._windows)
            self._draw_on(drawers, moment)
            ended = count_up_to(self._ends[0], np.repeat(moment, self._busy))
            if passed + int(ended.sum()) >= later:
                return passed
            passed += int(ended.sum())
            self._draw_first(drawers, self._ends[0, np.arange(self._busy), ended])
        self._draw_on(drawers, moments)
        return passed

    def _draw_first(
        self, drawers: list[Drawer], first_ends: NDArray[np.float64] | None = None
    ) -> None:
        """Draw the first calls of every stream, or those from a known end on."""
        self._ends = self._space[: len(drawers)]
        for row, drawer in enumerate(drawers):
            drawn = drawer.draw(self._busy * self._width)
            drawn = drawn.reshape(self._busy, self._width)
            if first_ends is not None:
                drawn[:, 0] = first_ends
            np.cumsum(drawn, axis=1, out=self._ends[row, :, : self._width])
        self._ends[:, :, self._width :] = np.inf
        self._filled = np.full((len(drawers), self._busy), self._width)
        self._last = self._ends[:, :, self._width - 1].copy()

    def makespans(self, drawers: list[Drawer], later: int) -> NDArray[np.float64]:
        """Return the latest end among the leads' calls of each replicate.

        A call starts when the one before it ends, and the first of each stream at once:
        so the last lead's call starts at the `later`-th smallest end, leads less
        connections.
        """
        while True:
            last_start = nth_smallest(self._ends.reshape(len(drawers), -1), later)
            if (self._last > last_start[:, None]).all():
                return latest_ends(self._ends, last_start, later)
            too_few = np.isinf(last_start)
            self._draw_on(
                drawers, np.where(too_few, self._last.max(axis=1), last_start)
            )

    def _draw_on(self, drawers: list[Drawer], moments: NDArray[np.float64]) -> None:
        while (behind := self._last <= moments[:, None]).any():
            more = max(16, self._width // 2)
            self._make_room(int(self._filled[behind].max()) + more)
            for row in np.flatnonzero(behind.any(axis=1)).tolist():
                self._extend(row, np.flatnonzero(behind[row]), drawers[row], more)

    def _extend(
        self, row: int, streams: NDArray[np.int64], drawer: Drawer, more: int
    ) -> None:
        drawn = drawer.draw(len(streams) * more).reshape(-1, more)
        ends = np.cumsum(drawn, axis=1) + self._last[row, streams, None]
        columns = self._filled[row, streams, None] + np.arange(more)
        self._ends[row, streams[:, None], columns] = ends
        self._last[row, streams] = ends[:, -1]
        self._filled[row, streams] += more

    def _make_room(self, width: int) -> None:
        old = self._ends.shape[2]
        if width <= old:
            return
        wider = np.full((self.rows, self._busy, max(width, old * 7 // 4)), np.inf)
        wider[: len(self._ends), :, :old] = self._ends
        if self._windows == 1:
            self._space = wider
        self._ends = wider[: len(self._ends)]
