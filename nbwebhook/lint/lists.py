"""A list of leads made ready for looking at: what is wrong with it is a finding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nbwebhook.definition.fields import Fields, FieldType
from nbwebhook.errors import (
    DuplicateKey,
    LeadsError,
    MissingColumn,
    RaggedRow,
    UnreadableList,
)
from nbwebhook.lint.findings import Finding
from nbwebhook.lists.key_columns import find_key_column
from nbwebhook.lists.text_lists import TextList

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LIST_RULES", "LeadList", "left_of", "look_at_keys", "open_leads"]

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

    A list in a file is not gone through: whoever does that next looks at its keys.

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
        opened = LeadList(
            leads, types, find_key_column(tuple(types), key, fields=fields)
        )
        if not isinstance(leads, TextList):
            look_at_keys(opened)
    except LeadsError as error:
        return left_of(LeadList(leads, types, None), error)
    return opened, []


def look_at_keys(opened: LeadList) -> None:
    """Look at the keys of all leads, where a column tells them apart.

    Raises:
        LeadsError: They cannot be used, or the list not be read to its end.
    """
    if opened.key is None:
        return
    if isinstance(opened.leads, TextList):
        opened.leads.keys(opened.key)
        return
    from nbwebhook.frames.keys import keys_of  # noqa: PLC0415 - loads pandas

    keys_of(opened.leads, opened.key)


def left_of(
    opened: LeadList, error: LeadsError
) -> tuple[LeadList | None, list[Finding]]:
    """Return what can still be looked at of a list with a fault, and what is wrong.

    Args:
        opened: The list.
        error: What was raised when its leads were looked at.
    """
    leads, examples = opened.leads, list[str]()
    if isinstance(error, DuplicateKey):
        examples = _repeats(leads, error)
    is_broken = isinstance(error, UnreadableList | RaggedRow)
    is_lost = is_broken and isinstance(leads, TextList)
    left = None if is_lost else LeadList(leads, opened.types, None)
    return left, [_finding(error, examples)]


def _types_of(leads: pd.DataFrame | TextList) -> dict[str, FieldType | None]:
    if isinstance(leads, TextList):
        return dict.fromkeys(leads.names, FieldType.STRING)
    from nbwebhook.frames.field_types import (  # noqa: PLC0415 - loads pandas
        column_types,
    )

    return column_types(leads)


def _finding(error: LeadsError, examples: Sequence[str] = ()) -> Finding:
    rows = error.count if isinstance(error, DuplicateKey) else 0
    name = _NAMES.get(type(error), "list")
    return Finding("error", name, "leads", str(error), "", rows, tuple(examples))


def _repeats(leads: pd.DataFrame | TextList, error: DuplicateKey) -> list[str]:
    """Return the first keys that repeat one."""
    rows = error.rows[:3]
    if not isinstance(leads, TextList):
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
