"""What a count of calls can and cannot rule out."""

from __future__ import annotations

import math

import numpy as np

__all__ = ["timeout_rate_upper"]

_STEPS = 60


def timeout_rate_upper(timeouts: int, calls: int, confidence: float = 0.95) -> float:
    """Return the largest share of timeouts that the calls do not contradict.

    The one-sided bound of Clopper and Pearson (1934). With none seen it is about three
    over the number of calls: the rule of three.

    Example:
        >>> round(timeout_rate_upper(0, 200), 4), round(timeout_rate_upper(2, 200), 4)
        (0.0149, 0.0311)
    """
    if timeouts >= calls:
        return 1.0
    seen = np.arange(timeouts + 1)
    log_ways = np.array([_log_ways(calls, int(count)) for count in seen])
    low, high = 0.0, 1.0
    for _ in range(_STEPS):
        rate = (low + high) / 2
        logs = log_ways + seen * math.log(rate) + (calls - seen) * math.log1p(-rate)
        at_most = float(np.exp(logs).sum())
        low, high = (rate, high) if at_most > 1 - confidence else (low, rate)
    return (low + high) / 2


def _log_ways(calls: int, chosen: int) -> float:
    return (
        math.lgamma(calls + 1)
        - math.lgamma(chosen + 1)
        - math.lgamma(calls - chosen + 1)
    )
