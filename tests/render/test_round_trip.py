"""Any text, in any place that an encoding covers, is read back by standard decoders."""

import json
from collections.abc import Callable
from urllib.parse import parse_qsl, unquote

from hypothesis import given
from hypothesis import strategies as st

from nbwebhook.errors import RenderError, UnsafeHeader, UnsafeTarget
from nbwebhook.render.request import Request

Render = Callable[..., list[Request | RenderError]]

TEXTS = st.lists(st.text(), min_size=1, max_size=6)
HOSTILE = st.lists(
    st.text(st.sampled_from("ab./\\?#&=+%2eE;@:{}\"'\r\n\t \0\x7fé\u2028")),
    min_size=1,
    max_size=6,
)


@given(TEXTS | HOSTILE)
def test_json_bodies_are_read_back(render: Render, texts: list[str]) -> None:
    """json.loads gives the text, as a value and as a key."""
    found = render(
        {"X": texts},
        payload_template="[{{lead.X}}, {{{lead.X}}: {{lead.X:default=}}}]",
        request_token_encoding="JSON",
    )
    bodies = [each.body for each in found if isinstance(each, Request)]
    assert [json.loads(body or b"") for body in bodies] == [[t, {t: t}] for t in texts]


@given(TEXTS | HOSTILE)
def test_form_bodies_are_read_back(render: Render, texts: list[str]) -> None:
    """parse_qsl gives the text and no pair more."""
    found = render(
        {"X": texts},
        payload_template="a={{lead.X}}&b={{lead.X}}!",
        request_token_encoding="Form/Url",
    )
    bodies = [
        (each.body or b"").decode() for each in found if isinstance(each, Request)
    ]
    assert [
        parse_qsl(body, keep_blank_values=True, strict_parsing=True) for body in bodies
    ] == [[("a", text), ("b", text + "!")] for text in texts]


@given(TEXTS | HOSTILE, st.sampled_from(["JSON", "Form/Url"]))
def test_urls_are_read_back(render: Render, texts: list[str], encoding: str) -> None:
    """Path segments and query values decode to the text, or the lead is refused."""
    found = render(
        {"X": texts},
        url="https://example.test/v1/{{lead.X}}/end?q={{lead.X}}&r=1",
        request_token_encoding=encoding,
    )
    for text, each in zip(texts, found, strict=True):
        if text in {".", ".."}:
            assert isinstance(each, UnsafeTarget)
            continue
        assert isinstance(each, Request)
        path, _, query = each.target.decode("ascii").partition("?")
        assert [unquote(part) for part in path.split("/")] == ["", "v1", text, "end"]
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=True)
        assert pairs == [("q", text), ("r", "1")]


@given(TEXTS | HOSTILE)
def test_raw_targets_hold_no_byte_that_ends_a_request_line(
    render: Render, texts: list[str]
) -> None:
    """Under None every target is printable ASCII that stays below its path."""
    found = render({"X": texts}, url="https://example.test/v1/{{lead.X}}/end")
    for text, each in zip(texts, found, strict=True):
        if isinstance(each, Request):
            assert all(0x21 <= code <= 0x7E for code in each.target)
            segments = unquote(each.target.decode()).partition("?")[0].split("/")
            assert segments[1] == "v1"
            assert ".." not in segments
        else:
            assert isinstance(each, UnsafeTarget)
            assert any(sign in text for sign in ".#\x7f") or any(
                ord(sign) <= 0x20 for sign in text
            )


@given(TEXTS | HOSTILE)
def test_headers_are_read_back(render: Render, texts: list[str]) -> None:
    """A header has the text without outer spaces, or the lead is refused."""
    found = render({"X": texts}, custom_headers={"X-Lead": "{{lead.X}}"})
    for text, each in zip(texts, found, strict=True):
        if isinstance(each, Request):
            assert each.headers[0][1].decode() == text.strip(" \t")
        else:
            assert isinstance(each, UnsafeHeader)
            assert any(ord(sign) < 0x20 or sign == "\x7f" for sign in text)


@given(TEXTS | HOSTILE)
def test_raw_bodies_are_the_text(render: Render, texts: list[str]) -> None:
    """Under None the body is the template with the text in it."""
    found = render({"X": texts}, payload_template="<{{lead.X}}>")
    bodies = [each.body for each in found if isinstance(each, Request)]
    assert bodies == [f"<{text}>".encode() for text in texts]


@given(
    st.lists(
        st.text("ab\"'\\{}:.=,\n é") | st.sampled_from(["{{lead.X}}", "{{my.Y}}"]),
        max_size=8,
    ).map("".join)
)
def test_a_template_is_filled_in_one_pass(render: Render, template: str) -> None:
    """A value that reads like a token is left as it is, and nothing else changes."""
    escaped = template.replace("\\", "\\\\")
    if "{{" in template.replace("{{lead.X}}", "").replace("{{my.Y}}", ""):
        return
    found = render({"X": ["{{lead.X}}"]}, payload_template=escaped)[0]
    assert isinstance(found, Request)
    assert found.body == template.replace("{{my.Y}}", "").encode()
