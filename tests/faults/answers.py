"""Faults of a connection and of HTTP that a service shows to one lead of three."""

from __future__ import annotations

import asyncio
import gzip
import importlib
import sys
import zlib
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field

import brotlicffi

from tests.servers import Peer, Script, http_response

zstd = importlib.import_module(
    "compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd"
)

__all__ = ["BAD", "FAULTS", "Fault", "between_good_ones", "good_answer"]

BAD = b"/bad"
JSON = b'{"score": 7, "tag": "/bad"}'
OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
PLAIN = b"Content-Length: %d\r\n\r\n%s" % (len(JSON), JSON)
LIMIT_S = 0.4

Act = Callable[[Peer], Awaitable[None]]


@dataclass(frozen=True)
class Fault:
    """A row of the matrix, or one case of it.

    Attributes:
        row: The row's number.
        name: Of the case.
        act: What the service does after the request of the bad lead.
        outcome: What becomes of the lead.
        error: The error's type, or the reason phrase.
        status: The status, 0 where no answer came.
        phase: Where the call stood; part of the reason.
        limit_s: The time limit.
    """

    row: int
    name: str
    act: Act = field(repr=False)
    outcome: str
    error: str = ""
    status: int = 200
    phase: str = ""
    limit_s: float = 10.0

    def __str__(self) -> str:
        return f"{self.row}-{self.name}"


def good_answer(target: bytes) -> bytes:
    """Return the answer that writes its own lead's fields."""
    return http_response(b'{"score": 7, "tag": "%s"}' % target)


def between_good_ones(act: Act) -> Script:
    """Return a script that answers well, but for the bad lead."""

    async def script(peer: Peer) -> None:
        while True:
            received = await peer.request()
            if received.target == BAD:
                await act(peer)
            else:
                await peer.write(good_answer(received.target))

    return script


def _write(*pieces: bytes, then: str = "", every_s: float = 0) -> Act:
    async def act(peer: Peer) -> None:
        if every_s:
            await peer.drip(pieces, every_s)
        else:
            await peer.write(b"".join(pieces))
        if then == "hang":
            await peer.hang()
        elif then == "reset":
            peer.reset()
        elif then == "close":
            peer.close()

    return act


def _endless(head: bytes, piece: bytes) -> Act:
    async def act(peer: Peer) -> None:
        await peer.write(head)
        while True:
            await peer.write(piece)
            await asyncio.sleep(0)

    return act


def _packed(encoding: bytes, data: bytes) -> Act:
    return _write(http_response(data, headers=[b"Content-Encoding: " + encoding]))


def _typed(content_type: bytes, body: bytes) -> Act:
    return _write(http_response(body, headers=[b"Content-Type: " + content_type]))


def _answers(row: int, outcome: str, *statuses: bytes) -> Iterable[Fault]:
    """Yield a fault for each status line's end."""
    for status in statuses:
        code, _, phrase = status.partition(b" ")
        is_failed = outcome == "failed"
        yield Fault(
            row,
            f"status-{code.decode()}",
            _write(http_response(JSON, status, [b"Location: http://169.254.169.254/"])),
            outcome,
            phrase.decode() if is_failed else "",
            int(code),
        )


def _bytes_of(data: bytes) -> list[bytes]:
    return [data[i : i + 1] for i in range(len(data))]


_BOMB = bytes(64 << 20)
_LOST = ("unknown", "ConnectionLost", 0, "wait")
_CUT = ("unknown", "TruncatedBody", 200, "body")
_NO_HTTP = ("unknown", "ProtocolViolated", 0)
_LATE_WAIT = ("unknown", "DeadlineExceeded", 0, "wait", LIMIT_S)
_LATE_BODY = ("unknown", "DeadlineExceeded", 200, "body", LIMIT_S)
_UNREADABLE = ("failed", "UndecodableBody", 200)

