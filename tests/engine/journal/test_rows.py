"""A call goes into a journal's row and comes back as it was."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime
from decimal import Decimal
from math import isnan, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbwebhook.engine.journal.rows import (
    add_calls,
    call_values,
    decode_rows,
    encode_rows,
    plain_text,
    read_call,
)
from nbwebhook.engine.journal.schema import (
    CALL_COLUMNS,
    INSERT_BATCH,
    SCHEMA,
    chain_batch,
)
from nbwebhook.engine.ledger import PHASES, CallFacts, Ledger
from nbwebhook.mapping.outcome import Change, Fate, FieldValue, Outcome, OutcomeKind
from nbwebhook.transport.base import Timing

TEXTS = st.text(st.characters(codec="utf-8"), max_size=30)
TIMES = st.one_of(st.just(nan), st.floats(-1e12, 1e12))
FIELD_VALUES: st.SearchStrategy[FieldValue] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**40), 10**40),
    st.text(max_size=20),
    st.decimals(allow_nan=False, allow_infinity=False),
    st.dates(),
    st.datetimes(timezones=st.just(UTC)),
)
CHANGES = st.builds(
    Change,
    st.integers(0, 999),
    st.sampled_from(Fate),
    st.none() | st.text(max_size=20),
    FIELD_VALUES,
    st.text(max_size=20),
)
OUTCOMES = st.builds(
    Outcome,
    st.sampled_from(OutcomeKind),
    error_type=TEXTS,
    error_code=st.sampled_from([0, 1000, 1001]),
    reason=TEXTS,
    changes=st.lists(CHANGES, max_size=3).map(tuple),
)


@st.composite
def facts(draw: st.DrawFn) -> CallFacts:
    """Draw when and how a call ran."""
    drawn = CallFacts()
    for name in ("started_at_s", "wait_ms", "throttle_ms"):
        setattr(drawn, name, draw(TIMES))
    drawn.timing = Timing()
    for name in PHASES:
        setattr(drawn.timing, name, draw(TIMES))
    drawn.overhead_ms = draw(st.floats(0, 1e9))
    drawn.status_code = draw(st.sampled_from([0, 200, 999]))
    drawn.request_bytes = draw(st.integers(-1, 2**40))
    drawn.response_bytes = draw(st.integers(-1, 2**40))
    drawn.connection_reused = draw(st.sampled_from([-1, 0, 1]))
    drawn.remote_address = draw(TEXTS)
    return drawn


def told(outcome: Outcome, facts: CallFacts) -> list[object]:
    """Return everything about a call that counts, NaN as None."""
    times = [
        facts.started_at_s,
        facts.wait_ms,
        facts.throttle_ms,
        facts.overhead_ms,
        *(getattr(facts.timing, name) for name in PHASES),
    ]
    changes = [
        (c.mapping, c.fate, c.response_value, type(c.new_value), c.new_value, c.reason)
        for c in outcome.changes
    ]
    return [
        (outcome.kind, outcome.error_type, outcome.error_code, outcome.reason),
        changes,
        [None if isnan(time) else time for time in times],
        (facts.status_code, facts.request_bytes, facts.response_bytes),
        (facts.connection_reused, facts.remote_address),
    ]


def as_json(values: list[object]) -> str:
    """Return a call as it is written, once both encoders have said the same."""
    text = encode_rows([values])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("nbwebhook.engine.journal.rows.orjson", None)
        plain = encode_rows([values])
    assert json.loads(text) == json.loads(plain)
    return text


def through_sqlite(values: list[object]) -> list[object]:
    """Return a call as a database gives it back."""
    with closing(sqlite3.connect(":memory:")) as database:
        database.execute(SCHEMA["batch"])
        batch = (1, "ran", 0.5, 0.25, 1, "[]", as_json(values))
        database.execute(INSERT_BATCH, (*batch, chain_batch(7, batch)))
        [row] = database.execute("SELECT * FROM batch").fetchall()
    assert chain_batch(7, row[:-1]) == row[-1]
    [call] = json.loads(row[6])
    assert isinstance(call, list)
    return call


@given(OUTCOMES, facts())
def test_a_call_comes_back_from_the_database_as_it_was(
    outcome: Outcome, drawn: CallFacts
) -> None:
    """Every digit, every type, every time; and the checksum is that of what is read."""
    row = through_sqlite(call_values(5, 2, "key", outcome, drawn))
    assert row[:3] == [5, 2, "key"]
    assert told(*read_call(row)) == told(outcome, drawn)


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(2**63 + 1, id="an-integer-above-64-bits"),
        pytest.param(Decimal("1.50"), id="a-decimal-with-its-zero"),
        pytest.param(
            Decimal("123456789012345678.123456789"), id="more-digits-than-a-float"
        ),
        pytest.param(True, id="true"),
        pytest.param("\ud800 half a pair", id="half-a-surrogate-pair"),
        pytest.param("null\x00inside", id="a-null-character"),
        pytest.param(date(2026, 2, 28), id="a-date"),
        pytest.param(datetime(2026, 2, 28, 1, 2, 3, 4, tzinfo=UTC), id="an-instant"),
    ],
)
def test_a_new_value_keeps_its_type_and_its_last_digit(value: FieldValue) -> None:
    """What a mapping wrote comes back exactly."""
    change = Change(0, Fate.WRITTEN, "told", value)
    outcome = Outcome(OutcomeKind.UPDATED, changes=(change,))
    row = through_sqlite(call_values(0, 1, "k", outcome, CallFacts()))
    [back] = read_call(row)[0].changes
    assert (type(back.new_value), repr(back.new_value)) == (type(value), repr(value))
    text = as_json(call_values(0, 1, "k", outcome, CallFacts()))
    ledger = Ledger()
    add_calls(ledger, decode_rows(text))
    [stretch] = ledger.changes.stretches(0)
    assert list(map(repr, stretch.new_values)) == [repr(value)]


@pytest.mark.parametrize("has_orjson", [True, False], ids=["fast", "plain"])
@given(OUTCOMES, facts())
def test_rows_come_back_whoever_reads_them(
    has_orjson: bool,  # noqa: FBT001 - a parameter
    outcome: Outcome,
    drawn: CallFacts,
) -> None:
    """Both decoders give the same values, to the last digit of the largest number."""
    text = as_json(call_values(5, 2, "key", outcome, drawn))
    with pytest.MonkeyPatch.context() as patch:
        if not has_orjson:
            patch.setattr("nbwebhook.engine.journal.rows.orjson", None)
        assert repr(decode_rows(text)) == repr(json.loads(text))


def columns_of(ledger: Ledger) -> list[object]:
    """Return all that a ledger holds, as texts: NaN equals itself there."""
    calls = [list(map(repr, column)) for column in ledger._columns]
    changes = ledger.changes
    told = [
        [list(map(repr, each)) for each in (s.response_values, s.new_values, s.reasons)]
        for n in range(changes.width)
        for s in changes.stretches(n, blocks=99)
    ]
    return [calls, list(changes.rows), changes.width, bytes(changes.fates), told]


def some_call(number: int) -> tuple[Outcome, CallFacts]:
    """Return a call that differs from the one before; every third maps nothing."""
    drawn = CallFacts()
    drawn.timing = Timing()
    drawn.started_at_s, drawn.timing.latency_ms = number + 0.5, number / 7
    drawn.status_code, drawn.remote_address = 200 + number % 2, f"10.0.0.{number % 9}"
    if number % 3 == 0:
        return Outcome(OutcomeKind.FAILED, error_type="Busy", reason="503"), drawn
    values: list[FieldValue] = [number, Decimal("1.50"), None, date(2026, 2, 28)]
    changes = [
        Change(0, Fate.WRITTEN, str(number), values[number % 4]),
        Change(1, Fate.MISSING, None, None, "no value at this path"),
    ]
    return Outcome(OutcomeKind.UPDATED, changes=changes), drawn


@pytest.mark.parametrize("packs", [True, False])
@pytest.mark.parametrize("at_once", [1, 700, 2_500])
def test_calls_taken_down_at_once_are_those_taken_down_singly(
    packs: bool,  # noqa: FBT001 - a parameter
    at_once: int,
) -> None:
    """Column by column, over the ends of blocks."""
    count, singly, together = 2_500, Ledger(), Ledger(packs=packs)
    rows = []
    for number in range(count):
        outcome, drawn = some_call(number)
        singly.add(number, 1, outcome, drawn)
        rows.append(call_values(number + 10, 1, "key", outcome, drawn))
    rows = decode_rows(encode_rows(rows))
    for start in range(0, count, at_once):
        add_calls(together, rows[start : start + at_once], first_row=10)
    add_calls(together, [])
    assert columns_of(together) == columns_of(singly)
    assert together.reason[count - 1] == singly.reason[count - 1]
    assert together.started_at_s[count - 1] == count - 0.5


def test_calls_with_another_number_of_mappings_are_a_mistake() -> None:
    """Columns would no longer fit together."""
    outcome, drawn = some_call(1)
    call = call_values(0, 1, "key", outcome, drawn)
    shorter = [*call[:-1], call[-1][:1]]  # type: ignore[index]  # a list
    with pytest.raises(ValueError, match="mappings"):
        add_calls(Ledger(), [call, shorter])


def test_a_value_that_json_has_not_is_an_error() -> None:
    """It is the caller that tells whose value it was."""
    with pytest.raises(TypeError):
        encode_rows([[object()]])


@given(st.text(max_size=30))
def test_any_text_can_be_stored(text: str) -> None:
    """Text that is no valid Unicode is stored with escapes, all other as it is."""
    stored = plain_text(text)
    if stored is None:
        assert text == ""
    else:
        assert stored.encode() == text.encode("utf-8", "backslashreplace")


def test_columns_are_named_as_in_the_calls_frame() -> None:
    """Whoever knows the frame knows the table."""
    frame = {"lead_key", "row", "attempt", "outcome", "status_code", "error_type"}
    frame |= {"error_code", "reason", "wait_ms", "throttle_ms", *PHASES}
    frame |= {"request_bytes", "response_bytes", "connection_reused", "remote_address"}
    assert set(CALL_COLUMNS) == frame | {"started_at_s", "overhead_ms", "changes"}
