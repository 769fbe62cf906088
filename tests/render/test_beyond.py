"""What the options past Marketo change on the wire, and what they leave alone."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from nbwebhook.definition.context import Context
from nbwebhook.render.leads import Value
from nbwebhook.render.renderer import Renderer
from nbwebhook.render.request import Request

RenderText = Callable[..., bytes | str]
RenderHeader = Callable[..., object]
Render = Callable[..., list[Any]]

LENIENT = {"lenient_json_quotes": True}
NULLS = {"empty_as_null": True}
XML = {"xml_escape": True}
FIELDS = {"N": "integer", "B": "boolean", "D": "date", "T": "datetime"}


@pytest.mark.parametrize(
    ("template", "lead", "off", "on"),
    [
        pytest.param(
            '{"a": "{{lead.X}}"}', {"X": 'é"'}, b'{"a": ""\xc3\xa9\\"""}',
            b'{"a": "\xc3\xa9\\""}', id="quoted-token",
        ),
        pytest.param(
            '"Dear {{lead.X}} of {{lead.Y}}"', {"X": "A", "Y": "B"},
            b'"Dear "A" of "B""', b'"Dear A of B"', id="in-a-longer-string",
        ),
        pytest.param('"{{lead.N}}"', {"N": 7}, b'"7"', b'"7"', id="number"),
        pytest.param('"{{lead.N}}"', {"N": None}, b'""', b'""', id="empty-number"),
        pytest.param('"{{lead.X}}"', {"X": ""}, b'""""', b'""', id="empty-text"),
        pytest.param(
            '"{{lead.X:default=a"b}}"', {"X": ""}, b'""a\\"b""', b'"a\\"b"', id="default"
        ),
        pytest.param('[{{lead.X}}]', {"X": "a"}, b'["a"]', b'["a"]', id="bare-token"),
        pytest.param(
            '{{lead.X}}"{{lead.X}}"', {"X": "a"}, b'"a"""a""', b'"a""a"', id="both-ways"
        ),
    ],
)  # fmt: skip
def test_lenient_quotes_are_not_added_where_the_template_has_its_own(
    render_body: RenderText,
    template: str,
    lead: dict[str, Value],
    off: bytes,
    on: bytes,
) -> None:
    """A token in a quoted string becomes valid JSON, any other stays as it was."""
    assert render_body(template, lead, fields=FIELDS) == off
    assert render_body(template, lead, fields=FIELDS, beyond=LENIENT) == on


def test_lenient_quotes_are_for_json_payloads_alone(
    render_body: RenderText, render_target: RenderText, render_header: RenderHeader
) -> None:
    """No other encoding and no other place is touched."""
    lead = {"X": 'a"b'}
    assert render_body('"{{lead.X}}"', lead, "Form/Url", beyond=LENIENT) == b'"a%22b"'
    assert render_target('/?"{{lead.X}}"', lead, beyond=LENIENT) == b'/?"a%22b"'
    headers = render_header('"{{lead.X}}"', lead, beyond=LENIENT)
    assert headers == ((b"X-Lead", b'"a"b"'),)


def test_a_secret_in_a_quoted_string_is_still_masked(
    make_renderer: Callable[..., Renderer],
) -> None:
    """The form in which it is sent, and not a piece of it, is what the redactor knows."""
    renderer = make_renderer(
        payload_template='{"key": "{{secret.K}}"}',
        request_token_encoding="JSON",
        beyond=LENIENT,
        context=Context(secrets={"K": 'a"b'}),
    )
    assert set(renderer.secrets) == {'a"b', 'a\\"b'}


