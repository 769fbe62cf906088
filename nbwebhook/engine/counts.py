"""A ledger that keeps numbers and no calls, for runs whose journal has everything."""

from __future__ import annotations

from collections.abc import Iterable
from math import isinf, isnan
from typing import TYPE_CHECKING

from nbwebhook.engine.columns import BLOCK_CALLS
from nbwebhook.engine.ledger import KINDS, CallFacts, Ledger
from nbwebhook.mapping.outcome import FATES, Fate, FieldValue, Outcome, OutcomeKind

if TYPE_CHECKING:
    import numpy as np

__all__ = ["LONG_INT", "CountingLedger", "ValueFacts", "kind_of"]

_CODES = {kind: code for code, kind in enumerate(KINDS)}
_UNKNOWN = _CODES[OutcomeKind.UNKNOWN]
_WRITTEN = FATES.index(Fate.WRITTEN)
_INT64 = range(-(2**63), 2**63)

LONG_INT = "int beyond 64 bits"
"""The kind of a whole number that no column of 64 bits holds."""


def kind_of(value: object) -> str:
    """Return the name of a value's type; that of a very large whole number tells so.

    Example:
        >>> kind_of(7), kind_of(2**70), kind_of(True)
        ('int', 'int beyond 64 bits', 'bool')
    """
    if isinstance(value, int) and value not in _INT64:
        return LONG_INT
    return type(value).__name__


class ValueFacts:
    """What the values of a column are like, all of them together.

    Attributes:
        kinds: Their kinds, as `kind_of` says; empty values left out.
        is_integral: Whether every number is a whole one.
    """

    __slots__ = ("is_integral", "kinds")

    def __init__(self) -> None:
        self.kinds: set[str] = set()
        self.is_integral = True

    def add(self, value: FieldValue) -> None:
        """Take one more value."""
        if value is None:
            return
        self.kinds.add(kind_of(value))
        if self.is_integral and not isinstance(value, int | str):
            self.is_integral = _is_whole(float(value))  # type: ignore[arg-type]  # a Decimal


class CountingLedger(Ledger):
    """Counts what a run sees; of a call it keeps the latency, the status and the kind.

    The other columns stay empty, those of changes too: they are in the journal.

    Args:
        watched: Positions of mappings whose written values are looked at.

    Attributes:
        made: Calls that were made.
        throttle_ms_sum: Time that calls waited for the rate limit or a pause, added up.
        values: What the written values of each watched mapping are like.
        whole_ms: Of the durations that a call has, in the order of the calls frame, the
            positions of those that are whole numbers in every call.
    """

    def __init__(self, watched: Iterable[int]) -> None:
        super().__init__()
        self.made = 0
        self.throttle_ms_sum = 0.0
        self.values = {mapping: ValueFacts() for mapping in watched}
        self.whole_ms = list(range(2 + len(self.phases)))
        self._left = BLOCK_CALLS

    def __len__(self) -> int:
        return len(self.kind)

    def add(self, row: int, attempt: int, outcome: Outcome, facts: CallFacts) -> None:  # noqa: ARG002 - as any ledger
        """Count one call, or one lead that was not called."""
        latency = self.phases[-1]
        if not self._left:
            for column in (self.kind, self.status_code, latency):
                column.pack()
            self._left = BLOCK_CALLS
        self._left -= 1
        self.kind.append(_CODES[outcome.kind])
        self.status_code.append(facts.status_code)
        latency.append(facts.timing.latency_ms)
        self.made += not isnan(facts.started_at_s)
        if not isnan(facts.throttle_ms):
            self.throttle_ms_sum += facts.throttle_ms
        if self.whole_ms:
            self._look_at_durations(facts)
        if self.values and outcome.fates:
            for mapping, found in self.values.items():
                if outcome.fates[mapping] == _WRITTEN:
                    found.add(outcome.new_values[mapping])

    def _look_at_durations(self, facts: CallFacts) -> None:
        timing = facts.timing
        told = (
            facts.wait_ms,
            facts.throttle_ms,
            timing.resolve_ms,
            timing.connect_ms,
            timing.tls_ms,
            timing.send_ms,
            timing.first_byte_ms,
            timing.read_ms,
            timing.latency_ms,
        )
        broken = [at for at in self.whole_ms if not _is_whole(told[at])]
        for at in broken:
            self.whole_ms.remove(at)

    def measured_latency_ms(self) -> np.ndarray:
        """Return the service times of calls that reached the service."""
        latency_ms = self.phases[-1].to_numpy()
        reached = self.status_code.to_numpy() > 0
        reached |= self.kind.to_numpy() == _UNKNOWN
        reached &= latency_ms == latency_ms  # noqa: PLR0124 - NaN differs from itself
        found: np.ndarray = latency_ms[reached]
        return found


def _is_whole(number: float) -> bool:
    return number.is_integer() or isnan(number) or isinf(number)
