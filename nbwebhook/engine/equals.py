"""Leads whose requests are equal: one of them is called, the others get its answer.

```text
row      0   1   2   3   4   5        digests ─▶ equal ones, in the order of the rows
request  a   b   a   c   a   b
called   ●   ●       ●
answer   └───│───▶2──│───▶4           as soon as the called lead's outcome is final
             └───────│───────▶5
```

Nothing of a request is kept but 16 bytes while they are compared, and then where the next
equal one is; no response is kept at all.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import blake2b

from nbwebhook.engine.ledger import CallFacts
from nbwebhook.mapping.outcome import Outcome
from nbwebhook.render.request import Request

__all__ = ["Digests", "Equals", "answer_of_equal", "digests_of"]

_DIGEST_BYTES = 16
_NOBODY = -1


class Digests:
    """What tells the requests of a list apart: 16 bytes for each lead.

    Two requests that differ have the same digest once in 10**38 pairs.
    """

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._has_request = bytearray()

    def __len__(self) -> int:
        return len(self._has_request)

    def add(self, request: Request | None) -> None:
        """Take the next lead's request; None for a lead that has none of its own."""
        self._has_request.append(request is not None)
        self._bytes += bytes(_DIGEST_BYTES) if request is None else _digest(request)

    def link(self, todo: bytearray | None = None) -> array[int]:
        """Return for each row the next one with an equal request, -1 without one.

        Args:
            todo: 1 for each row that counts; None for all of them.
        """
        import numpy as np  # noqa: PLC0415 - few runs look for equal requests

        counts = np.frombuffer(bytes(self._has_request), dtype=bool)
        if todo is not None:
            counts = counts & np.frombuffer(bytes(todo), dtype=bool)
        rows = np.flatnonzero(counts)
        halves = np.frombuffer(bytes(self._bytes), dtype="u8").reshape(-1, 2)[rows]
        order = np.lexsort((halves[:, 1], halves[:, 0]))  # stable: rows in their order
        halves, rows = halves[order], rows[order]
        is_next = (halves[1:] == halves[:-1]).all(axis=1)
        following = np.full(len(self), _NOBODY, dtype="int32")
        following[rows[:-1][is_next]] = rows[1:][is_next]
        return array("i", following.tobytes())


def _digest(request: Request) -> bytes:
    parts = [request.method.encode(), str(request.origin).encode(), request.target]
    parts += [part for header in request.headers for part in header]
    parts += [b"" if request.body is None else b"\1" + request.body]
    told = blake2b(digest_size=_DIGEST_BYTES)
    for part in parts:
        told.update(b"%d:" % len(part))
        told.update(part)
    return told.digest()


class Equals:
    """Which leads wait for the answer to an equal request.

    Args:
        following: For each row the next one with an equal request, -1 without one.
        old_texts: The present value of each mapping's field, by row.

    Attributes:
        saved_calls: How many leads are not called.
        old_texts: As given.
    """

    def __init__(
        self,
        following: array[int],
        old_texts: Callable[[int], Sequence[str | None]],
    ) -> None:
        self.old_texts = old_texts
        self._following = following
        self._is_waiting = bytearray(len(following))
        for row in following:
            if row != _NOBODY:
                self._is_waiting[row] = 1
        self.saved_calls = self._is_waiting.count(1)

    def leave_out(self, todo: bytearray) -> None:
        """Set a 0 in `todo` for each lead that waits, so that it is not called."""
        for row in self.rest():
            todo[row] = 0

    def has_next(self, row: int) -> bool:
        """Return whether a lead waits for what `row` gets."""
        return self._following[row] != _NOBODY

    def take_next(self, row: int) -> int:
        """Return the next lead that waits for what `row` gets; it waits no more."""
        found = self._following[row]
        self._following[row] = self._following[found]
        self._is_waiting[found] = 0
        return found

    def rest(self) -> Iterator[int]:
        """Yield the leads that wait still."""
        row = self._is_waiting.find(1)
        while row >= 0:
            yield row
            row = self._is_waiting.find(1, row + 1)


def digests_of(requests: Iterable[Request | None]) -> Digests:
    """Return the digests of requests, one a lead and in their order."""
    digests = Digests()
    for request in requests:
        digests.add(request)
    return digests


def answer_of_equal(
    outcome: Outcome, facts: CallFacts, row: int
) -> tuple[Outcome, CallFacts]:
    """Return what is taken down for a lead that got the answer of another's call.

    It has no start, no duration and no size, as no call was made for it; the status is
    that of the call, and the reason says whose that was.

    Args:
        outcome: What the answer comes to for this lead.
        facts: The call's.
        row: The lead that was called.
    """
    told = CallFacts()
    told.status_code = facts.status_code
    note = f"answered by the equal request of row {row}"
    outcome = outcome.with_reason(
        f"{outcome.reason}; {note}" if outcome.reason else note
    )
    return outcome, told
