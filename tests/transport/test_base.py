"""What crosses the room's border: responses, timings, and facts on errors."""

from __future__ import annotations

import math
import pickle

import pytest

from nbwebhook.errors import BodyTooLarge, ConnectionLost, NbWebhookError, UnsafeTarget
from nbwebhook.transport.base import (
    CallProgress,
    Timing,
    annotate,
    remote_address_of,
    status_code_of,
    timing_of,
)
from nbwebhook.transport.fake import make_response


@pytest.mark.parametrize(
    "error",
    [
        ConnectionLost("wait", "reset", bytes_sent=True),
        BodyTooLarge(10),
        UnsafeTarget("holds a space"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_the_facts_of_a_call_survive_pickling(error: NbWebhookError) -> None:
    """Errors of calls cross process borders with their timing."""
    timing = Timing()
    timing.latency_ms = 12.5
    annotate(error, timing, remote_address="127.0.0.1", status_code=502)
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - made a line above
    assert type(again) is type(error)
    assert str(again) == str(error)
    assert timing_of(again).latency_ms == 12.5
    assert math.isnan(timing_of(again).send_ms)
    assert (remote_address_of(again), status_code_of(again)) == ("127.0.0.1", 502)


def test_an_error_without_facts_has_none() -> None:
    """An error that no transport has seen reads as unknown."""
    error = BodyTooLarge(10)
    assert math.isnan(timing_of(error).latency_ms)
    assert (remote_address_of(error), status_code_of(error)) == ("", 0)


def test_a_header_is_found_by_its_name_in_lower_case() -> None:
    """The first of several counts, and a missing one is nothing."""
    response = make_response(headers=[(b"x-a", b"1"), (b"x-a", b"2")])
    assert (response.header(b"x-a"), response.header(b"x-b")) == (b"1", b"")


def test_nothing_has_been_sent_at_first() -> None:
    """A progress that no call has touched says so."""
    assert CallProgress().bytes_sent is False
