"""Each rule of the linter: what it finds, where, for whom, and what it leaves alone."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from nbwebhook.definition.context import Context
from nbwebhook.lint.findings import Finding, Findings

Check = Callable[..., Findings]
Facts = Callable[[Findings, str], list[tuple[str, str, int]]]
OfRule = Callable[[Findings, str], list[Finding]]
Parts = Mapping[str, object]
Leads = Mapping[str, list[Any]]

JSON = {"request_token_encoding": "JSON"}
FORM = {"request_token_encoding": "Form/Url"}
NONE = {"request_token_encoding": "None"}
THREE: Leads = {
    "Id": ["a", "b", "c"],
    "First Name": ["Zoe", "", "Al"],
    "Email Address": ["z+e@a.test", "b@a.test", ""],
    "Company Name": ["Jack & Jill", 'The "Q"', "Plain"],
    "Lead Score": ["7", "", "9"],
    "Notes": ["a\nb", "c", "100%"],
}


def _json(template: str, **parts: object) -> dict[str, object]:
    return {"payload_template": template, **JSON, **parts}


def _raw(template: str, **parts: object) -> dict[str, object]:
    return {"payload_template": template, **NONE, **parts}


def _url(tail: str, **parts: object) -> dict[str, object]:
    return {"url": f"https://a.test/{tail}", **parts}


TEMPLATE = "payload template"


@pytest.mark.parametrize(
    ("rule", "parts", "leads", "found"),
    [
        # Tokens
        pytest.param(
            "unknown-token",
            _json('{"a": {{lead.Frist Name}}}'),
            THREE,
            [("error", f"{TEMPLATE}, column 7", 0)],
            id="unknown-token",
        ),
        pytest.param(
            "unknown-token",
            _json('{"a": {{lead.Segment}}, "b": {{nope.X}}}'),
            None,
            [
                ("error", f"{TEMPLATE}, column 30", 0),
                ("warning", f"{TEMPLATE}, column 7", 0),
            ],
            id="unknown-token-without-leads-may-be-custom",
        ),
        pytest.param(
            "unknown-token",
            _json('{"a": {{lead.First Name}}, "b": {{company.City}}, "c": {{my.X}}}'),
            THREE,
            [("error", f"{TEMPLATE}, column 56", 0)],
            id="known-tokens-are-none",
        ),
        pytest.param(
            "malformed-default",
            _json('{"a": {{lead.Company=edit me}}}'),
            THREE,
            [("warning", f"{TEMPLATE}, column 7", 0)],
            id="malformed-default",
        ),
        pytest.param(
            "unknown-token",
            _json('{"a": {{lead.Company=edit me}}}'),
            THREE,
            [],
            id="malformed-default-is-told-once",
        ),
        pytest.param(
            "ambiguous-token",
            _url("?a={{lead.first name}}"),
            {"Id": ["1"], "First Name": ["a"], "FIRST NAME": ["b"]},
            [("error", "url, column 19", 0)],
            id="ambiguous-token",
        ),
        pytest.param(
            "missing-secret",
            _url("?k={{secret.NBW_NONE}}", custom_headers={"X": "{{secret.NBW_NONE}}"}),
            THREE,
            [("error", "url, column 19", 0)],
            id="missing-secret",
        ),
        pytest.param(
            "edit-me",
            _json('{"a": {{lead.First Name:default=edit me}}}'),
            THREE,
            [("warning", f"{TEMPLATE}, column 7", 1)],
            id="edit-me",
        ),
        pytest.param(
            "edit-me",
            _raw("a={{lead.First Name:default=EditMe}}&b={{lead.Id:default=edit me}}"),
            THREE,
            [("warning", f"{TEMPLATE}, column 3", 1), ("note", f"{TEMPLATE}, column 40", 0)],
            id="edit-me-of-which-nobody-gets-one",
        ),
        pytest.param(
            "edit-me",
            _json('{"a": {{lead.First Name:default=please edit me}}}'),
            THREE,
            [],
            id="edit-me-in-other-words",
        ),
        pytest.param(
            "api-name",
            _json('{"a": {{lead.FirstName}}, "b": {{lead.email}}}'),
            THREE,
            [
                ("warning", f"{TEMPLATE}, column 7", 0),
                ("warning", f"{TEMPLATE}, column 32", 0),
            ],
            id="api-name",
        ),
        pytest.param(
            "blank-token",
            _json('{"a": {{lead.City}}, "b": {{program.name:default=x}}}'),
            THREE,
            [
                ("warning", f"{TEMPLATE}, column 7", 0),
                ("note", f"{TEMPLATE}, column 27", 0),
            ],
            id="blank-token",
        ),
        pytest.param(
            "blank-token",
            _json('{"a": {{lead.City}}}'),
            None,
            [],
            id="blank-token-needs-leads",
        ),
        pytest.param(
            "email-only-token",
            _json('{"a": {{system.unsubscribeLink}}}'),
            None,
            [("warning", f"{TEMPLATE}, column 7", 0)],
            id="email-only-token",
        ),
        # JSON
        pytest.param(
            "quoted-token",
            _json('{"a": "{{lead.First Name}}", "s": "{{lead.Lead Score}}"}'),
            THREE,
            [("error", f"{TEMPLATE}, column 8", 3)],
            id="quoted-token",
        ),
        pytest.param(
            "quoted-token",
            _json('{"a": "{{lead.First Name}}"}', beyond={"lenient_json_quotes": True}),
            THREE,
            [],
            id="quoted-token-with-lenient-quotes",
        ),
        pytest.param(
            "quoted-token",
            _raw('{"a": "{{lead.First Name}}"}'),
            THREE,
            [],
            id="quoted-token-under-none",
        ),
        pytest.param(
            "token-in-string",
            _json('{"a": "Dear {{lead.First Name}}", "n": "no {{lead.Lead Score}}"}'),
            THREE,
            [("error", f"{TEMPLATE}, column 13", 3)],
            id="token-in-string",
        ),
        pytest.param(
            "quoted-number",
            _json('{"s": "{{lead.Lead Score}}"}'),
            THREE,
            [("note", f"{TEMPLATE}, column 8", 0)],
            id="quoted-number",
        ),
        pytest.param(
            "empty-number",
            _json('{"s": {{lead.Lead Score}}, "t": {{lead.Lead Score:default=0}}}'),
            THREE,
            [("warning", f"{TEMPLATE}, column 7", 1)],
            id="empty-number",
        ),
        pytest.param(
            "empty-number",
            _json('{"s": {{lead.Lead Score}}, "i": {{lead.Id}}}'),
            None,
            [("note", f"{TEMPLATE}, column 7", 0)],
            id="empty-number-without-leads",
        ),
        pytest.param(
            "empty-number",
            _json('{"s": {{lead.Urgency}}}'),
            THREE,
            [("error", f"{TEMPLATE}, column 7", 0)],
            id="empty-number-for-everybody",
        ),
        pytest.param(
            "empty-number",
            _json('{"s": {{lead.Lead Score}}}', beyond={"empty_as_null": True}),
            THREE,
            [],
            id="empty-number-as-null",
        ),
        pytest.param(
            "bare-default",
            _json('{"s": {{lead.Lead Score:default=edit me}}}'),
            THREE,
            [("warning", f"{TEMPLATE}, column 7", 1)],
            id="bare-default",
        ),
        pytest.param(
            "bare-default",
            _json('{"s": {{lead.Lead Score:default=none}}}'),
            None,
            [("error", f"{TEMPLATE}, column 7", 0)],
            id="bare-default-without-leads",
        ),
        pytest.param(
            "template-not-json",
            _json('{"a": {{lead.First Name}},}'),
            THREE,
            [("error", TEMPLATE, 0)],
            id="template-not-json",
        ),
        pytest.param(
            "template-not-json",
            _json('{"a": "{{lead.First Name}}"}'),
            THREE,
            [],
            id="a-quoted-token-is-no-mistake-of-the-template",
        ),
        pytest.param(
            "template-not-json",
            _json('{ {{lead.Lead Score}}: 1}'),
            None,
            [("error", TEMPLATE, 0)],
            id="a-number-is-no-key",
        ),
        pytest.param(
            "body-not-json",
            _json('{ {{lead.Tier}}: 1}'),
            {"Id": ["a", "b"], "Tier": [1, "x"]},
            [("warning", TEMPLATE, 1)],
            id="body-not-json",
        ),
        pytest.param(
            "raw-json",
            _raw('{"a": "{{lead.First Name}}"}'),
            None,
            [("warning", f"{TEMPLATE}, column 8", 0)],
            id="raw-json",
        ),
        pytest.param(
            "raw-json-value",
            _raw('{"a": "{{company.Company Name}}", "b": "{{lead.Notes}}", '
                 '"c": "{{lead.Id}}"}'),
            THREE,
            [
                ("warning", f"{TEMPLATE}, column 8", 1),
                ("warning", f"{TEMPLATE}, column 41", 1),
            ],
            id="raw-json-value",
        ),
        pytest.param(
            "raw-json-value",
            _raw('{"a": "{{lead.X}}"}'),
            {"Id": ["a"], "X": ['"']},
            [("error", f"{TEMPLATE}, column 8", 1)],
            id="raw-json-value-of-everybody",
        ),
        pytest.param(
            "unquoted-token",
            _raw('{"a": {{lead.First Name}}, "s": {{lead.Id}}}'),
            {"Id": ["1", "2"], "First Name": ["Zoe", '"Al"']},
            [("warning", f"{TEMPLATE}, column 7", 1)],
            id="unquoted-token",
        ),
        pytest.param(
            "unquoted-token",
            _raw('{"doc": {{lead.Document}}}'),
            {"Id": ["1"], "Document": ['{"a": 1}']},
            [],
            id="unquoted-document",
        ),
        pytest.param(
            "unquoted-token",
            _raw("{{lead.Doc}}", custom_headers={"Content-Type": "application/json"}),
            {"Id": ["1"], "Doc": ["no document"]},
            [("warning", f"{TEMPLATE}, column 1", 1)],
            id="a-document-held-ready-that-is-none",
        ),
        # Forms and XML
        pytest.param(
            "raw-form",
            _raw("a={{lead.First Name}}"),
            THREE,
            [("warning", f"{TEMPLATE}, column 3", 0)],
            id="raw-form",
        ),
        pytest.param(
            "raw-form-value",
            _raw("c={{company.Company Name}}&n={{lead.Notes}}&e={{lead.Email Address}}"),
            THREE,
            [("warning", f"{TEMPLATE}, column 3", 1)],
            id="raw-form-value",
        ),
        pytest.param(
            "raw-form-value",
            _raw("x={{lead.X}}"),
            {"Id": ["1", "2", "3"], "X": ["100%", "%41", "a=b"]},
            [("warning", f"{TEMPLATE}, column 3", 1)],
            id="raw-form-value-that-reads-back-is-none",
        ),
        pytest.param(
            "plus-under-none",
            _raw("e={{lead.Email Address}}", url="https://a.test/?e={{lead.Email Address}}"),
            THREE,
            [
                ("warning", "url, column 19", 1),
                ("warning", f"{TEMPLATE}, column 3", 1),
            ],
            id="plus-under-none",
        ),
        pytest.param(
            "plus-under-none",
            {"payload_template": "e={{lead.Email Address}}", **FORM},
            THREE,
            [],
            id="plus-under-form-url",
        ),
        pytest.param(
            "json-in-form",
            {"payload_template": 'p={"a": "{{lead.First Name}}"}', **FORM},
            None,
            [("warning", f"{TEMPLATE}, column 10", 0)],
            id="json-in-form",
        ),
        pytest.param(
            "space-in-form",
            _raw("a={{lead.Id}} &b=1& c=2"),
            None,
            [("warning", TEMPLATE, 0)],
            id="space-in-form",
        ),
        pytest.param(
            "raw-xml",
            _raw("<a>{{lead.First Name}}</a>"),
            None,
            [("warning", f"{TEMPLATE}, column 4", 0)],
            id="raw-xml",
        ),
        pytest.param(
            "raw-xml-value",
            _raw("<a>{{company.Company Name}}</a>"),
            THREE,
            [("warning", f"{TEMPLATE}, column 4", 1)],
            id="raw-xml-value",
        ),
        pytest.param(
            "raw-xml-value",
            _raw("<a>{{company.Company Name}}</a>", beyond={"xml_escape": True}),
            THREE,
            [],
            id="escaped-xml-value",
        ),
        pytest.param(
            "template-not-xml",
            _raw("<a>{{lead.First Name}}</b>"),
            None,
            [("error", TEMPLATE, 0)],
            id="template-not-xml",
        ),
        pytest.param(
            "template-not-xml",
            _raw("<a x='{{lead.Id}}'>{{lead.First Name}}</a>"),
            None,
            [],
            id="good-xml",
        ),
        pytest.param(
            "encoding-mismatch",
            {"payload_template": '{"a": {{lead.Id}}}', **FORM},
            None,
            [("warning", f"{TEMPLATE}, column 7", 0)],
            id="json-under-form-url",
        ),
        pytest.param(
            "encoding-mismatch",
            _json("a={{lead.Id}}"),
            None,
            [("warning", f"{TEMPLATE}, column 3", 0)],
            id="form-under-json",
        ),
        pytest.param(
            "encoding-mismatch",
            _json("<a>{{lead.Id}}</a>"),
            None,
            [("warning", f"{TEMPLATE}, column 4", 0)],
            id="xml-under-json",
        ),
        pytest.param(
            "encoding-mismatch",
            _json("total = {{lead.Product Interest}}.length"),
            None,
            [],
            id="a-script-under-json",
        ),
        pytest.param(
            "missing-content-type",
            _json("{}"),
            None,
            [("warning", "custom headers", 0)],
            id="missing-content-type",
        ),
        pytest.param(
            "missing-content-type",
            _json("{}", custom_headers={"content-type": "text/plain"}),
            None,
            [],
            id="some-content-type",
        ),
        pytest.param(
            "missing-content-type", {}, None, [], id="no-payload-needs-no-content-type"
        ),
        pytest.param(
            "content-type-mismatch",
            _raw("a=b&c=d", custom_headers={"Content-Type": "application/json"}),
            None,
            [("warning", "custom header 'Content-Type'", 0)],
            id="content-type-mismatch",
        ),
        # URL and headers
        pytest.param(
            "plain-http",
            {"url": "http://a.test/"},
            None,
            [("warning", "url", 0)],
            id="plain-http",
        ),
        pytest.param(
            "plain-http", {"url": "http://127.0.0.1:80/"}, None, [], id="http-to-itself"
        ),
        pytest.param(
            "fragment-in-url",
            _url("?a={{lead.Id}}#top"),
            None,
            [("warning", "url, column 30", 0)],
            id="fragment-in-url",
        ),
        pytest.param(
            "fragment-in-url", _url("?a={{my.No # 1}}"), None, [], id="sharp-in-a-token"
        ),
        pytest.param(
            "unescaped-url",
            _url("a|b?c=\N{LATIN SMALL LETTER E WITH ACUTE}&d=100%"),
            None,
            [("warning", "url, column 17", 0)],
            id="unescaped-url",
        ),
        pytest.param(
            "unescaped-url",
            _url("a%20b?c=[1]&d={{lead.Caf\N{LATIN SMALL LETTER E WITH ACUTE} | X}}"),
            None,
            [],
            id="escaped-url",
        ),
        pytest.param(
            "placeholder",
            _url("{INSTANCE_ID}?k=<your key>", custom_headers={"X": "[ACCOUNT_SID]"}),
            None,
            [
                ("warning", "url, column 16", 0),
                ("warning", "url, column 32", 0),
                ("warning", "custom header 'X', column 1", 0),
            ],
            id="placeholder",
        ),
        pytest.param(
            "raw-url",
            _url("?i={{lead.Id}}&a={{lead.City}}", **NONE),
            None,
            [("warning", "url, column 33", 0)],
            id="raw-url",
        ),
        pytest.param(
            "raw-url", _url("?a={{lead.Id}}", **NONE), None, [], id="a-number-in-the-url"
        ),
        *(
            pytest.param(rule, _raw(template), None, [], id=f"{rule}-of-a-number")
            for rule, template in [
                ("raw-form", "a={{lead.Id}}"),
                ("raw-xml", "<a>{{lead.Id}}</a>"),
                ("raw-json", '{"a": "{{lead.Id}}"}'),
            ]
        ),
        pytest.param("raw-url", _url("?a={{lead.Id}}", **FORM), None, [], id="url-encoded"),
        pytest.param(
            "raw-query-value",
            _url("?c={{lead.X}}", **NONE),
            {"Id": ["1", "2"], "X": ["a&b", "c"]},
            [("warning", "url, column 19", 1)],
            id="raw-query-value",
        ),
        pytest.param(
            "raw-path-value",
            _url("{{lead.X}}", **NONE),
            {"Id": ["1", "2"], "X": ["a/b", "c"]},
            [("warning", "url, column 16", 1)],
            id="raw-path-value",
        ),
        pytest.param(
            "long-url",
            _url("?c={{lead.X}}", **FORM),
            {"Id": ["1", "2"], "X": ["a" * 3_000, "c"]},
            [("warning", "url", 1)],
            id="long-url",
        ),
        pytest.param(
            "non-ascii-header",
            {"custom_headers": {"X": "{{lead.X}}"}},
            {"Id": ["1", "2"], "X": ["Zo\N{LATIN SMALL LETTER E WITH ACUTE}", "c"]},
            [("note", "custom header 'X', column 1", 1)],
            id="non-ascii-header",
        ),
        # Secrets
        pytest.param(
            "secret-in-clear",
            _url("hook?api_key=s3cr3tvalue&name=x"),
            None,
            [("warning", "url, column 21", 0)],
            id="key-in-the-query",
        ),
        pytest.param(
            "secret-in-clear",
            _url("trigger/with/key/c4Yd0sPqL9x"),
            None,
            [("warning", "url, column 33", 0)],
            id="key-in-the-path",
        ),
        pytest.param(
            "secret-in-clear",
            _url("services/T01AB/xQ9zR4mK8wP2vL7nB3cD6fG1"),
            None,
            [("warning", "url, column 31", 0)],
            id="what-looks-like-a-key-in-the-path",
        ),
        pytest.param(
            "secret-in-clear",
            {"custom_headers": {"Authorization": "Bearer abc123xyz", "X-Key": "s3cr3t!"}},
            None,
            [
                ("warning", "custom header 'Authorization'", 0),
                ("warning", "custom header 'X-Key'", 0),
            ],
            id="headers",
        ),
        pytest.param(
            "secret-in-clear",
            _json('{"clientSecret": "s3cr3tvalue", "n": 1}'),
            None,
            [("warning", f"{TEMPLATE}, column 2", 0)],
            id="json",
        ),
        pytest.param(
            "secret-in-clear",
            _raw("<a><password>s3cr3t!</password></a>"),
            None,
            [("warning", f"{TEMPLATE}, column 4", 0)],
            id="xml",
        ),
        pytest.param(
            "secret-in-clear",
            _raw("user=me&password=s3cr3t!"),
            None,
            [("warning", f"{TEMPLATE}, column 9", 0)],
            id="form",
        ),
        pytest.param(
            "secret-in-clear",
            _url(
                "v1/leads?key={{secret.K}}&token=<your token>&monkey=banana&keyword=shoes",
                custom_headers={
                    "Authorization": "Basic {{secret.K}}",
                    "X-Key": "[YOUR_KEY]",
                    "Keep": "value",
                },
                **_json('{"token": {{my.Token}}, "key": "none", "tokens": "12"}'),
            ),
            None,
            [],
            id="no-secrets",
        ),
        # Mappings
        pytest.param(
            "mappings-unread",
            {"response_type": "None", "response_mappings": {"a": "City"}},
            None,
            [("warning", "response type", 0)],
            id="mappings-unread",
        ),
        pytest.param(
            "read-only-field",
            {"response_mappings": {"a": "City", "b": "Created At"}},
            THREE,
            [("error", "response mapping 2 'b'", 0)],
            id="read-only-field",
        ),
        pytest.param(
            "key-field",
            {"response_mappings": {"a": "Email"}},
            {"Email Address": ["a@b.test"]},
            [("error", "response mapping 1 'a'", 0)],
            id="key-field",
        ),
        pytest.param(
            "ambiguous-field",
            {"response_mappings": {"a": "Tier"}},
            {"Id": ["1"], "tier": ["a"], "TIER": ["b"]},
            [("error", "response mapping 1 'a'", 0)],
            id="ambiguous-field",
        ),
        pytest.param(
            "unknown-field",
            {"response_mappings": {"a": "LeadScor", "b": "Something Else"}},
            None,
            [("warning", "response mapping 1 'a'", 0)],
            id="unknown-field",
        ),
        pytest.param(
            "new-field",
            {"response_mappings": {"a": "LeadScor", "b": "Something Else"}},
            None,
            [("note", "response mapping 2 'b'", 0)],
            id="new-field",
        ),
        pytest.param(
            "field-by-name",
            {"response_mappings": {"a": "Lead Score", "b": "leadSource", "c": "City"}},
            None,
            [
                ("warning", "response mapping 1 'a'", 0),
                ("warning", "response mapping 2 'b'", 0),
            ],
            id="field-by-name",
        ),
        pytest.param(
            "no-soap-name",
            {"response_mappings": {"a": "Inferred City"}},
            None,
            [("warning", "response mapping 1 'a'", 0)],
            id="no-soap-name",
        ),
        pytest.param(
            "same-field-twice",
            {"response_mappings": [("a", "City"), ("b", "State"), ("c", "city")]},
            None,
            [("warning", "response mapping 3 'c'", 0)],
            id="same-field-twice",
        ),
        pytest.param(
            "xml-root",
            {"response_type": "XML", "response_mappings": {"foo": "City", "a.b": "State"}},
            None,
            [("warning", "response mapping 1 'foo'", 0)],
            id="xml-root",
        ),
        pytest.param(
            "mistyped-column",
            {"response_mappings": {"a": "LeadScore"}},
            {"Id": ["1", "2", "3"], "Lead Score": ["7", "high", ""]},
            [("warning", "response mapping 1 'a'", 1)],
            id="mistyped-column",
        ),
        # Leads
        pytest.param(
            "no-leads", {}, {"Id": [], "Email Address": []}, [("note", "leads", 0)],
            id="no-leads",
        ),
        pytest.param(
            "missing-key", {}, {"Id": ["1", "", " "]}, [("warning", "leads", 2)],
            id="missing-key",
        ),
        pytest.param(
            "missing-key", {}, {"Id": [None, ""]}, [("error", "leads", 2)],
            id="missing-every-key",
        ),
        pytest.param(
            "duplicate-key", {}, {"Id": ["1", "1", "2", "1"]}, [("error", "leads", 2)],
            id="duplicate-key",
        ),
        pytest.param(
            "no-key", {}, {"City": ["Oslo"]}, [("error", "leads", 0)], id="no-key"
        ),
        pytest.param("list", {}, {"": ["Oslo"]}, [("error", "leads", 0)], id="list"),
        pytest.param(
            "refused",
            _url("?a={{lead.X}}", **NONE),
            {"Id": ["1", "2", "3"], "X": ["a b", "c", [1]]},
            [("warning", "leads", 1), ("warning", "leads", 1)],
            id="refused",
        ),
        pytest.param(
            "refused",
            {"custom_headers": {"X": "{{lead.X}}"}},
            {"Id": ["1"], "X": ["a\nb"]},
            [("error", "leads", 1)],
            id="everybody-is-refused",
        ),
        pytest.param(
            "refused",
            _json('["{{my.X}}"]', custom_headers={"X": "{{my.X}}"}),
            {"Id": ["1", "2"]},
            [("error", "leads", 2)],
            id="everybody-is-refused-for-a-value-of-the-run",
        ),
        pytest.param(
            "value-above-limit",
            _json('[{{lead.City}}, {{lead.Address}}, {{lead.Lead Score}}]'),
            {
                "Id": ["1", "2"],
                "City": ["x" * 256, "y"],
                "Address": ["x" * 256, "x" * 30_001],
                "Lead Score": [2**31, 1],
            },
            [
                ("warning", "leads, column 'City'", 1),
                ("warning", "leads, column 'Address'", 1),
                ("warning", "leads, column 'Lead Score'", 1),
            ],
            id="value-above-limit",
        ),
        pytest.param(
            "duplicate-requests",
            _json('{"c": {{lead.City}}}'),
            {"Id": ["1", "2", "3", "4"], "City": ["Oslo", "Rom", "Oslo", "Oslo"]},
            [("note", "leads", 2)],
            id="duplicate-requests",
        ),
        pytest.param(
            "duplicate-requests",
            _json('{"c": {{lead.City}}}', custom_headers={"X": "{{lead.Id}}"}),
            {"Id": ["1", "2"], "City": ["Oslo", "Oslo"]},
            [],
            id="requests-that-differ-in-a-header",
        ),
        # Marketo
        pytest.param(
            "empty-payload", {"request_type": "PUT"}, None, [("note", TEMPLATE, 0)],
            id="empty-payload",
        ),
        pytest.param("empty-payload", {"request_type": "GET"}, None, [], id="get-has-none"),
        pytest.param(
            "beyond-marketo",
            {"beyond": {"null_clears": True, "datetime_format": "iso"}},
            None,
            [("note", "beyond, datetime_format", 0), ("note", "beyond, null_clears", 0)],
            id="beyond-marketo",
        ),
        pytest.param(
            "beyond-without-effect",
            {
                "response_type": "XML",
                "beyond": {
                    "lenient_json_quotes": True,
                    "json_text_numbers": True,
                    "null_clears": True,
                    "xml_escape": True,
                    "datetime_format": "iso",
                },
            },
            None,
            [
                ("note", "beyond, lenient_json_quotes", 0),
                ("note", "beyond, json_text_numbers", 0),
                ("note", "beyond, null_clears", 0),
            ],
            id="beyond-without-effect",
        ),
        pytest.param(
            "beyond-without-effect",
            {**JSON, "beyond": {"xml_escape": True, "empty_as_null": True}},
            None,
            [("note", "beyond, xml_escape", 0)],
            id="xml-escape-under-json",
        ),
    ],
)  # fmt: skip
def test_a_rule_finds_what_it_is_for(
    check: Check,
    facts: Facts,
    rule: str,
    parts: Parts,
    leads: Leads | None,
    found: list[tuple[str, str, int]],
) -> None:
    """Severity, place and number of leads of every finding of the rule, and no other."""
    context = Context(my={"X": "a\nb"}) if "{{my.X}}" in str(parts) and leads else None
    if rule == "unknown-token":
        context = None
    assert facts(check(parts, leads, context=context), rule) == found


@pytest.mark.parametrize(
    ("campaign", "rule"),
    [
        pytest.param("batch", "batch-campaign", id="batch"),
        pytest.param("weekly", "unknown-campaign", id="neither"),
    ],
)
def test_only_a_trigger_campaign_can_call(
    check: Check, facts: Facts, campaign: str, rule: str
) -> None:
    """A batch campaign ends with error 1000, and any other word is told."""
    assert facts(check({}, campaign=campaign), rule) == [("error", "campaign", 0)]
    assert not facts(check({}, campaign="trigger"), rule)


def test_a_trigger_token_belongs_to_its_triggers(check: Check, of_rule: OfRule) -> None:
    """Under another trigger it is empty, and the ones that have it are named."""
    parts = _url("?l={{trigger.Link}}&s={{trigger.Subject}}")
    context = Context(trigger={"Trigger Name": "Opens Email", "Subject": "Hi"})
    [found] = of_rule(check(parts, context=context), "trigger-token")
    assert found.place == "url, column 19"
    assert found.remedy.startswith("triggers that have it: Clicks Link in Email, ")
    assert not of_rule(check(parts), "trigger-token")
    assert not of_rule(check(parts, context=context), "blank-token")


def test_a_trigger_token_may_be_a_column(check: Check, of_rule: OfRule) -> None:
    """A value of the lead's own counts under any trigger."""
    parts = _url("?l={{trigger.Link}}")
    context = Context(trigger={"trigger name": "Opens Email"})
    leads = {"Id": ["1"], "trigger.Link": ["x"]}
    assert not of_rule(check(parts, leads, context=context), "trigger-token")


