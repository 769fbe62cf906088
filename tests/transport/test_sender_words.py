"""What a run and its sender tell each other comes out as it went in."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbwebhook.errors import (
    BodyTooLarge,
    ConnectionLost,
    HeadersTooLarge,
    NbWebhookError,
    UndecodableBody,
)
from nbwebhook.transport.base import (
    Response,
    Timing,
    annotate,
    remote_address_of,
    status_code_of,
    timing_of,
)
from nbwebhook.transport.sender.told import (
    Manner,
    ResponseReader,
    ResponseTeller,
    call_from,
    call_told,
    error_from,
    error_told,
    manner_from,
    manner_told,
    number_of,
)

_NUMBERS = st.integers(1, (1 << 63) - 1)
_BYTES = st.binary(max_size=40)


def _timing(latency_ms: float) -> Timing:
    timing = Timing()
    timing.latency_ms = latency_ms
    return timing


@given(
    number=_NUMBERS,
    status_code=st.integers(100, 999),
    reason=st.text(st.characters(exclude_categories=["Cs"]), max_size=200),
    headers=st.lists(st.tuples(_BYTES, _BYTES), max_size=5).map(tuple),
    body=_BYTES,
    address=st.sampled_from(["127.0.0.1", "::1", ""]),
    is_reused=st.booleans(),
    latency_ms=st.floats(0, 30_000),
)
def test_a_response_comes_back(  # noqa: PLR0913, PLR0917 - one a fact
    number: int,
    status_code: int,
    reason: str,
    headers: tuple[tuple[bytes, bytes], ...],
    body: bytes,
    address: str,
    is_reused: bool,  # noqa: FBT001 - drawn
    latency_ms: float,
) -> None:
    """Every fact of it, and phases that there were none of are still none."""
    response = Response(
        status_code,
        reason,
        headers,
        body,
        timing=_timing(latency_ms),
        request_bytes=1 << 33,
        response_bytes=len(body),
        connection_reused=is_reused,
        remote_address=address,
    )
    teller, reader = ResponseTeller(), ResponseReader()
    for _ in range(2):  # the second time from what both know already
        message = teller.tell(number, response)
        assert number_of(message) == number
        found = reader.read(message)
        for name in Response.__slots__:
            if name != "timing":
                assert getattr(found, name) == getattr(response, name)
        assert found.timing.latency_ms == latency_ms
        assert math.isnan(found.timing.connect_ms)


@pytest.mark.parametrize("length", [1, 5_000], ids=["short", "long"])
def test_heads_in_turn_are_told_apart(length: int) -> None:
    """Of more heads than are kept none is taken for another, nor is a long one kept."""
    teller, reader = ResponseTeller(), ResponseReader()
    values = [b"%d" % number * length for number in range(300)]
    for value in values * 2:
        headers = ((b"x-request-id", value),)
        response = Response(200, "OK", headers, b"", timing=_timing(1.0))
        assert reader.read(teller.tell(1, response)).headers == headers


@given(
    number=_NUMBERS,
    times=st.tuples(*[st.floats(0, 1e9)] * 2),
    target=_BYTES,
    body=st.none() | _BYTES,
)
def test_a_call_comes_out(
    number: int, times: tuple[float, float], target: bytes, body: bytes | None
) -> None:
    """An empty body is not the same as none."""
    message = call_told(number, times, target, body)
    assert call_from(message) == (number, times, target, body)


def test_a_manner_comes_out() -> None:
    """Header values of any byte, and several addresses."""
    lines = (b"X-A: " + bytes(range(32, 256)), b"Expect:")
    manner = Manner("PUT", ("https", "a.example", 443), lines, ("127.0.0.1", "::1"))
    assert manner_from(manner_told(manner)) == manner


@pytest.mark.parametrize(
    "error",
    [
        ConnectionLost("wait", "Zo\u00eb's end", bytes_sent=True),
        ConnectionLost("connect", bytes_sent=False),
        BodyTooLarge(10),
        HeadersTooLarge(10),
        UndecodableBody("the body is not whole gzip data"),
    ],
    ids=["sent", "not-sent", "body", "head", "encoding"],
)
def test_an_error_comes_back(error: NbWebhookError) -> None:
    """Its kind, its words, and what the call had learned."""
    annotate(error, _timing(12.5), remote_address="::1", status_code=200)
    found = error_from(error_told(7, error))
    assert (type(found), str(found)) == (type(error), str(error))
    assert getattr(found, "bytes_sent", None) == getattr(error, "bytes_sent", None)
    assert timing_of(found).latency_ms == 12.5
    assert math.isnan(timing_of(found).connect_ms)
    assert (remote_address_of(found), status_code_of(found)) == ("::1", 200)
