"""Which leads a resumed run calls: those not finished, and those asked for again."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Literal, get_args

from nbwebhook.errors import InvalidPlan
from nbwebhook.mapping.outcome import OutcomeKind

if TYPE_CHECKING:
    from nbwebhook.engine.journal.history import History

__all__ = ["Resend", "check_resend", "leads_to_call"]

Resend = Literal["failed", "unknown", "all"]
"""Finished leads to call again: `failed` and refused ones, `unknown` ones, or both."""

_AGAIN: dict[str | None, frozenset[OutcomeKind]] = {
    None: frozenset(),
    "failed": frozenset([OutcomeKind.FAILED, OutcomeKind.REFUSED]),
    "unknown": frozenset([OutcomeKind.UNKNOWN]),
    "all": frozenset([OutcomeKind.FAILED, OutcomeKind.REFUSED, OutcomeKind.UNKNOWN]),
}
_NOT_TRIED = frozenset([OutcomeKind.INTERRUPTED, OutcomeKind.SKIPPED])


def check_resend(resend: str | None) -> None:
    """Raise `InvalidPlan` for a word that is none of `Resend`."""
    if resend not in _AGAIN:
        wanted = ", ".join(repr(word) for word in get_args(Resend))
        raise InvalidPlan("resend", f"{resend!r} is not {wanted} or None")


def leads_to_call(
    history: History, resend: Resend | None, *, is_idempotent: bool
) -> tuple[bytearray, Counter[OutcomeKind]]:
    """Return a 1 for each lead to call, else a 0, and the others by their outcome.

    A lead that was answered with 2xx is never called again.

    Args:
        history: What the journal knows; open claims are settled.
        resend: Which finished leads to call again.
        is_idempotent: Whether calling a lead twice does no harm, by the user's word:
            then those whose call was under way in a crash are called again.
    """
    again = _NOT_TRIED | _AGAIN[resend]
    todo = bytearray(history.total)
    done: Counter[OutcomeKind] = Counter()
    for row in range(history.total):
        kind = history.kind(row)
        is_crashed = is_idempotent and row in history.crashed
        if kind is None or kind in again or is_crashed:
            todo[row] = 1
        else:
            done[kind] += 1
    return todo, done
