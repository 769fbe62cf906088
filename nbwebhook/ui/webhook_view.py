"""The tab Webhook: every property under Marketo's name, faults beside it."""

from __future__ import annotations

from typing import Any, get_args

import ipywidgets as w

from nbwebhook.definition.beyond import Beyond
from nbwebhook.definition.fields import Fields
from nbwebhook.definition.webhook import RequestTokenEncoding, RequestType, ResponseType
from nbwebhook.errors import Fault, InvalidDefinition
from nbwebhook.ui.browser_widgets import make_token_text
from nbwebhook.ui.leads_state import LeadsState
from nbwebhook.ui.markup import Html, heading, message, paragraph
from nbwebhook.ui.parts import (
    Shown,
    button,
    choice,
    column,
    row,
    section,
    show_if,
    text_box,
    tick,
    tie,
)
from nbwebhook.ui.rows_view import PairRows
from nbwebhook.ui.webhook_files_view import WebhookFilesView
from nbwebhook.ui.webhook_state import WebhookState, token_menu
from nbwebhook.ui.work import AtRest, Work

__all__ = ["WebhookView"]

_SHOWN_PARTS = ("url", "payload_template", "custom_headers", "response_mappings")


class WebhookView(w.VBox):
    """The definition's form."""

    def __init__(
        self, state: WebhookState, leads: LeadsState, work: Work, *, has_files: bool
    ) -> None:
        self._state, self._leads = state, leads
        self.name = text_box("Webhook name")
        self.description_box = text_box("Description")
        self.request_type = choice("Request type", get_args(RequestType))
        self.encoding = choice("Request token encoding", get_args(RequestTokenEncoding))
        self.response_type = choice("Response type", get_args(ResponseType))
        self.url = make_token_text(
            "URL", placeholder="https://score.example.com/v1/leads"
        )
        self.payload = make_token_text("Payload template", rows=9)
        self.headers = PairRows(
            state, "custom_headers", what="header", names=("name", "value"),
            has_tokens=True, on_focus=self._aim,
        )  # fmt: skip
        self.mappings = PairRows(
            state, "response_mappings", what="response mapping",
            names=("response attribute", "field"), has_tokens=False,
        )  # fmt: skip
        self.faults = {part: Shown() for part in (*_SHOWN_PARTS, "other")}
        self.tokens = _TokenPicker(self._insert)
        self.secrets = _Secrets(state)
        self.files = WebhookFilesView(state, leads, has_files=has_files)
        self._target, self._target_name = self.payload, "Payload template"
        super().__init__(self._lay_out())
        self._tie_all()
        self._rest = AtRest(work, self.show_faults)
        state.observe(lambda _: self._rest.touch(), "version")
        leads.observe(lambda _: self._fill(), "version")
        self._fill()
        self.show_faults()

    def _lay_out(self) -> list[w.Widget]:
        beyond = w.Accordion(
            children=[_BeyondOptions(self._state)], titles=("Options past Marketo",)
        )
        mappings_hint = paragraph(
            "Where a value stands in the response, and the field that it is written "
            "to: result.score, orders[0].date.",
            is_muted=True,
        )
        return [
            self.files,
            section(self.name, self.description_box),
            column(self.url, self.faults["url"]),
            row(self.request_type, self.encoding, self.response_type),
            column(self.payload, self.faults["payload_template"], self.tokens),
            section(
                Shown(heading("Custom headers")), self.headers,
                self.faults["custom_headers"],
            ),
            section(
                Shown(heading("Response mappings")), Shown(mappings_hint),
                self.mappings, self.faults["response_mappings"],
            ),
            self.secrets,
            section(beyond, self.faults["other"]),
            self.files.saving,
        ]  # fmt: skip

    def _tie_all(self) -> None:
        state = self._state
        tie(state, "name", self.name)
        tie(state, "description", self.description_box)
        tie(state, "url", self.url)
        tie(state, "request_type", self.request_type)
        tie(state, "payload_template", self.payload)
        tie(state, "request_token_encoding", self.encoding)
        tie(state, "response_type", self.response_type)
        self.url.observe(lambda _: self._aim(self.url, "URL"), "touched")
        self.payload.observe(
            lambda _: self._aim(self.payload, "Payload template"), "touched"
        )

    def _aim(self, field: Any, name: str) -> None:  # noqa: ANN401 - either kind of text
        self._target, self._target_name = field, name
        self.tokens.tell_target(name)

    def _insert(self, token: str) -> None:
        self._target.insert_token(token)

    def _fill(self) -> None:
        """Offer the tokens and fields that this list has."""
        columns = self._leads.columns
        self.tokens.offer(token_menu(columns, self._state.context))
        labels = [field.soap_name for field in Fields()]
        self.mappings.suggest(tuple(dict.fromkeys([*columns, *filter(None, labels)])))

    def show_faults(self) -> None:
        """Show what is wrong, each fault below the property that it is about."""
        faults = self._state.faults
        rest = set(faults)
        for part in _SHOWN_PARTS:
            mine = self._state.faults_of(part, faults)
            rest -= set(mine)
            self.faults[part].show(*map(_told, mine))
        others = [fault for fault in faults if fault in rest]
        self.faults["other"].show(*map(_told, others))
        self.secrets.fill()


