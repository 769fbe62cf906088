"""A run's journal and its list, walked in step, to the files of a result.

```text
list     ▪▪▪▪▪▪▪▪│▪▪▪▪▪▪▪▪│▪▪▪▪   a stretch of leads
journal  ▪▪ ▪▪▪▪▪│▪▪▪▪▪▪▪▪│▪▪▪    and their calls ─▶ frames ─▶ appended to the files
```

A stretch goes through the same frames as a whole list in memory does, so that the files
are the same. What only the whole list can tell, such as the type of a new field, was
counted while the run went on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from nbwebhook.engine.counts import CountingLedger
from nbwebhook.engine.journal.ended import EndedCalls, open_ended
from nbwebhook.engine.journal.rows import add_calls, call_values
from nbwebhook.engine.ledger import CallFacts, Ledger
from nbwebhook.frames.evidence import CallEvidence, ChangeEvidence, SlimCalls
from nbwebhook.frames.made import MadeFrames
from nbwebhook.frames.prepare_text import PreparedText
from nbwebhook.frames.schema import FIELD_DTYPES, MS_COLUMNS
from nbwebhook.frames.sink import LIKE_THE_INPUT, Saved, SavePlan
from nbwebhook.frames.stream import Stream
from nbwebhook.frames.stream_files import EncodingLacks, open_files, universal
from nbwebhook.frames.updates import common_dtype
from nbwebhook.lists.csv_dialect import PLAIN_DIALECT, CsvDialect, dialect_of_facts
from nbwebhook.lists.text_lists import TextBlock
from nbwebhook.lists.uncollected import uncollected
from nbwebhook.mapping.outcome import Outcome
from nbwebhook.mapping.targets import mappings_by_field

__all__ = [
    "Evidence",
    "RestOutcome",
    "read_ledger",
    "write_tables",
]

_STRETCH = 4_096
_TABLES = ("updates", "changes", "calls", "leads")
_NO_FACTS = CallFacts()


@dataclass(frozen=True, slots=True)
class RestOutcome:
    """What leads came to that the journal has no call of.

    Attributes:
        attempt: The attempt that it counts as; 0 where nothing was tried.
        outcome: The outcome.
    """

    attempt: int
    outcome: Outcome

    def values(self, row: int) -> list[Any]:
        """Return it as the call of a lead, as a journal would have it."""
        return call_values(row, self.attempt, None, self.outcome, _NO_FACTS)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What pages tell of a run, gathered while its files were written."""

    calls: CallEvidence
    changes: ChangeEvidence
    slim: SlimCalls

    @classmethod
    def none(cls, latencies_ms: np.ndarray) -> Evidence:
        """Return evidence that nothing was added to, but for how long calls took."""
        return cls(CallEvidence(latencies_ms), ChangeEvidence(), SlimCalls())

    def add(self, tables: Mapping[str, pd.DataFrame]) -> None:
        """Take the tables of some leads."""
        self.calls.add(tables["calls"])
        self.slim.add(tables["calls"])
        self.changes.add(tables["changes"])


def write_tables(
    prepared: PreparedText,
    stream: Stream,
    rest: RestOutcome,
    latencies_ms: np.ndarray,
) -> tuple[Saved, Evidence]:
    """Write the tables of a run into its folder; return what was saved, and evidence.

    Args:
        prepared: The webhook and the list.
        stream: Where the calls are, and where the tables go.
        rest: What leads without a call came to.
        latencies_ms: Service times of the calls that reached the service.

    Raises:
        LeadsError: The list has changed since the run began.
        JournalError: The journal cannot be read.
        OSError: A file cannot be written.
    """
    folder, plan = stream.sink.folder, stream.sink.plan
    wanted = _dialects(prepared, plan)
    dialects = dict(wanted)
    with open_ended(stream.journal, prepared.total) as ended:
        guarded, evidence = _write(
            prepared, stream, ended, rest, latencies_ms, dialects
        )
    changed = tuple(f"{n}.csv" for n in _TABLES if dialects[n] != wanted[n])
    return Saved(folder, guarded, changed), evidence


