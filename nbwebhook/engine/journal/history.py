"""What a journal knows of its run: every call so far, and where each lead stands."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from nbwebhook.engine.journal.rows import read_call
from nbwebhook.engine.ledger import KINDS, CallFacts, Ledger
from nbwebhook.mapping.outcome import Outcome, OutcomeKind

__all__ = ["CRASHED", "History", "Tally"]

CRASHED = Outcome(
    OutcomeKind.UNKNOWN,
    error_type="RunCrashed",
    reason="the run crashed when this lead's call may have been under way: the service "
    "may have acted",
)
"""The outcome of a lead that was claimed and not settled."""

_CODES = {kind: code for code, kind in enumerate(KINDS)}


@dataclass(slots=True)
class Tally:
    """How many batches a journal has, and the chain over all that is in them."""

    batches: int = 0
    chain: int = 0


@dataclass(slots=True)
class History:
    """Everything that is read from a journal.

    Attributes:
        run_id: The run's id.
        total: Leads in its list.
        identity: Fingerprints of all that makes the run what it is, by name.
        ledger: Every call so far.
        tally: How many batches there are.
        crashed: Rows whose last call was under way in a crash.
        is_closed: Whether the last session ended in order.
        started_at_s: UTC start of the first session, in seconds since 1970.
        elapsed_s: Running time of all sessions.
        overhead_ms: What our own side added to the calls, in all.
    """

    run_id: str
    total: int
    identity: dict[str, str]
    ledger: Ledger = field(default_factory=Ledger)
    tally: Tally = field(default_factory=Tally)
    crashed: set[int] = field(default_factory=set)
    is_closed: bool = False
    started_at_s: float = 0.0
    elapsed_s: float = 0.0
    overhead_ms: float = 0.0
    _kinds: array[int] = field(init=False, repr=False)
    _attempts: array[int] = field(init=False, repr=False)
    _settled: array[int] = field(init=False, repr=False)
    _claimed: array[int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._kinds = array("b", [-1]) * self.total
        self._attempts = array("i", [0]) * self.total
        self._settled = array("i", [0]) * self.total
        # How much more often a row was claimed than the one before it.
        self._claimed = array("i", [0]) * (self.total + 1)

    def kind(self, row: int) -> OutcomeKind | None:
        """Return the outcome of the last call of a row, None without one."""
        code = self._kinds[row]
        return None if code < 0 else KINDS[code]

    def attempts(self, row: int) -> int:
        """Return how many calls of a row there were."""
        return self._attempts[row]

    def open_rows(self) -> Iterator[int]:
        """Yield the rows that are claimed and not settled."""
        claims = 0
        for row, settled in enumerate(self._settled):
            claims += self._claimed[row]
            if claims > settled:
                yield row

    def note_claim(self, first_row: int, count: int) -> None:
        """Take down an intent: `count` rows from `first_row` on."""
        self._claimed[first_row] += 1
        self._claimed[first_row + count] -= 1

    def note_call(self, values: list[Any]) -> None:
        """Take down a call, given as the values named by `schema.CALL_COLUMNS`."""
        row, attempt = values[:2]
        self._settled[row] += 1
        if attempt == 0:
            return
        outcome, facts = read_call(values)
        self._add(row, attempt, outcome, facts)

    def settle_crashed(self) -> list[tuple[int, int, Outcome, CallFacts]]:
        """Give the open rows their outcome, and return it as calls to be written."""
        facts = CallFacts()
        calls = [
            (row, self._attempts[row] + 1, CRASHED, facts) for row in self.open_rows()
        ]
        for row, attempt, outcome, _ in calls:
            self._settled[row] += 1
            self._add(row, attempt, outcome, facts)
        return calls

    def _add(self, row: int, attempt: int, outcome: Outcome, facts: CallFacts) -> None:
        self.ledger.add(row, attempt, outcome, facts)
        self.overhead_ms += facts.overhead_ms
        self._attempts[row] = attempt
        self._kinds[row] = _CODES[outcome.kind]
        if outcome.error_type == CRASHED.error_type:
            self.crashed.add(row)
        else:
            self.crashed.discard(row)
