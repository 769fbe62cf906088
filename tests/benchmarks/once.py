"""Whether any request is sent twice when connections drop: `python -m tests.benchmarks.once`.

The service reads each n-th request and closes its connection without an answer; it counts
how often it saw each lead.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import nbwebhook as nw
from tests.benchmarks.job import webhook_parts, write_leads
from tests.benchmarks.server import BenchService

__all__ = ["main"]


def main() -> None:
    """Call every lead once and print what both sides saw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leads", type=int, default=100_000)
    parser.add_argument("--drop-every", type=int, default=10)
    parser.add_argument("--connections", type=int, default=100)
    parser.add_argument("--transport", default="auto")
    given = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        BenchService(drop_every=given.drop_every) as service,
    ):
        result = nw.run(
            nw.Webhook(**webhook_parts(service.origin)),  # type: ignore[arg-type]  # by name
            nw.read_leads(write_leads(Path(folder) / "leads.csv", given.leads)),
            connections=given.connections,
            transport=given.transport,
            progress=False,
        )
        seen = service.stats()
    counts = result.summary.outcome_counts()
    told = {kind: count for kind, count in counts.items() if count}
    sys.stdout.write(
        f"{result.summary.transport}: {given.leads:,} leads, {told}\n"
        f"the service saw {seen['requests']:,} requests of {seen['distinct_ids']:,} "
        f"leads, {seen['ids_seen_again']} of them twice, and dropped "
        f"{seen['dropped']:,}\n"
    )
    assert seen["ids_seen_again"] == 0
    assert sum(counts.values()) == given.leads


if __name__ == "__main__":
    main()
