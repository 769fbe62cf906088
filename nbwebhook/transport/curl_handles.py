"""libcurl's multi interface, apart from what drives it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pycurl

__all__ = ["CURL_BROKEN", "CURL_CLOSED", "CurlResult", "ended_transfers", "new_multi"]

CURL_CLOSED = -1
"""Code of a transfer that ended because the multi handle was closed."""

CURL_BROKEN = -2
"""Code of a transfer that ended because the loop could not watch a socket."""


class CurlResult(NamedTuple):
    """How a transfer ended: libcurl's code, 0 for well, and its message."""

    code: int
    message: str


_GOOD = CurlResult(0, "")


def new_multi(
    connections: int,
    watch: Callable[[int, int, object, object], None],
    set_timer: Callable[[int], None],
) -> Any:  # noqa: ANN401 - pycurl has no types
    """Return a multi handle; its callbacks must neither call libcurl nor raise.

    Args:
        connections: How many connections are kept.
        watch: Told what libcurl wants to know of a socket.
        set_timer: Told in how many milliseconds libcurl is to be called; -1 for never.
    """
    multi = pycurl.CurlMulti()
    multi.setopt(pycurl.M_MAXCONNECTS, connections)
    multi.setopt(pycurl.M_PIPELINING, pycurl.PIPE_NOTHING)
    multi.setopt(pycurl.M_SOCKETFUNCTION, watch)
    multi.setopt(pycurl.M_TIMERFUNCTION, set_timer)
    return multi


def ended_transfers(multi: Any) -> Iterator[tuple[Any, CurlResult]]:  # noqa: ANN401 - as above
    """Yield the handles whose transfers have ended, and how; each is to be removed."""
    left = 1
    while left:
        left, good, failed = multi.info_read()
        for easy in good:
            yield easy, _GOOD
        for easy, code, message in failed:
            yield easy, CurlResult(code, message)
