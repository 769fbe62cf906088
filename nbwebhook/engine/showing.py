"""The engine's numbers as those that a page or a line shows."""

from __future__ import annotations

from collections.abc import Callable

from nbwebhook.display.progress import ProgressFacts
from nbwebhook.display.watch import progress_listener
from nbwebhook.engine.progress import Progress
from nbwebhook.mapping.outcome import OutcomeKind

__all__ = ["facts_of", "make_listener"]

_SHOWN = tuple(kind for kind in OutcomeKind if kind is not OutcomeKind.INTERRUPTED)


def facts_of(now: Progress) -> ProgressFacts:
    """Return what is shown of a run; a run that is stopping still runs."""
    has_ended = now.state in {"finished", "stopped"}
    return ProgressFacts(
        done=now.done,
        total=now.total,
        in_flight=now.in_flight,
        **{str(kind): now.outcomes.get(kind, 0) for kind in _SHOWN},
        elapsed_s=now.elapsed_s,
        leads_per_s=now.leads_per_s,
        left_s=None if has_ended else now.left_s,
        state="running" if now.state == "stopping" else now.state,
    )


def make_listener() -> Callable[[Progress], None] | None:
    """Return what shows a run's numbers here, or None where nobody looks."""
    show = progress_listener()
    return None if show is None else lambda now: show(facts_of(now))
