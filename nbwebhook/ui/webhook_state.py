"""What the panel knows about the webhook's definition, without a widget."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import pandas as pd
from traitlets import Any as AnyTrait
from traitlets import HasTraits, Int, Unicode

from nbwebhook.definition.beyond import Beyond
from nbwebhook.definition.context import Context
from nbwebhook.definition.departure import Departure, departure_of
from nbwebhook.definition.faults import LABELS
from nbwebhook.definition.tokens import scan_template
from nbwebhook.definition.trust import is_trusted
from nbwebhook.definition.webhook import Webhook
from nbwebhook.errors import Fault, InvalidContext, InvalidDefinition
from nbwebhook.render.glossary import KNOWN_NAMES
from nbwebhook.ui.leads_state import token_of

__all__ = ["PARTS", "WebhookState", "token_menu"]

Pairs = tuple[tuple[str, str], ...]

PARTS = (
    "name",
    "description",
    "url",
    "request_type",
    "payload_template",
    "request_token_encoding",
    "response_type",
    "custom_headers",
    "response_mappings",
    "beyond",
)
"""Every property of a definition; the state has a trait of the same name."""

_SCOPE_ORDER = ("company", "system", "trigger", "program", "campaign", "member")


class WebhookState(HasTraits):
    """A definition while it is being written; it may be wrong at any moment.

    Attributes:
        version: Counts up with every change, secrets included.
        custom_headers: Pairs of name and value, in their order.
        response_mappings: Pairs of attribute and field, in their order.
        note: What was just done, such as what was opened or saved.
        problem: What could not be done.
    """

    version = Int()
    name = Unicode()
    description = Unicode()
    url = Unicode()
    request_type = Unicode("POST")
    payload_template = Unicode()
    request_token_encoding = Unicode("None")
    response_type = Unicode("JSON")
    custom_headers = AnyTrait(())
    response_mappings = AnyTrait(())
    beyond = AnyTrait(Beyond())
    note = Unicode()
    problem = Unicode()

    def __init__(
        self, webhook: Webhook | None = None, *, context: Context | None = None
    ) -> None:
        super().__init__()
        self._base = context or Context()
        self._secrets: dict[str, str] = {}
        self._source = ""
        self._trusted: set[str] = set()
        if webhook is not None:
            self.take(webhook)
        self.observe(self._count, list(PARTS))

    def _count(self, _change: object) -> None:
        self.version += 1

    # The definition

    @property
    def parts(self) -> dict[str, Any]:
        """Every property as it stands."""
        return {part: getattr(self, part) for part in PARTS}

    @property
    def webhook(self) -> Webhook | None:
        """The definition; None while it has faults."""
        try:
            return Webhook(**self.parts).read_from(self._source)
        except InvalidDefinition:
            return None

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Everything that is wrong with the definition, each with its place."""
        if not self.url:
            remedy = "write where the call goes, such as https://score.example.com/v1"
            return (Fault("url", "there is none yet", remedy),)
        try:
            Webhook(**self.parts)
        except InvalidDefinition as error:
            return error.faults
        return ()

    def faults_of(self, part: str, faults: Sequence[Fault]) -> tuple[Fault, ...]:
        """Return those of the faults that are about one property."""
        label = LABELS[part]
        return tuple(fault for fault in faults if fault.place.startswith(label))

    def take(self, webhook: Webhook) -> None:
        """Use this definition from now on."""
        self._source = webhook.source
        with self.hold_trait_notifications():
            for part in PARTS:
                value = getattr(webhook, part)
                if part in {"custom_headers", "response_mappings"}:
                    value = tuple(tuple(pair) for pair in value)
                setattr(self, part, value)

    # Files

    def open_text(self, source: str, raw: bytes) -> None:
        """Use the definition in a file's bytes."""
        try:
            webhook = Webhook.parse(source, raw)
        except InvalidDefinition as error:
            self.note, self.problem = "", str(error)
        else:
            self.take(webhook)
            self.version += 1
            self.note, self.problem = f"opened {source}", ""

    def paste_curl(self, command: str, leads: pd.DataFrame | None) -> None:
        """Use what a curl command sends, with tokens for the first lead's values."""
        has_lead = leads is not None and len(leads)
        lead = leads.iloc[0].to_dict() if leads is not None and has_lead else None
        try:
            webhook = Webhook.from_curl(command, lead)
        except InvalidDefinition as error:
            self.note, self.problem = "", str(error)
        else:
            self.take(webhook.replace(name=self.name or webhook.name))
            self.note, self.problem = "taken from the curl command", ""

    def save(self, path: str) -> None:
        """Write the definition to a file where the kernel runs."""
        webhook = self.webhook
        if webhook is None:
            self.note, self.problem = "", "mend the definition before it is saved"
            return
        try:
            webhook.save(path)
        except OSError as error:
            why = error.strerror or "not a name that a file can have"
            self.note, self.problem = "", f"{path}: {why}"
        else:
            self.note, self.problem = f"saved as {path}", ""

    # Trust

    @property
    def untrusted(self) -> Departure | None:
        """What would leave, if the definition came from a file and nobody has said yes."""
        webhook = self.webhook
        if webhook is None or self.is_trusted_here or is_trusted(webhook):
            return None
        return departure_of(webhook)

    @property
    def is_trusted_here(self) -> bool:
        """Whether somebody has said yes to the definition as it is, in this panel."""
        webhook = self.webhook
        return webhook is not None and (
            departure_of(webhook).fingerprint in self._trusted
        )

    def trust(self) -> None:
        """Say yes to what would leave; the next run remembers it."""
        if departure := self.untrusted:
            self._trusted.add(departure.fingerprint)
            self.version += 1

    # Secrets: kept here, and in no trait

    @property
    def secret_names(self) -> tuple[str, ...]:
        """The secrets that the definition asks for, each once."""
        texts = [self.url, self.payload_template]
        texts += [value for _, value in self.custom_headers]
        tokens = (t for text in texts for t in scan_template(text)[0].tokens)
        names = (token.name for token in tokens if token.scope == "secret")
        return tuple(dict.fromkeys(names))

    def set_secret(self, name: str, value: str) -> None:
        """Keep a secret for the calls of this panel."""
        self._secrets[name] = value
        self.version += 1

    def secret_source(self, name: str) -> str:
        """Return where a secret comes from: typed, given, environment or missing."""
        if name in self._secrets:
            return "typed"
        webhook = self.webhook
        if self._base.find_secret(name, webhook.origin if webhook else None):
            return "environment" if os.environ.get(name) else "given"
        return "missing"

    @property
    def context(self) -> Context:
        """Token values that do not come from the lead, typed secrets among them."""
        if not self._secrets:
            return self._base
        try:
            return self._base.replace(secrets={**self._base.secrets, **self._secrets})
        except InvalidContext:  # pragma: no cover - all of them are texts
            return self._base

    @property
    def typed_secrets(self) -> tuple[str, ...]:
        """The names of the secrets that were typed."""
        return tuple(self._secrets)


def token_menu(columns: Sequence[str], context: Context) -> tuple[str, ...]:
    """Return the tokens that can be inserted: the lead's columns first, then scopes.

    Example:
        >>> token_menu(["Id"], Context(my={"Region": "EMEA"}))[:2]
        ('{{lead.Id}}', '{{my.Region}}')
    """
    names = [token_of(column) for column in columns]
    names += [f"my.{name}" for name in context.my]
    for scope in _SCOPE_ORDER:
        names += [f"{scope}.{name}" for name in KNOWN_NAMES[scope]]
    names += [f"secret.{name}" for name in context.secrets]
    return tuple("{{" + name + "}}" for name in dict.fromkeys(names))
