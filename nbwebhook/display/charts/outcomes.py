"""What became of the leads: one bar, each part told by colour, texture and words."""

from __future__ import annotations

import math
from collections.abc import Mapping

from nbwebhook.display.svg import (
    Fragment,
    Picture,
    Theme,
    fit_words,
    group,
    plain,
    svg_document,
    tag,
    words_width,
)
from nbwebhook.display.text import format_count, format_share

from .looks import draw_legend_mark, draw_textures, look_at, order_outcomes

__all__ = ["outcome_chart"]

_LEFT, _RIGHT = 16.0, 704.0
_BAR_TOP, _BAR_PX = 62.0, 30.0
_LEGEND_TOP, _LEGEND_ROW_PX, _LEGEND_COLUMNS = 122.0, 24.0, 3
_SWATCH_PX = 30.0
_LEAST_PX = 3.0
_GAP_PX = 1.5


def _told(outcome: str, count: int, total: int) -> str:
    share = format_share(count / total)
    return f"{look_at(outcome).words} {format_count(count)} ({share})"


def _widths(counts: Mapping[str, int], total: int) -> dict[str, float]:
    """Return each part's pixels: its share, yet never too thin to be seen."""
    room = _RIGHT - _LEFT
    wanted = {key: max(n / total * room, _LEAST_PX) for key, n in counts.items()}
    surplus = sum(wanted.values()) - room
    largest = max(wanted, key=lambda key: wanted[key])
    wanted[largest] -= surplus
    return wanted


def _draw_bar(counts: Mapping[str, int], total: int, key: str) -> Fragment:
    parts = []
    x = _LEFT
    for outcome, width in _widths(counts, total).items():
        part = tag(
            "rect",
            tag("title", plain(_told(outcome, counts[outcome], total))),
            x=x,
            y=_BAR_TOP,
            width=max(width - _GAP_PX, _LEAST_PX - _GAP_PX),
            height=_BAR_PX,
            fill=look_at(outcome).fill(key),
        )
        parts.append(part)
        x += width
    return group(*parts)


def _count_columns(counts: Mapping[str, int], total: int) -> int:
    widest = max(words_width(_told(key, n, total)) for key, n in counts.items())
    fits = widest + _SWATCH_PX <= (_RIGHT - _LEFT) / _LEGEND_COLUMNS
    return _LEGEND_COLUMNS if fits else _LEGEND_COLUMNS - 1


def _draw_legend(counts: Mapping[str, int], total: int, key: str) -> Fragment:
    columns = _count_columns(counts, total)
    column_px = (_RIGHT - _LEFT) / columns
    marks = []
    for position, (outcome, count) in enumerate(counts.items()):
        row, column = divmod(position, columns)
        words = fit_words(_told(outcome, count, total), column_px - _SWATCH_PX)
        x, y = _LEFT + column * column_px, _LEGEND_TOP + row * _LEGEND_ROW_PX
        marks.append(draw_legend_mark(x, y, outcome, words, key))
    return group(*marks)


def outcome_chart(
    counts: Mapping[str, int],
    *,
    title: str = "What became of the leads",
    theme: Theme = "auto",
) -> str:
    """Return one bar divided by outcome, with each count and share in words.

    Args:
        counts: Leads by outcome; outcomes that did not occur are left out.
        title: Drawn on top.
        theme: Which colours.
    """
    kept = {key: counts[key] for key in order_outcomes(counts) if counts[key] > 0}
    total = sum(kept.values())
    if not total:
        return svg_document(Picture(title, "No lead has an outcome yet.", 80, theme))
    told = ", ".join(_told(key, count, total) for key, count in kept.items())
    leads = f"{format_count(total)} lead{'s' if total > 1 else ''}"
    most = _told(max(kept, key=lambda key: kept[key]), max(kept.values()), total)
    rows = math.ceil(len(kept) / _count_columns(kept, total))
    height = _LEGEND_TOP + rows * _LEGEND_ROW_PX - 4
    picture = Picture(title, f"{leads}, {most}", height, theme, f"{leads}: {told}")
    return svg_document(
        picture,
        draw_textures(kept, picture.key),
        _draw_bar(kept, total, picture.key),
        _draw_legend(kept, total, picture.key),
    )
