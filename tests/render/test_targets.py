"""What becomes of values in the path and the query (marketo.md 4.5 and 10)."""

from collections.abc import Callable, Mapping, Sequence

import pytest

from nbwebhook.definition.context import Context
from nbwebhook.errors import RenderError, UnsafeTarget
from nbwebhook.render.leads import Value
from nbwebhook.render.request import Request

Render = Callable[..., list[Request | RenderError]]
RenderText = Callable[..., bytes | str]

CLIMBS = "UnsafeTarget: url: a value makes a path segment '.' or '..', which changes the path"


@pytest.mark.parametrize(
    "target",
    [
        pytest.param("/", id="root"),
        pytest.param("/a%26b&c%zz100%", id="percent-signs"),
        pytest.param("/a/../b/./c//d", id="dots-and-empty-segments"),
        pytest.param("/a?", id="empty-query"),
        pytest.param("/a?x='+\"&y=%2B%2b", id="quotes-and-both-cases"),
        pytest.param("/a\\b|c^d`e{f}", id="signs-that-should-be-encoded"),
    ],
)
def test_a_target_without_tokens_is_sent_as_written(
    render_target: RenderText, target: str
) -> None:
    """No byte of the URL's own text is changed."""
    assert render_target(target, {}) == target.encode()


@pytest.mark.parametrize(
    ("url", "origin", "target"),
    [
        pytest.param("HTTPS://EXAMPLE.test", "https://example.test", b"/", id="bare"),
        pytest.param(
            "http://example.test:8080?a=1#b",
            "http://example.test:8080",
            b"/?a=1",
            id="fragment",
        ),
        pytest.param("http://[::1]/x", "http://[::1]", b"/x", id="ipv6"),
        pytest.param(
            "http://e.test/é?ü", "http://e.test", b"/%C3%A9?%C3%BC", id="non-ascii"
        ),
        pytest.param(
            "http://e.test/{{lead.X}}#{{lead.X}}",
            "http://e.test",
            b"/v",
            id="token-in-fragment",
        ),
        pytest.param(
            "http://e.test/{{lead.A#B?}}", "http://e.test", b"/", id="signs-in-a-token"
        ),
    ],
)
def test_a_url_is_split_into_origin_and_target(
    render: Render, url: str, origin: str, target: bytes
) -> None:
    """The origin is fixed by the definition; letters beyond ASCII are encoded."""
    request = render({"X": ["v"]}, url=url)[0]
    assert isinstance(request, Request)
    assert (str(request.origin), request.target) == (origin, target)


@pytest.mark.parametrize("encoding", ["JSON", "Form/Url"])
@pytest.mark.parametrize(
    ("value", "in_path", "in_query"),
    [
        pytest.param("a b", b"a%20b", b"a+b", id="space"),
        pytest.param("a+b", b"a%2Bb", b"a%2Bb", id="plus"),
        pytest.param("a/b", b"a%2Fb", b"a%2Fb", id="slash"),
        pytest.param("?x=1&y#z", b"%3Fx%3D1%26y%23z", b"%3Fx%3D1%26y%23z", id="marks"),
        pytest.param("@evil.test:80", *[b"%40evil.test%3A80"] * 2, id="authority"),
        pytest.param("\\@evil", *[b"%5C%40evil"] * 2, id="backslash"),
        pytest.param("/../../admin", *[b"%2F..%2F..%2Fadmin"] * 2, id="climb"),
        pytest.param("%2e%2e", *[b"%252e%252e"] * 2, id="encoded-dots"),
        pytest.param("%26", *[b"%2526"] * 2, id="encoded-ampersand"),
        pytest.param("*~-._", b"%2A~-._", b"*%7E-._", id="unreserved"),
        pytest.param("é", *[b"%C3%A9"] * 2, id="non-ascii"),
        pytest.param("a\r\n\x00b", *[b"a%0D%0A%00b"] * 2, id="controls"),
        pytest.param('"q"', *[b"%22q%22"] * 2, id="json-adds-no-quotes"),
        pytest.param(42, *[b"42"] * 2, id="number"),
        pytest.param(True, *[b"true"] * 2, id="truth"),
        pytest.param(None, b"", b"", id="nothing"),
        pytest.param("{{lead.X}}", *[b"%7B%7Blead.X%7D%7D"] * 2, id="braces"),
    ],
)
def test_values_are_percent_encoded_in_the_url(
    render_target: RenderText,
    encoding: str,
    value: Value,
    in_path: bytes,
    in_query: bytes,
) -> None:
    """Path values are one segment, query values form-urlencoded, in every encoding."""
    found = render_target(
        "/p-{{lead.X}}/e?q={{lead.X}}?{{lead.X}}", {"X": value}, encoding
    )
    assert found == b"/p-%b/e?q=%b?%b" % (in_path, in_query, in_query)


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        pytest.param("a&b=c+d%26/e?f", b"a&b=c+d%26/e?f", id="as-it-is"),
        pytest.param("é", b"%C3%A9", id="letters-beyond-ascii"),
        pytest.param(None, b"", id="nothing"),
        pytest.param(
            "a b",
            "UnsafeTarget: url: {{lead.X}} holds a space, which cannot stand in a URL; "
            "choose the encoding Form/Url",
            id="space",
        ),
        pytest.param(
            "a#b",
            "UnsafeTarget: url: {{lead.X}} holds a '#', which cannot stand in a URL; "
            "choose the encoding Form/Url",
            id="fragment",
        ),
        *(
            pytest.param(
                f"a{sign}b",
                "UnsafeTarget: url: {{lead.X}} holds a control character, which cannot "
                "stand in a URL; choose the encoding Form/Url",
                id=f"control-{ord(sign)}",
            )
            for sign in "\x00\t\r\n\x1f\x7f"
        ),
    ],
)
def test_values_are_raw_in_the_url_under_none(
    render_target: RenderText, value: Value, wanted: bytes | str
) -> None:
    """Under None a value goes raw where a URL can hold it, else its lead is refused."""
    found = render_target("/p?q={{lead.X}}", {"X": value}, "None")
    assert found == (b"/p?q=" + wanted if isinstance(wanted, bytes) else wanted)


