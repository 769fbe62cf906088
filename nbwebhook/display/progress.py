"""The numbers of a run under way, as text and as a bar that is updated in place."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from .templating import render_template
from .text import format_count, format_duration_s, format_share

__all__ = ["ProgressFacts", "RunState", "progress_html"]

RunState = Literal["running", "paused", "stopped", "finished"]
_FAST_PER_S = 10


@dataclass(frozen=True, slots=True)
class ProgressFacts:
    """Where a run stands; the engine's own numbers are copied into it.

    Attributes:
        done: Leads with a final outcome.
        total: All leads of the run; 0 where that is not known yet.
        in_flight: Calls under way now.
        updated: Leads by outcome, as are the next five.
        no_update: 2xx, and nothing to write.
        failed: Not 2xx, an unusable body, or nothing sent.
        unknown: Bytes sent and no whole response.
        refused: Not sent, because the request would be wrong.
        skipped: Not tried.
        elapsed_s: Since the start, pauses included.
        leads_per_s: Over the last seconds; NaN where nothing is known yet.
        left_s: Time left at that pace; None where nothing is known yet.
        state: What the run is doing.
    """

    done: int = 0
    total: int = 0
    in_flight: int = 0
    updated: int = 0
    no_update: int = 0
    failed: int = 0
    unknown: int = 0
    refused: int = 0
    skipped: int = 0
    elapsed_s: float = 0.0
    leads_per_s: float = math.nan
    left_s: float | None = None
    state: RunState = "running"

    @property
    def outcomes(self) -> tuple[tuple[str, int], ...]:
        """The outcomes that occurred, in words, each with its number of leads."""
        counted = (
            ("updated", self.updated),
            ("no update", self.no_update),
            ("failed", self.failed),
            ("unknown", self.unknown),
            ("refused", self.refused),
            ("skipped", self.skipped),
        )
        return tuple((word, number) for word, number in counted if number)

    @property
    def headline(self) -> str:
        """How far the run is: `1,234 of 2,000 leads (61.7 %)`, and whether it halts."""
        state = "" if self.state == "running" else f"{self.state}, "
        if not self.total:
            return f"{state}{format_count(self.done)} leads"
        far = f"{format_count(self.done)} of {format_count(self.total)} leads"
        return f"{state}{far} ({format_share(self.done / self.total)})"

    @property
    def pace(self) -> tuple[str, ...]:
        """Calls a second, and the time left or taken, as far as they are known."""
        parts = []
        if math.isfinite(self.leads_per_s) and self.leads_per_s > 0:
            places = 0 if self.leads_per_s >= _FAST_PER_S else 1
            parts.append(f"{self.leads_per_s:,.{places}f} leads/s")
        if self.state == "running" and self.left_s is not None:
            parts.append(f"{format_duration_s(self.left_s)} left")
        elif self.elapsed_s > 0:
            parts.append(f"{format_duration_s(self.elapsed_s)} so far")
        return tuple(parts)


def progress_html(facts: ProgressFacts) -> str:
    """Return a bar with its numbers in words, made to be replaced ten times a second.

    Nothing in it moves by itself, so a saved notebook shows the last state.
    """
    return render_template("progress.html", facts=facts)