def test_near_names_are_told(check: Check, of_rule: OfRule) -> None:
    """For a token of the leads' columns and of the run's context."""
    parts = _json('{"a": {{lead.Frist Name}}, "b": {{my.Ofer}}}')
    found = check(parts, THREE, context=Context(my={"Offer": "x"}))
    assert [f.remedy for f in of_rule(found, "unknown-token")] == [
        "did you mean {{lead.First Name}}, {{lead.Last Name}}, {{lead.Full Name}}",
        "did you mean {{my.Offer}}",
    ]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("lead.Company=edit me", "lead.Company:default=edit me"),
        ("lead.City default=x", "lead.City:default=x"),
        ("lead.City: default = x y", "lead.City:default=x y"),
        ("lead.City:default:x", "lead.City:default=x"),
        ("City=x", "City:default=x"),
    ],
)
def test_a_malformed_default_is_mended(
    check: Check, of_rule: OfRule, written: str, meant: str
) -> None:
    """Whatever is wrong with its ':default='."""
    [found] = of_rule(check(_raw(f"a {{{{{written}}}}} b")), "malformed-default")
    assert found.fix().payload_template == f"a {{{{{meant}}}}} b"


def test_a_secret_is_never_shown(check: Check, of_rule: OfRule) -> None:
    """Not in the message, not in the remedy, not in the page."""
    found = check(
        _url(
            "?api_key=s3cr3tvalue",
            custom_headers={"Authorization": "Basic s3cr3tvalue"},
        )
    )
    assert len(of_rule(found, "secret-in-clear")) == 2
    assert "s3cr3tvalue" not in repr(found) + found._repr_html_() + str(list(found))


