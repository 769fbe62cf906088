"""The lines that libcurl has received, read as the head of one response."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from nbwebhook.transport.head import content_encodings, reason_phrase

__all__ = ["CurlHead", "HeadReader", "parse_head"]

_FINAL = 200
_BLANK = (b"\r\n", b"\n")
_VERSIONS = (b"HTTP/1.0", b"HTTP/1.1")
_MOST_KEPT = 256
_LONGEST_KEPT = 4_096
_SHORT_LINE = 256

_Pair = tuple[bytes, bytes]


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
    headers: tuple[_Pair, ...]
    encodings: tuple[bytes, ...]
    is_of_http_1: bool
    size_bytes: int


class HeadReader:
    """Reads heads; one that comes again, byte for byte, is read once.

    A service that says the second and no more sends thousands of equal heads. Of one
    that numbers its answers at least most lines are equal.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[bytes, ...], CurlHead] = {}

    def read(self, received: Sequence[bytes]) -> CurlHead | None:
        """Return what `parse_head` returns; the same object for equal lines."""
        lines = tuple(received)
        head = self._known.get(lines)
        if head is None:
            head = parse_head(lines)
            if head is not None and head.size_bytes <= _LONGEST_KEPT:
                if len(self._known) >= _MOST_KEPT:
                    self._known.clear()
                self._known[lines] = head
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
            headers = tuple([_pair_on(line) for line in lines[start + 1 : end]])
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


def _pair_on(line: bytes) -> _Pair:
    return _pair_on_short(line) if len(line) <= _SHORT_LINE else _parsed_pair(line)


def _parsed_pair(line: bytes) -> _Pair:
    name, _, value = line.partition(b":")
    return name.strip().lower(), value.strip()


_pair_on_short = lru_cache(maxsize=1_024)(_parsed_pair)
