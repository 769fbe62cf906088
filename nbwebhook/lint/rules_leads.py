"""Rules about the list of leads: who is refused, who repeats, what no field holds."""

from __future__ import annotations

from collections.abc import Iterable

from nbwebhook.lint.case import Case
from nbwebhook.lint.rules import Hit, rule

__all__ = ["RULES"]

_PLACE = "leads"


@rule("no-leads", "note", "The list has no leads.")
def no_leads(case: Case) -> Iterable[Hit]:
    """Nothing would be sent."""
    if case.leads is not None and not case.leads.count:
        yield Hit(_PLACE, "the list is empty; nothing would be sent")


@rule("missing-key", "warning", "Some leads have no key.")
def missing_key(case: Case) -> Iterable[Hit]:
    """They are refused, as their outcome could not be told apart."""
    if case.leads is not None and (tally := case.leads.without_key):
        yield Hit(
            _PLACE,
            "the key is empty; such leads are refused and nothing is sent for them",
            "give them a key, or name another column with key=",
            tally,
            severity="error" if case.is_all(tally) else None,
        )


@rule("refused", "warning", "Some leads would be refused before anything is sent.")
def refused(case: Case) -> Iterable[Hit]:
    """Their request would be wrong or unsafe."""
    if case.leads is None:
        return
    for (_, problem), tally in case.leads.refused.items():
        yield Hit(
            _PLACE,
            f"refused, nothing would be sent: {problem}",
            "correct these values",
            tally,
            severity="error" if case.is_all(tally) else None,
        )


@rule(
    "value-above-limit",
    "warning",
    "A value is more than its field can hold in Marketo.",
)
def value_above_limit(case: Case) -> Iterable[Hit]:
    """Too long, outside 32 bits, or not of the field's type: no lead there has it."""
    if case.leads is None:
        return
    mapped = {target.column for target in case.targets if target is not None}
    told = set(mapped)
    for use in case.uses:
        column = use.resolved.column
        if not column or column in told:
            continue
        told.add(column)
        if tally := case.leads.misfits.get(column):
            yield Hit(
                f"leads, column {column!r}",
                f"holds values that a field of type {case.kind_of(use)} cannot hold in "
                "Marketo",
                "correct them; Marketo would send others or none",
                tally,
            )


@rule(
    "duplicate-requests",
    "note",
    "Some leads' requests are the same as an earlier lead's.",
)
def duplicate_requests(case: Case) -> Iterable[Hit]:
    """Every one of them is sent, and paid for."""
    if case.leads is not None and (tally := case.leads.duplicates):
        left = case.leads.count - tally.rows
        yield Hit(
            _PLACE,
            f"the request is the same as an earlier lead's; {left:,} of "
            f"{case.leads.count:,} differ",
            "leave repeats out of the list to send each request once",
            tally,
        )


RULES = (no_leads, missing_key, refused, value_above_limit, duplicate_requests)
