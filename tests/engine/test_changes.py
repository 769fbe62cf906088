"""Changes kept as packed columns."""

from __future__ import annotations

import pytest

from nbwebhook.engine.changes import Changes
from nbwebhook.mapping.outcome import Change, Fate, FieldValue, Outcome, OutcomeKind


def _outcome(*values: FieldValue) -> Outcome:
    return Outcome(
        OutcomeKind.UPDATED,
        changes=[
            Change(number, Fate.WRITTEN, str(value), value)
            if value is not None
            else Change(number, Fate.MISSING, None, None, "no value at this path")
            for number, value in enumerate(values)
        ],
    )


def test_changes_of_many_leads_come_back_in_stretches() -> None:
    """Every lead's value of a mapping, in the order in which calls ended."""
    changes = Changes()
    for row in reversed(range(3_000)):
        changes.add(row, _outcome(row, None if row % 2 else f"v{row}"))
    assert (changes.width, len(changes)) == (2, 6_000)
    assert list(changes.rows) == list(reversed(range(3_000)))
    stretches = list(changes.stretches(1, blocks=2))
    assert [stretch.start for stretch in stretches] == [0, 2_048]
    for stretch in stretches:
        rows = changes.rows[stretch.start : stretch.start + len(stretch.new_values)]
        values = [None if row % 2 else f"v{row}" for row in rows]
        assert stretch.new_values == stretch.response_values == values
        assert stretch.reasons == [
            "no value at this path" if value is None else "" for value in values
        ]
    assert sum(len(stretch.reasons) for stretch in stretches) == 3_000


def test_changes_may_be_read_before_a_block_is_full() -> None:
    """And again after more have been added."""
    changes = Changes()
    changes.add(4, _outcome("a"))
    assert [s.new_values for s in changes.stretches(0)] == [["a"]]
    changes.add(2, _outcome("b"))
    assert [s.new_values for s in changes.stretches(0)] == [["a", "b"]]
    assert list(changes.rows) == [4, 2]


def test_a_run_without_mapped_leads_has_no_changes() -> None:
    """There is nothing to read."""
    assert list(Changes().stretches(0)) == []


def test_another_number_of_mappings_is_a_mistake_of_the_caller() -> None:
    """Columns would no longer fit together."""
    changes = Changes()
    changes.add(0, _outcome(1, 2))
    with pytest.raises(ValueError, match="1 mappings after leads with 2"):
        changes.add(1, _outcome(1))
