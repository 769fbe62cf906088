"""Values to pixels, and the round values at which an axis is labelled."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "Scale",
    "clean_values",
    "count_ticks",
    "duration_ticks",
    "log_duration_ticks",
    "widen",
]

_MS = 0.001
_MIN, _HOUR, _DAY = 60.0, 3_600.0, 86_400.0
_ROUNDING = 1e-9

# Steps that people count time in, from 10 s on; below that 1-2-5 holds.
_TIME_STEPS = (
    *(10.0, 15.0, 30.0, _MIN, 2 * _MIN, 5 * _MIN, 10 * _MIN, 15 * _MIN, 30 * _MIN),
    *(_HOUR, 2 * _HOUR, 3 * _HOUR, 6 * _HOUR, 12 * _HOUR, _DAY, 2 * _DAY, 5 * _DAY),
)
_COARSE = (
    *(_MS * 10.0**power for power in range(-3, 5)),
    *(_MIN, 10 * _MIN, _HOUR, 10 * _HOUR),
    *(_DAY * 10.0**power for power in range(1, 12)),
)
_FINE = (
    *(_MS * 10.0**power * step for power in range(-3, 3) for step in (1, 2, 5)),
    *(1.0, 2.0, 5.0, 10.0, 30.0, _MIN, 2 * _MIN, 5 * _MIN, 10 * _MIN, 30 * _MIN),
    *(_HOUR, 2 * _HOUR, 6 * _HOUR, 12 * _HOUR),
    *(_DAY * 10.0**power * step for power in range(12) for step in (1, 2, 5)),
)


@dataclass(frozen=True, slots=True)
class Scale:
    """A straight or logarithmic road from values to pixels.

    Values outside `low` to `high` are drawn at the edge.

    Example:
        >>> Scale(1, 100, start_px=0, end_px=200, is_log=True).place(10)
        100.0
    """

    low: float
    high: float
    start_px: float
    end_px: float
    is_log: bool = False

    def place(self, value: float) -> float:
        """Return the pixel of one value."""
        return float(self.place_all([value])[0])

    def place_all(self, values: ArrayLike) -> NDArray[np.float64]:
        """Return the pixels of many values."""
        inside = np.clip(np.asarray(values, dtype=np.float64), self.low, self.high)
        shift: Callable[[ArrayLike], NDArray[np.float64]] = (
            np.log10 if self.is_log else np.asarray
        )
        low, high = float(shift(self.low)), float(shift(self.high))
        share = (shift(inside) - low) / ((high - low) or 1.0)
        return np.asarray(self.start_px + share * (self.end_px - self.start_px))


def clean_values(values: ArrayLike) -> NDArray[np.float64]:
    """Return the values that can be drawn: finite and not below zero.

    Example:
        >>> clean_values([3, float("nan"), -1, float("inf"), 0]).tolist()
        [3.0, 0.0]
    """
    numbers = np.asarray(values, dtype=np.float64).ravel()
    return numbers[np.isfinite(numbers) & (numbers >= 0)]


def widen(low: float, high: float, factor: float) -> tuple[float, float]:
    """Return a range of positive values whose ends are at least `factor` apart.

    Example:
        >>> widen(10, 10, factor=4)
        (5.0, 20.0)
    """
    missing = math.sqrt(max(1.0, factor * low / high))
    return low / missing, high * missing


def _multiples(step: float, low: float, high: float) -> tuple[float, ...]:
    first = math.ceil(low / step - _ROUNDING)
    last = math.floor(high / step + _ROUNDING)
    return tuple(step * number for number in range(first, last + 1))


def _smallest_step(rough: float) -> float:
    """Return the first of 1, 2, 5, 10, ... times a power of ten from `rough` on."""
    power = 10.0 ** math.floor(math.log10(rough))
    steps = (power * digit for digit in (1, 2, 5, 10))
    return next(step for step in steps if step >= rough * (1 - _ROUNDING))


def count_ticks(low: float, high: float, most: int = 6) -> tuple[float, ...]:
    """Return at most `most` whole numbers 1-2-5 apart between `low` and `high`.

    Example:
        >>> count_ticks(0, 3)
        (0.0, 1.0, 2.0, 3.0)
    """
    if not high > low:
        return (low,)
    step = max(1.0, _smallest_step((high - low) / (most - 1)))
    return _multiples(step, low, high)


def duration_ticks(low_s: float, high_s: float, most: int = 7) -> tuple[float, ...]:
    """Return seconds at which people would mark a time axis: 15 s, 5 min, 6 h.

    Example:
        >>> [tick / 60 for tick in duration_ticks(0, 25 * 60)]
        [0.0, 5.0, 10.0, 15.0, 20.0, 25.0]
    """
    if not high_s > low_s:
        return (low_s,)
    rough = (high_s - low_s) / (most - 1)
    if rough <= _TIME_STEPS[0] / 2:
        return _multiples(_smallest_step(rough), low_s, high_s)
    step = next((step for step in _TIME_STEPS if step >= rough), None)
    return _multiples(step or _DAY * _smallest_step(rough / _DAY), low_s, high_s)


def log_duration_ticks(low_s: float, high_s: float, most: int = 8) -> tuple[float, ...]:
    """Return seconds at which people would mark a logarithmic time axis.

    Example:
        >>> log_duration_ticks(0.004, 40)
        (0.01, 0.1, 1.0, 10.0)
    """
    edges = low_s * (1 - _ROUNDING), high_s * (1 + _ROUNDING)
    fine, coarse = (
        tuple(value for value in ladder if edges[0] <= value <= edges[1])
        for ladder in (_FINE, _COARSE)
    )
    chosen = fine if len(fine) <= most else coarse
    return chosen[:: max(1, math.ceil(len(chosen) / most))]
