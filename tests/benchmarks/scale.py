"""Time and memory a lead as lists grow: `python -m tests.benchmarks.scale`.

Each size runs in a process of its own, against a transport in process and against the
service of `server.c`. Memory is what was held at most above the leads frame: first for
the run with its calls and updates, then with the changes and the updated leads too.

The second table is of lists that do not have to fit: `nw.run(..., sink=folder)` on a
scanned list, and the command `nbwebhook run`. Both are whole jobs, results on disk;
memory is the peak of the process above that of the same job with 200 leads.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter, process_time

import nbwebhook as nw
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
_STREAMED_HEADER = (
    "leads",
    "job",
    "s in all",
    "us a lead",
    "CPU",
    "200 leads, MB",
    "peak above it, MB",
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


_SINK = """
import sys
import nbwebhook as nw
hook = nw.Webhook.load(sys.argv[1])
leads = nw.scan_leads(sys.argv[2])
nw.run(hook, leads, sink=sys.argv[3], connections=int(sys.argv[4]), progress=False)
"""


def _job(kind: str, leads: Path, connections: int) -> list[str]:
    """Return the words that start a whole job."""
    folder = leads.parent
    words = [str(folder / "hook.webhook.json"), str(leads)]
    out = str(folder / f"{kind}-{leads.stem}")
    if kind == "sink":
        return [sys.executable, "-c", _SINK, *words, out, str(connections)]
    options = ["--out", out, "--connections", str(connections), "--yes", "--json"]
    return [sys.executable, "-m", "nbwebhook", "run", *words, *options]


def _measured(words: list[str]) -> tuple[float, float, float]:
    """Run a program; return its seconds, its CPU seconds and its peak in MB."""
    began_s = perf_counter()
    process = subprocess.Popen(
        words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, words
    cpu_s = used.ru_utime + used.ru_stime
    return perf_counter() - began_s, cpu_s, used.ru_maxrss / 1024


def _streamed_rows(
    folder: Path, sizes: Sequence[int], connections: int
) -> list[list[str]]:
    rows = []
    small = write_leads(folder / "200.csv", 200)
    for size in sizes:
        path = write_leads(folder / f"{size}.csv", size)
        for kind in ("sink", "command"):
            with BenchService() as service:
                hook = nw.Webhook(**webhook_parts(service.origin))  # type: ignore[arg-type]  # by name
                hook.save(folder / "hook.webhook.json")
                small_s, small_cpu_s, base = _measured(_job(kind, small, connections))
                took_s, cpu_s, peak = _measured(_job(kind, path, connections))
                requests = service.stats()["requests"]
            assert requests == size + 200, (requests, size)
            for made in folder.glob(f"{kind}-*"):
                shutil.rmtree(made)
            rows.append(
                [
                    f"{size:,}",
                    kind,
                    f"{took_s:.1f}",
                    f"{(took_s - small_s) / size * 1e6:.0f}",
                    f"{(cpu_s - small_cpu_s) / size * 1e6:.0f}",
                    f"{base:.0f}",
                    f"{peak - base:.0f}",
                ]
            )
            sys.stdout.write(" | ".join(rows[-1]) + "\n")
            sys.stdout.flush()
    return rows


def main() -> None:
    """Run every size and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="*", default=_SIZES)
    parser.add_argument("--most-called", type=int, default=100_000, metavar="LEADS")
    parser.add_argument("--connections", type=int, default=100)
    parser.add_argument(
        "--only", choices=["memory", "streamed"], help="One of the two tables."
    )
    parser.add_argument("--once", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--origin", default="", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.once:
        found = _once(given.once, given.origin, given.connections)
        sys.stdout.write(json.dumps(found) + "\n")
        return
    if given.only != "streamed":
        _print_in_memory(given)
    if given.only != "memory":
        with tempfile.TemporaryDirectory() as folder:
            rows = _streamed_rows(Path(folder), given.sizes, given.connections)
        sys.stdout.write(table(_STREAMED_HEADER, rows))


def _print_in_memory(given: argparse.Namespace) -> None:
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
