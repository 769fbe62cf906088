"""Bytes of a connection to whole requests; h11 is the judge of every head.

The heads of a run are often the same, byte for byte, and what h11 has read once it need
not read again. That halves the service's work, and the service shares the machine with
the client that is measured. Whatever is not a plain head and a body of known length is
h11's from its first to its last byte.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import h11

from nbwebhook.demo.requests import (
    ReceivedRequest,
    RequestHead,
    read_head,
    read_request,
)

__all__ = ["BrokenRequest", "RequestReader"]

_HEAD_END = b"\r\n\r\n"
_MAX_PLAIN_BYTES = 8 * 1024
_MAX_PART_BYTES = 64 * 1024
_NOT_PLAIN = frozenset({b"transfer-encoding", b"expect", b"upgrade"})


class BrokenRequest(Exception):
    """A request that is not worth reading on.

    Attributes:
        status: What to answer.
        problem: Why, in a sentence.
    """

    def __init__(self, status: int, problem: str) -> None:
        super().__init__(status, problem)
        self.status = status
        self.problem = problem


class _PlainHead(NamedTuple):
    head: RequestHead
    head_bytes: int
    body_bytes: int


class RequestReader:
    """Takes the bytes of one connection, gives its requests in their order."""

    def __init__(self, *, max_body_bytes: int) -> None:
        self._max_body_bytes = max_body_bytes
        self._buffer = bytearray()
        self._http: h11.Connection | None = None

    def feed(self, data: bytes) -> None:
        """Add what the connection brought, at least one byte."""
        if self._http is None:
            self._buffer += data
        else:
            self._http.receive_data(data)

    def take(self) -> ReceivedRequest | None:
        """Return the next request, or None until all its bytes are there.

        Raises:
            BrokenRequest: It is not HTTP/1.1, or its body is too large.
        """
        if self._http is None and self._buffer:
            plain = self._find_plain_head()
            if plain is not None:
                return self._take_plain(plain)
            self._http = h11.Connection(h11.SERVER, _MAX_PART_BYTES)
            self._http.receive_data(bytes(self._buffer))
            self._body = bytearray()
        return None if self._http is None else self._take_by_h11(self._http)

    def take_invitation(self) -> bytes:
        """Return the `100 Continue` that the client waits for, once, or nothing."""
        if self._http is None or not self._http.they_are_waiting_for_100_continue:
            return b""
        go_on = h11.InformationalResponse(
            status_code=100, headers=[], reason=b"Continue"
        )
        return self._http.send(go_on) or b""

    def _find_plain_head(self) -> _PlainHead | None:
        end = self._buffer.find(_HEAD_END, 0, _MAX_PLAIN_BYTES)
        if end < 0:
            return None
        return _read_plain_head(bytes(self._buffer[: end + len(_HEAD_END)]))

    def _take_plain(self, plain: _PlainHead) -> ReceivedRequest | None:
        self._check_body(plain.body_bytes)
        end = plain.head_bytes + plain.body_bytes
        if len(self._buffer) < end:
            return None
        body = bytes(self._buffer[plain.head_bytes : end])
        del self._buffer[:end]
        return read_request(plain.head, body)

    def _take_by_h11(self, http: h11.Connection) -> ReceivedRequest | None:
        while True:
            try:
                event = http.next_event()
            except h11.RemoteProtocolError as error:
                problem = "the request is not valid HTTP/1.1"
                raise BrokenRequest(error.error_status_hint, problem) from error
            if isinstance(event, h11.Request):
                self._head = _read_h11_head(event)
            elif isinstance(event, h11.Data):
                self._body += event.data
                self._check_body(len(self._body))
            elif isinstance(event, h11.EndOfMessage):
                self._buffer = bytearray(http.trailing_data[0])
                self._http = None
                return read_request(self._head, bytes(self._body))
            else:
                return None

    def _check_body(self, body_bytes: int) -> None:
        if body_bytes > self._max_body_bytes:
            limit = f"{self._max_body_bytes:,} bytes"
            raise BrokenRequest(413, f"the body is larger than {limit}")


@lru_cache(maxsize=1_024)
def _read_plain_head(raw: bytes) -> _PlainHead | None:
    """Return what h11 reads in a whole head, or None if it takes h11 to go on."""
    http = h11.Connection(h11.SERVER)
    http.receive_data(raw)
    try:
        event = http.next_event()
    except h11.RemoteProtocolError:
        return None
    if not isinstance(event, h11.Request) or event.method == b"CONNECT":
        return None
    named = dict(event.headers)
    is_more_than_a_head = http.trailing_data[0] != b""
    if is_more_than_a_head or not _NOT_PLAIN.isdisjoint(named):
        return None
    body_bytes = int(named.get(b"content-length", b"0"))
    return _PlainHead(_read_h11_head(event), len(raw), body_bytes)


def _read_h11_head(event: h11.Request) -> RequestHead:
    return read_head(
        event.method,
        event.target,
        tuple(event.headers.raw_items()),
        is_http_1_0=event.http_version < b"1.1",
    )
