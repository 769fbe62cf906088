"""The lines that libcurl has received, read as the head of one response."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from nbwebhook.transport.head import content_encodings, reason_phrase
from nbwebhook.transport.repeats import Repeats

__all__ = ["CurlHead", "HeadReader", "parse_head"]

_FINAL = 200
_BLANK = (b"\r\n", b"\n")
_VERSIONS = (b"HTTP/1.0", b"HTTP/1.1")


class CurlHead(NamedTuple):
    """The head of a final response, and of those before it.

    Attributes:
        status_code: The status.
        reason: Its phrase, or the usual one.
        headers: Pairs of lower-case name and value.
        encodings: The values of all Content-Encoding headers.
        is_of_http_1: Whether it says to be of HTTP/1.0 or 1.1.
        size_bytes: All that was received, interim responses and trailers included.
    """

    status_code: int
    reason: str
    headers: tuple[tuple[bytes, bytes], ...]
    encodings: tuple[bytes, ...]
    is_of_http_1: bool
    size_bytes: int


class HeadReader:
    """Reads heads; one that comes again, byte for byte, is read once."""

    def __init__(self) -> None:
        self._known = Repeats[tuple[bytes, ...], CurlHead]()

    def read(self, received: Sequence[bytes]) -> CurlHead | None:
        """Return what `parse_head` returns; the same object for equal lines."""
        lines = tuple(received)
        head = self._known.find(lines)
        if head is None:
            head = parse_head(lines)
            if head is not None:
                self._known.keep(lines, head, head.size_bytes)
        return head


def parse_head(lines: Sequence[bytes]) -> CurlHead | None:
    r"""Return the final response's head in `lines`, or None where it is not whole.

    Interim responses before it and trailers after it are passed over.

    Example:
        >>> head = parse_head([b"HTTP/1.1 200 OK\r\n", b"X-A: 1\r\n", b"\r\n"])
        >>> head.status_code, head.reason, head.headers
        (200, 'OK', ((b'x-a', b'1'),))
    """
    start = 0
    while start < len(lines):
        end = start
        while lines[end] not in _BLANK:
            end += 1
            if end == len(lines):
                return None
        version, _, status = lines[start].partition(b" ")
        code, _, reason = status.strip().partition(b" ")
        if not code.isdigit():
            return None
        status_code = int(code)
        if status_code >= _FINAL:
            pairs = [line.partition(b":") for line in lines[start + 1 : end]]
            headers = tuple([(n.strip().lower(), v.strip()) for n, _, v in pairs])
            return CurlHead(
                status_code,
                reason_phrase(status_code, reason),
                headers,
                tuple(content_encodings(headers)),
                version in _VERSIONS,
                sum(map(len, lines)),
            )
        start = end + 1
    return None
