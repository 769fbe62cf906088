"""Tokens in place of literal values that are a lead's own: an example made a template.

A value is replaced where it fills its whole place: a segment of the path, a value of the
query or of a form, a string or number of JSON, the text of an XML element, a header's
value. So the template, filled for that lead, gives the request it was made from.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import Decimal
from html import unescape
from json import JSONDecodeError, loads
from typing import Any, Protocol
from urllib.parse import unquote, unquote_plus

from nbwebhook.definition.fields import Fields, fold_name

__all__ = ["NamedValues", "Proposals"]

_COMPANY = frozenset(
    [
        "company name",
        "annual revenue",
        "num employees",
        "main phone",
        "sic code",
        "site",
    ]
)
_SCOPES = frozenset(
    [
        "lead",
        "company",
        "trigger",
        "my",
        "program",
        "campaign",
        "member",
        "social",
        "system",
    ]
)
_JSON_PIECE = re.compile(
    r"(?P<token>\{\{.*?\}\})"
    r'|"(?:[^"\\]|\\.)*"(?P<colon>\s*:)?'
    r"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?",
    re.DOTALL,
)
_XML_TEXT = re.compile(r">([^<>{}]+)<")
_NOT_WORD = re.compile(r"[^a-z0-9]+")
_FIXED_HEADERS = frozenset(["content-type", "accept", "authorization", "host"])


class NamedValues(Protocol):
    """What has values by name: a mapping, or a row of a DataFrame."""

    def items(self) -> Iterable[tuple[Any, Any]]:
        """Return pairs of name and value."""


class Proposals:
    """Finds the token for a literal value.

    Args:
        lead: A lead's values by name: a column's name, or any name of a field.
        fields: The field table; None for Marketo's standard fields.

    Example:
        >>> proposals = Proposals({"First Name": "Zoe", "Id": 7})
        >>> proposals.in_query("n=Zoe&m=Zo")
        'n={{lead.First Name}}&m=Zo'
        >>> proposals.in_json('{"id": 7, "name": "Zoe"}')
        '{"id": {{lead.Id}}, "name": {{lead.First Name}}}'
    """

    def __init__(
        self, lead: NamedValues | None = None, fields: Fields | None = None
    ) -> None:
        table = fields or Fields()
        self._by_text: dict[str, list[_Candidate]] = {}
        pairs = () if lead is None else lead.items()
        for name, value in pairs:
            text = _text_of(value)
            if text:
                candidate = _Candidate(str(name), value, table)
                self._by_text.setdefault(text, []).append(candidate)

    def in_path(self, path: str, *, is_raw: bool = False) -> str:
        """Return a path with tokens for the segments that are values.

        Args:
            path: Segments between slashes, percent-encoded.
            is_raw: Whether values will be written raw, so that only one which needs no
                percent-encoding can be replaced.
        """
        decode = str if is_raw else unquote
        return "/".join(self._token(decode(s), "") or s for s in path.split("/"))

    def in_query(self, text: str, *, is_raw: bool = False) -> str:
        """Return a query, or a form, with tokens for the values in it.

        Args:
            text: Pairs of name and value, percent-encoded.
            is_raw: As for a path.
        """
        decode = str if is_raw else unquote_plus
        pairs = (pair.partition("=") for pair in text.split("&"))
        return "&".join(
            f"{name}{sign}{self._token(decode(value), unquote_plus(name)) or value}"
            for name, sign, value in pairs
        )

    def in_header(self, name: str, value: str) -> str:
        """Return a header's value, or a token if all of it is a value."""
        if name.lower() in _FIXED_HEADERS:
            return value
        return self._token(value, name) or value

    def in_text(self, text: str) -> str:
        """Return text of no known form, or a token if all of it is a value."""
        return self._token(text, "") or text

    def in_xml(self, text: str) -> str:
        """Return an XML document with tokens for elements' texts that are values."""

        def replace(hit: re.Match[str]) -> str:
            literal = hit[1]
            token = self._token(literal, "") if unescape(literal) == literal else ""
            return f">{token or literal}<"

        return _XML_TEXT.sub(replace, text)

    def in_json(self, text: str, *, is_raw: bool = False) -> str:
        """Return a JSON document with tokens for strings and numbers that are values.

        Args:
            text: The document, which may hold tokens already.
            is_raw: Whether values will be written raw, so that quotes have to stay.
        """
        key = ""

        def replace(hit: re.Match[str]) -> str:
            nonlocal key
            literal = hit[0]
            if hit["token"]:
                return literal
            if hit["colon"]:
                key = literal.rstrip(": \t\r\n").strip('"')
                return literal
            return self._json_token(literal, key, is_raw=is_raw) or literal

        return _JSON_PIECE.sub(replace, text)

    def _json_token(self, literal: str, key: str, *, is_raw: bool) -> str:
        if not literal.startswith('"'):
            return self._token(literal, key, wanted=lambda found: found.is_bare)
        try:
            text = loads(literal)
        except JSONDecodeError:
            return ""
        found = self._find(text, key)
        if found is None:
            return ""
        if is_raw:
            return f'"{found.token}"' if literal == f'"{text}"' else ""
        return f'"{found.token}"' if found.is_bare else found.token

    def _token(
        self, text: str, hint: str, wanted: Callable[[_Candidate], bool] | None = None
    ) -> str:
        found = self._find(text, hint, wanted)
        return found.token if found else ""

    def _find(
        self, text: str, hint: str, wanted: Callable[[_Candidate], bool] | None = None
    ) -> _Candidate | None:
        """Return the field with that value; of several the one whose name is the hint."""
        fitting = [c for c in self._by_text.get(text, ()) if not wanted or wanted(c)]
        plain = _plain(hint)
        named = (c for c in fitting if plain in c.plain_names)
        return next(named, fitting[0] if fitting else None)


class _Candidate:
    """A field of the lead: its token, and how its values are written under JSON."""

    def __init__(self, name: str, value: object, fields: Fields) -> None:
        scope, dot, tail = name.partition(".")
        is_scoped = bool(dot) and fold_name(scope) in _SCOPES
        field = fields.find(tail if is_scoped else name)
        label = field.label if field else name.strip()
        lead_scope = "company" if fold_name(label) in _COMPANY else "lead"
        self.token = f"{{{{{name if is_scoped else f'{lead_scope}.{label}'}}}}}"
        self.plain_names = {_plain(n) for n in (field.names if field else (name,))}
        kind = field.type if field else None
        self.is_bare = (
            kind.is_number if kind else isinstance(value, int | float | Decimal)
        )


def _plain(name: str) -> str:
    return _NOT_WORD.sub("", name.lower())


def _text_of(value: Any) -> str:  # noqa: ANN401 - any cell
    """Return a value as it is sent, or nothing for one that no literal stands for."""
    if not isinstance(value, str) and hasattr(value, "item"):
        value = value.item()  # a number of numpy's as one of Python's
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | date):
        return ""
    if value != value:  # noqa: PLR0124 - NaN and NaT alone differ from themselves
        return ""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat(sep=" ", timespec="seconds")
    return str(value)
