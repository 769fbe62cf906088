"""The bytes of an answer: head and body as they go on the wire."""

from __future__ import annotations

import time
from email.utils import formatdate
from functools import lru_cache

from nbwebhook.demo.answers import Answer, Manner, reason_of

__all__ = ["CUT_OFF_BYTES", "write_head"]

CUT_OFF_BYTES = 1_000
"""How much more than it sends a truncated answer promises."""

_WITHOUT_LENGTH = frozenset({204, 304})


def write_head(answer: Answer, *, closes: bool) -> bytes:
    """Return the status line and headers of an answer, with the empty line.

    Args:
        answer: Its body decides the length, whether or not it will be sent.
        closes: Whether to say that the connection ends with it.
    """
    lines = [_write_start(answer.status, int(time.time()))]
    lines += [b"%s: %s\r\n" % header for header in answer.headers]
    body_bytes = len(answer.body)
    if body_bytes:
        lines.append(b"Content-Type: %s\r\n" % answer.content_type)
    if answer.manner is Manner.TRUNCATE:
        body_bytes += CUT_OFF_BYTES
    if answer.status not in _WITHOUT_LENGTH:
        lines.append(b"Content-Length: %d\r\n" % body_bytes)
    lines.append(b"Connection: close\r\n\r\n" if closes else b"\r\n")
    return b"".join(lines)


@lru_cache(maxsize=64)
def _write_start(status: int, now_s: int) -> bytes:
    """Return the status line and the date, made once a second."""
    date = formatdate(now_s, usegmt=True)
    return f"HTTP/1.1 {status} {reason_of(status)}\r\nDate: {date}\r\n".encode()
