"""A lead is found in whatever form a webhook sends it."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbwebhook.demo.requests import read_head, read_request


def _read(
    target: bytes, body: bytes = b"", **headers: str
) -> tuple[dict[str, str], str]:
    pairs = tuple(
        (name.replace("_", "-").encode(), value.encode())
        for name, value in headers.items()
    )
    request = read_request(read_head(b"POST", target, pairs), body)
    return request.lead_fields, request.lead


@pytest.mark.parametrize(
    ("target", "body", "lead_fields"),
    [
        pytest.param(
            b"/enrich?email=ana%2Bnews%40example.com&first=Ana+Mar%C3%ADa",
            b"",
            {"email": "ana+news@example.com", "first": "Ana María"},
            id="query",
        ),
        pytest.param(
            b"/enrich",
            b'{"Email": "ana@example.com", "COMPANY": "B\\u00e4r & Co"}',
            {"email": "ana@example.com", "company": "Bär & Co"},
            id="json-any-case",
        ),
        pytest.param(
            b"/enrich",
            b"Email+Address=ana%40example.com&Job+Title=CEO",
            {"email": "ana@example.com", "title": "CEO"},
            id="form-display-names",
        ),
        pytest.param(
            b"/enrich",
            b'{"emailAddress": "a@example.com", "first_name": "A", "last-name": "B", '
            b'"CompanyName": "C", "country": "D"}',
            {
                "email": "a@example.com",
                "first": "A",
                "last": "B",
                "company": "C",
                "country": "D",
            },
            id="other-names",
        ),
        pytest.param(
            b"/enrich?email=query%40example.com&first=Q",
            b'{"email": "body@example.com"}',
            {"email": "body@example.com", "first": "Q"},
            id="body-wins",
        ),
        pytest.param(
            b"/enrich",
            b'{"first": null, "last": ["x"], "title": {"a": 1}, "company": 7}',
            {"company": "7"},
            id="scalars-only",
        ),
        pytest.param(
            b"/enrich?email=", b"", {"email": ""}, id="empty-value-is-a-value"
        ),
        pytest.param(b"/enrich?score=7", b"color=red", {}, id="other-fields"),
        pytest.param(b"/enrich", b"\xff\xfe\x00", {}, id="bytes"),
        pytest.param(b"/enrich", b"&".join([b"a=1"] * 2_000), {}, id="too-many"),
    ],
)
def test_a_lead_is_read_from_query_form_or_json(
    target: bytes, body: bytes, lead_fields: dict[str, str]
) -> None:
    """Names in any case and the usual spellings; values as text."""
    assert _read(target, body)[0] == lead_fields


@given(
    st.dictionaries(
        st.sampled_from(["email", "first", "last", "company", "title", "country"]),
        st.text(st.characters(exclude_categories=["Cs"])),
    )
)
def test_json_form_and_query_say_the_same(lead_fields: dict[str, str]) -> None:
    """Any text comes through each of the three ways unchanged."""
    form = urlencode(lead_fields).encode()
    assert _read(b"/enrich", json.dumps(lead_fields).encode())[0] == lead_fields
    assert _read(b"/enrich", form)[0] == lead_fields
    assert _read(b"/enrich?" + form)[0] == lead_fields


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        pytest.param(b'{"email": ', "not valid JSON at character 10", id="cut"),
        pytest.param(
            b'{"a": ""Ana""}', "not valid JSON at character 8", id="quoted-twice"
        ),
        pytest.param(b'["ana@example.com"]', "JSON, but no object", id="list"),
        pytest.param(b'"ana@example.com"', "JSON, but no object", id="text"),
        pytest.param(b'{"a": "\xff"}', "the body is not valid JSON", id="not-utf-8"),
        pytest.param(b"[" * 100_000, "the body is not valid JSON", id="deep"),
    ],
)
def test_broken_json_is_a_problem_with_its_place(body: bytes, problem: str) -> None:
    """The sender is told where the JSON breaks; nothing is raised."""
    request = read_request(read_head(b"POST", b"/enrich", ()), body)
    assert problem in request.problem
    assert request.lead_fields == {}


@pytest.mark.parametrize(
    ("headers", "lead"),
    [
        pytest.param({}, "ana@example.com", id="e-mail"),
        pytest.param({"X_Lead_Id": "42"}, "42", id="header-wins"),
        pytest.param({"x_lead_id": "Zoë"}, "Zoë", id="any-case-utf-8"),
        pytest.param({"X_Lead_Id": ""}, "ana@example.com", id="empty-header"),
    ],
)
def test_a_request_is_of_the_lead_that_it_names(
    headers: dict[str, str], lead: str
) -> None:
    """The header `X-Lead-Id` comes first, then the e-mail address."""
    assert _read(b"/enrich", b'{"email": "ana@example.com"}', **headers)[1] == lead


def test_a_head_tells_whether_the_connection_ends() -> None:
    """`Connection: close` and HTTP/1.0 end it."""
    keep, close = ((b"Connection", b"keep-alive"),), ((b"connection", b"Close"),)
    assert not read_head(b"GET", b"/echo", keep).closes
    assert read_head(b"GET", b"/echo", close).closes
    assert read_head(b"GET", b"/echo", keep, is_http_1_0=True).closes


def test_the_path_is_decoded_and_the_target_kept() -> None:
    """Percent signs are undone in the path only."""
    head = read_head(b"GET", b"/fa%75lt/close?a=%41", ())
    assert (head.path, head.target) == ("/fault/close", b"/fa%75lt/close?a=%41")
    assert head.query_value("a") == "A"
    assert head.query_value("b") == ""
