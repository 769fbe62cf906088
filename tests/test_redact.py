"""One redactor: a secret is masked in every form that a message gives it."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbwebhook.redact import MASK, Redactor

FORMS: list[object] = [
    pytest.param(lambda s: s, id="raw"),
    pytest.param(lambda s: quote(s, safe=""), id="url"),
    pytest.param(quote, id="url-with-slashes"),
    pytest.param(quote_plus, id="form"),
    pytest.param(lambda s: quote(s, safe="!~*'()"), id="as-a-browser"),
    pytest.param(json.dumps, id="json-ascii"),
    pytest.param(lambda s: json.dumps(s, ensure_ascii=False), id="json"),
    pytest.param(lambda s: json.dumps(s).replace("/", r"\/"), id="json-of-php"),
    pytest.param(html.escape, id="html"),
    pytest.param(lambda s: html.escape(s, quote=False), id="xml"),
]


@pytest.mark.parametrize("form", FORMS)
@given(secret=st.text(st.characters(codec="utf-8"), min_size=4, max_size=30))
def test_no_form_of_a_secret_is_left(form: Callable[[str], str], secret: str) -> None:
    """Whatever a secret is made of, its text in a message is a mask."""
    told = Redactor([secret]).mask(f"before {form(secret)} after")
    assert secret not in told.removeprefix("before ").removesuffix(" after")
    assert MASK in told


@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
@given(
    secret=st.text(st.characters(codec="utf-8"), min_size=6, max_size=30),
    before=st.text("user:", max_size=5),
    after=st.text("x", max_size=5),
)
def test_base64_hides_no_secret(
    encode: Callable[[bytes], bytes], secret: str, before: str, after: str
) -> None:
    """Basic authentication puts a name before it, which moves every character."""
    text = encode((before + secret + after).encode()).decode()
    told = Redactor([secret]).mask(f"Authorization: Basic {text}")
    assert MASK in told
    kept = told.partition("Basic ")[2]
    head, _, tail = kept.partition(MASK)
    assert len(head) <= 4 * (len(before) // 3 + 1)
    assert len(tail) <= 4 * (len(after) // 3 + 1) + 4


def test_the_longest_form_goes_first() -> None:
    """A secret that holds another one leaves no rest."""
    assert Redactor(["key", "key-long"]).mask("key-long key") == f"{MASK} {MASK}"


def test_nothing_is_masked_where_there_is_no_secret() -> None:
    """An empty secret is none."""
    assert Redactor([""]).mask("text") == "text"
    assert repr(Redactor(["s3cret"])).startswith("Redactor(")
    assert "s3cret" not in repr(Redactor(["s3cret"]))
