"""The limits of a run, checked when made."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from nbwebhook.engine.breaker import Breaker
from nbwebhook.engine.retry import Retry
from nbwebhook.engine.until import StopRule
from nbwebhook.errors import InvalidPlan

__all__ = ["RunPlan", "check_connections", "check_rate"]

_CONNECTIONS = range(1, 10_001)
_MIN_TIMEOUT_S = 0.001
_MAX_TIMEOUT_S = 3_600
_MAX_RAMP_UP_S = 86_400


@dataclass(frozen=True, slots=True)
class RunPlan:
    """What a run may do at most.

    Attributes:
        connections: Calls at once; Marketo's own number is 20, and 1 is serial.
        timeout_s: Limit for each whole call, from name to last byte; Marketo's is 30.
        max_calls_per_s: Calls started in a second; None for no limit.
        ramp_up_s: Time in which the calls at once rise from 1 to `connections`; 0 for at
            once.
        max_failures: Failed or unknown leads after which the run stops; None for no
            limit.
        retry: When a failed call is made again.
        breaker: When a failing service is left alone; None for never.
        until: Ends a pilot when enough has been measured; None for never.

    Raises:
        InvalidPlan: A limit that cannot be.
    """

    connections: int = 20
    timeout_s: float = 30.0
    max_calls_per_s: float | None = None
    max_failures: int | None = None
    retry: Retry = field(default_factory=Retry.never)
    breaker: Breaker | None = None
    until: StopRule | None = None
    ramp_up_s: float = 0.0

    def __post_init__(self) -> None:
        check_connections(self.connections)
        if not _MIN_TIMEOUT_S <= self.timeout_s <= _MAX_TIMEOUT_S:
            raise InvalidPlan(
                "timeout_s",
                f"{self.timeout_s} is not from {_MIN_TIMEOUT_S} to {_MAX_TIMEOUT_S} s",
            )
        check_rate(self.max_calls_per_s)
        if not 0 <= self.ramp_up_s <= _MAX_RAMP_UP_S:
            problem = f"{self.ramp_up_s} is not from 0 to {_MAX_RAMP_UP_S} s"
            raise InvalidPlan("ramp_up_s", problem)
        if self.max_failures is not None and self.max_failures < 1:
            raise InvalidPlan("max_failures", f"{self.max_failures} is not 1 or more")


def check_rate(rate: float | None) -> None:
    """Raise `InvalidPlan` where `rate` is not a number of calls a second, or None."""
    if rate is not None and not (rate > 0 and math.isfinite(rate)):
        raise InvalidPlan("max_calls_per_s", f"{rate} is not above 0")


def check_connections(connections: object) -> None:
    """Raise `InvalidPlan` where `connections` is not a number that a run can have."""
    is_whole = isinstance(connections, int) and not isinstance(connections, bool)
    if not (is_whole and connections in _CONNECTIONS):
        raise InvalidPlan(
            "connections",
            f"{connections!r} is not a whole number from 1 to {_CONNECTIONS[-1]:,}",
        )
