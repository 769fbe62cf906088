"""The job as one command, done by each contender: `python -m tests.benchmarks.contenders`.

Each one reads the list, calls, and writes two lists; its last line says how long its
calls took and what latency it reports, as JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import json
import statistics
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import perf_counter
from typing import Any

from tests.benchmarks.job import BODY_COLUMNS, FIELDS, webhook_parts, write_results

__all__ = ["CONTENDERS", "main"]

_JSON = {"Content-Type": "application/json"}
_TIMEOUT_S = 60.0


class Kept:
    """What a contender keeps of its calls."""

    def __init__(self) -> None:
        self.updates: list[tuple[object, ...]] = []
        self.calls: list[tuple[object, ...]] = []
        self.first_s = 0.0
        self.last_s = 0.0

    def add(self, lead: object, status: int, began_s: float, found: Any) -> None:  # noqa: ANN401 - a document
        """Take down one call and its five values."""
        self.last_s = perf_counter()
        self.first_s = self.first_s or began_s
        self.calls.append((lead, status, (self.last_s - began_s) * 1e3))
        result = found["result"]
        self.updates.append((lead, *[result[key] for key in FIELDS]))

    def facts(self, out: Path) -> dict[str, float]:
        """Write the lists and return how long it took."""
        write_results(out, self.updates, self.calls)
        latencies = [float(str(call[2])) for call in self.calls]
        cuts = statistics.quantiles(latencies, n=100, method="inclusive")
        return {
            "span_s": self.last_s - self.first_s,
            "p50_ms": cuts[49],
            "p99_ms": cuts[98],
        }


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        yield from csv.DictReader(file)


def _body(row: dict[str, Any]) -> dict[str, Any]:
    return {key: row[name] for key, name in BODY_COLUMNS.items()}


async def _serve(connections: int, work: Callable[[], Awaitable[None]]) -> None:
    async with asyncio.TaskGroup() as group:
        for _ in range(connections):
            group.create_task(work())  # type: ignore[arg-type]  # a coroutine function


def ours(job: argparse.Namespace) -> dict[str, float]:
    """Read, run and save two frames, with the package; the command keeps a journal."""
    import nbwebhook as nw  # noqa: PLC0415 - loading it is part of the job

    leads = nw.read_leads(job.leads)
    result = nw.run(
        nw.Webhook(**webhook_parts(job.origin)),  # type: ignore[arg-type]  # by name
        leads,
        connections=job.connections,
        transport=job.transport,
        journal=False,  # no other contender keeps one
        progress=False,
    )
    updates = result.updates
    updates.insert(0, "Id", leads.loc[updates.index, "Id"])
    nw.write_leads(updates, job.out / "updates.csv")
    # The three columns that the others keep, under their names.
    made = result.calls
    calls = made[["lead_key", "status_code", "latency_ms"]]
    calls = calls.rename(columns={"lead_key": "Id", "status_code": "status"})
    nw.write_leads(calls, job.out / "calls.csv")
    latency = result.summary.latency
    ends_ms = made["wait_ms"] + made["latency_ms"]
    return {
        # As the others measure it: from the first call's start to the last one's end.
        "span_s": float(ends_ms.max() - made["wait_ms"].min()) / 1e3,
        "p50_ms": latency.p50_ms,
        "p99_ms": latency.p99_ms,
        "overhead_ms": result.summary.overhead_ms,
    }


def command(job: argparse.Namespace) -> dict[str, float]:
    """Do the same with the command line, which writes more: all frames and a report."""
    from nbwebhook.cli import main as nbwebhook  # noqa: PLC0415 - likewise
    from nbwebhook.definition.webhook import Webhook  # noqa: PLC0415

    hook = job.out / "benchmark.webhook.json"
    Webhook(**webhook_parts(job.origin)).save(hook)  # type: ignore[arg-type]  # by name
    words = ["run", str(hook), str(job.leads), "--out", str(job.out), "--yes"]
    words += ["--connections", str(job.connections)]
    nbwebhook(words, standalone_mode=False)
    return {}


def aiohttp_workers(job: argparse.Namespace) -> dict[str, float]:
    """Use aiohttp as an expert does: workers, one session, orjson."""
    import aiohttp  # type: ignore[import-not-found,unused-ignore]  # noqa: PLC0415
    import orjson  # type: ignore[import-not-found,unused-ignore]  # noqa: PLC0415

    kept = Kept()

    async def everything() -> None:
        rows = _rows(job.leads)
        connector = aiohttp.TCPConnector(limit=job.connections)
        timeout = aiohttp.ClientTimeout(total=_TIMEOUT_S)
        async with aiohttp.ClientSession(connector=connector, timeout=timeout) as http:

            async def work() -> None:
                for row in rows:
                    url = f"{job.origin}/enrich?id={row['Id']}"
                    body = orjson.dumps(_body(row))
                    began_s = perf_counter()
                    async with http.post(url, data=body, headers=_JSON) as answer:
                        raw = await answer.read()
                    kept.add(row["Id"], answer.status, began_s, orjson.loads(raw))

            await _serve(job.connections, work)

    asyncio.run(everything())
    return kept.facts(job.out)


def pyreqwest_workers(job: argparse.Namespace) -> dict[str, float]:
    """Use pyreqwest, whose runtime is Rust, the same way."""
    from pyreqwest.client import (  # type: ignore[import-not-found,unused-ignore]  # noqa: PLC0415
        ClientBuilder,
    )

    kept = Kept()

    async def everything() -> None:
        rows = _rows(job.leads)
        async with ClientBuilder().build() as http:

            async def work() -> None:
                for row in rows:
                    url = f"{job.origin}/enrich?id={row['Id']}"
                    body = _body(row)
                    began_s = perf_counter()
                    request = http.post(url).body_json(body).build()
                    answer = await request.send()
                    found = await answer.json()
                    kept.add(row["Id"], answer.status, began_s, found)

            await _serve(job.connections, work)

    asyncio.run(everything())
    return kept.facts(job.out)


def requests_threads(job: argparse.Namespace) -> dict[str, float]:
    """Use requests in threads, and read_csv as it comes."""
    import pandas as pd  # noqa: PLC0415 - loading it is part of the job
    import requests  # type: ignore[import-untyped,import-not-found,unused-ignore]  # noqa: PLC0415

    kept, mine, lock = Kept(), threading.local(), threading.Lock()

    def call(row: dict[str, Any]) -> None:
        if not hasattr(mine, "session"):
            mine.session = requests.Session()
        url = f"{job.origin}/enrich?id={row['Id']}"
        began_s = perf_counter()
        answer = mine.session.post(url, json=_body(row), timeout=_TIMEOUT_S)
        found = answer.json()
        with lock:
            kept.add(row["Id"], answer.status_code, began_s, found)

    rows: list[Any] = (
        pd.read_csv(job.leads).astype(object).fillna("").to_dict("records")
    )
    with ThreadPoolExecutor(job.connections) as pool:
        list(pool.map(call, rows))
    return kept.facts(job.out)


def httpx_textbook(job: argparse.Namespace) -> dict[str, float]:
    """Write the cell that tutorials show: gather, a semaphore, read_csv as it comes."""
    import httpx  # noqa: PLC0415 - loading it is part of the job
    import pandas as pd  # noqa: PLC0415

    kept = Kept()

    async def everything() -> None:
        limits = httpx.Limits(max_connections=job.connections)
        turn = asyncio.Semaphore(job.connections)
        async with httpx.AsyncClient(limits=limits, timeout=_TIMEOUT_S) as http:

            async def call(row: dict[str, Any]) -> None:
                async with turn:
                    url = f"{job.origin}/enrich?id={row['Id']}"
                    began_s = perf_counter()
                    answer = await http.post(url, json=_body(row))
                    kept.add(row["Id"], answer.status_code, began_s, answer.json())

            frame = pd.read_csv(job.leads).astype(object).fillna("")
            rows: list[Any] = frame.to_dict("records")
            await asyncio.gather(*(call(row) for row in rows))

    asyncio.run(everything())
    return kept.facts(job.out)


CONTENDERS: dict[str, Callable[[argparse.Namespace], dict[str, float]]] = {
    "nbwebhook": ours,
    "nbwebhook, the command": command,
    "pyreqwest and workers": pyreqwest_workers,
    "aiohttp, workers, orjson": aiohttp_workers,
    "requests and threads": requests_threads,
    "httpx, the textbook cell": httpx_textbook,
}


def main() -> None:
    """Do the job once and print what was seen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=CONTENDERS)
    parser.add_argument("--origin", required=True)
    parser.add_argument("--leads", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--connections", type=int, required=True)
    parser.add_argument("--transport", default="auto")
    job = parser.parse_args()
    facts = CONTENDERS[job.name](job)
    sys.stdout.write(json.dumps(facts) + "\n")


if __name__ == "__main__":
    main()
