"""What one call has come to: its phase, its moments, and whether bytes have left."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import TypeVar

from nbwebhook.errors import NbWebhookError, TransportError
from nbwebhook.transport.base import CallProgress, Timing, annotate

__all__ = ["CallMarks"]

_E = TypeVar("_E", bound=NbWebhookError)


class CallMarks:
    """The moments of one call, noted as they pass.

    ```text
    resolve -> connect -> tls -> send -> wait -> body
    ```

    Attributes:
        phase: Where the call stands.
        timing: The phases that are over.
        progress: Where the caller reads whether bytes have been sent.
        remote_address: The address that is connected to.
        connection_reused: Whether the connection had served a call before.
        request_bytes: Bytes of the request written so far.
        status_code: The response's, once it is known.
    """

    __slots__ = (
        "_first_byte_s",
        "_last_byte_s",
        "_sent_s",
        "_start_s",
        "_written_s",
        "connection_reused",
        "phase",
        "progress",
        "remote_address",
        "request_bytes",
        "status_code",
        "timing",
    )

    def __init__(self, progress: CallProgress | None = None) -> None:
        self.phase = "resolve"
        self.timing = Timing()
        self.progress = progress or CallProgress()
        self.progress.bytes_sent = False
        self.remote_address = ""
        self.connection_reused = False
        self.request_bytes = 0
        self.status_code = 0
        self._start_s = perf_counter()
        self._sent_s = 0.0
        self._written_s = 0.0
        self._first_byte_s = 0.0
        self._last_byte_s = 0.0

    @contextmanager
    def timed(self, phase_ms: str) -> Iterator[None]:
        """Write how long the block takes into the attribute `phase_ms` of `timing`."""
        start_s = perf_counter()
        try:
            yield
        finally:
            setattr(self.timing, phase_ms, (perf_counter() - start_s) * 1000)

    def note_send(self, size_bytes: int) -> None:
        """Note that bytes of the request are about to be handed over."""
        self.progress.bytes_sent = True
        self.phase = "send"
        self.request_bytes += size_bytes
        self._sent_s = self._sent_s or perf_counter()

    def note_written(self) -> None:
        """Note that the bytes handed over have left."""
        self.phase = "wait"
        self._written_s = perf_counter()

    def note_received(self) -> None:
        """Note that bytes of the response, or its end, have come."""
        self._last_byte_s = perf_counter()
        self._first_byte_s = self._first_byte_s or self._last_byte_s

    def finished(self) -> Timing:
        """Return the timing, with the phases after the connection filled in."""
        timing = self.timing
        if self._written_s:
            timing.send_ms = (self._written_s - self._sent_s) * 1000
        if self._written_s and self._first_byte_s:
            # A service may answer before it has read the whole request.
            wait_s = max(self._first_byte_s - self._written_s, 0.0)
            timing.first_byte_ms = wait_s * 1000
        if self._first_byte_s:
            timing.read_ms = (self._last_byte_s - self._first_byte_s) * 1000
        end_s = self._last_byte_s if self.phase == "done" else perf_counter()
        timing.latency_ms = (end_s - self._start_s) * 1000
        return timing

    def lost(self, kind: type[TransportError], detail: str) -> TransportError:
        """Return the error `kind` of this call as it stands now."""
        error = kind(self.phase, detail, bytes_sent=self.progress.bytes_sent)
        return self.annotated(error)

    def annotated(self, error: _E) -> _E:
        """Return `error` with the facts of this call written on it."""
        annotate(
            error,
            self.finished(),
            remote_address=self.remote_address,
            status_code=self.status_code,
        )
        return error
