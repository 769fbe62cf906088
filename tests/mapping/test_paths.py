"""Compiled response attributes: from a document to the value at a path."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from nbwebhook.definition.paths import parse_path
from nbwebhook.definition.webhook import ResponseType
from nbwebhook.mapping.documents import parse_json, parse_xml
from nbwebhook.mapping.paths import MISSING, compile_path

ORDERS = parse_json(
    rb"""{
  "foo": "bar",
  "orders": [
    {"orderDate": "2026-01-02", "total": 12.50, "lines": [[1, 2], [3]]},
    {"orderDate": null}
  ],
  "a b": 1, "ns:tag": 2, "a-b_c": 3, "7": 4, "\u00e9": 5, " lead": 6,
  "a.b": 7, "": 8, "empty": {}, "none": [], "no": false, "zero": 0
}"""
).root


@pytest.mark.parametrize(
    ("attribute", "wanted"),
    [
        pytest.param("foo", "bar", id="key"),
        pytest.param("orders[0].orderDate", "2026-01-02", id="marketo-example"),
        pytest.param("orders[0].total", Decimal("12.50"), id="number"),
        pytest.param("orders[1].orderDate", None, id="null"),
        pytest.param("orders[0].lines[0][1]", 2, id="index-after-index"),
        pytest.param("orders[0].lines[1]", [3], id="list"),
        pytest.param("empty", {}, id="object"),
        pytest.param("no", False, id="false"),
        pytest.param("zero", 0, id="zero"),
        pytest.param("a b", 1, id="key-with-space"),
        pytest.param("ns:tag", 2, id="key-with-colon"),
        pytest.param("a-b_c", 3, id="key-with-dash-and-underscore"),
        pytest.param("7", 4, id="key-of-digits"),
        pytest.param("é", 5, id="key-not-ascii"),
        pytest.param(" lead", 6, id="key-with-leading-space"),
        pytest.param("lead", MISSING, id="spaces-are-part-of-a-key"),
        pytest.param("Foo", MISSING, id="case-counts"),
        pytest.param("bar", MISSING, id="no-such-key"),
        pytest.param("orders[2].orderDate", MISSING, id="index-past-the-end"),
        pytest.param("orders[999999999]", MISSING, id="index-far-past-the-end"),
        pytest.param("none[0]", MISSING, id="index-into-nothing"),
        pytest.param("orders.orderDate", MISSING, id="key-of-a-list"),
        pytest.param("orders.0", MISSING, id="digits-are-a-key"),
        pytest.param("foo[0]", MISSING, id="index-of-a-text"),
        pytest.param("foo.bar", MISSING, id="key-of-a-text"),
        pytest.param("zero.a", MISSING, id="key-of-a-number"),
        pytest.param("zero[0]", MISSING, id="index-of-a-number"),
        pytest.param("empty[0]", MISSING, id="index-of-an-object"),
        pytest.param("orders[1].orderDate.day", MISSING, id="key-of-null"),
        pytest.param("no.a", MISSING, id="key-of-false"),
        pytest.param("a.b", MISSING, id="a-dotted-key-is-out-of-reach"),
        pytest.param("[0]", MISSING, id="index-of-the-root-object"),
    ],
)
def test_json_paths_lead_to_the_value_or_nowhere(
    attribute: str, wanted: object
) -> None:
    """A path finds exactly what stands there, and a wrong turn is missing."""
    found = compile_path(attribute, "JSON")(ORDERS)
    assert repr(found) == repr(wanted)


@pytest.mark.parametrize(
    ("body", "attribute", "wanted"),
    [
        pytest.param(b'[{"x": 1}]', "[0].x", 1, id="top-level-list"),
        pytest.param(b"[[1, 2]]", "[0][1]", 2, id="list-in-top-level-list"),
        pytest.param(b"[7]", "[0]", 7, id="number-in-top-level-list"),
        pytest.param(b"[]", "[0].x", MISSING, id="empty-list"),
        pytest.param(b'[{"x": 1}]', "x", MISSING, id="key-of-top-level-list"),
        pytest.param(b'"text"', "x", MISSING, id="root-text"),
        pytest.param(b'"text"', "[0]", MISSING, id="root-text-indexed"),
        pytest.param(b"1", "x", MISSING, id="root-number"),
        pytest.param(b"null", "x", MISSING, id="root-null"),
        pytest.param(b'""', "x.y", MISSING, id="root-empty-text"),
    ],
)
def test_json_roots_of_every_kind_are_walked(
    body: bytes, attribute: str, wanted: object
) -> None:
    """A root that is a list is indexed; one that is a scalar has no paths."""
    assert compile_path(attribute, "JSON")(parse_json(body).root) == wanted


EXAMPLE = parse_xml(
    b"""<example xmlns="urn:d" xmlns:ns="urn:n">
  <foo>1</foo>
  <ns:tag>2</ns:tag>
  <tag>3</tag>
  <list><element><foo>a</foo></element><element><foo>b</foo></element></list>
  <mixed>text <b>bold</b></mixed>
  <data><![CDATA[<c>]]></data>
  <empty/>
  <spaced>
    x
  </spaced>
  <same>1</same><other/><same>2</same>
  <deep xmlns:ns="urn:other"><ns:tag>4</ns:tag></deep>
