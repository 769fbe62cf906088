"""What is asked of an estimate, checked when made: the campaign and its what-ifs."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from operator import index
from typing import Protocol

from nbwebhook.errors import InvalidPlan

__all__ = ["DelayPlan", "RateLimit", "RetryLike", "RetryRule", "read_connections"]

_MOST_LEADS = 1_000_000_000
_MOST_CONNECTIONS = 100_000


class RetryLike(Protocol):
    """Anything that says how often and after which pauses a call is repeated."""

    @property
    def attempts(self) -> int:
        """Most calls for one lead, the first included."""

    @property
    def backoff_s(self) -> float | Iterable[float]:
        """Pause before a repeat, or the pauses before each repeat in turn."""


@dataclass(frozen=True, slots=True)
class RetryRule:
    """How failed calls are repeated.

    Attributes:
        attempts: Most calls for one lead, the first included.
        backoff_s: Pause before a repeat, or the pauses before each repeat in turn; the
            last one holds for all that follow.
        share: Share of calls that fail and are repeated; None takes it from the calls.
        repeats_timeouts: Whether a call that timed out is repeated. Only right where the
            service may be called twice for one lead.
        holds_connection: Whether the connection stays taken during the pause.
    """

    attempts: int = 3
    backoff_s: float | tuple[float, ...] = 1.0
    share: float | None = None
    repeats_timeouts: bool = True
    holds_connection: bool = False

    def __post_init__(self) -> None:
        """Refuse what cannot be, every fault at once.

        Raises:
            InvalidPlan: A count is below 1, a pause negative, or the share no share.
        """
        faults = []
        if self.attempts < 1:
            faults.append(f"attempts is {self.attempts}; the first call counts as 1")
        if not self.pauses_s or any(not 0 <= p < math.inf for p in self.pauses_s):
            faults.append("backoff_s must be 0 or more seconds")
        if self.share is not None and not 0 <= self.share < 1:
            faults.append(f"share is {self.share:g}; it must be from 0 to below 1")
        if faults:
            raise InvalidPlan("retry", "; ".join(faults))

    @property
    def pauses_s(self) -> tuple[float, ...]:
        """The pauses as a tuple."""
        if isinstance(self.backoff_s, tuple):
            return self.backoff_s
        return (float(self.backoff_s),)

    def pause_s(self, repeat: int) -> float:
        """Return the pause before the repeat of that number, from 1."""
        return self.pauses_s[min(repeat, len(self.pauses_s)) - 1]

    @classmethod
    def of(cls, retry: RetryLike | None) -> RetryRule | None:
        """Return `retry` as a rule; None where nothing is repeated.

        Raises:
            InvalidPlan: It does not say how often or after which pause.
        """
        if retry is None:
            return None
        rule = retry if isinstance(retry, RetryRule) else cls._like(retry)
        return rule if rule.attempts > 1 else None

    @classmethod
    def _like(cls, retry: RetryLike) -> RetryRule:
        try:
            pauses = retry.backoff_s
            backoff = (
                tuple(float(pause) for pause in pauses)
                if isinstance(pauses, Iterable)
                else float(pauses or 0.0)
            )
            return cls(attempts=int(retry.attempts), backoff_s=backoff)
        except (AttributeError, TypeError, ValueError) as error:
            problem = f"a {type(retry).__name__} has no usable attempts and backoff_s"
            raise InvalidPlan("retry", f"{problem}; pass a RetryRule") from error


@dataclass(frozen=True, slots=True)
class RateLimit:
    """A token bucket in front of the service.

    Attributes:
        calls_per_s: Calls a second in the long run.
        burst: Calls that may start at once after a pause.
    """

    calls_per_s: float
    burst: int = 1


@dataclass(frozen=True, slots=True)
class DelayPlan:
    """A campaign and its what-ifs.

    Attributes:
        leads: How many leads the campaign has.
        timeout_s: Time limit of a call; a slower call is cut off there.
        max_calls_per_s: Most calls that start in a second; None for no limit.
        burst: Calls that may start at once after a pause.
        retry: How failed calls are repeated; None for never, as in Marketo.
        scale: Service times are multiplied by this: 2 is twice as slow.
        cap_s: No call takes longer than this and none fails for it: a tail cut off.
        replicates: Campaigns that are simulated.
        seed: The same seed gives the same numbers.
    """

    leads: int
    timeout_s: float = 30.0
    max_calls_per_s: float | None = None
    burst: int = 1
    retry: RetryRule | None = None
    scale: float = 1.0
    cap_s: float | None = None
    replicates: int = 200
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what cannot be, every fault at once.

        Raises:
            InvalidPlan: An argument is out of its range.
        """
        faults = [*self._count_faults(), *self._quantity_faults()]
        if faults:
            names = ", ".join(name for name, _ in faults)
            raise InvalidPlan(names, "; ".join(problem for _, problem in faults))

    @property
    def limit(self) -> RateLimit | None:
        """The rate limit, if there is one."""
        if self.max_calls_per_s is None:
            return None
        return RateLimit(self.max_calls_per_s, self.burst)

    @property
    def longest_s(self) -> float:
        """No call of this plan takes longer."""
        return self.timeout_s if self.cap_s is None else min(self.timeout_s, self.cap_s)

    def _count_faults(self) -> list[tuple[str, str]]:
        faults = []
        if not _is_count(self.leads, 1, _MOST_LEADS):
            problem = f"{self.leads!r} leads; it takes a whole number from 1 to 10^9"
            faults.append(("leads", problem))
        if not _is_count(self.burst, 1, _MOST_LEADS):
            problem = f"a burst of {self.burst!r}; it takes a whole number from 1"
            faults.append(("burst", problem))
        if not _is_count(self.replicates, 20, 100_000):
            problem = f"{self.replicates!r} replicates; it takes 20 to 100,000"
            faults.append(("replicates", problem))
        if not _is_count(self.seed, 0, 2**63):
            problem = f"a seed of {self.seed!r}; it takes a whole number from 0"
            faults.append(("seed", problem))
        return faults

    def _quantity_faults(self) -> list[tuple[str, str]]:
        quantities = (
            ("timeout_s", self.timeout_s, "a time limit"),
            ("max_calls_per_s", self.max_calls_per_s, "a rate limit"),
            ("scale", self.scale, "a scale"),
            ("cap_s", self.cap_s, "a cap"),
        )
        return [
            (name, f"{what} of {value!r}; it takes a number above 0")
            for name, value, what in quantities
            if value is not None and not _is_above_zero(value)
        ]


def read_connections(connections: int | Iterable[int]) -> tuple[int, ...]:
    """Return the connection counts asked for, in their order.

    Raises:
        InvalidPlan: There is none, or one is not a whole number of 1 or more.

    Example:
        >>> read_connections(20), read_connections(range(1, 4))
        ((20,), (1, 2, 3))
    """
    given = list(connections) if isinstance(connections, Iterable) else [connections]
    wrong = [count for count in given if not _is_count(count, 1, _MOST_CONNECTIONS)]
    if wrong or not given:
        found = ", ".join(repr(count) for count in wrong[:3]) or "none"
        problem = (
            f"found {found}; it takes whole numbers from 1 to {_MOST_CONNECTIONS:,}"
        )
        raise InvalidPlan("connections", problem)
    return tuple(index(count) for count in given)


def _is_count(value: object, least: int, most: int) -> bool:
    if isinstance(value, bool):
        return False
    try:
        return least <= index(value) <= most  # type: ignore[arg-type]  # TypeError tells
    except TypeError:
        return False


def _is_above_zero(value: object) -> bool:
    if isinstance(value, bool):
        return False
    try:
        return 0 < float(value) < math.inf  # type: ignore[arg-type]  # TypeError tells
    except (TypeError, ValueError):
        return False
