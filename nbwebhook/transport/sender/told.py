"""Calls and their ends as plain values, for the way to a sender and back."""

from __future__ import annotations

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

__all__ = [
    "Order",
    "error_from",
    "error_told",
    "response_from",
    "response_told",
]

_PHASES = Timing.__slots__


class Order(NamedTuple):
    """A call that a sender is to make.

    Attributes:
        number: Tells calls apart.
        method: The request's method.
        origin: Scheme, host and port.
        target: Path and query.
        body: The payload, or None.
        lines: The headers as libcurl takes them.
        addresses: What may be connected to.
        began_s: When the call began, by `perf_counter`, which is one for all processes.
        deadline_s: Limit for the whole call.
        before_ms: The part of its service time that is over: the lookup of the name.
    """

    number: int
    method: str
    origin: tuple[str, str, int]
    target: bytes
    body: bytes | None
    lines: tuple[bytes, ...]
    addresses: tuple[str, ...]
    began_s: float
    deadline_s: float
    before_ms: float


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


def _timing_from(phases: tuple[float, ...]) -> Timing:
    timing = Timing()
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


def response_told(number: int, response: Response) -> tuple[Any, ...]:
    """Return a response as plain values."""
    return (
        number,
        response.status_code,
        response.reason,
        response.headers,
        response.body,
        _phases_of(response.timing),
        response.request_bytes,
        response.response_bytes,
        response.connection_reused,
        response.remote_address,
    )


def response_from(told: tuple[Any, ...]) -> Response:
    """Return the response that was told."""
    return Response(
        told[1],
        told[2],
        told[3],
        told[4],
        timing=_timing_from(told[5]),
        request_bytes=told[6],
        response_bytes=told[7],
        connection_reused=told[8],
        remote_address=told[9],
    )


def error_told(number: int, error: NbWebhookError) -> tuple[Any, ...]:
    """Return an error of a call as plain values."""
    sent = error.bytes_sent if isinstance(error, TransportError) else None
    return (
        number,
        type(error).__name__,
        error.args,
        sent,
        _phases_of(timing_of(error)),
        remote_address_of(error),
        status_code_of(error),
    )


def error_from(told: tuple[Any, ...]) -> NbWebhookError:
    """Return the error that was told."""
    _, name, args, sent, phases, address, status_code = told
    kind = getattr(errors, name)
    error: NbWebhookError = (
        kind(*args) if sent is None else kind(*args, bytes_sent=sent)
    )
    annotate(
        error,
        _timing_from(phases),
        remote_address=address,
        status_code=status_code,
    )
    return error
