"""The same job by everybody, interleaved: `python -m tests.benchmarks.throughput`.

Every contender is a command of its own, so that start-up, reading and writing count.
Ratios of one interleaved run mean something; absolute rates are of one machine and day.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from math import isnan
from pathlib import Path

from tests.benchmarks.contenders import CONTENDERS
from tests.benchmarks.job import count_right, write_leads
from tests.benchmarks.measure import Measured, measure, median_of, table
from tests.benchmarks.server import BenchService

__all__ = ["main"]

_SLOW = {"requests and threads", "httpx, the textbook cell"}
_HEADER = (
    "contender",
    "leads",
    "leads/s, whole job",
    "ratio",
    "leads/s, first to last call",
    "CPU s per 1,000 leads",
    "p50 / p99 told, ms",
    "p50 / p99 true, ms",
    "peak MB",
    "connections",
    "sent right",
)


@dataclass(frozen=True, slots=True)
class Turn:
    """One contender's turn: what it took, and what the service saw."""

    measured: Measured
    leads: int
    requests: int
    connections: int
    p50_ms: float
    p99_ms: float
    right: str


def _take_turn(name: str, given: argparse.Namespace, folder: Path) -> Turn:
    count = min(given.leads, given.slow_leads) if name in _SLOW else given.leads
    out = Path(tempfile.mkdtemp(dir=folder))
    with BenchService(given.delay_ms) as service:
        words = [name, "--origin", service.origin, "--out", str(out)]
        words += ["--leads", str(folder / f"{count}.csv")]
        words += ["--connections", str(given.connections)]
        words += ["--transport", given.transport]
        module = "tests.benchmarks.contenders"
        measured = measure(module, words, limit_s=given.limit_s)
        seen = service.stats()
        checked = min(count, 1_000)
        right = f"{count_right(service.bodies(), checked):,} of {checked:,}"
    return Turn(
        measured,
        count,
        int(seen["requests"]),
        int(seen["connections"]) - 1,
        seen["p50_ms"],
        seen["p99_ms"],
        right,
    )


def _rate(turn: Turn, seconds: float) -> float:
    return turn.leads / seconds if seconds else float("nan")


def _number(value: float, form: str = ",.0f") -> str:
    return "-" if isnan(value) else format(value, form)


def _row(name: str, turns: list[Turn], best: float) -> list[str]:
    last = turns[-1]
    rate = median_of(_rate(turn, turn.measured.wall_s) for turn in turns)
    facts = [turn.measured.facts for turn in turns]
    nan = float("nan")
    calls = median_of(
        _rate(turn, turn.measured.facts.get("span_s", nan)) for turn in turns
    )
    cpu = median_of(turn.measured.cpu_s / turn.leads * 1e3 for turn in turns)
    told = [median_of(f.get(k, nan) for f in facts) for k in ("p50_ms", "p99_ms")]
    true = [median_of(turn.p50_ms for turn in turns)]
    true.append(median_of(turn.p99_ms for turn in turns))
    return [
        name,
        f"{last.leads:,}",
        f"not done: {last.requests:,} calls" if isnan(rate) else _number(rate),
        _number(rate / best, ".2f"),
        _number(calls),
        _number(cpu, ".3f"),
        " / ".join(_number(value, ".1f") for value in told),
        " / ".join(_number(value, ".1f") for value in true),
        _number(max(turn.measured.peak_mb for turn in turns)),
        f"{last.connections:,}",
        last.right,
    ]


def main() -> None:
    """Run everybody in turn and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leads", type=int, default=20_000)
    parser.add_argument("--slow-leads", type=int, default=1_000)
    parser.add_argument("--connections", type=int, default=100)
    parser.add_argument("--delay-ms", type=float, default=0.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--limit-s", type=float, default=60.0)
    parser.add_argument("--transport", default="auto", help="of nbwebhook")
    parser.add_argument("--only", nargs="*", choices=CONTENDERS, default=CONTENDERS)
    given = parser.parse_args()
    turns: defaultdict[str, list[Turn]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for count in {given.leads, min(given.leads, given.slow_leads)}:
            write_leads(folder / f"{count}.csv", count)
        for _ in range(given.rounds):
            for contender in given.only:
                turns[contender].append(_take_turn(contender, given, folder))
    first = next(iter(turns.values()))
    best = median_of(_rate(turn, turn.measured.wall_s) for turn in first)
    rows = [_row(name, found, best) for name, found in turns.items()]
    title = f"{given.delay_ms:g} ms, {given.connections:,} at once, "
    title += f"medians of {given.rounds} interleaved runs"
    sys.stdout.write(f"\n{title}\n\n{table(_HEADER, rows)}")


if __name__ == "__main__":
    main()
