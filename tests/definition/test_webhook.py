"""A webhook's definition: checked when made, saved and loaded, hostile files refused."""

import copy
import json
import pickle
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from nbwebhook.definition.beyond import Beyond
from nbwebhook.definition.webhook import CustomHeader, ResponseMapping, Webhook
from nbwebhook.errors import Fault, InvalidDefinition, NbWebhookError

URL = "https://score.example.test/v1/leads?email={{lead.Email Address}}"
FULL: dict[str, Any] = {
    "name": "Score a lead",
    "description": "Asks the scoring service.",
    "url": URL,
    "request_type": "PUT",
    "payload_template": '{"first": {{lead.First Name}},\n "at": {{system.dateTime}}}',
    "request_token_encoding": "JSON",
    "response_type": "XML",
    "custom_headers": {"Content-Type": "application/json", "X-Key": "{{secret.KEY}}"},
    "response_mappings": {"result.score": "LeadScore", "result.tags[0]": "Segment"},
}
make: Callable[..., Webhook] = Webhook
Places = list[tuple[str, str]]


def _places(error: InvalidDefinition) -> Places:
    return [(fault.place, fault.problem) for fault in error.faults]


def test_a_definition_keeps_what_it_was_given() -> None:
    """Every property of Marketo's form, as given; pairs in their order."""
    hook = make(**FULL)
    assert hook.model_dump() == FULL | {
        "custom_headers": (
            CustomHeader("Content-Type", "application/json"),
            CustomHeader("X-Key", "{{secret.KEY}}"),
        ),
        "response_mappings": (
            ResponseMapping("result.score", "LeadScore"),
            ResponseMapping("result.tags[0]", "Segment"),
        ),
        "beyond": Beyond().model_dump(),
    }


def test_only_the_url_must_be_given() -> None:
    """The rest is a POST without body, headers and mappings that expects JSON."""
    assert Webhook(url="http://a.test").model_dump() == {
        "name": "",
        "description": "",
        "url": "http://a.test",
        "request_type": "POST",
        "payload_template": "",
        "request_token_encoding": "None",
        "response_type": "JSON",
        "custom_headers": (),
        "response_mappings": (),
        "beyond": Beyond().model_dump(),
    }


@pytest.mark.parametrize(
    ("given_parts", "found"),
    [
        pytest.param({"request_type": "patch"}, {"request_type": "PATCH"}, id="verb"),
        pytest.param(
            {"request_token_encoding": "FORM/URL"},
            {"request_token_encoding": "Form/Url"},
            id="encoding",
        ),
        pytest.param(
            {"request_token_encoding": None},
            {"request_token_encoding": "None"},
            id="no",
        ),
        pytest.param({"response_type": "json"}, {"response_type": "JSON"}, id="json"),
        pytest.param({"response_type": None}, {"response_type": "None"}, id="nothing"),
        pytest.param(
            {"payload_template": None}, {"payload_template": ""}, id="no-body"
        ),
        pytest.param(
            {"custom_headers": [["A", "1"], ("A", "2")]},
            {"custom_headers": (("A", "1"), ("A", "2"))},
            id="header-twice",
        ),
        pytest.param(
            {"custom_headers": zip("AB", "12", strict=True)},
            {"custom_headers": (("A", "1"), ("B", "2"))},
            id="headers-from-an-iterator",
        ),
        pytest.param(
            {"response_mappings": (("a", "City"), ["a", "State"])},
            {"response_mappings": (("a", "City"), ("a", "State"))},
            id="attribute-twice",
        ),
        pytest.param(
            {"response_mappings": {"[0].x": "City", "ns:a b.c-d_e": "State"}},
            {"response_mappings": (("[0].x", "City"), ("ns:a b.c-d_e", "State"))},
            id="all-of-the-grammar",
        ),
        pytest.param(
            {"request_type": "GET", "payload_template": " \n"},
            {"request_type": "GET", "payload_template": " \n"},
            id="blank-template-on-get",
        ),
        pytest.param(
            {"custom_headers": {"host": "A.test"}},
            {"custom_headers": (("host", "A.test"),)},
            id="host-of-the-url",
        ),
        pytest.param(
            {"custom_headers": {"X-A": "tab\there é {{lead.Id}}"}},
            {"custom_headers": (("X-A", "tab\there é {{lead.Id}}"),)},
            id="tab-in-a-header",
        ),
    ],
)
def test_people_may_write_choices_and_pairs_as_they_like(
    given_parts: dict[str, Any], found: dict[str, Any]
) -> None:
    """Choices in any case, None for 'None', pairs as an object or a list."""
    hook = make(url="https://a.test/", **given_parts)
    assert {name: getattr(hook, name) for name in found} == found


