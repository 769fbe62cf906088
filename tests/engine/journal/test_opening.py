"""Opening a journal: made for its owner alone, shared with nobody, checked or refused."""

from __future__ import annotations

import errno
import fcntl
import os
import sqlite3
import stat
import subprocess
import sys
import textwrap
from contextlib import closing
from pathlib import Path

import pytest

from nbwebhook.clock import RealClock
from nbwebhook.engine.journal.history import History
from nbwebhook.engine.journal.identity import Identity
from nbwebhook.engine.journal.opening import open_journal
from nbwebhook.engine.journal.rows import call_values
from nbwebhook.engine.journal.schema import APPLICATION_ID
from nbwebhook.engine.journal.store import Store
from nbwebhook.engine.ledger import CallFacts
from nbwebhook.errors import (
    JournalCorrupt,
    JournalFailed,
    JournalLocked,
    JournalMismatch,
)
from nbwebhook.mapping.outcome import Change, Fate, Outcome, OutcomeKind
from tests.engine.services import copy_crashed, make_keys, names_in

LEADS = 20
IDENTITY = Identity(LEADS, {"url": "1f"})
UPDATED = Outcome(OutcomeKind.UPDATED, changes=(Change(0, Fate.WRITTEN, "7", 7),))
ELSEWHERE = textwrap.dedent(
    """
    import sys
    from pathlib import Path
    from nbwebhook.clock import RealClock
    from nbwebhook.engine.journal.identity import Identity
    from nbwebhook.engine.journal.opening import open_journal
    from nbwebhook.errors import JournalLocked

    keys = [f"lead-{row}" for row in range(20)]
    try:
        _, store = open_journal(sys.argv[1], Identity(20, {"url": "1f"}), keys, RealClock())
    except JournalLocked:
        print("locked", flush=True)
    else:
        print("open", flush=True)
        sys.stdin.read()
        store.close(is_done=False)
    """
)


def opened(path: Path, identity: Identity = IDENTITY) -> tuple[History, Store]:
    """Open the journal of twenty leads."""
    return open_journal(path, identity, make_keys(LEADS), RealClock())


def used(path: Path) -> Store:
    """Return a journal in which eight leads are claimed and four of them updated."""
    _, store = opened(path)
    store.begin([])
    store.commit("ran", claims=[(0, 5)])
    calls = [(row, 1, UPDATED, CallFacts()) for row in range(4)]
    store.commit("ran", claims=[(5, 8)], calls=calls)
    return store