def _write(
    prepared: PreparedText,
    stream: Stream,
    ended: EndedCalls,
    rest: RestOutcome,
    latencies_ms: np.ndarray,
    dialects: dict[str, CsvDialect],
) -> tuple[int, Evidence]:
    """Write every table, all anew where a dialect lacks a character.

    Args:
        prepared: The webhook and the list.
        stream: Where the tables go.
        ended: The calls.
        rest: What leads without a call came to.
        latencies_ms: For the evidence.
        dialects: How each table is written; changed where it cannot be.

    Returns:
        The cells that got an apostrophe, and the evidence.
    """
    evidence = Evidence.none(latencies_ms)
    dtypes, whole = _decided(prepared, stream.counts)
    sink = stream.sink
    try:
        with open_files(sink.folder, dialects, sink.plan, whole) as files:
            for block in _blocks(prepared):
                with uncollected():
                    tables = _tables_of(block, prepared, ended, rest, dtypes)
                    files.write(tables)
                    evidence.add(tables)
                del tables  # before the next ones are made
    except EncodingLacks as lack:
        dialects[lack.name] = universal(dialects[lack.name])
        return _write(prepared, stream, ended, rest, latencies_ms, dialects)
    return files.guarded, evidence


def _dialects(prepared: PreparedText, plan: SavePlan) -> dict[str, CsvDialect]:
    facts = prepared.source.facts
    alike = (plan.like_input and dialect_of_facts(facts)) or PLAIN_DIALECT
    return {
        name: alike if name in LIKE_THE_INPUT else PLAIN_DIALECT for name in _TABLES
    }


def _decided(
    prepared: PreparedText, ledger: CountingLedger
) -> tuple[dict[str, str], dict[str, dict[str, bool]]]:
    """Return what the whole list says: dtypes of fields, and columns of whole numbers."""
    dtypes: dict[str, str] = {}
    updates: dict[str, bool] = {}
    leads: dict[str, bool] = {}
    targets = prepared.targets
    for name, numbers in mappings_by_field(targets).items():
        seen = [ledger.values[n] for n in numbers if n in ledger.values]
        if not seen:
            continue
        target = targets[numbers[-1]]
        kinds = frozenset[str]().union(*(each.kinds for each in seen))
        dtypes[name] = FIELD_DTYPES.get(target.field.type) or common_dtype(kinds)
        updates[name] = all(each.is_integral for each in seen)
        if not target.column:
            leads[name] = updates[name]
    whole_ms = set(ledger.whole_ms)
    calls = {name: at in whole_ms for at, name in enumerate(MS_COLUMNS)}
    return dtypes, {"updates": updates, "leads": leads, "calls": calls}


def _blocks(prepared: PreparedText) -> Iterable[TextBlock]:
    """Return some leads after others; one block without any for no lead."""
    nobody = TextBlock(0, tuple(() for _ in prepared.source.names))
    return prepared.source.text_blocks(_STRETCH) if prepared.total else [nobody]


def _tables_of(
    block: TextBlock,
    prepared: PreparedText,
    ended: EndedCalls,
    rest: RestOutcome,
    dtypes: Mapping[str, str],
) -> dict[str, pd.DataFrame]:
    first = block.first_row
    ledger = Ledger(packs=False)
    rows = range(first, first + len(block))
    add_calls(ledger, _calls_of(ended, rows, rest), first_row=first)
    tables = MadeFrames(prepared.part(block), ledger, dtypes).tables()
    tables["calls"]["row"] += first
    return tables


def read_ledger(prepared: PreparedText, journal: Path, rest: RestOutcome) -> Ledger:
    """Return everything that a journal has, in memory.

    Raises:
        JournalError: The journal cannot be read.
    """
    ledger, total = Ledger(), prepared.total
    with open_ended(journal, total) as ended:
        for first in range(0, total, _STRETCH):
            rows = range(first, min(first + _STRETCH, total))
            with uncollected():
                add_calls(ledger, _calls_of(ended, rows, rest))
    return ledger


def _calls_of(ended: EndedCalls, rows: range, rest: RestOutcome) -> list[list[Any]]:
    """Return the calls of some rows, every row at least once, fit for a ledger."""
    calls = ended.of_rows(rows.start, rows.stop)
    if len({call[0] for call in calls}) == len(rows):
        return calls
    every: list[list[Any]] = []
    next_row = rows.start
    for call in calls:
        every += (rest.values(row) for row in range(next_row, call[0]))
        every.append(call)
        next_row = call[0] + 1
    every += (rest.values(row) for row in range(next_row, rows.stop))
    return every
