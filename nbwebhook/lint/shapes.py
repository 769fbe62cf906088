"""What a payload template is meant to be: JSON, a form, XML or other text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from nbwebhook.definition.tokens import Token, scan_template, unescape_template
from nbwebhook.definition.webhook import Webhook

__all__ = ["Payload", "Shape", "content_type"]

Shape = Literal["json", "form", "xml", "text", "none"]
"""`none` is no payload at all."""

_FORM = re.compile(r"\s*[A-Za-z0-9_.\-\[\]%*+]+=")
_TOKEN_SIGN = "\N{SYMBOL FOR SUBSTITUTE}"


@dataclass(frozen=True)
class Payload:
    """A webhook's payload template after its backslash pass.

    Attributes:
        pieces: Literal texts and tokens.
        shape: What it is meant to be.
        is_json_in_form: Whether it is a form whose field holds JSON.
    """

    pieces: tuple[str | Token, ...]
    shape: Shape
    is_json_in_form: bool = False

    @classmethod
    def of(cls, webhook: Webhook) -> Payload:
        """Return the payload of a webhook."""
        if webhook.request_type == "GET" or not webhook.payload_template.strip():
            return cls((), "none")
        pieces = scan_template(unescape_template(webhook.payload_template)[0])[0].pieces
        plain = "".join(
            p if isinstance(p, str) else _TOKEN_SIGN for p in pieces
        ).strip()
        shape = _shape_of(plain, content_type(webhook))
        in_form = shape == "form" and re.search(r"=\s*[\[{]", plain) is not None
        return cls(pieces, shape, in_form)

    @cached_property
    def literal(self) -> str:
        """The literal texts alone, joined by a sign that stands for a token."""
        return "".join(p if isinstance(p, str) else _TOKEN_SIGN for p in self.pieces)

    @property
    def is_held_ready(self) -> bool:
        """Whether a value is all of it: a document that a field holds ready."""
        return self.literal.strip() == _TOKEN_SIGN

    def filled(self, stand_ins: list[str]) -> str:
        """Return the payload with something in place of each token."""
        filling = iter(stand_ins)
        return "".join(p if isinstance(p, str) else next(filling) for p in self.pieces)


def _shape_of(plain: str, kind: str) -> Shape:
    if plain.startswith(("{", "[")):
        return "json"
    if plain.startswith("<"):
        return "xml"
    if _FORM.match(plain):
        return "form"
    if "json" in kind:
        return "json"
    return "xml" if "xml" in kind else "text"


def content_type(webhook: Webhook) -> str:
    """Return the value of the header Content-Type in lower case, or nothing."""
    types = (v for n, v in webhook.custom_headers if n.lower() == "content-type")
    return next(types, "").lower()
