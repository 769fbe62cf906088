"""What the scheduler knows of one run: who has a share, and how far it is.

A partition belongs to one attempt at a time. When Dask gives it to another worker, the
new attempt waits until the old one has left, or has been silent for so long that its last
call must have ended: the lock of the journal is then not the only thing that keeps two
workers from the same leads.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from nbwebhook.scale.budget import Budget
from nbwebhook.scale.wire import (
    SAME_HOLD_S,
    SILENCE_S,
    Look,
    Orders,
    Report,
    Share,
    Terms,
)

__all__ = ["Board"]

_BAD = ("failed", "unknown")
_LATE_KEPT = 500


@dataclass(slots=True)
class _Attempt:
    """A partition's run on some worker."""

    partition: int
    heard_s: float
    in_flight: int = 0


class Board:
    """One run; every method takes the present time, in seconds of any clock.

    Attributes:
        version: Moves on whenever somebody's orders may have changed.
    """

    def __init__(self, terms: Terms) -> None:
        self.version = 0
        self._terms = terms
        self._budget = Budget(terms.share)
        self._attempts: dict[str, _Attempt] = {}
        self._owners: dict[int, str] = {}
        self._gone: set[str] = set()
        self._held_until_s = 0.0
        self._is_paused = False
        self._is_cut = False
        self._reason: tuple[Any, ...] = ()
        self._told: dict[int, Report] = {}
        self._outcomes: Counter[str] = Counter()
        self._throttle_s = 0.0
        self._bad_before: dict[int, int] = {}
        self._late_ms: deque[float] = deque(maxlen=_LATE_KEPT)

    # Told by the workers

    def report(self, name: str, partition: int, report: Report, now_s: float) -> None:
        """Take down what the run of a partition tells; the first time it joins."""
        self.expire(now_s)
        if name in self._gone:
            return
        attempt = self._attempts.get(name)
        if attempt is None:
            attempt = self._attempts[name] = _Attempt(partition, now_s)
        attempt.heard_s, attempt.in_flight = now_s, report.in_flight
        if self._own(name):
            held = self._budget.held
            self._budget.settle(name, report.share, report.busy)
            self._change(is_changed=self._budget.held != held)
        if report.hold_s > 0:
            self._hold(now_s + report.hold_s)
        if report.outcomes is not None:
            self._count(partition, report)

    def leave(
        self, name: str, partition: int, last: Report, reason: tuple[Any, ...] = ()
    ) -> None:
        """Let an attempt go: all its calls have ended.

        Args:
            name: Which.
            partition: Whose it was.
            last: What it has to tell at its end.
            reason: Why all others are to stop too; empty if they are not.
        """
        if name in self._attempts and last.outcomes is not None:
            self._count(partition, last)
        self._drop(name)
        if reason:
            self.stop(reason)

    def orders(self, name: str, now_s: float) -> Orders:
        """Return what an attempt is to do."""
        if name not in self._attempts:
            return Orders("lost")
        if not self._own(name):
            return Orders("pause")
        if self._reason:
            return Orders("cut" if self._is_cut else "stop", reason=self._reason)
        before = self._budget.held
        share = self._budget.grant(name)
        hold_s = max(self._held_until_s - now_s, 0.0)
        self._change(is_changed=self._budget.held != before)
        return Orders("pause" if self._is_paused else "run", share, hold_s)

    def _own(self, name: str) -> bool:
        """Say whether its partition is its own; take it if it is nobody's."""
        owner = self._owners.setdefault(self._attempts[name].partition, name)
        if owner == name:
            self._budget.join(name)
        return owner == name

    def _drop(self, name: str) -> None:
        attempt = self._attempts.pop(name, None)
        self._gone.add(name)
        if attempt is None:
            return
        if self._owners.get(attempt.partition) == name:
            del self._owners[attempt.partition]
            self._budget.leave(name)
        self._change()

    def expire(self, now_s: float) -> None:
        """Drop attempts that were silent for so long that none of their calls goes on."""
        limit_s = now_s - SILENCE_S - self._terms.timeout_s
        for name in [n for n, a in self._attempts.items() if a.heard_s < limit_s]:
            self._drop(name)

    def _hold(self, until_s: float) -> None:
        if until_s > self._held_until_s + SAME_HOLD_S:
            self._held_until_s = until_s
            self._change()

    def _count(self, partition: int, report: Report) -> None:
        before = self._told.get(partition, Report())
        self._told[partition] = report
        self._outcomes.subtract(before.outcomes or {})
        self._outcomes.update(report.outcomes or {})
        self._throttle_s += report.throttle_s - before.throttle_s
        self._late_ms.extend(report.late_ms)
        if partition not in self._bad_before:
            self._bad_before[partition] = _bad_of(report.outcomes)
        limit = self._terms.max_failures
        if limit is not None:
            bad = _bad_of(self._outcomes) - sum(self._bad_before.values())
            if bad >= limit:
                self.stop(("TooManyFailures", bad, limit))

    # Told by the user

    def set_connections(self, connections: int) -> None:
        """Change how many calls there may be at once."""
        self._budget.whole = replace(self._budget.whole, connections=connections)
        self._change()

    def pause(self) -> None:
        """Have no further call started until `resume`."""
        self._is_paused = True
        self._change()

    def resume(self) -> None:
        """Let calls start again."""
        self._is_paused = False
        self._change()

    def stop(self, reason: tuple[Any, ...]) -> None:
        """Have no further call started; the first reason counts."""
        self._reason = self._reason or reason
        self._change()

    def cut(self) -> None:
        """Stop, and have the calls under way cut off."""
        self._is_cut = True
        self.stop(("StoppedByUser",))

    def look(self, now_s: float) -> Look:
        """Return how far the run is."""
        self.expire(now_s)
        return Look(
            state=self._state(),
            outcomes={kind: n for kind, n in self._outcomes.items() if n},
            in_flight=sum(a.in_flight for a in self._attempts.values()),
            connections=self._budget.whole.connections,
            partitions=self._budget.served,
            late_ms=tuple(self._late_ms),
            throttle_s=self._throttle_s,
            reason=self._reason,
        )

    def _state(self) -> Literal["running", "paused", "stopping"]:
        if self._reason:
            return "stopping"
        return "paused" if self._is_paused else "running"

    @property
    def share_held(self) -> Share:
        """The most that may be in use now."""
        return self._budget.held

    @property
    def attempts(self) -> int:
        """How many attempts there are, those that wait included."""
        return len(self._attempts)

    def _change(self, *, is_changed: bool = True) -> None:
        self.version += is_changed


def _bad_of(outcomes: Mapping[str, int] | None) -> int:
    return sum((outcomes or {}).get(kind, 0) for kind in _BAD)
