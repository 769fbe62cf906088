"""Masks secrets before text leaves: one redactor for everything that is shown."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote, quote_plus

__all__ = ["MASK", "Redactor"]

MASK = "••••"


class Redactor:
    """Replaces known secrets by a mask, in their raw and in their encoded forms."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        forms: set[str] = set()
        for secret in secrets:
            if secret:
                forms |= {secret, quote(secret, safe=""), quote_plus(secret)}
        self._forms = sorted(forms, key=len, reverse=True)

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
