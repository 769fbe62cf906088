"""Latencies of many calls in a few bytes, to be merged.

An HDR histogram (the package hdrhistogram): buckets whose width is a thousandth of their
values, from a microsecond to four hours. Merging adds buckets up, so a quantile of merged
sketches is that of all calls together, off by no more than `ERROR`, whatever the number
of partitions and the order of merging.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from typing import Any

import numpy as np

from nbwebhook.frames.summary import Latency

__all__ = ["ERROR", "merge_latencies", "sketch_of"]

ERROR = 0.001
"""The most by which a quantile is off, as a share of it."""

_DIGITS = 3
_PERCENTS = (50, 90, 95, 99)
_LONGEST_US = 4 * 3_600 * 1_000_000


def _empty() -> Any:  # noqa: ANN401 - the package has no types
    histogram = importlib.import_module("hdrh.histogram")
    return histogram.HdrHistogram(1, _LONGEST_US, _DIGITS)


def sketch_of(latencies_ms: np.ndarray) -> bytes:
    """Return the sketch of service times."""
    sketch = _empty()
    micros = np.clip(np.rint(latencies_ms * 1e3), 1, _LONGEST_US).astype("int64")
    for value, count in zip(*np.unique(micros, return_counts=True), strict=True):
        sketch.record_value(int(value), int(count))
    encoded: bytes = sketch.encode()
    return encoded


def merge_latencies(parts: Iterable[tuple[Latency, bytes]]) -> Latency:
    """Return the latency of all calls together.

    Number, mean and longest are exact; the quantiles are within `ERROR`.

    Args:
        parts: The latency of each part, and its sketch.
    """
    merged, known = _empty(), []
    for latency, sketch in parts:
        if latency.calls:
            merged.decode_and_add(sketch)
            known.append(latency)
    if not known:
        return Latency.of(np.empty(0))
    calls = sum(latency.calls for latency in known)
    mean = sum(latency.mean_ms * latency.calls for latency in known) / calls
    top = max(latency.max_ms for latency in known)
    p50, p90, p95, p99 = (
        merged.get_value_at_percentile(percent) / 1e3 for percent in _PERCENTS
    )
    return Latency(calls, mean, p50, p90, p95, p99, top)
