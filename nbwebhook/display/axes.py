"""The frame of a chart: axes in words, ticks that do not touch, a grid."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .scales import Scale
from .svg import Fragment, group, tag, words_at, words_width

__all__ = ["Axis", "Frame", "draw_axes", "spread"]

_GAP_PX = 8.0


@dataclass(frozen=True, slots=True)
class Frame:
    """Where the data are drawn, in pixels."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis: its scale, its labelled values and what it shows, in words."""

    scale: Scale
    ticks: tuple[tuple[float, str], ...]
    words: str


def spread(
    places: Iterable[float], apart: float, low: float, high: float
) -> list[float]:
    """Return the places in order, moved as little as needed to be `apart`.

    Example:
        >>> spread([10, 12, 50], apart=14, low=0, high=100)
        [10, 24, 50]
    """
    moved: list[float] = []
    for place in places:
        moved.append(max(place, moved[-1] + apart) if moved else max(place, low))
    limit = high
    for position in range(len(moved) - 1, -1, -1):
        moved[position] = min(moved[position], limit)
        limit = moved[position] - apart
    return moved


def _roomy(ticks: list[tuple[float, str]]) -> list[tuple[float, str]]:
    """Return the ticks whose words, centred on their pixel, do not touch."""
    kept: list[tuple[float, str]] = []
    edge = float("-inf")
    for place, words in ticks:
        half = words_width(words) / 2
        if place - half >= edge:
            kept.append((place, words))
            edge = place + half + _GAP_PX
    return kept


def _below(frame: Frame, axis: Axis) -> Fragment:
    ticks = [(axis.scale.place(value), words) for value, words in axis.ticks]
    parts = [
        tag("line", class_="nbw-grid", x1=x, x2=x, y1=frame.top, y2=frame.bottom)
        for x, _ in ticks
    ]
    parts += [
        words_at(x, frame.bottom + 18, words, role="muted", anchor="middle")
        for x, words in _roomy(ticks)
    ]
    middle = (frame.left + frame.right) / 2
    parts.append(words_at(middle, frame.bottom + 38, axis.words, anchor="middle"))
    return group(*parts)


def _beside(frame: Frame, axis: Axis) -> Fragment:
    parts = [words_at(16, frame.top - 12, axis.words)]
    for value, words in axis.ticks:
        y = axis.scale.place(value)
        parts.append(
            tag("line", class_="nbw-grid", x1=frame.left, x2=frame.right, y1=y, y2=y)
        )
        parts.append(words_at(frame.left - 8, y + 4, words, role="muted", anchor="end"))
    return group(*parts)


def draw_axes(frame: Frame, across: Axis, up: Axis) -> Fragment:
    """Return the grid, the ticks and the names of both axes."""
    floor = tag(
        "line",
        class_="nbw-axis",
        x1=frame.left,
        x2=frame.right,
        y1=frame.bottom,
        y2=frame.bottom,
    )
    return group(_below(frame, across), _beside(frame, up), floor)
