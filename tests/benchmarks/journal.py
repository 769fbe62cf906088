"""What the journal costs: `python -m tests.benchmarks.journal`.

The same run with a journal and without one, in turn, each in a process of its own. Wall
time is that of the run alone, without start-up and the frames; ratios of one interleaved
run mean something, absolute rates are of one machine and day.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from time import perf_counter

import nbwebhook as nw
from tests.benchmarks.job import webhook_parts, write_leads
from tests.benchmarks.measure import measure, median_of, table
from tests.benchmarks.server import BenchService

__all__ = ["main"]

_MODULE = "tests.benchmarks.journal"
_HEADER = (
    "delay, calls at once",
    "leads",
    "journal",
    "leads/s",
    "ratio",
    "CPU s per 1,000 leads",
    "switches per 1,000 leads",
    "bytes a lead",
)
_LIMIT_S = 180.0


def _take_turn(origin: str, leads: Path, journal: str, connections: int) -> None:
    """Run once in this process and print what it took."""
    frame = nw.read_leads(leads)
    hook = nw.Webhook(**webhook_parts(origin))  # type: ignore[arg-type]  # by name
    before, began_s = resource.getrusage(resource.RUSAGE_SELF), perf_counter()
    started = nw.start(hook, frame, connections=connections, journal=journal or False)
    while not started.is_done:
        try:
            started._background.wait(5.0, lambda: None)
        except TimeoutError:
            continue
    wall_s, after = perf_counter() - began_s, resource.getrusage(resource.RUSAGE_SELF)
    result = started.result()
    assert result.summary.updated == len(frame)
    told = {
        "wall_s": wall_s,
        "cpu_s": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        "switches": after.ru_nvcsw
        + after.ru_nivcsw
        - before.ru_nvcsw
        - before.ru_nivcsw,
        "bytes": Path(journal).stat().st_size if journal else 0,
    }
    sys.stdout.write(f"\n{json.dumps(told)}\n")


def _measure_case(
    delay_ms: float, connections: int, count: int, rounds: int
) -> list[list[str]]:
    """Return a row without a journal and one with it."""
    found: defaultdict[str, list[dict[str, float]]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as name:
        leads = write_leads(Path(name) / "leads.csv", count)
        for nth in range(rounds):
            for which in ("off", "on"):
                journal = f"{name}/{nth}.sqlite" if which == "on" else ""
                with BenchService(delay_ms) as service:
                    words = ["--turn", service.origin, str(leads), journal]
                    words += ["--connections", str(connections)]
                    turn = measure(_MODULE, words, limit_s=_LIMIT_S)
                    assert service.stats()["ids_seen_again"] == 0
                found[which].append(turn.facts)
    walls = {
        which: [turn["wall_s"] for turn in turns] for which, turns in found.items()
    }
    ratios = {
        "off": 1.0,
        "on": median_of(
            off / on for off, on in zip(walls["off"], walls["on"], strict=True)
        ),
    }
    return [
        [
            f"{delay_ms:g} ms, {connections}",
            f"{count:,}",
            which,
            f"{median_of(count / wall_s for wall_s in walls[which]):,.0f}",
            f"{ratios[which]:.3f}",
            f"{median_of(turn['cpu_s'] for turn in turns) / count * 1e3:.3f}",
            f"{median_of(turn['switches'] for turn in turns) / count * 1e3:,.0f}",
            f"{median_of(turn['bytes'] for turn in turns) / count:,.0f}",
        ]
        for which, turns in found.items()
    ]


def main() -> None:
    """Print both rows of both cases; the ratio is the median of those of the rounds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--leads", type=int, default=40_000)
    parser.add_argument("--turn", nargs=3, metavar=("ORIGIN", "LEADS", "JOURNAL"))
    parser.add_argument("--connections", type=int, default=100)
    given = parser.parse_args()
    if given.turn:
        origin, leads, journal = given.turn
        _take_turn(origin, Path(leads), journal, given.connections)
        return
    rows = []
    for delay_ms, connections in ((0.0, 100), (50.0, 200)):
        rows += _measure_case(delay_ms, connections, given.leads, given.rounds)
    sys.stdout.write(
        f"medians of {given.rounds} interleaved runs\n\n{table(_HEADER, rows)}"
    )


if __name__ == "__main__":
    main()
