"""Endpoints answer as they promise, without a socket."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbwebhook.demo.answers import Answer, answer_request, enrich_lead
from nbwebhook.demo.requests import read_head, read_request


def _answer(method: bytes, target: bytes, body: bytes = b"") -> Answer:
    return answer_request(read_request(read_head(method, target, ()), body))


def test_what_is_known_of_a_lead_is_the_same_everywhere() -> None:
    """These values are fixed: notebooks and README show them."""
    assert enrich_lead({"email": "ana.berger@example.com"}) == {
        "score": 28,
        "grade": "D",
        "segment": "Logistics, mid-size",
        "employees": 55,
        "revenue": 3_349_389.0,
        "is_customer": False,
        "checked_at": "2026-03-14T01:14:22Z",
        "tags": ["apac", "reseller", "newsletter"],
    }


@given(st.emails())
def test_every_lead_gets_every_value_in_its_type(email: str) -> None:
    """No value is ever missing, and each has one type."""
    known = enrich_lead({"email": email})
    score, revenue, tags = known["score"], known["revenue"], known["tags"]
    assert isinstance(score, int)
    assert 0 <= score <= 100
    assert known["grade"] in set("ABCDE")
    assert isinstance(revenue, float)
    assert isinstance(known["employees"], int)
    assert isinstance(known["is_customer"], bool)
    assert isinstance(tags, list)
    assert tags[0] in {"emea", "amer", "apac"}
    assert known == enrich_lead({"email": email.upper().lower()})


def test_without_an_e_mail_address_the_other_fields_decide() -> None:
    """Any subset is enough, and another subset is another lead."""
    one, other = {"company": "Granvik"}, {"company": "Lindskog"}
    assert enrich_lead(one) == enrich_lead({"company": "GRANVIK"})
    assert enrich_lead(one) != enrich_lead(other)


@pytest.mark.parametrize(
    ("method", "target", "body", "status", "document"),
    [
        pytest.param(
            b"POST",
            b"/enrich",
            b'{"email": "ana@example.com", "First": "Ana"}',
            200,
            {
                "result": enrich_lead({"email": "ana@example.com"}),
                "request": {"email": "ana@example.com", "first": "Ana"},
            },
            id="enrich",
        ),
        pytest.param(
            b"POST",
            b"/enrich",
            b'{"email": ""Ana""}',
            400,
            {"error": "the body is not valid JSON at character 12"},
            id="enrich-broken-json",
        ),
        pytest.param(
            b"GET",
            b"/enrich?email=",
            b"",
            422,
            {"error": "no field of a lead in query or body; wanted at least an email"},
            id="enrich-nothing",
        ),
        pytest.param(
            b"DELETE",
            b"/enrich",
            b"",
            405,
            {"error": "wanted GET or POST"},
            id="method",
        ),
        pytest.param(
            b"PUT",
            b"/echo?a=%41",
            b"\x00\xff",
            200,
            {
                "method": "PUT",
                "target": "/echo?a=%41",
                "headers": [],
                "body": "\x00\xff",
                "body_bytes": 2,
            },
            id="echo",
        ),
        pytest.param(
            b"GET",
            b"/status/418",
            b"",
            418,
            {"status": 418, "error": "I'm a Teapot"},
            id="status",
        ),
        pytest.param(
            b"GET", b"/status/799", b"", 799, {"status": 799, "error": ""}, id="unknown"
        ),
        pytest.param(
            b"GET",
            b"/status/100",
            b"",
            404,
            {"error": "no such endpoint"},
            id="not-final",
        ),
        pytest.param(
            b"GET",
            b"/status/2x0",
            b"",
            404,
            {"error": "no such endpoint"},
            id="no-number",
        ),
        pytest.param(b"GET", b"/health", b"", 200, {"status": "ok"}, id="health"),
        pytest.param(b"GET", b"/", b"", 404, {"error": "no such endpoint"}, id="root"),
        pytest.param(b"GET", b"*", b"", 404, {"error": "no such endpoint"}, id="star"),
    ],
)
def test_an_endpoint_answers_a_document(
    method: bytes, target: bytes, body: bytes, status: int, document: object
) -> None:
    """Status and JSON, whole."""
    answer = _answer(method, target, body)
    assert (answer.status, answer.content_type) == (status, b"application/json")
    assert json.loads(answer.body) == document


@pytest.mark.parametrize("status", [204, 205, 304])
def test_a_status_without_a_body_has_none(status: int) -> None:
    """What HTTP gives no body gets none."""
    assert _answer(b"GET", b"/status/%d" % status) == Answer(status)


@pytest.mark.parametrize(
    ("query", "headers"),
    [
        pytest.param(b"retry_after=2", ((b"Retry-After", b"2"),), id="seconds"),
        pytest.param(b"retry_after=-5", ((b"Retry-After", b"-5"),), id="nonsense"),
        pytest.param(
            b"retry_after=1%0d%0aX-Evil:+1%C3%A9",
            ((b"Retry-After", b"1X-Evil: 1"),),
            id="no-second-header",
        ),
        pytest.param(b"retry_after=%0d%0a", (), id="nothing-left"),
        pytest.param(b"other=1", (), id="not-asked"),
    ],
)
def test_a_status_says_when_to_come_back_if_asked_to(
    query: bytes, headers: tuple[tuple[bytes, bytes], ...]
) -> None:
    """The header has the asked value, and only printable ASCII of it."""
    assert _answer(b"GET", b"/status/429?" + query).headers == headers


def test_a_refused_method_is_told_the_allowed_ones() -> None:
    """RFC 9110 wants the header Allow."""
    assert _answer(b"DELETE", b"/enrich").headers == (
        (b"Allow", b"GET, PATCH, POST, PUT"),
    )