def test_values_of_leads_are_never_shown(check: Check) -> None:
    """Examples are keys of leads; no value stands in a finding."""
    leads = {
        "Id": ["k1", "k2"],
        "X": ['PRIVATE" a\nb & < + c', "PRIVATE" * 50_000],
        "Lead Score": ["PRIVATE", "PRIVATE"],
    }
    for parts in (
        _raw('{"a": "{{lead.X}}"}'),
        _raw("a={{lead.X}}"),
        _raw("<a>{{lead.X}}</a>", custom_headers={"X": "{{lead.X}}"}),
        _url("{{lead.X}}?a={{lead.X}}", **NONE),
        _json(
            "[{{lead.X}}, {{lead.Lead Score}}]", response_mappings={"a": "LeadScore"}
        ),
    ):
        found = check(parts, leads)
        assert any(finding.examples for finding in found)
        assert "PRIVATE" not in repr(found) + found._repr_html_()


@pytest.mark.parametrize(
    ("body", "kind", "found"),
    [
        pytest.param('{"s": 7, "t": "x"}', "JSON", [], id="all-is-well"),
        pytest.param(
            '{"s": "7"}',
            "JSON",
            [
                ("warning", "response mapping 1 's'", 0),
                ("warning", "response mapping 2 't'", 0),
            ],
            id="wrong-type-and-missing",
        ),
        pytest.param(
            "<s>7</s>", "JSON", [("error", "sample response", 0)], id="not-json"
        ),
        pytest.param("", "JSON", [("error", "sample response", 0)], id="empty"),
        pytest.param(
            "<s>7</s>", "XML", [("warning", "response mapping 2 't'", 0)], id="xml"
        ),
        pytest.param("{}", "None", [], id="not-read"),
    ],
)
def test_a_sample_response_is_tried_on_the_mappings(
    check: Check, facts: Facts, body: str, kind: str, found: list[tuple[str, str, int]]
) -> None:
    """What it would not write is told before anything is sent."""
    parts = {
        "response_type": kind,
        "response_mappings": {"s": "LeadScore", "t": "City"},
    }
    assert facts(check(parts, sample_response=body), "sample-response") == found
    assert (
        facts(check(parts, sample_response=body.encode()), "sample-response") == found
    )
    assert facts(check(parts), "sample-response") == []


def test_a_sample_response_waits_for_good_mappings(check: Check, facts: Facts) -> None:
    """A mapping that cannot be written is told, and the sample left aside."""
    parts = {"response_mappings": {"a": "Created At"}}
    found = check(parts, sample_response="{}")
    assert facts(found, "read-only-field") == [("error", "response mapping 1 'a'", 0)]
    assert facts(found, "sample-response") == []
