"""What a run has seen so far, column by column.

Columns and not a record a call: 100,000 calls are then a few arrays, and the frames are
made of them without a copy a row.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from math import nan
from sys import intern
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
        self._adders: tuple[Callable[[Any], None], ...]
        self._adders = tuple(column.append for column in self._columns)
        self._room = self._block_calls

    def __len__(self) -> int:
        return len(self.row)

    def add(self, row: int, attempt: int, outcome: Outcome, facts: CallFacts) -> None:
        """Take down one call, or one lead that was not called."""
        if not self._room:
            self._pack()
        self._room -= 1
        # Bound once, as this is done for every call. Equal texts are one text: there are
        # few, and there may be a million calls.
        (
            add_row,
            add_attempt,
            add_kind,
            add_status_code,
            add_error_type,
            add_error_code,
            add_reason,
            add_started_at_s,
            add_wait_ms,
            add_throttle_ms,
            add_resolve_ms,
            add_connect_ms,
            add_tls_ms,
            add_send_ms,
            add_first_byte_ms,
            add_read_ms,
            add_latency_ms,
            add_request_bytes,
            add_response_bytes,
            add_connection_reused,
            add_remote_address,
        ) = self._adders
        add_row(row)
        add_attempt(attempt)
        add_kind(KIND_CODES[outcome.kind])
        add_status_code(facts.status_code)
        add_error_type(intern(outcome.error_type))
        add_error_code(outcome.error_code)
        add_reason(intern(outcome.reason))
        add_started_at_s(facts.started_at_s)
        add_wait_ms(facts.wait_ms)
        add_throttle_ms(facts.throttle_ms)
        timing = facts.timing
        add_resolve_ms(timing.resolve_ms)
        add_connect_ms(timing.connect_ms)
        add_tls_ms(timing.tls_ms)
        add_send_ms(timing.send_ms)
        add_first_byte_ms(timing.first_byte_ms)
        add_read_ms(timing.read_ms)
        add_latency_ms(timing.latency_ms)
        add_request_bytes(facts.request_bytes)
        add_response_bytes(facts.response_bytes)
        add_connection_reused(facts.connection_reused)
        add_remote_address(intern(facts.remote_address))
        if outcome.fates:
            self.changes.add(row, outcome)

    def extend(self, columns: Sequence[Sequence[Any]]) -> None:
        """Take down some calls, but for what their mappings came to.

        Args:
            columns: What `add` would take down of each: row, attempt, the code of the
                outcome, and the rest in the order of the frame of calls.
        """
        own = self._columns
        count, start = len(columns[0]), 0
        while start < count:
            if not self._room:
                self._pack()
            stop = min(start + self._room, count)
            self._room -= stop - start
            for column, values in zip(own, columns, strict=True):
                column.extend(values[start:stop])
            start = stop

    @property
    def _columns(self) -> tuple[_AnyColumn, ...]:
        """Every column, in the order of the frame of calls."""
        columns: list[_AnyColumn]
        columns = [self.row, self.attempt, self.kind, self.status_code]
        columns += [self.error_type, self.error_code, self.reason, self.started_at_s]
        columns += [self.wait_ms, self.throttle_ms, *self.phases, self.request_bytes]
        columns += [self.response_bytes, self.connection_reused, self.remote_address]
        return tuple(columns)

    def _pack(self) -> None:
        for column in self._columns:
            column.pack()
        self._room = self._block_calls
