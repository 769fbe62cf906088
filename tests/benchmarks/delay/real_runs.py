"""Does a real run end within the band? `python -m tests.benchmarks.delay.real_runs`.

For each of ten services: a pilot of 200 calls at 20 connections, the estimate for 20,000
leads, then 20,000 leads for real. Prints a line a service. Takes about five minutes, on
loopback alone.
"""

from __future__ import annotations

import sys

import pandas as pd

import nbwebhook as nw
from nbwebhook.demo import Constant, Latency, LogNormal, demo_leads

LEADS = 20_000
PILOT = 200
CONNECTIONS = 20

SERVICES: dict[str, Latency] = {
    "constant 20 ms": Constant(20),
    "constant 30 ms": Constant(30),
    "lognormal 20/60 ms": LogNormal(20, 60),
    "lognormal 25/50 ms": LogNormal(25, 50),
    "lognormal 15/150 ms": LogNormal(15, 150),
    "constant 20 ms, 1 % at 400 ms": Constant(20, slow_share=0.01, slow_ms=400),
    "constant 20 ms, 1 % at 1 s": Constant(20, slow_share=0.01, slow_ms=1_000),
    "lognormal 20/60 ms, 1 % at 300 ms": LogNormal(
        20, 60, slow_share=0.01, slow_ms=300
    ),
    "lognormal 20/60 ms, 5 % at 200 ms": LogNormal(
        20, 60, slow_share=0.05, slow_ms=200
    ),
    "constant 25 ms, 2 % at 250 ms": Constant(25, slow_share=0.02, slow_ms=250),
}


def measure(law: Latency, pilot: pd.DataFrame, leads: pd.DataFrame) -> str:
    """Return how the real duration stands to the band of the pilot's estimate."""
    with nw.DemoService(latency_ms=law, process=True, keep_record=False) as service:
        hook = nw.Webhook(
            url=f"{service.url}/enrich?email={{{{lead.Email Address}}}}",
            request_type="GET",
            response_mappings={"result.score": "LeadScore"},
        )
        short = nw.run(hook, pilot, connections=CONNECTIONS, progress=False)
        [row] = nw.estimate_delay(short, LEADS, CONNECTIONS).rows
        real_s = nw.run(
            hook, leads, connections=CONNECTIONS, progress=False
        ).summary.duration_s
    low_s, high_s = row.makespan_p05_s, row.makespan_p95_pessimistic_s
    where = "in the band" if low_s <= real_s <= high_s else "OUTSIDE"
    return (
        f"as measured {low_s:.1f}..{row.makespan_p95_s:.1f} s, pessimistic "
        f"{high_s:.1f} s; real {real_s:.1f} s: {where}"
    )


def main() -> None:
    """Print a line a service."""
    everybody = pd.DataFrame(demo_leads(LEADS + PILOT))
    leads, pilot = everybody.head(LEADS), everybody.tail(PILOT)
    for name, law in SERVICES.items():
        sys.stdout.write(f"{name}: {measure(law, pilot, leads)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