NOT_A_HEADER = "not a header name"


@pytest.mark.parametrize(
    ("parts", "places"),
    [
        pytest.param({"url": None}, [("url", "Input should be a valid string")]),
        pytest.param(
            {"url": "ftp://a.test/"}, [("url", "starts with ftp://")], id="scheme"
        ),
        pytest.param({"url": ""}, [("url", "starts with ''")], id="no-url"),
        pytest.param(
            {"url": "https://{{lead.Website}}/"},
            [
                (
                    "url, host",
                    "a token in the host or port lets a lead choose where data goes",
                )
            ],
            id="token-in-host",
        ),
        pytest.param(
            {"url": "https://me:pw@a.test/"},
            [("url, host", "holds a user name or '@'")],
            id="user-in-url",
        ),
        pytest.param(
            {"url": "https://a.test/{{lead.Id"},
            [("url, column 16", "'{{' that no '}}' closes")],
            id="token-open-in-url",
        ),
        pytest.param(
            {"url": "https://a.test/\n{{lead.Id"},
            [
                ("url, line 1, column 16", "a control character"),
                ("url, line 2, column 1", "'{{' that no '}}' closes"),
            ],
            id="line-break-in-url",
        ),
        pytest.param(
            {"url": "https://a.test/" + "x" * 16_384},
            [("url", "longer than 16,384 characters")],
            id="long-url",
        ),
        pytest.param(
            {"request_type": "TRACE"},
            [
                (
                    "request type",
                    "Input should be 'GET', 'POST', 'PUT', 'PATCH' or 'DELETE'",
                )
            ],
            id="verb",
        ),
        pytest.param(
            {"request_type": 5},
            [
                (
                    "request type",
                    "Input should be 'GET', 'POST', 'PUT', 'PATCH' or 'DELETE'",
                )
            ],
            id="verb-number",
        ),
        pytest.param(
            {"request_type": "get", "payload_template": "x"},
            [("payload template", "a GET request has none")],
            id="template-on-get",
        ),
        pytest.param(
            {"request_type": "get", "payload_template": "x", "name": 5},
            [
                ("name", "Input should be a valid string"),
                ("payload template", "a GET request has none"),
            ],
            id="template-on-get-beside-another-fault",
        ),
        pytest.param(
            {"payload_template": r'{"a": "\d"}' + "\n  {{lead.Id"},
            [
                (
                    "payload template, line 1, column 8",
                    r"'\d' is not an escape that Marketo allows",
                ),
                ("payload template, line 2, column 3", "'{{' that no '}}' closes"),
            ],
            id="template-faults",
        ),
        pytest.param(
            {"payload_template": "x" * ((2 << 20) + 1)},
            [("payload template", "longer than 2,097,152 characters")],
            id="long-template",
        ),
        pytest.param(
            {"request_token_encoding": "UTF-8"},
            [
                (
                    "request token encoding",
                    "Input should be 'None', 'JSON' or 'Form/Url'",
                )
            ],
            id="encoding",
        ),
        pytest.param(
            {"response_type": "YAML"},
            [("response type", "Input should be 'JSON', 'XML' or 'None'")],
            id="response-type",
        ),
        pytest.param(
            {
                "custom_headers": [
                    ("{{lead.Id}}", "1"),
                    ("a b", "1"),
                    ("", "1"),
                    ("Ünicode", "1"),
                    ("Content-Length", "1"),
                    ("TRANSFER-encoding", "chunked"),
                    ("Host", "evil.test"),
                    ("X-A", "a\r\nX-B: 1"),
                    ("X-A", "{{lead.Id"),
                    ("X-A", "x" * 70_000),
                ]
            },
            [
                ("custom header 1 '{{lead.Id}}'", "a token in a header's name"),
                ("custom header 2 'a b'", NOT_A_HEADER),
                ("custom header 3 ''", NOT_A_HEADER),
                ("custom header 4 'Ünicode'", NOT_A_HEADER),
                (
                    "custom header 5 'Content-Length'",
                    "is set by the connection itself",
                ),
                (
                    "custom header 6 'TRANSFER-encoding'",
                    "is set by the connection itself",
                ),
                ("custom header 7 'Host'", "is not the URL's host 'a.test'"),
                (
                    "custom header 8 'X-A'",
                    "a control character or line break in its value",
                ),
                ("custom header 9 'X-A', column 1", "'{{' that no '}}' closes"),
                ("custom header 10 'X-A'", "longer than 65,536 characters"),
            ],
            id="headers",
        ),
        pytest.param(
            {"custom_headers": [("A", 1), ("B",), "CD", 5, (1, 2), ("A", "B", "C")]},
            [
                (f"custom header {number}", "is not a pair of two texts")
                for number in range(1, 7)
            ],
            id="not-pairs",
        ),
        pytest.param(
            {"custom_headers": "A: 1"},
            [("custom header", "Input should be a valid tuple")],
            id="headers-as-text",
        ),
        pytest.param(
            {"response_mappings": (("a", "City") for _ in range(10**9))},
            [("response mapping", "more than 1,000 of them")],
            id="endless-mappings",
        ),
        pytest.param(
            {"custom_headers": [("A", "1")] * 1_001},
            [("custom header", "more than 1,000 of them")],
            id="many-headers",
        ),
        pytest.param(
            {
                "response_mappings": [
                    ("data..score", "City"),
                    ("a.$b", "City"),
                    ("fine", " "),
                    ("fine", "x" * 256),
                    ("x" * 1_000_000, "City"),
                ]
            },
            [
                ("response mapping 1 'data..score'", "empty key at column 6"),
                ("response mapping 2 'a.$b'", "'$' at column 3"),
                ("response mapping 3 'fine'", "no field to write to"),
                (
                    "response mapping 4 'fine'",
                    "a field name of more than 255 characters",
                ),
                (
                    "response mapping 5 '" + "x" * 60 + "…'",
                    "1,000,000 characters long",
                ),
            ],
            id="mappings",
        ),
        pytest.param(
            {"response_mappings": {str(n): "City" for n in range(10_000)}},
            [("response mapping", "more than 1,000 of them")],
            id="many-mappings",
        ),
        pytest.param(
            {"webhook_url": "x", "self": 1, "retries": 10**6},
            [
                ("'webhook_url'", "is not a property of a webhook"),
                ("'self'", "is not a property of a webhook"),
                ("'retries'", "is not a property of a webhook"),
            ],
            id="unknown-properties",
        ),
    ],
)
def test_every_fault_is_found_at_once_with_its_place(
    parts: dict[str, Any], places: Places
) -> None:
    """All that is wrong is listed in the order of the form."""
    with pytest.raises(InvalidDefinition) as caught:
        make(**{"url": "https://a.test/"} | parts)
    assert _places(caught.value) == places


