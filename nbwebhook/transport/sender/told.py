"""Calls and their ends as bytes, for the way to a sender and back.

| to the sender | what it is |
| --- | --- |
| manner | method, origin, headers and addresses of the calls that follow, as JSON |
| call | number, times, target and body |
| cut | number of a call that is to be cut off |

| from the sender | what it is |
| --- | --- |
| response | number and all that a `Response` has |
| error | number and all that one of our errors has, as JSON |
| cut | number of a call that was cut off, and whether it may have been sent |
| work | processor seconds so far: told first of all, and with every batch |

A call's time begins where it is made: that it waited to be told of, or to be begun, is not
the service's doing.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Sequence
from itertools import chain
from struct import Struct
from typing import Any, NamedTuple

from nbwebhook import errors
from nbwebhook.errors import NbWebhookError, TransportError
from nbwebhook.transport.base import (
    Response,
    Timing,
    annotate,
    remote_address_of,
    status_code_of,
    timing_of,
)
from nbwebhook.transport.repeats import Repeats

__all__ = [
    "CALL",
    "CUT",
    "ERROR",
    "MANNER",
    "RESPONSE",
    "WORK",
    "Manner",
    "ResponseReader",
    "ResponseTeller",
    "call_from",
    "call_told",
    "cut_from",
    "cut_told",
    "error_from",
    "error_told",
    "manner_from",
    "manner_told",
    "number_of",
    "work_from",
    "work_told",
]

MANNER, CALL, CUT, RESPONSE, ERROR, WORK = range(6)
"""The first byte of a message: its kind."""

_NUMBER = Struct("<BQ")
_CALL = Struct("<BQddI?")
_CUT = Struct("<BQ?")
_RESPONSE = Struct("<BQH7dQQ?HHHI")
_WORK = Struct("<Bd")


class Manner(NamedTuple):
    """What many calls have in common.

    Attributes:
        method: The request's method.
        origin: Scheme, host and port.
        lines: The headers as libcurl takes them.
        addresses: What may be connected to.
    """

    method: str
    origin: tuple[str, str, int]
    lines: tuple[bytes, ...]
    addresses: tuple[str, ...]


def number_of(message: bytes) -> int:
    """Return the number of the call that a message is about."""
    number: int = _NUMBER.unpack_from(message)[1]
    return number


# To the sender


def manner_told(manner: Manner) -> bytes:
    """Return a manner as a message."""
    lines = [line.decode("latin-1") for line in manner.lines]
    told = json.dumps([manner.method, manner.origin, lines, manner.addresses])
    return bytes([MANNER]) + told.encode()


def manner_from(message: bytes) -> Manner:
    """Return the manner that was told."""
    method, (scheme, host, port), lines, addresses = json.loads(message[1:])
    raw = tuple(line.encode("latin-1") for line in lines)
    return Manner(method, (scheme, host, port), raw, tuple(addresses))


def call_told(
    number: int,
    times: tuple[float, float],
    target: bytes,
    body: bytes | None,
) -> bytes:
    """Return a call as a message.

    Args:
        number: Tells it from others.
        times: Its limit in seconds; the milliseconds of its service time that are over.
        target: Path and query.
        body: The payload, or None.
    """
    has_body = body is not None
    head = _CALL.pack(CALL, number, *times, len(target), has_body)
    return head + target + (body or b"")


def call_from(
    message: bytes,
) -> tuple[int, tuple[float, float], bytes, bytes | None]:
    """Return what `call_told` was given."""
    _, number, deadline_s, before_ms, length, has_body = _CALL.unpack_from(message)
    end = _CALL.size + length
    body = message[end:] if has_body else None
    return number, (deadline_s, before_ms), message[_CALL.size : end], body


def cut_told(number: int, *, is_sent: bool = False) -> bytes:
    """Return the wish to cut a call off, or the answer to it."""
    return _CUT.pack(CUT, number, is_sent)


def cut_from(message: bytes) -> bool:
    """Return whether a call that was cut off may have been sent."""
    is_sent: bool = _CUT.unpack(message)[2]
    return is_sent


# From the sender


def _phases_of(timing: Timing) -> tuple[float, ...]:
    return (
        timing.connect_ms,
        timing.first_byte_ms,
        timing.latency_ms,
        timing.read_ms,
        timing.resolve_ms,
        timing.send_ms,
        timing.tls_ms,
    )


def _timing_from(phases: Sequence[float]) -> Timing:
    timing = Timing.__new__(Timing)  # every attribute is set below
    (
        timing.connect_ms,
        timing.first_byte_ms,
        timing.latency_ms,
        timing.read_ms,
        timing.resolve_ms,
        timing.send_ms,
        timing.tls_ms,
    ) = phases
    return timing


class ResponseTeller:
    """Makes messages of responses; what equal heads have in common is made once."""

    def __init__(self) -> None:
        self._heads = Repeats[tuple[tuple[bytes, bytes], ...], bytes]()

    def tell(self, number: int, response: Response) -> bytes:
        """Return a response as a message."""
        reason = response.reason.encode()
        address = response.remote_address.encode()
        headers = self._headers(response.headers)
        head = _RESPONSE.pack(
            RESPONSE,
            number,
            response.status_code,
            *_phases_of(response.timing),
            response.request_bytes,
            response.response_bytes,
            response.connection_reused,
            len(reason),
            len(address),
            2 * len(response.headers),
            len(headers),
        )
        return b"".join((head, reason, address, headers, response.body))

    def _headers(self, headers: tuple[tuple[bytes, bytes], ...]) -> bytes:
        told = self._heads.find(headers)
        if told is None:
            parts = list(chain.from_iterable(headers))
            told = array("I", map(len, parts)).tobytes() + b"".join(parts)
            self._heads.keep(headers, told, len(told))
        return told


class ResponseReader:
    """Makes responses of messages; heads and words that come again are made once."""

    def __init__(self) -> None:
        self._heads = Repeats[tuple[int, bytes], tuple[tuple[bytes, bytes], ...]]()
        self._words = Repeats[bytes, str]()

    def read(self, message: bytes) -> Response:
        """Return the response that was told."""
        (
            _,
            _,
            status_code,
            *phases,
            request_bytes,
            response_bytes,
            is_reused,
            a,
            b,
            n,
            c,
        ) = _RESPONSE.unpack_from(message)
        reason_at = _RESPONSE.size
        address_at = reason_at + a
        headers_at = address_at + b
        body_at = headers_at + c
        return Response(
            status_code,
            self._word(message[reason_at:address_at]),
            self._headers(n, message[headers_at:body_at]),
            message[body_at:],
            timing=_timing_from(phases),
            request_bytes=request_bytes,
            response_bytes=response_bytes,
            connection_reused=is_reused,
            remote_address=self._word(message[address_at:headers_at]),
        )

    def _word(self, raw: bytes) -> str:
        word = self._words.find(raw)
        if word is None:
            word = raw.decode()
            self._words.keep(raw, word, len(raw))
        return word

    def _headers(self, parts: int, raw: bytes) -> tuple[tuple[bytes, bytes], ...]:
        headers = self._heads.find((parts, raw))
        if headers is None:
            headers = _headers_from(parts, raw)
            self._heads.keep((parts, raw), headers, len(raw))
        return headers


def _headers_from(parts: int, raw: bytes) -> tuple[tuple[bytes, bytes], ...]:
    lengths = array("I")
    at = parts * lengths.itemsize
    lengths.frombytes(raw[:at])
    found = []
    for length in lengths:
        found.append(raw[at : at + length])
        at += length
    return tuple(zip(found[::2], found[1::2], strict=True))


def error_told(number: int, error: NbWebhookError) -> bytes:
    """Return an error of a call as a message."""
    sent = error.bytes_sent if isinstance(error, TransportError) else None
    facts: list[Any] = [type(error).__name__, error.args, sent]
    facts += [_phases_of(timing_of(error)), remote_address_of(error)]
    facts.append(status_code_of(error))
    return _NUMBER.pack(ERROR, number) + json.dumps(facts).encode()


def error_from(message: bytes) -> NbWebhookError:
    """Return the error that was told."""
    name, args, sent, phases, address, status_code = json.loads(message[_NUMBER.size :])
    kind = getattr(errors, name)
    error: NbWebhookError
    error = kind(*args) if sent is None else kind(*args, bytes_sent=sent)
    annotate(
        error, _timing_from(phases), remote_address=address, status_code=status_code
    )
    return error


def work_told(computed_s: float) -> bytes:
    """Return how much a sender has computed as a message."""
    return _WORK.pack(WORK, computed_s)


def work_from(message: bytes) -> float:
    """Return the processor seconds that were told."""
    computed_s: float = _WORK.unpack(message)[1]
    return computed_s
