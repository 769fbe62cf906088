"""Calls and their ends as plain values, for the way to a sender and back.

| to the sender | parts |
| --- | --- |
| make a call | number, method, (scheme, host, port), target, body, the headers' lines, addresses, when it began, its limit in s, ms of it that are over |
| cut it off | number |

| from the sender | parts |
| --- | --- |
| a response | number and nine more, `response_told` |
| an error | number and six more, `error_told` |
| it was cut off | number, whether it may have been sent |
| ready, and as often as anything is told | 0, processor seconds |

When a call began is told by `perf_counter`, which is the same for all processes.
"""

from __future__ import annotations

from typing import Any

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
    "CUT_PARTS",
    "CUT_TOLD_PARTS",
    "READY",
    "RESPONSE_PARTS",
    "error_from",
    "error_told",
    "response_from",
    "response_told",
]

READY = 0
"""The number that no call has."""

CUT_PARTS = 1
CUT_TOLD_PARTS = 2
RESPONSE_PARTS = 10
"""Messages are told apart by how many parts they have."""


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
