"""Marketo's rules for webhooks, one row each: what goes on the wire, what is written.

The ids are the sections of Marketo's behaviour: 1 what a webhook is made of, 2 when it
runs, 3 tokens, 4 encoding, 5 transport, 6 errors, 7 response mappings, 8 fields.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest

import nbwebhook as nw
from nbwebhook.clock import ManualClock
from nbwebhook.definition.context import Context
from nbwebhook.definition.fields import Fields, FieldType
from nbwebhook.definition.webhook import Webhook
from nbwebhook.errors import InvalidDefinition
from nbwebhook.mapping.mapper import Mapper
from nbwebhook.mapping.targets import resolve_targets
from nbwebhook.render.leads import Column, LeadBlock
from nbwebhook.render.renderer import Renderer
from nbwebhook.render.request import Request
from nbwebhook.transport.base import Response, Timing
from tests.servers import RawServer, always, http_response

make: Callable[..., Webhook] = Webhook
NOON = datetime(2013, 8, 8, 23, 36, 13, tzinfo=UTC)
LEAD: dict[str, Any] = {
    "Id": "7",
    "First Name": 'Zo\u00eb "Q"\nX',
    "Last Name": "Lima",
    "Email Address": "zo+e@a.test",
    "Company Name": "Jack & Jill",
    "Billing City": "Oslo",
    "Lead Score": "12",
    "Unsubscribed": "FALSE",
    "Postal Code": "00501",
    "Num Employees": "",
    "Do Not Call": "",
    "Date of Birth": date(1990, 2, 3),
    "Seen": datetime(2010, 11, 11, 11, 11, 11),  # noqa: DTZ001 - as a frame may have it
    "Misc - Ops Field: String 01": "misc",
    "Stra\u00dfe": "road",
    "trigger.Link": "https://l.test/?a=1",
}
RUN = {
    "my": {
        "Text": "a & b",
        "Day": date(2016, 5, 23),
        "Number": -3,
        "Html": "<b>x</b>",
    },
    "program": {"name": "P", "id": 11},
    "campaign": {"id": 987},
    "trigger": {"Trigger Name": "Fills Out Form", "Web Page": "/p", "Subject": "no"},
    "member": {"webinar url": "https://w.test"},
    "social": {"Promo Code": "AB"},
    "time_zone": "America/Los_Angeles",
}


def _render(parts: Mapping[str, object], lead: Mapping[str, Any] = LEAD) -> Request:
    columns = tuple(Column(name, [value]) for name, value in lead.items())
    renderer = Renderer(
        make(**{"url": "https://a.test/", **parts}),
        columns=list(lead),
        fields=Fields(),
        context=Context(**RUN),  # type: ignore[arg-type]  # scopes by name
        clock=ManualClock(NOON),
    )
    [found] = renderer.render(LeadBlock(0, ["7"], columns))
    assert isinstance(found, Request), found
    return found


def _row(id_: str, template: str, body: str) -> Any:  # noqa: ANN401 - a parameter set
    return pytest.param(template, body, id=id_)


@pytest.mark.parametrize(
    ("template", "body"),
    [
        _row("3.2-display-name", "{{lead.Last Name}}", '"Lima"'),
        _row("3.2-default-unused", "{{lead.Last Name:default=x}}", '"Lima"'),
        _row("3.2-default", "{{lead.City:default=some where}}", '"some where"'),
        _row("3.2-default-of-nothing", "{{lead.City:default=}}", '""'),
        _row("3.2-edit-me-is-text", "{{lead.City:default=edit me}}", '"edit me"'),
        _row("3.2-malformed", "{{lead.Company=edit me}}", '""'),
        _row("3.2-any-case", "{{Lead.last name}}{{LEAD.LAST NAME}}", '"Lima""Lima"'),
        _row("3.2-custom-field", "{{lead.Seen}}", '"2010-11-11 11:11:11"'),
        _row("3.2-api-names", "{{lead.LastName}}{{lead.lastName}}", '"Lima""Lima"'),
        _row("3.2-colon-and-dash", "{{lead.Misc - Ops Field: String 01}}", '"misc"'),
        _row("3.2-non-ascii", "{{lead.Stra\u00dfe}}", '"road"'),
        _row("3.3-id", "{{lead.Id}}", "7"),
        _row("3.3-full-name", "{{lead.Full Name}}", '"Zo\u00eb \\"Q\\"\\nX Lima"'),
        _row("3.3-known-but-empty", "{{lead.SFDC Type}}", '""'),
        _row("3.3-company", "{{company.Company Name}}", '"Jack & Jill"'),
        _row("3.3-company-address", "{{company.City}}", '"Oslo"'),
        _row("3.3-campaign", "{{campaign.id}}", "987"),
        _row("3.3-program", "{{program.name}}, {{Program.ID}}", '"P", 11'),
        _row("3.3-my-text", "{{my.Text}}", '"a & b"'),
        _row("3.3-my-date", "{{my.Day}}", '"2016-05-23"'),
        _row("3.3-my-number", "{{my.Number}}", "-3"),
        _row("3.3-my-rich-text", "{{my.Html}}", '"<b>x</b>"'),
        _row("3.3-deleted-my-token", "{{my.Gone}}", '""'),
        _row("3.3-member", "{{member.webinar url}}", '"https://w.test"'),
        _row("3.3-social", "{{social.Promo Code}}", '"AB"'),
        _row("3.3-no-dot", "{{SP_Send_Alert_Info}}", '""'),
        _row("3.4-date", "{{system.date}}", '"Aug 08, 2013"'),
        _row("3.4-time", "{{system.time}}", '"04:36 PM (GMT -0700)"'),
        _row("3.4-date-time", "{{system.dateTime}}", '"2013-08-08 16:36:13"'),
        _row("3.4-links-are-for-emails", "{{system.unsubscribeLink}}", '""'),
        _row("3.5-trigger", "{{trigger.Web Page}}", '"/p"'),
        _row("3.5-trigger-name", "{{trigger.Trigger Name}}", '"Fills Out Form"'),
        _row("3.5-does-not-apply", "{{trigger.Subject}}", '""'),
        _row("3.5-from-a-column", "{{trigger.Link}}", '"https://l.test/?a=1"'),
        _row("4.1-text-is-quoted", '{"e": {{lead.Email Address}}}', '{"e": "zo+e@a.test"}'),
        _row("4.1-wrapped", '"{{lead.Last Name}}"', '""Lima""'),
        _row("4.1-escaped", "{{lead.First Name}}", '"Zo\u00eb \\"Q\\"\\nX"'),
        _row("4.1-number", '{"s": {{lead.Lead Score}}}', '{"s": 12}'),
        _row("4.1-boolean", "{{lead.Unsubscribed}}", "false"),
        _row("4.1-digits-in-text", "{{lead.Postal Code}}", '"00501"'),
        _row("4.1-date", "{{lead.Date of Birth}}", '"1990-02-03"'),
        _row("4.1-date-and-time", "{{lead.Seen}}", '"2010-11-11 11:11:11"'),
        _row("4.1-empty-text", "{{lead.State}}", '""'),
        _row("4.1-empty-number", "[{{lead.Num Employees}}]", "[]"),
        _row("4.1-empty-boolean", "[{{lead.Do Not Call}}]", "[]"),
        _row("4.1-default-number", "{{lead.Num Employees:default=0}}", "0"),
        _row("4.1-default-boolean", "{{lead.Do Not Call:default=false}}", "false"),
        _row("4.1-key", "{ {{lead.Last Name}}: {} }", '{ "Lima": {} }'),
        _row("4.1-in-a-string", '"Hello {{lead.Last Name}}"', '"Hello "Lima""'),
        _row("4.1-number-in-a-string", '"no {{campaign.id}}"', '"no 987"'),
        _row("4.4-escapes", r"\t\\n\"\'", "\t\\n\"'"),
        _row("4.4-doubled-for-one", r'"\\n"', r'"\n"'),
        _row("4.4-four-for-two", r"\\\\", r"\\"),
        _row("4.4-values-are-not-parsed", r"{{my.Text}}\n", '"a & b"\n'),
    ],
)  # fmt: skip
def test_a_payload_under_json(template: str, body: str) -> None:
    """The payload of one lead with the encoding JSON, to the byte."""
    parts = {"payload_template": template, "request_token_encoding": "JSON"}
    assert _render(parts).body == body.encode()


@pytest.mark.parametrize(
    ("encoding", "template", "body"),
    [
        pytest.param("Form/Url", "n={{my.Text}}", "n=a+%26+b", id="4.2-space-is-plus"),
        pytest.param(
            "Form/Url", "e={{lead.Email Address}}", "e=zo%2Be%40a.test", id="4.2-plus"
        ),
        pytest.param(
            "Form/Url",
            "From=%2B1 &n={{lead.Lead Score}}",
            "From=%2B1 &n=12",
            id="4.2-the-template-is-not-touched",
        ),
        pytest.param("Form/Url", "{{lead.Num Employees}}", "", id="4.2-empty"),
        pytest.param(
            "None",
            '{"a": "{{lead.First Name}}"}',
            '{"a": "Zo\u00eb "Q"\nX"}',
            id="4.3-raw",
        ),
        pytest.param(
            "None",
            "<a>{{company.Company Name}}</a>",
            "<a>Jack & Jill</a>",
            id="4.3-xml-is-raw-too",
        ),
    ],
)
def test_a_payload_under_the_other_encodings(
    encoding: str, template: str, body: str
) -> None:
    """The same under Form/Url and None."""
    parts = {"payload_template": template, "request_token_encoding": encoding}
    assert _render(parts).body == body.encode()


@pytest.mark.parametrize(
    ("encoding", "tail", "target"),
    [
        pytest.param("JSON", "a&b?c=%26&d", b"/a&b?c=%26&d", id="4.5-as-written"),
        pytest.param("JSON", "?n={{my.Text}}", b"/?n=a+%26+b", id="4.5-query-json"),
        pytest.param("Form/Url", "?n={{my.Text}}", b"/?n=a+%26+b", id="4.5-query-form"),
        pytest.param("JSON", "{{my.Text}}", b"/a%20%26%20b", id="4.5-path"),
        pytest.param(
            "None", "?n={{lead.Email Address}}", b"/?n=zo+e@a.test", id="4.5-none"
        ),
    ],
)
def test_a_url(encoding: str, tail: str, target: bytes) -> None:
    """Literal characters as written, values by the encoding and the place."""
    parts = {"url": f"https://a.test/{tail}", "request_token_encoding": encoding}
    assert _render(parts).target == target


@pytest.mark.parametrize(
    ("parts", "method", "body"),
    [
        pytest.param({"request_type": "GET"}, "GET", None, id="1-get"),
        pytest.param(
            {"request_type": "POST"}, "POST", b"", id="1-post-without-template"
        ),
        pytest.param(
            {"request_type": "PUT", "payload_template": "x"}, "PUT", b"x", id="1-put"
        ),
        pytest.param(
            {"request_type": "PATCH", "payload_template": "x"},
            "PATCH",
            b"x",
            id="1-patch",
        ),
        pytest.param({"request_type": "DELETE"}, "DELETE", None, id="1-delete"),
    ],
)
def test_request_types(
    parts: dict[str, object], method: str, body: bytes | None
) -> None:
    """All five of the form; GET alone has no template."""
    request = _render(parts)
    assert (request.method, request.body) == (method, body)


def test_a_template_with_get_is_refused() -> None:
    """Section 1: the form has no box for it."""
    with pytest.raises(InvalidDefinition, match="a GET request has none"):
        make(url="https://a.test/", request_type="GET", payload_template="x")


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param({"request_token_encoding": "UTF-8"}, id="1-three-encodings"),
        pytest.param({"response_type": "CSV"}, id="1-three-response-types"),
        pytest.param({"payload_template": r"\s"}, id="4.4-other-escapes"),
        pytest.param({"response_mappings": {"a.$b": "City"}}, id="7-signs-of-a-key"),
        pytest.param({"response_mappings": {"a@b": "City"}}, id="7-no-xml-attributes"),
        pytest.param(
            {"response_mappings": {"a['b']": "City"}}, id="7-index-is-a-number"
        ),
    ],
)
def test_what_the_form_does_not_take_is_refused(parts: dict[str, object]) -> None:
    """One fault each."""
    with pytest.raises(InvalidDefinition) as caught:
        make(**{"url": "https://a.test/", **parts})
    assert len(caught.value.faults) == 1


def test_headers_hold_tokens_raw() -> None:
    """Section 1: any number of pairs, values with tokens, whatever the encoding."""
    request = _render(
        {
            "custom_headers": [("A", "{{lead.Email Address}}"), ("B", "x"), ("A", "y")],
            "request_token_encoding": "JSON",
        }
    )
    assert request.headers == ((b"A", b"zo+e@a.test"), (b"B", b"x"), (b"A", b"y"))


def _map(kind: str, attribute: str, field: str, body: str) -> tuple[str, object]:
    hook = make(
        url="https://a.test/", response_type=kind, response_mappings={attribute: field}
    )
    targets = resolve_targets(hook, columns={}, fields=Fields(TYPES), key_column=None)
    response = Response(200, "OK", (), body.encode(), timing=Timing())
    [change] = Mapper(hook, targets).map_response(response, [None]).changes
    return str(change.fate), change.new_value


TYPES = {
    "A String": "string",
    "An Area": "text_area",
    "An Integer": "integer",
    "A Float": "float",
    "A Boolean": "boolean",
    "A Date": "date",
    "A Time": "datetime",
    "A Percent": "percent",
    "A Currency": "currency",
    "A Score": "score",
    "A Url": "url",
    "A Phone": "phone",
    "An Email": "email",
    "A Reference": "reference",
}
MISFIT = ("type_mismatch", None)


@pytest.mark.parametrize(
    ("kind", "attribute", "field", "body", "found"),
    [
        pytest.param("JSON", "foo", "City", '{"foo": "bar"}', ("written", "bar"), id="7-key"),
        pytest.param(
            "JSON", "orders[0].orderDate", "A Date", '{"orders": [{"orderDate": "2026-01-02"}]}',
            ("written", date(2026, 1, 2)), id="7-dots-and-index",
        ),
        pytest.param(
            "JSON", "a-b_c d", "City", '{"a-b_c d": "x"}', ("written", "x"), id="7-key-signs"
        ),
        pytest.param("JSON", "[0].x", "City", '[{"x": "y"}]', ("written", "y"), id="7-array"),
        pytest.param(
            "XML", "example.foo", "City", "<example><foo>bar</foo></example>",
            ("written", "bar"), id="7-xml-from-the-root",
        ),
        pytest.param(
            "XML", "foo", "City", "<example><foo>bar</foo></example>",
            ("missing", None), id="7-xml-root-is-named",
        ),
        pytest.param(
            "XML", "list.element[1].foo", "City",
            "<list><element/><element><foo>b</foo></element></list>",
            ("written", "b"), id="7-xml-siblings",
        ),
        pytest.param(
            "XML", "list.element[0]", "City", "<list><element>a</element></list>",
            ("written", "a"), id="7-xml-list-of-one",
        ),
        pytest.param(
            "XML", "s:a.s:b", "City", '<s:a xmlns:s="u"><s:b>x</s:b></s:a>',
            ("written", "x"), id="7-xml-prefix",
        ),
        pytest.param("JSON", "a", "An Integer", '{"a": "42"}', MISFIT, id="7-string-to-integer"),
        pytest.param("JSON", "a", "City", "{}", ("missing", None), id="7-missing"),
        pytest.param("JSON", "a", "City", '{"a": null}', ("null", None), id="7-null"),
        pytest.param("JSON", "a", "City", '{"a": {}}', ("not_scalar", None), id="7-object"),
        pytest.param("JSON", "a", "City", '{"a": []}', ("not_scalar", None), id="7-list"),
        pytest.param("JSON", "a", "A String", '{"a": 42}', ("written", "42"), id="8-number-as-text"),
        pytest.param(
            "JSON", "a", "A String", f'{{"a": "{"x" * 255}"}}', ("written", "x" * 255),
            id="8-255-characters",
        ),
        pytest.param(
            "JSON", "a", "A String", f'{{"a": "{"x" * 256}"}}', ("too_long", None),
            id="8-256-characters",
        ),
        pytest.param(
            "JSON", "a", "An Area", f'{{"a": "{"x" * 30_000}"}}', ("written", "x" * 30_000),
            id="8-30000-bytes",
        ),
        pytest.param(
            "JSON", "a", "An Area", f'{{"a": "{chr(0xE9) * 15_001}"}}', ("too_long", None),
            id="8-30002-bytes",
        ),
        pytest.param("JSON", "a", "An Integer", '{"a": 1.0}', ("written", 1), id="8-whole"),
        pytest.param("JSON", "a", "An Integer", '{"a": 1.5}', MISFIT, id="8-fraction"),
        pytest.param(
            "JSON", "a", "An Integer", '{"a": 2147483647}', ("written", 2**31 - 1), id="8-32-bits"
        ),
        pytest.param("JSON", "a", "An Integer", '{"a": 2147483648}', MISFIT, id="8-33-bits"),
        pytest.param(
            "JSON", "a", "A Float", '{"a": 1.50}', ("written", Decimal("1.50")), id="8-float"
        ),
        pytest.param(
            "JSON", "a", "A Currency", '{"a": 10000000}', ("written", 10_000_000), id="8-currency"
        ),
        pytest.param("JSON", "a", "A Percent", '{"a": 50}', ("written", 50), id="8-percent"),
        pytest.param("JSON", "a", "A Score", '{"a": 5}', ("written", 5), id="8-score"),
        pytest.param("JSON", "a", "A Score", '{"a": "+5"}', MISFIT, id="8-relative-score"),
        pytest.param("JSON", "a", "A Boolean", '{"a": true}', ("written", True), id="8-boolean"),
        pytest.param("XML", "a", "A Boolean", "<a>false</a>", ("written", False), id="8-xml-boolean"),
        pytest.param("JSON", "a", "A Boolean", '{"a": "true"}', MISFIT, id="8-text-is-no-boolean"),
        pytest.param(
            "JSON", "a", "A Date", '{"a": "2026-01-02"}', ("written", date(2026, 1, 2)), id="8-date"
        ),
        pytest.param(
            "JSON", "a", "A Time", '{"a": "2016-08-28T02:21:00"}',
            ("written", datetime(2016, 8, 28, 2, 21, tzinfo=UTC)), id="8-time-without-zone",
        ),
        pytest.param(
            "JSON", "a", "A Time", '{"a": "2016-08-28T02:21:00+02:00"}',
            ("written", datetime(2016, 8, 28, 0, 21, tzinfo=UTC)), id="8-time-with-zone",
        ),
        pytest.param(
            "JSON", "a", "A Url", '{"a": "https://x.test"}', ("written", "https://x.test"),
            id="8-url",
        ),
        pytest.param("JSON", "a", "A Phone", '{"a": "+49"}', ("written", "+49"), id="8-phone"),
        pytest.param("JSON", "a", "An Email", '{"a": "a@b"}', ("written", "a@b"), id="8-email"),
        pytest.param("JSON", "a", "A Reference", '{"a": 7}', ("written", 7), id="8-reference"),
        pytest.param("XML", "a", "An Integer", "<a>42</a>", ("written", 42), id="8-xml-is-text"),
    ],
)  # fmt: skip
def test_a_response_mapping(
    kind: str, attribute: str, field: str, body: str, found: tuple[str, object]
) -> None:
    """What becomes of one value: its fate, and what is written."""
    assert _map(kind, attribute, field, body) == found


def test_of_two_mappings_to_one_field_the_last_wins() -> None:
    """Section 7: not stated by Marketo; decided, and told by a check."""
    hook = make(url="https://a.test/", response_mappings=[("a", "City"), ("b", "City")])
    targets = resolve_targets(hook, columns={}, fields=Fields(), key_column=None)
    response = Response(200, "OK", (), b'{"a": "x", "b": "y"}', timing=Timing())
    changes = Mapper(hook, targets).map_response(response, [None, None]).changes
    assert [(str(c.fate), c.new_value) for c in changes] == [
        ("unchanged", None),
        ("written", "y"),
    ]


@pytest.mark.parametrize(
    ("name", "field_type", "found_by"),
    [
        pytest.param("Email", FieldType.EMAIL, "soap", id="soap-name"),
        pytest.param("DateofBirth", FieldType.DATE, "soap", id="odd-soap-name"),
        pytest.param(
            "Marketo Jigsaw Contact Id",
            FieldType.STRING,
            "soap",
            id="soap-name-with-spaces",
        ),
        pytest.param("leadScore", FieldType.SCORE, "rest", id="rest-name"),
        pytest.param("Lead Score", FieldType.SCORE, "label", id="label"),
        pytest.param("Something", None, "new", id="new-field"),
    ],
)
def test_a_field_is_found_by_any_of_its_names(
    name: str, field_type: FieldType | None, found_by: str
) -> None:
    """Section 7 and 8: by SOAP name as Marketo wants it, by the others with a warning."""
    hook = make(url="https://a.test/", response_mappings={"a": name})
    [target] = resolve_targets(hook, columns={}, fields=Fields(), key_column=None)
    assert (target.field.type, target.found_by) == (field_type, found_by)


def test_the_standard_fields_are_all_there() -> None:
    """Section 8: 83 of Adobe's list, and Id and Full Name, of which tokens speak."""
    fields = list(Fields())
    assert len(fields) == 85
    with_soap = [field for field in fields if field.soap_name]
    assert len(with_soap) == 69
    read_only = {field.label for field in fields if field.is_read_only}
    assert {"Created At", "Marketo Social Gender", "Is Anonymous"} <= read_only
    assert not read_only & {"Email Address", "Lead Score", "Unsubscribed"}


