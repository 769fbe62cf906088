"""SVG from small parts: every text escaped, every colour chosen by the theme.

```text
theme     colours                                                   meant for
auto      --jp-* variables, else light or dark as the reader likes  inline and <img>
light     fixed                                                     print, other tools
dark      fixed                                                     dark slides
```
"""

from __future__ import annotations

import unicodedata
import zlib
from bisect import bisect_right
from dataclasses import dataclass
from html import escape
from itertools import accumulate
from typing import Literal, NewType

from .text import shorten, show_controls

__all__ = [
    "Fragment",
    "Picture",
    "Theme",
    "fit_words",
    "group",
    "path",
    "plain",
    "svg_document",
    "tag",
    "words_at",
    "words_width",
]

Theme = Literal["auto", "light", "dark"]
Fragment = NewType("Fragment", str)
"""Finished SVG; only `tag` and `words_at` turn text into it."""

_FONT = (
    'system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,'
    '"Liberation Sans",sans-serif'
)
_ROLES = {  # role: (property, Jupyter's variable)
    "paper": ("fill", "--jp-layout-color0"),
    "ink": ("fill", "--jp-ui-font-color1"),
    "muted": ("fill", "--jp-ui-font-color2"),
    "grid": ("stroke", "--jp-border-color2"),
    "axis": ("stroke", "--jp-ui-font-color2"),
    "edge": ("stroke", "--jp-layout-color0"),
    "guide": ("stroke", "--jp-ui-font-color2"),
}
_LIGHT = {
    "paper": "#ffffff",
    "ink": "#1f2328",
    "muted": "#57606a",
    "grid": "#e3e7ec",
    "axis": "#8c959f",
    "edge": "#ffffff",
    "guide": "#8c959f",
}
_DARK = {
    "paper": "#16191d",
    "ink": "#e6edf3",
    "muted": "#9da7b3",
    "grid": "#2d333b",
    "axis": "#6e7681",
    "edge": "#16191d",
    "guide": "#6e7681",
}
_SHAPES = (
    f".nbw-svg{{font:12px {_FONT};max-width:100%;height:auto}}"
    ".nbw-svg .nbw-title{font-size:15px;font-weight:600}"
    ".nbw-svg .nbw-strong{font-weight:600}"
    ".nbw-svg .nbw-guide{stroke-dasharray:2 3}"
    ".nbw-svg .nbw-halo{paint-order:stroke;stroke-width:3px;stroke-linejoin:round}"
)
_MOST_WORDS = 400
_EM_WIDE, _EM_BROAD, _EM_NARROW, _EM_OTHER = 1.0, 0.9, 0.4, 0.64
_BROAD, _NARROW = frozenset("mwMWQ%@…"), frozenset(" .,:;'!|()[]/-ijlrtfI")


def _theme_style(theme: Theme) -> str:
    fixed = _DARK if theme == "dark" else _LIGHT
    rules = []
    for role, (prop, variable) in _ROLES.items():
        rule = f"{prop}:{fixed[role]}"
        if theme == "auto":  # the first one for programs that know no variables
            rule += f";{prop}:var({variable},var(--nbw-{role}))"
        rules.append(f".nbw-svg .nbw-{role}{{{rule}}}")
    if theme == "auto":
        light, dark = (
            ";".join(f"--nbw-{role}:{colour}" for role, colour in colours.items())
            for colours in (_LIGHT, _DARK)
        )
        rules.append(f".nbw-svg{{{light}}}")
        rules.append(
            f"@media screen and (prefers-color-scheme:dark){{.nbw-svg{{{dark}}}}}"
        )
    return _SHAPES + "".join(rules)


def _attribute(value: str | float) -> str:
    if isinstance(value, str):
        return escape(show_controls(value))
    return f"{value:.1f}".removesuffix(".0")


def tag(name: str, *children: Fragment, **attributes: str | float) -> Fragment:
    """Return one element; an underscore in an attribute's name stands for a hyphen.

    Example:
        >>> tag("rect", class_="nbw-paper", width=3, stroke_width=0.5)
        '<rect class="nbw-paper" width="3" stroke-width="0.5"/>'
    """
    listed = "".join(
        f' {key.removesuffix("_").replace("_", "-")}="{_attribute(value)}"'
        for key, value in attributes.items()
    )
    if not children:
        return Fragment(f"<{name}{listed}/>")
    return Fragment(f"<{name}{listed}>{''.join(children)}</{name}>")


