"""Calls by httpx's engine, a connection to a call, or by any httpx client plugged in."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import ssl
from types import TracebackType
from typing import Self

import certifi
import httpx

from nbwebhook.definition.urls import Origin
from nbwebhook.errors import (
    ConnectFailed,
    DeadlineExceeded,
    NbWebhookError,
    ProtocolViolated,
)
from nbwebhook.render.request import Request
from nbwebhook.transport.base import CallProgress, Response
from nbwebhook.transport.body import MAX_BODY_BYTES, decode_body
from nbwebhook.transport.connection import Connection, RawResponse, open_connection
from nbwebhook.transport.head import (
    MAX_HEADER_BYTES,
    content_encodings,
    reason_phrase,
    request_headers,
)
from nbwebhook.transport.marks import CallMarks
from nbwebhook.transport.plugged import PluggedBase
from nbwebhook.transport.resolver import Resolver
from nbwebhook.transport.translate import ENGINE_ERRORS, translated

__all__ = ["HttpxTransport"]

_SWITCHING_PROTOCOLS = 101


class HttpxTransport:
    """Sends each request once, over httpx.

    By itself it uses httpx's engine without httpx's pool: a call has a connection of
    its own, made to an address that the resolver has checked, and a connection is used
    again only if nothing at all is left over from its last call. A call that failed or
    was cut off closes its connection. There are no cookies, redirects, environment,
    logged URLs or added Accept-Encoding; HTTP/1.1 only.

    With `base`, a client or transport of yours sends the requests: for proxies, client
    certificates, HTTP/2, `httpx.MockTransport` or `httpx.ASGITransport`. Names are then
    resolved by `base`, so the address policy covers only addresses that the URL spells
    out. A client adds none of its default headers, parameters or cookies; whatever
    would make it send a second request ends the call.

    Args:
        connections: How many idle connections are kept; more may be in use.
        resolver: Finds and checks addresses; by default no local ones.
        ssl_context: TLS settings; by default certifi's authorities and TLS 1.2 or newer.
        max_body_bytes: Cap of a response's body, as received and decoded.
        max_header_bytes: Cap of a response's head.
        base: What sends, instead of connections of its own. It is not closed here.
    """

    def __init__(
        self,
        *,
        connections: int = 20,
        resolver: Resolver | None = None,
        ssl_context: ssl.SSLContext | None = None,
        max_body_bytes: int = MAX_BODY_BYTES,
        max_header_bytes: int = MAX_HEADER_BYTES,
        base: httpx.AsyncBaseTransport | httpx.AsyncClient | None = None,
    ) -> None:
        self._connections = connections
        self._resolver = resolver or Resolver()
        self._ssl_context = ssl_context
        self._max_body_bytes = max_body_bytes
        self._max_header_bytes = max_header_bytes
        self._plugged = None if base is None else PluggedBase(base)
        self._idle: dict[Origin, list[Connection]] = {}
        self._open: set[Connection] = set()
        self._is_closed = False
        # The engine loads this inside its first call, whose latency it would spoil.
        with contextlib.suppress(ImportError):
            importlib.import_module("anyio._backends._asyncio")

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
        marks = CallMarks(progress)
        headers = request_headers(request)
        detail = f"{deadline_s:g} s for the whole call"
        if deadline_s <= 0:
            raise marks.lost(DeadlineExceeded, detail)
        try:
            async with asyncio.timeout(deadline_s):
                raw = await self._exchange(request, headers, marks)
            return self._response(raw, marks)
        except TimeoutError as error:
            raise marks.lost(DeadlineExceeded, detail) from error
        except ENGINE_ERRORS as error:
            raise translated(error, marks, self._max_header_bytes) from error
        except NbWebhookError as error:
            marks.annotated(error)
            raise

    async def aclose(self) -> None:
        """Close every connection, those of calls under way as well."""
        self._is_closed = True
        self._idle.clear()
        closing = list(self._open)
        for connection in closing:
            self._drop(connection)
        for connection in closing:
            await connection.wait_closed()
        # Sockets of calls cut off while connecting are given back within two rounds.
        for _ in range(2):
            await asyncio.sleep(0)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def _exchange(
        self, request: Request, headers: list[tuple[bytes, bytes]], marks: CallMarks
    ) -> RawResponse:
        # Refuses what the URL spells out, whoever makes the connection.
        self._resolver.known_addresses(request.origin.host)
        if self._plugged is not None:
            return await self._plugged.exchange(
                request,
                headers,
                marks,
                max_body_bytes=self._max_body_bytes,
                max_header_bytes=self._max_header_bytes,
            )
        connection = self._take_idle(request.origin, marks)
        if connection is None:
            connection = await self._connect(request.origin, marks)
        try:
            raw = await connection.exchange(
                request, headers, marks, max_body_bytes=self._max_body_bytes
            )
        except BaseException:
            self._drop(connection)
            raise
        self._give_back(request.origin, connection)
        return raw

    def _take_idle(self, origin: Origin, marks: CallMarks) -> Connection | None:
        """Return the connection used last, if it can be used again."""
        idle = self._idle.get(origin, [])
        while idle:
            connection = idle.pop()
            if connection.is_reusable:
                marks.connection_reused = True
                marks.remote_address = connection.address
                return connection
            self._drop(connection)
        return None

    async def _connect(self, origin: Origin, marks: CallMarks) -> Connection:
        addresses = self._resolver.known_addresses(origin.host)
        if not addresses:
            with marks.timed("resolve_ms"):
                addresses = await self._resolver.resolve(origin.host)
        connection = await open_connection(
            origin,
            addresses,
            marks,
            context=self._context() if origin.scheme == "https" else None,
            max_header_bytes=self._max_header_bytes,
        )
        self._open.add(connection)
        if self._is_closed:
            self._drop(connection)
            raise marks.lost(ConnectFailed, "the transport was closed meanwhile")
        return connection

    def _context(self) -> ssl.SSLContext:
        if self._ssl_context is None:
            # Not `create_default_context`, which obeys SSLKEYLOGFILE.
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.minimum_version = ssl.TLSVersion.TLSv1_2
            context.load_verify_locations(certifi.where())
            context.set_alpn_protocols(["http/1.1"])
            self._ssl_context = context
        return self._ssl_context

    def _give_back(self, origin: Origin, connection: Connection) -> None:
        idle = self._idle.setdefault(origin, [])
        if connection.is_reusable and not self._is_closed:
            idle.append(connection)
        else:
            self._drop(connection)
        # The oldest stand first; what nobody needed for a while is let go.
        while idle and (len(idle) > self._connections or idle[0].is_expired):
            self._drop(idle.pop(0))

    def _drop(self, connection: Connection) -> None:
        self._open.discard(connection)
        connection.abort()

    def _response(self, raw: RawResponse, marks: CallMarks) -> Response:
        if raw.status_code == _SWITCHING_PROTOCOLS:
            detail = "status 101: a switch to another protocol that nobody asked for"
            raise marks.lost(ProtocolViolated, detail)
        timing = marks.finished()
        encodings = content_encodings(raw.headers)
        return Response(
            raw.status_code,
            reason_phrase(raw.status_code, raw.reason),
            raw.headers,
            decode_body(raw.body, encodings, self._max_body_bytes),
            timing=timing,
            request_bytes=marks.request_bytes,
            response_bytes=len(raw.body),
            connection_reused=marks.connection_reused,
            remote_address=marks.remote_address,
        )
