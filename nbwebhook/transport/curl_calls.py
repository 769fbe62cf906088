"""Calls over easy handles of libcurl, apart from who waits for their end."""

from __future__ import annotations

import math
from collections.abc import Sequence

from nbwebhook.definition.urls import Origin
from nbwebhook.errors import (
    ConnectionLost,
    HeadersTooLarge,
    NbWebhookError,
    ProtocolViolated,
)
from nbwebhook.render.request import Request
from nbwebhook.transport.addresses import address_in_host
from nbwebhook.transport.base import CallProgress, Response, Timing, annotate
from nbwebhook.transport.body import decode_body
from nbwebhook.transport.curl_errors import error_of
from nbwebhook.transport.curl_handles import CurlResult
from nbwebhook.transport.curl_head import HeadReader, parse_head
from nbwebhook.transport.curl_slot import CurlSlot, fixed_options
from nbwebhook.transport.idle import IdleSockets

__all__ = ["CurlCalls", "annotate_failure"]

_SPARE_CONNECTIONS = 8


class CurlCalls:
    """Sets easy handles up for calls, and reads what became of them.

    The handles of one object share one multi handle, which is told the addresses of a
    name once.

    Args:
        connections: How many idle handles are kept, and a few more.
        ca_file: The authorities that are trusted.
        max_body_bytes: Cap of a response's body, as received and decoded.
        max_header_bytes: Cap of a response's head.
        sockets: Those of connections; of several objects, if they share them.
    """

    def __init__(
        self,
        *,
        connections: int,
        ca_file: str,
        max_body_bytes: int,
        max_header_bytes: int,
        sockets: IdleSockets,
    ) -> None:
        self._max_body_bytes = max_body_bytes
        self._max_header_bytes = max_header_bytes
        self._options = fixed_options(ca_file, max_body_bytes)
        self._heads = HeadReader()
        self._most_free = connections + _SPARE_CONNECTIONS
        self._free: list[CurlSlot] = []
        self._told: dict[Origin, tuple[str, ...]] = {}
        self._sockets = sockets

    @property
    def has_idle(self) -> bool:
        """Whether a handle has served before and is free; likely so is its connection."""
        return bool(self._free)

    def begin(
        self,
        request: Request,
        lines: Sequence[bytes],
        addresses: tuple[str, ...],
        progress: CallProgress,
    ) -> CurlSlot:
        """Return a handle that is set up for a request, but for its deadline.

        Args:
            request: What to send.
            lines: Its headers as libcurl takes them; compared by identity.
            addresses: What may be connected to, likewise.
            progress: Where to note that the request may have been written.
        """
        free = self._free
        slot = free.pop() if free else CurlSlot(self._options, self._sockets)
        slot.prepare(request, lines, addresses, progress)
        if self._told.get(request.origin) is not addresses:
            slot.tells_addresses = True
            if address_in_host(request.origin.host) is None:
                slot.resolve_to_addresses()
        return slot

    def finish(
        self,
        slot: CurlSlot,
        result: CurlResult,
        request: Request,
        *,
        timing: Timing,
        deadline_s: float,
        before_ms: float,
    ) -> Response:
        """Return the response of a transfer that has ended.

        Args:
            slot: The handle.
            result: How it ended.
            request: What was sent.
            timing: Where to write the phases.
            deadline_s: The limit that the call had.
            before_ms: How long the call had lasted when the transfer began.

        Raises:
            TransportError: No whole response came.
            ResponseError: The response broke a cap, or its encoding is wrong.
        """
        if slot.tells_addresses:
            slot.tells_addresses = False
            self._told[request.origin] = slot.addresses
        if result.code:
            raise error_of(
                slot,
                result,
                request,
                deadline_s=deadline_s,
                max_body_bytes=self._max_body_bytes,
                max_header_bytes=self._max_header_bytes,
            )
        slot.write_phases(timing, before_ms=before_ms)
        return self._response(slot, timing)

    def _response(self, slot: CurlSlot, timing: Timing) -> Response:
        head = self._heads.read(slot.head)
        if head is None:
            # libcurl takes an end inside the headers for the end of a response.
            detail = "closed by the service before the end of a response's head"
            raise ConnectionLost("wait", detail, bytes_sent=True)
        if not head.is_of_http_1:
            detail = "another version than HTTP/1.0 or 1.1"
            raise ProtocolViolated("wait", detail, bytes_sent=True)
        if head.size_bytes > self._max_header_bytes:
            raise HeadersTooLarge(self._max_header_bytes)
        raw = slot.body[0] if len(slot.body) == 1 else b"".join(slot.body)
        return Response(
            head.status_code,
            head.reason,
            head.headers,
            decode_body(raw, head.encodings, self._max_body_bytes),
            timing=timing,
            request_bytes=slot.request_bytes,
            response_bytes=len(raw),
            connection_reused=slot.is_reused,
            remote_address=slot.remote_address,
        )

    def give_back(self, slot: CurlSlot) -> None:
        """Keep a handle whose call is over for the next one, if there is room."""
        slot.release()
        if len(self._free) >= self._most_free:
            slot.close()
        else:
            self._free.append(slot)

    def close(self) -> None:
        """Close the handles that are kept, and keep no more."""
        self._most_free = 0
        for slot in self._free:
            slot.close()
        self._free.clear()


def annotate_failure(
    error: NbWebhookError, slot: CurlSlot | None, timing: Timing, spent_s: float
) -> None:
    """Write on `error` what the failed call had learned by its end.

    Args:
        error: Why it failed.
        slot: Its handle; None if it had none yet.
        timing: Its phases so far.
        spent_s: How long it had lasted.
    """
    if math.isnan(timing.latency_ms):
        timing.latency_ms = spent_s * 1000
    if slot is not None and math.isnan(timing.send_ms):
        slot.write_phases_so_far(timing)
    head = parse_head(slot.head) if slot else None
    annotate(
        error,
        timing,
        remote_address=slot.remote_address if slot else "",
        status_code=head.status_code if head else 0,
    )
