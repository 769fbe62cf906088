"""What the mappings of a run's leads came to, packed a block of leads at a time."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from sys import maxsize
from typing import Any

from nbwebhook.engine.packing import Packed, keep_values, pack_values
from nbwebhook.mapping.outcome import FieldValue, Outcome

__all__ = ["ChangeStretch", "Changes"]

_BLOCK_LEADS = 1_024
"""Packing a block holds the loop up: for a millisecond and not for ten."""


@dataclass(frozen=True, slots=True)
class ChangeStretch:
    """What one mapping came to for some leads, in the order in which calls ended.

    Attributes:
        start: Number of the first lead among those that were mapped.
        stop: Number of the first lead after them.
    """

    start: int
    stop: int
    _packed: Sequence[tuple[Packed, ...]]

    @property
    def response_values(self) -> list[str | None]:
        """The value that was found, as text."""
        return self._unpacked(0)

    @property
    def new_values(self) -> list[FieldValue]:
        """The value that was written."""
        return self._unpacked(1)

    @property
    def reasons(self) -> list[str]:
        """Why nothing was written; empty where it was."""
        return self._unpacked(2)

    def _unpacked(self, column: int) -> list[Any]:
        blocks = (block[column].unpack() for block in self._packed)
        return list(chain.from_iterable(blocks))


_Block = tuple[tuple[Packed, ...], ...]
"""For each mapping its response values, new values and reasons."""


class Changes:
    """Columns of changes: every lead that was mapped has one for each mapping.

    Args:
        packs: Whether they are packed; not worth it for some leads' that are soon let
            go of.

    Attributes:
        rows: The lead of each mapped call.
        width: How many mappings there are; 0 before the first mapped call.
        fates: The code of each change's fate, call by call.
    """

    def __init__(self, *, packs: bool = True) -> None:
        self._pack_values = pack_values if packs else keep_values
        self._block_leads = _BLOCK_LEADS if packs else maxsize
        self.rows = array("i")
        self.width = 0
        self.fates = bytearray()
        self._response_values: list[str | None] = []
        self._new_values: list[FieldValue] = []
        self._reasons: list[str] = []
        self._blocks: list[_Block] = []
        self._starts: list[int] = []
        self._room = 0

    def __len__(self) -> int:
        return len(self.fates)

    def add(self, row: int, outcome: Outcome) -> None:
        """Take down what a lead's mappings came to.

        Raises:
            ValueError: It is of another number of mappings than those before.
        """
        fates = outcome.fates
        if len(fates) != self.width:
            if self.width:
                problem = f"{len(fates)} mappings after leads with {self.width}"
                raise ValueError(problem)
            self.width = len(fates)
        if not self._room:
            self._pack()
        self._room -= 1
        self.rows.append(row)
        self.fates += fates
        self._response_values += outcome.response_values
        self._new_values += outcome.new_values
        self._reasons += outcome.reasons

    def extend(
        self,
        rows: Sequence[int],
        fates: bytes,
        response_values: Sequence[str | None],
        new_values: Sequence[FieldValue],
        reasons: Sequence[str],
    ) -> None:
        """Take down what the mappings of some leads came to, lead by lead.

        Args:
            rows: The leads.
            fates: The code of each change's fate.
            response_values: The value that each one found.
            new_values: The value that each one wrote.
            reasons: Why each one wrote nothing.
        """
        width = self.width = len(fates) // len(rows)
        start = 0
        while start < len(rows):
            if not self._room:
                self._pack()
            stop = min(start + self._room, len(rows))
            self._room -= stop - start
            self.rows.extend(rows[start:stop])
            part = slice(start * width, stop * width)
            self.fates += fates[part]
            self._response_values += response_values[part]
            self._new_values += new_values[part]
            self._reasons += reasons[part]
            start = stop

    def stretches(self, mapping: int, blocks: int = 64) -> Iterator[ChangeStretch]:
        """Yield what one mapping came to, some blocks of leads at a time.

        Args:
            mapping: Its position in the definition.
            blocks: How many blocks of leads at a time.
        """
        if self._new_values:
            self._pack()
        for first in range(0, len(self._blocks), blocks):
            after = first + blocks
            packed = [block[mapping] for block in self._blocks[first:after]]
            ends = [*self._starts, len(self.rows)]
            stop = ends[min(after, len(self._blocks))]
            yield ChangeStretch(ends[first], stop, packed)

    def _pack(self) -> None:
        """Pack the open block, which may be empty, and begin another."""
        width = self.width
        if self._new_values:
            columns = (self._response_values, self._new_values, self._reasons)
            self._starts.append(len(self.rows) - len(self._new_values) // width)
            self._blocks.append(
                tuple(
                    tuple(self._pack_values(column[at::width]) for column in columns)
                    for at in range(width)
                )
            )
            self._response_values, self._new_values, self._reasons = [], [], []
        self._room = self._block_leads