@pytest.mark.parametrize(
    ("path", "values", "encoding"),
    [
        pytest.param("/{{lead.X}}/a", ["."], "JSON", id="dot"),
        pytest.param("/{{lead.X}}", [".."], "JSON", id="two-dots-at-the-end"),
        pytest.param("/{{lead.X}}?q", [".."], "Form/Url", id="before-the-query"),
        pytest.param("/{{lead.X}}{{lead.Y}}/", [".", "."], "JSON", id="two-tokens"),
        pytest.param("/.{{lead.X}}/", ["."], "JSON", id="dot-of-the-url"),
        pytest.param("/%2E{{lead.X}}/", ["."], "JSON", id="encoded-dot-of-the-url"),
        pytest.param("/..{{lead.X}}/", [None], "JSON", id="nothing-after-two-dots"),
        pytest.param("/{{lead.X:default=..}}/", [None], "JSON", id="default"),
        pytest.param("/a/{{lead.X}}", ["b/../../c"], "None", id="raw-climb"),
        pytest.param("/a/{{lead.X}}", ["%2e%2E/b"], "None", id="raw-encoded-climb"),
        pytest.param("/a/{{lead.X}}", ["..\\b"], "None", id="raw-backslash"),
        pytest.param("/a/{{lead.X}}", ["..;/b"], "None", id="raw-semicolon"),
        pytest.param("/a/{{lead.X}}", ["..?x"], "None", id="raw-question-mark"),
    ],
)
def test_a_value_never_climbs_out_of_the_path(
    render_target: RenderText, path: str, values: Sequence[Value], encoding: str
) -> None:
    """A lead whose values would make a dot segment is refused."""
    lead = dict(zip("XY", values, strict=False))
    assert render_target(path, lead, encoding) == CLIMBS


@pytest.mark.parametrize(
    ("path", "value", "wanted"),
    [
        pytest.param("/a/../{{lead.X}}", "b", b"/a/../b", id="dots-of-the-url-itself"),
        pytest.param("/{{lead.X}}", "a..b", b"/a..b", id="dots-within"),
        pytest.param("/{{lead.X}}", "...", b"/...", id="three-dots"),
        pytest.param("/v1?x={{lead.X}}", "/../", b"/v1?x=/../", id="in-the-query"),
    ],
)
def test_other_dots_are_sent(
    render_target: RenderText, path: str, value: str, wanted: bytes
) -> None:
    """Only a whole segment of dots that a value made is refused."""
    assert render_target(path, {"X": value}, "None") == wanted


def test_a_value_of_the_run_does_not_climb_either(render_target: RenderText) -> None:
    """A context value is held to the same rule."""
    found = render_target("/{{my.X}}/", {}, context=Context(my={"X": ".."}))
    assert found == CLIMBS


def test_only_the_lead_with_the_unsafe_value_is_refused(render: Render) -> None:
    """The other leads of the block are rendered."""
    first, bad, last = render(
        {"X": ["a", "..", "b"]}, url="https://example.test/{{lead.X}}"
    )
    assert isinstance(bad, UnsafeTarget)
    assert [each.target for each in (first, last) if isinstance(each, Request)] == [
        b"/a",
        b"/b",
    ]


@pytest.mark.parametrize(
    ("path", "lead", "wanted"),
    [
        pytest.param(
            "/?x={{lead.X:default=edit me}}", {"X": ""}, b"/?x=edit+me", id="query"
        ),
        pytest.param(
            "/{{lead.X:default=a/b c}}", {"X": None}, b"/a%2Fb%20c", id="path"
        ),
        pytest.param(
            "/{{lead.X:default=a?b}}&{{lead.X:default=a b}}",
            {},
            b"/a%3Fb&a%20b",
            id="a-mark-in-a-default-starts-no-query",
        ),
    ],
)
def test_a_default_is_encoded_like_a_value(
    render_target: RenderText, path: str, lead: Mapping[str, Value], wanted: bytes
) -> None:
    """The default's text is data."""
    assert render_target(path, lead) == wanted


def test_the_time_has_a_space_that_no_raw_url_can_hold(
    render_target: RenderText,
) -> None:
    """A system token under None refuses every lead like any other text."""
    assert render_target("/?t={{system.dateTime}}", {"X": 1}, "None") == (
        "UnsafeTarget: url: {{system.dateTime}} holds a space, which cannot stand in a "
        "URL; choose the encoding Form/Url"
    )
