"""Makespan by simulating every call, exactly in law, without a queue.

Service times are independent and alike, so it does not matter which lead a connection
serves: give each connection its own stream of calls. The leads are the calls that start
first over all streams; the makespan is the latest end among them.

    stream 1  |----|------|---|-----            t* = start of the last lead's call
    stream 2  |---------|--|-----|--            every stream is drawn until it
    stream 3  |--|---|-------|------            ends after t*
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nbwebhook.whatif.law import Law

__all__ = ["Drawer", "stream_makespans"]

_TABLE = 65_536
_SHUFFLE_PAYS_FROM = 400
_TABLE_PAYS_FROM = 6_000
_BLOCK = 250_000
_SPARE = 1.15
_PARTITION_PAYS_TO = 30_000
_PROBES = 2003
_ITERATIONS = 6


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


def stream_makespans(
    law: Law, leads: int, connections: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return the makespan of each replicate in seconds."""
    busy = min(connections, leads)
    width = leads if busy == 1 else int(leads / busy * _SPARE + 8)
    if busy == leads:
        return _longest_calls(law, leads, rng)
    streams = _Streams(busy, width, max(1, _BLOCK // (busy * width)))
    expected_s = _expected_last_start(law, leads / busy)
    out = np.empty(law.replicates)
    for first in range(0, law.replicates, streams.rows):
        rows = slice(first, min(first + streams.rows, law.replicates))
        drawers = [
            Drawer(law.atoms, weights, busy * width, rng)
            for weights in law.weights[rows]
        ]
        streams.draw_until(drawers, expected_s[rows])
        out[rows] = streams.makespans(drawers, leads - busy)
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
    used again for the next replicates.
    """

    def __init__(self, busy: int, width: int, rows: int) -> None:
        self.rows = rows
        self._busy = busy
        self._width = width
        self._space = np.empty((rows, busy, width))
        self._ends = self._space
        self._last = np.empty((rows, busy))
        self._filled = np.empty((rows, busy), np.int64)

    def draw_until(self, drawers: list[Drawer], moments: NDArray[np.float64]) -> None:
        """Begin anew, and draw every stream beyond its replicate's moment."""
        self._ends = self._space[: len(drawers)]
        for row, drawer in enumerate(drawers):
            drawn = drawer.draw(self._busy * self._width)
            np.cumsum(
                drawn.reshape(self._busy, self._width),
                axis=1,
                out=self._ends[row, :, : self._width],
            )
        self._ends[:, :, self._width :] = np.inf
        self._filled = np.full((len(drawers), self._busy), self._width)
        self._last = self._ends[:, :, self._width - 1].copy()
        self._draw_on(drawers, moments)

    def makespans(self, drawers: list[Drawer], later: int) -> NDArray[np.float64]:
        """Return the latest end among the leads' calls of each replicate.

        A call starts when the one before it ends, and the first of each stream at once:
        so the last lead's call starts at the `later`-th smallest end, leads less
        connections.
        """
        while True:
            last_start = _nth_smallest(self._ends.reshape(len(drawers), -1), later)
            if (self._last > last_start[:, None]).all():
                return _latest_ends(self._ends, last_start, later)
            self._draw_on(drawers, last_start)

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
        self._space = wider
        self._ends = wider[: len(self._ends)]


def _latest_ends(
    ends: NDArray[np.float64], last_start: NDArray[np.float64], later: int
) -> NDArray[np.float64]:
    """Return the latest end among the leads' calls of each replicate.

    Where several calls would start at the very last moment, only as many do as there are
    leads left; which streams take them does not matter.
    """
    replicates, busy, width = ends.shape
    streams = ends.reshape(replicates * busy, width)
    every = np.arange(len(streams))
    moment = np.repeat(last_start, busy)
    started = _count_up_to(streams, moment)
    surplus = started.reshape(replicates, busy).sum(axis=1) - later
    if surplus.any():
        tied = (streams[every, np.maximum(started - 1, 0)] == moment) & (started > 0)
        nth_tied = np.cumsum(tied.reshape(replicates, busy), axis=1)
        one_less = tied & (nth_tied <= surplus[:, None]).ravel()
        started = started - one_less
    latest = streams[every, started].reshape(replicates, busy).max(axis=1)
    return np.asarray(latest, np.float64)


def _count_up_to(
    ends: NDArray[np.float64], moment: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Return how many calls of each stream end up to its moment: a search per stream."""
    width = ends.shape[1]
    streams = np.arange(len(ends))
    count = np.zeros(len(ends), np.int64)
    step = 1 << (width.bit_length() - 1)
    while step:
        probe = count + step
        reached = ends[streams, np.minimum(probe, width) - 1] <= moment
        count = np.where((probe <= width) & reached, probe, count)
        step >>= 1
    return count


def _nth_smallest(values: NDArray[np.float64], nth: int) -> NDArray[np.float64]:
    """Return the nth smallest of each row, from 1."""
    if values.shape[1] <= _PARTITION_PAYS_TO:
        return np.partition(values, nth - 1, axis=1)[:, nth - 1]
    return np.array([_nth_of_many(row, nth) for row in values])


def _nth_of_many(values: NDArray[np.float64], nth: int) -> float:
    """Return the nth smallest, looking only at values between two probes of a sample."""
    probes = np.sort(values[:: len(values) // _PROBES])
    share = nth / len(values)
    slack = 4 * math.sqrt(len(probes) * share * (1 - share)) + 3
    low = probes[max(int(share * len(probes) - slack), 0)]
    high = probes[min(int(share * len(probes) + slack), len(probes) - 1)]
    below = int(np.count_nonzero(values < low))
    middle = values[np.flatnonzero((values >= low) & (values <= high))]
    place = nth - 1 - below
    if 0 <= place < len(middle):
        return float(np.partition(middle, place)[place])
    return float(np.partition(values, nth - 1)[nth - 1])
