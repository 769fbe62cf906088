"""What leaves with a webhook's calls: where to, which values, which secrets; by name."""

from __future__ import annotations

import hashlib
import ipaddress
import json
from collections.abc import Iterable
from dataclasses import dataclass

from nbwebhook.definition.tokens import Token, scan_template
from nbwebhook.definition.webhook import Webhook
from nbwebhook.display.text import shorten, show_controls

__all__ = ["Departure", "departure_of", "secret_names"]

_MAX_NAMES = 40
_MAX_NAME = 60
_WIDTH = 9


@dataclass(frozen=True, slots=True)
class Departure:
    """What a definition sends, to be looked at before it is trusted.

    Attributes:
        webhook: The definition's name.
        source: The file that it was read from; empty if it was made in code.
        method: The HTTP method.
        origin: Scheme, host and port.
        is_local: Whether the origin is this machine, so that nothing leaves it.
        tokens: What is filled in for each lead or for the run, by the tokens' names.
        secrets: Names of the secrets.
        fingerprint: Tells apart all that the definition says of its requests: another
            name, description or response mapping sends the same.
    """

    webhook: str
    source: str
    method: str
    origin: str
    is_local: bool
    tokens: tuple[str, ...]
    secrets: tuple[str, ...]
    fingerprint: str

    @property
    def needs_trust(self) -> bool:
        """Whether somebody should have looked at it: it is from a file and tells things."""
        tells = bool(self.tokens or self.secrets)
        return bool(self.source) and tells and not self.is_local

    def __str__(self) -> str:
        name = _shown([self.webhook]) or "a webhook without a name"
        where = f", from {_shown([self.source])}" if self.source else ""
        lines = [
            ("sends", f"{self.method} to {self.origin}"),
            ("leaves", _shown(self.tokens) or "nothing of the leads"),
            ("secrets", _shown(self.secrets) or "none"),
        ]
        told = [f"  {head:<{_WIDTH}}{text}" for head, text in lines]
        return "\n".join([f"{name}{where}", *told])


def departure_of(webhook: Webhook) -> Departure:
    """Return what leaves with the calls of a webhook.

    Example:
        >>> hook = Webhook(
        ...     url="https://score.example.test/v1?email={{lead.Email Address}}",
        ...     custom_headers={"X-Key": "{{secret.KEY}}"},
        ...     name="Score",
        ... )
        >>> print(departure_of(hook))
        Score
          sends    POST to https://score.example.test
          leaves   lead.Email Address
          secrets  KEY
    """
    found = _tokens_of(webhook)
    secrets = (token.name for token in found if token.scope == "secret")
    told = (t.label for t in found if t.scope not in {"secret", "system"})
    return Departure(
        webhook=webhook.name,
        source=webhook.source,
        method=webhook.request_type,
        origin=str(webhook.origin),
        is_local=_is_local(webhook.origin.host),
        tokens=tuple(dict.fromkeys(told)),
        secrets=tuple(dict.fromkeys(secrets)),
        fingerprint=_fingerprint(webhook),
    )


def secret_names(webhook: Webhook) -> tuple[str, ...]:
    """Return the names of the secrets in use, one of each that differ by case only."""
    tokens = _tokens_of(webhook)
    names = {t.name.lower(): t.name for t in tokens if t.scope == "secret"}
    return tuple(names.values())


def _tokens_of(webhook: Webhook) -> list[Token]:
    texts = [webhook.url, webhook.payload_template]
    texts += [value for _, value in webhook.custom_headers]
    return [token for text in texts for token in scan_template(text)[0].tokens]


def _fingerprint(webhook: Webhook) -> str:
    parts = [
        webhook.url,
        webhook.request_type,
        webhook.payload_template,
        webhook.request_token_encoding,
        [list(pair) for pair in webhook.custom_headers],
        webhook.beyond.options_set,
    ]
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _is_local(host: str) -> bool:
    if host.rstrip(".") == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _shown(names: Iterable[str]) -> str:
    """Return names as one line that no name can break or fill."""
    listed = [shorten(show_controls(name), _MAX_NAME) for name in names]
    more = f" and {len(listed) - _MAX_NAMES} more" if len(listed) > _MAX_NAMES else ""
    return ", ".join(listed[:_MAX_NAMES]) + more
