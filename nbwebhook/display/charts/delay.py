"""How long a campaign takes against the number of connections: a fan, and the worst."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from nbwebhook.display.axes import Axis, Frame, draw_axes
from nbwebhook.display.scales import Scale, log_duration_ticks, widen
from nbwebhook.display.svg import (
    Fragment,
    Picture,
    Theme,
    group,
    path,
    plain,
    svg_document,
    tag,
    words_at,
    words_width,
)
from nbwebhook.display.text import format_count, format_duration_s

from .looks import MAIN_COLOUR, WARN_COLOUR

__all__ = ["DelayPoint", "delay_chart"]

_FRAME = Frame(left=84, top=112, right=684, bottom=336)
_HEIGHT = 390
_LEAST_S = 0.000_001
_LABEL_PX = 64.0
_BAR_PX = 8.0
_INSET_PX = 76.0
_TOLD = 2


@dataclass(frozen=True, slots=True)
class DelayPoint:
    """The estimate at one number of connections.

    Attributes:
        connections: Calls at once.
        p05_s: One run in twenty is faster than this.
        p50_s: Half of all runs are.
        p95_s: Nineteen in twenty are.
        pessimistic_s: The same if the slow calls that were not seen do occur.
        is_extrapolated: More connections than were measured.
    """

    connections: int
    p05_s: float
    p50_s: float
    p95_s: float
    pessimistic_s: float
    is_extrapolated: bool = False

    @property
    def is_drawable(self) -> bool:
        """Whether all its numbers can stand on a logarithmic axis."""
        numbers = (self.p05_s, self.p50_s, self.p95_s, self.pessimistic_s)
        return self.connections > 0 and all(
            math.isfinite(n) and n >= 0 for n in numbers
        )


def _usable(rows: Sequence[DelayPoint]) -> list[DelayPoint]:
    """Return the rows that can be drawn, one a number of connections, in order."""
    last = {row.connections: row for row in rows if row.is_drawable}
    return [last[connections] for connections in sorted(last)]


def _across(points: list[DelayPoint]) -> Scale:
    low, high = widen(points[0].connections, points[-1].connections, factor=4)
    left, right = _FRAME.left + _INSET_PX, _FRAME.right - _INSET_PX
    return Scale(low, high, left, right, is_log=True)


def _up(points: list[DelayPoint]) -> Scale:
    lowest = min(max(min(p.p05_s, p.p50_s), _LEAST_S) for p in points)
    highest = max(max(p.pessimistic_s, p.p95_s, _LEAST_S) for p in points)
    low, high = widen(lowest, highest, factor=10)
    return Scale(low, high, _FRAME.bottom - 30, _FRAME.top + 26, is_log=True)


def _labelled(points: list[DelayPoint], across: Scale) -> list[DelayPoint]:
    """Return the points that have room for words; the last one always has."""
    kept = [points[-1]]
    for point in reversed(points[:-1]):
        gap = across.place(kept[-1].connections) - across.place(point.connections)
        if gap >= _LABEL_PX:
            kept.append(point)
    return kept[::-1]


def _axes(labelled: list[DelayPoint], across: Scale, up: Scale) -> Fragment:
    counts = tuple((p.connections, format_count(p.connections)) for p in labelled)
    times = log_duration_ticks(up.low, up.high, most=7)
    return draw_axes(
        _FRAME,
        Axis(across, counts, "connections (calls at once), logarithmic"),
        Axis(
            up,
            tuple((s, format_duration_s(s)) for s in times),
            "time until the last lead is done, logarithmic",
        ),
    )


def _draw_fan(points: list[DelayPoint], across: Scale, up: Scale) -> Fragment:
    xs = [across.place(p.connections) for p in points]
    if len(points) == 1:  # a fan of one point is a bar
        xs, points = [xs[0] - _BAR_PX, xs[0] + _BAR_PX], points * 2
    low, middle, high, worst = (
        [(x, up.place(getattr(p, name))) for x, p in zip(xs, points, strict=True)]
        for name in ("p05_s", "p50_s", "p95_s", "pessimistic_s")
    )
    fan = path([*low, *reversed(high)], closed=True)
    return group(
        tag("path", d=fan, fill=MAIN_COLOUR, fill_opacity="0.28",
            stroke=MAIN_COLOUR, stroke_opacity="0.5"),
        tag("path", d=path(middle), fill="none", stroke=MAIN_COLOUR, stroke_width=2),
        tag("path", d=path(worst), fill="none", stroke=WARN_COLOUR, stroke_width=2,
            stroke_dasharray="7 4"),
    )  # fmt: skip


def _dot(x: float, y: float, colour: str, *, is_hollow: bool) -> Fragment:
    """Return a round mark; a hollow one stands for what was not measured."""
    if is_hollow:
        return tag("circle", class_="nbw-paper", cx=x, cy=y, r=4, stroke=colour,
                   stroke_width=2)  # fmt: skip
    return tag("circle", class_="nbw-edge", cx=x, cy=y, r=5, fill=colour)


def _connections(point: DelayPoint) -> str:
    plural = "" if point.connections == 1 else "s"
    return f"{format_count(point.connections)} connection{plural}"


def _told_shortly(point: DelayPoint) -> str:
    middle, worst = (
        format_duration_s(point.p50_s),
        format_duration_s(point.pessimistic_s),
    )
    return f"{_connections(point)}: {middle}, pessimistic {worst}"


def _told(point: DelayPoint) -> str:
    times = [point.p05_s, point.p50_s, point.p95_s, point.pessimistic_s]
    low, middle, high, worst = (format_duration_s(seconds) for seconds in times)
    beyond = ", more than were measured" if point.is_extrapolated else ""
    spread = f"{middle} ({low} to {high})"
    return f"{_connections(point)}{beyond}: {spread}, pessimistic {worst}"


def _draw_point(point: DelayPoint, across: Scale, up: Scale) -> Fragment:
    """Return both marks of a point with their times, the lines' free sides used."""
    x = across.place(point.connections)
    middle, worst = up.place(point.p50_s), up.place(point.pessimistic_s)
    is_hollow = point.is_extrapolated
    below = up.place(point.p05_s) + 17
    role = "ink strong halo edge"
    return group(
        tag("title", plain(_told(point))),
        _dot(x, middle, MAIN_COLOUR, is_hollow=is_hollow),
        _dot(x, worst, WARN_COLOUR, is_hollow=is_hollow),
        words_at(x + 6, below, format_duration_s(point.p50_s), role=role, anchor="end"),
        words_at(x - 6, worst - 9, format_duration_s(point.pessimistic_s), role=role),
    )


