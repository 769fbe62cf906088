"""Calls by libcurl: the fastest way, and the default where pycurl is installed."""

from __future__ import annotations

import asyncio
from pathlib import Path
from time import perf_counter
from types import TracebackType
from typing import Self

import certifi

from nbwebhook.errors import NbWebhookError
from nbwebhook.render.request import Request
from nbwebhook.transport.base import CallProgress, Response, Timing, deadline_exceeded
from nbwebhook.transport.body import MAX_BODY_BYTES
from nbwebhook.transport.curl_calls import CurlCalls, annotate_failure
from nbwebhook.transport.curl_multi import LoopMulti, require_watching
from nbwebhook.transport.curl_slot import CurlSlot, HeaderLines
from nbwebhook.transport.head import MAX_HEADER_BYTES
from nbwebhook.transport.idle import IdleSockets
from nbwebhook.transport.resolver import Resolver

__all__ = ["CurlTransport"]


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
        idle = IdleSockets()
        self._multi = LoopMulti(connections, idle)
        self._calls = CurlCalls(
            connections=connections,
            ca_file=str(ca_file or certifi.where()),
            max_body_bytes=max_body_bytes,
            max_header_bytes=max_header_bytes,
            sockets=idle,
        )
        self._lines = HeaderLines()
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
            lines = self._lines.of(request)
            addresses = self._resolver.known_addresses(request.origin.host)
            if not addresses:
                addresses = await self._resolver.resolve_within(
                    request.origin.host, deadline_s
                )
                timing.resolve_ms = limit.elapsed_s() * 1000
            if not self._calls.has_idle:
                spent_s = limit.elapsed_s()
                await self._multi.openings.wait_turn()
                limit.set_elapsed(spent_s)
            slot = self._calls.begin(request, lines, addresses, progress)
            return await self._perform(slot, request, limit, timing)
        except NbWebhookError as error:
            annotate_failure(error, slot, timing, limit.elapsed_s())
            raise
        finally:
            if slot is not None:
                self._calls.give_back(slot)

    async def aclose(self) -> None:
        """Close every connection, those of calls under way as well."""
        if not self._is_closed:
            self._is_closed = True
            self._multi.close()
            self._calls.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def _perform(
        self, slot: CurlSlot, request: Request, limit: _Limit, timing: Timing
    ) -> Response:
        before_s = limit.elapsed_s()
        slot.set_deadline(limit.deadline_s - before_s)
        result = await self._multi.perform(slot.easy, slot.note_socket)
        if slot.is_stale:
            # Nothing was written: the call goes to a new connection instead.
            before_s = limit.elapsed_s()
            slot.prepare_again()
            slot.set_deadline(limit.deadline_s - before_s)
            result = await self._multi.perform(slot.easy, slot.note_socket)
        return self._calls.finish(
            slot,
            result,
            request,
            timing=timing,
            deadline_s=limit.deadline_s,
            before_ms=before_s * 1000,
        )


class _Limit:
    """The time that a call has, from now on."""

    __slots__ = ("_start_s", "deadline_s")

    def __init__(self, deadline_s: float) -> None:
        self._start_s = perf_counter()
        self.deadline_s = deadline_s
        if deadline_s <= 0:
            raise deadline_exceeded("resolve", deadline_s)

    def elapsed_s(self) -> float:
        """Return the time since the call's start."""
        return perf_counter() - self._start_s

    def set_elapsed(self, elapsed_s: float) -> None:
        """Count no more than that of the time until now."""
        self._start_s = perf_counter() - elapsed_s
