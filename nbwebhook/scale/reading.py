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
from nbwebhook.frames.made import MadeFrames
from nbwebhook.mapping.outcome import Outcome
from nbwebhook.scale.job import ScaleJob

__all__ = ["FrameName", "PartPlace", "part_frame", "part_tables"]

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
    frames = _frames_of(leads, job, place)
    if name == "calls":
        return _in_the_whole_list(frames.calls, place)
    if name == "changes":
        return frames.changes
    return frames.updates if name == "updates" else frames.leads


def part_tables(
    leads: pd.DataFrame, job: ScaleJob, place: PartPlace
) -> dict[str, pd.DataFrame]:
    """Return all frames of a partition as they are saved: updates begin with the key."""
    tables = _frames_of(leads, job, place).tables()
    return tables | {"calls": _in_the_whole_list(tables["calls"], place)}


def _frames_of(leads: pd.DataFrame, job: ScaleJob, place: PartPlace) -> MadeFrames:
    ledger = _read_ledger(job.journal(place.partition), len(leads), place.skipped)
    return MadeFrames(job.prepare_for_frames(leads), ledger, place.dtypes)


def _in_the_whole_list(calls: pd.DataFrame, place: PartPlace) -> pd.DataFrame:
    return calls.assign(row=calls["row"] + place.first_row)


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
