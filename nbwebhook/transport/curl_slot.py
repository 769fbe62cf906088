"""One easy handle of libcurl: set up for a call, and read when the call is over."""

from __future__ import annotations

import math
import socket
from collections.abc import Sequence
from typing import Any

import pycurl

from nbwebhook.definition.urls import Origin
from nbwebhook.render.request import Request
from nbwebhook.transport.base import CallProgress, Timing
from nbwebhook.transport.head import check_request_line, unframed_headers
from nbwebhook.transport.idle import IdleSockets

__all__ = ["CurlSlot", "HeaderLines", "fixed_options"]

_MAX_AGE_S = 55
_LONGEST_MS = 2**31 - 1
# What libcurl would add by itself, each blanked: a definition says what is sent.
_BLANKED = [b"Expect:"]
_NO_CONTENT_TYPE = b"Content-Type:"
# Older builds of libcurl do not tell when the request had left.
_SENT_TIME: int = getattr(pycurl, "POSTTRANSFER_TIME_T", pycurl.PRETRANSFER_TIME_T)
_GO_ON: int = pycurl.PREREQFUNC_OK
_ABORT: int = pycurl.PREREQFUNC_ABORT


def fixed_options(ca_file: str, max_body_bytes: int) -> list[tuple[int, Any]]:
    """Return the options that are the same for every call."""
    return [
        (pycurl.NOSIGNAL, 1),
        (pycurl.FOLLOWLOCATION, 0),
        (pycurl.PATH_AS_IS, 1),
        (pycurl.PROXY, ""),
        (pycurl.NOPROXY, "*"),
        (pycurl.NETRC, pycurl.NETRC_IGNORED),
        (pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS),
        (pycurl.REDIR_PROTOCOLS, 0),
        (pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_1_1),
        (pycurl.HTTP09_ALLOWED, 0),
        (pycurl.HTTP_CONTENT_DECODING, 0),
        (pycurl.MAXFILESIZE_LARGE, max_body_bytes),
        (pycurl.MAXAGE_CONN, _MAX_AGE_S),
        (pycurl.TCP_NODELAY, 1),
        (pycurl.SSLVERSION, pycurl.SSLVERSION_TLSv1_2),
        (pycurl.SSL_VERIFYPEER, 1),
        (pycurl.SSL_VERIFYHOST, 2),
        (pycurl.CAINFO, ca_file),
    ]


class HeaderLines:
    """The headers of requests as libcurl takes them, and nothing that it would add."""

    def __init__(self) -> None:
        self._key: object = None
        self._lines: tuple[bytes, ...] = ()

    def of(self, request: Request) -> tuple[bytes, ...]:
        """Return those of a request; the same object as before for equal headers.

        Raises:
            RenderError: A header or the request line cannot stand in a request.
        """
        check_request_line(request)
        key = (request.headers, request.origin)
        if key != self._key:
            self._lines = _header_lines(unframed_headers(request))
            self._key = key
        return self._lines


def _header_lines(headers: Sequence[tuple[bytes, bytes]]) -> tuple[bytes, ...]:
    lines = [b"%s: %s" % pair if pair[1] else pair[0] + b";" for pair in headers]
    if not any(name.lower() == b"content-type" for name, _ in headers):
        lines.append(_NO_CONTENT_TYPE)
    return (*lines, *_BLANKED)


class _LentSocket(socket.socket):
    """A socket whose descriptor libcurl copies: ours is closed without a word."""

    def __del__(self) -> None:
        self.close()


