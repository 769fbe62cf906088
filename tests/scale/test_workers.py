"""Workers as real processes: killed, stopped, added; the budget holds, nobody is lost."""

from __future__ import annotations

import os
import pickle
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cloudpickle
import numpy as np
import pytest
from distributed import Client, LocalCluster

import nbwebhook as nw
from nbwebhook import Context
from nbwebhook.demo import DemoService
from nbwebhook.errors import ClusterFailed
from nbwebhook.scale import conductor
from nbwebhook.scale.wire import SILENCE_S
from tests.benchmarks.cluster import most_in_a_second
from tests.scale.lists import cut, people, webhook

pytestmark = [
    pytest.mark.slow,
    # Under 20 s each on a quiet machine; starting Python anew takes its time on another.
    pytest.mark.timeout(240),
    pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals"),
]

CANARY = "canary-3f9c17"


@pytest.fixture(scope="module")
def cluster() -> Iterator[LocalCluster]:
    """Return a cluster of four processes; a worker that dies is started anew."""
    with LocalCluster(
        n_workers=4, threads_per_worker=1, dashboard_address="127.0.0.1:0"
    ) as cluster:
        yield cluster


@pytest.fixture
def client(cluster: LocalCluster) -> Iterator[Client]:
    """Return a client of that cluster."""
    with Client(cluster) as client:
        client.wait_for_workers(4, timeout=100)
        yield client


def pids(client: Client) -> list[int]:
    """Return the processes of the workers."""
    return list(client.run(os.getpid).values())


def test_the_budget_holds_while_a_worker_is_killed_and_one_is_added(
    client: Client, cluster: LocalCluster, tmp_path: Path
) -> None:
    """Ten connections, 100 calls a second: never more, as counted by the service."""
    with DemoService(latency_ms=80, process=True) as service:
        run: Any = nw.start(
            webhook(service),
            cut(people(480), 8),
            client=client,
            journal=tmp_path,
            connections=10,
            max_calls_per_s=100.0,
            timeout_s=1.0,
        )
        service.wait_for(lambda seen: seen.requests >= 120, timeout_s=60)
        os.kill(pids(client)[0], signal.SIGKILL)
        cluster.scale(5)
        result = run.result(200)
        counts, calls = service.counts, result.calls.compute()
        assert counts.max_in_flight <= 10
        starts = np.array([call.arrived_s for call in service.record])
        # A second of the service's clock, give or take what this machine is late.
        assert most_in_a_second(starts) <= 105
        assert set(counts.by_lead.values()) == {1}
        unknown = set(calls["lead_key"][calls["outcome"] == "unknown"])
        assert len(unknown) == len(result.unknown_leads()) <= 20
        assert set(counts.by_lead) | unknown == set(calls["lead_key"])
        assert len(calls) == len(set(calls["lead_key"])) == 480


def test_a_worker_that_hangs_starts_no_call_when_it_wakes(
    client: Client, tmp_path: Path
) -> None:
    """What it held was lent to others meanwhile; its own loan is over."""
    with DemoService(latency_ms=50, process=True) as service:
        run: Any = nw.start(
            webhook(service),
            cut(people(600), 4),
            client=client,
            journal=tmp_path,
            connections=4,
            timeout_s=0.5,
        )
        service.wait_for(lambda seen: seen.requests >= 40, timeout_s=60)
        stopped = pids(client)[1]
        os.kill(stopped, signal.SIGSTOP)
        try:
            # Long enough for its loan to end, and not for Dask to give it up.
            time.sleep(SILENCE_S + 1.5)
        finally:
            os.kill(stopped, signal.SIGCONT)
        result = run.result(200)
        counts = service.counts
        assert counts.max_in_flight <= 4
        assert set(counts.by_lead.values()) == {1}
        summary = result.summary
        assert summary.updated + summary.unknown + summary.failed == 600


def test_a_partition_that_dask_gives_up_is_handed_out_again(
    client: Client,
    cluster: LocalCluster,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its journal is settled first; after so many workers the run says so."""
    monkeypatch.setattr(cluster.scheduler, "allowed_failures", 0)
    with DemoService(latency_ms=60_000, process=True) as service:
        hook, leads = webhook(service), cut(people(3), 1)
        options: dict[str, Any] = {"client": client, "timeout_s": 1.0, "connections": 1}
        run: Any = nw.start(hook, leads, journal=tmp_path, **options)
        service.wait_for(lambda seen: seen.in_flight == 1, timeout_s=60)
        [address] = [worker for worker, stacks in client.processing().items() if stacks]
        os.kill(client.run(os.getpid, workers=[address])[address], signal.SIGKILL)
        result = run.result(200)
        assert result.summary.unknown == 3
        crashed = result.unknown_leads()["error_type"].tolist()
        assert crashed == ["RunCrashed", "RunCrashed", "DeadlineExceeded"]
        assert set(service.counts.by_lead.values()) == {1}
        monkeypatch.setattr(conductor, "_LOST_TIMES", 1)
        run = nw.start(hook, leads, journal=tmp_path, resend="unknown", **options)
        service.wait_for(lambda seen: seen.requests == 3, timeout_s=60)
        [address] = [worker for worker, stacks in client.processing().items() if stacks]
        os.kill(client.run(os.getpid, workers=[address])[address], signal.SIGKILL)
        with pytest.raises(ClusterFailed, match="again and again with partition 0"):
            run.result(200)


def test_no_secret_is_in_graph_logs_or_events(
    client: Client, service: DemoService, tmp_path: Path
) -> None:
    """Given secrets go over Dask's own line, those of the environment not at all."""
    seen: list[bytes] = []

    def spy(dask_scheduler: Any = None) -> list[bytes]:  # noqa: ANN401 - Dask's own
        found: list[bytes] = []
        for task in dask_scheduler.tasks.values():
            spec = task.run_spec
            found.append(repr(task).encode() + pickle.dumps(spec))
        return found

    hook = nw.Webhook(
        url=f"{service.url}/echo?id={{{{lead.Id}}}}",
        custom_headers=[("X-Key", "{{secret.KEY}}")],
        response_mappings=[("method", "Method")],
    )
    run: Any = nw.start(
        hook,
        cut(people(40), 4),
        client=client,
        journal=tmp_path,
        connections=1,
        max_calls_per_s=20.0,
        context=Context(secrets={"KEY": CANARY}),
    )
    service.wait_for(lambda counts: counts.requests >= 5, timeout_s=60)
    seen += client.run_on_scheduler(spy)
    result = run.result(100)
    seen += [repr(client.get_scheduler_logs()).encode()]
    seen += [repr(client.get_worker_logs()).encode()]
    seen += [repr(client.get_events()).encode()]
    seen += [cloudpickle.dumps(result.calls)]
    seen += [path.read_bytes() for path in tmp_path.iterdir()]
    assert len(seen) > 8
    assert any(b"nbwebhook-" in text for text in seen)
    assert not any(CANARY.encode() in text for text in seen)
    assert result.summary.updated == 40
    assert service.counts.requests == 40
