"""Frames of a ledger: each column whole, and memory let go of on the way."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from nbwebhook.definition.fields import Fields
from nbwebhook.definition.webhook import Webhook
from nbwebhook.engine.ledger import CallFacts, Ledger
from nbwebhook.frames import outcomes
from nbwebhook.frames.keys import KeyTexts
from nbwebhook.frames.outcomes import calls_frame, changes_frame
from nbwebhook.frames.schema import CALLS, CHANGES
from nbwebhook.frames.updates import untyped_kinds, updates_frame
from nbwebhook.mapping.outcome import Change, Fate, FieldValue, Outcome, OutcomeKind
from nbwebhook.mapping.targets import Target, resolve_targets

COUNT = 70_001
KEYS = KeyTexts([str(row) for row in range(COUNT)])


def _facts(row: int, address: str = "127.0.0.1") -> CallFacts:
    facts = CallFacts()
    facts.started_at_s = np.nan if row == 1 else 1.7e9 + row
    facts.wait_ms = float(row)
    facts.status_code = 0 if row == 1 else 200
    facts.remote_address = address
    return facts


def _ledger(count: int = COUNT) -> Ledger:
    """Return what a run noted whose calls ended in the order of their keys' last digit."""
    ledger = Ledger()
    outcome = Outcome(OutcomeKind.NO_UPDATE)
    for row in sorted(range(count), key=lambda row: row % 10):
        ledger.add(row, 1, outcome, _facts(row))
    return ledger


def test_a_frame_of_many_calls_is_whole() -> None:
    """Texts that are the same for all calls stand in each row, in as many parts."""
    frame = calls_frame(_ledger(), KEYS)
    assert {name: str(dtype) for name, dtype in frame.dtypes.items()} == CALLS
    assert frame["row"].tolist() == list(range(COUNT))
    assert frame["lead_key"].tolist() == [str(row) for row in range(COUNT)]
    assert frame["wait_ms"].tolist() == [float(row) for row in range(COUNT)]
    assert set(frame["remote_address"]) == {"127.0.0.1"}
    assert frame["reason"].isna().all()
    assert frame["status_code"].isna().tolist()[:3] == [False, True, False]
    began = pd.Timestamp("2023-11-14 22:13:20", tz="UTC")
    assert frame["started_at"][0] == began
    assert frame["started_at"][1] is pd.NaT
    assert frame["started_at"][COUNT - 1] == began + pd.Timedelta(seconds=COUNT - 1)


def test_a_frame_lets_go_of_the_columns_that_it_was_made_of() -> None:
    """Both at once would be twice the memory; the order of the calls is kept."""
    ledger = _ledger(3_000)
    calls_frame(ledger, KEYS)
    assert len(ledger) == 3_000
    assert not len(ledger.wait_ms)
    assert not len(ledger.reason)
    assert not any(len(phase) for phase in ledger.phases)


def test_who_is_interrupted_may_ask_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """No call is lost by Ctrl-C while a frame is made."""
    ledger = _ledger(3_000)
    with monkeypatch.context() as once:
        once.setattr(outcomes, "_truths", _interrupt)
        with pytest.raises(KeyboardInterrupt, match="by the user"):
            calls_frame(ledger, KEYS)
    assert not len(ledger.wait_ms)
    pd.testing.assert_frame_equal(
        calls_frame(ledger, KEYS), calls_frame(_ledger(3_000), KEYS)
    )


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt("by the user")


def test_a_lead_with_several_calls_has_its_key_in_each_row() -> None:
    """Keys are those of the rows, also where there are as many calls as leads."""
    ledger = Ledger()
    for row, attempt in ((2, 2), (0, 1), (2, 1)):
        ledger.add(row, attempt, Outcome(OutcomeKind.FAILED), _facts(row, f"::{row}"))
    frame = calls_frame(ledger, KeyTexts(["a", "b", "c"]))
    assert frame["lead_key"].tolist() == ["a", "c", "c"]
    assert frame["attempt"].tolist() == [1, 1, 2]
    assert frame["remote_address"].tolist() == ["::0", "::2", "::2"]


HOOK = Webhook(
    url="https://a.test/", response_mappings={"a": "City", "b": "Fresh", "c": "Plain"}
)


def _targets() -> tuple[Target, ...]:
    return resolve_targets(HOOK, columns={"Id": None}, fields=Fields(), key_column="Id")


def _changed(*values: tuple[FieldValue, ...], reason: str = "") -> Ledger:
    ledger = Ledger()
    for row, three in enumerate(values):
        changes = tuple(
            Change(number, Fate.WRITTEN, str(value), value, reason)
            for number, value in enumerate(three)
        )
        ledger.add(row, 1, Outcome(OutcomeKind.UPDATED, changes=changes), CallFacts())
    return ledger


@pytest.mark.parametrize(
    "reason", [pytest.param("", id="none"), pytest.param("why", id="one")]
)
def test_a_frame_of_many_changes_is_whole(reason: str) -> None:
    """Attributes, fields and what is empty everywhere stand in each row."""
    count = 30_000
    ledger = _changed(*[(str(row), "x", row) for row in range(count)], reason=reason)
    frame = changes_frame(ledger, KEYS, _targets(), (None,) * 3, ZoneInfo("UTC"))
    assert {name: str(dtype) for name, dtype in frame.dtypes.items()} == CHANGES
    assert frame["attribute"].tolist() == ["a", "b", "c"] * count
    assert frame["field"].tolist() == ["City", "Fresh", "Plain"] * count
    assert frame["lead_key"].tolist() == [str(n // 3) for n in range(3 * count)]
    assert frame["new_value"].tolist()[-3:] == ["29999", "x", "29999"]
    assert frame["old_value"].isna().all()
    assert set(frame["reason"].fillna("")) == {reason}


@pytest.mark.parametrize(
    ("values", "kinds"),
    [
        pytest.param([1, 2], {"int"}, id="numbers"),
        pytest.param([1, 2**70], {"int", "int beyond 64 bits"}, id="long-ones"),
        pytest.param([2**70, 2**80], {"int beyond 64 bits"}, id="long-ones-alone"),
        pytest.param([True, 2], {"bool", "int"}, id="truths-are-no-numbers"),
        pytest.param(["a", "b"], {"str"}, id="texts"),
    ],
)
def test_the_kinds_of_values_are_told(
    values: list[FieldValue], kinds: set[str]
) -> None:
    """They decide the dtype of a field of no declared type."""
    ledger = _changed(*[("Oslo", value, "p") for value in values])
    assert untyped_kinds(ledger, _targets())["Fresh"] == kinds


def test_updates_stand_in_the_order_of_the_leads() -> None:
    """Whatever order their calls ended in, and only of leads with a written field."""
    ledger = Ledger()
    for row in (7, 2, 5):
        written = Fate.WRITTEN if row != 2 else Fate.MISSING
        changes = tuple(
            Change(n, written, "v", str(row) if row != 2 else None) for n in range(3)
        )
        ledger.add(row, 1, Outcome(OutcomeKind.UPDATED, changes=changes), CallFacts())
    frame = updates_frame(ledger, _targets())
    assert frame.index.tolist() == [5, 7]
    assert str(frame.index.dtype) == "int64"
    assert frame["City"].tolist() == ["5", "7"]