class CurlSlot:
    """An easy handle for one call at a time.

    Attributes:
        easy: The handle.
        addresses: What the call may connect to.
        head: The lines of the response's head as received, trailers after it.
        body: The pieces of the body as received.
        is_written: Whether the request may have been written.
        is_repeated: Whether libcurl was stopped from writing it once more.
        is_stale: Whether the kept connection was found unfit before it was written to.
        is_blocked: Whether an address was refused that had not been checked.
        remote_address: The address that the request was written to.
        socket_errno: Why no socket could be made, or 0.
        tells_addresses: Whether the call tells libcurl addresses that are news to it.
    """

    __slots__ = (
        "_has_dialled",
        "_is_fresh",
        "_lines",
        "_origin",
        "_progress",
        "_shape",
        "_sockets",
        "_timeout_ms",
        "addresses",
        "body",
        "easy",
        "head",
        "is_blocked",
        "is_repeated",
        "is_stale",
        "is_written",
        "remote_address",
        "socket_errno",
        "tells_addresses",
    )

    def __init__(
        self, options: Sequence[tuple[int, Any]], sockets: IdleSockets
    ) -> None:
        self.easy = pycurl.Curl()
        self.addresses: tuple[str, ...] = ()
        self.head: list[bytes] = []
        self.body: list[bytes] = []
        self._sockets = sockets
        self._progress = CallProgress()
        self._origin: Origin | None = None
        self._lines: Sequence[bytes] = ()
        self._shape = ("", False)
        self._timeout_ms = 0
        self._is_fresh = False
        self.tells_addresses = False
        self._begin()
        for option, value in options:
            self.easy.setopt(option, value)
        # Plain appends are safe here: libcurl bounds both the head and the body.
        self.easy.setopt(pycurl.HEADERFUNCTION, self.head.append)
        self.easy.setopt(pycurl.WRITEFUNCTION, self.body.append)
        self.easy.setopt(pycurl.OPENSOCKETFUNCTION, self._open_socket)
        self.easy.setopt(pycurl.PREREQFUNCTION, self._before_request)

    def prepare(
        self,
        request: Request,
        lines: Sequence[bytes],
        addresses: tuple[str, ...],
        progress: CallProgress,
    ) -> None:
        """Set the handle up for a request.

        Args:
            request: What to send.
            lines: Its headers as libcurl takes them; compared by identity.
            addresses: What may be connected to.
            progress: Where to note that the request may have been written.
        """
        setopt = self.easy.setopt
        self._begin()
        self._progress = progress
        self.addresses = addresses
        if self._origin is not request.origin:
            self._origin = request.origin
            setopt(pycurl.URL, f"{request.origin}/")
        if self._lines is not lines:
            self._lines = lines
            setopt(pycurl.HTTPHEADER, lines)
        shape = (request.method, request.body is not None)
        if self._shape != shape:
            self._shape = shape
            self._set_shape(*shape)
        setopt(pycurl.REQUEST_TARGET, request.target)
        if request.body is not None:
            setopt(pycurl.POSTFIELDS, request.body)

    def _begin(self) -> None:
        self.is_written = False
        self.is_repeated = False
        self.is_stale = False
        self.is_blocked = False
        self.socket_errno = 0
        self.remote_address = ""
        self._has_dialled = False

    def prepare_again(self) -> None:
        """Set the handle up for the same request over a new connection."""
        self._begin()
        self._is_fresh = True
        self.easy.setopt(pycurl.FRESH_CONNECT, 1)

    def set_deadline(self, left_s: float) -> None:
        """End the transfer in `left_s`; never at 0, which libcurl takes for never."""
        timeout_ms = max(math.ceil(min(left_s * 1000, _LONGEST_MS)), 1)
        if timeout_ms != self._timeout_ms:
            self._timeout_ms = timeout_ms
            self.easy.setopt(pycurl.TIMEOUT_MS, timeout_ms)

    def resolve_to_addresses(self) -> None:
        """Tell libcurl the addresses of the host, for this and all later calls."""
        if self._origin is not None:
            listed = ",".join(f"[{a}]" if ":" in a else a for a in self.addresses)
            entry = f"{self._origin.host}:{self._origin.port}:{listed}"
            self.easy.setopt(pycurl.RESOLVE, [entry])

    def release(self) -> None:
        """Let go of what the call has received, and of what it alone needed."""
        self.head.clear()
        self.body.clear()
        if self._is_fresh:
            self._is_fresh = False
            self.easy.setopt(pycurl.FRESH_CONNECT, 0)

    def note_socket(self) -> None:
        """Remember the socket of a connection that this call has made."""
        if not self._has_dialled:
            return
        info = self.easy.getinfo
        fd = info(pycurl.ACTIVESOCKET)
        self._sockets.note(info(pycurl.LOCAL_IP), info(pycurl.LOCAL_PORT), fd)

    def close(self) -> None:
        """Give the handle back."""
        self.easy.close()

    @property
    def request_bytes(self) -> int:
        """Bytes of the request, head and body."""
        return int(self.easy.getinfo(pycurl.REQUEST_SIZE))

    @property
    def is_reused(self) -> bool:
        """Whether the call made no connection of its own."""
        return not self._has_dialled

    def write_phases(self, timing: Timing, *, before_ms: float) -> None:
        """Write into `timing` the phases of a whole response, as libcurl measured them.

        Args:
            timing: Where to write.
            before_ms: How long the call had lasted when the transfer began.
        """
        info = self.easy.getinfo
        first_us = info(pycurl.STARTTRANSFER_TIME_T)
        total_us = info(pycurl.TOTAL_TIME_T)
        sending_us = begun_us = info(pycurl.PRETRANSFER_TIME_T)
        # libcurl 8.19 tells that a request left a microsecond before it could.
        sent_us = max(info(_SENT_TIME), sending_us)
        if self._has_dialled:
            self._write_connecting(timing)
            begun_us = info(pycurl.NAMELOOKUP_TIME_T)
        timing.send_ms = (sent_us - sending_us) / 1000
        # A service may answer before it has read the whole request.
        timing.first_byte_ms = max(first_us - sent_us, 0) / 1000
        timing.read_ms = (total_us - first_us) / 1000
        # Until then the transfer waited for its turn on our own loop.
        timing.latency_ms = before_ms + (total_us - begun_us) / 1000

    def write_phases_so_far(self, timing: Timing) -> None:
        """Write into `timing` the phases of a failed call that are certainly over."""
        info = self.easy.getinfo
        if self._has_dialled:
            self._write_connecting(timing)
        if not self.is_written or not self.head:
            return
        sent_us = info(_SENT_TIME)
        first_us = info(pycurl.STARTTRANSFER_TIME_T)
        sending_us = sent_us - info(pycurl.PRETRANSFER_TIME_T)
        timing.send_ms = max(sending_us, 0) / 1000
        timing.first_byte_ms = max(first_us - sent_us, 0) / 1000

    def _write_connecting(self, timing: Timing) -> None:
        info = self.easy.getinfo
        connected_us = info(pycurl.CONNECT_TIME_T)
        if connected_us:
            looked_up_us = info(pycurl.NAMELOOKUP_TIME_T)
            timing.connect_ms = max(connected_us - looked_up_us, 0) / 1000
        if secured_us := info(pycurl.APPCONNECT_TIME_T):
            timing.tls_ms = (secured_us - connected_us) / 1000

    def _set_shape(self, method: str, has_body: bool) -> None:  # noqa: FBT001 - private
        easy = self.easy
        easy.unsetopt(pycurl.CUSTOMREQUEST)
        easy.setopt(pycurl.POST if has_body else pycurl.HTTPGET, 1)
        if method != ("POST" if has_body else "GET"):
            easy.setopt(pycurl.CUSTOMREQUEST, method)

    def _open_socket(self, _purpose: int, address: Any) -> Any:  # noqa: ANN401 - pycurl's
        """Return a socket for an address that was checked, and none for another."""
        family, kind, protocol, (host, *_) = address
        if host not in self.addresses:
            self.is_blocked = True
            return pycurl.SOCKET_BAD
        self._has_dialled = True
        self._sockets.opened += 1
        try:
            return _LentSocket(family, kind, protocol)
        except OSError as error:
            # Out of descriptors: libcurl's callbacks must not raise.
            self.socket_errno = error.errno or 0
            return pycurl.SOCKET_BAD

    def _before_request(
        self, address: str, local_address: str, _port: int, local_port: int
    ) -> int:
        """Permit libcurl to write the request, once, on a connection that is fit."""
        if self.is_written:
            self.is_repeated = True
            return _ABORT
        if not self._has_dialled and not self._sockets.is_quiet(
            local_address, local_port
        ):
            self.is_stale = True
            return _ABORT
        self.is_written = True
        self._progress.bytes_sent = True
        self.remote_address = address
        return _GO_ON
