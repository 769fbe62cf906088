"""A connection serves its requests in order, and misbehaves only when asked to."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable
from typing import Protocol

import httpx
import pytest

from nbwebhook.demo import DemoCounts, DemoService

_CHUNKED_HEAD = b"POST /echo HTTP/1.1\r\nHost: demo\r\nTransfer-Encoding: chunked\r\n"


class Client(Protocol):
    """What the tests need of the raw client in conftest.py."""

    def send(self, data: bytes) -> None:
        """Send all of it."""

    def read_to_end(self) -> bytes:
        """Return what comes until the service ends the connection."""

    def read_until(self, mark: bytes) -> bytes:
        """Return what comes up to the mark."""

    def close(self) -> None:
        """End the connection."""


Start = Callable[..., DemoService]
Connect = Callable[..., Client]


def _get(target: str, *headers: str) -> bytes:
    lines = [f"GET {target} HTTP/1.1", "Host: demo", *headers, "", ""]
    return "\r\n".join(lines).encode()


def _body(answer: bytes) -> bytes:
    return answer.partition(b"\r\n\r\n")[2]


def _wait_until_stuck(service: DemoService) -> int:
    """Return the number of requests once it does not grow for a while."""
    requests, before = 0, -1
    while requests > before:
        before = requests
        with contextlib.suppress(TimeoutError):
            service.wait_for(_exceeds(before + 1_000), timeout_s=0.4)
        requests = service.counts.requests
    return requests


def _exceeds(requests: int) -> Callable[[DemoCounts], bool]:
    return lambda counts: counts.requests > requests


def test_an_answer_is_whole_and_the_connection_stays(
    start_service: Start, client: httpx.Client
) -> None:
    """Two requests, one connection, the headers of a decent service."""
    service = start_service()
    first = client.post(f"{service.url}/enrich", json={"email": "ana@example.com"})
    second = client.get(f"{service.url}/enrich", params={"email": "ANA@example.com"})
    assert first.json()["result"] == second.json()["result"]
    assert (first.status_code, first.reason_phrase) == (200, "OK")
    assert set(first.headers) == {"date", "content-type", "content-length"}
    assert (service.counts.requests, service.counts.connections) == (2, 1)


def test_an_echo_is_exact(start_service: Start, connect: Connect) -> None:
    """Target, header names and body come back byte for byte."""
    raw = connect(start_service())
    raw.send(
        b"PATCH /echo?a=%2f&b=%zz HTTP/1.1\r\nHost: demo\r\nx-oDD:  v\xe9 \r\n"
        b"Connection: close\r\nContent-Length: 4\r\n\r\n\x00\xff\r\n"
    )
    assert json.loads(_body(raw.read_to_end())) == {
        "method": "PATCH",
        "target": "/echo?a=%2f&b=%zz",
        "headers": [
            ["Host", "demo"],
            ["x-oDD", "v\xe9"],
            ["Connection", "close"],
            ["Content-Length", "4"],
        ],
        "body": "\x00\xff\r\n",
        "body_bytes": 4,
    }


def test_pipelined_requests_are_answered_in_order(
    start_service: Start, connect: Connect
) -> None:
    """One after the other, whatever each one takes."""
    service = start_service(latency_ms=2)
    raw = connect(service)
    targets = ["/echo?n=1", "/health", "/echo?n=2", "/status/404", "/echo?n=3"]
    requests = [_get(target) for target in targets[:-1]]
    raw.send(b"".join(requests) + _get(targets[-1], "Connection: close"))
    answers = raw.read_to_end().split(b"HTTP/1.1 ")[1:]
    assert [answer[:3] for answer in answers] == [b"200"] * 3 + [b"404", b"200"]
    echoes = [json.loads(_body(answers[place]))["target"] for place in (0, 2, 4)]
    assert echoes == ["/echo?n=1", "/echo?n=2", "/echo?n=3"]
    assert service.counts.max_in_flight == 1


def test_a_flood_of_pipelined_requests_is_answered_whole(
    start_service: Start, connect: Connect
) -> None:
    """A client that sends on without reading is held back, and nothing is lost."""
    service = start_service()
    raw = connect(service, receive_bytes=65_536)
    flood = _get("/echo?" + "x" * 1_200) * 8_000 + _get("/health", "Connection: close")
    sender = threading.Thread(target=raw.send, args=(flood,))
    sender.start()
    assert _wait_until_stuck(service) < 8_001
    answers = raw.read_to_end()
    sender.join(40)
    assert answers.count(b"HTTP/1.1 200 OK") == 8_001
    assert service.counts.by_status == {200: 8_001}


def test_a_client_that_sends_on_is_held_back(
    start_service: Start, connect: Connect
) -> None:
    """While a request is in work, what follows it does not fill the memory."""
    raw = connect(start_service(), timeout_s=0.5)
    raw.send(_get("/fault/hang"))
    with pytest.raises(TimeoutError, match="timed out"):
        raw.send(b"x" * 50_000_000)


@pytest.mark.parametrize(
    "request_bytes",
    [
        pytest.param(_get("/health", "Connection: close"), id="close"),
        pytest.param(b"GET /health HTTP/1.0\r\n\r\n", id="http-1.0"),
    ],
)
def test_a_connection_ends_where_the_client_wants_it(
    start_service: Start, connect: Connect, request_bytes: bytes
) -> None:
    """The answer says so, and the end follows."""
    raw = connect(start_service())
    raw.send(request_bytes)
    answer = raw.read_to_end()
    assert b"\r\nConnection: close\r\n" in answer
    assert json.loads(_body(answer)) == {"status": "ok"}


def test_a_chunked_body_is_read(start_service: Start, connect: Connect) -> None:
    """The chunks arrive as one body, and the connection serves on."""
    raw = connect(start_service())
    raw.send(_CHUNKED_HEAD + b"\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n")
    assert b'"body":"hello"' in raw.read_until(b"}")
    raw.send(_get("/health", "Connection: close"))
    assert json.loads(_body(raw.read_to_end())) == {"status": "ok"}


def test_a_client_that_expects_100_continue_gets_it(
    start_service: Start, connect: Connect
) -> None:
    """First the invitation, then, after the body, the answer."""
    raw = connect(start_service())
    raw.send(_CHUNKED_HEAD + b"Expect: 100-continue\r\n\r\n")
    assert raw.read_until(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    raw.send(b"5\r\nhello\r\n0\r\n\r\n")
    assert b'"body":"hello"' in raw.read_until(b"}")


def test_a_head_request_gets_the_head_only(
    start_service: Start, connect: Connect
) -> None:
    """The length is that of the body which GET would have, and the next request works."""
    raw = connect(start_service())
    raw.send(b"HEAD /health HTTP/1.1\r\nHost: demo\r\n\r\n")
    head = raw.read_until(b"\r\n\r\n")
    assert b"\r\nContent-Length: 15\r\n" in head
    raw.send(_get("/health", "Connection: close"))
    assert raw.read_to_end().startswith(b"HTTP/1.1 200 OK\r\n")


def test_a_status_without_a_body_ends_with_its_head(
    start_service: Start, connect: Connect
) -> None:
    """204 has neither body nor length, and the next request works."""
    raw = connect(start_service())
    raw.send(_get("/status/204"))
    head = raw.read_until(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 204 No Content\r\n")
    assert b"Content-Length" not in head
    raw.send(_get("/health", "Connection: close"))
    assert raw.read_to_end().startswith(b"HTTP/1.1 200 OK\r\n")


def test_a_malformed_request_is_answered_400_and_closed(
    start_service: Start, connect: Connect
) -> None:
    """It is no request: only the answer is counted."""
    service = start_service()
    raw = connect(service)
    raw.send(b"hello there\r\n\r\n")
    answer = raw.read_to_end()
    assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert json.loads(_body(answer)) == {"error": "the request is not valid HTTP/1.1"}
    assert (service.counts.requests, service.counts.by_status) == (0, {400: 1})


def test_a_body_over_the_cap_is_refused_readably(
    start_service: Start, connect: Connect
) -> None:
    """The client reads why, even if it sends on before it looks."""
    service = start_service(max_request_bytes=1_000)
    raw = connect(service)
    raw.send(_CHUNKED_HEAD + b"\r\n7d0\r\n" + b"x" * 2_000 + b"\r\n")
    service.wait_for(lambda counts: counts.by_status == {413: 1})
    raw.send(b"7d0\r\n" + b"x" * 2_000 + b"\r\n0\r\n\r\n")
    answer = raw.read_to_end()
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"larger than 1,000 bytes" in answer
    service.wait_for(lambda counts: counts.connections_open == 0)


def test_a_refused_client_that_goes_is_let_go(
    start_service: Start, connect: Connect
) -> None:
    """Nobody waits for the rest of its request."""
    service = start_service()
    raw = connect(service)
    raw.send(b"hello there\r\n\r\n")
    raw.read_to_end()
    raw.close()
    service.wait_for(lambda counts: counts.connections_open == 0)


def test_connections_over_the_limit_are_answered_503(
    start_service: Start, connect: Connect
) -> None:
    """The third of two is told to come back, and gets in when another has gone."""
    service = start_service(max_connections=2)
    first, second = connect(service), connect(service)
    service.wait_for(lambda counts: counts.connections_open == 2)
    third = connect(service)
    third.send(_get("/enrich?email=a@b.example"))
    answer = third.read_to_end()
    assert answer.startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
    assert b"\r\nRetry-After: 1\r\n" in answer
    second.close()
    service.wait_for(lambda counts: counts.connections_open == 1)
    fourth = connect(service)
    fourth.send(_get("/health"))
    assert fourth.read_until(b"}").startswith(b"HTTP/1.1 200 ")
    first.send(_get("/health"))
    assert first.read_until(b"}").startswith(b"HTTP/1.1 200 ")


# Faults


def test_close_ends_the_connection_without_an_answer(
    start_service: Start, connect: Connect
) -> None:
    """The request was read: it is counted, and nobody answers it."""
    service = start_service()
    raw = connect(service)
    raw.send(_get("/fault/close", "X-Lead-Id: 7"))
    assert raw.read_to_end() == b""
    counts = service.wait_for(lambda counts: counts.in_flight == 0)
    assert (counts.requests, counts.by_lead["7"], counts.by_status) == (1, 1, {})
    assert service.record == []


def test_reset_resets_the_connection(start_service: Start, connect: Connect) -> None:
    """The client sees no end but an error."""
    raw = connect(start_service())
    raw.send(_get("/fault/reset"))
    with pytest.raises(ConnectionResetError, match="reset"):
        raw.read_to_end()


def test_hang_lasts_until_the_client_gives_up(
    start_service: Start, connect: Connect
) -> None:
    """The request stays in flight as long as the connection."""
    service = start_service()
    raw = connect(service)
    raw.send(_get("/fault/hang"))
    service.wait_for(lambda counts: counts.in_flight == 1)
    raw.close()
    counts = service.wait_for(lambda counts: counts.connections_open == 0)
    assert (counts.requests, counts.in_flight, counts.by_status) == (1, 0, {})


def test_drip_takes_its_time(start_service: Start, client: httpx.Client) -> None:
    """The answer is good, and its body took at least most of the time asked for."""
    service = start_service(drip_s=0.4)
    response = client.get(f"{service.url}/fault/drip", params={"email": "a@b.example"})
    assert response.json()["request"] == {"email": "a@b.example"}
    assert service.counts.by_status == {200: 1}
    assert service.record[0].service_ms > 300


def test_a_client_that_gives_up_on_a_drip_is_let_go(
    start_service: Start, connect: Connect
) -> None:
    """An answer that did not end is no answer."""
    service = start_service(drip_s=1_000)
    raw = connect(service)
    raw.send(_get("/fault/drip"))
    raw.read_until(b"\r\n\r\n{")
    raw.close()
    counts = service.wait_for(lambda counts: counts.connections_open == 0)
    assert (counts.in_flight, counts.by_status) == (0, {})


def test_truncate_promises_more_than_it_sends(
    start_service: Start, client: httpx.Client
) -> None:
    """A client that checks the length notices."""
    service = start_service()
    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete"):
        client.get(f"{service.url}/fault/truncate")


def test_big_waits_for_a_slow_reader(start_service: Start, connect: Connect) -> None:
    """All of it arrives, though the reader begins late."""
    service = start_service(big_bytes=12_000_000)
    raw = connect(service, receive_bytes=65_536)
    raw.send(_get("/fault/big") + _get("/health", "Connection: close"))
    with pytest.raises(TimeoutError, match="1 requests, 1 of them in flight"):
        service.wait_for(lambda counts: counts.by_status != {}, timeout_s=0.5)
    answers = raw.read_to_end()
    big, health = answers.split(b"HTTP/1.1 200 OK\r\n")[1:]
    assert len(_body(big)) == 12_000_000
    assert json.loads(_body(health)) == {"status": "ok"}


def test_a_client_that_gives_up_on_a_big_answer_is_let_go(
    start_service: Start, connect: Connect
) -> None:
    """The rest of it is not sent to nobody."""
    service = start_service(big_bytes=12_000_000)
    raw = connect(service, receive_bytes=65_536)
    raw.send(_get("/fault/big"))
    raw.read_until(b"\r\n\r\n{")
    raw.close()
    counts = service.wait_for(lambda counts: counts.connections_open == 0)
    assert (counts.in_flight, counts.by_status) == (0, {})


@pytest.mark.parametrize(
    ("name", "status", "content_type"),
    [
        pytest.param("html", 200, "text/html; charset=utf-8", id="html"),
        pytest.param("empty", 200, "", id="empty"),
        pytest.param("bad_json", 200, "application/json", id="bad-json"),
        pytest.param("gzip", 200, "application/json", id="gzip"),
        pytest.param("redirect", 302, "", id="redirect"),
        pytest.param("status_429", 429, "application/json", id="status"),
        pytest.param("nothing", 404, "application/json", id="unknown"),
    ],
)
def test_a_wrong_answer_is_still_http(
    start_service: Start,
    client: httpx.Client,
    name: str,
    status: int,
    content_type: str,
) -> None:
    """It arrives whole, and the connection serves on."""
    service = start_service()
    response = client.get(f"{service.url}/fault/{name}")
    found = response.headers.get("content-type", "")
    assert (response.status_code, found) == (status, content_type)
    assert client.get(f"{service.url}/health").json() == {"status": "ok"}
    assert service.counts.connections == 1
