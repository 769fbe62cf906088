"""The grammar of response attributes."""

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbwebhook.definition.paths import InvalidPath, parse_path

KEYS = "keys are letters, digits, '-', '_', ':' and spaces"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        pytest.param("foo", ("foo",), id="key"),
        pytest.param("orders[0].orderDate", ("orders", 0, "orderDate"), id="marketo"),
        pytest.param("a.b.c", ("a", "b", "c"), id="keys"),
        pytest.param("[0]", (0,), id="top-level-list"),
        pytest.param("[0].x", (0, "x"), id="key-in-top-level-list"),
        pytest.param("[0][1][2]", (0, 1, 2), id="lists-in-lists"),
        pytest.param("a[007]", ("a", 7), id="index-with-zeros"),
        pytest.param("a[999999999]", ("a", 999_999_999), id="largest-index"),
        pytest.param("ns:tag.a-b_c 1", ("ns:tag", "a-b_c 1"), id="all-signs"),
        pytest.param(" a . b ", (" a ", " b "), id="spaces-are-kept"),
        pytest.param("Grüße.日本", ("Grüße", "日本"), id="letters-of-any-script"),
        pytest.param("0.1", ("0", "1"), id="keys-of-digits"),
        pytest.param("a" * 2_000, ("a" * 2_000,), id="longest"),
        pytest.param("a.b[0].c[1][2].d", ("a", "b", 0, "c", 1, 2, "d"), id="deep"),
    ],
)
def test_a_path_is_keys_and_indexes(text: str, wanted: tuple[str | int, ...]) -> None:
    """Keys are taken as written, indexes are numbers."""
    assert parse_path(text) == wanted


INDEX = ("is not a whole number in brackets", "write it like orders[0]")


@pytest.mark.parametrize(
    ("text", "problem", "remedy"),
    [
        pytest.param("", "empty key at column 1", KEYS, id="empty"),
        pytest.param(" ", "empty key at column 1", KEYS, id="blank"),
        pytest.param(".a", "empty key at column 1", KEYS, id="dot-first"),
        pytest.param("a.", "empty key at column 3", KEYS, id="dot-last"),
        pytest.param("data..score", "empty key at column 6", KEYS, id="two-dots"),
        pytest.param("a. .b", "empty key at column 3", KEYS, id="blank-key"),
        pytest.param("[0].", "empty key at column 5", KEYS, id="dot-after-index"),
        pytest.param("a.[0]", "empty key at column 3", KEYS, id="dot-before-index"),
        pytest.param("$.a", "'$' at column 1", KEYS, id="json-path-root"),
        pytest.param("a@b", "'@' at column 2", KEYS, id="at"),
        pytest.param("a/b", "'/' at column 2", KEYS, id="slash"),
        pytest.param("a.*", "'*' at column 3", KEYS, id="star"),
        pytest.param("{{lead.Id}}", "'{' at column 1", KEYS, id="token"),
        pytest.param("a'b", '"\'" at column 2', KEYS, id="quote"),
        pytest.param("a\x00", r"'\x00' at column 2", KEYS, id="nul"),
        pytest.param("a]", "']' at column 2", KEYS, id="bracket-closed"),
        pytest.param("a[0", f"an index at column 2 {INDEX[0]}", INDEX[1], id="open"),
        pytest.param(
            "a[]", f"an index at column 2 {INDEX[0]}", INDEX[1], id="no-digit"
        ),
        pytest.param("a[-1]", f"an index at column 2 {INDEX[0]}", INDEX[1], id="minus"),
        pytest.param("a[x]", f"an index at column 2 {INDEX[0]}", INDEX[1], id="word"),
        pytest.param("a['b']", f"an index at column 2 {INDEX[0]}", INDEX[1], id="text"),
        pytest.param(
            "a[0:1]", f"an index at column 2 {INDEX[0]}", INDEX[1], id="slice"
        ),
        pytest.param("a[ 1]", f"an index at column 2 {INDEX[0]}", INDEX[1], id="space"),
        pytest.param("a[1e3]", f"an index at column 2 {INDEX[0]}", INDEX[1], id="exp"),
        pytest.param(
            "a[\u0661]", f"an index at column 2 {INDEX[0]}", INDEX[1], id="arabic-digit"
        ),
        pytest.param(
            "a[1000000000]",
            f"an index at column 2 {INDEX[0]}",
            INDEX[1],
            id="too-large",
        ),
        pytest.param(
            "a[0]b", "'b' at column 5", "'.' or '[' follows", id="key-after-index"
        ),
        pytest.param(
            "a[0]]", "']' at column 5", "'.' or '[' follows", id="bracket-after-index"
        ),
        pytest.param(
            "a" * 2_001, "2,001 characters long", "2,000 are allowed", id="too-long"
        ),
        pytest.param(
            "a." * 500_000,
            "1,000,000 characters long",
            "2,000 are allowed",
            id="a-million",
        ),
    ],
)
def test_a_path_of_another_grammar_is_refused(
    text: str, problem: str, remedy: str
) -> None:
    """The problem has a column and the remedy says what is allowed."""
    with pytest.raises(InvalidPath) as caught:
        parse_path(text)
    assert (caught.value.problem, caught.value.remedy) == (problem, remedy)
    assert str(caught.value) == f"{problem}; {remedy}"


def test_the_error_behaves_like_any_exception() -> None:
    """It can be pickled and takes a traceback, as frameworks do with exceptions."""
    error = InvalidPath("problem", "remedy").with_traceback(None)
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert (again.problem, again.remedy) == ("problem", "remedy")


_KEYS = st.text(
    st.characters(categories=["L", "Nd", "Zs"]) | st.sampled_from("-_:"), min_size=1
).filter(str.strip)


@given(st.lists(_KEYS | st.integers(0, 999_999_999), min_size=1, max_size=8))
def test_steps_written_as_a_path_come_back(steps: list[str | int]) -> None:
    """Any steps of the grammar survive writing and parsing."""
    text = ""
    for step in steps:
        dot = "." if text and isinstance(step, str) else ""
        text += f"{dot}{step}" if isinstance(step, str) else f"[{step}]"
    assert parse_path(text) == tuple(steps)


@given(st.text() | st.text(st.sampled_from("ab0.[]- ")))
def test_any_text_is_a_path_or_an_invalid_one(text: str) -> None:
    """No text raises anything else, and the keys of a path stand in its text."""
    try:
        steps = parse_path(text)
    except InvalidPath as error:
        assert error.problem  # noqa: PT017 - either end is right
        return
    assert steps
    assert all(step in text for step in steps if isinstance(step, str))
