"""What libcurl reports, told as errors of our own."""

from __future__ import annotations

import os

import pycurl

from nbwebhook.errors import (
    AddressRefused,
    BodyTooLarge,
    ConnectFailed,
    ConnectionLost,
    HeadersTooLarge,
    NbWebhookError,
    ProtocolViolated,
    TlsFailed,
    TransportError,
    TruncatedBody,
)
from nbwebhook.render.request import Request
from nbwebhook.transport.base import deadline_exceeded
from nbwebhook.transport.curl_handles import CURL_BROKEN, CURL_CLOSED, CurlResult
from nbwebhook.transport.curl_head import parse_head
from nbwebhook.transport.curl_slot import CurlSlot

__all__ = ["error_of"]

_TOO_LARGE = getattr(pycurl, "E_TOO_LARGE", 100)
_HEAD_IS_TOO_LARGE = ("Too large response headers", "Too many response headers")
_LOST = {
    pycurl.E_ABORTED_BY_CALLBACK,
    pycurl.E_GOT_NOTHING,
    pycurl.E_RECV_ERROR,
    pycurl.E_SEND_ERROR,
    pycurl.E_PARTIAL_FILE,
    pycurl.E_SSL_CONNECT_ERROR,
    CURL_BROKEN,
    CURL_CLOSED,
}
# Among the messages of E_RECV_ERROR, those that are about what came.
_BROKEN_FRAMING = ("chunk", "hex", "Malformed")


def error_of(
    slot: CurlSlot,
    result: CurlResult,
    request: Request,
    *,
    deadline_s: float,
    max_body_bytes: int,
    max_header_bytes: int,
) -> NbWebhookError:
    """Return our error for a transfer that did not end well."""
    phase = _phase(slot, request)
    if result.code == pycurl.E_OPERATION_TIMEDOUT:
        return deadline_exceeded(phase, deadline_s, bytes_sent=slot.is_written)
    if not slot.is_written:
        return _not_sent(slot, result, request, phase)
    if result.code == pycurl.E_FILESIZE_EXCEEDED:
        return BodyTooLarge(max_body_bytes)
    if result.code == _TOO_LARGE or result.message.startswith(_HEAD_IS_TOO_LARGE):
        return HeadersTooLarge(max_header_bytes)
    return _sent(slot, result, phase)


def _phase(slot: CurlSlot, request: Request) -> str:
    """Return where the call stood, by what libcurl has done for it."""
    info = slot.easy.getinfo
    if not slot.is_written:
        # Not its time: before 8.23 libcurl tells that only once TLS has begun as well.
        is_connected = info(pycurl.NUM_CONNECTS) > 0
        return "tls" if is_connected and request.origin.scheme == "https" else "connect"
    if parse_head(slot.head) is not None:
        return "body"
    if slot.head or slot.is_repeated:
        return "wait"
    return "send" if info(pycurl.SIZE_UPLOAD_T) < len(request.body or b"") else "wait"


def _not_sent(
    slot: CurlSlot, result: CurlResult, request: Request, phase: str
) -> TransportError:
    if slot.is_blocked:
        detail = f"{request.origin.host} led to an address that had not been checked"
        return AddressRefused("connect", detail, bytes_sent=False)
    if phase == "tls":
        return TlsFailed(phase, _plain(result), bytes_sent=False)
    detail = f"port {request.origin.port}, {', '.join(slot.addresses)}: "
    number = slot.socket_errno or slot.easy.getinfo(pycurl.OS_ERRNO)
    detail += os.strerror(number) if number else _plain(result)
    return ConnectFailed(phase, detail, bytes_sent=False)


def _sent(slot: CurlSlot, result: CurlResult, phase: str) -> TransportError:
    is_broken = result.message.startswith(_BROKEN_FRAMING)
    if result.code not in _LOST or is_broken:
        return ProtocolViolated(phase, _plain(result), bytes_sent=True)
    if phase == "body":
        return TruncatedBody(phase, _counted(slot, result), bytes_sent=True)
    detail = _plain(result)
    if slot.is_repeated:
        detail = "closed by the service; the connection had been kept open after "
        detail += "an earlier call"
    return ConnectionLost(phase, detail, bytes_sent=True)


def _counted(slot: CurlSlot, result: CurlResult) -> str:
    length = slot.easy.getinfo(pycurl.CONTENT_LENGTH_DOWNLOAD_T)
    if length < 0:
        return _plain(result)
    got = sum(map(len, slot.body))
    return f"received {got} bytes, expected {length}: {_plain(result)}"


def _plain(result: CurlResult) -> str:
    """Return libcurl's message up to where it may quote what the service sent."""
    said = result.message.partition(" '")[0].rstrip(": ")
    return said or f"libcurl's error {result.code}"
