"""A service starts, tells what it saw and stops, in a thread as in a process."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import psutil
import pytest

from nbwebhook.demo import DemoCounts, DemoService, serve_forever
from nbwebhook.errors import InvalidPlan, NbWebhookError

Start = Callable[..., DemoService]

both_modes = pytest.mark.parametrize(
    "process", [pytest.param(False, id="thread"), pytest.param(True, id="process")]
)


@both_modes
def test_a_service_tells_what_it_saw(
    start_service: Start, client: httpx.Client, *, process: bool
) -> None:
    """Counts and record agree with what the client did."""
    service = start_service(process=process, latency_ms=20)
    before_s = time.perf_counter()
    for lead in ("7", "8", "7"):
        client.post(f"{service.url}/enrich", headers={"X-Lead-Id": lead}, json={})
    client.get(f"{service.url}/enrich", params={"email": "Ana@example.com"})
    client.get(f"{service.url}/echo")
    client.close()
    counts = service.wait_for(lambda counts: counts.connections_open == 0)
    assert counts == DemoCounts(
        requests=5,
        in_flight=0,
        max_in_flight=1,
        connections=1,
        connections_open=0,
        max_connections_open=1,
        by_status={200: 2, 422: 3},
        by_lead=Counter({"7": 2, "8": 1, "Ana@example.com": 1}),
    )
    record = service.record
    assert [call.lead for call in record] == ["7", "8", "7", "Ana@example.com", ""]
    assert all(19 < call.service_ms < 10_000 for call in record)
    assert before_s < record[0].arrived_s < record[4].arrived_s < time.perf_counter()


@both_modes
def test_calls_in_flight_are_counted_and_cut_by_a_stop(
    start_service: Start, *, process: bool
) -> None:
    """Three calls wait, the service stops, each client sees its connection end."""
    service = start_service(process=process, latency_ms=60_000)
    url = f"{service.url}/enrich?email=ana@example.com"
    with ThreadPoolExecutor(3) as pool:
        calls = [pool.submit(httpx.get, url, timeout=40) for _ in range(3)]
        counts = service.wait_for(lambda counts: counts.in_flight == 3)
        assert counts.max_in_flight == 3
        service.stop()
        for call in calls:
            with pytest.raises(httpx.TransportError, match=r"disconnected|reset"):
                call.result()
    after = service.counts
    assert (after.requests, after.max_in_flight, after.by_status) == (3, 3, {})


@both_modes
def test_a_reset_begins_anew(
    start_service: Start, client: httpx.Client, *, process: bool
) -> None:
    """Only what is open at the moment stays."""
    service = start_service(process=process)
    client.get(f"{service.url}/echo", headers={"X-Lead-Id": "7"})
    service.reset()
    assert service.counts == DemoCounts(
        connections=1, connections_open=1, max_connections_open=1
    )
    assert service.record == []


@both_modes
def test_a_wait_that_is_in_vain_ends(start_service: Start, *, process: bool) -> None:
    """The error tells how far it came."""
    service = start_service(process=process)
    with pytest.raises(TimeoutError, match=r"within 0\.05 s; so far 0 requests, 0 of"):
        service.wait_for(lambda counts: counts.requests == 1, timeout_s=0.05)


@both_modes
def test_counts_can_be_read_while_another_waits(
    start_service: Start, client: httpx.Client, *, process: bool
) -> None:
    """A wait blocks nobody but its own thread."""
    service = start_service(process=process)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(service.wait_for, lambda counts: counts.requests == 2)
        client.get(f"{service.url}/echo")
        service.wait_for(lambda counts: counts.by_status == {200: 1})
        assert service.counts.requests == 1
        client.get(f"{service.url}/echo")
        assert waiting.result(40).requests == 2


@both_modes
def test_a_port_in_use_is_refused(start_service: Start, *, process: bool) -> None:
    """The message names the port and the way out; the service can start later."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        service = DemoService(port=port, process=process)
        with pytest.raises(InvalidPlan, match=rf"port: {port} at 127\.0\.0\.1 cannot"):
            service.start()
        assert not service.is_running
    with service:
        assert service.port == port


@both_modes
def test_a_service_stops_twice_and_starts_again(
    client: httpx.Client, *, process: bool
) -> None:
    """The port is free at once, and the counts begin anew."""
    service = DemoService(latency_ms=0, process=process).start()
    assert service.start() is service
    client.get(f"{service.url}/echo")
    service.stop()
    service.stop()
    with DemoService(latency_ms=0, port=service.port) as again:
        client.get(f"{again.url}/health")
    assert (service.counts.requests, len(service.record)) == (1, 1)
    with service:
        assert service.counts.requests == 0
    assert not service.is_running