@pytest.mark.parametrize("name", ["Created At", "MarketoSocialGender", "urgency"])
def test_fields_of_marketo_alone_are_refused(name: str) -> None:
    """Section 8: read-only and system-managed fields are no targets."""
    hook = make(url="https://a.test/", response_mappings={"a": name})
    with pytest.raises(InvalidDefinition, match="written by Marketo alone"):
        resolve_targets(hook, columns={}, fields=Fields(), key_column=None)


LEADS = pd.DataFrame({"Id": ["1", "2"], "City": ["Oslo", "Rom"]})


@pytest.mark.parametrize(
    ("answer", "outcome", "error_type", "code"),
    [
        pytest.param(b"200 OK", "updated", "", 0, id="5-2xx-is-mapped"),
        pytest.param(b"202 Accepted", "updated", "", 0, id="5-any-2xx-is-mapped"),
        pytest.param(
            b"302 Found", "failed", "Found", 0, id="5-redirects-are-not-followed"
        ),
        pytest.param(b"404 Not Found", "failed", "Not Found", 0, id="6-4xx"),
        pytest.param(
            b"500 Oh no", "failed", "Oh no", 0, id="6-error-type-is-the-phrase"
        ),
    ],
)
def test_only_2xx_updates(
    raw_server: Callable[..., RawServer],
    answer: bytes,
    outcome: str,
    error_type: str,
    code: int,
) -> None:
    """Sections 5 and 6: one call a lead, never repeated, fields on 2xx alone."""
    server = raw_server(always(http_response(b'{"c": "x"}', answer, [b"Location: /x"])))
    hook = make(url=server.url, response_mappings={"c": "City"})
    result = nw.run(hook, LEADS, progress=False)
    assert set(result.calls["outcome"]) == {outcome}
    assert set(result.calls["error_type"].fillna("")) == {error_type}
    assert set(result.calls["error_code"].fillna(0)) == {code}
    assert len(server.requests) == len(LEADS)
    assert len(result.updates) == (len(LEADS) if outcome == "updated" else 0)


