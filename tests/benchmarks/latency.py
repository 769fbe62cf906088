"""The latency that is told beside the service's own: `python -m tests.benchmarks.latency`.

The service of `server.c` records the time from the last byte of each request to the write
of its answer. What a client adds to that is the network, and its own queue if it charges
that to the service.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.contenders import CONTENDERS
from tests.benchmarks.job import write_leads
from tests.benchmarks.measure import measure, median_of, table
from tests.benchmarks.server import BenchService

__all__ = ["main"]

_CONTENDERS = ("nbwebhook", "pyreqwest and workers", "aiohttp, workers, orjson")
_SETTINGS = ((0.0, 20), (50.0, 20), (50.0, 200), (50.0, 1_000))
_HEADER = (
    "contender",
    "told p50",
    "true p50",
    "added",
    "told p99",
    "true p99",
    "added",
    "own overhead told, ms",
)


def _rows(given: argparse.Namespace, folder: Path) -> Iterator[list[str]]:
    for delay_ms, connections in _SETTINGS:
        seconds = given.seconds if delay_ms else 1.0
        count = int(seconds * (connections / delay_ms * 1e3 if delay_ms else 5_000))
        count = min(count, given.most)
        leads = write_leads(folder / f"{count}.csv", count)
        yield [f"**{delay_ms:g} ms, {connections:,} at once, {count:,} leads**"] + [
            ""
        ] * (len(_HEADER) - 1)
        seen: dict[str, list[dict[str, float]]] = {name: [] for name in _CONTENDERS}
        for _ in range(given.rounds):
            for name in _CONTENDERS:
                seen[name].append(_turn(name, leads, delay_ms, connections))
        for name, turns in seen.items():
            yield [name, *_numbers(turns)]


def _turn(
    name: str, leads: Path, delay_ms: float, connections: int
) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as out, BenchService(delay_ms) as service:
        words = [name, "--origin", service.origin, "--leads", str(leads)]
        words += ["--out", out, "--connections", str(connections)]
        measured = measure("tests.benchmarks.contenders", words, limit_s=120)
        true = service.stats()
    told = measured.facts
    return told | {"true_p50_ms": true["p50_ms"], "true_p99_ms": true["p99_ms"]}


def _numbers(turns: list[dict[str, float]]) -> Iterator[str]:
    for name in ("p50_ms", "p99_ms"):
        told = median_of(turn.get(name, float("nan")) for turn in turns)
        true = median_of(turn[f"true_{name}"] for turn in turns)
        yield from (f"{told:.2f}", f"{true:.2f}", f"{told - true:+.2f}")
    overhead = [turn["overhead_ms"] for turn in turns if "overhead_ms" in turn]
    yield f"{median_of(overhead):.2f}" if overhead else "-"


def main() -> None:
    """Measure every setting and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2.0, help="of calls, each")
    parser.add_argument("--most", type=int, default=40_000, help="leads of a setting")
    given = parser.parse_args()
    assert set(_CONTENDERS) <= set(CONTENDERS)
    with tempfile.TemporaryDirectory() as folder:
        sys.stdout.write(table(_HEADER, _rows(given, Path(folder))))


if __name__ == "__main__":
    main()
