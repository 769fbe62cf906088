"""Requests are read whole, in order, however the bytes arrive."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbwebhook.demo.reader import BrokenRequest, RequestReader
from nbwebhook.demo.requests import ReceivedRequest

_PLAIN = b"POST /enrich HTTP/1.1\r\nHost: demo\r\nX-Lead-Id: 1\r\nContent-Length: 5\r\n\r\nhello"
_BODYLESS = b"GET /echo?x=1 HTTP/1.1\r\nHost: demo\r\nX-Lead-Id: 2\r\n\r\n"
_CHUNKED = (
    b"POST /echo HTTP/1.1\r\nHost: demo\r\nX-Lead-Id: 3\r\nTransfer-Encoding: chunked\r\n"
    b"\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\nX-Trailer: 1\r\n\r\n"
)
_BARE_LINES = b"GET /echo HTTP/1.1\nHost: demo\nX-Lead-Id: 4\n\n"
_UPGRADE = (
    b"GET /echo HTTP/1.1\r\nHost: demo\r\nX-Lead-Id: 5\r\nUpgrade: h2c\r\n"
    b"Connection: upgrade\r\n\r\n"
)
_CONNECT = b"CONNECT demo:443 HTTP/1.1\r\nHost: demo\r\nX-Lead-Id: 6\r\n\r\n"
_LONG_HEAD = (
    b"GET /echo HTTP/1.1\r\nHost: demo\r\nX-Lead-Id: 7\r\nX-Long: " + b"x" * 9_000
) + b"\r\n\r\n"

_SEEN = {
    _PLAIN: ("1", b"hello"),
    _BODYLESS: ("2", b""),
    _CHUNKED: ("3", b"hello"),
    _BARE_LINES: ("4", b""),
    _UPGRADE: ("5", b""),
    _CONNECT: ("6", b""),
    _LONG_HEAD: ("7", b""),
}


def _reader(max_body_bytes: int = 1_000) -> RequestReader:
    return RequestReader(max_body_bytes=max_body_bytes)


def _take_all(reader: RequestReader) -> list[ReceivedRequest]:
    return list(iter(reader.take, None))


@given(
    requests=st.lists(st.sampled_from(sorted(_SEEN)), max_size=6),
    cuts=st.sets(st.integers(0, 2_000), max_size=8),
)
def test_requests_are_read_in_order_however_they_are_cut(
    requests: list[bytes], cuts: set[int]
) -> None:
    """Plain, chunked and odd requests, pipelined and torn anywhere."""
    stream = b"".join(requests)
    edges = sorted({0, *(min(cut, len(stream)) for cut in cuts), len(stream)})
    reader, seen = _reader(), []
    for start, end in itertools.pairwise(edges):
        reader.feed(stream[start:end])
        seen += _take_all(reader)
    assert [(request.lead, request.body) for request in seen] == [
        _SEEN[request] for request in requests
    ]


def test_a_head_is_kept_as_sent() -> None:
    """Names keep their case and values their bytes, read plainly or by h11."""
    lines = b"hOST: demo\r\nX-Odd: \xe9 =?\r\n"
    for extra in (b"", b"Transfer-Encoding: chunked\r\n"):
        reader = _reader()
        reader.feed(b"PUT /a?%zz HTTP/1.1\r\n" + lines + extra + b"\r\n0\r\n\r\n")
        request = reader.take()
        assert request is not None
        assert (request.head.method, request.head.target) == (b"PUT", b"/a?%zz")
        assert request.head.headers[:2] == ((b"hOST", b"demo"), (b"X-Odd", b"\xe9 =?"))


@pytest.mark.parametrize(
    ("data", "status", "problem"),
    [
        pytest.param(b"\x16\x03\x01\x02\x00", 400, "not valid HTTP", id="tls"),
        pytest.param(b"hello\r\n\r\n", 400, "not valid HTTP", id="no-http"),
        pytest.param(b"GET / HTTP/1.1\r\n\r\n", 400, "not valid HTTP", id="no-host"),
        pytest.param(b"\r\n\r\n", 400, "not valid HTTP", id="nothing"),
        pytest.param(
            b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
            400,
            "not valid HTTP",
            id="length",
        ),
        pytest.param(
            b"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: br\r\n\r\n",
            501,
            "not valid HTTP",
            id="encoding",
        ),
        pytest.param(
            b"GET / HTTP/1.1\r\nX: " + b"x" * 70_000, 431, "not valid HTTP", id="head"
        ),
        pytest.param(
            b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            400,
            "not valid HTTP",
            id="chunk",
        ),
        pytest.param(
            b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n",
            413,
            "larger than 1,000 bytes",
            id="declared-body",
        ),
        pytest.param(
            b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n"
            + b"x" * 1_001,
            413,
            "larger than 1,000 bytes",
            id="chunked-body",
        ),
    ],
)
def test_a_broken_request_is_refused_with_its_status(
    data: bytes, status: int, problem: str
) -> None:
    """What is no HTTP/1.1, or too large, is not read on."""
    reader = _reader()
    reader.feed(data)
    with pytest.raises(BrokenRequest, match=problem) as caught:
        reader.take()
    assert caught.value.status == status


def test_a_client_that_waits_is_invited_once() -> None:
    """`Expect: 100-continue` is answered before the body, not again."""
    reader = _reader()
    reader.feed(b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n")
    assert (reader.take(), reader.take_invitation()) == (None, b"")
    reader.feed(b"Expect: 100-continue\r\n\r\n")
    assert reader.take() is None
    assert reader.take_invitation() == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert (reader.take(), reader.take_invitation()) == (None, b"")
    reader.feed(b"ok")
    request = reader.take()
    assert request is not None
    assert request.body == b"ok"
    assert reader.take_invitation() == b""
