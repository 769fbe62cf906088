"""Why no estimate can be made of a list of calls, in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nbwebhook.whatif.calls import CountedCalls

__all__ = ["sample_faults"]

_FEWEST_CALLS = 2
_NO_CALL_IS_SLOWER_MS = 3_600_000.0
_MIXED_SHARE = 0.1
_WITHIN_FACTOR = 3.0


def sample_faults(counted: CountedCalls, fastest_ms: float) -> list[str]:
    """Return every fault that makes an estimate of these calls meaningless.

    Args:
        counted: The calls that reached the service.
        fastest_ms: A median below this is taken for a wrong unit.
    """
    latency_ms = counted.latency_ms
    if latency_ms.ndim != 1:
        return ["latencies must be one list of numbers"]
    if len(latency_ms) < _FEWEST_CALLS:
        return [_too_few(counted)]
    faults = []
    not_numbers = int((~np.isfinite(latency_ms)).sum())
    if not_numbers:
        faults.append(f"{not_numbers} of {len(latency_ms)} latencies are no number")
    negative = int((latency_ms < 0).sum())
    if negative:
        faults.append(
            f"{negative} of {len(latency_ms)} latencies are negative; durations come "
            "from a clock that never goes back"
        )
    if counted.timed_out.all():
        faults.append(
            f"every one of the {len(latency_ms)} calls timed out, so that only a lower "
            "bound of the service time is known; measure with a longer time limit"
        )
    return faults or _unit_faults(latency_ms, fastest_ms)


def _too_few(counted: CountedCalls) -> str:
    left_out = counted.left_out
    if len(counted.latency_ms):
        return "one call tells nothing about how much calls differ; measure 200"
    if left_out:
        return (
            f"none of {left_out} calls reached the service (all refused, skipped, "
            "interrupted or without a connection), so that nothing was measured"
        )
    return "no calls, so that nothing was measured; run the webhook on 200 leads first"


def _unit_faults(latency_ms: NDArray[np.float64], fastest_ms: float) -> list[str]:
    median_ms = float(np.median(latency_ms))
    if median_ms < fastest_ms:
        slower = "faster than any call over HTTP; latencies are milliseconds"
        return [f"the median is {median_ms:.3g} ms, {slower}, these may be seconds"]
    if median_ms > _NO_CALL_IS_SLOWER_MS:
        faster = "more than an hour; latencies are milliseconds"
        return [
            f"the median is {median_ms:.3g} ms, {faster}, these may be microseconds"
        ]
    return _mixed_units(np.sort(latency_ms))


def _mixed_units(ascending_ms: NDArray[np.float64]) -> list[str]:
    fast = ascending_ms[ascending_ms < 1.0]
    slow = ascending_ms[ascending_ms >= 1.0]
    if min(len(fast), len(slow)) < _MIXED_SHARE * len(ascending_ms):
        return []
    ratio = float(np.median(slow)) / max(float(np.median(fast)), 1e-9)
    if not 1e3 / _WITHIN_FACTOR <= ratio <= 1e3 * _WITHIN_FACTOR:
        return []
    found = f"{len(fast)} latencies are about a thousandth of the other {len(slow)}"
    wanted = "looks like seconds among milliseconds; give all of them in milliseconds"
    return [f"{found}, which {wanted}"]
