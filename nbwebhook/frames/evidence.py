"""What pages tell of a run's calls and changes, gathered a stretch of leads at a time."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pandas as pd

from nbwebhook.frames.schema import CALLS, FATES, OUTCOMES
from nbwebhook.frames.summary import measured_latency_ms

__all__ = ["SAMPLE_ROWS", "CallEvidence", "ChangeEvidence", "SlimCalls"]

SAMPLE_ROWS = 20
_BAD = ("failed", "unknown", "refused", "skipped", "interrupted")
_SHARED = r"(?:; )?answered by the equal request of row \d+$"
_TIMELINE_CALLS = 2_000
_TIMELINE = ["wait_ms", "latency_ms", "outcome"]
_SAMPLE = ["lead_key", "field", "old_value", "new_value"]


class CallEvidence:
    """What calls come to: what went wrong, how long they took, how they followed.

    Args:
        latencies_ms: Service times of all calls that reached the service.
    """

    def __init__(self, latencies_ms: np.ndarray) -> None:
        self.latencies_ms = latencies_ms
        self._reasons: Counter[tuple[str, str, str]] = Counter()
        self._first: pd.DataFrame | None = None

    @classmethod
    def of(cls, calls: pd.DataFrame) -> CallEvidence:
        """Return the evidence of all calls of a run."""
        self = cls(measured_latency_ms(calls))
        self.add(calls)
        return self

    def add(self, calls: pd.DataFrame) -> None:
        """Take some more calls, in the order of the list."""
        is_made = calls["wait_ms"].notna() & calls["latency_ms"].notna()
        made = calls.loc[is_made, _TIMELINE]
        self._look_at_first(made)
        is_bad = calls["outcome"].isin(_BAD) | calls["error_type"].notna()
        if is_bad.any():
            bad = calls.loc[is_bad, ["outcome", "error_type", "reason"]]
            told = zip(
                bad["outcome"].astype(str),
                bad["error_type"].fillna(""),
                bad["reason"].fillna("").str.replace(_SHARED, "", regex=True),
                strict=True,
            )
            self._reasons.update(told)

    def _look_at_first(self, made: pd.DataFrame) -> None:
        """Keep the calls that began first, those of earlier leads where they are even."""
        first = self._first
        if first is not None:
            is_full = len(first) == _TIMELINE_CALLS
            if is_full and not (made["wait_ms"] < first["wait_ms"].iloc[-1]).any():
                return
            made = pd.concat([first, made])
        self._first = made.nsmallest(_TIMELINE_CALLS, "wait_ms")

    @property
    def reasons(self) -> list[tuple[tuple[str, str, str], int]]:
        """Outcome, error and reason of what went wrong, most frequent first."""
        return self._reasons.most_common()

    @property
    def timeline(self) -> pd.DataFrame:
        """The calls that began first: `wait_ms`, `latency_ms` and `outcome`."""
        if self._first is None:
            return pd.DataFrame(columns=_TIMELINE)
        return self._first


class ChangeEvidence:
    """What response mappings come to: how often each fate, and the first values."""

    def __init__(self) -> None:
        self._fates: Counter[tuple[str, str]] = Counter()
        self._sample: list[pd.DataFrame] = []
        self.written = 0

    @classmethod
    def of(cls, changes: pd.DataFrame) -> ChangeEvidence:
        """Return the evidence of all changes of a run."""
        self = cls()
        self.add(changes)
        return self

    def add(self, changes: pd.DataFrame) -> None:
        """Take some more changes, in the order of the list."""
        found = changes.groupby(["field", "outcome"], observed=True).size()
        for pair, count in found.items():
            self._fates[pair] += int(count)  # type: ignore[index]  # a pair of texts
        is_written = (changes["outcome"] == "written").to_numpy()
        if self.written < SAMPLE_ROWS:
            rows = np.flatnonzero(is_written)[:SAMPLE_ROWS]
            self._sample.append(changes[_SAMPLE].iloc[rows])
        self.written += int(is_written.sum())

    @property
    def fates(self) -> list[tuple[tuple[str, str], int]]:
        """How often each field had each fate."""
        return sorted(
            self._fates.items(), key=lambda each: (each[0][0], FATES.index(each[0][1]))
        )

    @property
    def sample(self) -> pd.DataFrame:
        """The first values that were written."""
        if not self._sample:
            return pd.DataFrame(columns=_SAMPLE)
        return pd.concat(self._sample, ignore_index=True).head(SAMPLE_ROWS)


class SlimCalls:
    """The columns of calls that an estimate of delay needs, in 30 bytes a call.

    The first calls of a list say what all of them would: memory does not grow with more.

    Args:
        most: Calls after which no more are taken.
    """

    def __init__(self, most: int = 200_000) -> None:
        self._room = most
        self._parts: dict[str, list[np.ndarray]] = {}
        self._errors: dict[str, int] = {}

    def add(self, calls: pd.DataFrame) -> None:
        """Take some more calls, as long as there is room."""
        calls = calls.head(self._room)
        self._room -= len(calls)
        if not len(calls):
            return
        errors = self._errors
        codes, known = pd.factorize(calls["error_type"].fillna(""))
        numbers = [errors.setdefault(one, len(errors)) for one in known]
        columns: dict[str, Any] = {
            "latency_ms": calls["latency_ms"].to_numpy(
                dtype="float64", na_value=np.nan
            ),
            "outcome": calls["outcome"].cat.codes.to_numpy(dtype="int8"),
            "attempt": calls["attempt"].to_numpy(dtype="int32"),
            "status_code": calls["status_code"].to_numpy(dtype="int16", na_value=0),
            "started_at": calls["started_at"].dt.tz_localize(None).to_numpy(),
            "error_type": np.array(numbers, dtype="int32")[codes],
        }
        for name, values in columns.items():
            self._parts.setdefault(name, []).append(values)

    @property
    def calls(self) -> pd.DataFrame:
        """A calls frame with these columns alone."""
        joined = {name: np.concatenate(parts) for name, parts in self._parts.items()}
        if not joined:
            return pd.DataFrame(columns=list(CALLS))
        self._parts = {name: [whole] for name, whole in joined.items()}
        status = joined["status_code"]
        outcomes = pd.CategoricalDtype(pd.Index(OUTCOMES, dtype="object"))
        errors = pd.CategoricalDtype(pd.Index(list(self._errors), dtype="object"))
        return pd.DataFrame(
            {
                "latency_ms": joined["latency_ms"],
                "outcome": pd.Categorical.from_codes(joined["outcome"], dtype=outcomes),
                "attempt": joined["attempt"],
                "status_code": pd.arrays.IntegerArray(status, status == 0),
                "started_at": pd.Series(joined["started_at"]).dt.tz_localize("UTC"),
                "error_type": pd.Categorical.from_codes(
                    joined["error_type"], dtype=errors
                ),
            },
            copy=False,
        )
