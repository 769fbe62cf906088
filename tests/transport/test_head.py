"""Reason phrases and headers, as they are shown and as they are sent."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbwebhook.errors import UnsafeHeader, UnsafeTarget
from nbwebhook.transport.head import (
    content_encodings,
    is_ambiguous_framing,
    lower_headers,
    reason_phrase,
    request_headers,
)
from tests.servers import request_to


@pytest.mark.parametrize(
    ("status_code", "sent", "shown"),
    [
        pytest.param(200, b"OK", "OK", id="usual"),
        pytest.param(429, b"", "Too Many Requests", id="none-sent"),
        pytest.param(500, b"  ", "Internal Server Error", id="spaces-only"),
        pytest.param(599, b"", "", id="no-usual-one"),
        pytest.param(500, b"caf\xe9", "café", id="latin-1"),
        pytest.param(500, b"a\x1b[31m\r\nb", "a [31m b", id="controls"),
        pytest.param(500, b"x" * 200, "x" * 200, id="as-long-as-allowed"),
        pytest.param(500, b"x" * 10_000, "x" * 199 + "…", id="long"),
    ],
)
def test_a_reason_is_one_short_line(status_code: int, sent: bytes, shown: str) -> None:
    """The reason phrase can be an error's type in a frame."""
    assert reason_phrase(status_code, sent) == shown


@given(st.integers(100, 999), st.binary(max_size=500))
def test_any_reason_is_printable(status_code: int, sent: bytes) -> None:
    """No byte of a service makes a control character or a second line."""
    shown = reason_phrase(status_code, sent)
    assert len(shown) <= 200
    assert not re.search(r"[\x00-\x1f\x7f]", shown)


@given(
    target=st.binary(max_size=40),
    name=st.binary(max_size=10),
    value=st.binary(max_size=20),
)
def test_no_bytes_can_add_a_line_to_the_head(
    target: bytes, name: bytes, value: bytes
) -> None:
    """Whatever a lead holds, the head has the lines that it should have."""
    request = request_to("http://a.test", target=b"/" + target, headers=[(name, value)])
    try:
        headers = request_headers(request)
    except (UnsafeHeader, UnsafeTarget):
        return
    lines = [b": ".join(pair) for pair in headers]
    head = b"\r\n".join([b"POST " + request.target + b" HTTP/1.1", *lines])
    assert len(re.split(rb"[\r\n]+", head)) == 1 + len(lines)
    assert head.split(b"\r\n")[0].count(b" ") == 2
    assert b"\x00" not in head


def test_a_message_of_a_bad_header_holds_no_value() -> None:
    """The header is named, what stands in it is not."""
    request = request_to("http://a.test", headers=[(b"X-Mail", b"zoe\r\n@a.test")])
    with pytest.raises(UnsafeHeader, match="X-Mail") as caught:
        request_headers(request)
    assert "zoe" not in str(caught.value)


def test_headers_of_a_response_are_read_in_lower_case() -> None:
    """Names fold, values and their order stay."""
    headers = lower_headers([(b"X-A", b"1"), (b"Content-Encoding", b"gzip")])
    assert headers == ((b"x-a", b"1"), (b"content-encoding", b"gzip"))
    assert content_encodings(headers) == [b"gzip"]
    assert is_ambiguous_framing(headers) is False
