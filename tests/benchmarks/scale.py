"""Time and memory a lead as lists grow: `python -m tests.benchmarks.scale`.

Each size runs in a process of its own, against a transport in process and against the
service of `server.c`. Memory is what was held at most above the leads frame: first for
the run with its calls and updates, then with the changes and the updated leads too.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter, process_time

from tests.benchmarks.job import webhook_parts, write_leads
from tests.benchmarks.measure import table
from tests.benchmarks.server import BenchService

__all__ = ["main"]

_SIZES = (10_000, 100_000, 1_000_000)
_LIMIT_S = 300
_HEADER = (
    "leads",
    "transport",
    "leads/s",
    "us a lead: run",
    "CPU",
    "frames",
    "frame, MB",
    "peak above it, MB",
    "with changes and leads, MB",
    "bytes a lead",
)


def _reset_peak() -> None:
    """Forget the most memory held so far, where the system can."""
    place = Path("/proc/self/clear_refs")
    if place.exists():
        place.write_text("5")


def _peak_mb() -> float:
    status = Path("/proc/self/status")
    if status.exists():
        lines = status.read_text().splitlines()
        (peak,) = [line.split()[1] for line in lines if line.startswith("VmHWM")]
        return int(peak) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _held_mb() -> float:
    statm = Path("/proc/self/statm")
    if statm.exists():
        return int(statm.read_text().split()[1]) * resource.getpagesize() / 2**20
    return _peak_mb()


def _once(path: Path, origin: str, connections: int) -> dict[str, float]:
    """Run one list in this process and return what it took."""
    import nbwebhook as nw  # noqa: PLC0415 - so that the parent stays small
    from tests.benchmarks.hot_path import InstantTransport  # noqa: PLC0415

    small = write_leads(path.with_name("small.csv"), 200)
    hook = nw.Webhook(**webhook_parts(origin or "http://127.0.0.1:9"))  # type: ignore[arg-type]  # by name
    options = {"connections": connections, "progress": False}
    made = InstantTransport(gives_way=True)

    def run(leads: Path) -> tuple[nw.Result, dict[str, float], float]:
        frame = nw.read_leads(leads)
        _reset_peak()
        held = _held_mb()
        began_s, cpu_s = perf_counter(), process_time()
        transport = "auto" if origin else made
        result = nw.run(hook, frame, transport=transport, **options)  # type: ignore[arg-type]  # by name
        took = {"run_s": perf_counter() - began_s, "cpu_s": process_time() - cpu_s}
        return result, took, held

    warm, _, _ = run(small)
    assert len(warm.leads) == len(warm.updates)
    del warm
    result, took, held = run(path)
    began_s = perf_counter()
    updated = len(result.updates)
    peak = _peak_mb()
    changes = len(result.changes), len(result.leads)
    frames_s = perf_counter() - began_s
    assert changes[0] == 5 * changes[1] == 5 * updated, (changes, updated)
    return took | {
        "leads": changes[1],
        "frames_s": frames_s,
        "held_mb": held,
        "peak_mb": peak - held,
        "all_mb": _peak_mb() - held,
    }


def _row(found: dict[str, float], name: str) -> list[str]:
    leads = found["leads"]
    return [
        f"{leads:,}",
        name,
        f"{leads / found['run_s']:,.0f}",
        f"{found['run_s'] / leads * 1e6:.1f}",
        f"{found['cpu_s'] / leads * 1e6:.1f}",
        f"{found['frames_s'] / leads * 1e6:.1f}",
        f"{found['held_mb']:.0f}",
        f"{found['peak_mb']:.0f}",
        f"{found['all_mb']:.0f}",
        f"{found['peak_mb'] * 2**20 / leads:,.0f}",
    ]


def _in_a_process(path: Path, origin: str, connections: int) -> dict[str, float]:
    words = [sys.executable, "-m", "tests.benchmarks.scale", "--once", str(path)]
    words += ["--origin", origin, "--connections", str(connections)]
    done = subprocess.run(
        words,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        timeout=_LIMIT_S,
        cwd=Path(__file__).parents[2],
    )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    """Run every size and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="*", default=_SIZES)
    parser.add_argument("--most-called", type=int, default=100_000, metavar="LEADS")
    parser.add_argument("--connections", type=int, default=100)
    parser.add_argument("--once", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--origin", default="", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.once:
        found = _once(given.once, given.origin, given.connections)
        sys.stdout.write(json.dumps(found) + "\n")
        return
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for size in given.sizes:
            path = write_leads(Path(folder) / f"{size}.csv", size)
            found = _in_a_process(path, "", given.connections)
            rows.append(_row(found, "in process"))
            if size <= given.most_called:
                with BenchService() as service:
                    found = _in_a_process(path, service.origin, given.connections)
                rows.append(_row(found, "auto, 0 ms"))
    sys.stdout.write(table(_HEADER, rows))


if __name__ == "__main__":
    main()