def test_faults_of_all_kinds_come_together() -> None:
    """Ten faults give ten, types and contents alike, under the webhook's name."""
    with pytest.raises(InvalidDefinition) as caught:
        make(
            name="Broken",
            url="https://a.test/ x",
            request_type="FETCH",
            payload_template=r"\d {{lead.Id",
            request_token_encoding="UTF-8",
            response_type="CSV",
            custom_headers={"Upgrade": "h2c", "a b": "1"},
            response_mappings={"a..b": "City"},
            colour="red",
        )
    assert [place for place, _ in _places(caught.value)] == [
        "request type",
        "request token encoding",
        "response type",
        "'colour'",
        "url, column 16",
        "payload template, column 1",
        "payload template, column 4",
        "custom header 1 'Upgrade'",
        "custom header 2 'a b'",
        "response mapping 1 'a..b'",
    ]
    text = str(caught.value)
    assert text.startswith("webhook 'Broken': 10 faults:\n  - request type: ")
    assert text.count("\n") == 10


def test_a_missing_url_is_told() -> None:
    """The one property that has no default."""
    with pytest.raises(InvalidDefinition, match="webhook: url: is missing"):
        make()


def test_remedies_are_told() -> None:
    """A fault says what to do about it."""
    with pytest.raises(InvalidDefinition) as caught:
        make(url="https://a.test", colour="red", response_mappings={"a": ""})
    unknown, field = caught.value.faults
    assert unknown.problem == "is not a property of a webhook"
    assert unknown.remedy.startswith("there are name, description, url")
    assert field == Fault(
        "response mapping 1 'a'", "no field to write to", "name a field of the lead"
    )


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("https://a.test/" + "{{" * 8_000, id="never-closed"),
        pytest.param("https://a.test/" + "{{" * 8_000 + "\n}}", id="closed-after-line"),
        pytest.param("https://a.test/" + "{{a}}" * 3_000, id="many"),
    ],
)
def test_a_url_of_many_braces_is_checked_in_time(url: str) -> None:
    """No text makes the check slow; the suite's time limit is the bound."""
    try:
        hook = make(url=url)
    except InvalidDefinition as error:
        assert error.faults  # noqa: PT017 - either end is right
    else:
        assert hook.url == url


