"""Columns that grow by one value a call and are packed as they do.

```text
blocks of 1,024, packed   tail
[0.0 .....][■■■■■][■■■]   [▪▪▪▪▪] ◀── append
```

Most of what is told of a call is the same for the next thousand: no throttling, status
200, no new connection. A block of equal values is kept as one of them.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import Any, Generic, TypeVar, overload

import numpy as np

from nbwebhook.engine.packing import Packed, pack_values

__all__ = ["BLOCK_CALLS", "NumberColumn", "TextColumn"]

BLOCK_CALLS = 1_024
"""Packing holds the loop up: for a millisecond and not for ten."""


NumberT = TypeVar("NumberT", int, float)


class NumberColumn(Sequence[NumberT], Generic[NumberT]):
    """Numbers of one machine type; another thread may read while this one appends.

    Args:
        typecode: The type, as `array` calls it.

    Attributes:
        append: Adds a number.
    """

    __slots__ = ("_blocks", "_tail", "append")

    append: Callable[[NumberT], None]

    def __init__(self, typecode: str) -> None:
        self._tail: array[Any] = array(typecode)
        self._blocks: list[array[Any]] = []
        self.append = self._tail.append

    def __len__(self) -> int:
        return len(self._blocks) * BLOCK_CALLS + len(self._tail)

    @overload
    def __getitem__(self, at: int) -> NumberT: ...
    @overload
    def __getitem__(self, at: slice) -> list[NumberT]: ...
    def __getitem__(self, at: int | slice) -> NumberT | list[NumberT]:
        """Return one number, or those of a stretch; only its blocks are unpacked."""
        if isinstance(at, slice):
            return [self[place] for place in range(len(self))[at]]
        place = range(len(self))[at]
        number, rest = divmod(place, BLOCK_CALLS)
        if number == len(self._blocks):
            found: NumberT = self._tail[rest]
        else:
            block = self._blocks[number]
            found = block[rest if len(block) > 1 else 0]
        return found

    def __iter__(self) -> Iterator[NumberT]:
        return iter(self.to_numpy().tolist())

    def pack(self) -> None:
        """Make a block of the tail, which must be as long as one."""
        tail = self._tail
        first = tail[:1]
        is_constant = tail.tobytes() == first.tobytes() * len(tail)
        self._blocks.append(first if is_constant else tail[:])
        del tail[:]

    def to_numpy(self) -> np.ndarray:
        """Return all numbers."""
        tail = np.array(self._tail, dtype=self._tail.typecode)
        parts: list[np.ndarray] = [
            np.broadcast_to(np.frombuffer(block, dtype=tail.dtype), BLOCK_CALLS)
            for block in self._blocks
        ]
        return np.concatenate([*parts, tail])


class TextColumn(Sequence[str]):
    """Texts, of which a block has few that are distinct."""

    __slots__ = ("_blocks", "_tail", "append")

    append: Callable[[str], None]

    def __init__(self) -> None:
        self._tail: list[str] = []
        self._blocks: list[Packed] = []
        self.append = self._tail.append

    def __len__(self) -> int:
        return len(self._blocks) * BLOCK_CALLS + len(self._tail)

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> list[str]: ...
    def __getitem__(self, at: int | slice) -> str | list[str]:
        """Return one text, or those of a stretch."""
        if isinstance(at, slice):
            return list(self)[at]
        number, rest = divmod(range(len(self))[at], BLOCK_CALLS)
        if number == len(self._blocks):
            return self._tail[rest]
        found: str = self._blocks[number].unpack()[rest]
        return found

    def __iter__(self) -> Iterator[str]:
        blocks, tail = tuple(self._blocks), tuple(self._tail)
        packed = chain.from_iterable(block.unpack() for block in blocks)
        return chain(packed, tail)

    def pack(self) -> None:
        """Make a block of the tail, which must be as long as one."""
        self._blocks.append(pack_values(self._tail))
        self._tail.clear()