@pytest.mark.parametrize(
    ("token", "value", "body"),
    [
        pytest.param("lead.N", None, b"null", id="number"),
        pytest.param("lead.N", "", b"null", id="blank-number"),
        pytest.param("lead.B", None, b"null", id="boolean"),
        pytest.param("lead.Free", Decimal("NaN"), b"null", id="column-of-numbers"),
        pytest.param("lead.N:default=0", None, b"0", id="default"),
        pytest.param("lead.N:default=", None, b"null", id="empty-default"),
        pytest.param("lead.N", 0, b"0", id="zero"),
        pytest.param("lead.B", False, b"false", id="false"),
        pytest.param("lead.D", None, b'""', id="date-as-in-marketo"),
        pytest.param("lead.X", None, b'""', id="text-as-in-marketo"),
    ],
)
def test_an_empty_number_may_be_null(
    render_body: RenderText, token: str, value: Value, body: bytes
) -> None:
    """Only where Marketo leaves nothing, and only without a default."""
    name = token.partition(":")[0].removeprefix("lead.")
    found = render_body(f"{{{{{token}}}}}", {name: value}, fields=FIELDS, beyond=NULLS)
    assert found == body


def test_an_empty_column_of_numbers_is_null_too(render: Render) -> None:
    """The column's own numbers say its type where no field does."""
    requests = render(
        {"X": [1, None]},
        payload_template="[{{lead.X}}]",
        request_token_encoding="JSON",
        beyond=NULLS,
    )
    assert [request.body for request in requests] == [b"[1]", b"[null]"]


@pytest.mark.parametrize(
    ("encoding", "body"),
    [pytest.param("None", b"", id="none"), pytest.param("Form/Url", b"", id="form")],
)
def test_null_is_a_word_of_json_alone(
    render_body: RenderText, encoding: str, body: bytes
) -> None:
    """Nothing is written elsewhere."""
    found = render_body(
        "{{lead.N}}", {"N": None}, encoding, fields=FIELDS, beyond=NULLS
    )
    assert found == body


@pytest.mark.parametrize(
    ("template", "value", "body"),
    [
        pytest.param("<a>{{lead.X}}</a>", "<&>", b"<a>&lt;&amp;&gt;</a>", id="markup"),
        pytest.param(
            "<a b='{{lead.X}}'/>", "\"'", b"<a b='&quot;&apos;'/>", id="attribute"
        ),
        pytest.param("<a>{{lead.X}}</a>", "é", b"<a>\xc3\xa9</a>", id="letters"),
        pytest.param("<a>{{lead.X}}</a>", 7, b"<a>7</a>", id="number"),
        pytest.param("<a>{{lead.X}}</a>", None, b"<a></a>", id="nothing"),
        pytest.param(
            "<a>{{lead.X:default=a&b}}</a>", "", b"<a>a&amp;b</a>", id="default"
        ),
        pytest.param("<a>{{lead.X}}</a>", "\n", b"<a>&#10;</a>", id="line-break"),
        pytest.param(
            "<![CDATA[{{lead.X}}]]>",
            "<&]]>",
            b"<![CDATA[<&]]]]><![CDATA[>]]>",
            id="cdata",
        ),
        pytest.param(
            "<a>{{lead.X}}</a>",
            "\x01",
            "UnencodableValue: {{lead.X}}: holds a control character that XML does not have",
            id="not-xml",
        ),
        pytest.param(
            "<![CDATA[{{lead.X}}]]>",
            "\x01",
            "UnencodableValue: {{lead.X}}: holds a control character that XML does not have",
            id="not-xml-in-cdata",
        ),
    ],
)
def test_values_may_be_escaped_for_xml(
    render_body: RenderText, template: str, value: Value, body: bytes | str
) -> None:
    """The value stays text of the document; what XML cannot hold refuses the lead."""
    assert render_body(template, {"X": value}, "None", beyond=XML) == body


@pytest.mark.parametrize("encoding", ["JSON", "Form/Url"])
def test_xml_is_escaped_under_none_alone(render: Render, encoding: str) -> None:
    """An encoding that has its own escapes does not get a second one."""
    plain, escaped = (
        render(
            {"X": ["<&>"]},
            payload_template="<a>{{lead.X}}</a>",
            request_token_encoding=encoding,
            beyond=beyond,
        )
        for beyond in ({}, XML)
    )
    assert plain == escaped