def elsewhere(path: Path) -> subprocess.Popen[str]:
    """Open the journal in another process, and hold it there until its input ends."""
    return subprocess.Popen(
        [sys.executable, "-c", ELSEWHERE, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def said(process: subprocess.Popen[str]) -> str:
    """Return the next line of a process."""
    assert process.stdout is not None
    return process.stdout.readline().strip()


def ended(process: subprocess.Popen[str]) -> None:
    """End a process and close its pipes."""
    process.kill()
    process.communicate()


def test_a_new_journal_is_its_owners_alone(tmp_path: Path) -> None:
    """Nobody else can read any of its files, whatever the umask is."""
    path = tmp_path / "run.sqlite"
    before = os.umask(0)
    try:
        store = used(path)
    finally:
        os.umask(before)
    modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in tmp_path.iterdir()}
    store.end([])
    assert modes == dict.fromkeys(
        ["run.sqlite", "run.sqlite-wal", "run.sqlite-mark"], 0o600
    )


def test_a_run_ended_in_order_leaves_one_file(tmp_path: Path) -> None:
    """The file holds all; it is an ordinary database."""
    path = tmp_path / "run.sqlite"
    used(path).end(
        [
            call_values(row, 0, None, Outcome(OutcomeKind.SKIPPED), CallFacts())
            for row in range(4, 8)
        ]
    )
    assert names_in(tmp_path) == ["run.sqlite"]
    history, store = opened(path)
    store.close(is_done=True)
    assert history.is_closed
    assert list(history.open_rows()) == []
    assert [history.kind(row) for row in (0, 3, 4)] == [OutcomeKind.UPDATED] * 2 + [
        None
    ]
    assert len(history.ledger) == 4
    assert names_in(tmp_path) == ["run.sqlite"]


def test_claimed_and_unsettled_leads_are_found_after_a_crash(tmp_path: Path) -> None:
    """They become unknown, with a row of their own, and are listed for people."""
    path = tmp_path / "run.sqlite"
    store = used(path)
    crashed = copy_crashed(path, tmp_path / "crash")
    store.end([])
    with closing(sqlite3.connect(crashed)) as database:
        listed = database.execute("SELECT row, lead_key FROM unknown_lead").fetchall()
    assert listed == [(row, f"lead-{row}") for row in range(4, 8)]
    history, store = opened(crashed)
    assert list(history.open_rows()) == [4, 5, 6, 7]
    store.begin(history.settle_crashed())
    store.end([])
    assert history.crashed == {4, 5, 6, 7}
    with closing(sqlite3.connect(crashed)) as database:
        outcomes = database.execute(
            "SELECT outcome, count(*) FROM lead_outcome GROUP BY outcome"
        ).fetchall()
        reasons = database.execute(
            "SELECT DISTINCT reason FROM unknown_lead"
        ).fetchall()
        mapped = database.execute(
            "SELECT json_extract(changes, '$[0][2]') FROM call WHERE row = 2"
        ).fetchall()
    assert outcomes == [("unknown", 4), ("updated", 4)]
    assert [reason[:15] for (reason,) in reasons] == ["the run crashed"]
    assert mapped == [(7,)]


def test_sessions_add_up(tmp_path: Path) -> None:
    """Running times are added, the gap between sessions is not."""
    path = tmp_path / "run.sqlite"
    used(path).end([])
    once, store = opened(path)
    store.begin(once.settle_crashed())
    store.end([])
    twice, store = opened(path)
    store.close(is_done=True)
    assert twice.started_at_s == once.started_at_s > 0
    assert once.elapsed_s < twice.elapsed_s < once.elapsed_s + 10
    assert twice.tally.batches == once.tally.batches + 2


def test_a_second_opener_is_turned_away_at_once(tmp_path: Path) -> None:
    """In the same process, and in another one."""
    path = tmp_path / "run.sqlite"
    store = used(path)
    with pytest.raises(JournalLocked, match="open in another run"):
        opened(path)
    other = elsewhere(path)
    assert said(other) == "locked"
    ended(other)
    store.end([])


def test_a_cell_that_reads_the_file_does_not_unlock_it(tmp_path: Path) -> None:
    """Opening and closing the file drops SQLite's own lock; the mark's stays."""
    path = tmp_path / "run.sqlite"
    store = used(path)
    path.read_bytes()
    other = elsewhere(path)
    assert said(other) == "locked"
    ended(other)
    store.end([])


def test_a_program_that_has_the_database_open_locks_it_too(tmp_path: Path) -> None:
    """Whoever is in the middle of writing it by hand is not overrun."""
    path = tmp_path / "run.sqlite"
    used(path).end([])
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("BEGIN EXCLUSIVE")
        with pytest.raises(JournalLocked, match=r"run\.sqlite"):
            opened(path)
    assert names_in(tmp_path) == ["run.sqlite"]


def test_a_killed_opener_leaves_no_lock(tmp_path: Path) -> None:
    """After SIGKILL the next run gets it."""
    path = tmp_path / "run.sqlite"
    other = elsewhere(path)
    assert said(other) == "open"
    with pytest.raises(JournalLocked, match=r"run\.sqlite"):
        opened(path)
    ended(other)
    _, store = opened(path)
    store.close(is_done=False)


def test_of_many_racing_openers_one_wins(tmp_path: Path) -> None:
    """Whoever comes first has it, all others are told."""
    path = tmp_path / "run.sqlite"
    others = [elsewhere(path) for _ in range(5)]
    words = sorted(said(other) for other in others)
    for other in others:
        ended(other)
    assert words == ["locked"] * 4 + ["open"]


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        pytest.param(lambda p: p.mkdir(), "a folder stands there", id="folder"),
        pytest.param(lambda p: p.symlink_to(p.parent / "x"), "a symbolic link", id="link"),
        pytest.param(
            lambda p: p.with_name("j-mark").symlink_to(p.parent / "x"),
            "j-mark cannot be made",
            id="link-as-mark",
        ),
        pytest.param(lambda p: p.parent.rename(p.parent.with_name("gone")), "No such file", id="no-folder"),
    ],
)  # fmt: skip
def test_a_place_that_cannot_hold_a_journal_is_refused(
    tmp_path: Path, make: object, problem: str
) -> None:
    """The message says what stands there; nothing is followed or overwritten."""
    folder = tmp_path / "here"
    folder.mkdir()
    assert callable(make)
    make(folder / "j")
    with pytest.raises(JournalFailed, match=problem):
        opened(folder / "j")
    assert not (folder / "x").exists()