def plain(words: str) -> Fragment:
    """Return any text as text."""
    return Fragment(escape(show_controls(words), quote=False))


def words_at(
    x: float, y: float, words: str, *, role: str = "ink", anchor: str = "start"
) -> Fragment:
    """Return a text whose foot stands at `x`, `y`.

    Example:
        >>> words_at(10, 20, "p50 <b>", anchor="end")
        '<text class="nbw-ink" x="10" y="20" text-anchor="end">p50 &lt;b&gt;</text>'
    """
    classes = " ".join(f"nbw-{part}" for part in role.split())
    placed = {} if anchor == "start" else {"text_anchor": anchor}
    return tag("text", plain(words), class_=classes, x=x, y=y, **placed)


def group(*children: Fragment, **attributes: str | float) -> Fragment:
    """Return the children that are not empty as one group, or nothing."""
    kept = tuple(child for child in children if child)
    return tag("g", *kept, **attributes) if kept else Fragment("")


def path(points: list[tuple[float, float]], *, closed: bool = False) -> str:
    """Return the `d` of a path through the points.

    Example:
        >>> path([(0, 1), (2.25, 3)], closed=True)
        'M0 1L2.2 3Z'
    """
    steps = "L".join(f"{_attribute(x)} {_attribute(y)}" for x, y in points)
    return f"M{steps}{'Z' if closed else ''}"


def _em(character: str) -> float:
    if unicodedata.east_asian_width(character) in "WF":
        return _EM_WIDE
    if character in _NARROW:
        return _EM_NARROW
    return _EM_BROAD if character in _BROAD else _EM_OTHER


def words_width(words: str, size_px: float = 12) -> float:
    """Return about how wide a text is drawn; rather too much than too little."""
    return size_px * sum(_em(character) for character in words)


def fit_words(words: str, width_px: float, size_px: float = 12) -> str:
    """Return `words` with controls shown, cut to about `width_px`.

    Example:
        >>> fit_words("a very long webhook name", 60)
        'a very …'
    """
    shown = show_controls(shorten(words, _MOST_WORDS))
    ends = list(accumulate(size_px * _em(character) for character in shown))
    if not ends or ends[-1] <= width_px:
        return shown
    kept = bisect_right(ends, width_px - size_px * _EM_BROAD)
    return f"{shown[:kept]}…"


@dataclass(frozen=True, slots=True)
class Picture:
    """What every picture has: a name, its figures in one sentence, a size, a theme.

    Attributes:
        title: The name, drawn on top and read by a screen reader.
        summary: The figures that the picture shows; drawn under the title.
        height: In pixels.
        theme: Which colours.
        description: All figures, for a screen reader; the summary where empty.
        width: In pixels.
    """

    title: str
    summary: str
    height: float
    theme: Theme = "auto"
    description: str = ""
    width: float = 720

    @property
    def key(self) -> str:
        """A short mark for ids, so that two pictures on a page do not share any."""
        told = f"{self.title}\n{self.summary}".encode("utf-8", "replace")
        return f"{zlib.crc32(told):08x}"


def svg_document(picture: Picture, *body: Fragment) -> str:
    """Return a whole picture with its background, heading, name and description."""
    room = picture.width - 32
    size = {"width": picture.width, "height": picture.height}
    return tag(
        "svg",
        tag("title", plain(picture.title)),
        tag("desc", plain(picture.description or picture.summary)),
        tag("style", Fragment(_theme_style(picture.theme))),
        tag("rect", class_="nbw-paper", **size),
        words_at(16, 26, fit_words(picture.title, room, 15.5), role="ink title"),
        words_at(16, 46, fit_words(picture.summary, room), role="muted"),
        *body,
        xmlns="http://www.w3.org/2000/svg",
        class_="nbw-svg",
        viewBox=f"0 0 {_attribute(picture.width)} {_attribute(picture.height)}",
        role="img",
        aria_label=picture.title,
        **size,
    )
