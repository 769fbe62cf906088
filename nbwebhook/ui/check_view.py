"""The tab Check: findings with their fixes, and requests before a run."""

from __future__ import annotations

import ipywidgets as w

from nbwebhook.display.pages import preview_html
from nbwebhook.display.text import format_count
from nbwebhook.lint.findings import Finding, Severity
from nbwebhook.ui.check_state import SENT_AT_ONCE, CheckState
from nbwebhook.ui.leads_state import LeadsState
from nbwebhook.ui.markup import Html, Kind, element, heading, message, paragraph, words
from nbwebhook.ui.parts import Shown, button, number, row, text_box, tie
from nbwebhook.ui.trust_view import TrustView
from nbwebhook.ui.webhook_state import WebhookState

__all__ = ["CheckView"]

_MOST_SHOWN = 40
_HEADS: tuple[tuple[Severity, str], ...] = (
    ("error", "Errors"),
    ("warning", "Warnings"),
    ("note", "Notes"),
)


class CheckView(w.VBox):
    """What would break, and what would be sent."""

    def __init__(
        self, state: CheckState, leads: LeadsState, webhook: WebhookState
    ) -> None:
        self._state = state
        self.trust = TrustView(webhook)
        self.check = button("Check", state.check, is_main=True, hint="Nothing is sent")
        self.told = Shown()
        self.findings = w.VBox()
        self.fixes: list[w.Button] = []
        self.preview = _PreviewView(state, leads)
        hint = "Looks at the definition, the list and every request. Nothing is sent."
        super().__init__(
            [
                row(self.check, Shown(paragraph(hint, is_muted=True))),
                self.told,
                self.findings,
                self.trust,
                self.preview,
            ]
        )
        state.observe(lambda _: self._list(), "version")
        state.observe(
            lambda _: self._tell(), ["is_busy", "is_stale", "note", "version"]
        )
        self._tell()

    def _tell(self) -> None:
        state = self._state
        self.check.disabled = state.is_busy
        kind: Kind = (
            "busy" if state.is_busy else "warning" if state.is_stale else "note"
        )
        self.told.show(
            message("good", state.note), message(kind, state.status), self._counts()
        )

    def _counts(self) -> Html:
        found = self._state.findings
        if found is None or self._state.is_busy:
            return Html("")
        if not len(found):
            return message("good", "nothing found that would break")
        counted = [
            (sum(f.severity == severity for f in found), head.lower())
            for severity, head in _HEADS
        ]
        told = ", ".join(
            f"{format_count(n)} {head if n > 1 else head[:-1]}"
            for n, head in counted
            if n
        )
        kind: Kind = "error" if found.has_errors else "warning"
        return message(kind, f"{told} found")

    def _list(self) -> None:
        found = self._state.findings
        self.fixes = []
        children: list[w.Widget] = []
        for severity, head in _HEADS:
            mine = [f for f in found or () if f.severity == severity]
            if mine:
                count = format_count(len(mine))
                children.append(Shown(heading(f"{head} ({count})")))
                children += [self._one(finding) for finding in mine[:_MOST_SHOWN]]
            if len(mine) > _MOST_SHOWN:
                more = format_count(len(mine) - _MOST_SHOWN)
                children.append(Shown(paragraph(f"and {more} more", is_muted=True)))
        self.findings.children = children

    def _one(self, finding: Finding) -> w.Widget:
        shown = Shown(_finding_html(finding))
        if not finding.can_fix:
            return shown
        fix = button(
            "Fix it", lambda: self._state.fix(finding), hint=f"Mend {finding.place}"
        )
        self.fixes.append(fix)
        return w.VBox([shown, row(fix)])


def _finding_html(finding: Finding) -> Html:
    parts = [
        element(
            "div",
            element("strong", words(f"{finding.severity}: {finding.place}")),
            words(" "),
            element("code", words(finding.rule), class_="nbw-muted"),
        ),
        element("div", words(finding.message)),
    ]
    if finding.remedy:
        parts.append(element("div", words(finding.remedy), class_="nbw-remedy"))
    if finding.rows:
        plural = "s" if finding.rows > 1 else ""
        told = f"{format_count(finding.rows)} lead{plural} concerned"
        if finding.examples:
            told += f", for example {', '.join(finding.examples)}"
        parts.append(element("div", words(told), class_="nbw-muted"))
    kind = f"nbw-say nbw-{finding.severity}"
    return element("div", *parts, class_=kind, dir="auto")


class _PreviewView(w.VBox):
    """The request of any lead, and five that are sent."""

    def __init__(self, state: CheckState, leads: LeadsState) -> None:
        self._state, self._leads = state, leads
        self.row_box = number("Lead number", 1, 1, value=1, width="210px", label_width="100px")  # fmt: skip
        self.before = button("Previous", lambda: self._step(-1), hint="Previous lead")
        self.after = button("Next", lambda: self._step(1), hint="Next lead")
        self.key = text_box(
            "or its key", width="280px", label_width="auto", continuous_update=False
        )
        self.show_request = button("Show the request", state.show, is_main=True)
        self.send_five = button(
            f"Send these {SENT_AT_ONCE}",
            state.send,
            hint=f"Call the service for {SENT_AT_ONCE} leads, from this one on",
        )
        self.told = Shown()
        self.page = Shown()
        super().__init__(
            [
                Shown(heading("Preview")),
                row(self.row_box, self.before, self.after, self.key),
                row(self.show_request, self.send_five),
                self.told,
                self.page,
            ]
        )
        self.add_class("nbw-section")
        self.key.observe(lambda _: state.find_key(self.key.value), "value")
        leads.observe(lambda _: self._measure(), "version")
        self._measure()
        tie(state, "row", self.row_box)
        state.observe(lambda _: self._tell(), ["problem", "is_sending"])
        state.observe(lambda _: self._fill(), "preview_version")
        self._tell()

    def _step(self, by: int) -> None:
        self._state.row = min(max(self._state.row + by, 1), self.row_box.max)
        self._state.show()

    def _measure(self) -> None:
        self.row_box.max = max(self._state.lead_count, 1)

    def _tell(self) -> None:
        state = self._state
        self.send_five.disabled = state.is_sending
        busy = f"sending {SENT_AT_ONCE} requests" if state.is_sending else ""
        self.told.show(message("busy", busy), message("error", state.problem))

    def _fill(self) -> None:
        preview = self._state.preview
        self.page.show(preview_html(preview.page) if preview else "")
