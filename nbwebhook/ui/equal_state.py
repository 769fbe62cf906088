"""How many calls would be saved by sending equal requests once, without a widget."""

from __future__ import annotations

from traitlets import Bool, HasTraits, Int, Unicode

from nbwebhook.clock import RealClock
from nbwebhook.definition.fields import Fields
from nbwebhook.display.text import format_count
from nbwebhook.frames.duplicates import count_duplicate_requests
from nbwebhook.frames.prepare import prepare
from nbwebhook.ui.leads_state import LeadsState
from nbwebhook.ui.webhook_state import WebhookState
from nbwebhook.ui.work import AtRest, Work

__all__ = ["EqualState"]

_UNKNOWN = -1


class EqualState(HasTraits):
    """The leads whose request an earlier lead has; counted while somebody looks.

    Every request is rendered for it and none is sent.

    Attributes:
        saved: Calls that would be saved; -1 while that is not known.
        is_busy: Whether they are being counted.
        is_shown: Whether somebody looks.
        problem: Why they cannot be counted.
    """

    saved = Int(_UNKNOWN)
    is_busy = Bool(default_value=False)
    is_shown = Bool(default_value=False)
    problem = Unicode()

    def __init__(
        self,
        webhook: WebhookState,
        leads: LeadsState,
        work: Work,
        *,
        fields: Fields | None = None,
    ) -> None:
        super().__init__()
        self._webhook, self._leads, self._fields = webhook, leads, fields
        self._work = work
        self._rest = AtRest(work, self.count)
        webhook.observe(lambda _: self._forget(), "version")
        leads.observe(lambda _: self._forget(), "version")
        self.observe(lambda _: self.count(), "is_shown")

    def _forget(self) -> None:
        self.saved, self.problem = _UNKNOWN, ""
        if self.is_shown:
            self._rest.touch()

    def _asked(self) -> tuple[int, int]:
        return self._webhook.version, self._leads.version

    def count(self) -> None:
        """Count them, unless they are known or nobody looks."""
        webhook, leads = self._webhook.webhook, self._leads.leads
        is_wanted = self.is_shown and not self.is_known and not self.is_busy
        if not is_wanted or webhook is None or leads is None:
            return
        asked, context = self._asked(), self._webhook.context
        self.is_busy = True
        self._work.submit(
            lambda: count_duplicate_requests(
                prepare(
                    webhook,
                    leads,
                    context=context,
                    fields=self._fields,
                    key=self._leads.key or None,
                    clock=RealClock(),
                )
            ),
            lambda saved: self._take(asked, saved=saved),
            lambda why: self._take(asked, problem=why),
        )

    def _take(
        self, asked: tuple[int, int], saved: int = _UNKNOWN, problem: str = ""
    ) -> None:
        self.is_busy = False
        if asked == self._asked():
            self.problem, self.saved = problem, saved
        else:
            self.count()

    @property
    def is_known(self) -> bool:
        """Whether the number is known."""
        return self.saved != _UNKNOWN

    @property
    def words(self) -> str:
        """What sending equal requests once would save, in words."""
        leads = self._leads.leads
        if self.is_busy:
            return "looking for equal requests"
        if self.problem:
            return f"equal requests are not counted: {self.problem}"
        if leads is None or not self.is_known:
            return ""
        total = format_count(len(leads))
        if not self.saved:
            return f"saves nothing: each of the {total} requests differs"
        return f"saves {format_count(self.saved)} of {total} calls"
