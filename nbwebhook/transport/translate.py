"""What httpx and its engine raise, told as errors of our own."""

from __future__ import annotations

import os
import ssl

import httpcore
import httpx

from nbwebhook.errors import (
    ConnectFailed,
    ConnectionLost,
    HeadersTooLarge,
    NbWebhookError,
    ProtocolViolated,
    TlsFailed,
    TruncatedBody,
    UnsafeTarget,
)
from nbwebhook.transport.marks import CallMarks

__all__ = ["ENGINE_ERRORS", "reason_of", "translated"]

ENGINE_ERRORS = (
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.TimeoutException,
    httpx.TransportError,
    httpx.InvalidURL,
)

_NOT_CONNECTED = (
    httpcore.ConnectError,
    httpcore.ConnectTimeout,
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
)
_OURS_IS_WRONG = (
    httpcore.LocalProtocolError,
    httpx.LocalProtocolError,
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
)
_PROTOCOL = (httpcore.RemoteProtocolError, httpx.RemoteProtocolError)


def reason_of(error: BaseException) -> str:
    """Return what went wrong in words: the system's or the TLS library's, never empty."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message or "the certificate was not accepted"
    if isinstance(error, ssl.SSLError):
        said = error.reason or (error.strerror or "").partition(" (_ssl")[0]
        return said.replace("_", " ").lower() or type(error).__name__
    if isinstance(error, OSError) and error.errno:
        return os.strerror(error.errno)
    return str(error) or type(error).__name__


def translated(
    error: Exception, marks: CallMarks, max_header_bytes: int
) -> NbWebhookError:
    """Return our error for one of `ENGINE_ERRORS`, with the facts of the call.

    Messages of the engine can quote what the service sent, which may hold a lead's
    values; only the part before the quotation is kept.
    """
    if isinstance(error, _OURS_IS_WRONG):
        return marks.annotated(UnsafeTarget(f"cannot be sent: {_plain(error)}"))
    if isinstance(error, _NOT_CONNECTED):
        beneath = _system_error(error)
        is_tls = marks.phase == "tls" or isinstance(beneath, ssl.SSLError)
        detail = reason_of(beneath) if beneath else _plain(error)
        return marks.lost(TlsFailed if is_tls else ConnectFailed, detail)
    if isinstance(error, _PROTOCOL):
        return _protocol_error(str(error), marks, max_header_bytes)
    return _lost(_plain(error), marks)


def _plain(error: Exception) -> str:
    return str(error).partition(":")[0].strip() or type(error).__name__


def _system_error(error: BaseException | None) -> OSError | None:
    """Return the error of the system or the TLS library that `error` goes back to."""
    while error is not None:
        if isinstance(error, OSError) and error.errno:
            return error
        error = error.__cause__ or error.__context__
    return None


def _lost(detail: str, marks: CallMarks) -> NbWebhookError:
    if marks.phase == "body":
        return marks.lost(TruncatedBody, detail)
    if marks.connection_reused:
        detail += "; the connection had been kept open after an earlier call"
    return marks.lost(ConnectionLost, detail)


def _protocol_error(
    said: str, marks: CallMarks, max_header_bytes: int
) -> NbWebhookError:
    if said.startswith("Server disconnected"):
        return _lost("closed by the service before the end of a response's head", marks)
    if said.startswith("peer closed connection"):
        got = said.partition("(")[2].rstrip(")") or "the end is missing"
        return marks.lost(TruncatedBody, f"closed by the service: {got}")
    if said.startswith("Receive buffer too long"):
        if marks.phase != "body":
            return marks.annotated(HeadersTooLarge(max_header_bytes))
        said = "a chunk's head or the trailers are too long"
    detail = said.partition(":")[0].strip() or "what came cannot be read"
    return marks.lost(ProtocolViolated, detail)