def _draw_legend(points: list[DelayPoint]) -> Fragment:
    measured = "as measured: median, and 9 of 10 runs"
    worst = "pessimistic: rare slow calls do occur"
    second = 16 + 30 + words_width(measured) + 12
    parts = [
        tag("rect", x=16, y=65, width=22, height=12, fill=MAIN_COLOUR,
            fill_opacity="0.28"),
        tag("path", d=path([(16, 71), (38, 71)]), stroke=MAIN_COLOUR, stroke_width=2),
        words_at(46, 75, measured),
        tag("path", d=path([(second, 71), (second + 22, 71)]), stroke=WARN_COLOUR,
            stroke_width=2, stroke_dasharray="7 4"),
        words_at(second + 30, 75, worst),
    ]  # fmt: skip
    if any(point.is_extrapolated for point in points):
        words = "hollow: more connections than were measured"
        place = {"role": "muted", "anchor": "end"}
        parts.append(words_at(_FRAME.right, _FRAME.top - 12, words, **place))
    return group(*parts)


def delay_chart(
    rows: Sequence[DelayPoint],
    *,
    title: str = "How long the campaign takes",
    theme: Theme = "auto",
) -> str:
    """Return the time until the last lead is done against the number of connections.

    A fan from p05 to p95 round the median, and the pessimistic line, each point
    with its time in words. Rows with a number that cannot be drawn are left out.

    Args:
        rows: One a number of connections, in any order.
        title: Which campaign.
        theme: Which colours.
    """
    points = _usable(rows)
    if not points:
        return svg_document(Picture(title, "There is no estimate to draw.", 80, theme))
    across, up = _across(points), _up(points)
    told = points if len(points) <= _TOLD else [points[0], points[-1]]
    labelled = _labelled(points, across)
    picture = Picture(
        title,
        "; ".join(_told_shortly(point) for point in told),
        _HEIGHT,
        theme,
        "; ".join(_told(point) for point in labelled),
    )
    return svg_document(
        picture,
        _draw_legend(points),
        _axes(labelled, across, up),
        _draw_fan(points, across, up),
        *(_draw_point(point, across, up) for point in labelled),
    )
