"""The lines that libcurl has received, read as the head of one response."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

__all__ = ["CurlHead", "parse_head"]

_FINAL = 200
_BLANK = (b"\r\n", b"\n")


class CurlHead(NamedTuple):
    """The head of a final response: status, reason and headers as sent."""

    version: bytes
    status_code: int
    reason: bytes
    headers: tuple[tuple[bytes, bytes], ...]


def parse_head(lines: Sequence[bytes]) -> CurlHead | None:
    r"""Return the final response's head in `lines`, or None where it is not whole.

    Interim responses before it and trailers after it are passed over.

    Example:
        >>> lines = [b"HTTP/1.1 200 OK\r\n", b"X-A: 1\r\n", b"\r\n"]
        >>> parse_head(lines)
        CurlHead(version=b'HTTP/1.1', status_code=200, reason=b'OK', headers=((b'x-a', b'1'),))
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
        if int(code) >= _FINAL:
            pairs = [line.partition(b":") for line in lines[start + 1 : end]]
            headers = tuple([(n.strip().lower(), v.strip()) for n, _, v in pairs])
            return CurlHead(version, int(code), reason, headers)
        start = end + 1
    return None
