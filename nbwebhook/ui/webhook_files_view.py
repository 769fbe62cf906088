"""A definition from a file or a curl command, and into a file."""

from __future__ import annotations

import base64

import ipywidgets as w

from nbwebhook.ui.file_picker import make_file_picker
from nbwebhook.ui.leads_state import LeadsState
from nbwebhook.ui.markup import element, message, words
from nbwebhook.ui.parts import Shown, button, row, section, text_box
from nbwebhook.ui.webhook_state import WebhookState

__all__ = ["WebhookFilesView"]


class WebhookFilesView(w.VBox):
    """Where a definition comes from.

    Attributes:
        saving: Where it goes to, for the end of the form.
    """

    def __init__(
        self, state: WebhookState, leads: LeadsState, *, has_files: bool
    ) -> None:
        self._state, self._leads = state, leads
        self.curl = w.Textarea(
            description="curl command",
            rows=3,
            placeholder="curl https://score.example.com/v1 -d ...",
            style={"description_width": "170px"},
            layout=w.Layout(width="100%"),
        )
        self.take_curl = button("Take it over", self._take_curl)
        self.upload = make_file_picker("Open a definition", ".json", self._open)
        self.path = text_box("File", value="my.webhook.json", width="440px")
        self.save = button("Save the definition", self._save)
        self.link = button("Make a link to download it", self._make_link)
        self.linked, self.opened, self.saved = Shown(), Shown(), Shown()
        saving = (row(self.path, self.save),) if has_files else ()
        self.saving = section(*saving, row(self.link, self.linked), self.saved)
        self._told = self.opened
        curl = w.Accordion(
            children=[w.VBox([self.curl, row(self.take_curl)])],
            titles=("Paste a curl command",),
        )
        super().__init__([row(self.upload), curl, self.opened])
        state.observe(lambda _: self._tell(), ["note", "problem"])

    def _take_curl(self) -> None:
        self._told = self.opened
        command, self.curl.value = self.curl.value, ""  # it may hold a secret
        self._state.paste_curl(command, self._leads.leads)

    def _open(self, name: str, content: bytes) -> None:
        self._told = self.opened
        self._state.open_text(name, content)

    def _save(self) -> None:
        self._told = self.saved
        self._state.save(self.path.value.strip())

    def _make_link(self) -> None:
        self._told = self.saved
        webhook = self._state.webhook
        if webhook is None:
            self._state.problem = "mend the definition before it is saved"
            return
        data = base64.b64encode(webhook.to_json().encode()).decode()
        link = element(
            "a", words("download the definition"), class_="nbw-link",
            href=f"data:application/json;base64,{data}", download="my.webhook.json",
        )  # fmt: skip
        self.linked.show(link)

    def _tell(self) -> None:
        """Show what was done, or why not, beside what was pressed."""
        state = self._state
        for place in (self.opened, self.saved):
            place.show()
        self._told.show(message("good", state.note), message("error", state.problem))
