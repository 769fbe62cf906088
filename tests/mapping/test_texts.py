"""Response values as text for a frame."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbwebhook.mapping.documents import parse_json, parse_xml
from nbwebhook.mapping.texts import number_text, response_text, shown_text


@pytest.mark.parametrize(
    ("number", "wanted"),
    [
        ("0", "0"),
        ("-0.0", "-0.0"),
        ("42", "42"),
        ("1.50", "1.50"),
        ("1e2", "100"),
        ("1E20", "100000000000000000000"),
        ("1E21", "1E+21"),
        ("1.5e-7", "0.00000015"),
        ("1e-8", "1E-8"),
        ("1e-400", "1E-400"),
        ("0e999999", "0E+999999"),
    ],
)
def test_a_number_is_written_out_where_that_is_short(number: str, wanted: str) -> None:
    """Digits stay; an exponent remains only where zeros would fill the cell."""
    assert number_text(Decimal(number)) == wanted


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        pytest.param("text", "text", id="text-as-it-is"),
        pytest.param("", "", id="empty"),
        pytest.param(True, "true", id="true"),
        pytest.param(None, "null", id="null"),
        pytest.param(2**70, "1180591620717411303424", id="long-number"),
        pytest.param(Decimal("1.50"), "1.50", id="decimal"),
        pytest.param([], "[]", id="empty-list"),
        pytest.param({}, "{}", id="empty-object"),
        pytest.param([1, "é", None, [False]], '[1, "é", null, [false]]', id="list"),
        pytest.param({"a": {"b": []}}, '{"a": {"b": []}}', id="object"),
        pytest.param({'q"': "\n"}, r'{"q\"": "\n"}', id="escapes"),
        pytest.param("a\x00\ud800b", r"a\u0000\ud800b", id="unstorable"),
        pytest.param(["\ud800"], r'["\ud800"]', id="unstorable-inside"),
        pytest.param("x" * 1_000, "x" * 1_000, id="1000-characters"),
        pytest.param("x" * 1_001, "x" * 1_000 + "…", id="1001-characters"),
        pytest.param(["x" * 2_000], '["' + "x" * 998 + "…", id="long-list"),
        pytest.param({"k" * 2_000: 1}, '{"' + "k" * 998 + "…", id="long-key"),
        pytest.param([0] * 1_000, "[" + "0, " * 333 + "…", id="many"),
        pytest.param(
            dict.fromkeys(map(str, range(10, 500)), 0),
            ("{" + "".join(f'"{n}": 0, ' for n in range(10, 500)))[:1_000] + "…",
            id="many-keys",
        ),
    ],
)
def test_a_json_value_is_shown_as_json(value: object, wanted: str) -> None:
    """Text is shown bare, the rest as JSON, at most 1,000 characters of it."""
    assert response_text(value) == wanted


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        pytest.param(b"<a><b>1</b>x</a>", "<a><b>1</b>x</a>", id="element"),
        pytest.param(b"<a><b/></a>", "<a><b/></a>", id="child-empty"),
        pytest.param(
            b"<a><b>" + b"x" * 2_000 + b"</b></a>",
            "<a><b>" + "x" * 994 + "…",
            id="long",
        ),
    ],
)
def test_an_element_is_shown_as_xml(body: bytes, wanted: str) -> None:
    """An element with children shows as the XML it is, cut like the rest."""
    assert response_text(parse_xml(body).root) == wanted


def test_several_elements_are_shown_one_after_the_other() -> None:
    """A list of elements is their XML, without the text between them."""
    root = parse_xml(b"<a><b>1</b> <b>2</b></a>").root
    assert response_text(list(root)) == "<b>1</b><b>2</b>"


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(st.characters(codec=None), max_size=20),
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.dictionaries(st.text(max_size=20), inner, max_size=5)
    ),
    max_leaves=40,
)


def test_a_deep_value_needs_no_deep_stack() -> None:
    """A value of any depth is shown, wherever it is called from."""
    value: list[object] = []
    for _ in range(10_000):
        value = [value]
    assert response_text(value) == "[" * 1_000 + "…"


@given(_JSON)
def test_any_json_value_becomes_text_that_a_file_can_hold(value: Any) -> None:  # noqa: ANN401 - any JSON value
    """The text is encodable, bounded, and equal to the value where it is whole."""
    text = response_text(value)
    assert len(text.encode()) <= 4 * 1_001
    assert "\x00" not in text
    if not isinstance(value, str) and not text.endswith("…"):
        assert parse_json(text.encode()).root == json.loads(json.dumps(value))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        pytest.param("Not Found", "Not Found", id="plain"),
        pytest.param("a\r\nb\x1b[31m", r"a\r\nb\x1b[31m", id="controls"),
        pytest.param("a\u202eb", r"a\u202eb", id="bidi"),
        pytest.param("Zoë", "Zoë", id="letters"),
        pytest.param("x" * 100, "x" * 100, id="at-the-limit"),
        pytest.param("x" * 101, "x" * 99 + "…", id="past-the-limit"),
        pytest.param("\x00" * 60, r"\x00" * 24 + r"\x0" + "…", id="escaped-past"),
    ],
)
def test_text_of_the_service_is_shown_without_effect(text: str, wanted: str) -> None:
    """What does not print is escaped, and the whole is cut at the limit."""
    assert shown_text(text, 100) == wanted
