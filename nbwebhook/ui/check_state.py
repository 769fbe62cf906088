"""What the panel knows about the check and the preview, without a widget."""

from __future__ import annotations

from traitlets import Bool, HasTraits, Int, Unicode

from nbwebhook import api
from nbwebhook.definition.fields import Fields
from nbwebhook.display.text import format_count
from nbwebhook.errors import NbWebhookError
from nbwebhook.frames.keys import keys_of
from nbwebhook.frames.preview import Preview
from nbwebhook.lint.findings import Finding, Findings
from nbwebhook.ui.leads_state import LeadsState
from nbwebhook.ui.webhook_state import WebhookState
from nbwebhook.ui.work import Work

__all__ = ["SENT_AT_ONCE", "CheckState"]

SENT_AT_ONCE = 5


class CheckState(HasTraits):
    """Findings, and the requests of some leads.

    Attributes:
        version: Counts up with new findings.
        preview_version: Counts up with a new preview.
        is_busy: Whether a check goes on.
        is_sending: Whether requests are under way.
        is_stale: Whether something has changed since the check.
        problem: Why there is no preview.
        note: What was just done.
        row: The lead that is looked at, counted from 1.
    """

    version = Int()
    preview_version = Int()
    is_busy = Bool(default_value=False)
    is_sending = Bool(default_value=False)
    is_stale = Bool(default_value=False)
    problem = Unicode()
    note = Unicode()
    row = Int(1)

    def __init__(
        self,
        webhook: WebhookState,
        leads: LeadsState,
        work: Work,
        *,
        fields: Fields | None = None,
    ) -> None:
        super().__init__()
        self.findings: Findings | None = None
        self.preview: Preview | None = None
        self._webhook = webhook
        self._leads = leads
        self._work = work
        self._fields = fields
        webhook.observe(self._grow_stale, "version")
        leads.observe(self._grow_stale, "version")

    def _grow_stale(self, _change: object) -> None:
        self.is_stale = self.findings is not None

    # Findings

    def check(self) -> None:
        """Look for what would break; the findings come when they are there."""
        webhook = self._webhook.webhook
        if webhook is None:
            faults = self._webhook.faults
            found = [
                Finding(
                    "error",
                    fault.rule or "definition",
                    fault.place,
                    fault.problem,
                    fault.remedy,
                )
                for fault in faults
            ]
            self._take(Findings(found, webhook=self._webhook.name))
            return
        leads, context = self._leads.leads, self._webhook.context
        self.is_busy, self.is_stale = True, False
        self._work.submit(
            lambda: api.check(
                webhook,
                leads,
                context=context,
                fields=self._fields,
                key=self._leads.key or None,
            ),
            self._take,
            self._fail_check,
        )

    def _take(self, findings: Findings) -> None:
        self.findings = findings
        self.is_busy, self.is_stale = False, False
        self.version += 1

    def _fail_check(self, why: str) -> None:
        self.is_busy = False
        self.problem = why

    def fix(self, finding: Finding) -> None:
        """Mend the definition as the finding knows how, and check again."""
        try:
            mended = finding.fix()
        except (NbWebhookError, ValueError) as error:
            self.note = f"{finding.place} cannot be mended by itself: {error}"
            return
        self._webhook.take(mended)
        self.note = f"mended: {finding.place}"
        self.check()

    # Requests

    @property
    def lead_count(self) -> int:
        """How many leads there are to choose from."""
        leads = self._leads.leads
        return 0 if leads is None else len(leads)

    def find_key(self, key: str) -> None:
        """Look at the lead of that key."""
        leads = self._leads.leads
        if leads is None or not self._leads.key_column or not key.strip():
            return
        try:
            row = keys_of(leads, self._leads.key_column).index(key.strip())
        except (ValueError, NbWebhookError):
            self.problem = "no lead has this key"
        else:
            self.row = row + 1
            self.show()

    def show(self) -> None:
        """Render the request of the lead that is looked at; nothing is sent."""
        self._preview(1, send=False)

    def send(self) -> None:
        """Send the requests of five leads from this one on, one after the other."""
        self._preview(SENT_AT_ONCE, send=True)

    def _preview(self, count: int, *, send: bool) -> None:
        webhook, leads = self._webhook.webhook, self._leads.leads
        if webhook is None or leads is None:
            missing = "a list of leads" if webhook else "a definition without faults"
            self.problem = f"a preview needs {missing} first"
            return
        first = min(max(self.row, 1), max(len(leads), 1)) - 1
        chosen = leads.iloc[first : first + count]
        context, trust = self._webhook.context, self._webhook.is_trusted_here
        self.is_sending = send
        self._work.submit(
            lambda: api.preview(
                webhook,
                chosen,
                count=count,
                send=send,
                context=context,
                fields=self._fields,
                key=self._leads.key or None,
                trust=trust,
            ),
            self._take_preview,
            self._fail_preview,
        )

    def _take_preview(self, preview: Preview) -> None:
        self.preview = preview
        self.is_sending, self.problem = False, ""
        self.preview_version += 1

    def _fail_preview(self, why: str) -> None:
        self.is_sending = False
        self.problem = why

    @property
    def status(self) -> str:
        """How the check stands, in words."""
        if self.is_busy:
            return f"checking {format_count(self.lead_count)} leads"
        if self.findings is None:
            return "not checked yet"
        if self.is_stale:
            return "the definition or the list has changed since this check"
        return ""
