"""Calls by libcurl: the fastest way, and the default where pycurl is installed."""

from __future__ import annotations

import asyncio
import math
from pathlib import Path
from time import perf_counter
from types import TracebackType
from typing import Self

import certifi

from nbwebhook.definition.urls import Origin
from nbwebhook.errors import (
    ConnectionLost,
    DeadlineExceeded,
    HeadersTooLarge,
    NbWebhookError,
    ProtocolViolated,
)
from nbwebhook.render.request import Request
from nbwebhook.transport.addresses import address_in_host
from nbwebhook.transport.base import CallProgress, Response, Timing, annotate
from nbwebhook.transport.body import MAX_BODY_BYTES, decode_body
from nbwebhook.transport.curl_errors import error_of
from nbwebhook.transport.curl_head import parse_head
from nbwebhook.transport.curl_multi import LoopMulti, require_watching
from nbwebhook.transport.curl_slot import CurlSlot, fixed_options, header_lines
from nbwebhook.transport.head import (
    MAX_HEADER_BYTES,
    check_request_line,
    content_encodings,
    reason_phrase,
    unframed_headers,
)
from nbwebhook.transport.idle import IdleSockets
from nbwebhook.transport.resolver import Resolver

__all__ = ["CurlTransport"]

_SPARE_CONNECTIONS = 8
_VERSIONS = (b"HTTP/1.0", b"HTTP/1.1")


