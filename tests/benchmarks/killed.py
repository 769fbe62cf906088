"""A long list, killed and gone on with: `python -m tests.benchmarks.killed`.

The command `nbwebhook run` on a list is killed when a third of it has been called, and
typed again; beside it the same list without a kill. Both must leave the same files. What
is called again after the kill are the leads that were under way, as the run is allowed to
(`--idempotent`).
"""

from __future__ import annotations

import argparse
import filecmp
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbwebhook as nw
from tests.benchmarks.job import webhook_parts, write_leads
from tests.benchmarks.server import BenchService

__all__ = ["main"]

_LOOK_S = 0.5
_SAME = ("leads.csv", "updates.csv", "changes.csv")


def _start(
    folder: Path, out: Path, leads: Path, connections: int
) -> subprocess.Popen[bytes]:
    words = [
        sys.executable,
        "-m",
        "nbwebhook",
        "run",
        str(folder / "hook.webhook.json"),
    ]
    words += [str(leads), "--out", str(out), "--connections", str(connections)]
    words += ["--idempotent", "--yes", "--json"]
    quiet = subprocess.DEVNULL
    return subprocess.Popen(words, stdout=quiet, stderr=quiet)


def _end(process: subprocess.Popen[bytes]) -> float:
    """Wait for a process; return its peak memory in MiB."""
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return used.ru_maxrss / 1024


def _run(
    folder: Path, leads: Path, count: int, given: argparse.Namespace, *, kill: bool
) -> Path:
    out = folder / f"{'killed' if kill else 'whole'}-{count}"
    peaks = []
    with BenchService() as service:
        hook = nw.Webhook(**webhook_parts(service.origin))  # type: ignore[arg-type]  # by name
        hook.save(folder / "hook.webhook.json")
        process = _start(folder, out, leads, given.connections)
        if kill:
            while service.stats()["requests"] < count / 3:
                time.sleep(_LOOK_S)
            process.kill()
            peaks.append(_end(process))
            process = _start(folder, out, leads, given.connections)
        peaks.append(_end(process))
        seen = service.stats()
    told = ", ".join(f"{peak:.0f}" for peak in peaks)
    sys.stdout.write(
        f"{out.name}: exit {process.returncode}, peak {told} MiB, {seen['requests']:,.0f} "
        f"requests of {seen['distinct_ids']:,.0f} leads, {seen['ids_seen_again']:,.0f} of "
        "them again\n"
    )
    sys.stdout.flush()
    return out


def main() -> None:
    """Run both and compare what they leave."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leads", type=int, default=1_000_000)
    parser.add_argument("--connections", type=int, default=100)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        few = write_leads(folder / "200.csv", 200)
        _run(folder, few, 200, given, kill=False)
        leads = write_leads(folder / "leads.csv", given.leads)
        killed = _run(folder, leads, given.leads, given, kill=True)
        whole = _run(folder, leads, given.leads, given, kill=False)
        same = [
            one
            for one in _SAME
            if filecmp.cmp(killed / one, whole / one, shallow=False)
        ]
    sys.stdout.write(f"equal to the byte: {', '.join(same) or 'nothing'}\n")
    assert len(same) == len(_SAME)


if __name__ == "__main__":
    main()
