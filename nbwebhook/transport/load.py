"""How much of its time a loop computes."""

from __future__ import annotations

from time import perf_counter, thread_time

__all__ = ["LoopLoad"]


class LoopLoad:
    """Weighs the thread that asks, from its making or its last `restart` on."""

    __slots__ = ("_computed_s", "_since_s")

    def __init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """Weigh from now on."""
        self._since_s, self._computed_s = perf_counter(), thread_time()

    @property
    def weighed_s(self) -> float:
        """How long it has been weighed."""
        return perf_counter() - self._since_s

    def is_at_least(self, share: float) -> bool:
        """Return whether it has computed for that share of the time."""
        return thread_time() - self._computed_s >= share * self.weighed_s
