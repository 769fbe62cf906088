"""Who calls webhooks how: limits of known callers, each with its source and date.

The figures are what their makers or practitioners publish; none of them is a promise.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from nbwebhook.errors import InvalidPlan
from nbwebhook.whatif.estimate import estimate_plan
from nbwebhook.whatif.plan import DelayPlan
from nbwebhook.whatif.sample import LatencySample
from nbwebhook.whatif.wording import in_words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nbwebhook.whatif.estimate import DelayRow
    from nbwebhook.whatif.sample import CallsSource

__all__ = ["PRESETS", "Preset", "compare_presets"]

_MOST_CONNECTIONS = 10_000
_DTYPES = {
    "preset": "string",
    "connections": "Int64",
    "timeout_s": "float64",
    "max_calls_per_s": "float64",
    "makespan_p05_s": "float64",
    "makespan_p50_s": "float64",
    "makespan_p95_s": "float64",
    "makespan_p95_pessimistic_s": "float64",
    "takes": "string",
    "extrapolated": "boolean",
    "retries": "string",
    "source": "string",
    "source_date": "string",
    "note": "string",
}


@dataclass(frozen=True, slots=True)
class Preset:
    """How somebody calls webhooks.

    Attributes:
        name: Who.
        connections: Calls at once; None where no number is published.
        timeout_s: Time limit of a call.
        max_calls_per_s: Most calls that start in a second; None where none is published.
        burst: Calls that may start at once after a pause.
        retries: What happens to a failed call, in words; not part of the estimate.
        source: Where the figures stand.
        source_date: When they stood there, ISO; empty where the page has no date.
        note: What else the reader must know.
    """

    name: str
    connections: int | None = None
    timeout_s: float = 30.0
    max_calls_per_s: float | None = None
    burst: int = 1
    retries: str = "none"
    source: str = "yours"
    source_date: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        """Refuse a caller without any limit.

        Raises:
            InvalidPlan: Neither connections nor a rate limit is given.
        """
        if self.connections is None and self.max_calls_per_s is None:
            problem = "neither connections nor max_calls_per_s; give one of them"
            raise InvalidPlan(f"preset {self.name!r}", problem)


PRESETS = (
    Preset(
        name="Adobe's example",
        connections=1,
        source=(
            "Adobe, Marketo developer guide, webhooks: 50 ms for each of 100,000 "
            "records is 1.5 hours"
        ),
        source_date="2026-08-17",
        note="one call at a time; the product is 5,000 s, 1 hour 23 minutes",
    ),
    Preset(
        name="Marketo",
        connections=20,
        source=(
            "blog.teknkl.com/marketo-webhooks-20-concurrent-connections (a "
            "practitioner, page without a date); time limit: Adobe, Marketo developer "
            "guide, webhooks"
        ),
        source_date="2026-08-17",
        note=(
            "trigger campaigns only; the 20 connections are shared by all webhooks of "
            "an instance; further calls wait"
        ),
    ),
    Preset(
        name="HubSpot workflows",
        max_calls_per_s=20.0,
        retries="5xx and 429 for up to three days, from one minute on; other 4xx never",
        source="legacydocs.hubspot.com/docs/methods/workflows/webhook_information",
        source_date="2020-06-17",
        note="no number of connections is published; repeats are not in the estimate",
    ),
    Preset(
        name="API with a rate limit",
        connections=20,
        max_calls_per_s=10.0,
        burst=20,
        source="Clay's guide to Marketo webhooks: 10 calls a second, bursts of 20",
        note="Marketo's 20 connections against a service that answers 429 beyond that",
    ),
)
"""Callers whose limits are published."""


def compare_presets(  # noqa: PLR0913 - one argument a choice; keyword-only
    calls: CallsSource,
    leads: int,
    *,
    own: Preset | None = None,
    presets: Iterable[Preset] = PRESETS,
    replicates: int = 200,
    seed: int = 0,
    measured_connections: int | None = None,
) -> pd.DataFrame:
    """Return how long the same webhook takes with each caller, a row each.

    Args:
        calls: What the service time is known from, as in `estimate_delay`.
        leads: Leads of the campaign.
        own: Your own limits, as a further row.
        presets: The callers to compare.
        replicates: Campaigns to simulate.
        seed: The same seed gives the same numbers.
        measured_connections: Most calls at once while measuring, where the calls do not
            tell.

    Raises:
        InvalidPlan: Nothing can be estimated from the calls, or an argument cannot be.

    Example:
        >>> frame = compare_presets([50.0] * 200, leads=100_000)
        >>> dict(zip(frame["preset"], frame["takes"]))["Marketo"]
        '4.17 minutes'
    """
    sample = LatencySample.of(calls, measured_connections=measured_connections)
    compared = [*presets, own] if own is not None else list(presets)
    rows = [
        _frame_row(preset, _estimate(preset, sample, leads, replicates, seed))
        for preset in compared
    ]
    return pd.DataFrame(rows, columns=list(_DTYPES)).astype(_DTYPES)


def _estimate(
    preset: Preset, sample: LatencySample, leads: int, replicates: int, seed: int
) -> DelayRow:
    plan = DelayPlan(
        leads=leads,
        timeout_s=preset.timeout_s,
        max_calls_per_s=preset.max_calls_per_s,
        burst=preset.burst,
        replicates=replicates,
        seed=seed,
    )
    if preset.connections is not None:
        return estimate_plan(sample, plan, (preset.connections,)).rows[0]
    rate = preset.max_calls_per_s or 1.0
    enough = min(math.ceil(rate * preset.timeout_s) + preset.burst, _MOST_CONNECTIONS)
    return estimate_plan(sample.at_connections(enough), plan, (enough,)).rows[0]


def _frame_row(preset: Preset, row: DelayRow) -> dict[str, object]:
    takes = (
        f"{in_words(row.makespan_p05_s)} to {in_words(row.makespan_p95_s)}"
        if row.extrapolated
        else in_words(row.makespan_p50_s)
    )
    return {
        "preset": preset.name,
        "connections": preset.connections,
        "timeout_s": preset.timeout_s,
        "max_calls_per_s": preset.max_calls_per_s,
        "makespan_p05_s": row.makespan_p05_s,
        "makespan_p50_s": row.makespan_p50_s,
        "makespan_p95_s": row.makespan_p95_s,
        "makespan_p95_pessimistic_s": row.makespan_p95_pessimistic_s,
        "takes": takes,
        "extrapolated": row.extrapolated,
        "retries": preset.retries,
        "source": preset.source,
        "source_date": preset.source_date,
        "note": preset.note,
    }
