"""Which of many 64-bit numbers were there before, in 8 bytes each."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator

__all__ = ["Marks"]

_AT_ONCE = 1 << 16
"""Numbers that are compared in one set, which takes 60 bytes for each meanwhile."""


class Marks:
    """Numbers in the order in which they came.

    Example:
        >>> marks = Marks()
        >>> marks.extend([7, 8, 7])
        >>> marks.extend([9, 8])
        >>> list(marks.repeats()), marks.repeated()
        ([2, 4], {8, 7})
    """

    def __init__(self) -> None:
        self._marks = array("q")

    def extend(self, marks: Iterable[int]) -> None:
        """Take some more numbers."""
        self._marks.extend(marks)

    def repeated(self) -> set[int]:
        """Return the numbers that came more than once."""
        return {self._marks[at] for at in self.repeats()}

    def repeats(self) -> Iterator[int]:
        """Yield the places of those that were there before, in their order."""
        marks = self._marks
        is_short = len(marks) <= _AT_ONCE
        if is_short and len(set(marks)) == len(marks):
            return
        is_repeat = bytearray(len(marks))
        for places in [range(len(marks))] if is_short else self._parts():
            seen: set[int] = set()
            for at in places:
                mark = marks[at]
                if mark in seen:
                    is_repeat[at] = 1
                seen.add(mark)
        at = is_repeat.find(1)
        while at >= 0:
            yield at
            at = is_repeat.find(1, at + 1)

    def _parts(self) -> list[array[int]]:
        """Return all places in parts: equal numbers are in one part."""
        count = 1 << (len(self._marks) // _AT_ONCE).bit_length()
        parts = [array("I") for _ in range(count)]
        adders = [part.append for part in parts]
        for at, mark in enumerate(self._marks):
            adders[mark & (count - 1)](at)
        return parts
