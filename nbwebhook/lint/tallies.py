"""How many leads something concerns, and the first of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

__all__ = ["Tally"]

_EXAMPLES = 3


@dataclass(slots=True)
class Tally:
    """A count of leads with the keys of the first few.

    Attributes:
        rows: How many leads.
        examples: Keys of the first ones.
    """

    rows: int = 0
    examples: list[str] = field(default_factory=list)

    def add(self, rows: Iterable[int], keys: Sequence[str]) -> None:
        """Count some leads of a block.

        Args:
            rows: Positions in the block, in their order.
            keys: What to call each lead of the block.
        """
        for row in rows:
            self.rows += 1
            if len(self.examples) < _EXAMPLES:
                self.examples.append(keys[row])

    def __bool__(self) -> bool:
        return self.rows > 0