def test_a_template_of_endless_faults_is_checked_in_time() -> None:
    """A hundred bad escapes are named, and the rest is not looked for."""
    with pytest.raises(InvalidDefinition) as caught:
        make(url="https://a.test/", payload_template=r"\x" * (1 << 20))
    assert len(caught.value.faults) == 100


def test_a_definition_is_frozen_equal_by_value_and_hashable() -> None:
    """It can be a key, be copied and be sent to another process."""
    hook = make(**FULL)
    with pytest.raises(ValidationError, match="frozen"):
        hook.url = "https://b.test/"
    again = pickle.loads(pickle.dumps(hook))  # noqa: S301 - our own bytes
    assert hook == again == copy.deepcopy(hook)
    assert len({hook, again}) == 1


def test_a_copy_with_other_parts_is_checked_anew() -> None:
    """`replace` keeps the rest and refuses what a new definition refuses."""
    hook = make(**FULL)
    assert hook.replace(name="B", request_type="post") == make(
        **FULL | {"name": "B", "request_type": "POST"}
    )
    with pytest.raises(InvalidDefinition, match="starts with gopher://"):
        hook.replace(url="gopher://a.test/")
    with pytest.raises(InvalidDefinition, match="starts with gopher://"):
        hook.__replace__(url="gopher://a.test/")


# Files


def test_a_saved_definition_is_readable_json(tmp_path: Path) -> None:
    """The file has the format number first and the arguments' names."""
    make(**FULL).save(tmp_path / "a.webhook.json")
    text = (tmp_path / "a.webhook.json").read_bytes().decode()
    assert json.loads(text) == {"format": 1} | FULL
    assert list(json.loads(text)) == ["format", *FULL]
    assert text.endswith("}\n")
    assert "\r" not in text


def test_pairs_that_repeat_are_saved_as_a_list(tmp_path: Path) -> None:
    """An object could not hold one key twice."""
    hook = make(url="https://a.test/", custom_headers=[("A", "1"), ("A", "2")])
    hook.save(tmp_path / "a.json")
    saved = json.loads((tmp_path / "a.json").read_text("utf-8"))
    assert saved["custom_headers"] == [["A", "1"], ["A", "2"]]
    assert Webhook.load(tmp_path / "a.json") == hook


def test_a_file_may_be_written_by_hand(tmp_path: Path) -> None:
    """A byte order mark and left-out properties are fine."""
    path = tmp_path / "a.json"
    path.write_text('{"format": 1, "url": "https://a.test/"}', "utf-8-sig")
    assert Webhook.load(str(path)) == Webhook(url="https://a.test/")


def test_a_fault_in_a_file_names_the_webhook_or_else_the_file(tmp_path: Path) -> None:
    """A reader knows which definition to look at."""
    path = tmp_path / "a.webhook.json"
    path.write_text('{"format": 1, "url": "a.test"}', "utf-8")
    with pytest.raises(InvalidDefinition, match=r"starts with 'a\.test'") as caught:
        Webhook.load(path)
    assert caught.value.name == str(path)
    path.write_text('{"format": 1, "url": "a.test", "name": "Score"}', "utf-8")
    with pytest.raises(InvalidDefinition, match=r"webhook 'Score': url: starts"):
        Webhook.load(path)


