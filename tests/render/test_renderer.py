"""A webhook and a block of leads to requests, as a whole."""

import pickle
from collections.abc import Callable
from datetime import timedelta

import pytest

from nbwebhook.clock import ManualClock
from nbwebhook.definition.context import Context
from nbwebhook.definition.fields import Fields, FieldType
from nbwebhook.definition.urls import Origin
from nbwebhook.definition.webhook import Webhook
from nbwebhook.errors import MissingColumn, RenderError
from nbwebhook.redact import Redactor
from nbwebhook.render.leads import Column, LeadBlock, Value
from nbwebhook.render.renderer import Renderer
from nbwebhook.render.request import Request

Render = Callable[..., list[Request | RenderError]]


def test_one_lead_becomes_one_request_byte_for_byte(render: Render) -> None:
    """Method, origin, target, headers and body are those of Marketo."""
    found = render(
        {"Id": ["1001"], "First Name": ["Zoë"], "Email Address": ["z+1@x.test"]},
        url="https://score.example.test:8443/v1/{{lead.Id}}?email={{lead.Email Address}}",
        request_type="PUT",
        payload_template=(
            '{"first": {{lead.First Name}}, "id": {{lead.Id}},'
            ' "company": {{company.Company Name:default=unknown}}}'
        ),
        request_token_encoding="JSON",
        custom_headers={"Content-Type": "application/json", "X-Id": "{{lead.Id}}"},
    )
    assert found == [
        Request(
            "PUT",
            Origin("https", "score.example.test", 8443),
            b"/v1/1001?email=z%2B1%40x.test",
            ((b"Content-Type", b"application/json"), (b"X-Id", b"1001")),
            '{"first": "Zoë", "id": 1001, "company": "unknown"}'.encode(),
        )
    ]


@pytest.mark.parametrize(
    ("request_type", "template", "wanted"),
    [
        pytest.param("GET", "", None, id="get"),
        pytest.param("GET", " \n", None, id="get-with-a-blank-template"),
        pytest.param("DELETE", "", None, id="delete"),
        pytest.param("DELETE", "{{lead.X}}", b"v", id="delete-with-a-template"),
        pytest.param("POST", "", b"", id="post"),
        pytest.param("PUT", "", b"", id="put"),
        pytest.param("PATCH", "", b"", id="patch"),
        pytest.param("PATCH", "a\n{{lead.X}}", b"a\nv", id="patch-with-a-template"),
    ],
)
def test_a_body_by_request_type(
    render: Render, request_type: str, template: str, wanted: bytes | None
) -> None:
    """All five verbs; a POST without a template has an empty body, a GET has none."""
    request = render(
        {"X": ["v"]}, request_type=request_type, payload_template=template
    )[0]
    assert isinstance(request, Request)
    assert (request.method, request.body) == (request_type, wanted)


def test_leads_keep_their_order_and_number(render: Render) -> None:
    """Each lead has one request or one error, at its own position."""
    values: list[Value] = ["a", "\ud800", "b", "\ud800", "a"]
    found = render({"X": values}, payload_template="{{lead.X}}")
    assert [each.body if isinstance(each, Request) else None for each in found] == [
        b"a",
        None,
        b"b",
        None,
        b"a",
    ]


def test_a_block_without_leads_gives_no_request(render: Render) -> None:
    """Nothing in, nothing out, for texts with and without tokens."""
    assert render({"X": []}, payload_template="{{lead.X}}") == []
    assert render({"X": []}, custom_headers={"A": "{{lead.X}}"}) == []


def test_of_several_errors_a_lead_has_the_first(render: Render) -> None:
    """The url comes first, then the payload, then the headers."""
    found = render(
        {"A": ["\n", "ok"], "B": ["\ud800", "\ud800"], "C": ["\n", "\n"]},
        url="https://example.test/?{{lead.A}}",
        payload_template="{{lead.B}}",
        custom_headers={"X-C": "{{lead.C}}"},
    )
    assert [type(each).__name__ for each in found] == [
        "UnsafeTarget",
        "UnencodableValue",
    ]


def test_errors_survive_pickling(render: Render) -> None:
    """A lead's error can be kept and moved."""
    for parts in (
        {"url": "https://example.test/?{{lead.X}}"},
        {"custom_headers": {"X": "{{lead.X}}"}},
    ):
        error = render({"X": ["a\nb"]}, **parts)[0]
        copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - made here
        assert (type(copy), str(copy)) == (type(error), str(error))


