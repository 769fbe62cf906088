"""The calls of a journal lead by lead, once its run is over."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from nbwebhook.clock import RealClock
from nbwebhook.engine.journal.ended import open_ended
from nbwebhook.engine.journal.identity import Identity
from nbwebhook.engine.journal.opening import open_journal
from nbwebhook.engine.journal.store import Store
from nbwebhook.engine.ledger import CallFacts
from nbwebhook.errors import JournalCorrupt, JournalLocked
from nbwebhook.mapping.outcome import Change, Fate, Outcome, OutcomeKind
from tests.engine.services import make_keys

LEADS = 12
FAILED = Outcome(OutcomeKind.FAILED, error_type="Busy", reason="503")
UPDATED = Outcome(OutcomeKind.UPDATED, changes=(Change(0, Fate.WRITTEN, "7", 7),))
WITHDRAWN = Outcome(OutcomeKind.SKIPPED)


def opened(path: Path) -> Store:
    """Open the journal of twelve leads, and begin a session."""
    identity = Identity(LEADS, {"url": "1f"})
    history, store = open_journal(path, identity, make_keys(LEADS), RealClock())
    store.begin(history.settle_crashed())
    return store


def ran(path: Path) -> None:
    """Write calls out of order: a repeat, a withdrawn claim, and two under way."""
    store = opened(path)
    facts = CallFacts()
    store.commit("ran", claims=[(0, 8)])
    calls = [
        (5, 1, FAILED, facts),
        (2, 1, UPDATED, facts),
        (0, 1, UPDATED, facts),
        (7, 0, WITHDRAWN, facts),
    ]
    store.commit("ran", claims=[(5, 6), (2, 3)], calls=calls)
    store.commit("ran", calls=[(5, 2, UPDATED, facts)])
    store.end([store.values_of((1, 1, UPDATED, facts))])


def told(path: Path, first: int, end: int) -> list[tuple[int, int, str]]:
    """Return row, attempt and outcome of the calls of some leads."""
    with open_ended(path, LEADS) as ended:
        return [
            (values[0], values[1], values[5] or values[3])
            for values in ended.of_rows(first, end)
        ]


ALL = [
    (0, 1, "updated"),
    (1, 1, "updated"),
    (2, 1, "updated"),
    (2, 2, "RunCrashed"),
    (3, 1, "RunCrashed"),
    (4, 1, "RunCrashed"),
    (5, 1, "Busy"),
    (5, 2, "updated"),
    (6, 1, "RunCrashed"),
]


@pytest.mark.parametrize("step", [1, 2, 3, 5, LEADS])
def test_calls_come_lead_by_lead_whatever_the_stretch(
    tmp_path: Path, step: int
) -> None:
    """In the order of leads and attempts; a claim without a call is an unknown one."""
    path = tmp_path / "run.sqlite"
    ran(path)
    found = []
    for first in range(0, LEADS, step):
        found += told(path, first, min(first + step, LEADS))
    assert found == ALL
    assert [each.name for each in tmp_path.iterdir()] == ["run.sqlite"]


def test_what_is_open_is_what_a_resumption_makes_of_it(tmp_path: Path) -> None:
    """The next session settles the same leads in the same way."""
    path = tmp_path / "run.sqlite"
    ran(path)
    before = told(path, 0, LEADS)
    opened(path).end([])
    assert told(path, 0, LEADS) == before


def test_a_journal_in_use_is_not_read(tmp_path: Path) -> None:
    """A run that goes on has its journal for itself, and so has who reads it."""
    path = tmp_path / "run.sqlite"
    store = opened(path)
    with pytest.raises(JournalLocked), open_ended(path, LEADS):
        pass
    store.end([])
    with open_ended(path, LEADS), pytest.raises(JournalLocked):
        opened(path)
    opened(path).end([])


def test_a_changed_call_is_no_result(tmp_path: Path) -> None:
    """What stands in the files is what was written, or the place of the damage is told."""
    path = tmp_path / "run.sqlite"
    ran(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("UPDATE batch SET calls = replace(calls, '503', '504')")
    with pytest.raises(JournalCorrupt, match="its checksum differs"):
        told(path, 0, LEADS)
    assert told(path, 1, 2) == ALL[1:2]


def test_what_is_no_journal_is_refused(tmp_path: Path) -> None:
    """The error is one of ours."""
    path = tmp_path / "run.sqlite"
    path.write_bytes(b"no database at all" * 100)
    with pytest.raises(JournalCorrupt, match="its calls"):
        told(path, 0, LEADS)
