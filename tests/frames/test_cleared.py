"""Fields that a response emptied, by the option `null_clears`."""

from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from nbwebhook.definition.fields import Fields
from nbwebhook.definition.webhook import Webhook
from nbwebhook.engine.ledger import CallFacts, Ledger
from nbwebhook.frames.apply import apply_updates
from nbwebhook.frames.updates import cleared_rows, updates_frame
from nbwebhook.mapping.outcome import Change, Fate, FieldValue, Outcome, OutcomeKind
from nbwebhook.mapping.targets import Target, resolve_targets

HOOK = Webhook(
    url="https://a.test/",
    response_mappings={"a": "City", "b": "LeadScore", "c": "Fresh"},
    beyond={"null_clears": True},
)


def _targets(leads: pd.DataFrame) -> tuple[Target, ...]:
    columns = dict.fromkeys(leads.columns)
    return resolve_targets(HOOK, columns=columns, fields=Fields(), key_column="Id")


def _ledger(*rows: tuple[FieldValue, ...]) -> Ledger:
    """Return what a run noted: a value a mapping, all of them written."""
    ledger = Ledger()
    for row, values in enumerate(rows):
        changes = tuple(
            Change(number, Fate.WRITTEN, "v", value)
            for number, value in enumerate(values)
        )
        outcome = Outcome(OutcomeKind.UPDATED, changes=changes)
        ledger.add(row, 1, outcome, CallFacts())
    return ledger


@pytest.mark.parametrize(
    "scores",
    [
        pytest.param([1, 2], id="int64"),
        pytest.param([1.5, 2.5], id="float64"),
        pytest.param(pd.array([1, 2], dtype="Int64"), id="nullable"),
        pytest.param(pd.array(["1", "2"], dtype="string"), id="text"),
        pytest.param(pd.Series(["1", 2], dtype=object), id="objects"),
    ],
)
def test_an_emptied_field_is_empty_in_the_leads(scores: object) -> None:
    """A written null empties the cell whatever the column's dtype; others keep theirs."""
    leads = pd.DataFrame({"Id": ["1", "2"], "City": ["Oslo", "Bonn"], "Score": scores})
    leads = leads.rename(columns={"Score": "Lead Score"})
    targets = _targets(leads)
    ledger = _ledger((None, None, None), ("Rom", 9, "x"))
    updates = updates_frame(ledger, targets)
    cleared = cleared_rows(ledger, targets)
    assert cleared == {"City": [0], "LeadScore": [0], "Fresh": [0]}
    applied = apply_updates(leads, updates, targets, ZoneInfo("UTC"), cleared=cleared)
    assert applied["City"].isna().tolist() == [True, False]
    assert applied["Lead Score"].isna().tolist() == [True, False]
    assert applied["Fresh"].isna().tolist() == [True, False]
    assert float(applied["Lead Score"][1]) == 9
    assert leads["City"].tolist() == ["Oslo", "Bonn"]


def test_without_nulls_nothing_is_emptied() -> None:
    """A run of plain values has no emptied rows."""
    leads = pd.DataFrame({"Id": ["1"], "City": ["Oslo"]})
    targets = _targets(leads)
    ledger = _ledger(("Rom", 9, "x"))
    assert cleared_rows(ledger, targets) == {}
    applied = apply_updates(
        leads, updates_frame(ledger, targets), targets, ZoneInfo("UTC")
    )
    assert applied["City"].tolist() == ["Rom"]
