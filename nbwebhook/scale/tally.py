"""What the run of a partition comes to, and all of them together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from typing import Any, cast

import numpy as np

from nbwebhook.engine.run import LeadRun
from nbwebhook.frames.made import MadeFrames
from nbwebhook.frames.prepare import PreparedFrame
from nbwebhook.frames.summary import CallNumbers, Latency, Summary, summarise
from nbwebhook.frames.updates import untyped_kinds
from nbwebhook.mapping.outcome import OutcomeKind
from nbwebhook.scale.sketch import merge_latencies, sketch_of

__all__ = ["PartEnd", "blank_summary", "end_of", "merge_ends", "untouched_end"]


@dataclass(frozen=True, slots=True)
class PartEnd:
    """What the run of a partition came to.

    Attributes:
        partition: Which.
        summary: Its numbers.
        sketch: Its latencies.
        kinds: Kinds of values written to each field of no declared type, by column.
    """

    partition: int
    summary: Summary
    sketch: bytes = b""
    kinds: Mapping[str, frozenset[str]] = field(default_factory=dict)


def end_of(partition: int, machine: LeadRun, prepared: PreparedFrame) -> PartEnd:
    """Return what a run that has ended came to."""
    calls = MadeFrames(prepared, machine.ledger).calls
    numbers = CallNumbers.of_frame(calls)
    summary = summarise(machine, numbers, webhook=prepared.webhook.name, timeout_s=0.0)
    return PartEnd(
        partition,
        summary,
        sketch_of(numbers.latencies_ms),
        untyped_kinds(machine.ledger, prepared.targets),
    )


def untouched_end(partition: int, leads: int) -> PartEnd:
    """Return what a partition comes to that was stopped before its run began."""
    summary = replace(blank_summary(), leads=leads, skipped=leads, state="stopped")
    return PartEnd(partition, summary)


def blank_summary() -> Summary:
    """Return the numbers of a run of no lead."""
    zeros: dict[str, Any] = {"int": 0, "float": 0.0, "str": ""}
    facts = {fact.name: zeros.get(str(fact.type)) for fact in fields(Summary)}
    facts["started_at"], facts["latency"] = datetime.now(UTC), Latency.of(np.empty(0))
    return Summary(**cast("dict[str, Any]", facts))


def merge_ends(ends: Sequence[PartEnd], like: Summary) -> Summary:
    """Return the numbers of all partitions together.

    Args:
        ends: One a partition.
        like: What is known of the run as a whole: its name, state, duration, limits.
    """
    parts = [end.summary for end in ends]
    called = [part for part in parts if part.calls]
    calls = sum(part.calls for part in called)
    counts = {
        str(kind): sum(getattr(part, str(kind)) for part in parts)
        for kind in OutcomeKind
    }
    overhead_ms = sum(part.overhead_ms * part.calls for part in called)
    latency = merge_latencies((end.summary.latency, end.sketch) for end in ends)
    return replace(
        like,
        leads=sum(part.leads for part in parts),
        **counts,
        calls=calls,
        started_at=min([part.started_at for part in called] or [like.started_at]),
        calls_per_s=calls / like.duration_s if like.duration_s > 0 else 0.0,
        transport=", ".join(sorted({p.transport for p in parts if p.transport})),
        latency=latency,
        throttle_s=sum(part.throttle_s for part in parts),
        overhead_ms=overhead_ms / calls if calls else 0.0,
    )
