"""Ends a run early when a rule is content with what has been measured: for pilots."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

from nbwebhook.clock import Clock
from nbwebhook.engine.ledger import KINDS, Ledger
from nbwebhook.errors import MeasuredEnough
from nbwebhook.mapping.outcome import OutcomeKind

__all__ = ["StopRule", "watch_rule"]

_LOOK_EVERY_S = 0.1
_UNKNOWN = KINDS.index(OutcomeKind.UNKNOWN)


class StopRule(Protocol):
    """Says when enough calls have been measured."""

    def next_look(self, calls_done: int) -> int:
        """Return after how many calls to look next."""

    def is_met(self, calls: Sequence[float]) -> bool:
        """Return whether these service times, in milliseconds, are enough."""


def _measured_ms(ledger: Ledger) -> list[float]:
    """Return the service times of the calls that reached the service."""
    latency_ms = ledger.phases[-1].to_numpy()
    count = len(latency_ms)
    has_status = ledger.status_code.to_numpy()[:count] > 0
    is_unknown = ledger.kind.to_numpy()[:count] == _UNKNOWN
    found: list[float] = latency_ms[has_status | is_unknown].tolist()
    return found


async def watch_rule(
    rule: StopRule, ledger: Ledger, clock: Clock, stop: Callable[[MeasuredEnough], None]
) -> None:
    """Ask `rule` at its looks, off the loop, and stop the run when it is met."""
    done = 0
    while True:
        await clock.sleep(_LOOK_EVERY_S)
        calls = _measured_ms(ledger) if len(ledger) >= rule.next_look(done) else []
        if len(calls) < rule.next_look(done):
            continue
        done = len(calls)
        if await asyncio.to_thread(rule.is_met, calls):
            stop(MeasuredEnough(done))
            return
