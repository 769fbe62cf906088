"""What to enter in which box of Marketo's form, and what Marketo has no box for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nbwebhook.definition.beyond import Beyond
from nbwebhook.definition.fields import Fields
from nbwebhook.definition.tokens import scan_template
from nbwebhook.display.pages import SetupBox, SetupPage, setup_html, setup_text

if TYPE_CHECKING:
    from nbwebhook.definition.webhook import Webhook

__all__ = ["SetupSheet", "make_setup_sheet"]

_TRIGGER = (
    "Use the flow step Call Webhook in a trigger campaign; in a batch campaign every "
    "call ends with error 1000."
)
_NOT_IN_MARKETO = {
    "lenient_json_quotes": "adds quotes to text in a quoted token as well",
    "empty_as_null": "leaves nothing for an empty number or boolean",
    "xml_escape": "sends values raw, unescaped for XML",
    "datetime_format": "writes dates with a time as 2013-08-08 16:36:13",
    "null_clears": "is not known to empty a field where the response has null",
    "cut_long_text": "is not known to cut text that is too long for a field",
    "relative_scores": "is not known to add +5 to a score from a response",
    "json_text_numbers": "does not write a JSON string to a number field",
}


@dataclass(frozen=True, slots=True, repr=False)
class SetupSheet:
    """A webhook as Marketo's form wants it; shows itself as HTML or text.

    Attributes:
        boxes: Label and text of each box of the form, in its order.
        custom_headers: Pairs for Set Custom Header.
        response_mappings: Pairs for Response Mappings; fields by their SOAP name where
            one is known.
        notes: What has no equivalent in Marketo, and what to mind.
        name: The webhook's name.
    """

    boxes: tuple[tuple[str, str], ...]
    custom_headers: tuple[tuple[str, str], ...]
    response_mappings: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    name: str = ""

    def _page(self) -> SetupPage:
        groups = (
            ("New Webhook", self.boxes),
            ("Set Custom Header", self.custom_headers),
            ("Response Mappings", self.response_mappings),
        )
        return SetupPage(
            title=f"{self.name or 'The webhook'} in Marketo",
            status="Admin, Integration, Webhooks: what to enter",
            groups=tuple(
                (heading, tuple(SetupBox(label, text) for label, text in pairs))
                for heading, pairs in groups
                if pairs
            ),
            notes=self.notes,
        )

    def __repr__(self) -> str:
        return setup_text(self._page())

    def _repr_html_(self) -> str:
        return setup_html(self._page())


def make_setup_sheet(webhook: Webhook, fields: Fields | None = None) -> SetupSheet:
    """Return what to enter in Marketo for a webhook.

    Args:
        webhook: The definition.
        fields: The field table, for the SOAP names of custom fields.
    """
    table = fields or Fields()
    return SetupSheet(
        boxes=(
            ("Webhook Name", webhook.name),
            ("Description", webhook.description),
            ("URL", webhook.url),
            ("Request Type", webhook.request_type),
            ("Payload Template", webhook.payload_template),
            ("Request Token Encoding", webhook.request_token_encoding),
            ("Response Type", webhook.response_type),
        ),
        custom_headers=tuple((name, value) for name, value in webhook.custom_headers),
        response_mappings=tuple(
            (attribute, _soap_name(field, table))
            for attribute, field in webhook.response_mappings
        ),
        notes=(
            *_notes_on_secrets(webhook),
            *_notes_on_options(webhook.beyond),
            *_notes_on_mappings(webhook, table),
            _TRIGGER,
        ),
        name=webhook.name,
    )


def _soap_name(name: str, fields: Fields) -> str:
    field = fields.find(name)
    return field.soap_name if field and field.soap_name else name


def _notes_on_secrets(webhook: Webhook) -> Iterator[str]:
    places: dict[str, list[str]] = {}
    texts = [("the URL", webhook.url), ("the payload", webhook.payload_template)]
    texts += [(f"the header {n}", value) for n, value in webhook.custom_headers]
    for place, text in texts:
        for token in scan_template(text)[0].tokens:
            if token.scope == "secret":
                places.setdefault(token.name, []).append(place)
    for name, found in places.items():
        yield (
            f"Marketo has no secrets: in {' and '.join(dict.fromkeys(found))} enter the "
            f"value itself for {{{{secret.{name}}}}}. Whoever may see the webhook there "
            "sees it."
        )


def _notes_on_options(beyond: Beyond) -> Iterator[str]:
    for name, value in beyond.options_set.items():
        shown = name if value is True else f"{name}={value!r}"
        yield f"The option {shown} is of nbwebhook alone: Marketo {_NOT_IN_MARKETO[name]}."


def _notes_on_mappings(webhook: Webhook, fields: Fields) -> Iterator[str]:
    for _, name in webhook.response_mappings:
        field = fields.find(name)
        if field is None:
            yield (
                f"The field {name!r} is none of Marketo's own: it has to be there as a "
                "custom field, and its SOAP name goes here."
            )
        elif not field.soap_name:
            yield f"The field {name!r} has no SOAP name that is known, which Marketo wants."
