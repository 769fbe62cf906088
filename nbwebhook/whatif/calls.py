"""Which calls of a run tell how long the service takes, and how many ran at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from nbwebhook.errors import InvalidPlan

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["CountedCalls", "count_calls", "max_in_flight", "read_calls_csv"]

_REACHED = frozenset({"updated", "no_update", "failed", "unknown"})
_LEFT_OUT = frozenset({"refused", "skipped", "interrupted"})
_NEVER_REACHED = frozenset(
    {"AddressRefused", "CallCancelled", "ConnectFailed", "NameNotResolved", "TlsFailed"}
)
_DEADLINE = "DeadlineExceeded"
_REPEATABLE_STATUS = frozenset({408, 425, 429, 500, 502, 503, 504})
_COLUMNS = frozenset(
    {"latency_ms", "outcome", "attempt", "started_at", "error_type", "status_code"}
)


@dataclass(frozen=True, slots=True, eq=False)
class CountedCalls:
    """The calls that reached the service, in the order of the frame.

    Attributes:
        latency_ms: Service time of each; as it stands, not yet checked.
        timed_out: Whether the call was cut off at its time limit.
        failed: Whether the call failed in a way that a retry rule may repeat.
        left_out: How many rows were no call that reached the service.
        repeats: How many calls were a second or later attempt.
        in_flight: The most calls at once; None where the frame cannot tell.
    """

    latency_ms: NDArray[np.float64]
    timed_out: NDArray[np.bool_]
    failed: NDArray[np.bool_]
    left_out: int
    repeats: int
    in_flight: int | None


def read_calls_csv(path: Path) -> pd.DataFrame:
    """Return the columns of a calls CSV that an estimate needs.

    Raises:
        InvalidPlan: The file cannot be read as a CSV of calls.
    """
    try:
        frame = pd.read_csv(
            path,
            usecols=lambda name: name in _COLUMNS,
            dtype={"outcome": "category", "error_type": "category"},
        )
    except (OSError, UnicodeDecodeError, ValueError) as error:
        problem = f"{str(path)!r} cannot be read as a CSV of calls"
        raise InvalidPlan("calls", f"{problem} ({type(error).__name__})") from error
    if "started_at" in frame:
        frame["started_at"] = pd.to_datetime(
            frame["started_at"], utc=True, errors="coerce", format="ISO8601"
        )
    return frame


def count_calls(frame: pd.DataFrame) -> CountedCalls:
    """Return the calls of `frame` that reached the service.

    Refused, skipped and interrupted leads made no call, and neither did those that got
    the answer of an equal request; a call that never got a
    connection says nothing about the service. A call that was cut off at its time limit
    counts, as a service time of at least that long.

    Args:
        frame: A calls frame; only `latency_ms` must be there.

    Raises:
        InvalidPlan: There is no latency column, or an outcome is no outcome.
    """
    if "latency_ms" not in frame:
        found = ", ".join(repr(str(name)) for name in list(frame.columns)[:8]) or "none"
        problem = f"no column 'latency_ms'; the columns are {found}"
        raise InvalidPlan("calls", f"{problem}; pass the calls frame of a run")
    outcome = _Words(frame, "outcome")
    error_type = _Words(frame, "error_type")
    timed_out = error_type.are_in({_DEADLINE})
    reached = _reached(frame, outcome, error_type)
    status = _status(frame)
    failed = outcome.are_in({"unknown"}) | np.isin(status, list(_REPEATABLE_STATUS))
    latency_ms = pd.to_numeric(frame["latency_ms"], errors="coerce").to_numpy(
        dtype=np.float64, na_value=np.nan
    )
    attempt = _numbers(frame, "attempt")
    return CountedCalls(
        latency_ms=latency_ms[reached],
        timed_out=timed_out[reached],
        failed=failed[reached] & ~timed_out[reached],
        left_out=int((~reached).sum()),
        repeats=int((attempt[reached] > 1).sum()),
        in_flight=_in_flight(frame, latency_ms, reached),
    )


def max_in_flight(start_s: NDArray[np.float64], duration_s: NDArray[np.float64]) -> int:
    """Return the most calls that were under way at one moment.

    A call that starts at the very moment when another ends does not overlap it.

    Example:
        >>> max_in_flight(np.array([0.0, 1.0, 1.5]), np.array([1.0, 1.0, 1.0]))
        2
    """
    times = np.concatenate([start_s + duration_s, start_s])
    steps = np.concatenate(
        [np.full(len(start_s), -1, np.int64), np.ones(len(start_s), np.int64)]
    )
    order = np.lexsort((steps, times))
    return int(np.cumsum(steps[order]).max(initial=0))


class _Words:
    """A column of few distinct words: their codes, and the words."""

    def __init__(self, frame: pd.DataFrame, column: str) -> None:
        if column not in frame:
            self._codes, self.words = np.zeros(len(frame), np.int8), [""]
            return
        cells = pd.Categorical(frame[column])
        # The code of an empty cell is -1: the last of the list.
        self.words = [_word(word) for word in cells.categories] + [""]
        self._codes = cells.codes % len(self.words)

    def used(self) -> set[str]:
        """Return the words that stand in some cell."""
        return {self.words[code] for code in np.unique(self._codes)}

    def are_in(self, words: Collection[str]) -> NDArray[np.bool_]:
        """Return for each cell whether it is one of these words."""
        is_one = np.array([word in words for word in self.words], np.bool_)
        return is_one[self._codes]


def _reached(
    frame: pd.DataFrame, outcome: _Words, error_type: _Words
) -> NDArray[np.bool_]:
    if "outcome" not in frame:
        return np.ones(len(frame), np.bool_)
    strange = sorted(outcome.used() - _REACHED - _LEFT_OUT)
    if strange:
        listed = ", ".join(repr(word) for word in strange[:3])
        wanted = ", ".join(sorted(_REACHED | _LEFT_OUT))
        raise InvalidPlan("calls", f"column 'outcome' holds {listed}; known: {wanted}")
    reached = outcome.are_in(_REACHED)
    reached &= ~error_type.are_in(_NEVER_REACHED)
    if {"started_at", "latency_ms"} <= set(frame.columns):
        # A lead that got the answer of an equal request had no call of its own.
        has_call = frame["started_at"].notna() | frame["latency_ms"].notna()
        reached &= has_call.to_numpy(dtype=np.bool_)
    if "status_code" in frame:
        unanswered = outcome.are_in({"failed"}) & np.isnan(_status(frame))
        reached &= ~unanswered | error_type.are_in({_DEADLINE})
    return reached


def _in_flight(
    frame: pd.DataFrame, latency_ms: NDArray[np.float64], reached: NDArray[np.bool_]
) -> int | None:
    if "started_at" not in frame:
        return None
    started = pd.to_datetime(frame["started_at"], utc=True, errors="coerce")
    known = reached & started.notna().to_numpy(dtype=np.bool_) & np.isfinite(latency_ms)
    if not known.any():
        return None
    start_s = (started - started.min()).dt.total_seconds().to_numpy(dtype=np.float64)
    duration_s = np.maximum(latency_ms[known], 0.0) / 1e3
    return max_in_flight(np.asarray(start_s[known], np.float64), duration_s)


def _word(cell: object) -> str:
    return str(cell) if isinstance(cell, str) else ""


def _status(frame: pd.DataFrame) -> NDArray[np.float64]:
    return _numbers(frame, "status_code")


def _numbers(frame: pd.DataFrame, column: str) -> NDArray[np.float64]:
    if column not in frame:
        return np.full(len(frame), np.nan)
    cells = pd.to_numeric(frame[column], errors="coerce")
    return cells.to_numpy(dtype=np.float64, na_value=np.nan)
