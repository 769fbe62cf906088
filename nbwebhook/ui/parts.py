"""Small widgets, made one way: every one has a text or a name that can be read aloud."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import ipywidgets as w
from traitlets import HasTraits, link

from nbwebhook.ui.markup import Html

__all__ = [
    "Shown",
    "button",
    "choice",
    "column",
    "number",
    "row",
    "section",
    "show_if",
    "text_box",
    "tick",
    "tie",
]

_LABEL = "170px"


class Shown(w.HTML):
    """HTML that is made by `markup` and display only."""

    def show(self, *parts: Html | str) -> None:
        """Show these parts; the browser hears nothing where they are as before."""
        told = "".join(parts)
        if told != self.value:
            self.value: str = told


def button(
    label: str, act: Callable[[], None], *, hint: str = "", is_main: bool = False
) -> w.Button:
    """Return a button with a text."""
    made = w.Button(description=label, tooltip=hint)
    made.add_class("nbw-panel-button")
    if is_main:
        made.add_class("mod-primary")
    made.on_click(lambda _: act())
    return made


def text_box(
    label: str,
    *,
    width: str = "560px",
    label_width: str = _LABEL,
    **settings: Any,  # noqa: ANN401 - ipywidgets' own
) -> w.Text:
    """Return a line of text with a label."""
    return w.Text(
        description=label,
        style={"description_width": label_width},
        layout=w.Layout(width=width),
        **settings,
    )


def number(
    label: str,
    low: float,
    high: float,
    *,
    width: str = "290px",
    label_width: str = _LABEL,
    **settings: Any,  # noqa: ANN401 - ipywidgets' own
) -> Any:  # noqa: ANN401 - either kind
    """Return a box for a number; for whole ones where the lower end is one."""
    kind = w.BoundedIntText if isinstance(low, int) else w.BoundedFloatText
    return kind(
        description=label,
        min=low,
        max=high,
        style={"description_width": label_width},
        layout=w.Layout(width=width),
        **settings,
    )


def choice(
    label: str,
    options: Sequence[Any],
    *,
    width: str = "360px",
    label_width: str = _LABEL,
) -> w.Dropdown:
    """Return a choice of one."""
    return w.Dropdown(
        description=label,
        options=options,
        style={"description_width": label_width},
        layout=w.Layout(width=width),
    )


def tick(label: str, **settings: Any) -> w.Checkbox:  # noqa: ANN401 - ipywidgets' own
    """Return a box to tick."""
    return w.Checkbox(
        description=label, indent=False, layout=w.Layout(width="auto"), **settings
    )


def row(*children: w.Widget) -> w.HBox:
    """Return widgets beside each other, wrapped where the page is narrow."""
    made = w.HBox(children)
    made.add_class("nbw-row")
    return made


def column(*children: w.Widget) -> w.VBox:
    """Return widgets below each other."""
    return w.VBox(children)


def section(*children: w.Widget) -> w.VBox:
    """Return widgets below each other, set apart from what stands above."""
    made = w.VBox(children)
    made.add_class("nbw-section")
    return made


def show_if(widget: w.Widget, *, shown: bool) -> None:
    """Show or hide a widget."""
    widget.layout.display = None if shown else "none"


def tie(state: HasTraits, name: str, widget: w.Widget, trait: str = "value") -> None:
    """Keep a trait of a state and a widget the same."""
    link((state, name), (widget, trait))
