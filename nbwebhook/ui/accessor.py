"""`df.webhook`: the verbs on a data frame of leads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from nbwebhook import api

if TYPE_CHECKING:
    from nbwebhook.definition.webhook import Webhook
    from nbwebhook.frames.preview import Preview
    from nbwebhook.frames.result import Result
    from nbwebhook.lint.findings import Findings

__all__ = ["LeadsAccessor"]


@pd.api.extensions.register_dataframe_accessor("webhook")
class LeadsAccessor:
    """The verbs with the frame as their list of leads.

    Example:
        >>> from nbwebhook import Webhook
        >>> leads = pd.DataFrame({"Id": [7]})
        >>> hook = Webhook(url="https://score.example.test/v1?id={{lead.Id}}")
        >>> leads.webhook.check(hook).has_errors
        False
    """

    def __init__(self, leads: pd.DataFrame) -> None:
        if not len(leads.columns):
            message = "a list of leads has columns, and one of them tells leads apart"
            raise AttributeError(message)
        self._leads = leads

    def check(self, hook: Webhook, **options: Any) -> Findings:  # noqa: ANN401 - those of the verb
        """Return what `nw.check(hook, leads)` returns."""
        return api.check(hook, self._leads, **options)

    def preview(self, hook: Webhook, **options: Any) -> Preview:  # noqa: ANN401 - as above
        """Return what `nw.preview(hook, leads)` returns."""
        return api.preview(hook, self._leads, **options)

    def run(self, hook: Webhook, **options: Any) -> Result:  # noqa: ANN401 - as above
        """Return what `nw.run(hook, leads)` returns."""
        return api.run(hook, self._leads, **options)

    def form(self, hook: Webhook | None = None, **options: Any) -> Any:  # noqa: ANN401 - as above
        """Return a panel with these leads."""
        from nbwebhook.ui.form import form  # noqa: PLC0415 - loads the widgets

        return form(hook, self._leads, **options)
