"""A list of leads made ready for looking at: what is wrong with it is a finding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from nbwebhook.definition.fields import Fields, FieldType
from nbwebhook.errors import DuplicateKey, LeadsError, MissingColumn
from nbwebhook.frames.field_types import column_types
from nbwebhook.frames.keys import find_key_column, keys_of
from nbwebhook.lint.findings import Finding

__all__ = ["LIST_RULES", "LeadList", "open_leads"]

LIST_RULES = {
    "list": "The list cannot be used: its columns' names or its keys.",
    "no-key": "No column tells leads apart.",
    "duplicate-key": "Leads have the same key.",
}
"""The rules that a list keeps if it is to run at all. All are errors."""

_NAMES = {MissingColumn: "no-key", DuplicateKey: "duplicate-key"}


@dataclass(frozen=True, slots=True)
class LeadList:
    """Leads whose columns can be named.

    Attributes:
        leads: The leads.
        types: The columns and their types.
        key: The column that tells leads apart; None if there is none that does.
    """

    leads: pd.DataFrame
    types: dict[str, FieldType | None]
    key: str | None


def open_leads(
    leads: pd.DataFrame | None, key: str | None, fields: Fields
) -> tuple[LeadList | None, list[Finding]]:
    """Return the list, or None if its columns cannot be named; and what is wrong.

    Args:
        leads: The leads, or None.
        key: The column that the user names.
        fields: The field table.
    """
    if leads is None:
        return None, []
    try:
        types = column_types(leads)
    except LeadsError as error:
        return None, [_finding(error)]
    try:
        key_column = find_key_column(tuple(types), key, fields=fields)
        keys_of(leads, key_column)
    except DuplicateKey as error:
        return LeadList(leads, types, None), [_finding(error, _repeats(leads, error))]
    except LeadsError as error:
        return LeadList(leads, types, None), [_finding(error)]
    return LeadList(leads, types, key_column), []


def _finding(error: LeadsError, examples: Sequence[str] = ()) -> Finding:
    rows = error.count if isinstance(error, DuplicateKey) else 0
    name = _NAMES.get(type(error), "list")
    return Finding("error", name, "leads", str(error), "", rows, tuple(examples))


def _repeats(leads: pd.DataFrame, error: DuplicateKey) -> list[str]:
    """Return the first keys that repeat one."""
    column = leads[error.column]
    return [str(column.iloc[row]) for row in error.rows[:3]]
