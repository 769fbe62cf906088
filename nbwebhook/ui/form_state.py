"""Everything that the panel knows, wired together, without a widget."""

from __future__ import annotations

import os

import pandas as pd

from nbwebhook import api
from nbwebhook.definition.context import Context
from nbwebhook.definition.departure import departure_of
from nbwebhook.definition.fields import Fields
from nbwebhook.definition.webhook import Webhook
from nbwebhook.display.text import format_count
from nbwebhook.engine.registry import Runs
from nbwebhook.frames.preview import Preview
from nbwebhook.frames.result import Result
from nbwebhook.scale.result import ClusterResult
from nbwebhook.ui.check_state import CheckState
from nbwebhook.ui.code import cell_code
from nbwebhook.ui.delay_state import DelayState
from nbwebhook.ui.equal_state import EqualState
from nbwebhook.ui.leads_state import LeadsState, Namespace, notebook_names
from nbwebhook.ui.results_state import ResultsState
from nbwebhook.ui.run_state import RunState
from nbwebhook.ui.webhook_state import WebhookState
from nbwebhook.ui.work import Work

__all__ = ["FormState"]


class FormState:
    """The states of all tabs.

    Attributes:
        work: What goes on beside the kernel's thread.
        has_files: Whether files of the kernel's machine may be read and written; not
            where strangers use the panel as a page.
    """

    def __init__(
        self,
        webhook: Webhook | None = None,
        leads: pd.DataFrame | None = None,
        *,
        context: Context | None = None,
        fields: Fields | None = None,
        namespace: Namespace = notebook_names,
    ) -> None:
        self.work = Work()
        self.has_files = not os.environ.get("SERVER_SOFTWARE", "").startswith("voila")
        self.leads = LeadsState(leads, fields=fields, namespace=namespace)
        if not self.has_files:
            context = _for_strangers(context or Context(), webhook)
        self.webhook = WebhookState(webhook, context=context)
        self.check = CheckState(self.webhook, self.leads, self.work, fields=fields)
        self.equal = EqualState(self.webhook, self.leads, self.work, fields=fields)
        self.results = ResultsState()
        self.delay = DelayState(self.work)
        self.run = RunState(
            self.webhook, self.leads, self.work, fields=fields, on_result=self._take
        )
        self.check.observe(self._learn, "preview_version")

    def _take(self, result: Result | ClusterResult) -> None:
        if isinstance(result, ClusterResult):
            self.results.note = (
                "The frames of this run are in its cluster: "
                f"{format_count(result.summary.leads)} leads, journals in {result.folder}"
            )
            return
        self.results.take(result)
        if result.summary.latency.calls:
            self.delay.take(result)

    def _learn(self, _change: object) -> None:
        """Rest the estimate on the calls of a preview until there is a run."""
        preview: Preview | None = self.check.preview
        sent = preview.result if preview else None
        if sent and sent.summary.latency.calls and self.results.result is None:
            self.delay.take(sent)

    def run_again(self) -> None:
        """Call the webhook for the leads that failed or were not tried."""
        again = self.results.rows_to_repeat()
        if again is not None:
            self.run.start(again)

    @property
    def calls(self) -> int:
        """How many calls a run makes, as far as that is known before."""
        leads = self.leads.leads
        total = 0 if leads is None else len(leads)
        is_saving = self.run.dedupe and self.equal.is_known
        return total - self.equal.saved if is_saving else total

    def plan_words(self) -> str:
        """Return how many calls a run makes, and how long it may take."""
        expected_s = self.delay.expected_s(
            self.calls, self.run.connections, self.run.timeout_s
        )
        return self.run.plan_words(self.calls, expected_s)

    @property
    def runs(self) -> Runs[Result]:
        """The runs of this process, the latest first."""
        return api.runs()

    @property
    def code(self) -> str:
        """The cell that does the same."""
        return cell_code(self.leads, self.webhook, self.run, self.delay)


def _for_strangers(context: Context, webhook: Webhook | None) -> Context:
    """Return the values for a page that strangers use: they may write any definition.

    Secrets are those that were given and those that the page's own definition names,
    for its own origin only; nothing more of the server's environment can be named.
    """
    if webhook is None:
        return context.replace(secret_sources=())
    origin = webhook.origin
    known = dict(context.secrets)
    for name in departure_of(webhook).secrets:
        secret = context.find_secret(name, origin)
        if secret is not None:
            known[name] = secret
    bound = {name: secret.bound_to(str(origin)) for name, secret in known.items()}
    return context.replace(secrets=bound, secret_sources=())
