"""Which leads' bodies are JSON, and who is to blame."""

import json
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbwebhook.lint.json_rows import JsonJudge, JsonSlot, json_problem, slot_borders

BARE = JsonSlot("bare", has_borders=True, adds_quotes=True, filling=0)
WHOLE = JsonSlot("whole", has_borders=True, adds_quotes=True, filling=0)
RAW = JsonSlot("whole", has_borders=True, adds_quotes=False, is_checked=True, filling=0)
RAW_BARE = JsonSlot(
    "bare", has_borders=True, adds_quotes=False, is_checked=True, filling=0
)


def _invalid(
    slot: JsonSlot, before: bytes, after: bytes, values: Sequence[bytes]
) -> list[tuple[int, tuple[int, ...]]]:
    bodies = [before + value + after for value in values]
    return list(JsonJudge([slot]).find_invalid([values], bodies))


@pytest.mark.parametrize(
    ("slot", "value", "is_json"),
    [
        pytest.param(BARE, b'"a"', True, id="string"),
        pytest.param(BARE, b"-1.5e3", True, id="number"),
        pytest.param(BARE, b"true", True, id="word"),
        pytest.param(BARE, b"", False, id="nothing"),
        pytest.param(BARE, b"edit me", False, id="bare-text"),
        pytest.param(BARE, b"01", False, id="no-number"),
        pytest.param(WHOLE, b'"a"', False, id="quoted-twice"),
        pytest.param(WHOLE, b'""', False, id="quoted-nothing"),
        pytest.param(WHOLE, b'","', True, id="quoted-twice-and-yet-json"),
        pytest.param(WHOLE, b'":"', False, id="quoted-twice-colon"),
        pytest.param(WHOLE, b"5", True, id="quoted-number"),
        pytest.param(RAW, b"a", True, id="raw"),
        pytest.param(RAW, b'a"b', False, id="raw-quote"),
        pytest.param(RAW, b'a", "b', True, id="raw-quotes-and-yet-json"),
        pytest.param(RAW, rb"a\n", True, id="raw-good-escape"),
        pytest.param(RAW, rb"a\x", False, id="raw-bad-escape"),
        pytest.param(RAW, b"a\nb", False, id="raw-line-break"),
        pytest.param(RAW_BARE, b'{"a": [1]}', True, id="raw-document"),
        pytest.param(RAW_BARE, b'"a', False, id="raw-unclosed"),
        pytest.param(RAW_BARE, b'"a"', True, id="raw-string"),
    ],
)
def test_a_value_keeps_a_body_json_or_not(
    slot: JsonSlot, value: bytes, *, is_json: bool
) -> None:
    """As a parser of the whole body says, whatever the value's kind."""
    quote = b"" if slot.quoting == "bare" else b'"'
    found = _invalid(slot, b"[0," + quote, quote + b"]", [value])
    assert [row for row, _ in found] == ([] if is_json else [0])


def test_the_slot_with_the_odd_value_is_to_blame() -> None:
    """Of two tokens the one that is empty, or holds a quote."""
    slots = (
        JsonSlot(
            "bare", has_borders=True, adds_quotes=False, is_checked=True, filling=0
        ),
        JsonSlot(
            "whole", has_borders=True, adds_quotes=False, is_checked=True, filling=1
        ),
    )
    filled = [[b"1", b"", b"2", b""], [b"a", b"b", b'c"', b'"']]
    bodies = [b'[%b, "%b"]' % pair for pair in zip(*filled, strict=True)]
    found = list(JsonJudge(slots).find_invalid(filled, bodies))
    assert found == [(1, (0,)), (2, (1,)), (3, (0, 1))]


def test_a_text_that_all_leads_get_is_judged_once() -> None:
    """A constant that breaks the body breaks it for everybody."""
    bad = JsonSlot("whole", has_borders=True, adds_quotes=True, constant=b'"x"')
    found = list(JsonJudge([bad]).find_invalid([], [b'[""x""]'] * 3))
    assert found == [(0, (0,)), (1, (0,)), (2, (0,))]
    good = JsonSlot("bare", has_borders=True, adds_quotes=True, constant=b'"x"')
    assert list(JsonJudge([good]).find_invalid([], [b'["x"]'] * 3)) == []


