"""What becomes of values in custom headers (marketo.md 10, faults 81 to 84)."""

from collections.abc import Callable

import pytest

from nbwebhook.definition.context import Context
from nbwebhook.errors import RenderError, UnsafeHeader
from nbwebhook.render.leads import Value
from nbwebhook.render.request import Request

Render = Callable[..., list[Request | RenderError]]


@pytest.mark.parametrize("encoding", ["JSON", "Form/Url", "None"])
@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        pytest.param("Ann", b"<Ann>", id="text"),
        pytest.param("a b&c=d%20", b"<a b&c=d%20>", id="raw"),
        pytest.param("Zoë", b"<Zo\xc3\xab>", id="non-ascii-is-utf8"),
        pytest.param("a\tb", b"<a\tb>", id="tab"),
        pytest.param("\x80", b"<\xc2\x80>", id="no-control-of-ascii"),
        pytest.param(None, b"<>", id="nothing"),
        pytest.param(42, b"<42>", id="number"),
        pytest.param(True, b"<true>", id="truth"),
    ],
)
def test_header_values_are_raw_in_every_encoding(
    render_header: Callable[..., object], encoding: str, value: Value, wanted: bytes
) -> None:
    """A header holds the value's text as UTF-8."""
    found = render_header("<{{lead.X}}>", {"X": value}, request_token_encoding=encoding)
    assert found == ((b"X-Lead", wanted),)


@pytest.mark.parametrize("sign", [*map(chr, range(0x20)), "\x7f"])
def test_a_control_character_refuses_the_lead(render: Render, sign: str) -> None:
    """Every control but the tab is refused, and the message has no value in it."""
    found = render(
        {"X": [f"s3cr{sign}et"]}, custom_headers={"X-Lead": "a {{lead.X}} b"}
    )[0]
    if sign == "\t":
        assert isinstance(found, Request)
        return
    assert isinstance(found, UnsafeHeader)
    assert str(found) == (
        "custom header 'X-Lead': {{lead.X}} holds a control character or line break"
    )


@pytest.mark.parametrize(
    ("value", "cell", "wanted"),
    [
        pytest.param("{{lead.X}}", "  a b\t", b"a b", id="of-the-value"),
        pytest.param(" {{lead.X}} ", "a", b"a", id="of-the-definition"),
        pytest.param("{{lead.X}}", " ", b"", id="nothing-else"),
        pytest.param(" fixed ", "", b"fixed", id="without-a-token"),
        pytest.param("{{lead.X}}", "\xa0a", b"\xc2\xa0a", id="not-other-spaces"),
    ],
)
def test_spaces_round_a_header_value_are_left_out(
    render_header: Callable[..., object], value: str, cell: str, wanted: bytes
) -> None:
    """They are no part of the value in HTTP."""
    assert render_header(value, {"X": cell}) == ((b"X-Lead", wanted),)


def test_headers_keep_their_order_and_repeat(render: Render) -> None:
    """Headers with and without tokens come in the definition's order, names as written."""
    found = render(
        {"X": ["1", "2"]},
        custom_headers=[("b-X", "{{lead.X}}"), ("A", "fixed"), ("b-X", "again")],
    )
    assert [each.headers for each in found if isinstance(each, Request)] == [
        ((b"b-X", b"1"), (b"A", b"fixed"), (b"b-X", b"again")),
        ((b"b-X", b"2"), (b"A", b"fixed"), (b"b-X", b"again")),
    ]


def test_rendering_adds_no_header(render: Render) -> None:
    """Without custom headers there are none, no Content-Type either."""
    request = render({}, payload_template="{}", request_token_encoding="JSON")[0]
    assert isinstance(request, Request)
    assert request.headers == ()


def test_the_host_header_is_left_to_the_transport(render: Render) -> None:
    """A Host that equals the URL's is not sent twice."""
    request = render({}, custom_headers={"Host": "example.test", "A": "b"})[0]
    assert isinstance(request, Request)
    assert request.headers == ((b"A", b"b"),)


def test_a_value_of_the_run_that_no_header_can_hold_refuses_every_lead(
    render: Render,
) -> None:
    """A secret with a line break at its end is found before anything is sent."""
    found = render(
        {"X": ["1", "2"]},
        custom_headers={"Authorization": "Bearer {{secret.KEY}}"},
        context=Context(secrets={"KEY": "abc\n"}),
    )
    wanted = (
        "custom header 'Authorization': {{secret.KEY}} holds a control character or "
        "line break"
    )
    assert [str(each) for each in found] == [wanted, wanted]