FAULTS = [
    # A. Network
    Fault(4, "reset-after-the-request", _write(then="reset"), *_LOST),
    Fault(5, "reset-in-the-body", _write(OK + b"Content-Length: 99\r\n\r\n{", then="reset"), *_CUT),
    Fault(6, "fin-before-the-length", _write(OK + b"Content-Length: 99\r\n\r\n{", then="close"), *_CUT),
    Fault(7, "fin-in-a-chunk", _write(CHUNKED + b"ff\r\n{", then="close"), *_CUT),
    Fault(8, "close-delimited-and-cut", _write(OK + b"\r\n" + JSON[:-1], then="close"), "failed", "InvalidBody"),
    Fault(8, "close-delimited-and-whole", _write(OK + b"\r\n" + JSON, then="close"), "updated"),
    Fault(9, "hang", _write(then="hang"), *_LATE_WAIT),
    Fault(10, "dripped-body", _write(OK + b"Content-Length: 99\r\n\r\n", *[b" "] * 99, every_s=0.05), *_LATE_BODY),
    Fault(11, "dripped-status-line", _write(*_bytes_of(OK * 9), every_s=0.05), *_LATE_WAIT),
    Fault(11, "dripped-headers", _write(OK, *_bytes_of(b"X-Slow: " + b"x" * 99), every_s=0.05), *_LATE_WAIT),
    Fault(12, "dripped-100-continue", _write(*[b"HTTP/1.1 100 Continue\r\n\r\n"] * 99, every_s=0.05), *_LATE_WAIT),
    Fault(12, "endless-100-continue", _endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 999), "failed", "HeadersTooLarge", 0),
    Fault(13, "tiny-chunks", _write(CHUNKED, *[b"1\r\n \r\n"] * 99, every_s=0.03), *_LATE_BODY),
    Fault(15, "slow-close", _write(OK + b"Connection: close\r\n" + PLAIN, then="hang"), "updated"),
    Fault(18, "extra-bytes", _write(OK + PLAIN + b"EXTRA"), "updated"),
    Fault(18, "forged-second-answer", _write(OK + PLAIN + good_answer(b"/forged")), "updated"),
    # B. HTTP
    *_answers(38, "updated", b"200 OK", b"201 Created", b"206 Partial", b"226 IM Used", b"299 Odd"),
    Fault(39, "no-content", _write(b"HTTP/1.1 204 No Content\r\n\r\n"), "no_update", "EmptyBody", 204),
    Fault(39, "reset-content", _write(b"HTTP/1.1 205 Reset\r\nContent-Length: 0\r\n\r\n"), "no_update", "EmptyBody", 205),
    Fault(39, "empty-200", _write(http_response(b"")), "no_update", "EmptyBody"),
    Fault(40, "no-content-with-a-body", _write(b"HTTP/1.1 204 No Content\r\n" + PLAIN), "no_update", "EmptyBody", 204),
    *_answers(41, "failed", b"300 Choices", b"301 Moved", b"302 Found", b"303 Other", b"307 Kept", b"308 Gone There"),
    Fault(41, "status-304", _write(b"HTTP/1.1 304 Not Modified\r\n\r\n"), "failed", "Not Modified", 304),
    *_answers(43, "failed", b"400 Bad", b"404 Not Here", b"408 Timeout", b"418 Teapot", b"425 Early", b"451 Legal"),
    *_answers(47, "failed", b"500 Broken", b"502 Gateway", b"503 Busy", b"504 Late", b"599 Odd"),
    *_answers(48, "failed", b"999 Beyond"),
    Fault(48, "status-000", _write(http_response(JSON, b"000 No"), then="hang"), *_NO_HTTP),
    Fault(48, "letters-in-the-status", _write(http_response(JSON, b"2OO OK"), then="hang"), *_NO_HTTP),
    Fault(48, "no-reason", _write(b"HTTP/1.1 404\r\nContent-Length: 0\r\n\r\n"), "failed", "Not Found", 404),
    Fault(48, "long-reason", _write(http_response(b"", b"500 " + b"x" * 10_000)), "failed", "x" * 99 + "…", 500),
    Fault(48, "reason-of-markup", _write(http_response(b"", b"500 <b onload=x>\x07\xe2\x80\xae")), "failed", "<b onload=x> â\\x80®", 500),
    Fault(49, "http-0.9", _write(b"<html>hello</html>\n", then="close"), *_NO_HTTP),
    Fault(49, "ssh-banner", _write(b"SSH-2.0-OpenSSH_9.2\r\n", then="hang"), *_NO_HTTP),
    Fault(49, "garbage", _write(bytes(range(256)) * 9, then="close"), *_NO_HTTP),
    Fault(50, "no-answer", _write(then="close"), *_LOST),
    Fault(51, "two-lengths", _write(OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nabc"), *_NO_HTTP),
    Fault(52, "length-and-chunks", _write(OK + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(JSON), JSON)), "updated"),
    Fault(53, "bad-chunk-size", _write(CHUNKED + b"zz\r\n{}\r\n0\r\n\r\n", then="hang"), "unknown", "ProtocolViolated"),
    Fault(53, "bad-chunk-end", _write(CHUNKED + b"2\r\n{}XX0\r\n\r\n", then="hang"), "unknown", "ProtocolViolated"),
    Fault(53, "endless-chunk-extension", _write(CHUNKED + b"2;x=", b"y" * 1_000_000, then="hang"), "", "", 200, "", LIMIT_S),
    Fault(54, "long-header", _write(OK + b"X: " + b"x" * 400_000 + b"\r\n\r\n", then="hang"), "failed", "HeadersTooLarge", 0),
    Fault(54, "many-headers", _write(OK + b"X: 123456789\r\n" * 100_000, then="hang"), "failed", "HeadersTooLarge", 0),
    Fault(55, "endless-trailers", _endless(CHUNKED + b"2\r\n{}\r\n0\r\n", b"X-T: 1\r\n" * 9_999), "", "", 200, "", LIMIT_S),
    Fault(56, "html-called-json", _typed(b"application/json", b"<!doctype html><p>no"), "failed", "InvalidBody"),
    Fault(56, "json-called-html", _typed(b"text/html", JSON), "updated"),
    *(Fault(57, f"charset-{name}", _typed(b"application/json; charset=" + name.encode(), JSON), *_UNREADABLE) for name in ("klingon", "hex", "utf-7", "idna", "rot13", "base64")),
    Fault(58, "latin-1-called-utf-8", _typed(b"application/json; charset=utf-8", '{"tag": "é"}'.encode("latin-1")), *_UNREADABLE),
    Fault(58, "utf-16-with-a-mark", _typed(b"application/json; charset=utf-16", JSON.decode().encode("utf-16")), "updated"),
    Fault(58, "utf-8-with-a-mark", _typed(b"application/json", b"\xef\xbb\xbf" + JSON), "updated"),
    Fault(59, "unknown-encoding", _packed(b"klingon", JSON), *_UNREADABLE),
    Fault(59, "no-gzip", _packed(b"gzip", JSON), *_UNREADABLE),
    Fault(59, "truncated-gzip", _packed(b"gzip", gzip.compress(JSON)[:-9]), *_UNREADABLE),
    Fault(59, "gzip-and-more", _packed(b"gzip", gzip.compress(JSON) + b"junk"), *_UNREADABLE),
    Fault(59, "truncated-deflate", _packed(b"deflate", zlib.compress(JSON)[:-5]), *_UNREADABLE),
    Fault(59, "truncated-br", _packed(b"br", brotlicffi.compress(JSON)[:-1]), *_UNREADABLE),
    Fault(59, "noise-called-zstd", _packed(b"zstd", b"(\xb5/\xfd" + JSON), *_UNREADABLE),
    Fault(59, "truncated-zstd", _packed(b"zstd", zstd.compress(JSON)[:-1]), *_UNREADABLE),
    Fault(59, "whole-zstd", _packed(b"zstd", zstd.compress(JSON)), "updated"),
    Fault(59, "six-encodings", _packed(b"gzip," * 6, JSON), *_UNREADABLE),
    Fault(59, "whole-gzip", _packed(b"gzip", gzip.compress(JSON)), "updated"),
    Fault(59, "whole-deflate", _packed(b"deflate", zlib.compress(JSON)), "updated"),
    Fault(59, "whole-br", _packed(b"br", brotlicffi.compress(JSON)), "updated"),
    Fault(60, "gzip-bomb", _packed(b"gzip", gzip.compress(_BOMB)), "failed", "BodyTooLarge"),
    Fault(60, "deflate-bomb", _packed(b"deflate", zlib.compress(_BOMB)), "failed", "BodyTooLarge"),
    Fault(60, "br-bomb", _packed(b"br", brotlicffi.compress(_BOMB)), "failed", "BodyTooLarge"),
    Fault(60, "zstd-bomb", _packed(b"zstd", zstd.compress(_BOMB)), "failed", "BodyTooLarge"),
    Fault(60, "bomb-in-a-bomb", _packed(b"gzip, gzip", gzip.compress(gzip.compress(_BOMB))), "failed", "BodyTooLarge"),
    Fault(60, "announced", _write(OK + b"Content-Length: 10737418240\r\n\r\n{", then="hang"), "failed", "BodyTooLarge"),
    Fault(60, "endless", _endless(OK + b"\r\n", bytes(1 << 20)), "failed", "BodyTooLarge"),
    Fault(62, "digest", _write(http_response(b"", b"401 Prove It", [b'WWW-Authenticate: Digest realm="r", nonce="n"'])), "failed", "Prove It", 401),
    Fault(62, "negotiate", _write(http_response(b"", b"407 Proxy", [b"Proxy-Authenticate: Negotiate"])), "failed", "Proxy", 407),
    Fault(63, "http-1.0", _write(b"HTTP/1.0 200 OK\r\n\r\n" + JSON, then="close"), "updated"),
    Fault(63, "connection-close", _write(OK + b"Connection: close\r\n" + PLAIN, then="close"), "updated"),
    Fault(64, "headers-that-ask-for-more", _write(http_response(JSON, headers=[b"Alt-Svc: h2=':1'", b"Refresh: 0", b"Link: </x>; rel=preload", b"Strict-Transport-Security: max-age=1"])), "updated"),
    Fault(65, "early-hints", _write(b"HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n" + OK + PLAIN), "updated"),
]  # fmt: skip
"""Faults whose outcome is empty may end in any of several errors, but never in an update."""
