"""Webhooks in the shapes that people publish, retold: 31 of them, right and wrong ones.

One stands here twice, once with the slip that its author warns of.

Hosts, names and texts are ours; what matters is kept: the request type, the shape of the
payload, quotes and defaults, which names tokens have, what stands in the URL. Where a
source leaves something open, the obvious choice is made and said in `filled`. Where one
is broken, `broken` names the rule that refuses it, and `mended` what has to change before
it can run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["CONTEXT", "FIELDS", "LEADS", "PUBLISHED", "Published"]

LEADS: dict[str, list[object]] = {
    "Id": ["101", "102"],
    "First Name": ["Ana", "Bo"],
    "Last Name": ["Lima", 'O"Neil'],
    "Full Name": ["Ana Lima", 'Bo O"Neil'],
    "Email Address": ["ana+news@example.test", "bo@example.test"],
    "Job Title": ["VP, Sales", "Buyer"],
    "Phone Number": ["+49 30 901820", "030 5556"],
    "Mobile Phone Number": ["1715550101", ""],
    "Company Name": ["Jack & Jill", "Example Ltd"],
    "Industry": ["Retail", "Energy"],
    "Country": ["Germany", "Norway"],
    "State": ["Berlin", ""],
    "Source": ["Web form", "Trade fair"],
    "Email Invalid": ["false", "true"],
    "Email Invalid Cause": ["", "mailbox full"],
    "Online Preference": ["110", "20"],
    "Offline Preference": ["200", ""],
    "Webform Comments": ["Call me", "After\nlunch"],
    "Product Interest": ["shoes; hats", "coats"],
    "Order Document": ['{"a": [1]}', '{"a": []}'],
    "Funnel Status": ["new", "won"],
    "Opted Out": ["true", "false"],
    "Property1": ["one", "two"],
    "Page Views": ["12", "3"],
}
FIELDS = {
    "Online Preference": "integer",
    "Offline Preference": "integer",
    "Preference": "string",
    "Opted Out": "boolean",
    "Page Views": "integer",
    "Webform Comments": "text_area",
    "Order Document": "text_area",
}
CONTEXT = {
    "program": {"name": "Autumn & Winter"},
    "campaign": {"id": 987},
    "trigger": {"Trigger Name": "Fills Out Form"},
}

JSON_TYPE = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Published:
    """One webhook as somebody publishes it.

    Attributes:
        id: What it is for, in our words.
        filled: What the source leaves open, and the choice made here.
        parts: Its properties as published.
        rules: The rules that find something in it, with the leads above; every one.
        body: The payload of the first lead, byte for byte; None where it has none.
        target: Path and query of the first lead's request.
        broken: The rules that refuse it as published; empty where it is a definition.
        mended: What changes a refused one so that it can run.
        sample: A response of its service.
        updates: What the sample writes to the first lead, by field.
    """

    id: str
    filled: str
    parts: Mapping[str, object]
    rules: frozenset[str]
    body: bytes | None
    target: bytes = b"/"
    broken: tuple[str, ...] = ()
    mended: Mapping[str, object] = field(default_factory=dict)
    sample: str | None = None
    updates: Mapping[str, object] = field(default_factory=dict)


def _rules(*names: str) -> frozenset[str]:
    return frozenset(names)


PUBLISHED = (
    Published(
        "alert in a chat room, JSON in a field of a form",
        "encoding and response type stand in a picture only: Form/Url, None",
        {
            "url": "https://chat.example.test/hook",
            "payload_template": 'payload={"text": "VISIT: {{lead.First Name:default=edit me}} '
            '{{lead.Company=edit me}}, {{lead.Email Address:default=no address}}" }',
            "request_token_encoding": "Form/Url",
            "response_type": "None",
        },
        _rules("json-in-form", "malformed-default", "edit-me", "missing-content-type"),
        b'payload={"text": "VISIT: Ana , ana%2Bnews%40example.test" }',
        b"/hook",
    ),
    Published(
        "event of a home automation service, all in the URL",
        "the key is made up",
        {
            "url": "https://maker.example.test/trigger/success/with/key/dF8sQ2xLw9"
            "?value1={{program.name}}&value2={{lead.Email Address}}"
            "&value3={{lead.Full Name}}",
            "request_token_encoding": "FORM/URL",
            "response_type": "None",
        },
        _rules("empty-payload", "secret-in-clear"),
        b"",
        b"/trigger/success/with/key/dF8sQ2xLw9?value1=Autumn+%26+Winter"
        b"&value2=ana%2Bnews%40example.test&value3=Ana+Lima",
    ),
    Published(
        "two preferences compared by a cloud function",
        "the form is a picture: POST, JSON, unquoted tokens, the result to a text field",
        {
            "url": "https://functions.example.test/compare",
            "payload_template": '{"online":{{lead.Online Preference}}, '
            '"offline":{{lead.Offline Preference}}}',
            "request_token_encoding": "JSON",
            "custom_headers": JSON_TYPE,
            "response_mappings": {"output": "Preference"},
        },
        _rules("empty-number"),
        b'{"online":110, "offline":200}',
        b"/compare",
        sample='{"output": "offline"}',
        updates={"Preference": "offline"},
    ),
    Published(
        "unsubscribed people told to another instance",
        "the form is a picture: GET, tokens in the query, Form/Url",
        {
            "url": "https://sync.example.test/unsubscribe?email={{lead.Email Address}}",
            "request_type": "GET",
            "request_token_encoding": "Form/Url",
        },
        _rules(),
        None,
        b"/unsubscribe?email=ana%2Bnews%40example.test",
    ),
    Published(
        "text message, user name and password in the URL",
        "number and text are made up",
        {
            "url": "https://[ACCOUNT]:[SECRET]@sms.example.test/Messages.json",
            "payload_template": "From=%2B15550100&To=%2B1"
            "{{lead.Mobile Phone Number:default=edit me}}&Body=Thanks",
            "request_token_encoding": "Form/Url",
        },
        _rules("edit-me", "missing-content-type"),
        b"From=%2B15550100&To=%2B11715550101&Body=Thanks",
        b"/Messages.json",
        broken=("credentials-in-host",),
        mended={
            "url": "https://sms.example.test/Messages.json",
            "custom_headers": {"Authorization": "Basic {{secret.NBW_SMS}}"},
        },
    ),
    Published(
        "message by a template of a messenger, tokens inside longer strings",
        "response type: JSON",
        {
            "url": "https://messages.example.test/v1",
            "payload_template": "{\n"
            '  "to": {"number": "{{lead.Phone Number:default=edit me}}"},\n'
            '  "parameters": [\n'
            '    {"default": "Hello {{lead.First Name:default=John Doe}}"},\n'
            '    {"default": "campaign {{campaign.id:default=Campaign Id}}"}\n'
            "  ]\n}",
            "request_token_encoding": "NONE",
            "custom_headers": {**JSON_TYPE, "Authorization": "Basic <base64 of both>"},
        },
        _rules("raw-json", "edit-me", "placeholder"),
        b'{\n  "to": {"number": "+49 30 901820"},\n  "parameters": [\n'
        b'    {"default": "Hello Ana"},\n    {"default": "campaign 987"}\n  ]\n}',
        b"/v1",
    ),
    Published(
        "text message of the same service",
        "response type: JSON",
        {
            "url": "https://messages.example.test/v1",
            "payload_template": '{"to": "{{lead.Phone Number:default=edit me}}", '
            '"text": "Hello {{lead.First Name:default=John}} {{lead.Last Name:default=Doe}}"}',
            "request_token_encoding": "NONE",
            "custom_headers": {**JSON_TYPE, "Authorization": "Basic <base64 of both>"},
        },
        _rules("raw-json", "raw-json-value", "edit-me", "placeholder"),
        b'{"to": "+49 30 901820", "text": "Hello Ana Lima"}',
        b"/v1",
    ),
    Published(
        "the same in its sandbox, a number inside a longer string",
        "response type: JSON; the key is made up",
        {
            "url": "https://sandbox.example.test/v1/",
            "payload_template": '{\n\t"text": "campaign {{campaign.id:default=Campaign Id}}"\n}\n',
            "request_token_encoding": "JSON",
            "custom_headers": {"Authorization": "Bearer eyJhbGciOiJub25lIn0"},
        },
        _rules("missing-content-type", "secret-in-clear", "duplicate-requests"),
        b'{\n\t"text": "campaign 987"\n}\n',
        b"/v1/",
    ),
    Published(
        "events of a connector, the documented form of tokens",
        "nothing is open",
        {
            "url": "https://hub.example.test/events/{INSERT_ENCODED_INSTANCE_ID}",
            "payload_template": '{"first_name":{{lead.First Name}},'
            '"last_name":{{lead.Last Name}},"email":{{lead.Email Address}}}',
            "request_token_encoding": "JSON",
        },
        _rules("missing-content-type", "placeholder"),
        b'{"first_name":"Ana","last_name":"Lima","email":"ana+news@example.test"}',
        b"/events/{INSERT_ENCODED_INSTANCE_ID}",
    ),
    Published(
        "row of a table, a form under None, with spaces before '&'",
        "nothing is open but the URL",
        {
            "url": "https://table.example.test/pull",
            "payload_template": "first_name={{lead.First Name:default=editme}} "
            "&company={{company.Company Name}} &email={{lead.Email Address:default=editme}} "
            "&id={{lead.Id}}",
            "request_token_encoding": "NONE",
        },
        _rules(
            "raw-form",
            "raw-form-value",
            "plus-under-none",
            "space-in-form",
            "edit-me",
            "missing-content-type",
        ),
        b"first_name=Ana &company=Jack & Jill &email=ana+news@example.test &id=101",
        b"/pull",
    ),
    Published(
        "row of a table, JSON in hand-made quotes under None, names without spaces",
        "nothing is open but the URL",
        {
            "url": "https://table.example.test/pull",
            "payload_template": '{ "id": "{{lead.Id}}", "first_name": "{{lead.FirstName}}", '
            '"last_name": "{{lead.LastName}}", "email": "{{lead.EmailAddress}}", '
            '"country_code": "{{lead.Country}}" }',
            "request_token_encoding": "NONE",
            "custom_headers": JSON_TYPE,
        },
        _rules("raw-json", "raw-json-value", "api-name", "unknown-token"),
        b'{ "id": "101", "first_name": "Ana", "last_name": "Lima", "email": "", '
        b'"country_code": "Germany" }',
        b"/pull",
    ),
    Published(
        "the same under JSON, shown by its maker as wrong",
        "nothing is open but the URL",
        {
            "url": "https://table.example.test/pull",
            "payload_template": '{\n  "id": "{{lead.Id}}",\n  "email": "{{lead.Email Address}}",\n'
            '  "form_comments": "{{lead.Webform Comments}}"\n}',
            "request_token_encoding": "JSON",
            "custom_headers": JSON_TYPE,
        },
        _rules("quoted-token", "quoted-number"),
        b'{\n  "id": "101",\n  "email": ""ana+news@example.test"",\n'
        b'  "form_comments": ""Call me""\n}',
        b"/pull",
    ),
    Published(
        "the same put right by a practitioner",
        "request type: POST",
        {
            "url": "https://table.example.test/pull",
            "payload_template": '{\n  "first_name" : {{lead.First Name}},\n'
            '  "last_name" : {{lead.Last Name}}\n}',
            "request_token_encoding": "JSON",
        },
        _rules("missing-content-type"),
        b'{\n  "first_name" : "Ana",\n  "last_name" : "Lima"\n}',
        b"/pull",
    ),
    Published(
        "a document that a text area holds ready",
        "request type: POST",
        {
            "url": "https://orders.example.test/in",
            "payload_template": "{{lead.Order Document}}",
            "request_token_encoding": "NONE",
        },
        _rules(),
        b'{"a": [1]}',
        b"/in",
    ),
    Published(
        "a script as payload, backslashes doubled",
        "request type and encoding: POST, JSON",
        {
            "url": "https://scripts.example.test/run",
            "payload_template": r"interests = {{Lead.Product Interest}}.split(/\\s*;\\s*/);",
            "request_token_encoding": "JSON",
        },
        _rules(),
        rb'interests = "shoes; hats".split(/\s*;\s*/);',
        b"/run",
    ),
    Published(
        "the same with single backslashes, which the editor refuses",
        "request type and encoding: POST, JSON",
        {
            "url": "https://scripts.example.test/run",
            "payload_template": r"interests = {{Lead.Product Interest}}.split(/\s*;\s*/);",
            "request_token_encoding": "JSON",
        },
        _rules(),
        rb'interests = "shoes; hats".split(/\s*;\s*/);',
        b"/run",
        broken=("backslash", "backslash"),
        mended={
            "payload_template": r"interests = {{Lead.Product Interest}}.split(/\\s*;\\s*/);"
        },
    ),
    Published(
        "does somebody exist in a database",
        "request type and encoding: GET, Form/Url",
        {
            "url": "https://database.example.test/?search={{Lead.Email Address}}",
            "request_type": "GET",
            "request_token_encoding": "Form/Url",
        },
        _rules(),
        None,
        b"/?search=ana%2Bnews%40example.test",
    ),
    Published(
        "annual revenue to a field of a CRM",
        "the request: GET by company, Form/Url",
        {
            "url": "https://firms.example.test/?name={{company.Company Name}}",
            "request_type": "GET",
            "request_token_encoding": "Form/Url",
            "response_mappings": {"AnnualRevenue": "Annual_Revenue__c"},
        },
        _rules("new-field"),
        None,
        b"/?name=Jack+%26+Jill",
        sample='{"AnnualRevenue" : 10000000}',
        updates={"Annual_Revenue__c": 10000000},
    ),
    Published(
        "status of a trial, a boolean among the values",
        "the host; the placeholders of the query stay",
        {
            "url": "https://study.example.test/triggers.json"
            "?use_app_type=<AppType>&user_token=<UserToken>",
            "payload_template": '{"email":{{lead.Email Address}},'
            '"event_type":{{lead.Funnel Status}},"data":'
            '{"invalid":{{lead.Email Invalid}}, "cause":{{lead.Email Invalid Cause}}} }',
            "request_token_encoding": "JSON",
        },
        _rules("missing-content-type", "placeholder"),
        b'{"email":"ana+news@example.test","event_type":"new","data":'
        b'{"invalid":false, "cause":""} }',
        b"/triggers.json?use_app_type=<AppType>&user_token=<UserToken>",
    ),
    Published(
        "coupon, a lone brace in a string",
        "nothing is open",
        {
            "url": "https://coupons.example.test/get?source=mk",
            "payload_template": '{"content":{"email":{{lead.Email Address:default=none}},'
            '"list":"{YOUR_LIST_KEY"}}',
            "request_token_encoding": "JSON",
        },
        _rules("missing-content-type", "placeholder"),
        b'{"content":{"email":"ana+news@example.test","list":"{YOUR_LIST_KEY"}}',
        b"/get?source=mk",
    ),
    Published(
        "new contact, tokens as keys of objects",
        "encoding: JSON; the colon after https is missing in the source",
        {
            "url": "https//events.example.test/events",
            "payload_template": "{\n"
            '  "phones": { {{lead.Phone Number}}: {"source": {{lead.Source}}} },\n'
            '  "emails": { {{lead.Email Address}}: {"subscribed": true} },\n'
            '  "firstName": {{lead.First name}},\n'
            '  "custom": [{{lead.Property1}}, {{lead.Property2}}]\n'
            "}",
            "request_token_encoding": "JSON",
            "response_type": "None",
            "custom_headers": {"Authorization": "<API key>"},
        },
        _rules("missing-content-type", "placeholder", "unknown-token"),
        b'{\n  "phones": { "+49 30 901820": {"source": "Web form"} },\n'
        b'  "emails": { "ana+news@example.test": {"subscribed": true} },\n'
        b'  "firstName": "Ana",\n  "custom": ["one", ""]\n}',
        b"/events",
        broken=("url-scheme",),
        mended={"url": "https://events.example.test/events"},
    ),
    Published(
        "form completed, with an encoding that there is not",
        "encoding: None, since the tokens stand in quotes",
        {
            "url": "https://panel.example.test/trigger",
            "payload_template": '{\n  "firstName": "{{lead.First Name}}",\n'
            '  "email":     "{{lead.Email Address}}",\n'
            '  "company":   "{{lead.Company Name}}"\n}',
            "request_token_encoding": "UTF-8",
            "custom_headers": JSON_TYPE,
        },
        _rules("raw-json"),
        b'{\n  "firstName": "Ana",\n  "email":     "ana+news@example.test",\n'
        b'  "company":   "Jack & Jill"\n}',
        b"/trigger",
        broken=("definition",),
        mended={"request_token_encoding": "None"},
    ),
    Published(
        "intake of a CRM, hand-made quotes under JSON",
        "the key is made up",
        {
            "url": "https://crm.example.test/intake",
            "payload_template": '{\n  "email": "{{lead.Email Address}}",\n'
            '  "company": "{{company.Company Name}}"\n}',
            "request_token_encoding": "JSON",
            "custom_headers": {"Authorization": "Bearer k3y-0f-the-1ntake"},
        },
        _rules("quoted-token", "missing-content-type", "secret-in-clear"),
        b'{\n  "email": ""ana+news@example.test"",\n  "company": ""Jack & Jill""\n}',
        b"/intake",
        sample='{"ok":true}',
    ),
    Published(
        "link for small firms, written to a field with a colon in its name",
        "request type, encoding and the mapping's path: POST, None, link",
        {
            "url": "https://links.example.test/admin",
            "payload_template": '{\n  "email": "{{lead.Email Address}}",\n'
            '  "title": "{{lead.Job Title}}",\n  "state": "{{lead.State}}"\n}',
            "request_token_encoding": "None",
            "response_mappings": {"link": "Misc - Ops Field: String 01"},
        },
        _rules("raw-json", "missing-content-type", "new-field"),
        b'{\n  "email": "ana+news@example.test",\n  "title": "VP, Sales",\n'
        b'  "state": "Berlin"\n}',
        b"/admin",
        sample='{"link": "https://links.example.test/1"}',
        updates={"Misc - Ops Field: String 01": "https://links.example.test/1"},
    ),
    Published(
        "people kept in step, a form under Form/Url",
        "response type: None",
        {
            "url": "https://app.example.test/webhook",
            "payload_template": "leadId={{lead.id}}&email={{lead.Email}}"
            "&firstName={{lead.First Name}}",
            "request_token_encoding": "FORM/URL",
            "response_type": "None",
        },
        _rules("api-name", "missing-content-type"),
        b"leadId=101&email=ana%2Bnews%40example.test&firstName=Ana",
        b"/webhook",
    ),
    Published(
        "example of a mapping, flat JSON",
        "all but path and response: GET, to the field City",
        {
            "url": "https://mapping.example.test/",
            "request_type": "GET",
            "response_mappings": {"foo": "City"},
        },
        _rules("duplicate-requests"),
        None,
        sample='{ "foo":"bar"}',
        updates={"City": "bar"},
    ),
    Published(
        "example of a mapping, XML from the root down",
        "all but path and response: GET, to the field City",
        {
            "url": "https://mapping.example.test/",
            "request_type": "GET",
            "response_type": "XML",
            "response_mappings": {"example.foo": "City"},
        },
        _rules("duplicate-requests"),
        None,
        sample='<?xml version="1.0" encoding="UTF-8"?>\n<example>\n    <foo>bar</foo>\n'
        "</example>",
        updates={"City": "bar"},
    ),
    Published(
        "a formula worked out, an object among the answers",
        "request type and mappings: POST, result and the object numberFormat",
        {
            "url": "https://formulas.example.test/",
            "payload_template": '{\n"formula": "3/5",\n"format": "percent"\n}',
            "custom_headers": {"Authorization": "<API key>"},
            "response_mappings": {"result": "Result", "numberFormat": "City"},
        },
        _rules(
            "missing-content-type",
            "placeholder",
            "new-field",
            "duplicate-requests",
            "sample-response",
        ),
        b'{\n"formula": "3/5",\n"format": "percent"\n}',
        sample='{"result": 0.6, "numberFormat": {"decimals": 3}}',
        updates={"Result": 0.6},
    ),
    Published(
        "a preference store, by PUT",
        "the template: e-mail and the boolean field, JSON",
        {
            "url": "https://privacy.example.test/v1/preferences",
            "request_type": "PUT",
            "payload_template": '{"user": {{lead.Email Address}}, "out": {{lead.Opted Out}}}',
            "request_token_encoding": "JSON",
            "custom_headers": JSON_TYPE,
        },
        _rules(),
        b'{"user": "ana+news@example.test", "out": true}',
        b"/v1/preferences",
    ),
    Published(
        "enrichment, of a guide that invents things",
        "encoding: JSON, since the id stands without quotes; mappings by the answer",
        {
            "url": "https://enrich.example.test/",
            "payload_template": '{\n  "leadId": {{lead.id}},\n  "email": "{{lead.Email}}",\n'
            '  "company": "{{lead.Company}}"\n}',
            "request_token_encoding": "JSON",
            "response_mappings": {
                "industry": "industry",
                "revenue": "AnnualRevenue",
                "enrichmentScore": "LeadScore",
            },
        },
        _rules(
            "quoted-token",
            "api-name",
            "missing-content-type",
            "field-by-name",
            "sample-response",
        ),
        b'{\n  "leadId": 101,\n  "email": ""ana+news@example.test"",\n'
        b'  "company": ""Jack & Jill""\n}',
        sample='{"industry": "Technology", "revenue": "$10M-$50M", "enrichmentScore": 85}',
        updates={"industry": "Technology", "LeadScore": 85},
    ),
    Published(
        "scoring, of the same guide",
        "encoding: JSON; the mapping by the answer",
        {
            "url": "https://score.example.test/",
            "payload_template": '{"leadId": {{lead.id}}, "email": "{{lead.Email}}", '
            '"pageViews": {{lead.Page Views}}, "opens": {{lead.Number of Email Opens}}}',
            "request_token_encoding": "JSON",
            "response_mappings": {"calculatedScore": "LeadScore"},
        },
        _rules("quoted-token", "api-name", "missing-content-type", "unknown-token"),
        b'{"leadId": 101, "email": ""ana+news@example.test"", "pageViews": 12, "opens": ""}',
        sample='{"calculatedScore": 75, "tier": "A"}',
        updates={"LeadScore": 75},
    ),
    Published(
        "a CRM kept in step, of the same guide",
        "encoding: JSON; mappings by the answer",
        {
            "url": "https://crm.example.test/sync",
            "payload_template": '{\n  "leadId": {{lead.id}},\n  "email": "{{lead.Email}}",\n'
            '  "lastName": "{{lead.Last Name}}",\n  "action": "sync"\n}',
            "request_token_encoding": "JSON",
            "response_mappings": {"crmId": "CRM Id", "syncTimestamp": "CRM Time"},
        },
        _rules("quoted-token", "api-name", "missing-content-type", "new-field"),
        b'{\n  "leadId": 101,\n  "email": ""ana+news@example.test"",\n'
        b'  "lastName": ""Lima"",\n  "action": "sync"\n}',
        b"/sync",
        sample='{"crmId": "00Q000000012345", "syncTimestamp": "2025-01-15T10:30:00Z"}',
        updates={"CRM Id": "00Q000000012345", "CRM Time": "2025-01-15T10:30:00Z"},
    ),
)