class CurlTransport:
    """Sends each request once, over libcurl.

    libcurl by itself repeats a request whose kept connection turns out to be closed,
    six times over if need be; here the second attempt is stopped before it is written.
    It connects only to addresses that the resolver has checked. There are no cookies,
    redirects, environment, added headers or Accept-Encoding; HTTP/1.1 only.

    A transport belongs to the event loop that runs when it is made, which must be able
    to watch sockets. It holds handles and connections until `aclose`.

    Args:
        connections: How many idle connections are kept; more may be in use.
        resolver: Finds and checks addresses; by default no local ones.
        ca_file: The authorities that are trusted; by default certifi's.
        max_body_bytes: Cap of a response's body, as received and decoded.
        max_header_bytes: Cap of a response's head; libcurl's own are 300 KB, 5,000
            headers and 100 KB a header.

    Raises:
        InvalidPlan: The running loop cannot watch sockets.
    """

    def __init__(
        self,
        *,
        connections: int = 20,
        resolver: Resolver | None = None,
        ca_file: str | Path | None = None,
        max_body_bytes: int = MAX_BODY_BYTES,
        max_header_bytes: int = MAX_HEADER_BYTES,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        require_watching(self._loop)
        self._resolver = resolver or Resolver()
        self._max_body_bytes = max_body_bytes
        self._max_header_bytes = max_header_bytes
        self._options = fixed_options(str(ca_file or certifi.where()), max_body_bytes)
        self._multi = LoopMulti(connections)
        self._most_free = connections + _SPARE_CONNECTIONS
        self._free: list[CurlSlot] = []
        self._told: dict[Origin, tuple[str, ...]] = {}
        self._sockets = IdleSockets()
        self._lines_key: object = None
        self._lines: list[bytes] = []
        self._is_closed = False

    async def send(
        self,
        request: Request,
        deadline_s: float,
        *,
        progress: CallProgress | None = None,
    ) -> Response:
        """Return the whole response; see `Transport.send`."""
        if self._is_closed:
            raise RuntimeError("the transport is closed")
        limit = _Limit(deadline_s)
        progress = progress or CallProgress()
        progress.bytes_sent = False
        timing = Timing()
        slot = None
        try:
            lines = self._header_lines(request)
            addresses = self._resolver.known_addresses(request.origin.host)
            if not addresses:
                addresses = await self._resolve(request.origin.host, limit, timing)
            slot = self._free.pop() if self._free else self._new_slot()
            slot.prepare(request, lines, addresses, progress)
            return await self._perform(slot, request, limit, timing)
        except NbWebhookError as error:
            self._annotate(error, slot, limit, timing)
            raise
        finally:
            if slot is not None:
                self._give_back(slot)

    async def aclose(self) -> None:
        """Close every connection, those of calls under way as well."""
        if not self._is_closed:
            self._is_closed = True
            self._multi.close()
            for slot in self._free:
                slot.close()
            self._free.clear()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def _resolve(
        self, host: str, limit: _Limit, timing: Timing
    ) -> tuple[str, ...]:
        try:
            async with asyncio.timeout(limit.deadline_s):
                addresses = await self._resolver.resolve(host)
        except TimeoutError as error:
            raise limit.exceeded("resolve") from error
        timing.resolve_ms = limit.elapsed_s() * 1000
        return addresses

    async def _perform(
        self, slot: CurlSlot, request: Request, limit: _Limit, timing: Timing
    ) -> Response:
        is_news = self._tell_addresses(slot, request.origin)
        before_s = limit.elapsed_s()
        slot.set_deadline(limit.deadline_s - before_s)
        result = await self._multi.perform(slot.easy, slot.note_socket)
        if slot.is_stale:
            # Nothing was written: the call goes to a new connection instead.
            before_s = limit.elapsed_s()
            slot.prepare_again()
            slot.set_deadline(limit.deadline_s - before_s)
            result = await self._multi.perform(slot.easy, slot.note_socket)
        if is_news:
            self._told[request.origin] = slot.addresses
        if result.code:
            raise error_of(
                slot,
                result,
                request,
                deadline_s=limit.deadline_s,
                max_body_bytes=self._max_body_bytes,
                max_header_bytes=self._max_header_bytes,
            )
        slot.write_phases(timing, before_ms=before_s * 1000)
        return self._response(slot, timing)

    def _tell_addresses(self, slot: CurlSlot, origin: Origin) -> bool:
        """Tell libcurl the addresses of a name; return whether they are news to it."""
        is_news = self._told.get(origin) is not slot.addresses
        if is_news and address_in_host(origin.host) is None:
            slot.resolve_to_addresses()
        return is_news

    def _header_lines(self, request: Request) -> list[bytes]:
        """Return the headers of `request`, the same list for the same headers."""
        check_request_line(request)
        key = (request.headers, request.origin)
        if key != self._lines_key:
            self._lines = header_lines(unframed_headers(request))
            self._lines_key = key
        return self._lines

    def _new_slot(self) -> CurlSlot:
        return CurlSlot(self._options, self._sockets)

    def _response(self, slot: CurlSlot, timing: Timing) -> Response:
        head = parse_head(slot.head)
        if head is None:
            # libcurl takes an end inside the headers for the end of a response.
            detail = "closed by the service before the end of a response's head"
            raise ConnectionLost("wait", detail, bytes_sent=True)
        if head.version not in _VERSIONS:
            detail = "another version than HTTP/1.0 or 1.1"
            raise ProtocolViolated("wait", detail, bytes_sent=True)
        if sum(map(len, slot.head)) > self._max_header_bytes:
            raise HeadersTooLarge(self._max_header_bytes)
        raw = slot.body[0] if len(slot.body) == 1 else b"".join(slot.body)
        encodings = content_encodings(head.headers)
        return Response(
            head.status_code,
            reason_phrase(head.status_code, head.reason),
            head.headers,
            decode_body(raw, encodings, self._max_body_bytes),
            timing=timing,
            request_bytes=slot.request_bytes,
            response_bytes=len(raw),
            connection_reused=slot.is_reused,
            remote_address=slot.remote_address,
        )

    def _annotate(
        self,
        error: NbWebhookError,
        slot: CurlSlot | None,
        limit: _Limit,
        timing: Timing,
    ) -> None:
        if math.isnan(timing.latency_ms):
            timing.latency_ms = limit.elapsed_s() * 1000
        if slot is not None and math.isnan(timing.send_ms):
            slot.write_phases_so_far(timing)
        head = parse_head(slot.head) if slot else None
        annotate(
            error,
            timing,
            remote_address=slot.remote_address if slot else "",
            status_code=head.status_code if head else 0,
        )

    def _give_back(self, slot: CurlSlot) -> None:
        slot.release()
        if self._is_closed or len(self._free) >= self._most_free:
            slot.close()
        else:
            self._free.append(slot)


class _Limit:
    """The time that a call has, from now on."""

    __slots__ = ("_start_s", "deadline_s")

    def __init__(self, deadline_s: float) -> None:
        self._start_s = perf_counter()
        self.deadline_s = deadline_s
        if deadline_s <= 0:
            raise self.exceeded("resolve")

    def elapsed_s(self) -> float:
        """Return the time since the call's start."""
        return perf_counter() - self._start_s

    def exceeded(self, phase: str) -> DeadlineExceeded:
        """Return the error of a call whose time is over before it was sent."""
        detail = f"{self.deadline_s:g} s for the whole call"
        return DeadlineExceeded(phase, detail, bytes_sent=False)
