"""The question whether a definition from a file may send what it sends."""

from __future__ import annotations

import ipywidgets as w

from nbwebhook.ui.markup import element, lines, message
from nbwebhook.ui.parts import Shown, button, section, show_if
from nbwebhook.ui.webhook_state import WebhookState

__all__ = ["TrustView"]

_MOST_SHOWN = 4_000


class TrustView(w.VBox):
    """What would leave, and a button that says yes; nothing where nobody has to ask."""

    def __init__(self, state: WebhookState) -> None:
        self._state = state
        self.told = Shown()
        self.trust = button(
            "Trust this definition",
            state.trust,
            hint="It may send this from now on, on this machine",
        )
        super().__init__([section(self.told, self.trust)])
        state.observe(lambda _: self._tell(), "version")
        self._tell()

    def _tell(self) -> None:
        departure = self._state.untrusted
        show_if(self, shown=departure is not None)
        if departure is None:
            self.told.show()
            return
        told = "This definition came from a file and is new here. Nothing is sent yet."
        self.told.show(
            message("warning", told),
            element("pre", lines(departure, _MOST_SHOWN), class_="nbw-code"),
        )
