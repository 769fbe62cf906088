"""The panel itself: six tabs over the states, and what it hands back."""

from __future__ import annotations

from typing import Any

import ipywidgets as w
import pandas as pd

from nbwebhook.definition.context import Context
from nbwebhook.definition.fields import Fields
from nbwebhook.definition.webhook import Webhook
from nbwebhook.frames.result import Result
from nbwebhook.ui.browser_widgets import KeyGuard, has_caret
from nbwebhook.ui.check_view import CheckView
from nbwebhook.ui.delay_view import DelayView
from nbwebhook.ui.form_state import FormState
from nbwebhook.ui.leads_view import LeadsView
from nbwebhook.ui.markup import element, lines, words
from nbwebhook.ui.parts import Shown, button, row
from nbwebhook.ui.results_view import ResultsView
from nbwebhook.ui.run_view import RunView
from nbwebhook.ui.saved import SavedResult
from nbwebhook.ui.style import STYLE
from nbwebhook.ui.webhook_view import WebhookView
from nbwebhook.whatif.estimate import DelayEstimate

__all__ = ["Form", "form"]

_RUN_TAB, _DELAY_TAB = 3, 5
_MOST_CODE = 100_000
_TITLES = ("Leads", "Webhook", "Check", "Run", "Results", "Delay")


class Form:
    """A panel in a notebook; what is done in it is handed back as plain objects.

    Attributes:
        state: What the panel knows, without any widget.
        view: The widget, for a layout of your own.
    """

    def __init__(self, state: FormState) -> None:
        self.state = state
        self.leads_view = LeadsView(state.leads, has_files=state.has_files)
        self.webhook_view = WebhookView(
            state.webhook, state.leads, state.work, has_files=state.has_files
        )
        self.check_view = CheckView(state.check, state.leads, state.webhook)
        self.run_view = RunView(state)
        self.results_view = ResultsView(state)
        self.delay_view = DelayView(state.delay)
        self.tabs = w.Tab(
            children=[
                self.leads_view,
                self.webhook_view,
                self.check_view,
                self.run_view,
                self.results_view,
                self.delay_view,
            ],
            titles=_TITLES,
        )
        self.tabs.add_class("nbw-tabs")
        self.show_code = button("Show code", self._toggle_code)
        self.code = Shown()
        self._saved = SavedResult()
        self._head = Shown()
        guard = [KeyGuard()] if has_caret else []
        self.view = w.VBox(
            [
                Shown(STYLE),
                *guard,
                self._head,
                self.tabs,
                row(self.show_code),
                self.code,
            ]
        )
        self.view.add_class("nbw-panel")
        self.tabs.observe(lambda _: self._open_tab(), "selected_index")
        state.results.observe(lambda _: self._save_result(), "version")
        state.webhook.observe(lambda _: self._name(), "name")
        self._name()

    # What it hands back

    @property
    def webhook(self) -> Webhook | None:
        """The definition; None while it has faults."""
        return self.state.webhook.webhook

    @property
    def leads(self) -> pd.DataFrame | None:
        """The list of leads."""
        return self.state.leads.leads

    @property
    def result(self) -> Result | None:
        """The last result."""
        return self.state.results.result

    @property
    def estimate(self) -> DelayEstimate | None:
        """The last estimate of delay."""
        return self.state.delay.estimate

    def settle(self, timeout_s: float = 60.0) -> None:
        """Wait for whatever goes on, such as a run; for scripts.

        Raises:
            TimeoutError: It still goes on after `timeout_s`.
        """
        self.state.work.settle(timeout_s)

    # How it shows itself

    def _name(self) -> None:
        name = self.state.webhook.name or "Webhook"
        self._head.show(
            element(
                "div",
                element("strong", words(name, 80), dir="auto"),
                element("span", words("nbwebhook"), class_="nbw-muted"),
                class_="nbw-brand",
            )
        )

    def _open_tab(self) -> None:
        self.state.equal.is_shown = self.tabs.selected_index == _RUN_TAB
        if self.tabs.selected_index == _DELAY_TAB:
            self.state.delay.ensure()
        if self.code.value:
            self._fill_code()

    def _toggle_code(self) -> None:
        if self.code.value:
            self.code.show()
            self.show_code.description = "Show code"
        else:
            self._fill_code()
            self.show_code.description = "Hide code"

    def _fill_code(self) -> None:
        code = lines(self.state.code.rstrip(), _MOST_CODE)
        self.code.show(element("pre", code, class_="nbw-code"))

    def _save_result(self) -> None:
        result = self.result
        if result is not None:
            self._saved.show(result)

    def _ipython_display_(self) -> None:
        """Show the panel, and below it a page that stays when the kernel is gone."""
        from IPython.display import display  # noqa: PLC0415 - only in a notebook

        display(self.view)
        self._saved.open()
        self._save_result()

    def __repr__(self) -> str:
        name = self.state.webhook.name or "no name yet"
        return f"<Form: {name}; show it as the last line of a notebook's cell>"


def form(
    hook: Webhook | None = None,
    leads: pd.DataFrame | None = None,
    *,
    context: Context | None = None,
    fields: Any = None,  # noqa: ANN401 - as in the verbs
) -> Form:
    """Return a panel that defines, checks, previews, runs and estimates a webhook.

    Everything starts empty or with what is given, and `form.webhook`, `form.leads`,
    `form.result` and `form.estimate` hand back what was made of it.

    Args:
        hook: The definition to start with.
        leads: The list to start with.
        context: Token values that do not come from the lead.
        fields: The field table, or types of custom fields by name.
    """
    table = fields if fields is None or isinstance(fields, Fields) else Fields(fields)
    return Form(FormState(hook, leads, context=context, fields=table))
