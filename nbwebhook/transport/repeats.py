"""What has been made of something, kept for when the same comes again."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, TypeVar

__all__ = ["Repeats"]

_MOST_KEPT = 256
_LONGEST_BYTES = 4_096

KeyT = TypeVar("KeyT", bound=Hashable)
ValueT = TypeVar("ValueT")


class Repeats(Generic[KeyT, ValueT]):
    """Some values by what they were made of; none where looking for them does not pay.

    A service that tells the second and no more sends thousands of equal heads; one that
    numbers its answers sends none twice. What is kept is little, whatever it sends.

    Example:
        >>> repeats = Repeats()
        >>> repeats.keep(b"X-A: 1", (b"x-a", b"1"), size_bytes=6)
        >>> repeats.find(b"X-A: 1")
        (b'x-a', b'1')
    """

    __slots__ = ("_found", "_is_of_use", "_kept")

    def __init__(self) -> None:
        self._kept: dict[KeyT, ValueT] = {}
        self._found = 0
        self._is_of_use = True

    def find(self, key: KeyT) -> ValueT | None:
        """Return what is kept of a key, or None."""
        if not self._is_of_use:
            return None
        value = self._kept.get(key)
        if value is not None:
            self._found += 1
        return value

    def keep(self, key: KeyT, value: ValueT, size_bytes: int) -> None:
        """Keep what was made of a key, unless it is long."""
        if size_bytes > _LONGEST_BYTES or not self._is_of_use:
            return
        if len(self._kept) == _MOST_KEPT:
            self._is_of_use = self._found > _MOST_KEPT
            self._found = 0
            self._kept.clear()
        else:
            self._kept[key] = value
