"""Contract: a real service, httpbin, is called as its own documents promise."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable

import pytest

from nbwebhook.errors import DeadlineExceeded
from nbwebhook.transport.base import Response, Transport
from tests.servers import request_to

Get = Callable[..., Awaitable[Response]]


@pytest.fixture
def get(transport: Transport, httpbin_url: str) -> Get:
    """Return a coroutine function that gets a path of httpbin."""

    async def get_path(path: str, deadline_s: float = 10) -> Response:
        request = request_to(httpbin_url + path, None, method="GET")
        return await transport.send(request, deadline_s)

    return get_path


async def test_anything_echoes_the_request(
    transport: Transport, httpbin_url: str
) -> None:
    """Method, query, headers and payload arrive as they were sent."""
    request = request_to(
        f"{httpbin_url}/anything/a?email=zoe%40example.test&n=1",
        json.dumps({"first": "Zoë"}).encode(),
        method="PUT",
        headers=[(b"Content-Type", b"application/json"), (b"X-Key", b"k-1")],
    )
    response = await transport.send(request, 10)
    echo = json.loads(response.body)
    assert echo["method"] == "PUT"
    assert echo["args"] == {"email": "zoe@example.test", "n": "1"}
    assert echo["json"] == {"first": "Zoë"}
    assert echo["headers"]["X-Key"] == "k-1"
    assert "Accept-Encoding" not in echo["headers"]


async def test_an_error_status_is_a_response(get: Get) -> None:
    """A 500 is told with its reason."""
    response = await get("/status/500")
    assert (response.status_code, response.reason) == (500, "INTERNAL SERVER ERROR")


async def test_a_delay_counts_as_waiting(get: Get) -> None:
    """A second of delay stands in the time to the first byte."""
    response = await get("/delay/1")
    assert response.status_code == 200
    assert 900 < response.timing.first_byte_ms < 5_000


async def test_a_delay_above_the_limit_ends_at_the_limit(
    get: Get,
) -> None:
    """The call ends at its deadline and not when the service is ready."""
    with pytest.raises(DeadlineExceeded, match="phase wait"):
        await get("/delay/3", 0.3)


@pytest.mark.parametrize(
    ("path", "key"), [("/gzip", "gzipped"), ("/deflate", "deflated")]
)
async def test_encoded_bodies_are_decoded(get: Get, path: str, key: str) -> None:
    """What httpbin packs, we unpack."""
    response = await get(path)
    assert json.loads(response.body)[key] is True


async def test_a_redirect_is_the_response(get: Get) -> None:
    """It is told, and not followed."""
    response = await get("/redirect/1")
    assert (response.status_code, response.header(b"location")) == (302, b"/get")


async def test_html_is_a_response_like_any_other(get: Get) -> None:
    """What it means is not the transport's business."""
    response = await get("/html")
    assert response.body.lstrip().startswith(b"<!DOCTYPE html>")


async def test_a_dripped_body_comes_whole(get: Get) -> None:
    """Ten bytes in half a second are ten bytes."""
    response = await get("/drip?numbytes=10&duration=0.5&delay=0")
    assert (response.status_code, response.body) == (200, b"*" * 10)
    assert response.timing.read_ms > 100


async def test_a_chunked_body_comes_whole(get: Get) -> None:
    """A body of unknown length ends where its last chunk does."""
    response = await get("/stream-bytes/5000?seed=1&chunk_size=100")
    assert (response.status_code, len(response.body)) == (200, 5_000)