@both_modes
def test_both_modes_answer_the_same(
    start_service: Start, client: httpx.Client, *, process: bool
) -> None:
    """The settings reach the other process: seed, shares and sizes."""
    service = start_service(
        process=process, failure_share=0.5, failure_status=503, seed=4, big_bytes=5_000
    )
    statuses = [
        client.get(f"{service.url}/enrich?email={n}@example.com").status_code
        for n in range(8)
    ]
    assert statuses == [503, 503, 200, 200, 503, 503, 200, 503]
    assert len(client.get(f"{service.url}/fault/big").content) == 5_000


def test_nothing_is_left_after_a_stop(client: httpx.Client) -> None:
    """Neither threads nor open files, after ten lives with open connections."""
    with DemoService(latency_ms=0) as service:
        client.get(f"{service.url}/health")
    client.close()
    process = psutil.Process()
    files, threads = process.num_fds(), threading.active_count()
    for _ in range(10):
        with DemoService(latency_ms=0) as service, httpx.Client() as caller:
            caller.get(f"{service.url}/health")
    assert (process.num_fds(), threading.active_count()) == (files, threads)


def test_a_connection_that_comes_with_the_stop_is_cut() -> None:
    """Clients that connect without an end do not keep a service from stopping."""
    service = DemoService(latency_ms=0).start()
    address = ("127.0.0.1", service.port)
    is_over = threading.Event()

    def connect_on() -> None:
        while not is_over.is_set():
            try:
                socket.create_connection(address, timeout=5).close()
            except OSError:
                return

    callers = [threading.Thread(target=connect_on) for _ in range(2)]
    for caller in callers:
        caller.start()
    service.wait_for(lambda counts: counts.connections > 10)
    service.stop()
    is_over.set()
    for caller in callers:
        caller.join(40)
    assert service.counts.connections_open == 0


def test_the_url_is_of_the_address_that_was_asked_for() -> None:
    """An IPv6 address stands in brackets."""
    if not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    with DemoService(host="::1", latency_ms=0) as service:
        assert service.url == f"http://[::1]:{service.port}"
        assert httpx.get(f"{service.url}/health").json() == {"status": "ok"}


def test_a_service_that_was_not_started_says_so() -> None:
    """Everything that needs a start tells how to start."""
    service = DemoService()
    assert repr(service) == "<DemoService not running>"
    for ask in (lambda: service.url, lambda: service.counts, service.reset):
        with pytest.raises(NbWebhookError, match="was not started; use `with"):
            ask()
    service.stop()


def test_the_repr_tells_where_it_serves(start_service: Start) -> None:
    """A notebook shows the URL."""
    service = start_service()
    assert repr(service) == f"<DemoService at http://127.0.0.1:{service.port}>"


def test_serving_forever_ends_when_it_is_told_to() -> None:
    """It announces where it serves, and in the end what it saw."""
    lines: list[str] = []
    end, is_announced = threading.Event(), threading.Event()

    def announce(line: str) -> None:
        lines.append(line)
        is_announced.set()

    service = DemoService(latency_ms=0)
    server = threading.Thread(
        target=lambda: serve_forever(service, announce=announce, until=end)
    )
    server.start()
    assert is_announced.wait(40)
    httpx.get(f"{service.url}/health")
    end.set()
    server.join(40)
    assert lines == [
        f"demo service at {service.url}; Ctrl-C stops it",
        "1 requests on 1 connections",
    ]
    assert not service.is_running


def test_a_service_works_where_loops_are_nested() -> None:
    """The patch for nested loops, once applied, does not disturb it."""
    script = (
        "import nest_asyncio2; nest_asyncio2.apply()\n"
        "from urllib.request import urlopen\n"
        "from nbwebhook.demo import DemoService\n"
        "with DemoService(latency_ms=1) as service:\n"
        "    with urlopen(f'{service.url}/enrich?email=a@b.example') as response:\n"
        "        print(response.status)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-W", "error::ResourceWarning", "-c", script],
        capture_output=True,
        text=True,
        timeout=40,
        check=False,
    )
    assert (ended.stdout, ended.stderr) == ("200\n", "")


@both_modes
def test_an_answer_is_counted_before_its_client_has_it(
    start_service: Start, client: httpx.Client, *, process: bool
) -> None:
    """A test need not wait for counts and record of calls that have ended."""
    service = start_service(process=process)
    for number in range(1, 51):
        client.get(f"{service.url}/echo")
        counts = service.counts
        assert (counts.in_flight, counts.by_status) == (0, {200: number})
        assert len(service.record) == number
