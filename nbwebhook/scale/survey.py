"""Every partition is looked at before the first call, and the folder is made theirs.

It finds what a run of one list finds: leads with the same key, a column or a secret that
is missing, a journal of another run. Keys stay in the cluster, as hashes of 128 bits; what
comes to the notebook is a few numbers a partition.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from nbwebhook.engine.journal.identity import Identity
from nbwebhook.errors import JournalFailed, JournalMismatch, UnreadableList
from nbwebhook.frames.field_types import column_type
from nbwebhook.frames.prepare import PreparedFrame
from nbwebhook.frames.schema import FIELD_DTYPES
from nbwebhook.lists.files import write_text
from nbwebhook.scale.job import ScaleJob, leads_fingerprint
from nbwebhook.scale.partition import WorkerDesk, secrets_of

__all__ = [
    "FieldColumn",
    "KeyHashes",
    "PartFacts",
    "Repeats",
    "check_types",
    "find_repeats",
    "survey_partition",
    "take_folder",
]

MANIFEST = "run.json"
_FORMAT = 1
_HASH_KEYS = ("nbwebhook keys 1", "nbwebhook keys 2")
_NAMED = 5

KeyHashes = np.ndarray
"""A row a key: two halves of its hash, and the lead's row in its partition."""


@dataclass(frozen=True, slots=True)
class FieldColumn:
    """A column of updates.

    Attributes:
        name: Its name.
        dtype: Its dtype; None where the values that come decide it.
        column: The column of the leads that it is written to; empty if it is a new one.
    """

    name: str
    dtype: str | None
    column: str


@dataclass(frozen=True, slots=True)
class PartFacts:
    """What is known of a partition before its run.

    Attributes:
        partition: Which.
        leads: How many it has.
        key_column: The column that tells leads apart.
        types: What type each column in use has, as its values read.
        fingerprint: Of all that the run reads of it.
        has_journal: Whether a run of it was begun before.
        fields: The columns of updates.
    """

    partition: int
    leads: int
    key_column: str
    types: tuple[tuple[str, str], ...]
    fingerprint: str
    has_journal: bool
    fields: tuple[FieldColumn, ...]


@dataclass(frozen=True, slots=True)
class Repeats:
    """Leads whose key another lead has.

    Attributes:
        count: How many, the first of each key left out.
        places: Partition and row of the first few.
    """

    count: int
    places: tuple[tuple[int, int], ...]


def survey_partition(
    leads: pd.DataFrame, job: ScaleJob, partition: int, buckets: int
) -> tuple[PartFacts | KeyHashes, ...]:
    """Return the facts of a partition, and its keys' hashes in so many buckets.

    Raises:
        LeadsError: The list cannot be used.
        DefinitionError: The webhook cannot be used with this list.
    """
    prepared = job.prepare(leads, secrets_of(WorkerDesk(), job.run_id))
    used = {target.column for target in prepared.targets if target.column}
    used |= {*prepared.renderer.columns_used, prepared.key_column}
    facts = PartFacts(
        partition,
        len(leads),
        prepared.key_column,
        tuple((name, str(column_type(leads[name]))) for name in sorted(used)),
        leads_fingerprint(prepared),
        job.journal(partition).exists(),
        _fields_of(prepared),
    )
    hashes = _key_hashes(prepared)
    return (facts, *(hashes[hashes[:, 0] % buckets == at] for at in range(buckets)))


def _fields_of(prepared: PreparedFrame) -> tuple[FieldColumn, ...]:
    last = {target.field.names: target for target in prepared.targets}
    return tuple(
        FieldColumn(t.mapping.field, FIELD_DTYPES.get(t.field.type), t.column or "")
        for t in last.values()
    )


def _key_hashes(prepared: PreparedFrame) -> KeyHashes:
    keys = np.array(list(prepared.keys), dtype=object)
    rows = np.flatnonzero([key is not None for key in keys])
    known = keys[rows]
    halves = [
        pd.util.hash_array(known, hash_key=key, categorize=False) for key in _HASH_KEYS
    ]
    return np.column_stack([*halves, rows.astype("uint64")]).astype("uint64")


def find_repeats(parts: Sequence[KeyHashes]) -> Repeats:
    """Return the leads of one bucket whose key stands in an earlier lead.

    Args:
        parts: The bucket's hashes, a partition each.
    """
    numbers = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    every = np.concatenate(parts) if parts else np.empty((0, 3), "uint64")
    table = pd.DataFrame({"high": every[:, 0], "low": every[:, 1]})
    again = np.flatnonzero(table.duplicated().to_numpy())
    places = zip(
        numbers[again][:_NAMED].tolist(), every[again, 2][:_NAMED].tolist(), strict=True
    )
    return Repeats(len(again), tuple(places))


def check_types(facts: Sequence[PartFacts]) -> None:
    """Make sure that each column in use reads the same in all partitions.

    Raises:
        UnreadableList: One does not, so that a request could depend on how the list was
            cut in partitions.
    """
    for part in facts[1:]:
        for (name, wanted), (_, found) in zip(facts[0].types, part.types, strict=True):
            if wanted != found:
                problem = (
                    f"column {name!r} reads as {_said(wanted)} in partition "
                    f"{facts[0].partition} and as {_said(found)} in partition "
                    f"{part.partition}; give it one dtype in all, such as "
                    f"leads[{name!r}].astype('Int64') or 'string'"
                )
                raise UnreadableList("the Dask data frame", problem)


def _said(kind: str) -> str:
    return "nothing" if kind == "None" else kind


def take_folder(job: ScaleJob, facts: Sequence[PartFacts]) -> None:
    """Make the folder this run's, or make sure that it is.

    Raises:
        JournalMismatch: It belongs to another run.
        JournalFailed: It cannot be read or written by this worker.
    """
    parts = job.fingerprints()
    parts |= {f"partition {part.partition}": part.fingerprint for part in facts}
    identity = Identity(sum(part.leads for part in facts), parts)
    path = Path(job.folder, MANIFEST)
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if path.exists():
            told = json.loads(path.read_text("utf-8"))
            total, known = int(told["leads"]), dict(told["parts"])
        else:
            told = {"format": _FORMAT, "leads": identity.total, "parts": parts}
            write_text(path, json.dumps(told, indent=1) + "\n")
            return
    except OSError as error:
        raise JournalFailed(str(path), error.strerror or "cannot be made") from error
    except (ValueError, KeyError, TypeError) as error:
        raise JournalFailed(str(path), "no list of a run's partitions") from error
    if different := identity.differences(total, known):
        raise JournalMismatch(job.folder, different)
