"""Rules about what Marketo does with the webhook as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from nbwebhook.lint.case import Case
from nbwebhook.lint.rules import Hit, rule

__all__ = ["RULES"]


@rule("batch-campaign", "error", "A batch campaign cannot call webhooks.")
def batch_campaign(case: Case) -> Iterable[Hit]:
    """Every call is logged with error 1000 and nothing is sent."""
    if case.campaign == "batch":
        yield Hit(
            "campaign",
            "a batch campaign cannot call webhooks (error 1000)",
            "use a trigger campaign",
        )


@rule("unknown-campaign", "error", "The kind of campaign is neither of the two.")
def unknown_campaign(case: Case) -> Iterable[Hit]:
    """A run would not start."""
    if case.campaign not in {"trigger", "batch"}:
        yield Hit("campaign", f"{case.campaign!r} is not 'trigger' or 'batch'")


@rule("empty-payload", "note", "A POST, PUT or PATCH has no payload.")
def empty_payload(case: Case) -> Iterable[Hit]:
    """Adobe publishes such a POST; most services want one."""
    method = case.webhook.request_type
    if method in {"POST", "PUT", "PATCH"} and case.payload.shape == "none":
        yield Hit(
            "payload template",
            f"is empty; {method} is sent with an empty body",
            "fine if the URL says all; else write a template",
        )


@rule("beyond-marketo", "note", "An option is set that Marketo does not have.")
def beyond_marketo(case: Case) -> Iterable[Hit]:
    """In Marketo the webhook does something else there."""
    for name in case.webhook.beyond.options_set:
        yield Hit(
            f"beyond, {name}",
            "is an option of nbwebhook alone; Marketo does without it",
            "see Beyond for what Marketo does",
        )


@rule("beyond-without-effect", "note", "An option past Marketo changes nothing here.")
def beyond_without_effect(case: Case) -> Iterable[Hit]:
    """It is for another encoding or response type."""
    for name, why in _idle_options(case):
        yield Hit(f"beyond, {name}", f"has no effect: {why}", "leave it out")


def _idle_options(case: Case) -> Iterator[tuple[str, str]]:
    beyond, encoding = case.webhook.beyond, case.encoding
    for name in ("lenient_json_quotes", "empty_as_null"):
        if getattr(beyond, name) and encoding != "JSON":
            yield name, f"the encoding is {encoding}, not JSON"
    if beyond.xml_escape and encoding != "None":
        yield "xml_escape", f"the encoding is {encoding}, not None"
    kind = case.webhook.response_type
    if beyond.json_text_numbers and kind != "JSON":
        yield "json_text_numbers", f"the response type is {kind}, not JSON"
    for name in ("null_clears", "cut_long_text", "relative_scores"):
        if getattr(beyond, name) and not case.webhook.response_mappings:
            yield name, "there are no response mappings"


RULES = (
    batch_campaign,
    unknown_campaign,
    empty_payload,
    beyond_marketo,
    beyond_without_effect,
)