def make_database(path: Path, *statements: str) -> None:
    """Make a database that is not a journal."""
    with closing(sqlite3.connect(path)) as database:
        for statement in statements:
            database.execute(statement)
        database.commit()


def test_another_programs_database_is_left_alone(tmp_path: Path) -> None:
    """Not a byte of it changes."""
    path = tmp_path / "cookies.sqlite"
    make_database(path, "CREATE TABLE cookie (name)")
    before = path.read_bytes()
    with pytest.raises(JournalFailed, match="the data of another program"):
        opened(path)
    assert path.read_bytes() == before
    assert names_in(tmp_path) == ["cookies.sqlite"]


def test_a_list_of_leads_is_no_journal(tmp_path: Path) -> None:
    """A file that was named by mistake stays as it is."""
    path = tmp_path / "leads.csv"
    path.write_text("Id,Email Address\n" * 200)
    with pytest.raises(JournalCorrupt, match="its header"):
        opened(path)
    assert path.read_text() == "Id,Email Address\n" * 200
    assert names_in(tmp_path) == ["leads.csv"]


def test_an_empty_file_is_not_taken_for_a_new_journal(tmp_path: Path) -> None:
    """It may be one that has lost everything."""
    path = tmp_path / "run.sqlite"
    path.touch()
    with pytest.raises(JournalCorrupt, match="the file is empty"):
        opened(path)


def test_a_journal_of_a_later_format_is_refused(tmp_path: Path) -> None:
    """The message names both."""
    path = tmp_path / "run.sqlite"
    make_database(
        path, f"PRAGMA application_id = {APPLICATION_ID}", "PRAGMA user_version = 2", "CREATE TABLE x (y)"
    )  # fmt: skip
    with pytest.raises(JournalFailed, match=r"its format is 2, .* reads 1"):
        opened(path)


def test_another_run_is_refused_with_what_differs(tmp_path: Path) -> None:
    """Nothing is written, and the right run still gets it."""
    path = tmp_path / "run.sqlite"
    used(path).end([])
    before = path.read_bytes()
    with pytest.raises(JournalMismatch, match="another run, which differs in url;"):
        opened(path, Identity(LEADS, {"url": "2e"}))
    assert path.read_bytes() == before
    opened(path)[1].close(is_done=True)


def test_a_journal_left_while_being_made_is_made_anew(tmp_path: Path) -> None:
    """A crash before the tables were there has claimed nobody."""
    path = tmp_path / "run.sqlite"
    opened(path)[1].close(is_done=False)
    path.write_bytes(b"")
    history, store = opened(path)
    store.close(is_done=True)
    assert history.tally.batches == 0


