"""A result as pages: the compact one of a cell, and the report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from importlib.metadata import version
from typing import TYPE_CHECKING

import pandas as pd

from nbwebhook.display.charts.busy import assign_lanes
from nbwebhook.display.charts.latency import latency_chart
from nbwebhook.display.charts.outcomes import outcome_chart
from nbwebhook.display.charts.timeline import timeline_chart
from nbwebhook.display.pages import Figure, ReportPage, ResultPage, Section, Table
from nbwebhook.display.text import (
    format_count,
    format_duration_s,
    format_ms,
    format_share,
)
from nbwebhook.frames.evidence import SAMPLE_ROWS, CallEvidence
from nbwebhook.frames.summary import Latency, Summary
from nbwebhook.transport.choose import STAND_IN

if TYPE_CHECKING:
    from nbwebhook.frames.result import Result

__all__ = ["report_page", "result_page", "summary_page"]

_LOADED = 0.85
_FEWEST_TO_JUDGE = 500
_MEANINGS = {
    "updated": "a 2xx answer, and at least one field was written",
    "no_update": "a 2xx answer, but nothing to write",
    "failed": "not a 2xx answer, an unusable one, or nothing was sent",
    "unknown": "bytes were sent, no whole answer came: it may have been acted on",
    "refused": "nothing was sent, the request would be wrong or unsafe",
    "skipped": "not tried",
    "interrupted": "cut off by you before a byte was sent",
}


def _status(summary: Summary) -> str:
    took = format_duration_s(summary.duration_s)
    tried = summary.leads - summary.skipped
    if summary.stopped_by:
        return (
            f"Stopped after {took}: {format_count(tried)} of "
            f"{format_count(summary.leads)} leads tried"
        )
    return f"{format_count(summary.leads)} leads in {took}"


def _tone(summary: Summary) -> str:
    if summary.failed or summary.unknown:
        return "bad"
    return "attention" if summary.refused or summary.skipped else "good"


def _latency_words(latency: Latency) -> str:
    if not latency.calls:
        return "no call was answered"
    return (
        f"median {format_ms(latency.p50_ms)}, p95 {format_ms(latency.p95_ms)}, p99 "
        f"{format_ms(latency.p99_ms)}, slowest {format_ms(latency.max_ms)} "
        f"({format_count(latency.calls)} calls)"
    )


def _facts(summary: Summary) -> tuple[tuple[str, str], ...]:
    counts = summary.outcome_counts()
    told = ", ".join(
        f"{format_count(count)} {name.replace('_', ' ')}"
        for name, count in counts.items()
        if count
    )
    pace = f"{format_count(summary.calls)} calls, {summary.calls_per_s:,.0f} a second"
    facts = [
        ("Outcomes", told or "no leads"),
        ("Latency", _latency_words(summary.latency)),
        ("Pace", f"{pace}, at most {summary.connections} at once"),
        (
            "Own overhead",
            f"{format_ms(summary.overhead_ms)} a call, {summary.transport}",
        ),
    ]
    if summary.throttle_s:
        waited = format_duration_s(summary.throttle_s)
        facts.append(("Held back", f"{waited} in all, by the rate limit or a pause"))
    return tuple(facts)


def _notes(summary: Summary) -> tuple[str, ...]:
    notes = []
    if summary.unknown:
        notes.append(
            f"{format_count(summary.unknown)} leads are unknown: the service may have "
            "acted on them. Look there before you call them again."
        )
    if summary.stopped_by:
        notes.append(f"The rest was not tried: {summary.stopped_by}.")
    if summary.own_load >= _LOADED and summary.calls >= _FEWEST_TO_JUDGE:
        notes.append(_own_limit(summary))
    return tuple(notes)


def _own_limit(summary: Summary) -> str:
    """Return what it means that this machine could not keep up, and what helps."""
    remedy = "Fewer connections are as fast and tell latencies more truly."
    if summary.transport == STAND_IN:
        remedy = "Install nbwebhook[fast]: libcurl needs a fraction of httpx's time."
    return (
        "This machine was the limit, not the service: nbwebhook computed for "
        f"{format_share(summary.own_load)} of the time, so latencies are told too long. "
        f"{remedy}"
    )


def _reasons(evidence: CallEvidence) -> Table | None:
    """Return what went wrong, most frequent first."""
    rows = _counted(evidence.reasons)
    if not rows:
        return None
    return Table(
        columns=("outcome", "error", "reason", "leads"),
        rows=rows[:SAMPLE_ROWS],
        caption="What went wrong",
        total_rows=len(rows),
        numeric=frozenset({"leads"}),
    )


def _counted(
    counts: Iterable[tuple[tuple[str, ...], int]],
) -> tuple[tuple[str, ...], ...]:
    """Return counted things as rows of text."""
    return tuple((*names, format_count(count)) for names, count in counts)


def _cells(frame: pd.DataFrame) -> tuple[tuple[str, ...], ...]:
    shown = frame.astype(object)
    shown = shown.where(shown.notna(), "")
    return tuple(tuple(map(str, row)) for row in shown.itertuples(index=False))


def _latency_figure(evidence: CallEvidence) -> Figure:
    return Figure(
        svg=latency_chart(
            evidence.latencies_ms, title="Time for one call", theme="auto"
        ),
        alt="The share of calls that were answered within each time",
    )


def _outcome_figure(counts: Mapping[str, int]) -> Figure:
    told = ", ".join(f"{count:,} {name}" for name, count in counts.items() if count)
    return Figure(svg=outcome_chart(counts), alt=f"Outcomes: {told or 'none'}")


def _timeline_figure(evidence: CallEvidence) -> Figure | None:
    made = evidence.timeline
    if not len(made):
        return None
    starts_s = made["wait_ms"].to_numpy(dtype="float64") / 1e3
    took_ms = made["latency_ms"].to_numpy(dtype="float64")
    lanes = assign_lanes(starts_s, took_ms)
    outcomes = made["outcome"].astype(str).tolist()
    return Figure(
        svg=timeline_chart(starts_s, took_ms, lanes, outcomes),
        alt=f"The first {len(made):,} calls over time, by connection",
    )


def summary_page(summary: Summary) -> ResultPage:
    """Return what the numbers of a run alone can tell."""
    return ResultPage(
        title=summary.webhook or "Webhook",
        status=_status(summary),
        facts=_facts(summary),
        notes=_notes(summary),
        tone=_tone(summary),  # type: ignore[arg-type]  # one of the tones
    )


def result_page(result: Result) -> ResultPage:
    """Return the compact page that a cell shows."""
    evidence = result.call_evidence
    reasons = _reasons(evidence)
    has_latency = result.summary.latency.calls > 1
    return replace(
        summary_page(result.summary),
        figures=(_latency_figure(evidence),) if has_latency else (),
        tables=(reasons,) if reasons else (),
    )


def report_page(result: Result, delay: Section) -> ReportPage:
    """Return the report of a run.

    Args:
        result: The run.
        delay: How long a campaign would take; empty where no estimate can be made.
    """
    summary = result.summary
    evidence = result.call_evidence
    reasons = _reasons(evidence)
    timeline = _timeline_figure(evidence)
    latency = (_latency_figure(evidence), *((timeline,) if timeline else ()))
    return ReportPage(
        title=summary.webhook or "Webhook",
        status=_status(summary),
        made_at=(
            f"Started {summary.started_at:%Y-%m-%d %H:%M:%S} UTC, "
            f"nbwebhook {version('nbwebhook')}"
        ),
        facts=_facts(summary),
        what_was_run=_what_was_run(result),
        outcomes=_outcomes(summary),
        latency=Section(
            facts=_latency_facts(summary.latency),
            figures=latency if summary.latency.calls else (),
        ),
        delay=delay,
        failed_calls=Section(tables=(reasons,) if reasons else ()),
        changes=_changes(result),
        notes=_notes(summary),
        tone=_tone(summary),  # type: ignore[arg-type]  # one of the tones
    )


def _what_was_run(result: Result) -> Section:
    hook, summary = result.webhook, result.summary
    mappings = Table(
        columns=("response attribute", "field"),
        rows=tuple(hook.response_mappings),
        caption="Response mappings",
    )
    return Section(
        facts=(
            ("URL", hook.url),
            ("Request type", hook.request_type),
            ("Request token encoding", hook.request_token_encoding),
            ("Response type", hook.response_type),
            ("Payload template", hook.payload_template or "none"),
            ("Leads", format_count(summary.leads)),
            ("Connections", format_count(summary.connections)),
            ("Time limit", format_duration_s(summary.timeout_s)),
        ),
        tables=(mappings,) if mappings.rows else (),
    )


def _outcomes(summary: Summary) -> Section:
    counts = summary.outcome_counts()
    rows = tuple(
        (
            name,
            format_count(count),
            format_share(count / summary.leads),
            _MEANINGS[name],
        )
        for name, count in counts.items()
        if count
    )
    table = Table(
        columns=("outcome", "leads", "share", "what it means"),
        rows=rows,
        caption=f"{format_count(summary.leads)} leads",
        numeric=frozenset({"leads", "share"}),
    )
    figures = (_outcome_figure(counts),) if summary.leads else ()
    return Section(figures=figures, tables=(table,) if rows else ())


def _latency_facts(latency: Latency) -> tuple[tuple[str, str], ...]:
    if not latency.calls:
        return ()
    named = {
        "Mean": latency.mean_ms,
        "p50": latency.p50_ms,
        "p90": latency.p90_ms,
        "p95": latency.p95_ms,
        "p99": latency.p99_ms,
        "Slowest": latency.max_ms,
    }
    told = tuple((name, format_ms(value)) for name, value in named.items())
    return (("Calls measured", format_count(latency.calls)), *told)


def _changes(result: Result) -> Section:
    evidence = result.change_evidence
    if not evidence.fates:
        return Section()
    sample = Table(
        columns=("lead", "field", "old value", "new value"),
        rows=_cells(evidence.sample),
        caption="Fields written",
        total_rows=evidence.written,
    )
    counted = Table(
        columns=("field", "outcome", "leads"),
        rows=_counted(evidence.fates),
        caption="What became of each response mapping",
        numeric=frozenset({"leads"}),
    )
    return Section(tables=(counted, sample) if sample.rows else (counted,))
