"""One request through an httpx client or transport that somebody else has made."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from contextvars import ContextVar
from time import perf_counter
from typing import Any
from urllib.parse import quote_from_bytes

import httpx

from nbwebhook.errors import BodyTooLarge, ConnectionLost, HeadersTooLarge
from nbwebhook.render.request import Request
from nbwebhook.transport.connection import RawResponse
from nbwebhook.transport.head import lower_headers
from nbwebhook.transport.marks import CallMarks

__all__ = ["PluggedBase"]

_NO_TIMEOUTS = {"connect": None, "read": None, "write": None, "pool": None}
_PRINTABLE = "".join(map(chr, range(0x21, 0x7F)))
_CANNOT_HAVE_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)

_is_our_call: ContextVar[bool] = ContextVar("_is_our_call", default=False)


def _keep_record(record: logging.LogRecord) -> bool:  # noqa: ARG001 - logging's signature
    """Return whether a line of httpx's own log may pass: none with a URL of ours."""
    return not _is_our_call.get()


logging.getLogger("httpx").addFilter(_keep_record)


class PluggedBase:
    """Sends requests by a client or transport as it is, each at most once.

    Args:
        base: What sends.
    """

    def __init__(self, base: httpx.AsyncBaseTransport | httpx.AsyncClient) -> None:
        self._base = base

    async def exchange(
        self,
        request: Request,
        headers: Sequence[tuple[bytes, bytes]],
        marks: CallMarks,
        *,
        max_body_bytes: int,
        max_header_bytes: int,
    ) -> RawResponse:
        """Return the whole response.

        Raises:
            BodyTooLarge: The body is larger than the cap.
            HeadersTooLarge: The head is larger than the cap.
            ConnectionLost: The base was about to send a second request.
            httpx.TransportError: As the base raises it.
        """
        trace = _Trace(marks)
        token = _is_our_call.set(True)
        try:
            response = await self._send(_httpx_request(request, headers, trace))
            try:
                _note_response(response, marks, max_header_bytes)
                body = await _read_body(response, marks, max_body_bytes)
            finally:
                await _close(response)
        except httpx.TransportError as error:
            if isinstance(error, _CANNOT_HAVE_SENT) and not trace.sends:
                marks.progress.bytes_sent = False
            raise
        finally:
            _is_our_call.reset(token)
        marks.phase = "done"
        marks.connection_reused = trace.is_reused
        kept = lower_headers(response.headers.raw)
        reason = response.extensions.get("reason_phrase", b"")
        return RawResponse(response.status_code, reason, kept, body)

    async def _send(self, request: httpx.Request) -> httpx.Response:
        if isinstance(self._base, httpx.AsyncClient):
            return await self._base.send(request, stream=True, follow_redirects=False)
        return await self._base.handle_async_request(request)


def _httpx_request(
    request: Request, headers: Sequence[tuple[bytes, bytes]], trace: _Trace
) -> httpx.Request:
    target = quote_from_bytes(request.target, safe=_PRINTABLE)
    sent = httpx.Request(
        request.method,
        httpx.URL(f"{request.origin}{target}"),
        headers=list(headers),
        content=request.body,
        extensions={
            "target": request.target,
            "timeout": _NO_TIMEOUTS,
            "trace": trace,
        },
    )
    head = sum(len(name) + len(value) + 4 for name, value in sent.headers.raw)
    line = len(request.method) + len(request.target) + len("  HTTP/1.1\r\n\r\n")
    trace.marks.request_bytes = line + head + len(request.body or b"")
    return sent


def _note_response(
    response: httpx.Response, marks: CallMarks, max_header_bytes: int
) -> None:
    marks.phase = "body"
    marks.status_code = response.status_code
    marks.note_received()
    stream = response.extensions.get("network_stream")
    if stream is not None and (address := stream.get_extra_info("server_addr")):
        marks.remote_address = str(address[0])
    if sum(len(n) + len(v) + 4 for n, v in response.headers.raw) > max_header_bytes:
        raise HeadersTooLarge(max_header_bytes)


async def _read_body(
    response: httpx.Response, marks: CallMarks, cap_bytes: int
) -> bytes:
    pieces = []
    left = cap_bytes
    async for piece in _raw_pieces(response):
        marks.note_received()
        left -= len(piece)
        if left < 0:
            raise BodyTooLarge(cap_bytes)
        pieces.append(piece)
    return b"".join(pieces)


async def _close(response: httpx.Response) -> None:
    if isinstance(response.stream, httpx.AsyncByteStream):
        await response.aclose()
    else:
        response.close()


async def _raw_pieces(response: httpx.Response) -> AsyncIterator[bytes]:
    """Yield the body as received, also of a response that was made whole."""
    stream = response.stream
    if isinstance(stream, httpx.AsyncByteStream):
        async for piece in stream:
            yield piece
    else:
        for piece in stream:
            yield piece


class _Trace:
    """Listens to httpx's engine where the base has one: phases, and a second send.

    Until the engine has said anything, the call counts as sent: a base that tells
    nothing may have sent it.

    Attributes:
        marks: Where the moments go.
        sends: How many requests the engine has begun to send.
        is_reused: Whether the engine sent without connecting.
    """

    def __init__(self, marks: CallMarks) -> None:
        self.marks = marks
        self.sends = 0
        self._connects = 0
        self._start_s = perf_counter()
        marks.phase = "send"
        marks.progress.bytes_sent = True

    @property
    def is_reused(self) -> bool:
        """Whether the engine sent without connecting."""
        return self.sends > 0 and self._connects == 0

    async def __call__(self, name: str, info: Mapping[str, Any]) -> None:
        """Take one event of the engine: `http11.send_request_headers.started`."""
        _, _, event = name.partition(".")
        if event == "send_request_headers.started":
            if info["request"].method != b"CONNECT":
                self._note_send()
        elif event == "send_request_body.complete":
            self.marks.note_written()
        elif event in {"connect_tcp.started", "start_tls.started"}:
            self._note_connecting("tls" if "tls" in event else "connect")
        elif event == "connect_tcp.complete":
            self.marks.timing.connect_ms = self._elapsed_ms()
        elif event == "start_tls.complete":
            self.marks.timing.tls_ms = self._elapsed_ms()

    def _note_send(self) -> None:
        self.sends += 1
        if self.sends > 1:
            detail = "the base was about to send a second request; it was stopped"
            raise self.marks.lost(ConnectionLost, detail)
        self.marks.note_send(0)

    def _note_connecting(self, phase: str) -> None:
        self._connects += 1
        self._start_s = perf_counter()
        self.marks.phase = phase
        self.marks.progress.bytes_sent = self.sends > 0

    def _elapsed_ms(self) -> float:
        return (perf_counter() - self._start_s) * 1000
