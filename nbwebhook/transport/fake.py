"""A transport without a network, for tests of everything above it."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Iterable
from types import TracebackType
from typing import Self

from nbwebhook.errors import NbWebhookError, TransportError
from nbwebhook.render.request import Request
from nbwebhook.transport.base import (
    CallProgress,
    Response,
    Timing,
    annotate,
    timing_of,
)
from nbwebhook.transport.head import reason_phrase

__all__ = ["Answer", "FakeTransport", "make_response"]

Answer = Response | NbWebhookError
"""What a call comes to: a response, or an error that is raised."""


def make_response(
    body: bytes = b"{}",
    status_code: int = 200,
    *,
    headers: Iterable[tuple[bytes, bytes]] = ((b"content-type", b"application/json"),),
    latency_ms: float = 5.0,
) -> Response:
    """Return a response as a transport would make it.

    Example:
        >>> make_response(b"", 503).reason
        'Service Unavailable'
    """
    timing = Timing()
    timing.send_ms, timing.first_byte_ms, timing.read_ms = 0.0, latency_ms, 0.0
    timing.latency_ms = latency_ms
    return Response(
        status_code,
        reason_phrase(status_code, b""),
        tuple(headers),
        body,
        timing=timing,
        request_bytes=100,
        response_bytes=len(body),
        connection_reused=True,
        remote_address="127.0.0.1",
    )


class FakeTransport:
    """Answers each request by a function, and remembers what it was asked.

    The function returns a response or an error, or something to await that does; what
    it awaits, such as the sleep of a manual clock, stands for the service's time. The
    deadline is remembered and not enforced.

    Attributes:
        requests: Every request, in the order of the calls.
        deadlines_s: The deadline of each.
        most_under_way: The largest number of calls at one time.
        is_closed: Whether `aclose` was called.

    Example:
        >>> import asyncio
        >>> from nbwebhook.definition.urls import Origin
        >>> request = Request("GET", Origin("http", "a.test", 80), b"/", (), None)
        >>> transport = FakeTransport(lambda request: make_response(b"[1]"))
        >>> asyncio.run(transport.send(request, 30)).body
        b'[1]'
    """

    def __init__(
        self,
        answer: Callable[[Request], Answer | Awaitable[Answer]] = lambda _: (
            make_response()
        ),
    ) -> None:
        self.requests: list[Request] = []
        self.deadlines_s: list[float] = []
        self.most_under_way = 0
        self.is_closed = False
        self._answer = answer
        self._under_way = 0

    async def send(
        self,
        request: Request,
        deadline_s: float,
        *,
        progress: CallProgress | None = None,
    ) -> Response:
        """Return what the function answers, or raise it; see `Transport.send`."""
        self.requests.append(request)
        self.deadlines_s.append(deadline_s)
        progress = progress or CallProgress()
        progress.bytes_sent = True
        self._under_way += 1
        self.most_under_way = max(self.most_under_way, self._under_way)
        try:
            answer = self._answer(request)
            if inspect.isawaitable(answer):
                answer = await answer
        finally:
            self._under_way -= 1
        if isinstance(answer, Response):
            return answer
        if isinstance(answer, TransportError):
            progress.bytes_sent = answer.bytes_sent
        if "timing" not in answer.__dict__:
            annotate(answer, timing_of(answer))
        raise answer

    async def aclose(self) -> None:
        """Note that the transport was closed."""
        self.is_closed = True

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()