_TEXT = st.text(max_size=20)
_LINE = st.text(
    st.characters(codec="utf-8", min_codepoint=32, exclude_characters="\x7f"),
    max_size=20,
)
_PLAIN = _LINE.filter(lambda text: "{{" not in text)
_DEFINITIONS = st.fixed_dictionaries(
    {
        "name": _TEXT,
        "description": _TEXT,
        "url": st.sampled_from([URL, "http://[::1]:8080/%zz?a=é#f", "HTTPS://A.TEST"]),
        "request_type": st.sampled_from(["POST", "PUT", "PATCH", "DELETE"]),
        "payload_template": _TEXT.filter(lambda t: "\\" not in t and "{{" not in t),
        "request_token_encoding": st.sampled_from(["None", "JSON", "Form/Url"]),
        "response_type": st.sampled_from(["JSON", "XML", "None"]),
        "custom_headers": st.lists(
            st.tuples(st.sampled_from(["A", "X-B", "Cookie"]), _PLAIN), max_size=4
        ),
        "response_mappings": st.lists(
            st.tuples(
                st.sampled_from(["a", "a.b[0]", "[1].ä"]), _TEXT.filter(str.strip)
            ),
            max_size=4,
        ),
        "beyond": st.fixed_dictionaries(
            {},
            optional={
                "xml_escape": st.booleans(),
                "null_clears": st.booleans(),
                "datetime_format": st.sampled_from(["marketo", "iso", "iso_utc"]),
            },
        ),
    }
)


@settings(deadline=None)  # it writes a file
@given(parts=_DEFINITIONS)
def test_any_definition_survives_saving_and_loading(
    tmp_path_factory: pytest.TempPathFactory, parts: dict[str, Any]
) -> None:
    """What `save` writes, `load` reads as the same definition."""
    path = tmp_path_factory.mktemp("hook") / "a.webhook.json"
    hook = make(**parts)
    hook.save(path)
    assert Webhook.load(path) == hook
    _check_schema(json.loads(path.read_text("utf-8")), Webhook.json_schema())


def _check_schema(value: Any, schema: dict[str, Any]) -> None:  # noqa: ANN401 - any JSON value
    """Check a value against the parts of JSON Schema that ours uses."""
    known = {
        *("type", "properties", "required", "additionalProperties", "title"),
        *("description", "default", "const", "enum", "anyOf", "items"),
        *("prefixItems", "minItems", "maxItems"),
    }
    assert schema.keys() <= known
    if "anyOf" in schema:
        assert any(_fits(value, choice) for choice in schema["anyOf"])
    assert value == schema.get("const", value)
    assert value in schema.get("enum", [value])
    kinds: dict[str, type] = {
        "string": str,
        "object": dict,
        "array": list,
        "boolean": bool,
    }
    assert kinds.get(schema.get("type", "")) in {None, type(value)}
    if schema.get("type") == "object":
        _check_object(value, schema)
    if schema.get("type") == "array":
        assert schema.get("minItems", 0) <= len(value)
        assert len(value) <= schema.get("maxItems", len(value))
        inner: list[Any] = schema.get("prefixItems") or [schema.get("items", {})] * len(
            value
        )
        for item, part in zip(value, inner, strict=True):
            _check_schema(item, part)


def _check_object(value: dict[str, Any], schema: dict[str, Any]) -> None:
    properties = schema.get("properties", {})
    rest = schema.get("additionalProperties", {})
    assert set(schema.get("required", [])) <= value.keys()
    for key, item in value.items():
        assert key in properties or rest is not False
        _check_schema(item, properties.get(key, rest))


def _fits(value: Any, schema: dict[str, Any]) -> bool:  # noqa: ANN401 - any JSON value
    try:
        _check_schema(value, schema)
    except AssertionError:
        return False
    return True


