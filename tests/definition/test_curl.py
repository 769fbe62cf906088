"""A curl command to a webhook."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbwebhook.definition.curl import CurlRequest, parse_curl
from nbwebhook.definition.fields import Fields
from nbwebhook.definition.webhook import Webhook
from nbwebhook.errors import InvalidDefinition

make: Callable[..., CurlRequest] = CurlRequest
FORM = ("Content-Type", "application/x-www-form-urlencoded")
JSON = ("Content-Type", "application/json")
ACCEPT = ("Accept", "application/json")
BASIC = ("Authorization", "Basic bWU6cHc=")
A = "https://a.test/"
RETRY = "--retry was left out: repeating a call belongs to a run, not to a definition"


@pytest.mark.parametrize(
    ("options", "request_"),
    [
        pytest.param("", make(A, "GET"), id="get"),
        pytest.param("-X DELETE", make(A, "DELETE"), id="method"),
        pytest.param("-XPUT -d a=1", make(A, "PUT", (FORM,), "a=1"), id="joined-value"),
        pytest.param("-d a=1 -d b=2", make(A, "POST", (FORM,), "a=1&b=2"), id="data"),
        pytest.param(
            "--data-binary 'a\nb'", make(A, "POST", (FORM,), "a\nb"), id="binary"
        ),
        pytest.param("--data-raw @a", make(A, "POST", (FORM,), "@a"), id="raw-at-sign"),
        pytest.param("-d ''", make(A, "POST", (FORM,), ""), id="empty-data"),
        pytest.param(
            "-H 'content-type: text/plain' -d x",
            make(A, "POST", (("content-type", "text/plain"),), "x"),
            id="own-type",
        ),
        pytest.param("-H 'Content-Type:' -d x", make(A, "POST", (), "x"), id="no-type"),
        pytest.param("-H 'X-A;'", make(A, "GET", (("X-A", ""),)), id="empty-header"),
        pytest.param(
            "-H 'X-A: b: c '", make(A, "GET", (("X-A", "b: c"),)), id="header"
        ),
        pytest.param("--json '{}'", make(A, "POST", (JSON, ACCEPT), "{}"), id="json"),
        pytest.param(
            "--json '{' --json '}' -H 'Accept: */*'",
            make(A, "POST", (("Accept", "*/*"), JSON), "{}"),
            id="json-in-pieces",
        ),
        pytest.param("-G -d a=1", make(A + "?a=1", "GET"), id="data-in-the-query"),
        pytest.param(
            "--data-urlencode 'a=b c&é' --data-urlencode =x=y --data-urlencode 'z z'",
            make(A, "POST", (FORM,), "a=b+c%26%C3%A9&x%3Dy&z+z"),
            id="urlencode",
        ),
        pytest.param(
            '--data-urlencode "k=a b$KEY"',
            make(A, "POST", (FORM,), "k=a+b{{secret.KEY}}"),
            id="urlencode-variable",
        ),
        pytest.param("-u me:pw", make(A, "GET", (BASIC,)), id="user"),
        pytest.param(
            "-u me:pw -H 'Authorization: Bearer x'",
            make(A, "GET", (("Authorization", "Bearer x"),)),
            id="own-authorization",
        ),
        pytest.param(
            "--oauth2-bearer $T",
            make(A, "GET", (("Authorization", "Bearer {{secret.T}}"),)),
            id="bearer",
        ),
        pytest.param(
            "-A me -e you -b 'a=1; b=2'",
            make(
                A,
                "GET",
                (("User-Agent", "me"), ("Referer", "you"), ("Cookie", "a=1; b=2")),
            ),
            id="headers-of-their-own",
        ),
        pytest.param(
            "-sS -ivf# -o out -w '%{http_code}' --http2 -g",
            make(A, "GET"),
            id="dropped",
        ),
        pytest.param(
            "-L --retry 5",
            make(
                A,
                "GET",
                (),
                "",
                (
                    "--location was left out: redirects are not followed, as in Marketo",
                    RETRY,
                ),
            ),
            id="noted",
        ),
    ],
)
def test_options_make_the_request_that_curl_would_send(
    options: str, request_: CurlRequest
) -> None:
    """Method, headers, body and URL as curl has them; the rest is dropped or noted."""
    assert parse_curl(f"curl {options} {A}") == request_


@pytest.mark.parametrize(
    ("address", "url", "headers"),
    [
        pytest.param("--url https://a.test/x", "https://a.test/x", (), id="option"),
        pytest.param("-- https://a.test/x", "https://a.test/x", (), id="after-dashes"),
        pytest.param("a.test/x", "http://a.test/x", (), id="no-scheme"),
        pytest.param(
            "https://me:p%77@a.test/x",
            "https://a.test/x",
            (BASIC,),
            id="user-in-the-url",
        ),
        pytest.param(
            "https://a.test/x@y?z@w", "https://a.test/x@y?z@w", (), id="at-sign"
        ),
    ],
)
def test_the_url_is_found(
    address: str, url: str, headers: tuple[tuple[str, str], ...]
) -> None:
    """Wherever it stands; a user name in it becomes the header."""
    request = parse_curl(f"/usr/bin/curl {address}")
    assert (request.url, request.headers) == (url, headers)


def test_a_query_goes_before_the_fragment() -> None:
    """Data of a GET joins the query that is there."""
    request = parse_curl("curl -G 'https://a.test/?a=1#b' -d c=2")
    assert request.url == "https://a.test/?a=1&c=2#b"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        pytest.param(
            "", "curl command: does not start with the word curl; copy", id="no"
        ),
        pytest.param("wget a", "curl command: does not start with the word", id="wget"),
        pytest.param("curl", "curl command: 0 URLs where a webhook has one", id="none"),
        pytest.param("curl a b", "curl command: 2 URLs where a webhook", id="two-urls"),
        pytest.param("curl a | jq", "curl command, column 8: '|' hands", id="pipe"),
        pytest.param(
            "curl a -F b=c", "curl command, column 8: --form: sends", id="form"
        ),
        pytest.param(
            "curl a -d @b", "curl command, column 8: @file reads a", id="file"
        ),
        pytest.param(
            "curl a --json @b", "curl command, column 8: @file reads", id="json-file"
        ),
        pytest.param(
            "curl a --data-urlencode b@c",
            "curl command, column 8: name@file",
            id="encoded-file",
        ),
        pytest.param(
            "curl a -H @b", "curl command, column 8: -H @file", id="header-file"
        ),
        pytest.param(
            "curl a -b jar", "curl command, column 8: -b file", id="cookie-file"
        ),
        pytest.param(
            "curl a -T b", "curl command, column 8: --upload-file: re", id="up"
        ),
        pytest.param(
            "curl a -x b", "curl command, column 8: --proxy: a def", id="proxy"
        ),
        pytest.param("curl a -I", "curl command, column 8: --head: asks", id="head"),
        pytest.param(
            "curl a -H b", "curl command, column 8: a header without", id="colon"
        ),
        pytest.param(
            "curl a -u b", "curl command, column 8: a user name with", id="user"
        ),
        pytest.param(
            "curl a -u $U:$P", "curl command, column 8: a user name or", id="vars"
        ),
        pytest.param(
            "curl a -d", "curl command, column 8: -d has no value", id="short"
        ),
        pytest.param(
            "curl a --data", "curl command, column 8: --data has no", id="long"
        ),
        pytest.param(
            "curl a --wat",
            "curl command, column 8: the option '--wat' is",
            id="unknown",
        ),
        pytest.param("curl a -sZ?", "curl command, column 8: --parallel", id="letters"),
        pytest.param(
            "curl " + "a" * (5 << 20), "curl command: longer than 4,194,304", id="huge"
        ),
    ],
)
def test_what_a_webhook_has_no_place_for_is_refused(text: str, fault: str) -> None:
    """With the place and the reason; nothing is read or run."""
    with pytest.raises(InvalidDefinition) as caught:
        parse_curl(text)
    assert str(caught.value.faults[0]).startswith(fault)


def test_all_faults_of_a_command_come_together() -> None:
    """Five wrong options give five faults."""
    with pytest.raises(InvalidDefinition) as caught:
        parse_curl("curl https://a.test -F a=b --wat -d @c -x p -I")
    assert [fault.place for fault in caught.value.faults] == [
        "curl command, column 21",
        "curl command, column 28",
        "curl command, column 34",
        "curl command, column 40",
        "curl command, column 45",
    ]


LEAD = {
    "Id": "7",
    "First Name": 'Zoë "Q"',
    "Last Name": "x y",
    "email": "zo+e@a.test",
    "Company Name": "Jack & Jill",
    "Postal Code": "01234",
    "Lead Score": 5.0,
    "Nick": "Zo",
    "trigger.Link": "https://b.test/",
    "Empty": "",
    "Flag": True,
}


@pytest.mark.parametrize(
    ("command", "parts"),
    [
        pytest.param(
            "curl 'https://a.test/7/x%20y?e=zo%2Be%40a.test&zip=01234&n=7x#7'",
            {
                "url": "https://a.test/{{lead.Id}}/{{lead.Last Name}}"
                "?e={{lead.Email Address}}&zip={{lead.Postal Code}}&n=7x#7",
                "request_token_encoding": "Form/Url",
                "request_type": "GET",
            },
            id="path-and-query",
        ),
        pytest.param(
            """curl https://a.test --json '{"id": 7, "no": "7", "zip": "01234",
            "first": "Zo\\u00eb \\"Q\\"", "score": 5, "Zo": "Zo", "t": true, "n": 70,
            "link": "https://b.test/", "co": "Jack & Jill", "d": "Dear Zo", "x": ""}'""",
            {
                "request_token_encoding": "JSON",
                "payload_template": '{"id": {{lead.Id}}, "no": "{{lead.Id}}", '
                '"zip": {{lead.Postal Code}},\n            "first": {{lead.First Name}}, '
                '"score": {{lead.Lead Score}}, "Zo": {{lead.Nick}}, "t": true, "n": 70,\n'
                '            "link": {{trigger.Link}}, "co": {{company.Company Name}}, '
                '"d": "Dear Zo", "x": ""}',
            },
            id="json",
        ),
        pytest.param(
            "curl https://a.test -d 'n=x+y&m=Zo&co=Jack%20%26%20Jill&s'",
            {
                "request_token_encoding": "Form/Url",
                "payload_template": "n={{lead.Last Name}}&m={{lead.Nick}}"
                "&co={{company.Company Name}}&s",
            },
            id="form",
        ),
        pytest.param(
            "curl 'https://a.test/x%20y/Zo?a=x+y' -H 'Content-Type: text/xml' "
            "-d '<a><b>Zo</b><c>Jack &amp; Jill</c><d e=\"Zo\"/></a>'",
            {
                "request_token_encoding": "None",
                "url": "https://a.test/x%20y/{{lead.Nick}}?a=x+y",
                "payload_template": "<a><b>{{lead.Nick}}</b><c>Jack &amp; Jill</c>"
                '<d e="Zo"/></a>',
            },
            id="xml-and-what-none-can-hold",
        ),
        pytest.param(
            "curl https://a.test -H 'Content-Type: text/plain' -d Zo",
            {"request_token_encoding": "None", "payload_template": "{{lead.Nick}}"},
            id="text",
        ),
        pytest.param(
            "curl https://a.test -H 'X-Id: 7' -H 'Authorization: Zo'",
            {"custom_headers": (("X-Id", "{{lead.Id}}"), ("Authorization", "Zo"))},
            id="headers",
        ),
        pytest.param(
            'curl https://a.test --json "{\\"k\\": \\"$KEY\\", \\"n\\": \\"Zo\\"}"',
            {
                "request_token_encoding": "JSON",
                "payload_template": '{"k": {{secret.KEY}}, "n": {{lead.Nick}}}',
            },
            id="variable-alone-in-a-string",
        ),
        pytest.param(
            'curl https://a.test --json "{\\"k\\": \\"x $KEY\\", \\"n\\": \\"Zo\\", '
            '\\"e\\": \\"Zo\\u00eb \\\\\\"Q\\\\\\"\\"}"',
            {
                "request_token_encoding": "None",
                "payload_template": '{"k": "x {{secret.KEY}}", "n": "{{lead.Nick}}", '
                r'"e": "Zo\\u00eb \\"Q\\""}',
            },
            id="variable-in-a-longer-string",
        ),
    ],
)
def test_tokens_are_proposed_for_a_leads_values(
    command: str, parts: Mapping[str, object]
) -> None:
    """Where a value fills its whole place, and where the token gives the same again."""
    hook = Webhook.from_curl(command, LEAD)
    assert {name: getattr(hook, name) for name in parts} == parts


