"""The breaker: a service that fails again and again is left alone, then probed.

```text
          failures in a row             cooldown over: one call
 closed ───────────────────▶ open ───────────────────────────▶ probing
    ▲                          ▲           it fails               │
    │                          └──────────────────────────────────┤
    └─────────────────── any call succeeds ───────────────────────┘
```
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import Literal

from nbwebhook.errors import (
    AddressRefused,
    CallCancelled,
    CircuitOpen,
    InvalidPlan,
    RenderError,
    ResponseError,
)

__all__ = ["Breaker", "Circuit", "has_failed"]

_MAX_COUNT = 1_000_000
_MAX_S = 86_400.0
_TOO_MANY = 429
_SERVER_ERRORS = 500
_NOT_SENT = (RenderError, AddressRefused, CallCancelled)


@dataclass(frozen=True, slots=True)
class Breaker:
    """When a run leaves a failing service alone; a run has none unless it is given one.

    After `failures` failures in a row no call starts for `cooldown_s`. Then one call, the
    probe, finds out: if it fails too, another `cooldown_s` passes. Leads wait meanwhile,
    and the time is told as throttling. When `max_probes` in a row have failed the run
    stops, and every lead that was not tried is `skipped` with the reason CircuitOpen.

    A failure is a call without a whole response, or one answered with 429 or 5xx; a lead
    that the service merely rejects is none.

    Attributes:
        failures: Failures in a row that open it.
        cooldown_s: How long the service is left alone.
        max_probes: Failed probes after which the run stops.

    Raises:
        InvalidPlan: An attribute has a value that cannot be.
    """

    failures: int = 20
    cooldown_s: float = 30.0
    max_probes: int = 10

    def __post_init__(self) -> None:
        for name in ("failures", "max_probes"):
            value = getattr(self, name)
            is_whole = isinstance(value, int) and not isinstance(value, bool)
            if not is_whole or not 1 <= value <= _MAX_COUNT:
                problem = f"{value!r} is not a whole number from 1 to {_MAX_COUNT:,}"
                raise InvalidPlan(f"breaker.{name}", problem)
        if not 0 < self.cooldown_s <= _MAX_S:
            problem = f"{self.cooldown_s} is not above 0 and up to {_MAX_S:g} s"
            raise InvalidPlan("breaker.cooldown_s", problem)


class Circuit:
    """The state of a breaker; pure, the time is told to it.

    Attributes:
        state: As drawn above.
        openings: How often it has opened.
    """

    def __init__(self, breaker: Breaker) -> None:
        self.state: Literal["closed", "open", "probing"] = "closed"
        self.openings = 0
        self._breaker = breaker
        self._streak = 0
        self._probes = 0
        self._until_s = 0.0
        self._probed_s = 0.0

    def wait_s(self, now_s: float) -> float:
        """Return for how long no call may start; infinite while a probe is under way."""
        if self.state == "closed":
            return 0.0
        return inf if self.state == "probing" else max(self._until_s - now_s, 0.0)

    def start(self, now_s: float) -> None:
        """Note that a call starts: if the circuit is open, it is the probe."""
        if self.state == "open":
            self.state = "probing"
            self._probed_s = now_s

    def end(self, *, failed: bool | None, began_s: float, now_s: float) -> bool:
        """Note the end of a call; return whether the service is to be given up.

        Args:
            failed: Whether it failed as a breaker sees it; None if it was never sent.
            began_s: When it began: a call from before the opening tells nothing of now.
            now_s: The time.
        """
        if failed is False:
            self.state = "closed"
            self._streak = self._probes = 0
            return False
        if self.state == "probing" and began_s >= self._probed_s:
            self._probes += 1 if failed else 0
            self._open(now_s if failed is None else now_s + self._breaker.cooldown_s)
        elif self.state == "closed" and failed:
            self._streak += 1
            if self._streak >= self._breaker.failures:
                self.openings += 1
                self._open(now_s + self._breaker.cooldown_s)
        return self._probes >= self._breaker.max_probes

    def _open(self, until_s: float) -> None:
        self.state = "open"
        self._until_s = until_s

    def reason(self) -> CircuitOpen:
        """Return why the service is given up."""
        return CircuitOpen(self._breaker.failures, self._probes)


def has_failed(status_code: int, error: BaseException | None) -> bool | None:
    """Return whether the service failed, as a breaker sees it; None if nothing was sent.

    Args:
        status_code: Of the whole response; not looked at after an error.
        error: Why there is no whole response; None if there is one.

    Example:
        >>> has_failed(503, None), has_failed(404, None)
        (True, False)
    """
    if error is None:
        return status_code == _TOO_MANY or status_code >= _SERVER_ERRORS
    if isinstance(error, _NOT_SENT):
        return None
    return not isinstance(error, ResponseError)
