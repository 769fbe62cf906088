"""Frames of a partition, read from its journal whenever somebody asks for them.

So they take no memory of the cluster until then, and a worker that is lost takes nothing
along: another one reads them again.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pandas as pd

from nbwebhook.engine.journal.mark import NOTHING_SEALED
from nbwebhook.engine.journal.reader import read_history
from nbwebhook.engine.ledger import CallFacts, Ledger
from nbwebhook.errors import JournalFailed, JournalMismatch
from nbwebhook.frames.apply import apply_updates
from nbwebhook.frames.keys import KeyTexts
from nbwebhook.frames.outcomes import calls_frame, changes_frame
from nbwebhook.frames.updates import cleared_rows, updates_frame
from nbwebhook.mapping.outcome import Outcome, OutcomeKind
from nbwebhook.scale.job import ScaleJob

__all__ = ["FrameName", "PartPlace", "part_frame", "part_tables", "skipped_outcome"]

FrameName = Literal["calls", "changes", "updates", "leads"]


@dataclass(frozen=True, slots=True)
class PartPlace:
    """What a partition's frames depend on besides its leads and its journal.

    Attributes:
        partition: Which.
        first_row: Position of its first lead in the whole list.
        skipped: The outcome of leads that were not tried.
        dtypes: Of the fields of no declared type, by column.
    """

    partition: int
    first_row: int
    skipped: Outcome
    dtypes: Mapping[str, str]


def part_frame(
    leads: pd.DataFrame, job: ScaleJob, place: PartPlace, name: FrameName
) -> pd.DataFrame:
    """Return one frame of a partition, as the run of one list makes it.

    Raises:
        JournalError: The journal cannot be read, or is not that of these leads.
    """
    prepared = job.prepare_for_frames(leads)
    ledger = _read_ledger(job.journal(place.partition), len(leads), place.skipped)
    if name == "calls":
        calls = calls_frame(ledger, KeyTexts(prepared.keys))
        calls["row"] += place.first_row
        return calls
    targets = prepared.targets
    if name == "changes":
        old = prepared.old_columns()
        return changes_frame(
            ledger, KeyTexts(prepared.keys), targets, old, prepared.zone
        )
    updates = updates_frame(ledger, targets, dtypes=place.dtypes)
    if name == "updates":
        rows = updates.index.to_numpy()
        return updates.set_axis(prepared.leads.index.take(rows))
    cleared = cleared_rows(ledger, targets)
    return apply_updates(
        prepared.leads, updates, targets, prepared.zone, cleared=cleared
    )


def part_tables(
    leads: pd.DataFrame, job: ScaleJob, place: PartPlace
) -> dict[str, pd.DataFrame]:
    """Return all frames of a partition as they are saved: updates begin with the key."""
    prepared = job.prepare_for_frames(leads)
    ledger = _read_ledger(job.journal(place.partition), len(leads), place.skipped)
    updates = updates_frame(ledger, prepared.targets, dtypes=place.dtypes)
    keys = [prepared.keys[row] for row in updates.index]
    updates = updates.reset_index(drop=True)
    updates.insert(0, prepared.key_column, pd.Series(keys, dtype="string"))
    names: tuple[FrameName, ...] = ("changes", "calls", "leads")
    others: dict[str, pd.DataFrame] = {
        name: part_frame(leads, job, place, name) for name in names
    }
    return {"updates": updates, **others}


def _read_ledger(path: Path, leads: int, skipped: Outcome) -> Ledger:
    """Return all calls that a journal knows, and a row for each lead it does not."""
    facts, tried = CallFacts(), bytearray(leads)
    ledger = Ledger()
    if path.exists():
        if path.with_name(f"{path.name}-mark").exists():
            problem = "a run has it open, or has crashed; run the same again to its end"
            raise JournalFailed(str(path), problem)
        # Nobody writes it any more: no lock is needed, and many may read it at once.
        address = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
        with closing(sqlite3.connect(address, uri=True)) as database:
            history = read_history(database, str(path), NOTHING_SEALED)
        if history.total != leads:
            count = f"the number of leads ({history.total:,} there, {leads:,} here)"
            raise JournalMismatch(str(path), (count,))
        ledger = history.ledger
        tried = bytearray(history.kind(row) is not None for row in range(leads))
    for row in range(leads):
        if not tried[row]:
            ledger.add(row, 0, skipped, facts)
    return ledger


def skipped_outcome(reason: Exception) -> Outcome:
    """Return the outcome of leads that were not tried.

    Example:
        >>> from nbwebhook.errors import StoppedByUser
        >>> skipped_outcome(StoppedByUser()).error_type
        'StoppedByUser'
    """
    return Outcome(
        OutcomeKind.SKIPPED, error_type=type(reason).__name__, reason=str(reason)
    )