def test_the_schema_tells_good_files_from_bad_ones() -> None:
    """An editor that knows the schema marks what loading would refuse."""
    schema = Webhook.json_schema()
    good = {"format": 1} | FULL
    assert _fits(good, schema)
    assert _fits(good | {"beyond": {"xml_escape": True}}, schema)
    for bad in (
        FULL,
        good | {"format": 2},
        good | {"request_type": "TRACE"},
        good | {"colour": "red"},
        good | {"custom_headers": {"A": 1}},
        good | {"custom_headers": [["A"]]},
        good | {"response_mappings": "a"},
        good | {"beyond": {"colour": True}},
        good | {"beyond": {"xml_escape": 1}},
        good | {"beyond": {"datetime_format": "unix"}},
        {"format": 1},
    ):
        assert not _fits(bad, schema)


def _file(**parts: object) -> bytes:
    return json.dumps({"format": 1, "url": "https://a.test/"} | parts).encode()


_FILE = b'{"format": 1, "url": "https://a.test/"'
HOSTILE = {
    "empty": b"",
    "blank": b" \n",
    "not-json": b"url: https://a.test/",
    "yaml-tag": b"!!python/object/apply:os.system ['touch canary']",
    "yaml-merge": b"a: &a [1]\nb: *a",
    "pickle": pickle.dumps({"format": 1}),
    "pickle-text": b"cos\nsystem\n(S'touch canary'\ntR.",
    "python": b"__import__('os').system('touch canary')",
    "zip": b"PK\x03\x04" + bytes(100),
    "gzip": b"\x1f\x8b\x08" + bytes(100),
    "binary": bytes(range(256)),
    "utf-16": '{"format": 1}'.encode("utf-16"),
    "latin-1": '{"format": 1, "name": "é"}'.encode("latin-1"),
    "list": b"[]",
    "number": b"1",
    "null": b"null",
    "text": b'"text"',
    "nan": b"NaN",
    "two-documents": b"{}{}",
    "trailing-comma": b'{"format": 1,}',
    "comment": b'/* c */ {"format": 1}',
    "cut-off": _FILE,
    "no-format": b'{"url": "https://a.test/"}',
    "format-2": _file(format=2),
    "format-text": _file(format="1"),
    "format-true": _file(format=True),
    "format-fraction": _file(format=1.0),
    "format-nan": _FILE.replace(b"1", b"NaN", 1) + b"}",
    "format-twice": b'{"format": 1, "format": 1, "url": "https://a.test/"}',
    "url-twice": _FILE + b', "url": "https://evil.test/"}',
    "header-twice": _FILE + b', "custom_headers": {"A": "1", "A": "2"}}',
    "deep-lists": b"[" * 200_000,
    "deep-objects": b'{"a":' * 200_000,
    "deep-inside": _FILE + b', "name": ' + b"[" * 900 + b"]" * 900 + b"}",
    "huge-integer": _FILE + b', "name": ' + b"9" * 5_000 + b"}",
    "huge-format": b'{"format": ' + b"1" * 5_000 + b"}",
    "huge-float": _FILE + b', "name": 1e999}',
    "name-object": _file(name={"__class__": "os"}),
    "name-list": _file(name=[[]]),
    "lone-surrogate": _FILE + rb', "name": "\ud800"}',
    "surrogate-in-key": _FILE + rb', "\ud800": 1}',
    "surrogate-in-url": rb'{"format": 1, "url": "https://a.test/\ud800"}',
    "surrogate-in-header": _FILE + rb', "custom_headers": {"A": "\udfff"}}',
    "surrogate-in-mapping": _FILE + rb', "response_mappings": {"\udfff": "City"}}',
    "key-self": _file(self=1),
    "key-class": _file(__class__="os.system"),
    "key-init": _file(__init__={}, __dict__={}, __reduce__=[]),
    "key-pydantic": _file(model_config={}, model_fields={}, __pydantic_extra__={}),
    "key-empty": _FILE + b', "": 1}',
    "key-long": _file(**{"k" * 1_000_000: 1}),
    "many-keys": _file(**{f"k{n}": n for n in range(100_000)}),
    "include": _file(include="/etc/passwd"),
    "reference": _file(**{"$ref": "file:///etc/passwd"}),
    "verify-off": _file(verify=False, timeout_s=10**9, retry=10**6),
    "environment": _file(url="https://${HOST}/"),
    "token-in-host": _file(url="https://{{secret.KEY}}.evil.test/"),
    "user-in-url": _file(url="https://u:p@a.test/"),
    "file-url": _file(url="file:///etc/passwd"),
    "gopher-url": _file(url="gopher://a.test/"),
    "url-full-width": _file(url="http://127\u3002\u0030.0.1/"),
    "url-huge": _file(url="https://a.test/" + "{{" * 4_000_000),
    "url-number": _file(url=5),
    "url-null": _file(url=None),
    "url-control": _file(url="https://a.test/\r\nX: 1"),
    "port-99999": _file(url="https://a.test:99999/"),
    "port-digits": _file(url="https://a.test:" + "9" * 5_000 + "/"),
    "template-huge": _file(payload_template="x" * (3 << 20)),
    "template-escapes": _file(payload_template="\\x" * 500_000),
    "template-list": _file(payload_template=["a"]),
    "header-smuggling": _file(custom_headers={"A": "1\r\nB: 2"}),
    "header-framing": _file(custom_headers={"Transfer-Encoding": "chunked"}),
    "header-host": _file(custom_headers={"Host": "evil.test"}),
    "headers-number": _file(custom_headers=5),
    "headers-nested": _file(custom_headers={"A": {"B": "C"}}),
    "headers-triple": _file(custom_headers=[["A", "B", "C"]]),
    "headers-many": _file(custom_headers=[1] * 1_000_000),
    "mappings-many": _file(response_mappings=[["a", "b"]] * 100_000),
    "mappings-null": _file(response_mappings=None),
    "mapping-script": _file(response_mappings={"__class__.__mro__[1]()": "City"}),
    "mapping-huge": _file(response_mappings={"a" * 1_000_000: "City"}),
    "field-huge": _file(response_mappings={"a": "x" * 1_000_000}),
    "too-large": b" " * ((16 << 20) + 1),
}


