"""The fake transport: as good as a real one for everything above it."""

from __future__ import annotations

import asyncio
import math

import pytest

from nbwebhook.errors import ConnectFailed, ConnectionLost
from nbwebhook.render.request import Request
from nbwebhook.transport.base import CallProgress, Response, Transport, timing_of
from nbwebhook.transport.fake import Answer, FakeTransport, make_response
from tests.servers import request_to

REQUEST = request_to("http://a.test/x")


async def test_requests_and_deadlines_are_remembered() -> None:
    """Every call leaves its request and its limit; closing is noted."""
    fake = FakeTransport()
    transport: Transport = fake
    other = request_to("http://a.test/y")
    await transport.send(REQUEST, 30)
    response = await transport.send(other, 5)
    await transport.aclose()
    assert fake.requests == [REQUEST, other]
    assert fake.deadlines_s == [30, 5]
    assert fake.is_closed
    assert (response.status_code, response.body) == (200, b"{}")


async def test_an_error_is_raised_with_a_timing() -> None:
    """What the function returns as an error is raised as the call's end."""
    failed = ConnectFailed("connect", "refused", bytes_sent=False)
    progress = CallProgress()
    async with FakeTransport(lambda _: failed) as transport:
        with pytest.raises(ConnectFailed, match="refused") as caught:
            await transport.send(REQUEST, 30, progress=progress)
    assert progress.bytes_sent is False
    assert math.isnan(timing_of(caught.value).latency_ms)
    assert transport.is_closed


async def test_an_answer_may_take_its_time() -> None:
    """Calls are under way together, and their largest number is known."""
    gate = asyncio.Event()

    async def answer(request: Request) -> Answer:
        await gate.wait()
        return make_response(request.target)

    transport = FakeTransport(answer)
    tasks = [asyncio.create_task(transport.send(REQUEST, 30)) for _ in range(3)]
    await asyncio.sleep(0)
    gate.set()
    responses: list[Response] = await asyncio.gather(*tasks)
    assert [response.body for response in responses] == [b"/x"] * 3
    assert transport.most_under_way == 3


async def test_a_cancelled_call_counts_as_sent() -> None:
    """As with a real service that has the request and not answered yet."""
    progress = CallProgress()
    transport = FakeTransport(lambda _: asyncio.Event().wait())  # type: ignore[arg-type, return-value]  # never returns
    task = asyncio.create_task(transport.send(REQUEST, 30, progress=progress))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert progress.bytes_sent is True


async def test_facts_that_an_error_has_already_are_kept() -> None:
    """A test may give an error a timing of its own."""
    lost = ConnectionLost("wait", "reset", bytes_sent=True)
    with pytest.raises(ConnectionLost, match="reset"):
        await FakeTransport(lambda _: lost).send(REQUEST, 30)
    timing_of(lost).latency_ms = 7
    with pytest.raises(ConnectionLost, match="reset"):
        await FakeTransport(lambda _: lost).send(REQUEST, 30)
    assert timing_of(lost).latency_ms == 7


def test_a_made_response_has_all_its_parts() -> None:
    """Status, latency and headers are as asked for."""
    response = make_response(b"no", 503, headers=[], latency_ms=20)
    assert (response.status_code, response.reason) == (503, "Service Unavailable")
    assert (response.headers, response.response_bytes) == ((), 2)
    assert response.timing.latency_ms == response.timing.first_byte_ms == 20
