"""Once, over a cluster: workers are killed with SIGKILL while a long list is called.

```text
python -m tests.benchmarks.cluster [--leads 20000] [--kills 5] [--workers 4]
    [--connections 40] [--calls-per-s R] [--added 1]
```

The service counts who was called and how many calls there were at once. It ends with a
line of JSON, and with exit code 1 if a lead was called twice or lost, if more than the
budget was in use, or if more leads are unknown than may have been under way.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import tempfile
import time
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

import nbwebhook as nw
from nbwebhook.demo import DemoCounts, DemoService, demo_leads

_TIMEOUT_S = 2.0


@dataclass(frozen=True, slots=True)
class Trial:
    """What is tried."""

    leads: int = 20_000
    kills: int = 5
    added: int = 1
    workers: int = 4
    partitions: int = 40
    connections: int = 40
    calls_per_s: float | None = None
    latency_ms: float = 20.0


def has_seen(requests: int, seen: DemoCounts) -> bool:
    """Say whether the service has seen so many requests."""
    return seen.requests >= requests


def most_in_a_second(starts_s: np.ndarray) -> int:
    """Return the most that began within any second."""
    starts_s = np.sort(starts_s)
    ends = np.searchsorted(starts_s, starts_s + 1.0, side="left")
    return int((ends - np.arange(len(starts_s))).max(initial=0))


def try_it(trial: Trial) -> dict[str, object]:
    """Run it and return what was seen."""
    from dask import dataframe as dd  # noqa: PLC0415 - after the guard of main
    from distributed import Client, LocalCluster  # noqa: PLC0415 - as above

    leads = pd.DataFrame(demo_leads(trial.leads))
    with (
        tempfile.TemporaryDirectory() as folder,
        DemoService(latency_ms=trial.latency_ms, process=True) as service,
        LocalCluster(
            n_workers=trial.workers, threads_per_worker=1, dashboard_address=None
        ) as cluster,
        Client(cluster) as client,
    ):
        hook = nw.Webhook(
            name="Once",
            url=f"{service.url}/enrich?email={{{{lead.Email Address}}}}",
            custom_headers=[("X-Lead-Id", "{{lead.Id}}")],
            response_mappings=[("result.score", "Lead Score")],
        )
        run: Any = nw.start(
            hook,
            dd.from_pandas(leads, npartitions=trial.partitions),
            client=client,
            connections=trial.connections,
            max_calls_per_s=trial.calls_per_s,
            timeout_s=_TIMEOUT_S,
            journal=folder,
        )
        killed = 0
        while killed < trial.kills:
            due = trial.leads * (killed + 1) // (trial.kills + 1)
            service.wait_for(partial(has_seen, due), timeout_s=300)
            pid = next(iter(client.run(os.getpid).values()))
            os.kill(pid, signal.SIGKILL)
            killed += 1
            if killed <= trial.added:
                cluster.scale(trial.workers + killed)
        began_s = time.monotonic()
        result = run.result(600)
        counts, calls = service.counts, result.calls.compute()
        starts = np.array([call.arrived_s for call in service.record])
        unknown_keys = set(calls["lead_key"][calls["outcome"] == "unknown"])
        unknown = int((calls["outcome"] == "unknown").sum())
        summary = result.summary
        return {
            "leads": trial.leads,
            "killed": killed,
            "called_twice": sum(n > 1 for n in counts.by_lead.values()),
            "lost": trial.leads - len(set(calls["lead_key"].dropna())),
            "never_called_and_not_told": len(
                set(leads["Id"].astype(str)) - set(counts.by_lead) - unknown_keys
            ),
            "unknown": unknown,
            "unknown_at_most": 2 * trial.connections * killed,
            "unknown_listed": len(result.unknown_leads()),
            "most_at_once": counts.max_in_flight,
            "most_in_a_second": most_in_a_second(starts),
            "budget": [trial.connections, trial.calls_per_s],
            "outcomes": {k: n for k, n in summary.outcome_counts().items() if n},
            "after_last_kill_s": round(time.monotonic() - began_s, 1),
            "duration_s": round(summary.duration_s, 1),
        }


def is_good(seen: dict[str, object], trial: Trial) -> bool:
    """Say whether all promises were kept."""
    none = ("called_twice", "lost", "never_called_and_not_told")
    return (
        not any(seen[name] for name in none)
        and seen["unknown"] == seen["unknown_listed"]
        and int(str(seen["unknown"])) <= int(str(seen["unknown_at_most"]))
        and int(str(seen["most_at_once"])) <= trial.connections
    )


def main() -> int:
    """Try what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    known = Trial()
    parser.add_argument("--leads", type=int, default=known.leads)
    parser.add_argument("--kills", type=int, default=known.kills)
    parser.add_argument("--added", type=int, default=known.added)
    parser.add_argument("--workers", type=int, default=known.workers)
    parser.add_argument("--partitions", type=int, default=known.partitions)
    parser.add_argument("--connections", type=int, default=known.connections)
    parser.add_argument("--calls-per-s", type=float, default=known.calls_per_s)
    parser.add_argument("--latency-ms", type=float, default=known.latency_ms)
    trial = Trial(**vars(parser.parse_args()))
    seen = try_it(trial)
    print(json.dumps(seen, indent=1))  # noqa: T201 - a command
    return 0 if is_good(seen, trial) else 1


if __name__ == "__main__":
    sys.exit(main())