@pytest.mark.parametrize("status", [b"200 OK", b"204 No Content"])
def test_an_empty_body_is_1001(
    raw_server: Callable[..., RawServer], status: bytes
) -> None:
    """Section 6: no field changes, and nothing failed."""
    server = raw_server(always(http_response(b"", status)))
    hook = make(url=server.url, response_mappings={"c": "City"})
    result = nw.run(hook, LEADS, progress=False)
    assert set(result.calls["error_code"]) == {1001}
    assert set(result.calls["outcome"]) == {"no_update"}


def test_a_batch_campaign_is_1000(raw_server: Callable[..., RawServer]) -> None:
    """Section 2: every lead has the error, and nothing is sent."""
    server = raw_server(always(http_response(b"{}")))
    result = nw.run(make(url=server.url), LEADS, campaign="batch", progress=False)
    assert set(result.calls["error_code"]) == {1000}
    assert len(result.calls) == len(LEADS)
    assert not server.requests


def test_nothing_is_added_to_the_request(raw_server: Callable[..., RawServer]) -> None:
    """Section 5: no Content-Type comes by itself; the payload is the template's."""
    server = raw_server(always(http_response(b"{}")))
    nw.run(
        make(url=f"{server.url}/x?a=%2b", payload_template='{"a": 1}'),
        LEADS.head(1),
        progress=False,
    )
    [received] = server.requests
    assert received.target == b"/x?a=%2b"
    assert received.body == b'{"a": 1}'
    names = {line.partition(b":")[0].lower() for line in received.header_lines}
    assert names == {b"host", b"user-agent", b"accept", b"content-length"}
