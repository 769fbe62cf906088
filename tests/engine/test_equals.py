"""Equal requests found among many."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbwebhook.definition.urls import Origin
from nbwebhook.engine.equals import Digests, Equals, answer_of_equal, digests_of
from nbwebhook.engine.ledger import CallFacts
from nbwebhook.mapping.outcome import Change, Fate, Outcome, OutcomeKind
from nbwebhook.render.request import Request

ORIGIN = Origin("http", "a.test", 80)


def _request(
    method: str = "POST",
    origin: Origin = ORIGIN,
    target: bytes = b"/",
    headers: tuple[tuple[bytes, bytes], ...] = (),
    body: bytes | None = b"{}",
) -> Request:
    return Request(method, origin, target, headers, body)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(_request(method="PUT"), id="method"),
        pytest.param(_request(origin=Origin("https", "a.test", 443)), id="scheme"),
        pytest.param(_request(origin=Origin("http", "b.test", 80)), id="host"),
        pytest.param(_request(origin=Origin("http", "a.test", 81)), id="port"),
        pytest.param(_request(target=b"/?a=1"), id="target"),
        pytest.param(_request(headers=((b"A", b"b"),)), id="header"),
        pytest.param(_request(body=b""), id="empty-body"),
        pytest.param(_request(body=None), id="no-body"),
        pytest.param(_request(target=b"/2:{}", body=b""), id="shifted"),
    ],
)
def test_requests_that_differ_in_anything_are_not_equal(other: Request) -> None:
    """Each part counts, and where one ends."""
    assert list(digests_of([_request(), other, _request()]).link()) == [2, -1, -1]


def test_empty_and_missing_bodies_differ() -> None:
    """A body of no bytes has a length to send, no body has none."""
    both = [_request(body=b""), _request(body=None)]
    assert list(digests_of(both).link()) == [-1, -1]


@given(
    st.lists(st.none() | st.sampled_from([b"a", b"b", b"c"]), max_size=30),
    st.data(),
)
def test_equal_requests_follow_each_other(
    bodies: list[bytes | None], data: st.DataObject
) -> None:
    """Of those that count each one leads to the next equal one; None leads nowhere."""
    flags = data.draw(
        st.lists(st.booleans(), min_size=len(bodies), max_size=len(bodies))
    )
    digests = digests_of(
        None if body is None else _request(body=body) for body in bodies
    )
    wanted = [
        next(
            (
                later
                for later in range(row + 1, len(bodies))
                if body is not None
                and flags[row]
                and flags[later]
                and bodies[later] == body
            ),
            -1,
        )
        for row, body in enumerate(bodies)
    ]
    assert list(digests.link(bytearray(flags))) == wanted


def test_a_list_without_leads_has_no_equal_ones() -> None:
    """Nothing is linked."""
    assert len(Digests()) == len(Digests().link()) == 0


def test_each_lead_that_waits_is_taken_once() -> None:
    """In the order of the rows; who is not taken is left at the end."""
    requests = [_request(body=body) for body in (b"a", b"b", b"a", b"c", b"a", b"b")]
    equals = Equals(digests_of(requests).link(), lambda row: [str(row)])
    assert equals.saved_calls == 3
    todo = bytearray(b"\1" * 6)
    equals.leave_out(todo)
    assert list(todo) == [1, 1, 0, 1, 0, 0]
    assert equals.has_next(0)
    assert (equals.take_next(0), equals.take_next(0)) == (2, 4)
    assert not equals.has_next(0)
    assert not equals.has_next(3)
    assert list(equals.rest()) == [5]
    assert equals.old_texts(5) == ["5"]


def test_an_answer_of_another_call_says_so() -> None:
    """Outcome and status are kept; there is no time and no size of a call."""
    facts = CallFacts()
    facts.status_code, facts.started_at_s, facts.request_bytes = 200, 1.5, 300
    changes = (Change(0, Fate.WRITTEN, "7", 7),)
    outcome = Outcome(OutcomeKind.UPDATED, reason="a note", changes=changes)
    found, told = answer_of_equal(outcome, facts, 17)
    assert found.kind is OutcomeKind.UPDATED
    assert found.reason == "a note; answered by the equal request of row 17"
    assert [(c.fate, c.new_value) for c in found.changes] == [(Fate.WRITTEN, 7)]
    assert (told.status_code, told.request_bytes) == (200, -1)
    assert told.started_at_s != told.started_at_s
    assert outcome.reason == "a note"
