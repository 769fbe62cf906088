"""Every use of a token in a webhook, with where it can be edited."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nbwebhook.definition.quoting import Quoting, json_quotings
from nbwebhook.definition.tokens import scan_template, unescape_template
from nbwebhook.definition.webhook import Webhook
from nbwebhook.lint.corrections import Edit
from nbwebhook.render.resolved import ResolvedToken

__all__ = ["TokenUse", "find_uses"]


@dataclass(frozen=True, slots=True)
class TokenUse:
    """One token where it stands.

    Attributes:
        resolved: What it came to.
        part: The property of the definition that holds it.
        text: The whole text that holds it, as written.
        index: Which header, from 0; -1 elsewhere.
        quoting: Whether it stands in a string, if the text is JSON.
    """

    resolved: ResolvedToken
    part: str
    text: str
    index: int = -1
    quoting: Quoting = "bare"

    @property
    def start(self) -> int:
        """Offset of its first brace."""
        return self.resolved.offset

    @property
    def stop(self) -> int:
        """Offset after its last brace."""
        return self.text.index("}}", self.start + 2) + 2

    @property
    def written(self) -> str:
        """The token as written, braces and all."""
        return self.text[self.start : self.stop]

    @property
    def place(self) -> str:
        """Where it stands, in words."""
        return self.resolved.place

    @property
    def shown(self) -> str:
        """Its name in braces, for messages."""
        return f"{{{{{self.resolved.token.label}}}}}"

    @property
    def default(self) -> str | None:
        """The text after `:default=`, or None."""
        return self.resolved.token.default

    def replaced_by(self, text: str) -> Edit:
        """Return the edit that puts something else in the token's place."""
        return Edit(self.part, self.start, self.stop, text, self.index)

    def without_quotes(self) -> tuple[Edit, Edit]:
        r"""Return the edits that take the quotes beside the token away, `\"` too."""
        before = self.start - 1
        if _is_escaped(self.text, before):
            before -= 1
        after = self.stop + 1
        if self.text[self.stop] == "\\":
            after += 1
        return (
            Edit(self.part, before, self.start, "", self.index),
            Edit(self.part, self.stop, after, "", self.index),
        )


def _is_escaped(text: str, at: int) -> bool:
    slashes = len(text[:at]) - len(text[:at].rstrip("\\"))
    return slashes % 2 == 1


def find_uses(
    webhook: Webhook, tokens: Sequence[ResolvedToken]
) -> tuple[TokenUse, ...]:
    """Return the uses of the tokens that a renderer found, in their order."""
    return tuple(_uses(webhook, tokens))


def _uses(webhook: Webhook, tokens: Sequence[ResolvedToken]) -> Iterator[TokenUse]:
    rest = deque(tokens)
    while rest and rest[0].part == "url":
        yield TokenUse(rest.popleft(), "url", webhook.url)
    template = webhook.payload_template
    quotings = iter(
        json_quotings(scan_template(unescape_template(template)[0])[0].pieces)
    )
    while rest and rest[0].part == "payload template":
        quoting = next(quotings)
        yield TokenUse(rest.popleft(), "payload_template", template, -1, quoting)
    for index, (name, value) in enumerate(webhook.custom_headers):
        count = len(scan_template(value)[0].tokens) if name.lower() != "host" else 0
        for _ in range(count):
            yield TokenUse(rest.popleft(), "custom_headers", value, index)
