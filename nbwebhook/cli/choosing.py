"""Only the leads that are needed."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from nbwebhook.cli.options import Choice
from nbwebhook.definition.fields import Fields
from nbwebhook.errors import InvalidPlan, LeadsError, MissingColumn
from nbwebhook.frames.column_names import column_names
from nbwebhook.frames.keys import keys_of
from nbwebhook.frames.leads import read_leads
from nbwebhook.frames.values import column_reader
from nbwebhook.lists.key_columns import find_column, find_key_column

__all__ = ["choose_leads", "last_outcomes"]

_AGAIN = frozenset({"failed", "skipped", "interrupted"})
_FINISHED = frozenset({"updated", "no_update", "unknown"})


def choose_leads(
    leads: pd.DataFrame, choice: Choice, *, key: str | None, fields: Fields
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return the leads that are meant, in their order, and how they were chosen.

    First by the run before, then by the empty field, then at random, then the first.

    Raises:
        InvalidPlan: The options do not fit together, or the run cannot be read.
        MissingColumn: There is no such field, or no key to know the leads again by.
    """
    rows: Sequence[int] = range(len(leads))
    notes = []
    if choice.only_failed and not choice.since_run:
        raise InvalidPlan("--only-failed", "of which run? say --since-run DIR")
    if choice.since_run:
        column = find_key_column(column_names(leads), key, fields=fields)
        outcomes = last_outcomes(choice.since_run)
        keys = keys_of(leads, column)
        rows, note = _since(rows, keys, outcomes, only_failed=choice.only_failed)
        notes.append(f"{note} in {', '.join(map(str, choice.since_run))}")
    if choice.only_missing is not None:
        rows = _empty_in(leads, rows, choice.only_missing, fields)
        notes.append(f"{len(rows):,} with an empty {choice.only_missing}")
    if choice.sample is not None and choice.sample < len(rows):
        chooser = random.Random(choice.seed)  # noqa: S311 - no secret
        rows = sorted(chooser.sample(rows, choice.sample))
        notes.append(f"{len(rows):,} at random, seed {choice.seed}")
    if choice.limit is not None and choice.limit < len(rows):
        rows = rows[: choice.limit]
        notes.append(f"the first {len(rows):,}")
    return leads.iloc[list(rows)], tuple(notes)


def last_outcomes(folders: Sequence[Path]) -> dict[str, str]:
    """Return the outcome of every lead of the runs that were saved in `folders`.

    What one of them has finished stays finished, else the last run counts.

    Raises:
        InvalidPlan: A folder has no calls of a run.
    """
    outcomes: dict[str, str] = {}
    for folder in folders:
        run = _outcomes_of(folder / "calls.csv")
        outcomes |= {
            key: outcome
            for key, outcome in run.items()
            if outcomes.get(key) not in _FINISHED or outcome in _FINISHED
        }
    return outcomes


def _outcomes_of(path: Path) -> dict[str, str]:
    try:
        calls = read_leads(path, excel_safe=True)
        pairs = zip(calls["lead_key"], calls["outcome"], strict=True)
    except (LeadsError, KeyError) as error:
        problem = f"{path} is no list of calls that a run has saved"
        raise InvalidPlan("--since-run", problem) from error
    return dict(pairs)  # in the order of attempts: the last one counts


def _since(
    rows: Sequence[int],
    keys: Sequence[str | None],
    outcomes: dict[str, str],
    *,
    only_failed: bool,
) -> tuple[list[int], str]:
    was = [outcomes.get(keys[row] or "", "") for row in rows]
    if only_failed:
        failed = [row for row in rows if was[row] in _AGAIN]
        return failed, f"{len(failed):,} failed or not tried"
    left = [row for row in rows if was[row] not in _FINISHED]
    unknown = was.count("unknown")
    tail = f" ({unknown:,} unknown ones left out)" if unknown else ""
    return left, f"{len(left):,} not finished{tail}"


def _empty_in(
    leads: pd.DataFrame, rows: Sequence[int], name: str, fields: Fields
) -> list[int]:
    names = column_names(leads)
    column = find_column(names, name, fields=fields)
    if column is None:
        raise MissingColumn(name, names, "--only-missing")
    cells = column_reader(leads[column]).read(0, len(leads))
    return [row for row in rows if not str(cells[row] or "").strip()]
