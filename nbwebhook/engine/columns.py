"""Columns that grow by one value a call and are packed as they do.

```text
blocks of 1,024, packed   tail
[0.0 .....][■■■■■][■■■]   [▪▪▪▪▪] ◀── append
```

Most of what is told of a call is the same for the next thousand: no throttling, status
200, no new connection. A block of equal values is kept as one of them.
"""

from __future__ import annotations

import mmap
from array import array
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from nbwebhook.engine.packing import Packed, pack_values

if TYPE_CHECKING:
    import numpy as np

__all__ = ["BLOCK_CALLS", "NumberColumn", "TextColumn"]

BLOCK_CALLS = 1_024
"""Packing holds the loop up: for a millisecond and not for ten."""

_SEGMENT_NUMBERS = 64 * BLOCK_CALLS
_SEGMENT = 1 << 20
"""What is packed lies in segments, as one long array would be moved each time it grows.
Each is memory of its own, so that all of it goes back to the system when it is let go of:
frames are made on another thread, which cannot use what is freed on that of the run."""

_PRIVATE: dict[str, Any] = (
    {"flags": mmap.MAP_PRIVATE} if hasattr(mmap, "MAP_PRIVATE") else {}
)

NumberT = TypeVar("NumberT", int, float)


class NumberColumn(Sequence[NumberT], Generic[NumberT]):
    """Numbers of one machine type; another thread may read while this one appends.

    Args:
        typecode: The type, as `array` calls it.

    Attributes:
        append: Adds a number.
    """

    __slots__ = ("_packed", "_places", "_tail", "_used", "append")

    append: Callable[[NumberT], None]

    def __init__(self, typecode: str) -> None:
        self._tail: array[Any] = array(typecode)
        self.append = self._tail.append
        self._begin()

    def _begin(self) -> None:
        self._packed: list[memoryview[Any]] = []
        self._used = _SEGMENT_NUMBERS  # of the last segment
        # Where each block begins: its segment, times a lot, and its place there; the
        # complement if one number stands for all of it.
        self._places = array("q")

    def __len__(self) -> int:
        return len(self._places) * BLOCK_CALLS + len(self._tail)

    @overload
    def __getitem__(self, at: int) -> NumberT: ...
    @overload
    def __getitem__(self, at: slice) -> list[NumberT]: ...
    def __getitem__(self, at: int | slice) -> NumberT | list[NumberT]:
        """Return one number, or those of a stretch."""
        if isinstance(at, slice):
            return [self[place] for place in range(len(self))[at]]
        at = range(len(self))[at]
        number, rest = divmod(at, BLOCK_CALLS)
        if number >= len(self._places):
            found: NumberT = self._tail[at - len(self._places) * BLOCK_CALLS]
        else:
            place = self._places[number]
            segment, at = divmod(~place if place < 0 else place + rest, _SEGMENT)
            found = self._packed[segment][at]
        return found

    def __iter__(self) -> Iterator[NumberT]:
        return iter(self.to_numpy().tolist())

    def extend(self, values: Sequence[NumberT]) -> None:
        """Add numbers, no more than there is room for in the tail."""
        self._tail += array(self._tail.typecode, values)

    def pack(self) -> None:
        """Make a block of the tail, which must be as long as one."""
        tail = self._tail
        first = tail[:1]
        is_constant = tail.tobytes() == first.tobytes() * len(tail)
        kept = first if is_constant else tail
        if self._used + len(kept) > _SEGMENT_NUMBERS:
            memory = mmap.mmap(-1, _SEGMENT_NUMBERS * tail.itemsize, **_PRIVATE)
            self._packed.append(memoryview(memory).cast(tail.typecode))  # type: ignore[arg-type]  # an array's own
            self._used = 0
        at, self._used = self._used, self._used + len(kept)
        self._packed[-1][at : self._used] = kept
        place = (len(self._packed) - 1) * _SEGMENT + at
        self._places.append(~place if is_constant else place)
        del tail[:]

    def to_numpy(self) -> np.ndarray:
        """Return all numbers."""
        import numpy as np  # noqa: PLC0415 - a run that goes on waits for none of it

        # A copy: an array that shows its memory cannot grow.
        tail = np.array(self._tail[:])
        packed = [np.asarray(segment) for segment in self._packed]
        found = np.empty(len(self._places) * BLOCK_CALLS + len(tail), tail.dtype)
        for number, place in enumerate(self._places):
            segment, at = divmod(~place if place < 0 else place, _SEGMENT)
            count = 1 if place < 0 else BLOCK_CALLS
            start = number * BLOCK_CALLS
            found[start : start + BLOCK_CALLS] = packed[segment][at : at + count]
        found[len(found) - len(tail) :] = tail
        return found

    def clear(self) -> None:
        """Keep no number; their memory goes back to the system."""
        del self._tail[:]
        self._begin()


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
        at = range(len(self))[at]
        number, rest = divmod(at, BLOCK_CALLS)
        if number >= len(self._blocks):
            return self._tail[at - len(self._blocks) * BLOCK_CALLS]
        found: str = self._blocks[number].unpack()[rest]
        return found

    def __iter__(self) -> Iterator[str]:
        blocks, tail = tuple(self._blocks), tuple(self._tail)
        packed = chain.from_iterable(block.unpack() for block in blocks)
        return chain(packed, tail)

    def extend(self, values: Sequence[str]) -> None:
        """Add texts, no more than there is room for in the tail."""
        self._tail.extend(values)

    def clear(self) -> None:
        """Keep no text."""
        self._blocks.clear()
        self._tail.clear()

    def pack(self) -> None:
        """Make a block of the tail, which must be as long as one."""
        self._blocks.append(pack_values(self._tail))
        self._tail.clear()
