"""One budget of connections and calls per second, lent in shares.

```text
joined ──▶ share wanted ──▶ share granted ──▶ in use, as told ──▶ given back
            even parts        never more than       may be more than granted
                              what is free          while calls settle
```

What somebody holds is the most that he may be using: it grows when a share is granted,
and shrinks only when he has told that he uses less. The sum of all that is held is never
more than the budget, unless the user makes that smaller while calls are under way.
"""

from __future__ import annotations

from typing import TypeVar

from nbwebhook.scale.wire import Share

__all__ = ["Budget"]

Number = TypeVar("Number", int, float)


class Budget:
    """Lends shares; those who joined first are served first.

    The calls per second are lent in whole calls, since k borrowers that space their calls
    evenly then start no more in any second than their shares add up to; so there are
    never more borrowers with a share than whole calls in a second, or than connections.

    Args:
        whole: The budget.

    Example:
        >>> budget = Budget(Share(10, 100.0))
        >>> budget.join("a"), budget.grant("a")
        (None, Share(connections=10, calls_per_s=100.0))
        >>> budget.join("b"), budget.grant("b")  # all of it is held by a
        (None, Share(connections=0, calls_per_s=0.0))
        >>> budget.grant("a")
        Share(connections=5, calls_per_s=50.0)
        >>> budget.settle("a", Share(5, 50.0), busy=7)  # two calls too many settle
        >>> budget.grant("b")
        Share(connections=3, calls_per_s=50.0)
    """

    def __init__(self, whole: Share) -> None:
        self.whole = whole
        self._held: dict[str, Share] = {}
        self._granted: dict[str, Share] = {}

    @property
    def held(self) -> Share:
        """The most that may be in use now, by all together."""
        held = self._held.values()
        rate = None
        if self.whole.calls_per_s is not None:
            rate = sum(share.calls_per_s or 0.0 for share in held)
        return Share(sum(share.connections for share in held), rate)

    @property
    def served(self) -> int:
        """How many have a share."""
        return sum(share.connections > 0 for share in self._granted.values())

    def join(self, name: str) -> None:
        """Let somebody have a share, as soon as one is free."""
        if name not in self._held:
            self._held[name] = self._granted[name] = self._nothing

    def leave(self, name: str) -> None:
        """Take back whatever he holds."""
        self._held.pop(name, None)
        self._granted.pop(name, None)

    def settle(self, name: str, share: Share, busy: int) -> None:
        """Note what somebody uses.

        Args:
            name: Who.
            share: The share that he has applied; one that is not the last one granted
                tells nothing yet.
            busy: Connections that he still uses, more than the share if it shrank.
        """
        if share == self._granted[name]:
            connections = max(share.connections, busy)
            self._held[name] = Share(connections, share.calls_per_s)

    def grant(self, name: str) -> Share:
        """Return the share that somebody may have from now on; he holds it at once."""
        wanted, mine = self._wanted(name), self._held[name]
        free = self.whole.connections - self.held.connections
        connections = _step(mine.connections, wanted.connections, free)
        rate = self._rate(mine, wanted)
        if connections == 0 or rate == 0.0:
            granted = self._nothing
        else:
            granted = Share(connections, rate)
        self._granted[name] = granted
        self._held[name] = Share(
            max(mine.connections, granted.connections),
            None if rate is None else max(mine.calls_per_s or 0.0, _rate_of(granted)),
        )
        return granted

    @property
    def _nothing(self) -> Share:
        return Share(0, None if self.whole.calls_per_s is None else 0.0)

    def _wanted(self, name: str) -> Share:
        """Return an even share, if it is his turn to have one."""
        names = list(self._held)
        count = min(len(names), self.whole.connections)
        rate = self.whole.calls_per_s
        if rate is not None:
            count = min(count, max(1, int(rate)))
        at = names.index(name)
        if at >= count:
            return self._nothing
        connections = _part(self.whole.connections, count, at)
        if rate is None:
            return Share(connections)
        rest = rate - int(rate) if at == 0 else 0.0
        return Share(connections, _part(int(rate), count, at) + rest)

    def _rate(self, mine: Share, wanted: Share) -> float | None:
        if self.whole.calls_per_s is None:
            return None
        free = self.whole.calls_per_s - _rate_of(self.held)
        granted = _step(_rate_of(mine), _rate_of(wanted), free)
        # Less than a whole call a second is granted only where no more was wanted.
        return granted if granted >= min(1.0, _rate_of(wanted)) else 0.0


def _rate_of(share: Share) -> float:
    return share.calls_per_s or 0.0


def _part(whole: int, count: int, at: int) -> int:
    return whole // count + (at < whole % count)


def _step(mine: Number, wanted: Number, free: Number) -> Number:
    """Return what can be had of what is wanted: less at once, more if it is free."""
    return wanted if wanted <= mine else mine + max(min(wanted - mine, free), 0)