def test_of_equal_values_the_name_decides() -> None:
    """The field whose name is that of the place; else the first."""
    lead = {"Billing City": "Rom", "City": "Rom"}
    hook = Webhook.from_curl("curl 'https://a.test/?city=Rom&town=Rom'", lead)
    assert hook.url == "https://a.test/?city={{lead.City}}&town={{lead.Billing City}}"


def test_declared_fields_have_their_names_and_types() -> None:
    """A custom number is written bare, under its label."""
    fields = Fields({"Tier": "integer"})
    hook = Webhook.from_curl(
        "curl https://a.test --json '{\"tier\": 3}'", {"tier": "3"}, fields=fields
    )
    assert hook.payload_template == '{"tier": {{lead.Tier}}}'


def test_without_a_lead_nothing_is_replaced() -> None:
    """The command's text becomes the template as it is, its backslashes doubled."""
    hook = Webhook.from_curl(r"""curl https://a.test/7 --json '{"a": "b\n\"7\""}'""")
    assert hook.url == "https://a.test/7"
    assert hook.payload_template == r'{"a": "b\\n\\"7\\""}'


def test_what_was_left_out_is_told_in_the_description() -> None:
    """So that nobody misses it later."""
    hook = Webhook.from_curl("curl -L https://a.test")
    assert hook.description == (
        "Made from a curl command; --location was left out: redirects are not "
        "followed, as in Marketo."
    )


