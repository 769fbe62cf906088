"""The protocol of a transport: one request in, one response or one error out."""

from __future__ import annotations

from math import nan
from typing import Protocol

from nbwebhook.errors import DeadlineExceeded, NbWebhookError
from nbwebhook.render.request import Request

__all__ = [
    "CallProgress",
    "Response",
    "Timing",
    "Transport",
    "annotate",
    "computed_beside_s",
    "deadline_exceeded",
    "remote_address_of",
    "status_code_of",
    "timing_of",
]


class Timing:
    """How long the phases of one call took, in milliseconds; NaN where there was none.

    Attributes:
        resolve_ms: Name to address.
        connect_ms: Making the TCP connection.
        tls_ms: The TLS handshake.
        send_ms: First to last byte of the request.
        first_byte_ms: Last byte of the request to first byte of the response.
        read_ms: First to last byte of the response.
        latency_ms: Service time: start of the call to its last byte, or to its failure.
    """

    __slots__ = (
        "connect_ms",
        "first_byte_ms",
        "latency_ms",
        "read_ms",
        "resolve_ms",
        "send_ms",
        "tls_ms",
    )

    def __init__(self) -> None:
        self.resolve_ms = nan
        self.connect_ms = nan
        self.tls_ms = nan
        self.send_ms = nan
        self.first_byte_ms = nan
        self.read_ms = nan
        self.latency_ms = nan


class CallProgress:
    """What a caller that cancels a call can still learn about it.

    Attributes:
        bytes_sent: Whether a byte of the request may have left.
    """

    __slots__ = ("bytes_sent",)

    def __init__(self) -> None:
        self.bytes_sent = False


class Response:
    """A whole response.

    Attributes:
        status_code: 100 to 999.
        reason: The reason phrase, or the standard one for the code.
        headers: Pairs of lower-case name and value.
        body: The body with its content encoding undone, within the cap.
        timing: The phases.
        request_bytes: Bytes of the request, head and body.
        response_bytes: Bytes of the body as received.
        connection_reused: Whether the connection had served a call before.
        remote_address: The address that was connected to.
    """

    __slots__ = (
        "body",
        "connection_reused",
        "headers",
        "reason",
        "remote_address",
        "request_bytes",
        "response_bytes",
        "status_code",
        "timing",
    )

    def __init__(  # noqa: PLR0913 - one a fact; made once a call
        self,
        status_code: int,
        reason: str,
        headers: tuple[tuple[bytes, bytes], ...],
        body: bytes,
        *,
        timing: Timing,
        request_bytes: int = 0,
        response_bytes: int = 0,
        connection_reused: bool = False,
        remote_address: str = "",
    ) -> None:
        self.status_code = status_code
        self.reason = reason
        self.headers = headers
        self.body = body
        self.timing = timing
        self.request_bytes = request_bytes
        self.response_bytes = response_bytes
        self.connection_reused = connection_reused
        self.remote_address = remote_address

    def header(self, name: bytes) -> bytes:
        """Return the first value of the header `name` in lower case, or nothing."""
        return next((value for key, value in self.headers if key == name), b"")


class Transport(Protocol):
    """Sends one request at a time and a connection, each exactly once.

    A transport never repeats a request, follows no redirect, keeps no cookie and reads
    nothing from the environment.
    """

    async def send(
        self,
        request: Request,
        deadline_s: float,
        *,
        progress: CallProgress | None = None,
    ) -> Response:
        """Return the whole response.

        A cancelled call raises `CancelledError` as any other coroutine does, closes its
        connection, and leaves in `progress` whether the service may have acted.

        Args:
            request: What to send.
            deadline_s: Limit for the whole call, from name to last byte.
            progress: Where to note that bytes have been sent.

        Raises:
            TransportError: No whole response came; `bytes_sent` tells whether the
                service may have acted.
            ResponseError: The response broke a cap or its encoding is wrong; the
                service has acted.
            RenderError: A header or the target cannot stand in a request; nothing was
                sent.
        """

    async def aclose(self) -> None:
        """Close every connection."""


def annotate(
    error: NbWebhookError,
    timing: Timing,
    *,
    remote_address: str = "",
    status_code: int = 0,
) -> None:
    """Write on `error` how long the failed call took and what it had learned."""
    error.__dict__.update(
        timing=timing, remote_address=remote_address, status_code=status_code
    )


def deadline_exceeded(
    phase: str, deadline_s: float, *, bytes_sent: bool = False
) -> DeadlineExceeded:
    """Return the error of a call whose time is over, in the phase where it stood."""
    detail = f"{deadline_s:g} s for the whole call"
    return DeadlineExceeded(phase, detail, bytes_sent=bytes_sent)


def timing_of(error: NbWebhookError) -> Timing:
    """Return the phases of the call that failed with `error`; NaN where unknown."""
    timing = error.__dict__.get("timing")
    return timing if isinstance(timing, Timing) else Timing()


def remote_address_of(error: NbWebhookError) -> str:
    """Return the address that the failed call was connected to, or nothing."""
    return str(error.__dict__.get("remote_address", ""))


def status_code_of(error: NbWebhookError) -> int:
    """Return the status code that the failed call had received, or 0."""
    return int(error.__dict__.get("status_code", 0))


def computed_beside_s(transport: Transport) -> float:
    """Return the processor seconds of a process that makes a transport's calls, or 0."""
    return float(getattr(transport, "computed_beside_s", 0.0))