</example>"""
).root


@pytest.mark.parametrize(
    ("attribute", "wanted"),
    [
        pytest.param("example.foo", "1", id="marketo-example"),
        pytest.param("example.list.element[0].foo", "a", id="first-sibling"),
        pytest.param("example.list.element[1].foo", "b", id="second-sibling"),
        pytest.param("example.list.element[2].foo", MISSING, id="past-the-last"),
        pytest.param("example.foo[0]", "1", id="one-is-a-list-of-one"),
        pytest.param("example.foo[1]", MISSING, id="one-has-no-second"),
        pytest.param("example[0].list[0].element[1].foo[0]", "b", id="all-indexed"),
        pytest.param("example[1].foo", MISSING, id="one-root"),
        pytest.param("example.foo[0][0]", "1", id="zero-of-one"),
        pytest.param("example.foo[0][1]", MISSING, id="one-of-one"),
        pytest.param("example.ns:tag", "2", id="prefix"),
        pytest.param("example.tag", "3", id="default-namespace"),
        pytest.param("example.deep.ns:tag", "4", id="prefix-bound-anew"),
        pytest.param("example.other:tag", MISSING, id="prefix-not-there"),
        pytest.param("example.:tag", MISSING, id="empty-prefix"),
        pytest.param("example.ns:", MISSING, id="empty-name"),
        pytest.param("example.a:b:c", MISSING, id="two-colons"),
        pytest.param("example.data", "<c>", id="cdata"),
        pytest.param("example.empty", "", id="empty-element"),
        pytest.param("example.spaced", "\n    x\n  ", id="spaces-are-text"),
        pytest.param("example.same[1]", "2", id="siblings-with-others-between"),
        pytest.param("example.list.element.foo", MISSING, id="step-through-several"),
        pytest.param("foo", MISSING, id="root-left-out"),
        pytest.param("Example.foo", MISSING, id="case-counts"),
        pytest.param("[0].example.foo", MISSING, id="index-before-the-root"),
        pytest.param("example.foo.bar", MISSING, id="child-of-a-text"),
        pytest.param("example.fo o", MISSING, id="name-with-space"),
        pytest.param("example.7", MISSING, id="name-of-digits"),
    ],
)
def test_xml_paths_lead_to_the_text_or_nowhere(attribute: str, wanted: object) -> None:
    """Every element from the root down is named, as the document writes it."""
    assert compile_path(attribute, "XML")(EXAMPLE) == wanted


@pytest.mark.parametrize(
    ("attribute", "tags"),
    [
        pytest.param("example", ["example"], id="root"),
        pytest.param("example.list", ["list"], id="element-with-children"),
        pytest.param("example.mixed", ["mixed"], id="mixed-content"),
        pytest.param("example.same", ["same", "same"], id="several-without-index"),
        pytest.param("example.list.element", ["element"] * 2, id="several-parents"),
        pytest.param("example.list.element[0]", ["element"], id="indexed-parent"),
    ],
)
def test_what_is_no_xml_text_comes_as_elements(attribute: str, tags: list[str]) -> None:
    """An element with children, and several of one name, are no values."""
    found: Any = compile_path(attribute, "XML")(EXAMPLE)
    elements = found if isinstance(found, list) else [found]
    assert [etree.QName(element).localname for element in elements] == tags


def test_a_root_with_a_prefix_is_named_with_it() -> None:
    """The root's name is compared as written too."""
    root = parse_xml(b'<s:Envelope xmlns:s="u"><s:Body>x</s:Body></s:Envelope>').root
    assert compile_path("s:Envelope.s:Body", "XML")(root) == "x"
    assert compile_path("Envelope.s:Body", "XML")(root) is MISSING


@pytest.mark.parametrize("attribute", ["foo", "[0]", "a.b[1]"])
def test_nothing_is_found_where_the_response_type_is_none(attribute: str) -> None:
    """A definition that reads no response finds nothing in any."""
    assert compile_path(attribute, "None")({"foo": 1}) is MISSING


_KEYS = st.text(st.sampled_from("abcXYZ019-_: éß"), min_size=1).filter(str.strip)
_STEPS = st.lists(_KEYS | st.integers(0, 3), min_size=1, max_size=6)


def _write(steps: list[str | int]) -> str:
    written = ""
    for step in steps:
        dot = "." if written and isinstance(step, str) else ""
        written += f"{dot}{step}" if isinstance(step, str) else f"[{step}]"
    return written


@given(_STEPS, st.integers())
def test_a_path_finds_what_was_put_at_its_steps(
    steps: list[str | int], value: int
) -> None:
    """Grammar and getter agree: a value put at any steps is found by their path."""
    assert parse_path(_write(steps)) == tuple(steps)
    root: Any = value
    for step in reversed(steps):
        root = {step: root} if isinstance(step, str) else [None] * step + [root]
    assert compile_path(_write(steps), "JSON")(root) == value


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
    ),
)


@given(
    st.lists(st.sampled_from("abc") | st.integers(0, 2), min_size=1, max_size=4), _JSON
)
def test_a_getter_agrees_with_a_plain_walk(
    steps: list[str | int], root: object
) -> None:
    """On any document a getter finds what a step-by-step walk finds."""
    value = root
    for step in steps:
        if isinstance(step, str):
            value = value.get(step, MISSING) if isinstance(value, dict) else MISSING
        else:
            has_it = isinstance(value, list) and step < len(value)
            value = value[step] if isinstance(value, list) and has_it else MISSING
    assert compile_path(_write(steps), "JSON")(root) is value


@given(_STEPS, st.sampled_from(["JSON", "XML"]))
def test_a_getter_never_raises(
    steps: list[str | int], response_type: ResponseType
) -> None:
    """Whatever the path and the document are, a getter returns."""
    root = ORDERS if response_type == "JSON" else EXAMPLE
    compile_path(_write(steps), response_type)(root)