@pytest.mark.parametrize(
    ("command", "place"),
    [
        pytest.param("curl -X GET https://a.test -d a", "payload template", id="get"),
        pytest.param("curl -X TRACE https://a.test", "request type", id="method"),
        pytest.param("curl https://$HOST/", "url, host", id="host"),
        pytest.param(
            "curl https://a.test -H 'Upgrade: x'",
            "custom header 1 'Upgrade'",
            id="header",
        ),
    ],
)
def test_what_no_webhook_may_have_is_a_fault_of_the_webhook(
    command: str, place: str
) -> None:
    """A command that curl would run may still be none for Marketo."""
    with pytest.raises(InvalidDefinition) as caught:
        Webhook.from_curl(command)
    assert [fault.place for fault in caught.value.faults] == [place]


@settings(max_examples=200)
@given(text=st.text(alphabet="curl -dHXGFu@:'\"\\{}&=a.$ \n", max_size=60))
def test_any_text_is_a_webhook_or_our_own_error(text: str) -> None:
    """Nothing else comes out, whatever is pasted."""
    try:
        found = Webhook.from_curl(f"curl {text}", LEAD).to_json()
    except InvalidDefinition as error:
        found = str(error)
    assert found


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param(7, "7", id="int"),
        pytest.param(7.0, "7", id="whole-float"),
        pytest.param(7.25, "7.25", id="float"),
        pytest.param(np.int64(7), "7", id="numpy"),
        pytest.param(Decimal("1.50"), "1.50", id="decimal"),
        pytest.param(date(2026, 1, 2), "2026-01-02", id="date"),
        pytest.param(
            datetime(2026, 1, 2, 3, 4, tzinfo=UTC), "2026-01-02 03:04:00", id="t"
        ),
    ],
)
def test_values_of_every_kind_are_recognised(value: object, text: str) -> None:
    """By the text that is sent for them."""
    hook = Webhook.from_curl(f"curl 'https://a.test/?v={text}'", {"V": value})
    assert hook.url == "https://a.test/?v={{lead.V}}"


@pytest.mark.parametrize("value", [None, float("nan"), pd.NaT, pd.NA, True, [7], ""])
def test_values_that_no_literal_stands_for_are_passed_over(value: object) -> None:
    """Nothing is proposed for them."""
    url = "https://a.test/?v=&w=nan&x=NaT&y=True&z=None"
    assert Webhook.from_curl(f"curl '{url}'", {"V": value}).url == url


def test_a_string_that_is_no_json_is_left_alone() -> None:
    """A body that only says that it is JSON keeps its text."""
    hook = Webhook.from_curl(
        "curl https://a.test -H 'Content-Type: application/json' -d '{\"a\": \"\\q\"}'",
        {"First Name": "q"},
    )
    assert hook.payload_template == r'{"a": "\\q"}'
