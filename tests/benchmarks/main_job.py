"""What the main job costs and how exact its times are: `python -m tests.benchmarks.main_job`.

Prints a line a figure. Everything runs on loopback, bounded in count and time.
"""

from __future__ import annotations

import asyncio
import sys
import tracemalloc
from statistics import median

import pandas as pd

import nbwebhook as nw
from nbwebhook.demo import demo_leads
from nbwebhook.render.request import Request
from nbwebhook.transport.base import CallProgress, Response
from nbwebhook.transport.fake import make_response


def webhook(origin: str) -> nw.Webhook:
    """Return a webhook that asks the demo service for a score."""
    return nw.Webhook(
        url=f"{origin}/enrich",
        payload_template='{"email": {{lead.Email Address}}}',
        request_token_encoding="JSON",
        custom_headers={"Content-Type": "application/json"},
        response_mappings={"result.score": "LeadScore", "result.segment": "Segment"},
    )


def tell(line: str) -> None:
    """Print a figure."""
    sys.stdout.write(line + "\n")


def latency_against_the_service() -> None:
    """2,000 leads, 20 connections, 20 ms: told median against the service's own."""
    leads = pd.DataFrame(demo_leads(2_000))
    for transport in ("httpx", "auto"):
        with nw.DemoService(latency_ms=20, process=True) as service:
            hook = webhook(service.url)
            result = nw.run(hook, leads, transport=transport, progress=False)
            own_ms = median(call.service_ms for call in service.record)
            counts = service.counts
        told_ms = result.summary.latency.p50_ms
        tell(
            f"{result.summary.transport}: {len(result.calls)} outcomes, "
            f"{counts.requests} requests, at most {counts.max_in_flight} in flight; "
            f"median {told_ms:.2f} ms told, {own_ms:.2f} ms by the service, "
            f"{told_ms - own_ms:+.2f} ms; {result.summary.calls_per_s:,.0f} calls/s"
        )


def deadlines() -> None:
    """A drip of body bytes at a limit of 1 s, then many deadlines and healthy calls."""
    leads = pd.DataFrame(demo_leads(10))
    with nw.DemoService(latency_ms=0, faults={"drip": 1.0}, process=True) as service:
        result = nw.run(webhook(service.url), leads, timeout_s=1.0, progress=False)
    took = result.calls["latency_ms"]
    tell(
        f"drip, limit 1,000 ms: {len(took)} calls, {took.min():.0f}..{took.max():.0f} ms"
    )
    with nw.DemoService(latency_ms=500, process=True) as service:
        many = pd.DataFrame(demo_leads(1_000))
        hook = webhook(service.url)
        late = nw.run(hook, many, timeout_s=0.1, connections=100, progress=False)
    with nw.DemoService(latency_ms=5, process=True) as service:
        few = pd.DataFrame(demo_leads(200))
        healthy = nw.run(webhook(service.url), few, connections=100, progress=False)
    tell(
        f"{late.summary.unknown} deadlines of 100 ms, slowest "
        f"{late.calls['latency_ms'].max():.0f} ms; then "
        f"{healthy.summary.updated + healthy.summary.no_update} of 200 healthy calls"
    )


class _Instant:
    """Answers at once, in the process."""

    def __init__(self) -> None:
        self._response = make_response(b'{"result": {"score": 7, "segment": "A"}}')

    async def send(
        self,
        request: Request,  # noqa: ARG002 - a transport's own argument
        deadline_s: float,  # noqa: ARG002 - as above
        *,
        progress: CallProgress | None = None,  # noqa: ARG002 - as above
    ) -> Response:
        """Return the one response."""
        await asyncio.sleep(0)
        return self._response

    async def aclose(self) -> None:
        """Do nothing."""


def memory() -> None:
    """Peak of Python's memory above the leads, a lead, at two sizes."""
    for count in (20_000, 100_000):
        leads = pd.DataFrame(demo_leads(count))
        hook = webhook("http://127.0.0.1:9")
        tracemalloc.start()
        result = nw.run(hook, leads, transport=_Instant(), progress=False)
        run_peak = tracemalloc.get_traced_memory()[1]
        _ = result.calls, result.updates
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        tell(
            f"{count:,} leads: peak {run_peak / 1e6:.0f} MB in the run "
            f"({run_peak / count:.0f} bytes a lead), {peak / 1e6:.0f} MB with the frames"
        )


if __name__ == "__main__":
    latency_against_the_service()
    deadlines()
    memory()