@pytest.mark.parametrize(
    ("lost", "problem"),
    [
        pytest.param(["run.sqlite-mark"], "run.sqlite-mark is missing", id="mark"),
        pytest.param(["run.sqlite-wal"], "are lost", id="wal"),
        pytest.param(["run.sqlite-wal", "run.sqlite-mark"], "run.sqlite-mark is missing", id="both"),
        pytest.param(["run.sqlite"], "the file is gone", id="the-journal"),
    ],
)  # fmt: skip
def test_a_crashed_journal_without_one_of_its_files_is_refused(
    tmp_path: Path, lost: list[str], problem: str
) -> None:
    """Copying only one of the three loses the end, and that is said."""
    store = used(tmp_path / "run.sqlite")
    crashed = copy_crashed(tmp_path / "run.sqlite", tmp_path / "crash")
    store.end([])
    for name in lost:
        (crashed.parent / name).unlink()
    with pytest.raises(JournalCorrupt, match=problem):
        opened(crashed)


def test_the_mark_of_another_journal_is_noticed(tmp_path: Path) -> None:
    """Files of two runs do not go together."""
    marks = []
    for name in ("one", "two"):
        store = used(tmp_path / f"{name}.sqlite")
        marks.append(copy_crashed(tmp_path / f"{name}.sqlite", tmp_path / name))
        store.end([])
    other = marks[1].with_name("two.sqlite-mark").read_bytes()
    marks[0].with_name("one.sqlite-mark").write_bytes(other)
    with pytest.raises(JournalCorrupt, match="that of another journal"):
        opened(marks[0])


def test_a_file_put_back_from_an_older_copy_is_noticed(tmp_path: Path) -> None:
    """The mark knows that there was more."""
    path = tmp_path / "run.sqlite"
    store = used(path)
    older = copy_crashed(path, tmp_path / "older")
    store.commit("ran", claims=[(8, 12)])
    newer = copy_crashed(path, tmp_path / "newer")
    store.end([])
    newer.with_name("run.sqlite-mark").replace(older.with_name("run.sqlite-mark"))
    with pytest.raises(JournalCorrupt, match=r"the last transactions, 1, are lost"):
        opened(older)


class Racing:
    """Takes the mark away as often as told, just before it is locked."""

    def __init__(self, mark: Path, times: int) -> None:
        self._mark, self._times = mark, times
        self._flock = fcntl.flock

    def __call__(self, file: int, operation: int) -> None:
        """Lock it, perhaps after another run has ended and taken it away."""
        if operation & fcntl.LOCK_EX and self._times:
            self._times -= 1
            self._mark.unlink()
        self._flock(file, operation)


def test_a_mark_taken_away_just_before_its_lock_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A lock on a file that nobody else can see would lock nothing."""
    path = tmp_path / "run.sqlite"
    monkeypatch.setattr(fcntl, "flock", Racing(tmp_path / "run.sqlite-mark", 3))
    store = used(path)
    with pytest.raises(JournalLocked, match=r"run\.sqlite"):
        opened(path)
    store.end([])
    monkeypatch.setattr(fcntl, "flock", Racing(tmp_path / "run.sqlite-mark", 99))
    with pytest.raises(JournalLocked, match=r"run\.sqlite"):
        opened(path)


@pytest.mark.parametrize(
    ("module", "name"),
    [
        pytest.param(fcntl, "flock", id="lock"),
        pytest.param(os, "fsync", id="sync"),
    ],
)
def test_a_file_system_that_cannot_lock_or_sync_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: object, name: str
) -> None:
    """An error of the system becomes one of ours, and nothing stays locked."""

    def fail(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    with monkeypatch.context() as patch:
        patch.setattr(module, name, fail)
        with pytest.raises(JournalFailed, match="No locks available"):
            used(tmp_path / "run.sqlite")
    used(tmp_path / "run.sqlite").end([])


def test_a_file_that_appears_meanwhile_is_not_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever made it keeps it."""
    path = tmp_path / "run.sqlite"
    path.write_text("mine")
    monkeypatch.setattr(os.path, "lexists", lambda _path: False)
    with pytest.raises(JournalFailed, match="cannot be made: File exists"):
        opened(path)
    assert path.read_text() == "mine"