@pytest.mark.parametrize(
    "raw", [pytest.param(raw, id=name) for name, raw in HOSTILE.items()]
)
def test_a_hostile_file_is_refused_and_does_nothing(
    raw: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One typed error of bounded length; no other file is read, no socket is made."""
    path = tmp_path / "a.webhook.json"
    path.write_bytes(raw)
    opened: list[str] = []
    real_open = Path.open

    def watched_open(self: Path, *args: Any, **more: Any) -> Any:  # noqa: ANN401 - as open
        opened.append(self.name)
        return real_open(self, *args, **more)

    def no_socket(*_: object, **__: object) -> None:
        opened.append("a socket")

    monkeypatch.setattr(Path, "open", watched_open)
    monkeypatch.setattr("builtins.open", no_socket)
    monkeypatch.setattr(socket, "socket", no_socket)
    monkeypatch.setenv("KEY", "s3cret")
    with pytest.raises(InvalidDefinition) as caught:
        Webhook.load(path)
    message = str(caught.value)
    assert opened == ["a.webhook.json"]
    assert caught.value.faults
    assert len(message) < 50_000
    assert "s3cret" not in message
    message.encode()
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.webhook.json"]


@pytest.mark.parametrize("name", ["missing.json", ".", "a\x00b", "x" * 300])
def test_a_path_that_cannot_be_read_is_a_typed_error(tmp_path: Path, name: str) -> None:
    """The fault says what the system says."""
    with pytest.raises(InvalidDefinition, match="file: ") as caught:
        Webhook.load(tmp_path / name)
    assert [fault.place for fault in caught.value.faults] == ["file"]


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["https://a.test/", "{{", "\\d", "GET", "JSON", "a..b"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
)
_KEYS = st.sampled_from([*FULL, "self", "format", "x"])


@settings(max_examples=max(200, settings().max_examples), deadline=None)
@given(
    content=st.dictionaries(_KEYS, _JSON).map(
        lambda parts: json.dumps({"format": 1} | parts).encode()
    )
    | _JSON.map(lambda value: json.dumps(value).encode())
    | st.binary(max_size=100)
)
def test_any_file_is_a_definition_or_our_own_error(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    """Whatever stands in a file, nothing but our own errors comes out."""
    path = tmp_path_factory.mktemp("hooks") / "a.json"
    path.write_bytes(content)
    try:
        found = Webhook.load(path).to_json()
    except NbWebhookError as error:
        found = str(error)
    assert found.encode()