@pytest.mark.parametrize(
    ("before", "after", "quoting", "borders"),
    [
        pytest.param('{"a": ', "}", "bare", True, id="value"),
        pytest.param(" ", " ", "bare", True, id="ends"),
        pytest.param("", "}", "bare", False, id="token-before"),
        pytest.param("[1", "]", "bare", False, id="digit-before"),
        pytest.param("[", "0]", "bare", False, id="digit-after"),
        pytest.param('"', '"', "whole", True, id="in-a-string"),
        pytest.param('"a', 'b"', "part", True, id="in-a-longer-string"),
        pytest.param('"\\', '"', "part", False, id="after-a-backslash"),
        pytest.param('"\\u00', '"', "part", False, id="in-an-escape"),
        pytest.param("", '"', "part", True, id="token-before-in-a-string"),
    ],
)
def test_a_value_may_become_one_with_what_is_beside_it(
    before: str, after: str, quoting: str, *, borders: bool
) -> None:
    """Then its kind says nothing, and each body is parsed."""
    assert slot_borders(before, after, quoting) is borders  # type: ignore[arg-type]  # a table's word


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        pytest.param("{}", "", id="json"),
        pytest.param(
            '{"a" 1}', "expecting ':' delimiter at line 1, column 6", id="colon"
        ),
        pytest.param("[NaN]", "it holds NaN", id="nan"),
        pytest.param(
            b"\xff", "it holds NaN, a number of too many digits, or", id="utf-8"
        ),
        pytest.param("[" * 100_000, "it is too deep", id="deep"),
    ],
)
def test_why_a_body_is_not_json_is_told(body: str | bytes, problem: str) -> None:
    """With line and column where the parser knows them, and nothing for JSON."""
    assert json_problem(body).startswith(problem)
    assert bool(json_problem(body)) is bool(problem)


_VALUE = st.one_of(
    st.text(alphabet='a1 "\\,:}]{[\n', max_size=6),
    st.text(max_size=5),
    st.integers().map(str),
    st.sampled_from(["", "true", "null", '", "b', "-0", "1e5"]),
)
_TEMPLATES = (
    ('[{}, "{}"]', ("bare", "whole")),
    ('{{"a": "x{}", "b": {}}}', ("part", "bare")),
    ('{{"a{}": [{}]}}', ("part", "bare")),
    ('["{}{}"]', ("part", "part")),
    ("[{}{}]", ("bare", "bare")),
    ('[1{}, "\\{}"]', ("bare", "part")),
)


@settings(max_examples=400)
@given(
    number=st.integers(0, len(_TEMPLATES) - 1),
    rows=st.lists(st.tuples(_VALUE, _VALUE), min_size=1, max_size=6),
    adds_quotes=st.booleans(),
)
def test_the_verdict_is_that_of_a_parser(
    number: int, rows: list[tuple[str, str]], *, adds_quotes: bool
) -> None:
    """For every lead, whatever its values: nothing is guessed and nothing sampled."""
    template, quotings = _TEMPLATES[number]
    first, middle, last = template.format("\0", "\0").split("\0")
    encode = json.dumps if adds_quotes else str
    filled = [[encode(row[n]).encode(errors="replace") for row in rows] for n in (0, 1)]
    bodies = [
        first.encode() + a + middle.encode() + b + last.encode()
        for a, b in zip(*filled, strict=True)
    ]
    slots = [
        JsonSlot(
            quoting,  # type: ignore[arg-type]  # a table's word
            slot_borders(before, after, quoting),  # type: ignore[arg-type]
            adds_quotes,
            is_checked=not adds_quotes,
            filling=n,
        )
        for n, (quoting, before, after) in enumerate(
            zip(quotings, (first, middle), (middle, last), strict=True)
        )
    ]
    found = {row for row, _ in JsonJudge(slots).find_invalid(filled, bodies)}
    assert found == {row for row, body in enumerate(bodies) if json_problem(body)}
