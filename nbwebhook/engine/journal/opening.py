"""Opening a journal: a new one is made, an old one is checked, none is shared."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from nbwebhook.clock import Clock
from nbwebhook.engine.journal.history import History
from nbwebhook.engine.journal.identity import Identity
from nbwebhook.engine.journal.mark import NOTHING_SEALED, Mark
from nbwebhook.engine.journal.reader import read_history
from nbwebhook.engine.journal.rows import plain_text
from nbwebhook.engine.journal.schema import (
    APPLICATION_ID,
    FORMAT,
    IDENTITY,
    INSERT_META,
    SCHEMA,
    crc_of,
)
from nbwebhook.engine.journal.store import Store
from nbwebhook.engine.ledger import Ledger
from nbwebhook.errors import (
    JournalCorrupt,
    JournalFailed,
    JournalLocked,
    JournalMismatch,
)

__all__ = ["Connect", "open_journal"]

Connect = Callable[..., sqlite3.Connection]

_SETTINGS = (
    # Exclusive before the first look: the -wal file then needs no shared memory, and a
    # second opener is turned away at once, whatever it wants.
    "PRAGMA locking_mode = EXCLUSIVE",
    # Batches are forced to the disk by `Store.sync`, and checkpoints asked for by name:
    # a statement on the loop's thread waits for no disk.
    "PRAGMA synchronous = NORMAL",
    "PRAGMA wal_autocheckpoint = 0",
    "PRAGMA cell_size_check = ON",
    "PRAGMA trusted_schema = OFF",
    "PRAGMA temp_store = MEMORY",
)


_OUT_OF_REACH = {
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
}
_PRIMARY = 0xFF


def open_journal(
    path: str | Path,
    identity: Identity,
    keys: Sequence[str | None],
    clock: Clock,
    *,
    connect: Connect = sqlite3.connect,
    ledger: Ledger | None = None,
) -> tuple[History, Store]:
    """Return what the journal at `path` knows, and what writes it; made if not there.

    The file is readable by its owner alone. Nothing is written to one that is there
    before `Store.begin`.

    Args:
        path: The file; its folder must be there, and `-wal` and `-mark` stand beside it.
        identity: Who the run is.
        keys: The leads' keys, by row.
        clock: Time.
        connect: Opens a database; for tests of what a disk can do.
        ledger: Takes earlier calls down; None for one that keeps them all.

    Raises:
        JournalLocked: Another run has it open.
        JournalCorrupt: It is damaged.
        JournalMismatch: It belongs to another run.
        JournalFailed: It cannot be made, read or written.
    """
    file = Path(path).expanduser().absolute()
    if file.is_symlink() or file.is_dir():
        kind = "a folder" if file.is_dir() else "a symbolic link"
        raise JournalFailed(str(file), f"{kind} stands there, no file")
    mark = Mark(file)
    try:
        return _open_marked(file, mark, identity, keys, clock, (connect, ledger))
    except BaseException:
        mark.close(is_done=mark.is_superfluous)
        raise


def _open_marked(
    file: Path,
    mark: Mark,
    identity: Identity,
    keys: Sequence[str | None],
    clock: Clock,
    means: tuple[Connect, Ledger | None],
) -> tuple[History, Store]:
    connect, ledger = means
    is_made = _make_file(file, mark)
    with _told(str(file)):
        database = connect(
            file, timeout=0.0, isolation_level=None, check_same_thread=False
        )
    try:
        with _told(str(file)):
            for setting in _SETTINGS:
                database.execute(setting)
            if _is_blank(database, file, mark, is_made=is_made):
                _make_tables(database, mark, identity)
        history = read_history(database, str(file), mark.found, ledger)
        _check(file, mark, history, identity)
    except BaseException:
        database.close()
        raise
    store = Store(
        database,
        mark,
        path=str(file),
        run_id=history.run_id,
        keys=keys,
        tally=history.tally,
        clock=clock,
    )
    return history, store


def _make_file(file: Path, mark: Mark) -> bool:
    """Make the file if it is not there, for its owner alone; say whether it was made."""
    if os.path.lexists(file):
        return False
    if mark.found.batch:
        raise JournalCorrupt(
            str(file), "its start", "the file is gone, its mark is not"
        )
    try:
        os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as error:
        raise JournalFailed(str(file), f"cannot be made: {error.strerror}") from error
    return True


def _is_blank(
    database: sqlite3.Connection, file: Path, mark: Mark, *, is_made: bool
) -> bool:
    """Say whether it is still to be made; refuse what is no journal of this format."""
    [(kind,)] = database.execute("PRAGMA application_id")
    [(version,)] = database.execute("PRAGMA user_version")
    [(tables,)] = database.execute("SELECT count(*) FROM sqlite_master")
    if kind == tables == 0:
        if not is_made and (mark.is_new or mark.found.batch):
            raise JournalCorrupt(str(file), "its start", "the file is empty")
        return True
    if kind != APPLICATION_ID:
        raise JournalFailed(str(file), "the data of another program stand there")
    if version != FORMAT:
        problem = f"its format is {version}, this version of nbwebhook reads {FORMAT}"
        raise JournalFailed(str(file), problem)
    return False


def _make_tables(database: sqlite3.Connection, mark: Mark, identity: Identity) -> None:
    facts = {
        "run_id": uuid4().hex,
        "leads": str(identity.total),
        "webhook": plain_text(identity.webhook) or "",
        **{f"{IDENTITY}{name}": value for name, value in identity.parts.items()},
    }
    # The mark comes first: without one, an empty file is one that has lost its rows.
    mark.write(NOTHING_SEALED)
    mark.sync()
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("BEGIN IMMEDIATE")
    for statement in SCHEMA.values():
        database.execute(statement)
    for number, (name, value) in enumerate(facts.items(), 1):
        row = (number, name, value)
        database.execute(INSERT_META, (*row, crc_of(row)))
    database.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    database.execute(f"PRAGMA user_version = {FORMAT}")
    database.execute("COMMIT")


def _check(file: Path, mark: Mark, history: History, identity: Identity) -> None:
    if mark.is_superfluous and not history.is_closed:
        problem = f"{mark.path.name} is missing, which a crashed run left beside it"
        raise JournalCorrupt(str(file), "its end", problem)
    different = identity.differences(history.total, history.identity)
    if different:
        raise JournalMismatch(str(file), different)


@contextmanager
def _told(path: str) -> Iterator[None]:
    """Turn SQLite's errors into ours."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & _PRIMARY
        if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            raise JournalLocked(path) from error
        if code in _OUT_OF_REACH:
            raise JournalFailed(path, str(error)) from error
        raise JournalCorrupt(path, "its header", str(error)) from error
    except UnicodeDecodeError as error:
        # SQLite quotes what it cannot read.
        raise JournalCorrupt(path, "its header", "it is not readable") from error
    except OSError as error:
        raise JournalFailed(path, str(error)) from error
