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
_ANSWERED = frozenset(
    KINDS.index(kind) for kind in (OutcomeKind.UPDATED, OutcomeKind.NO_UPDATE)
)
_UNKNOWN = KINDS.index(OutcomeKind.UNKNOWN)


class StopRule(Protocol):
    """Says when enough calls have been measured."""

    def next_look(self, calls_done: int) -> int:
        """Return after how many calls to look next."""

    def is_met(self, calls: Sequence[float]) -> bool:
        """Return whether these service times, in milliseconds, are enough."""


def _measured_ms(ledger: Ledger) -> list[float]:
    """Return the service times of the calls that reached the service."""
    latency = ledger.phases[-1]
    return [
        latency[i]
        for i, kind in enumerate(ledger.kind)
        if kind in _ANSWERED or kind == _UNKNOWN or ledger.status_code[i]
    ]


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