def _told(fault: Fault) -> Html:
    return message("error", f"{fault.place}: {fault.problem}", fault.remedy)


class _TokenPicker(w.VBox):
    """A list of tokens to search in, and the button that puts one in."""

    def __init__(self, insert: Any) -> None:  # noqa: ANN401 - a function
        self._insert = insert
        self.box = w.Combobox(
            description="Token", placeholder="type to search",
            style={"description_width": "170px"}, layout=w.Layout(width="440px"),
        )  # fmt: skip
        self.put = button("Insert Token", self._put)
        self._told = Shown()
        super().__init__([row(self.box, self.put, self._told)])
        self.tell_target("Payload template")

    def offer(self, tokens: tuple[str, ...]) -> None:
        """Offer these tokens."""
        self.box.options = tokens

    def tell_target(self, name: str) -> None:
        """Say where the token will go."""
        self._told.show(paragraph(f"goes into: {name}", is_muted=True))

    def _put(self) -> None:
        token = self.box.value.strip()
        if token and not token.startswith("{{"):
            token = "{{" + token + "}}"
        if token:
            self._insert(token)


class _Secrets(w.VBox):
    """One box a secret that the definition names; what is typed is taken out of it."""

    def __init__(self, state: WebhookState) -> None:
        self._state = state
        self._head = Shown(
            heading("Secrets")
            + paragraph(
                "What you type is kept in the memory of this kernel only, and the box "
                "is emptied at once.",
                is_muted=True,
            )
        )
        self.boxes: dict[str, w.Password] = {}
        self._told: dict[str, Shown] = {}
        super().__init__([])
        self.add_class("nbw-section")
        self.fill()

    def fill(self) -> None:
        """Have a box for each secret that the definition names now."""
        names = self._state.secret_names
        for name in names:
            if name not in self.boxes:
                self._add(name)
            source = self._state.secret_source(name)
            kind = "warning" if source == "missing" else "good"
            told = {
                "missing": "missing: type it, or set the environment variable",
                "typed": "typed",
                "given": "given",
                "environment": "taken from the environment",
            }[source]
            self._told[name].show(message(kind, told))  # type: ignore[arg-type]  # one of the kinds
        children = [row(self.boxes[name], self._told[name]) for name in names]
        if list(names) != getattr(self, "_names", None):
            self._names = list(names)
            self.children = [self._head, *children] if names else []
        show_if(self, shown=bool(names))

    def _add(self, name: str) -> None:
        box = w.Password(
            description=f"Secret {name}", continuous_update=False,
            style={"description_width": "170px"}, layout=w.Layout(width="440px"),
        )  # fmt: skip
        box.observe(lambda _: self._take(name), "value")
        self.boxes[name] = box
        self._told[name] = Shown()

    def _take(self, name: str) -> None:
        value = self.boxes[name].value
        if value:
            self.boxes[name].value = ""
            self._state.set_secret(name, value)
            self.fill()


class _BeyondOptions(w.VBox):
    """One control an option past Marketo, whichever this version has."""

    def __init__(self, state: WebhookState) -> None:
        self._state = state
        self._is_reading = False
        self.boxes: dict[str, Any] = {}
        for name, field in Beyond.model_fields.items():
            label = name.replace("_", " ")
            box = (
                tick(label)
                if isinstance(field.default, bool)
                else choice(label, get_args(field.annotation))
            )
            self.boxes[name] = box
        hint = "With all of these off the definition runs in Marketo as it does here."
        super().__init__([Shown(paragraph(hint, is_muted=True)), *self.boxes.values()])
        for box in self.boxes.values():
            box.observe(self._write, "value")
        state.observe(lambda _: self._read(), "beyond")
        self._read()

    def _read(self) -> None:
        self._is_reading = True
        for name, box in self.boxes.items():
            box.value = getattr(self._state.beyond, name)
        self._is_reading = False

    def _write(self, _change: object) -> None:
        if self._is_reading:
            return
        try:
            self._state.beyond = Beyond.parse(
                {name: box.value for name, box in self.boxes.items()}
            )
        except InvalidDefinition as error:
            self._state.problem = str(error)
