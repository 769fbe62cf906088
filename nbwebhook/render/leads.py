"""What rendering knows of leads: columns of plain values, a block at a time.

A block comes from a DataFrame in `frames`, so nothing here or below knows pandas.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from nbwebhook.definition.fields import FieldType

__all__ = ["Column", "LeadBlock", "Unsendable", "Value"]


@dataclass(frozen=True, slots=True)
class Unsendable:
    """Stands for a value that has no exact text form; its lead is refused.

    Attributes:
        problem: What is wrong with it, and the remedy, without the value.
    """

    problem: str


Value = str | bool | int | Decimal | date | datetime | None | Unsendable
"""A cell as it will be sent. None is the empty value, whatever pandas calls it. A
binary float arrives as the shortest `Decimal` that reads back as it, and as an `int`
where its whole column is integral."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a block.

    Attributes:
        name: As in the leads.
        values: One a lead, in their order.
        type: What the whole column holds, as its dtype says. It decides only what an
            empty value leaves under JSON, and only where no field of the name has a
            type; None lets the block's own values say it.
    """

    name: str
    values: Sequence[Value]
    type: FieldType | None = None


@dataclass(frozen=True, slots=True)
class LeadBlock:
    """Some leads in their order, as columns.

    Attributes:
        first_row: Position of the first lead in the leads frame, from 0.
        keys: The leads' keys as text, None where the key is empty.
        columns: Every column of the leads, in their order.
    """

    first_row: int
    keys: Sequence[str | None]
    columns: tuple[Column, ...]

    def __len__(self) -> int:
        return len(self.keys)
