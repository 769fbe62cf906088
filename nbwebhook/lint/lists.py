"""A list of leads made ready for looking at: what is wrong with it is a finding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from nbwebhook.definition.fields import Fields, FieldType
from nbwebhook.errors import (
    DuplicateKey,
    LeadsError,
    MissingColumn,
    RaggedRow,
    UnreadableList,
)
from nbwebhook.frames.field_types import column_types
from nbwebhook.frames.keys import find_key_column, keys_of
from nbwebhook.frames.text_lists import TextList
from nbwebhook.lint.findings import Finding

__all__ = ["LIST_RULES", "LeadList", "open_leads"]

LIST_RULES = {
    "list": "The list cannot be used: its columns' names or its keys.",
    "no-key": "No column tells leads apart.",
    "duplicate-key": "Leads have the same key.",
}
"""The rules that a list keeps if it is to run at all. All are errors."""

_BLOCK_ROWS = 4_096
_NAMES = {MissingColumn: "no-key", DuplicateKey: "duplicate-key"}


@dataclass(frozen=True, slots=True)
class LeadList:
    """Leads whose columns can be named.

    Attributes:
        leads: The leads.
        types: The columns and their types.
        key: The column that tells leads apart; None if there is none that does.
    """

    leads: pd.DataFrame | TextList
    types: dict[str, FieldType | None]
    key: str | None


def open_leads(
    leads: pd.DataFrame | TextList | None, key: str | None, fields: Fields
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
        types = _types_of(leads)
    except LeadsError as error:
        return None, [_finding(error)]
    try:
        key_column = find_key_column(tuple(types), key, fields=fields)
        _look_at_keys(leads, key_column)
    except DuplicateKey as error:
        return LeadList(leads, types, None), [_finding(error, _repeats(leads, error))]
    except LeadsError as error:
        if isinstance(error, UnreadableList | RaggedRow) and not isinstance(
            leads, pd.DataFrame
        ):
            return None, [_finding(error)]
        return LeadList(leads, types, None), [_finding(error)]
    return LeadList(leads, types, key_column), []


def _types_of(leads: pd.DataFrame | TextList) -> dict[str, FieldType | None]:
    if isinstance(leads, pd.DataFrame):
        return column_types(leads)
    return dict.fromkeys(leads.names, FieldType.STRING)


def _look_at_keys(leads: pd.DataFrame | TextList, column: str) -> None:
    """Raise `LeadsError` where the keys cannot be used."""
    if isinstance(leads, pd.DataFrame):
        keys_of(leads, column)
    else:
        leads.keys(column)


def _finding(error: LeadsError, examples: Sequence[str] = ()) -> Finding:
    rows = error.count if isinstance(error, DuplicateKey) else 0
    name = _NAMES.get(type(error), "list")
    return Finding("error", name, "leads", str(error), "", rows, tuple(examples))


def _repeats(leads: pd.DataFrame | TextList, error: DuplicateKey) -> list[str]:
    """Return the first keys that repeat one."""
    rows = error.rows[:3]
    if isinstance(leads, pd.DataFrame):
        cells = leads[error.column]
        return [str(cells.iloc[row]) for row in rows]
    at, found = leads.names.index(error.column), []
    for block in leads.text_blocks(_BLOCK_ROWS):
        inside = range(block.first_row, block.first_row + len(block))
        found += [
            block.columns[at][row - inside.start] for row in rows if row in inside
        ]
        if len(found) == len(rows):
            break
    return list(map(str, found))
