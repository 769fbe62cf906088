"""Masks secrets before text leaves: one redactor for everything that is shown."""

from __future__ import annotations

import json
import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterable, Iterator
from html import escape
from urllib.parse import quote, quote_plus

__all__ = ["MASK", "Redactor"]

MASK = "••••"

_LEAST_IN_BASE64 = 6
_LEAST_IN_DATA = 8
_HEX = re.compile("%[0-9A-F]{2}")
_FOREIGN = (0, 2, 3)
"""How many characters of base64 text hold bits of so many bytes before."""


class Redactor:
    """Replaces known secrets by a mask, in their raw and in their encoded forms.

    These are the forms of URLs, JSON, XML and HTML, and base64 wherever in the encoded
    text the secret begins, as in Basic authentication.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        secrets = tuple(secrets)
        long = [secret for secret in secrets if len(secret) >= _LEAST_IN_DATA]
        told = {form for secret in long for form in _forms_in_documents(secret)}
        self._told = tuple(form.encode("utf-8", "surrogatepass") for form in told)
        forms = {form for secret in secrets if secret for form in _forms(secret)}
        self._forms = sorted(forms, key=len, reverse=True)

    @property
    def has_long_secrets(self) -> bool:
        """Whether there is a secret that cannot stand in data by chance."""
        return bool(self._told)

    def is_told_in(self, body: bytes, reason: str = "") -> bool:
        """Return whether a service sends back a long secret, also as in JSON or XML.

        A short one may be part of any text, and is masked in what is shown only.
        """
        head = reason.encode("utf-8", "replace")
        return any(form in body or form in head for form in self._told)

    def mask(self, text: str) -> str:
        """Return `text` with every known secret replaced.

        Example:
            >>> Redactor(["s3 cret"]).mask("key=s3+cret")
            'key=••••'
        """
        for form in self._forms:
            text = text.replace(form, MASK)
        return text

    def __repr__(self) -> str:
        return f"Redactor({len(self._forms)} forms)"


def _forms(secret: str) -> Iterator[str]:
    yield from _forms_in_documents(secret)
    for safe in ("", "/", "!~*'()"):
        for quoted in (quote(secret, safe=safe), quote_plus(secret, safe=safe)):
            yield quoted
            yield _HEX.sub(lambda found: found[0].lower(), quoted)
    if len(secret) >= _LEAST_IN_BASE64:
        yield from _base64_forms(secret.encode("utf-8", "surrogatepass"))


def _forms_in_documents(secret: str) -> Iterator[str]:
    yield secret
    yield escape(secret, quote=True)
    yield escape(secret, quote=False)
    for is_ascii in (True, False):
        in_json = json.dumps(secret, ensure_ascii=is_ascii)[1:-1]
        yield in_json
        yield in_json.replace("/", r"\/")


def _base64_forms(raw: bytes) -> Iterator[str]:
    """Yield what of base64 text comes from `raw` alone, whatever stands round it."""
    for encode in (b64encode, urlsafe_b64encode):
        for before in range(3):
            padded = bytes(before) + raw
            whole = len(padded) // 3 * 3
            text = encode(padded[:whole]).decode()
            yield text[_FOREIGN[before] :]
