"""When the leads of a campaign arrive: all at once, at a rate, by a schedule, as recorded."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nbwebhook.errors import InvalidPlan

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Arrivals", "ArrivalsSource"]

_MOST_LEADS = 20_000_000


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of time with one rate of arrivals.

    Attributes:
        duration_s: How long it lasts.
        leads_per_s: Mean arrivals a second.
    """

    duration_s: float
    leads_per_s: float


@dataclass(frozen=True, slots=True, eq=False)
class Arrivals:
    """When leads arrive, in seconds from the first moment.

    Attributes:
        pieces: Stretches of random arrivals, one after the other; empty if recorded.
        times_s: Recorded arrivals, ascending; None if random.
        leads: Number of leads where it is fixed; None where it is left to chance.
    """

    pieces: tuple[Piece, ...] = ()
    times_s: NDArray[np.float64] | None = None
    leads: int | None = None

    @classmethod
    def at_once(cls, leads: int) -> Arrivals:
        """Return a list of leads that all wait from the start.

        Raises:
            InvalidPlan: There is no lead, or there are too many to be queued one by one.
        """
        _refuse_leads(leads)
        return cls(times_s=np.zeros(leads), leads=leads)

    @classmethod
    def at_rate(cls, leads_per_s: float, leads: int) -> Arrivals:
        """Return that many leads that arrive at random moments at a mean rate.

        Raises:
            InvalidPlan: The rate is not above 0, or the number of leads cannot be.
        """
        _refuse_leads(leads)
        if not 0 < leads_per_s < math.inf:
            raise InvalidPlan("arrivals", f"{leads_per_s!r} leads a second; give more")
        return cls(pieces=(Piece(leads / leads_per_s, leads_per_s),), leads=leads)

    @classmethod
    def by_schedule(cls, schedule: Iterable[tuple[float, float]]) -> Arrivals:
        """Return random arrivals at rates that change.

        Args:
            schedule: Pairs of seconds and leads a second, such as
                `[(3600, 2.0), (1800, 10.0), (3600, 0.0)]`.

        Raises:
            InvalidPlan: A duration or a rate cannot be, or nobody arrives.
        """
        try:
            pieces = tuple(Piece(float(long), float(rate)) for long, rate in schedule)
        except (TypeError, ValueError) as error:
            problem = "a schedule is pairs of seconds and leads a second"
            raise InvalidPlan(
                "arrivals", f"{problem}, such as [(3600, 2.0)]"
            ) from error
        lasting = all(0 < piece.duration_s < math.inf for piece in pieces)
        rated = all(0 <= piece.leads_per_s < math.inf for piece in pieces)
        expected = sum(piece.duration_s * piece.leads_per_s for piece in pieces)
        if not (lasting and rated and expected >= 1):
            problem = "each duration must be above 0, each rate 0 or more, and together"
            raise InvalidPlan("arrivals", f"{problem} they must bring a lead")
        _refuse_leads(math.ceil(expected))
        return cls(pieces=pieces)

    @classmethod
    def recorded(cls, moments: Iterable[object]) -> Arrivals:
        """Return arrivals at the moments given.

        Args:
            moments: Timestamps, or seconds as numbers, in any order.

        Raises:
            InvalidPlan: A moment is neither, or there is none.
        """
        seconds = _seconds(pd.Series(moments))
        if not len(seconds) or not np.isfinite(seconds).all():
            found = f"{int((~np.isfinite(seconds)).sum())} of {len(seconds)} moments"
            problem = f"{found} are no time; pass 2026-03-02 09:00:00, or seconds"
            raise InvalidPlan("arrivals", problem)
        times_s = np.sort(seconds) - seconds.min()
        return cls(times_s=times_s, leads=len(times_s))

    @property
    def span_s(self) -> float:
        """From the first moment to the end of arrivals."""
        if self.times_s is not None:
            return float(self.times_s[-1])
        return sum(piece.duration_s for piece in self.pieces)

    @property
    def expected_leads(self) -> float:
        """Leads that arrive on average."""
        if self.leads is not None:
            return float(self.leads)
        return sum(piece.duration_s * piece.leads_per_s for piece in self.pieces)

    def draw(self, rng: np.random.Generator) -> NDArray[np.float64]:
        """Return one campaign's arrivals, ascending, in seconds."""
        if self.times_s is not None:
            return self.times_s
        if self.leads is not None:
            gaps = rng.standard_exponential(self.leads) / self.pieces[0].leads_per_s
            return np.cumsum(gaps)
        start_s, parts = 0.0, []
        for piece in self.pieces:
            count = int(rng.poisson(piece.duration_s * piece.leads_per_s))
            parts.append(start_s + np.sort(rng.random(count)) * piece.duration_s)
            start_s += piece.duration_s
        return np.concatenate(parts)


ArrivalsSource = Arrivals | float | Iterable[Any]
"""Arrivals, a rate a second (with `leads=`), or a column of moments."""


def _refuse_leads(leads: int) -> None:
    if not 1 <= leads <= _MOST_LEADS:
        problem = f"{leads:,} leads; a queue takes 1 to {_MOST_LEADS:,}"
        raise InvalidPlan("arrivals", f"{problem}; for more, use estimate_delay")


def _seconds(moments: pd.Series[Any]) -> NDArray[np.float64]:
    if pd.api.types.is_numeric_dtype(moments.dtype):
        return moments.to_numpy(dtype=np.float64, na_value=np.nan)
    is_text = not pd.api.types.is_datetime64_any_dtype(moments.dtype)
    stamps = pd.to_datetime(
        moments, utc=True, errors="coerce", format="ISO8601" if is_text else None
    )
    since = (stamps - stamps.min()).dt.total_seconds()
    return np.asarray(since.to_numpy(dtype=np.float64), np.float64)
