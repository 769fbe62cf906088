"""An estimate as a page: sentences, a table and the fan of times."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from nbwebhook.display.charts.delay import DelayPoint, delay_chart
from nbwebhook.display.pages import EstimatePage, Figure, Section, Table
from nbwebhook.display.text import format_count, format_duration_s, format_share

if TYPE_CHECKING:
    from nbwebhook.whatif.estimate import DelayEstimate, DelayRow

__all__ = ["delay_section", "estimate_page"]


def _table(estimate: DelayEstimate) -> Table:
    return Table(
        columns=(
            "connections",
            "5 in 100 faster than",
            "half faster than",
            "95 in 100 faster than",
            "pessimistic",
            "busy",
        ),
        rows=tuple(_cells(row) for row in estimate.rows),
        caption=f"{format_count(estimate.plan.leads)} leads",
        numeric=frozenset({"connections"}),
    )


def _cells(row: DelayRow) -> tuple[str, ...]:
    times = (
        row.makespan_p05_s,
        row.makespan_p50_s,
        row.makespan_p95_s,
        row.makespan_p95_pessimistic_s,
    )
    is_known = math.isfinite(row.utilisation)
    return (
        format_count(row.connections),
        *(format_duration_s(time) if math.isfinite(time) else "" for time in times),
        format_share(row.utilisation) if is_known else "",
    )


def _figure(estimate: DelayEstimate) -> Figure:
    points = [
        DelayPoint(
            connections=row.connections,
            p05_s=row.makespan_p05_s,
            p50_s=row.makespan_p50_s
            if math.isfinite(row.makespan_p50_s)
            else row.makespan_p05_s,
            p95_s=row.makespan_p95_s,
            pessimistic_s=row.makespan_p95_pessimistic_s,
            is_extrapolated=bool(row.extrapolated),
        )
        for row in estimate.rows
    ]
    title = f"How long {format_count(estimate.plan.leads)} leads take"
    told = "; ".join(
        f"{row.connections:,} connections: {format_duration_s(row.makespan_p05_s)} to "
        f"{format_duration_s(row.makespan_p95_s)}"
        for row in estimate.rows
    )
    return Figure(svg=delay_chart(points, title=title), alt=f"{title}. {told}")


def estimate_page(estimate: DelayEstimate) -> EstimatePage:
    """Return an estimate as a page."""
    return EstimatePage(
        title=f"Delay of a campaign of {format_count(estimate.plan.leads)} leads",
        sentences=tuple(estimate.text().splitlines()),
        table=_table(estimate),
        figure=_figure(estimate),
    )


def delay_section(estimate: DelayEstimate) -> Section:
    """Return an estimate as a part of a report."""
    return Section(
        sentences=tuple(estimate.text().splitlines()),
        figures=(_figure(estimate),),
        tables=(_table(estimate),),
    )
