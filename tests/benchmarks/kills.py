"""A run killed again and again: `python -m tests.benchmarks.kills`.

The process is killed (SIGKILL) at random points of the run and started anew with the same
journal, until it ends by itself. The service's own count of calls is the judge: at most
once nobody may be called twice and nobody be lost; with `--idempotent` everybody must be
called, and few of them once more.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from time import monotonic, sleep

import nbwebhook as nw
from tests.benchmarks.job import webhook_parts, write_leads
from tests.benchmarks.server import BenchService

__all__ = ["main"]

_MODULE = "tests.benchmarks.kills"
_ROOT = Path(__file__).parents[2]
_LOOK_S = 0.02
_LIMIT_S = 600.0


def _session(given: argparse.Namespace) -> None:
    """Run, or go on, and print what became of every lead."""
    origin, leads, journal = given.session
    result = nw.run(
        nw.Webhook(**webhook_parts(origin)),  # type: ignore[arg-type]  # by name
        nw.read_leads(leads),
        connections=given.connections,
        retry=nw.Retry(attempts=1, idempotent=given.idempotent or None),
        journal=journal,
        progress=False,
    )
    last = result.calls.groupby("lead_key", sort=False)["outcome"].last().astype(str)
    sys.stdout.write(f"\n{json.dumps(Counter(last.tolist()))}\n")


class _Killing:
    """One run over many processes."""

    def __init__(
        self, given: argparse.Namespace, service: BenchService, folder: Path
    ) -> None:
        leads = write_leads(folder / "leads.csv", given.leads)
        words = [service.origin, str(leads), str(folder / "run.sqlite")]
        self._command = [sys.executable, "-m", _MODULE, "--session", *words]
        self._command += ["--connections", str(given.connections)]
        self._command += ["--idempotent"] * given.idempotent
        self._service = service

    def _start(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self._command, stdout=subprocess.PIPE, text=True, cwd=_ROOT
        )

    def _requests(self) -> int:
        return int(self._service.stats()["requests"])

    def kill_at(self, requests: int) -> bool:
        """Kill a session once the service has seen so many requests; false if it ended."""
        process = self._start()
        end_s = monotonic() + _LIMIT_S
        while self._requests() < requests and process.poll() is None:
            assert monotonic() < end_s, "the run has stalled"
            sleep(_LOOK_S)
        is_killed = process.poll() is None
        process.kill()
        process.communicate()
        # What stands in the sockets of the dead process is still read and counted.
        before = -1
        while before != (now := self._requests()):
            before = now
            sleep(_LOOK_S)
        return is_killed

    def end(self) -> Counter[str]:
        """Let the run end and return the leads by outcome."""
        out, _ = self._start().communicate(timeout=_LIMIT_S)
        return Counter(json.loads(out.splitlines()[-1]))


def _judge(given: argparse.Namespace, kills: int, outcomes: Counter[str]) -> int:
    """Return how many unknown leads, or further calls, there may be."""
    assert set(outcomes) <= {"updated", "unknown"}, outcomes
    assert outcomes.total() == given.leads
    return 2 * int(given.connections) * kills


def main() -> None:
    """Kill, count and tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leads", type=int, default=100_000)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--connections", type=int, default=20)
    parser.add_argument("--delay-ms", type=float, default=4.0)
    parser.add_argument("--idempotent", action="store_true", help="at least once")
    parser.add_argument("--seed", type=int, default=6)
    parser.add_argument("--session", nargs=3, metavar=("ORIGIN", "LEADS", "JOURNAL"))
    given = parser.parse_args()
    if given.session:
        _session(given)
        return
    dice = random.Random(given.seed)  # noqa: S311 - a sequence to be had again
    # Leads that are unknown may never be called: the service sees so many fewer.
    last = given.leads - 2 * given.connections * given.kills
    targets = sorted(dice.sample(range(1, last), given.kills))
    with (
        tempfile.TemporaryDirectory() as folder,
        BenchService(given.delay_ms) as service,
    ):
        killing = _Killing(given, service, Path(folder))
        kills = sum(killing.kill_at(requests) for requests in targets)
        outcomes = killing.end()
        seen = service.stats()
    most = _judge(given, kills, outcomes)
    called, repeated = int(seen["distinct_ids"]), int(seen["ids_seen_again"])
    uncalled = given.leads - called
    lost = max(0, uncalled - outcomes["unknown"])
    sys.stdout.write(
        f"{kills} kills, {given.leads:,} leads, {given.connections} connections: "
        f"{dict(outcomes)}; {called:,} leads were called, {repeated:,} of them more than "
        f"once, {lost} lost; unknown leads may be {most:,}\n"
    )
    if given.idempotent:
        assert outcomes == {"updated": given.leads}
        assert lost == 0
        assert repeated <= most
    else:
        assert repeated == 0
        assert lost == 0
        assert outcomes["unknown"] <= most


if __name__ == "__main__":
    main()
