"""How far a run is, as numbers: listeners read them, nothing here prints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from nbwebhook.mapping.outcome import OutcomeKind

__all__ = ["Progress", "RunState"]

RunState = Literal["running", "paused", "stopping", "stopped", "finished"]


@dataclass(frozen=True, slots=True)
class Progress:
    """A snapshot of a run.

    Attributes:
        state: `stopped` means ended before every lead was tried.
        total: Leads in all.
        done: Leads with an outcome.
        in_flight: Calls between their first step and their last byte.
        connections: Calls at once at most, as it stands now.
        outcomes: Leads by outcome.
        elapsed_s: Since the start, or from start to end.
    """

    state: RunState
    total: int
    done: int
    in_flight: int
    connections: int
    outcomes: dict[OutcomeKind, int]
    elapsed_s: float

    @property
    def leads_per_s(self) -> float:
        """Leads done in a second, on average since the start."""
        return self.done / self.elapsed_s if self.elapsed_s > 0 else 0.0

    @property
    def left_s(self) -> float | None:
        """Seconds to go at the present rate; None before there is one."""
        rate = self.leads_per_s
        return (self.total - self.done) / rate if rate > 0 else None
