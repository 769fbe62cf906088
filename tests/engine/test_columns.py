"""Columns that are packed as they grow."""

from __future__ import annotations

from math import isnan, nan

import numpy as np
import pytest

from nbwebhook.engine.columns import BLOCK_CALLS, NumberColumn, TextColumn
from nbwebhook.engine.ledger import CallFacts, Ledger
from nbwebhook.mapping.outcome import Outcome, OutcomeKind

COUNT = 3 * BLOCK_CALLS + 5


def _grown(numbers: list[float], typecode: str = "d") -> NumberColumn[float]:
    column = NumberColumn[float](typecode)
    for number, value in enumerate(numbers):
        if number and number % BLOCK_CALLS == 0:
            column.pack()
        column.append(value)
    return column


@pytest.mark.parametrize(
    "numbers",
    [
        pytest.param([], id="none"),
        pytest.param([1.5, 2.5], id="tail-alone"),
        pytest.param([0.0] * COUNT, id="constant"),
        pytest.param([float(i) for i in range(COUNT)], id="all-distinct"),
        pytest.param([0.0] * BLOCK_CALLS + [1.0] * (COUNT - BLOCK_CALLS), id="steps"),
        pytest.param([1.0] * (BLOCK_CALLS - 1) + [2.0] * BLOCK_CALLS, id="off-by-one"),
    ],
)
def test_numbers_come_back_in_their_order(numbers: list[float]) -> None:
    """One by one, in stretches, and all at once."""
    column = _grown(numbers)
    assert len(column) == len(numbers)
    assert list(column) == numbers
    assert column[-7:] == numbers[-7:]
    assert [column[place] for place in range(len(numbers))] == numbers
    np.testing.assert_array_equal(column.to_numpy(), np.array(numbers))


def test_many_blocks_of_two_kinds_come_back() -> None:
    """Constant blocks and others lie in several pieces of memory, one after another."""
    blocks = 140
    column = NumberColumn[int]("i")
    for block in range(blocks):
        for place in range(BLOCK_CALLS):
            column.append(block if block % 3 == 0 else place)
        column.pack()
    found = column.to_numpy().reshape(blocks, BLOCK_CALLS)
    assert (found[::3] == np.arange(0, blocks, 3)[:, None]).all()
    assert (found[1::3] == np.arange(BLOCK_CALLS)).all()
    assert (found[2::3] == np.arange(BLOCK_CALLS)).all()
    assert column[-1] == BLOCK_CALLS - 1


def test_a_column_that_was_cleared_grows_anew() -> None:
    """What was read of it before stays as it was."""
    column = _grown([float(i) for i in range(COUNT)])
    before = column.to_numpy()
    column.clear()
    assert len(column) == 0
    column.append(7.0)
    assert list(column) == [7.0]
    np.testing.assert_array_equal(before, np.arange(COUNT, dtype="float64"))
    texts = TextColumn()
    texts.append("a")
    texts.clear()
    assert list(texts) == []


def test_what_is_not_a_number_comes_back() -> None:
    """NaN stands for a phase that did not happen, in whole blocks too."""
    column = _grown([nan] * COUNT)
    assert all(isnan(number) for number in column)


def test_a_column_has_no_number_past_its_end() -> None:
    """As with a list."""
    with pytest.raises(IndexError):
        _grown([1.0] * BLOCK_CALLS)[BLOCK_CALLS]


def test_whole_numbers_stay_whole() -> None:
    """The type is the machine's own."""
    column = NumberColumn[int]("q")
    column.append(2**62)
    assert column.to_numpy().dtype == np.dtype("int64")
    assert column[0] == 2**62


def test_texts_come_back_in_their_order() -> None:
    """One by one, in stretches, and all at once."""
    texts = [("", "a", "b")[i % 3] for i in range(2 * BLOCK_CALLS + 3)]
    column = TextColumn()
    for number, text in enumerate(texts):
        if number and number % BLOCK_CALLS == 0:
            column.pack()
        column.append(text)
    assert list(column) == texts
    assert column[-5:] == texts[-5:]
    assert [column[0], column[BLOCK_CALLS + 1], column[-1]] == [
        texts[0],
        texts[BLOCK_CALLS + 1],
        texts[-1],
    ]


def test_a_ledger_packs_its_columns_as_calls_come_in() -> None:
    """Nothing is lost at the end of a block, and calls can be let go of."""
    ledger = Ledger()
    for row in range(COUNT):
        outcome = Outcome(
            OutcomeKind.FAILED, error_type="E", reason=f"reason {row % 3}"
        )
        facts = CallFacts()
        facts.wait_ms = float(row)
        ledger.add(row, 1, outcome, facts)
    assert list(ledger.row) == list(range(COUNT))
    assert list(ledger.wait_ms) == [float(row) for row in range(COUNT)]
    assert list(ledger.reason) == [f"reason {row % 3}" for row in range(COUNT)]
    assert list(ledger.error_type) == ["E"] * COUNT
    assert {len(phase) for phase in ledger.phases} == {len(ledger)}
    ledger.release_calls()
    assert len(ledger) == 0