@given(text=st.text(st.characters(codec="utf-8", exclude_categories=["Cc"])))
def test_any_text_is_read_back_from_xml(render: Render, text: str) -> None:
    """An XML parser finds the value in content, in an attribute and in a section."""
    text = text.replace("\ufffe", "").replace("\uffff", "") + "\r\n\t"
    template = '<r a="{{lead.X}}"><c>{{lead.X}}</c><s><![CDATA[{{lead.X}}]]></s></r>'
    request = render({"X": [text]}, payload_template=template, beyond=XML)[0]
    assert isinstance(request, Request)
    assert request.body is not None
    root = etree.fromstring(request.body)
    assert [root.get("a"), root.findtext("c"), root.findtext("s")] == [text] * 3


@given(texts=st.lists(st.text(st.characters(codec="utf-8")), min_size=2, max_size=2))
def test_any_text_is_read_back_from_a_quoted_token(
    render: Render, texts: list[str]
) -> None:
    """With lenient quotes a JSON parser finds the values in their strings."""
    request = render(
        {"X": [texts[0]], "Y": [texts[1]]},
        payload_template='{"a": "{{lead.X}}", "b": "<{{lead.Y}}>"}',
        request_token_encoding="JSON",
        beyond=LENIENT,
    )[0]
    assert json.loads(request.body) == {"a": texts[0], "b": f"<{texts[1]}>"}


SUMMER = datetime(2013, 8, 8, 23, 36, 13, 999, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "form", "text"),
    [
        pytest.param(SUMMER, "marketo", "2013-08-08 16:36:13", id="as-marketo"),
        pytest.param(SUMMER, "iso", "2013-08-08T16:36:13-07:00", id="iso"),
        pytest.param(SUMMER, "iso_utc", "2013-08-08T23:36:13Z", id="iso-utc"),
        pytest.param(
            datetime(2013, 1, 2, 3, 4, 5),  # noqa: DTZ001 - a value without a zone
            "iso",
            "2013-01-02T03:04:05-08:00",
            id="naive-is-of-the-account",
        ),
        pytest.param(
            datetime(2013, 1, 2, 3, 4, 5),  # noqa: DTZ001
            "iso_utc",
            "2013-01-02T11:04:05Z",
            id="naive-in-utc",
        ),
        pytest.param(
            date(2013, 1, 2), "iso_utc", "2013-01-02", id="a-date-has-no-time"
        ),
        pytest.param("2013-08-08 16:36:13", "iso", "2013-08-08 16:36:13", id="text"),
    ],
)
def test_the_form_of_dates_with_a_time_can_be_chosen(
    render_body: RenderText, value: Value, form: str, text: str
) -> None:
    """In the account's time zone with its offset, or in UTC; other values stay."""
    found = render_body(
        "{{lead.When}}",
        {"When": value},
        beyond={"datetime_format": form},
        context=Context(time_zone="America/Los_Angeles"),
    )
    assert found == f'"{text}"'.encode()


def test_a_date_field_shows_no_time_in_any_form(render_body: RenderText) -> None:
    """The field's type goes before the form."""
    for form in ("marketo", "iso", "iso_utc"):
        found = render_body(
            "{{lead.D}}", {"D": SUMMER}, fields=FIELDS, beyond={"datetime_format": form}
        )
        assert found == b'"2013-08-08"'


def test_a_moment_outside_the_calendar_refuses_its_lead(
    render_body: RenderText,
) -> None:
    """The last hours of the year 9999 have no UTC form west of Greenwich."""
    last = datetime(9999, 12, 31, 23, 59)  # noqa: DTZ001 - a value without a zone
    found = render_body(
        "{{lead.When}}",
        {"When": last},
        beyond={"datetime_format": "iso_utc"},
        context=Context(time_zone="America/Los_Angeles"),
    )
    assert str(found).endswith("is not of 1 to 9999")


def test_a_value_of_the_run_has_the_form_too(render_body: RenderText) -> None:
    """My Tokens with a time are written as those of leads; the clock's is Marketo's."""
    found = render_body(
        "{{my.When}} {{system.dateTime}}",
        {},
        "None",
        beyond={"datetime_format": "iso_utc"},
        context=Context(my={"When": SUMMER}),
    )
    assert found == b"2013-08-08T23:36:13Z 2013-08-08 23:34:13"
