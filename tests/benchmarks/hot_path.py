"""What a lead costs without a network, by stage: `python -m tests.benchmarks.hot_path`.

CPU time of this thread, so that other work on the machine counts less. The transport is
in process and answers at once; what is left is the engine, rendering and mapping.
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import io
import pstats
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import thread_time
from typing import Any

import pandas as pd

import nbwebhook as nw
from nbwebhook.clock import RealClock
from nbwebhook.engine.plan import RunPlan
from nbwebhook.engine.run import LeadRun
from nbwebhook.frames.prepare import PreparedFrame, prepare
from nbwebhook.frames.result import Result
from nbwebhook.render.request import Request
from nbwebhook.transport.base import CallProgress, Response, Timing
from tests.benchmarks.job import webhook_parts, write_leads
from tests.benchmarks.measure import median_of, table

__all__ = ["InstantTransport", "main"]

_HEADERS = (
    (b"content-type", b"application/json"),
    (b"date", b"Tue, 06 Jan 2026 10:00:00 GMT"),
)
_SEGMENTS = ("enterprise", "mid-market", "small", "public")


def _bodies(count: int) -> list[bytes]:
    return [
        b'{"status": "ok", "requestId": "0f8fad5b-d9cb-469f-a165-%012d", "result": '
        b'{"score": %d, "segment": "%s", "employees": %d, "is_customer": %s, "revenue": '
        b'%d.50, "tags": ["emea", "b2b"], "updated": "2026-01-06T10:11:12Z"}, "note": '
        b'"nothing else to say about this one"}'
        % (
            i,
            i % 101,
            _SEGMENTS[i % 4].encode(),
            i % 5_000 + 1,
            b"true" if i % 3 else b"false",
            i % 100_000,
        )
        for i in range(count)
    ]


class InstantTransport:
    """Answers each request at once, as the service of `server.c` does.

    Args:
        gives_way: Whether each call lets the loop turn once, as a real one does.
    """

    def __init__(self, *, gives_way: bool = False) -> None:
        self._bodies = _bodies(10_000)
        self._gives_way = gives_way
        self._count = 0

    async def send(
        self,
        request: Request,  # noqa: ARG002 - a Transport
        deadline_s: float,  # noqa: ARG002 - a Transport
        *,
        progress: CallProgress | None = None,
    ) -> Response:
        """Return the next answer."""
        if progress is not None:
            progress.bytes_sent = True
        if self._gives_way:
            await asyncio.sleep(0)
        body = self._bodies[self._count % len(self._bodies)]
        self._count += 1
        timing = Timing()
        waited_ms = self._count % 997 / 1e3
        timing.send_ms, timing.first_byte_ms, timing.read_ms = 0.01, waited_ms, 0.01
        timing.latency_ms = waited_ms + 0.02
        return Response(
            200,
            "OK",
            _HEADERS,
            body,
            timing=timing,
            request_bytes=300,
            response_bytes=len(body),
            connection_reused=True,
            remote_address="127.0.0.1",
        )

    async def aclose(self) -> None:
        """Have nothing to close."""


def _ready(leads: pd.DataFrame) -> PreparedFrame:
    hook = nw.Webhook(**webhook_parts("http://127.0.0.1:9"))  # type: ignore[arg-type]  # by name
    return prepare(hook, leads, context=None, fields=None, key=None, clock=RealClock())


def _machine(prepared: PreparedFrame, transport: InstantTransport) -> LeadRun:
    return LeadRun(
        prepared.supply(),
        lambda: (transport, "instant"),
        prepared.mapper,
        RunPlan(connections=100),
        RealClock(),
    )


def _stages(leads: pd.DataFrame, *, gives_way: bool) -> dict[str, float]:
    """Return the microseconds a lead of each stage."""
    found: dict[str, float] = {}

    def timed(stage: str, work: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever it makes
        began_s = thread_time()
        made = work()
        found[stage] = (thread_time() - began_s) / len(leads) * 1e6
        return made

    prepared = timed("prepare", lambda: _ready(leads))
    timed("render", lambda: [prepared.render(block) for block in prepared.blocks()])
    transport = InstantTransport()
    answers = asyncio.run(_answers(transport, len(leads)))
    mapper, old = prepared.mapper, (None,) * len(prepared.targets)
    timed("map", lambda: [mapper.map_response(answer, old) for answer in answers])
    answers.clear()
    timed("transport", lambda: asyncio.run(_answers(transport, len(leads))))
    ready = _machine(prepared, InstantTransport(gives_way=gives_way))
    timed("run", lambda: asyncio.run(ready.execute()))
    found["run without transport"] = found["run"] - found["transport"]

    def close() -> Result:
        return Result(prepared, ready, timeout_s=30, outlook=lambda _: None)  # type: ignore[arg-type,return-value]  # no report here

    result = timed("calls and summary", close)
    for name in ("changes", "updates", "leads"):
        timed(name, lambda name=name: getattr(result, name))  # type: ignore[misc]  # bound now
    return found


async def _answers(transport: InstantTransport, count: int) -> list[Response]:
    request: Any = None
    return [await transport.send(request, 30.0) for _ in range(count)]


def _profile(leads: pd.DataFrame, lines: int) -> str:
    prepared = _ready(leads)
    machine = _machine(prepared, InstantTransport())
    profile = cProfile.Profile()
    profile.enable()
    asyncio.run(machine.execute())
    profile.disable()
    text = io.StringIO()
    pstats.Stats(profile, stream=text).sort_stats("tottime").print_stats(lines)
    return text.getvalue()


def main() -> None:
    """Print the stages, and with `--profile` where a run spends its time."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leads", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--gives-way", action="store_true")
    parser.add_argument("--profile", type=int, default=0, metavar="LINES")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        leads = nw.read_leads(write_leads(Path(folder) / "leads.csv", given.leads))
    rounds = [_stages(leads, gives_way=given.gives_way) for _ in range(given.rounds)]
    rows = [
        (stage, f"{median_of(found[stage] for found in rounds):.2f}")
        for stage in rounds[0]
    ]
    sys.stdout.write(table(("stage", "us CPU a lead"), rows))
    if given.profile:
        sys.stdout.write(_profile(leads, given.profile))


if __name__ == "__main__":
    main()
