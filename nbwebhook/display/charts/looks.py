"""How an outcome looks: a colour, a texture and a word, so that no colour stands alone.

Every colour has a contrast of at least 3 to 1 on white and on the dark backgrounds, so
one set serves both themes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from nbwebhook.display.svg import Fragment, tag, words_at

__all__ = ["Look", "draw_legend_mark", "draw_textures", "look_at", "order_outcomes"]

MAIN_COLOUR = "#2b7bba"
WARN_COLOUR = "#d1480f"


@dataclass(frozen=True, slots=True)
class Look:
    """One outcome's colour, texture and words."""

    key: str
    words: str
    colour: str
    texture: str

    def fill(self, picture_key: str) -> str:
        """Return what a mark of this outcome is filled with in that picture."""
        if self.texture == "solid":
            return self.colour
        return f"url(#nbw-{self.texture}-{self.colour[1:]}-{picture_key})"


_LOOKS = (
    Look("updated", "updated", MAIN_COLOUR, "solid"),
    Look("no_update", "no update", "#7d8793", "dots"),
    Look("failed", "failed", WARN_COLOUR, "rising"),
    Look("unknown", "unknown", "#a45fb5", "crossed"),
    Look("refused", "refused", "#a07400", "upright"),
    Look("skipped", "skipped", "#1d8f82", "level"),
    Look("interrupted", "interrupted", "#b8577f", "falling"),
)
_BY_KEY = {look.key: look for look in _LOOKS}
_LINES = {
    "rising": ("M0 6L6 0M-1 1L1 -1M5 7L7 5",),
    "falling": ("M0 0L6 6M-1 5L1 7M5 -1L7 1",),
    "crossed": ("M0 6L6 0M-1 1L1 -1M5 7L7 5", "M0 0L6 6M-1 5L1 7M5 -1L7 1"),
    "upright": ("M3 0V6",),
    "level": ("M0 3H6",),
}


def look_at(outcome: str) -> Look:
    """Return the look of an outcome; one that nobody knows is grey and says its name."""
    return _BY_KEY.get(outcome) or Look(outcome, outcome, "#7d8793", "solid")


def order_outcomes(outcomes: Iterable[str]) -> list[str]:
    """Return each outcome once, best first, unknown words last.

    Example:
        >>> order_outcomes(["failed", "other", "updated", "failed"])
        ['updated', 'failed', 'other']
    """
    ranks = {look.key: rank for rank, look in enumerate(_LOOKS)}
    return sorted(set(outcomes), key=lambda word: (ranks.get(word, len(ranks)), word))


def _draw_texture(look: Look, picture_key: str) -> Fragment:
    ground = tag("rect", width=6, height=6, fill=look.colour)
    marks = [
        tag("path", class_="nbw-edge", d=d, stroke_width=1.4, fill="none")
        for d in _LINES.get(look.texture, ())
    ]
    if look.texture == "dots":
        marks = [tag("circle", class_="nbw-paper", cx=3, cy=3, r=1.1)]
    return tag(
        "pattern",
        ground,
        *marks,
        id=look.fill(picture_key).removeprefix("url(#").removesuffix(")"),
        patternUnits="userSpaceOnUse",
        width=6,
        height=6,
    )


def draw_textures(outcomes: Iterable[str], picture_key: str) -> Fragment:
    """Return the definitions of the textures that these outcomes need."""
    looks = [look_at(outcome) for outcome in order_outcomes(outcomes)]
    drawn = [_draw_texture(k, picture_key) for k in looks if k.texture != "solid"]
    return tag("defs", *drawn) if drawn else Fragment("")


def draw_legend_mark(
    x: float, y: float, outcome: str, words: str, picture_key: str
) -> Fragment:
    """Return a swatch of the outcome and its words, its foot at `x`, `y`."""
    fill = look_at(outcome).fill(picture_key)
    swatch = tag("rect", x=x, y=y - 11, width=14, height=14, rx=2, fill=fill)
    return tag("g", swatch, words_at(x + 21, y, words))
