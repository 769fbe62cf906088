"""Heads of messages: what is sent besides the definition, and what is safe to send."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache, lru_cache
from http import HTTPStatus

from nbwebhook.errors import UnsafeHeader, UnsafeTarget
from nbwebhook.render.request import Request

__all__ = [
    "MAX_HEADER_BYTES",
    "check_request_line",
    "content_encodings",
    "is_ambiguous_framing",
    "lower_headers",
    "reason_phrase",
    "request_headers",
    "unframed_headers",
]

MAX_HEADER_BYTES = 256 << 10
"""How large a response's head may be, all interim responses included, unless told."""

_MAX_REASON = 200
_TARGET = re.compile(rb"/[^\x00-\x20\x7f]*")
_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(rb"[^\x00-\x08\x0a-\x1f\x7f]*")
_METHOD = re.compile(r"[A-Z]+")
_CONTROLS = re.compile(rb"[\x00-\x1f\x7f]+")
_OF_THE_CONNECTION = frozenset(
    {
        b"connection",
        b"content-length",
        b"expect",
        b"keep-alive",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)


def request_headers(request: Request) -> list[tuple[bytes, bytes]]:
    """Return every header of `request` as it is sent, in order.

    Host stands first, then the custom headers as given, then `User-Agent` and `Accept`
    where the definition has none, then Content-Length where there is a body. No
    Accept-Encoding is added.

    Raises:
        UnsafeHeader: A header would break the request's head or its framing.
        UnsafeTarget: The method or target would break the request line.
    """
    check_request_line(request)
    headers = unframed_headers(request)
    if request.body is not None:
        headers.append((b"Content-Length", b"%d" % len(request.body)))
    return headers


def unframed_headers(request: Request) -> list[tuple[bytes, bytes]]:
    """Return the headers of `request` without the body's length.

    Raises:
        UnsafeHeader: A header would break the request's head or its framing.
    """
    authority = request.origin.authority.encode("ascii")
    headers = [(b"Host", authority)]
    seen = {b"host"}
    for name, value in request.headers:
        folded = name.lower()
        plain = value.strip(b" \t")
        if problem := _header_problem(name, folded, plain, authority):
            raise UnsafeHeader(name.decode("latin-1"), problem)
        seen.add(folded)
        if folded != b"host":
            headers.append((name, plain))
    headers += [pair for pair in _defaults() if pair[0].lower() not in seen]
    return headers


@cache
def _defaults() -> tuple[tuple[bytes, bytes], ...]:
    from importlib.metadata import version  # noqa: PLC0415 - slow to load

    agent = f"nbwebhook/{version('nbwebhook')}"
    return (b"User-Agent", agent.encode()), (b"Accept", b"*/*")


def check_request_line(request: Request) -> None:
    """Refuse a request whose first line would not be one.

    Raises:
        UnsafeTarget: The method or target would break the request line.
    """
    if not _TARGET.fullmatch(request.target):
        raise UnsafeTarget("holds a space or a control character, or no leading '/'")
    if not _METHOD.fullmatch(request.method):
        raise UnsafeTarget("the request type is not a word in capitals")


def _header_problem(name: bytes, folded: bytes, value: bytes, authority: bytes) -> str:
    if not _NAME.fullmatch(name):
        return "not a header name; use letters, digits and '-'"
    if not _VALUE.fullmatch(value):
        return "its value holds a control character or a line break"
    if folded in _OF_THE_CONNECTION:
        return "is set by the connection itself; leave it out"
    if folded == b"host" and value.lower() != authority:
        return "is not the host of the URL; leave it out"
    return ""


def lower_headers(
    pairs: Iterable[tuple[bytes, bytes]],
) -> tuple[tuple[bytes, bytes], ...]:
    """Return a response's headers with names in lower case."""
    return tuple((name.lower(), value) for name, value in pairs)


def content_encodings(headers: Iterable[tuple[bytes, bytes]]) -> list[bytes]:
    """Return the values of all Content-Encoding headers, in their order."""
    return [value for name, value in headers if name == b"content-encoding"]


def is_ambiguous_framing(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Return whether the body's end is told twice, by length and by chunks."""
    names = {name for name, _ in headers}
    return {b"content-length", b"transfer-encoding"} <= names


def reason_phrase(status_code: int, sent: bytes) -> str:
    """Return the reason phrase that was sent, cut and on one line, or the usual one.

    Example:
        >>> reason_phrase(404, b""), reason_phrase(500, b"Out of luck")
        ('Not Found', 'Out of luck')
    """
    return _reason_phrase(status_code, sent[: _MAX_REASON + 1])


@lru_cache(maxsize=256)
def _reason_phrase(status_code: int, sent: bytes) -> str:
    if text := _CONTROLS.sub(b" ", sent).strip().decode("latin-1"):
        is_long = len(text) > _MAX_REASON
        return f"{text[: _MAX_REASON - 1]}…" if is_long else text
    try:
        return HTTPStatus(status_code).phrase
    except ValueError:
        return ""
