"""The retry policy: what may be sent again, how often, and how late."""

from __future__ import annotations

from math import inf, nan
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbwebhook.engine.retry import Retry, idempotency_key
from nbwebhook.errors import (
    AddressRefused,
    BodyTooLarge,
    CallCancelled,
    ConnectFailed,
    ConnectionLost,
    DeadlineExceeded,
    InvalidPlan,
    NameNotResolved,
    ProtocolViolated,
    TlsFailed,
    TruncatedBody,
    UndecodableBody,
)


@pytest.mark.parametrize(
    ("code", "error", "post", "get", "idempotent"),
    [
        pytest.param(0, ConnectFailed("connect", bytes_sent=False), True, True, True, id="no-connection"),
        pytest.param(0, NameNotResolved("resolve", bytes_sent=False), True, True, True, id="no-name"),
        pytest.param(0, DeadlineExceeded("connect", bytes_sent=False), True, True, True, id="late-connect"),
        pytest.param(0, ConnectionLost("send", bytes_sent=False), True, True, True, id="lost-before"),
        pytest.param(0, ConnectionLost("wait", bytes_sent=True), False, True, True, id="lost-after"),
        pytest.param(0, DeadlineExceeded("wait", bytes_sent=True), False, True, True, id="late-answer"),
        pytest.param(0, TruncatedBody("body", bytes_sent=True), False, True, True, id="cut-body"),
        pytest.param(0, ProtocolViolated("wait", bytes_sent=True), False, True, True, id="no-http"),
        pytest.param(0, RuntimeError("plugged in"), False, True, True, id="a-surprise"),
        pytest.param(0, TlsFailed("tls", bytes_sent=False), False, False, False, id="a-certificate"),
        pytest.param(0, AddressRefused("resolve", bytes_sent=False), False, False, False, id="an-address"),
        pytest.param(0, CallCancelled("wait", bytes_sent=False), False, False, False, id="cut-off"),
        pytest.param(200, BodyTooLarge(9), False, False, False, id="too-large"),
        pytest.param(503, UndecodableBody("gzip"), False, False, False, id="undecodable"),
        pytest.param(200, None, False, False, False, id="200"),
        pytest.param(404, None, False, False, False, id="404"),
        pytest.param(501, None, False, False, False, id="501"),
        *(
            pytest.param(code, None, False, True, True, id=str(code))
            for code in (408, 425, 429, 500, 502, 503, 504)
        ),
    ],
)  # fmt: skip
def test_what_may_be_sent_again(
    code: int,
    error: BaseException | None,
    *,
    post: bool,
    get: bool,
    idempotent: bool,
) -> None:
    """POST only where no byte left, GET by its promise, all where the user says so."""
    policy = Retry()
    for method in ("POST", "PATCH"):
        assert policy.may_repeat(method, code, error) is post
    for method in ("GET", "PUT", "DELETE"):
        assert policy.may_repeat(method, code, error) is get
    for method in ("POST", "GET"):
        assert Retry(idempotent=True).may_repeat(method, code, error) is idempotent
        assert Retry(idempotent=False).may_repeat(method, code, error) is post


def test_statuses_are_the_users_choice() -> None:
    """Only those named are tried again."""
    policy = Retry(statuses=[418])  # type: ignore[arg-type]  # any iterable does
    assert policy.statuses == (418,)
    assert policy.may_repeat("GET", 418, None)
    assert not policy.may_repeat("GET", 503, None)


@pytest.mark.parametrize(
    ("attempts", "wanted_s"),
    [(1, 2.0), (2, 4.0), (3, 8.0), (4, 10.0), (5, 10.0), (100, 10.0)],
)
def test_the_longest_wait_doubles_up_to_its_cap(attempts: int, wanted_s: float) -> None:
    """Twice as long after each attempt, never above the cap."""
    policy = Retry(backoff_s=2.0, max_backoff_s=10.0)
    assert policy.longest_wait_s(attempts) == wanted_s


@given(
    attempts=st.integers(1, 100),
    backoff_s=st.floats(0, 86_400),
    max_backoff_s=st.floats(0, 86_400),
)
def test_no_wait_is_above_the_cap(
    attempts: int, backoff_s: float, max_backoff_s: float
) -> None:
    """Whatever the numbers, the wait is a time up to the cap."""
    policy = Retry(backoff_s=backoff_s, max_backoff_s=max_backoff_s)
    assert 0.0 <= policy.longest_wait_s(attempts) <= max_backoff_s


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        pytest.param("attempts", 0, id="no-attempt"),
        pytest.param("attempts", 101, id="too-many"),
        pytest.param("attempts", 2.0, id="a-float"),
        pytest.param("attempts", True, id="a-boolean"),
        pytest.param("statuses", (200,), id="a-good-status"),
        pytest.param("statuses", ("503",), id="a-status-as-text"),
        pytest.param("backoff_s", -1.0, id="negative"),
        pytest.param("max_backoff_s", nan, id="nan"),
        pytest.param("max_total_s", inf, id="for-ever"),
        pytest.param("idempotent", "yes", id="a-word"),
        pytest.param("idempotency_key_header", "Content-Length", id="framing"),
        pytest.param("idempotency_key_header", "Host", id="host"),
        pytest.param("idempotency_key_header", "Key: x", id="no-header-name"),
        pytest.param("idempotency_key_header", "{{lead.Id}}", id="a-token"),
        pytest.param("idempotency_key_header", "", id="empty"),
    ],
)
def test_a_policy_that_cannot_be_is_refused(argument: str, value: object) -> None:
    """The error names the argument."""
    with pytest.raises(InvalidPlan, match=rf"retry\.{argument}"):
        Retry(**{argument: value})  # type: ignore[arg-type]  # wrong on purpose


def test_never_calls_once() -> None:
    """The default policy has one attempt, and is a value like any other."""
    assert Retry.never() == Retry(attempts=1)
    assert hash(Retry.never()) == hash(Retry(attempts=1))


@given(st.uuids().map(lambda u: u.hex), st.text(max_size=20), st.text(max_size=20))
def test_a_key_tells_leads_and_runs_apart(run_id: str, one: str, two: str) -> None:
    """The same lead of the same run has the same key, any other another."""
    key = idempotency_key(run_id, one)
    assert str(UUID(key)) == key
    assert key == idempotency_key(run_id, one)
    assert (key == idempotency_key(run_id, two)) is (one == two)
    assert key != idempotency_key("f" * 31 + "0", one) or run_id == "f" * 31 + "0"
