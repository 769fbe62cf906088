"""One connection of httpx's engine for one call at a time, used again while clean."""

from __future__ import annotations

import ssl
from collections.abc import Iterable, Sequence
from time import perf_counter

import httpcore

from nbwebhook.definition.urls import Origin
from nbwebhook.errors import BodyTooLarge
from nbwebhook.render.request import Request
from nbwebhook.transport.head import is_ambiguous_framing, lower_headers
from nbwebhook.transport.marks import CallMarks
from nbwebhook.transport.wire import Wire, open_wire

__all__ = ["Connection", "RawResponse", "open_connection"]

_MAX_IDLE_S = 5.0
_MAX_AGE_S = 55.0
_VERSIONS = (b"HTTP/1.0", b"HTTP/1.1")


class RawResponse:
    """A response as received.

    Attributes:
        status_code: The status code.
        reason: The reason phrase as sent.
        headers: Pairs of lower-case name and value.
        body: The body with its content encoding still on.
    """

    __slots__ = ("body", "headers", "reason", "status_code")

    def __init__(
        self,
        status_code: int,
        reason: bytes,
        headers: tuple[tuple[bytes, bytes], ...],
        body: bytes,
    ) -> None:
        self.status_code = status_code
        self.reason = reason
        self.headers = headers
        self.body = body


class Connection(httpcore.AsyncHTTP11Connection):
    """An HTTP/1.1 connection that sends a request once and knows whether it is clean.

    The engine beneath pools nothing and repeats nothing: a request goes to this wire or
    fails. Attributes that it keeps to itself are read in `_has_leftover` alone.
    """

    READ_NUM_BYTES = 16 << 10

    def __init__(self, origin: Origin, wire: Wire, max_header_bytes: int) -> None:
        # Read by the engine's constructor: the cap of a head, a chunk's head, trailers.
        self.MAX_INCOMPLETE_EVENT_SIZE = max_header_bytes
        self._wire = wire
        self._idle_since_s = 0.0
        self._is_framing_clear = True
        parts = (origin.scheme.encode(), origin.host.encode(), origin.port)
        super().__init__(httpcore.Origin(*parts), wire)

    @property
    def address(self) -> str:
        """The address connected to."""
        return self._wire.address

    @property
    def is_reusable(self) -> bool:
        """Whether the next call may use it: idle, young, and nothing left over."""
        return (
            self.is_idle()
            and self._is_framing_clear
            and not self.is_expired
            and self._wire.is_clean
            and not self._has_leftover()
        )

    @property
    def is_expired(self) -> bool:
        """Whether it has been idle, or open, for so long that it is let go."""
        now_s = perf_counter()
        is_idle_long = now_s - self._idle_since_s >= _MAX_IDLE_S
        return is_idle_long or now_s - self._wire.opened_s >= _MAX_AGE_S

    async def exchange(
        self,
        request: Request,
        headers: Sequence[tuple[bytes, bytes]],
        marks: CallMarks,
        *,
        max_body_bytes: int,
    ) -> RawResponse:
        """Send `request` once and return the whole response.

        Raises:
            BodyTooLarge: The body is larger than the cap, as announced or received.
            HeadersTooLarge: The head is larger than the cap.
            httpcore.NetworkError: The connection failed.
            httpcore.ProtocolError: What came is not HTTP/1.1.
        """
        self._wire.begin(marks)
        response = await self.handle_async_request(
            self._engine_request(request, headers)
        )
        if response.extensions["http_version"] not in _VERSIONS:
            raise httpcore.RemoteProtocolError("another version than HTTP/1.0 or 1.1")
        marks.phase = "body"
        marks.status_code = response.status
        kept = lower_headers(response.headers)
        self._is_framing_clear = not is_ambiguous_framing(kept)
        _check_announced(kept, max_body_bytes)
        body = await self._read_body(response, max_body_bytes)
        marks.phase = "done"
        self._idle_since_s = perf_counter()
        self._wire.end()
        reason = response.extensions.get("reason_phrase", b"")
        return RawResponse(response.status, reason, kept, body)

    def _engine_request(
        self, request: Request, headers: Sequence[tuple[bytes, bytes]]
    ) -> httpcore.Request:
        target = request.target
        if not target.isascii():
            # The engine takes ASCII alone; the wire puts our own bytes in their place.
            line = b"%s %s HTTP/1.1" % (request.method.encode(), target)
            self._wire.request_line, target = line, b"/"
        origin = request.origin
        url = httpcore.URL(
            scheme=origin.scheme, host=origin.host, port=origin.port, target=target
        )
        return httpcore.Request(
            request.method, url, headers=list(headers), content=request.body
        )

    async def _read_body(self, response: httpcore.Response, cap_bytes: int) -> bytes:
        pieces = []
        left = cap_bytes
        async for piece in response.aiter_stream():
            left -= len(piece)
            pieces.append(piece)
            if left < 0:
                # Raised by the next read, so that the engine unwinds by itself.
                self._wire.refuse(BodyTooLarge(cap_bytes))
                pieces.clear()
        await response.aclose()
        if left < 0:
            raise BodyTooLarge(cap_bytes)
        return b"".join(pieces)

    def abort(self) -> None:
        """Close without waiting for the peer."""
        self._wire.abort()

    async def wait_closed(self) -> None:
        """Return once the socket has been given back."""
        await self._wire.wait_closed()

    def _has_leftover(self) -> bool:
        """Return whether the engine still holds bytes after the response's end.

        They would be taken for the next response. If the engine should once keep them
        elsewhere, every connection counts as used up.
        """
        state = getattr(self, "_h11_state", None)
        trailing, is_closed = getattr(state, "trailing_data", (b"", True))
        return bool(trailing) or is_closed


def _check_announced(
    headers: Iterable[tuple[bytes, bytes]], max_body_bytes: int
) -> None:
    lengths = [value for name, value in headers if name == b"content-length"]
    if lengths and lengths[0].isdigit() and int(lengths[0]) > max_body_bytes:
        raise BodyTooLarge(max_body_bytes)


async def open_connection(
    origin: Origin,
    addresses: Sequence[str],
    marks: CallMarks,
    *,
    context: ssl.SSLContext | None,
    max_header_bytes: int,
) -> Connection:
    """Return a new connection to `origin` at the first of `addresses` that answers.

    Args:
        origin: What is called; its host is the name that a certificate must have.
        addresses: Checked addresses, in the order to try them.
        marks: The call that it is opened for.
        context: TLS settings, or None for plain HTTP.
        max_header_bytes: Cap of a response's head.

    Raises:
        ConnectFailed: No address answers.
        TlsFailed: The handshake or the check of the certificate failed.
    """
    tls = None if context is None else (context, origin.host.rstrip("."))
    wire = await open_wire(
        addresses, origin.port, marks, tls=tls, max_header_bytes=max_header_bytes
    )
    return Connection(origin, wire, max_header_bytes)
