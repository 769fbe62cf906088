"""What tests of a run over a cluster share: clusters, a service, a webhook, a list."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from distributed import Client, LocalCluster

from nbwebhook.demo import DemoService


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    """Return a client of a cluster in this process: two workers, two threads each."""
    with (
        LocalCluster(
            n_workers=2,
            threads_per_worker=2,
            processes=False,
            dashboard_address="127.0.0.1:0",
        ) as cluster,
        Client(cluster) as client,
    ):
        yield client


@pytest.fixture
def service() -> Iterator[DemoService]:
    """Return a service that takes 5 ms for a call."""
    with DemoService(latency_ms=5) as service:
        yield service
