"""A run that its process has left behind, as its journal tells of it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from nbwebhook.engine.journal.mark import Mark, read_mark
from nbwebhook.errors import JournalError, JournalLocked

__all__ = ["LeftRun", "LeftState", "look_at"]

LeftState = Literal["cut off", "stopped", "finished", "running elsewhere", "damaged"]

_FACTS = (
    "SELECT coalesce(max(value) FILTER (WHERE name = 'webhook'), ''), "
    "CAST(max(value) FILTER (WHERE name = 'leads') AS INTEGER) FROM meta"
)
_BATCHES = (
    "SELECT count(*), min(at_s), max(at_s), "
    "(SELECT event FROM batch ORDER BY seq DESC LIMIT 1), "
    "(SELECT done FROM batch ORDER BY seq DESC LIMIT 1) FROM batch"
)
_OPEN = (
    "SELECT (SELECT coalesce(sum(end_row - first_row), 0) FROM claim) - "
    "(SELECT coalesce(sum(json_array_length(calls)), 0) FROM batch)"
)


@dataclass(frozen=True, slots=True)
class LeftRun:
    """A run of another process: one that is gone, or one that is still at it.

    Attributes:
        path: Its journal.
        webhook: The webhook's name; empty where it has none or cannot be read.
        state: `cut off` in the middle, `stopped` or `finished` and its result not handed
            over, `running elsewhere`, or `damaged`.
        done: Leads that have their outcome.
        total: Leads in its list; None where that cannot be read.
        unknown: Leads whose call may have been under way when it was cut off.
        started_at: UTC.
        last_at: UTC of the last that was written.
    """

    path: Path
    webhook: str
    state: LeftState
    done: int
    total: int | None
    unknown: int
    started_at: datetime
    last_at: datetime

    @property
    def can_go_on(self) -> bool:
        """Whether a resumption can take it up."""
        return self.state in {"cut off", "stopped", "finished"}

    @property
    def words(self) -> str:
        """Which run it is, for a line or a menu."""
        of_total = "" if self.total is None else f" of {self.total:,}"
        unknown = f", {self.unknown:,} unknown" if self.unknown else ""
        return (
            f"{self.webhook or 'webhook'}, started {self.started_at:%Y-%m-%d %H:%M:%S} "
            f"UTC: {self.state}, {self.done:,}{of_total} leads done{unknown}"
        )

    def discard(self) -> None:
        """Remove its journal for good: what it knows of who was called is lost."""
        self.remove(self.path)

    @staticmethod
    def remove(path: Path) -> None:
        """Remove a journal and what stands beside it; the lock goes last."""
        for tail in ("-wal", "-shm", "", "-mark"):
            path.with_name(path.name + tail).unlink(missing_ok=True)


def look_at(path: Path) -> LeftRun | None:
    """Return what a journal tells at a glance; None where there is none any more.

    It is not checked row by row: that is done by whoever goes on with it.
    """
    sealed = read_mark(path.with_name(f"{path.name}-mark"))
    done = 0 if sealed is None else sealed.done
    try:
        written_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except OSError:
        return None
    bare = (done, None, 0, written_at, written_at)
    try:
        mark = Mark(path)
    except JournalLocked:
        return LeftRun(path, "", "running elsewhere", *bare)
    except JournalError:
        return LeftRun(path, "", "damaged", *bare)
    try:
        return _read(path, is_closed=mark.is_new)
    except (sqlite3.Error, TypeError, ValueError, OverflowError, OSError):
        return LeftRun(path, "", "damaged", *bare)
    finally:
        mark.close(is_done=mark.is_superfluous)


def _read(path: Path, *, is_closed: bool) -> LeftRun:
    uri = f"{path.as_uri()}?mode=rw"
    with closing(sqlite3.connect(uri, uri=True, timeout=0.0)) as database:
        database.execute("PRAGMA locking_mode = EXCLUSIVE")
        [(webhook, total)] = database.execute(_FACTS).fetchall()
        found = database.execute(_BATCHES).fetchall()
        [(batches, first_s, last_s, event, done)] = found
        [(unknown,)] = database.execute(_OPEN).fetchall()
    if not batches:
        # It was made, and nobody was claimed.
        first_s = last_s = path.stat().st_mtime
        event, done = "opened", 0
    state: LeftState = "cut off"
    if event == "closed" and is_closed:
        state = "finished" if done >= total else "stopped"
    return LeftRun(
        path,
        webhook,
        state,
        done,
        total,
        unknown,
        datetime.fromtimestamp(first_s, UTC),
        datetime.fromtimestamp(last_s, UTC),
    )
