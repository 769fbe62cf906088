"""How many leads something concerns, and the first of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

__all__ = ["Tally"]

_EXAMPLES = 3


class Names(Protocol):
    """What to call leads, by a number."""

    def __getitem__(self, row: int, /) -> str:
        """Return what to call one."""


@dataclass(slots=True)
class Tally:
    """A count of leads with the keys of the first few.

    Attributes:
        rows: How many leads.
        examples: Keys of the first ones.
    """

    rows: int = 0
    examples: list[str] = field(default_factory=list)

    def add(self, rows: Iterable[int], keys: Names) -> None:
        """Count some leads.

        Args:
            rows: Positions in a block or in the list, in their order.
            keys: What to call each lead there.
        """
        for row in rows:
            self.rows += 1
            if len(self.examples) < _EXAMPLES:
                self.examples.append(keys[row])

    def __bool__(self) -> bool:
        return self.rows > 0
