"""How a transfer of libcurl ended."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["CURL_BROKEN", "CURL_CLOSED", "GOOD", "CurlResult"]

CURL_CLOSED = -1
"""Code of a transfer that ended because the multi handle was closed."""

CURL_BROKEN = -2
"""Code of a transfer that ended because the loop could not watch a socket."""


class CurlResult(NamedTuple):
    """How a transfer ended: libcurl's code, 0 for well, and its message."""

    code: int
    message: str


GOOD = CurlResult(0, "")
