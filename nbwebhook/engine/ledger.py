"""What a run has seen so far, column by column.

Columns and not a record a call: 100,000 calls are then a few arrays, and the frames are
made of them without a copy a row.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from math import nan
from typing import Any

from nbwebhook.engine.changes import Changes
from nbwebhook.engine.columns import BLOCK_CALLS, NumberColumn, TextColumn
from nbwebhook.mapping.outcome import Outcome, OutcomeKind
from nbwebhook.transport.base import Timing

__all__ = ["KINDS", "KIND_CODES", "PHASES", "CallFacts", "Ledger"]

KINDS = tuple(OutcomeKind)
PHASES = (
    "resolve_ms",
    "connect_ms",
    "tls_ms",
    "send_ms",
    "first_byte_ms",
    "read_ms",
    "latency_ms",
)
KIND_CODES = {kind: code for code, kind in enumerate(KINDS)}
"""The number of each outcome, by itself or by its name."""

_AnyColumn = NumberColumn[int] | NumberColumn[float] | TextColumn


class _Untimed(Timing):
    """No time at all: one for all leads without a call, so nobody may write on it."""

    __slots__ = ()

    def __init__(self) -> None:
        for name in Timing.__slots__:
            object.__setattr__(self, name, nan)

    def __setattr__(self, name: str, value: float) -> None:
        raise AttributeError(f"{name} of no call; give the facts a Timing of their own")


_NO_TIMING: Timing = _Untimed()


class CallFacts:
    """When and how a call ran, apart from its outcome.

    Attributes:
        started_at_s: UTC time of the send in seconds since 1970; NaN if none was made.
        wait_ms: From the start of the run to the start of the call; for a repeat, from
            the end of the lead's call before.
        throttle_ms: The part of it due to the rate limit, a pause or the breaker.
        overhead_ms: What our own side added to the call.
        timing: The phases.
        status_code: HTTP status; 0 if none came.
        request_bytes: Bytes of the request; -1 if no whole response came.
        response_bytes: Bytes of the body as received; -1 likewise.
        connection_reused: 1 or 0, -1 likewise.
        remote_address: The address that was connected to.
    """

    __slots__ = (
        "connection_reused",
        "overhead_ms",
        "remote_address",
        "request_bytes",
        "response_bytes",
        "started_at_s",
        "status_code",
        "throttle_ms",
        "timing",
        "wait_ms",
    )

    def __init__(self) -> None:
        self.started_at_s = nan
        self.wait_ms = nan
        self.throttle_ms = nan
        self.overhead_ms = 0.0
        self.timing = _NO_TIMING
        self.status_code = 0
        self.request_bytes = self.response_bytes = self.connection_reused = -1
        self.remote_address = ""


class Ledger:
    """Columns of calls and of changes, in the order in which the calls ended.

    Another thread may read the columns of calls while a run adds to them; those of
    changes are read when it is over.

    Args:
        packs: Whether the columns are packed as they grow; not worth it for some calls
            that are soon let go of.

    Attributes:
        framed: Columns of a frame by name: what those that were let go of became.
    """

    def __init__(self, *, packs: bool = True) -> None:
        self.changes = Changes(packs=packs)
        self._block_calls = BLOCK_CALLS if packs else sys.maxsize
        self.release_calls()

    def release_calls(self) -> None:
        """Begin the columns of calls anew: a frame has been made of what they held.

        Those of changes stay, as their frames are made when somebody looks at them.
        """
        self.row = NumberColumn[int]("i")
        self.attempt = NumberColumn[int]("i")
        self.kind = NumberColumn[int]("b")
        self.status_code = NumberColumn[int]("i")
        self.error_type = TextColumn()
        self.error_code = NumberColumn[int]("i")
        self.reason = TextColumn()
        self.started_at_s = NumberColumn[float]("d")
        self.wait_ms = NumberColumn[float]("d")
        self.throttle_ms = NumberColumn[float]("d")
        self.phases = tuple(NumberColumn[float]("d") for _ in PHASES)
        self.request_bytes = NumberColumn[int]("i")
        self.response_bytes = NumberColumn[int]("i")
        self.connection_reused = NumberColumn[int]("b")
        self.remote_address = TextColumn()
        self.framed: dict[str, Any] = {}
        self._room = self._block_calls

    @property
    def _columns(self) -> Iterator[_AnyColumn]:
        """Every column of calls."""
        yield from self.phases
        for value in vars(self).values():
            if isinstance(value, NumberColumn | TextColumn):
                yield value

    def __len__(self) -> int:
        return len(self.row)

    def add(self, row: int, attempt: int, outcome: Outcome, facts: CallFacts) -> None:
        """Take down one call, or one lead that was not called."""
        if not self._room:
            self._pack()
        self._room -= 1
        self.row.append(row)
        self.attempt.append(attempt)
        self.kind.append(KIND_CODES[outcome.kind])
        # Equal texts are one text: there are few, and there may be a million calls.
        self.error_type.append(sys.intern(outcome.error_type))
        self.error_code.append(outcome.error_code)
        self.reason.append(sys.intern(outcome.reason))
        self.started_at_s.append(facts.started_at_s)
        self.wait_ms.append(facts.wait_ms)
        self.throttle_ms.append(facts.throttle_ms)
        timing = facts.timing
        resolve, connect, tls, send, first_byte, read, latency = self.phases
        resolve.append(timing.resolve_ms)
        connect.append(timing.connect_ms)
        tls.append(timing.tls_ms)
        send.append(timing.send_ms)
        first_byte.append(timing.first_byte_ms)
        read.append(timing.read_ms)
        latency.append(timing.latency_ms)
        self.status_code.append(facts.status_code)
        self.request_bytes.append(facts.request_bytes)
        self.response_bytes.append(facts.response_bytes)
        self.connection_reused.append(facts.connection_reused)
        self.remote_address.append(sys.intern(facts.remote_address))
        if outcome.fates:
            self.changes.add(row, outcome)

    def extend(self, columns: Sequence[Sequence[Any]]) -> None:
        """Take down some calls, but for what their mappings came to.

        Args:
            columns: What `add` would take down of each: row, attempt, the code of the
                outcome, and the rest in the order of the frame of calls.
        """
        own: list[_AnyColumn] = [self.row, self.attempt, self.kind, self.status_code]
        own += [self.error_type, self.error_code, self.reason, self.started_at_s]
        own += [self.wait_ms, self.throttle_ms, *self.phases, self.request_bytes]
        own += [self.response_bytes, self.connection_reused, self.remote_address]
        count, start = len(columns[0]), 0
        while start < count:
            if not self._room:
                self._pack()
            stop = min(start + self._room, count)
            self._room -= stop - start
            for column, values in zip(own, columns, strict=True):
                column.extend(values[start:stop])
            start = stop

    def _pack(self) -> None:
        for column in self._columns:
            column.pack()
        self._room = self._block_calls