def test_a_value_is_parsed_in_no_place(render: Render) -> None:
    """Tokens are filled in one pass, so a value cannot name a secret."""
    request = render(
        {"X": ["{{secret.KEY}}"], "Y": ["}}{{secret.KEY"]},
        url="https://example.test/?{{lead.X}}",
        payload_template="{{lead.X}}{{{lead.Y}}}}",
        custom_headers={"A": "{{lead.X}}"},
        context=Context(secrets={"KEY": "s3cret"}),
    )[0]
    assert isinstance(request, Request)
    assert request.target == b"/?{{secret.KEY}}"
    assert request.body == b"{{secret.KEY}}{}}{{secret.KEY}}"
    assert request.headers == ((b"A", b"{{secret.KEY}}"),)


def test_blocks_are_rendered_alike_whatever_their_size(
    make_renderer: Callable[..., Renderer],
) -> None:
    """A column that says its type leaves empty values alike in every block."""
    renderer = make_renderer(
        ["N"], payload_template="{{lead.N}}", request_token_encoding="JSON"
    )

    def bodies(*values: Value) -> list[bytes | None]:
        column = Column("N", values, FieldType.INTEGER)
        found = renderer.render(LeadBlock(0, ["k"] * len(values), (column,)))
        return [each.body for each in found if isinstance(each, Request)]

    assert bodies(1, None) == [b"1", b""]
    assert bodies(1) + bodies(None) == [b"1", b""]


def test_the_clock_is_read_for_each_block(make_block: Callable[..., LeadBlock]) -> None:
    """System tokens move on with the time of day."""
    clock = ManualClock()
    renderer = Renderer(
        Webhook(
            url="https://example.test/?{{system.dateTime}}",
            request_token_encoding="JSON",
        ),
        columns=[],
        fields=Fields(),
        context=Context(),
        clock=clock,
    )
    times = []
    for _ in range(2):
        request = renderer.render(make_block({}))[0]
        assert isinstance(request, Request)
        times.append(request.target)
        clock._now_s += timedelta(hours=1).total_seconds()
    assert times == [b"/?2026-01-01+00%3A00%3A00", b"/?2026-01-01+01%3A00%3A00"]


def test_a_block_without_a_column_that_was_promised_is_an_error(
    make_renderer: Callable[..., Renderer], make_block: Callable[..., LeadBlock]
) -> None:
    """A renderer of other leads cannot be used by mistake."""
    renderer = make_renderer(["X"], payload_template="{{lead.X}}")
    with pytest.raises(MissingColumn, match="a block of leads: no column 'X'"):
        renderer.render(make_block({"Y": ["v"]}))


def test_secrets_are_masked_in_every_form_that_is_sent(
    make_renderer: Callable[..., Renderer], make_block: Callable[..., LeadBlock]
) -> None:
    """A redactor of the renderer's secrets leaves none of them in a request."""
    renderer = make_renderer(
        url="https://example.test/{{secret.K}}?k={{secret.K}}",
        payload_template="[{{secret.K}}]",
        request_token_encoding="JSON",
        custom_headers={"A": "Bearer {{secret.K}}"},
        context=Context(secrets={"K": 'a~*/"\u00e9', "UNUSED": "other"}),
    )
    request = renderer.render(make_block({}))[0]
    assert isinstance(request, Request)
    redactor = Redactor(renderer.secrets)
    assert redactor.mask(request.target.decode()) == "/••••?k=••••"
    assert redactor.mask((request.body or b"").decode()) == '["••••"]'
    assert redactor.mask(request.headers[0][1].decode()) == "Bearer ••••"
    assert "other" not in renderer.secrets
    assert "secret" not in repr(renderer)


def test_a_template_of_100_000_tokens_is_no_trouble(
    make_renderer: Callable[..., Renderer], make_block: Callable[..., LeadBlock]
) -> None:
    """Compiling and rendering are linear in the template."""
    renderer = make_renderer(["Id"], payload_template="{{lead.Id}}," * 100_000)
    request = renderer.render(make_block({"Id": [7]}))[0]
    assert isinstance(request, Request)
    assert request.body == b"7," * 100_000
    assert len(renderer.tokens) == 100_000
    assert renderer.tokens[-1].place == "payload template, column 1199989"
