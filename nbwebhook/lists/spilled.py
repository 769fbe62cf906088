"""Texts that are kept on disk, for lists that do not fit in memory."""

from __future__ import annotations

import json
import tempfile
import threading
import weakref
from array import array
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from typing import overload

__all__ = ["SpilledTexts"]

_BLOCK = 1_024
_BLOCKS_KEPT = 16


class SpilledTexts(Sequence[str | None]):
    """Texts in their order, in a file without a name; a few blocks are in memory.

    Nobody else can open the file, and it is gone with the object or the process. Any
    thread may read.

    Example:
        >>> texts = SpilledTexts(["a", None, "b"])
        >>> len(texts), texts[2], texts[:2]
        (3, 'b', ['a', None])
    """

    def __init__(self, values: Iterable[str | None] = ()) -> None:
        self._file = tempfile.TemporaryFile(prefix="nbwebhook-")  # noqa: SIM115 - closed by the finalizer
        self._finalizer = weakref.finalize(self, self._file.close)
        self._lock = threading.Lock()
        self._places = array("q", [0])
        self._tail: list[str | None] = []
        self._recent: OrderedDict[int, list[str | None]] = OrderedDict()
        self.extend(values)

    def extend(self, values: Iterable[str | None]) -> None:
        """Add texts at the end.

        Raises:
            OSError: The disk that holds temporary files is full.
        """
        self._tail += values
        while len(self._tail) >= _BLOCK:
            told = json.dumps(self._tail[:_BLOCK]).encode("ascii")
            with self._lock:
                self._file.seek(self._places[-1])
                self._file.write(told)
            self._places.append(self._places[-1] + len(told))
            del self._tail[:_BLOCK]

    def __len__(self) -> int:
        return (len(self._places) - 1) * _BLOCK + len(self._tail)

    @overload
    def __getitem__(self, at: int) -> str | None: ...
    @overload
    def __getitem__(self, at: slice) -> list[str | None]: ...
    def __getitem__(self, at: int | slice) -> str | list[str | None] | None:
        """Return one text, or those of a stretch."""
        if isinstance(at, slice):
            return [self[row] for row in range(len(self))[at]]
        number, rest = divmod(range(len(self))[at], _BLOCK)
        return self._block(number)[rest]

    def __iter__(self) -> Iterator[str | None]:
        for number in range(len(self._places)):
            yield from self._block(number)

    def _block(self, number: int) -> list[str | None]:
        if number == len(self._places) - 1:
            return self._tail
        with self._lock:
            if number not in self._recent:
                start, stop = self._places[number : number + 2]
                self._file.seek(start)
                self._recent[number] = json.loads(self._file.read(stop - start))
                if len(self._recent) > _BLOCKS_KEPT:
                    self._recent.popitem(last=False)
            return self._recent[number]
