"""What is said before the first call: what leaves, where to, how many, how long."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import click

from nbwebhook import api
from nbwebhook.cli.delay import calls_source
from nbwebhook.cli.listing import Listing
from nbwebhook.cli.options import Limits, Output
from nbwebhook.clock import RealClock
from nbwebhook.definition.trust import is_trusted, require_trust
from nbwebhook.definition.webhook import Webhook
from nbwebhook.display.text import format_duration_s, show_controls
from nbwebhook.errors import InvalidPlan
from nbwebhook.frames.duplicates import count_duplicate_requests
from nbwebhook.frames.prepare_text import prepare_list
from nbwebhook.render.scopes import TokenSource

__all__ = [
    "Forecast",
    "announce",
    "count_saved",
    "forecast",
    "may_start",
    "saved_words",
]

_NAMED = 12
_WIDTH = 10


@dataclass(frozen=True, slots=True)
class Forecast:
    """How long a run is expected to take.

    Attributes:
        low_s: One run of twenty is done sooner; None where nothing was measured.
        high_s: One run of twenty takes longer, if the calls are typical.
        text: In words.
    """

    low_s: float | None
    high_s: float | None
    text: str


def announce(
    listing: Listing,
    limits: Limits,
    output: Output,
    length: Forecast,
    saved_calls: int | None = None,
) -> str:
    """Return what a run would do, a line each: `sends`, `leads`, `leaves`, ...

    Args:
        listing: The definition and the list.
        limits: Of the run.
        output: Where the results go.
        length: How long it takes.
        saved_calls: Leads that get the answer of an equal request; None if all are
            called.
    """
    hook = listing.webhook
    how = "one call a lead"
    if saved_calls is not None:
        how = f"equal requests once; {saved_words(saved_calls, listing.count)}"
    lines = [
        ("sends", f"{hook.request_type} to {hook.origin}, {how}"),
        ("leads", _leads_line(listing)),
        ("leaves", _names(listing.columns.renderer.columns_used) or "no lead field"),
        ("secrets", _secrets_line(listing)),
        ("trust", _trust_line(listing.webhook)),
        ("writes", _names(_fields_written(listing)) or "no field"),
        ("at most", _limits_line(limits)),
        ("takes", length.text),
        ("results", f"{output.out} ({_form(output)})"),
    ]
    return "\n".join(
        [show_controls(hook.name) or "webhook without a name"]
        + [f"  {name:<{_WIDTH}}{text}" for name, text in lines]
    )


def saved_words(saved: int, calls: int) -> str:
    """Return how many calls `--dedupe` saves, in words.

    Example:
        >>> saved_words(5, 20)
        '--dedupe saves 5 of 20 calls'
    """
    return f"--dedupe saves {saved:,} of {calls:,} calls"


def count_saved(listing: Listing) -> int:
    """Return how many calls `--dedupe` saves; every lead is rendered once.

    Raises:
        DefinitionError: The definition cannot be used with this list.
        LeadsError: The list cannot be used.
    """
    prepared = prepare_list(
        listing.webhook,
        listing.leads,
        streams=True,
        clock=RealClock(),
        **listing.meaning,
    )
    return count_duplicate_requests(prepared)


def forecast(
    count: int, limits: Limits, said: str | None, folders: Sequence[Path]
) -> Forecast:
    """Return how long `count` calls take.

    Args:
        count: Calls.
        limits: Of the run.
        said: What the user names: a folder, a calls CSV or a sentence.
        folders: Where earlier runs may have been saved; the first that can be used is.

    Raises:
        InvalidPlan: What the user named cannot be used.
    """
    if not count:
        return Forecast(0.0, 0.0, "no time: there is no lead to call for")
    if said is not None:
        return _measured(count, limits, said)
    for folder in folders:
        if not (folder / "calls.csv").exists():
            continue  # so that the first run into a folder loads nothing for it
        with suppress(InvalidPlan):
            return _measured(count, limits, str(folder))
    at_once = min(limits.connections, count)
    one_s = _even_s(count, limits, 1.0)
    worst_s = _even_s(count, limits, limits.timeout_s)
    text = (
        f"unknown until calls are measured: {count:,} calls, {at_once:,} at once, take "
        f"{format_duration_s(one_s)} at 1 s a call and "
        f"{format_duration_s(worst_s)} at the limit of {limits.timeout_s:g} s"
    )
    return Forecast(None, None, text)


def may_start(webhook: Webhook, count: int, *, yes: bool, trust: bool) -> bool:
    """Return whether to send; whoever was shown what leaves and says yes trusts it.

    Args:
        webhook: The definition.
        count: Calls.
        yes: Whether not to ask before sending.
        trust: Whether the definition is trusted from now on.

    Raises:
        NotTrusted: Nobody is asked, and the definition is new here.
    """
    is_asked = not yes and (count > 0 or not (trust or is_trusted(webhook)))
    if is_asked and not _may_send(count):
        return False
    require_trust(webhook, trust=trust or is_asked, clock=RealClock())
    return True


def _may_send(count: int) -> bool:
    """Ask whether to send; without anybody to ask the answer is no."""
    if not sys.stdin.isatty():
        problem = f"{count:,} calls and nobody to ask; add --yes to send"
        click.echo(f"nbwebhook: {problem}", err=True)
        return False
    return click.confirm("Send?", err=True)


def _measured(count: int, limits: Limits, source: str) -> Forecast:
    estimate = api.estimate_delay(
        calls_source(source),
        leads=count,
        connections=limits.connections,
        timeout_s=limits.timeout_s,
        max_calls_per_s=limits.max_calls_per_s,
    )
    [row] = estimate.rows
    low, high = row.makespan_p05_s, row.makespan_p95_s
    calls = estimate.sample.calls
    known = f"from {calls:,} calls in {source}" if calls else f"if it is {source}"
    worst = format_duration_s(row.makespan_p95_pessimistic_s)
    text = (
        f"{format_duration_s(low)} to {format_duration_s(high)} in 9 of 10 cases, "
        f"pessimistic {worst}; {known}"
    )
    return Forecast(low, high, text)


def _even_s(count: int, limits: Limits, call_s: float) -> float:
    """Return how long calls take that all take as long."""
    turns = -(-count // limits.connections)
    by_rate = (count - 1) / limits.max_calls_per_s if limits.max_calls_per_s else 0.0
    return max(turns * call_s, by_rate + call_s)


def _leads_line(listing: Listing) -> str:
    total = listing.count if listing.total is None else listing.total
    chosen = f"{listing.count:,} of {total:,} in {listing.leads_path}"
    how = f" ({', '.join(listing.notes)})" if listing.notes else ""
    return f"{chosen}{how}, told apart by {listing.columns.key_column}"


def _secrets_line(listing: Listing) -> str:
    tokens = listing.columns.renderer.tokens
    names = [token.token.name for token in tokens if token.source is TokenSource.SECRET]
    return _names(dict.fromkeys(names)) or "none"


def _trust_line(webhook: Webhook) -> str:
    if is_trusted(webhook):
        return "nothing new"
    return "new on this machine: has this webhook's author a right to what leaves?"


def _fields_written(listing: Listing) -> dict[str, None]:
    return dict.fromkeys(target.mapping.field for target in listing.columns.targets)


def _limits_line(limits: Limits) -> str:
    parts = [f"{limits.connections:,} calls at once", f"{limits.timeout_s:g} s a call"]
    if limits.max_calls_per_s is not None:
        parts.append(f"{limits.max_calls_per_s:g} calls started a second")
    if limits.max_failures is not None:
        parts.append(f"{limits.max_failures:,} failures, then it stops")
    return ", ".join(parts)


def _form(output: Output) -> str:
    form = "CSV as the list is written" if output.like_input else "CSV"
    return f"{form} and Parquet" if output.parquet else form


def _names(names: Iterable[str]) -> str:
    shown = [show_controls(name) for name in names]
    more = f" and {len(shown) - _NAMED:,} more" if len(shown) > _NAMED else ""
    return ", ".join(shown[:_NAMED]) + more
