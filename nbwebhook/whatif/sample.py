"""What is known about the service time of one call: measured, or stated."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Self, runtime_checkable

import numpy as np
import pandas as pd

from nbwebhook.errors import InvalidPlan
from nbwebhook.whatif.calls import CountedCalls, count_calls, read_calls_csv
from nbwebhook.whatif.sample_faults import sample_faults
from nbwebhook.whatif.stated import StatedLatency, lognormal_atoms, parse_stated

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["CallsSource", "HasCalls", "LatencySample"]

_FASTEST_OF_A_RUN_MS = 0.01
_FASTEST_OF_NUMBERS_MS = 0.1


@runtime_checkable
class HasCalls(Protocol):
    """Anything with a calls frame, such as the result of a run."""

    @property
    def calls(self) -> pd.DataFrame:
        """One row per call."""


@dataclass(frozen=True, slots=True, eq=False)
class LatencySample:
    """Service times of calls, ascending, and how they were come by.

    Attributes:
        seconds: Service time of each call; of a call cut off at its time limit, the time
            until then.
        timed_out: Whether the call was cut off at its time limit.
        failed: Whether the call failed, other than by its time limit, in a way that a
            retry rule may repeat.
        weights: Share of each service time, where the law is stated; None if measured.
        measured_connections: Most calls at once while measuring; None if not known.
        left_out: Rows of the source that were no call that reached the service.
        repeats: How many of the calls were a second or later attempt.
        told: What was said, where nothing was measured.
    """

    seconds: NDArray[np.float64]
    timed_out: NDArray[np.bool_]
    failed: NDArray[np.bool_]
    weights: NDArray[np.float64] | None = None
    measured_connections: int | None = None
    left_out: int = 0
    repeats: int = 0
    told: StatedLatency | None = None

    @classmethod
    def of(
        cls, source: CallsSource, *, measured_connections: int | None = None
    ) -> LatencySample:
        """Return the sample that `source` holds.

        Args:
            source: A result, a calls frame, the path of a calls CSV, service times in
                milliseconds, or a sentence such as "median 80 ms, p99 400 ms, 0.5 % time
                out".
            measured_connections: Most calls at once while measuring, where the source
                does not tell or tells it wrong.

        Raises:
            InvalidPlan: Nothing can be estimated from the source; the sentence says why.
        """
        sample = _sample_of(source)
        return sample.at_connections(measured_connections)

    @classmethod
    def from_calls(cls, frame: pd.DataFrame) -> Self:
        """Return the service times of the calls in `frame` that reached the service.

        Raises:
            InvalidPlan: No estimate can be made of these calls.
        """
        return cls._of_counted(count_calls(frame), _FASTEST_OF_A_RUN_MS)

    @classmethod
    def from_csv(cls, path: str | os.PathLike[str]) -> Self:
        """Return the service times of the calls in a CSV, as `from_calls` does.

        Raises:
            InvalidPlan: The file cannot be read, or no estimate can be made of it.
        """
        return cls.from_calls(read_calls_csv(Path(path)))

    @classmethod
    def from_ms(cls, latencies_ms: Iterable[float]) -> Self:
        """Return a sample of service times in milliseconds, none of them cut off.

        Raises:
            InvalidPlan: No estimate can be made of these numbers.

        Example:
            >>> LatencySample.from_ms([50, 60, 55]).median_ms
            55.0
        """
        try:
            latency_ms = np.asarray(list(latencies_ms), dtype=np.float64)
        except (TypeError, ValueError) as error:
            problem = "not every latency is a number; pass milliseconds, such as 52.7"
            raise InvalidPlan("calls", problem) from error
        none = np.zeros(latency_ms.shape, np.bool_)
        return cls._of_counted(
            CountedCalls(latency_ms, none, none, 0, 0, None), _FASTEST_OF_NUMBERS_MS
        )

    @classmethod
    def of_stated(cls, stated: StatedLatency) -> Self:
        """Return the lognormal law that `stated` describes."""
        answered, weights = lognormal_atoms(stated.median_ms / 1e3, stated.sigma)
        late = stated.timeout_rate > 0
        seconds = np.append(answered, np.inf) if late else answered
        shares = weights * (1 - stated.timeout_rate)
        return cls(
            seconds=_frozen(seconds),
            timed_out=_frozen(np.isinf(seconds)),
            failed=_frozen(np.zeros(len(seconds), np.bool_)),
            weights=_frozen(np.append(shares, stated.timeout_rate) if late else shares),
            told=stated,
        )

    @classmethod
    def stated(
        cls, *, median_ms: float, p99_ms: float, timeout_rate: float = 0.0
    ) -> Self:
        """Return the law of a service that somebody describes.

        Median and p99 are those of the calls that are answered; the calls that time out
        come on top.

        Raises:
            InvalidPlan: The numbers contradict each other.

        Example:
            >>> LatencySample.stated(median_ms=80, p99_ms=400)
            <LatencySample stated: median 80 ms, p99 400 ms, 0 % time out>
        """
        return cls.of_stated(StatedLatency(median_ms, p99_ms, timeout_rate))

    @property
    def calls(self) -> int:
        """How many calls were measured; 0 where the service time is stated."""
        return 0 if self.weights is not None else len(self.seconds)

    @property
    def timeouts(self) -> int:
        """How many of the measured calls were cut off at their time limit."""
        return int(self.timed_out.sum()) if self.weights is None else 0

    @property
    def median_ms(self) -> float:
        """Median service time in milliseconds."""
        return self.quantile_ms(0.5)

    @property
    def mean_ms(self) -> float:
        """Mean service time in milliseconds, calls cut off taken at their limit."""
        known = np.isfinite(self.seconds)
        shares = None if self.weights is None else self.weights[known]
        return float(np.average(self.seconds[known], weights=shares)) * 1e3

    def quantile_ms(self, share: float) -> float:
        """Return the service time in milliseconds that `share` of the calls keep.

        Of a stated law only the calls that are answered count.
        """
        if self.weights is None:
            return float(np.quantile(self.seconds, share)) * 1e3
        weights = self.weights[~self.timed_out]
        middle = np.cumsum(weights) - weights / 2
        found = np.interp(share * weights.sum(), middle, self.seconds[~self.timed_out])
        return float(found) * 1e3

    def is_beyond(self, connections: int) -> bool | None:
        """Return whether that many calls at once are more than were measured.

        None where it is not known how many ran at once; a stated service holds for any.
        """
        if self.measured_connections is not None:
            return connections > self.measured_connections
        return False if connections == 1 or self.told is not None else None

    def at_connections(self, measured_connections: int | None) -> LatencySample:
        """Return this sample as measured with that many calls at once.

        Raises:
            InvalidPlan: The number is below 1.
        """
        if measured_connections is None:
            return self
        if measured_connections < 1:
            problem = f"{measured_connections} calls at once measure nothing"
            raise InvalidPlan("measured_connections", f"{problem}; give 1 or more")
        return LatencySample(
            self.seconds,
            self.timed_out,
            self.failed,
            self.weights,
            int(measured_connections),
            self.left_out,
            self.repeats,
            self.told,
        )

    def __repr__(self) -> str:
        if self.told is not None:
            return f"<LatencySample stated: {self.told}>"
        at_once = self.measured_connections
        return (
            f"<LatencySample {self.calls} calls, median {self.median_ms:.3g} ms, "
            f"{self.timeouts} timed out, "
            f"{'concurrency not known' if at_once is None else f'{at_once} at once'}>"
        )

    @classmethod
    def _of_counted(cls, counted: CountedCalls, fastest_ms: float) -> Self:
        faults = sample_faults(counted, fastest_ms)
        if faults:
            raise InvalidPlan("calls", "; ".join(faults))
        order = np.argsort(counted.latency_ms, kind="stable")
        return cls(
            seconds=_frozen(counted.latency_ms[order] / 1e3),
            timed_out=_frozen(counted.timed_out[order]),
            failed=_frozen(counted.failed[order]),
            measured_connections=counted.in_flight,
            left_out=counted.left_out,
            repeats=counted.repeats,
        )


CallsSource = (
    LatencySample | HasCalls | pd.DataFrame | str | os.PathLike[str] | Iterable[float]
)
"""What an estimate can be made from."""


def _sample_of(source: object) -> LatencySample:
    if isinstance(source, LatencySample):
        return source
    if isinstance(source, pd.DataFrame):
        return LatencySample.from_calls(source)
    if isinstance(source, str | os.PathLike):
        return _of_text(source)
    if isinstance(source, HasCalls) and isinstance(source.calls, pd.DataFrame):
        return LatencySample.from_calls(source.calls)
    if isinstance(source, Iterable):
        return LatencySample.from_ms(source)
    wanted = "a result, a calls frame, a CSV path, milliseconds or a sentence"
    problem = f"a {type(source).__name__} holds no calls; pass {wanted}"
    raise InvalidPlan("calls", problem)


def _of_text(source: str | os.PathLike[str]) -> LatencySample:
    stated = parse_stated(source) if isinstance(source, str) else None
    if stated is not None:
        return LatencySample.of_stated(stated)
    return LatencySample.from_csv(source)


def _frozen(array: NDArray[Any]) -> NDArray[Any]:
    array.flags.writeable = False
    return array
