"""Every token of a webhook and what it came to: for the linter and for people."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, field

from nbwebhook.definition.fields import FieldType, fold_name
from nbwebhook.definition.tokens import Places, Token
from nbwebhook.render.encoding import Place
from nbwebhook.render.glossary import KNOWN_NAMES
from nbwebhook.render.scopes import Scopes, TokenSource
from nbwebhook.render.templates import Found

__all__ = ["ResolvedToken", "resolve_tokens"]

_MAX_NEAR = 3
_MAX_SEARCHES = 200
_MAX_NAME = 200


@dataclass(frozen=True, slots=True)
class ResolvedToken:
    """One token of a webhook, where it stands, and what fills it.

    Attributes:
        token: As scanned; its `start` is the offset in the text as written.
        part: `url`, `payload template` or `custom header 'X'`.
        place: The part with line and column.
        source: Where its text comes from.
        columns: The columns that fill it: one, two for a Full Name made of its parts,
            or none.
        type: The field's type, None where nothing says it.
        is_known: Whether the name is a column, a field or a token of Marketo's.
        by_api_name: Whether it is written with a field's REST or SOAP name, which
            Marketo may not know.
        near: Up to three names that it may have meant, where it is not known.
        where: The kind of place.
        filling: The number of what fills it for each lead in a `Rendering`; None if
            all leads get the same.
        constant: What all leads get, which may hold a secret; None if they differ.
    """

    token: Token
    part: str
    place: str
    source: TokenSource
    columns: tuple[str, ...]
    type: FieldType | None
    is_known: bool
    by_api_name: bool
    near: tuple[str, ...]
    where: Place
    filling: int | None
    constant: bytes | None = field(repr=False)

    @property
    def offset(self) -> int:
        """Offset of the first brace in the part as the definition has it."""
        return self.token.start

    @property
    def column(self) -> str:
        """The column that fills it, the first if there are two, or nothing."""
        return self.columns[0] if self.columns else ""


def resolve_tokens(found: Iterable[Found], scopes: Scopes) -> tuple[ResolvedToken, ...]:
    """Return every token with its place and, if it is not known, names like it."""
    names = _NearNames(scopes)
    places: dict[int, Places] = {}
    resolved = []
    for each in found:
        text = each.text
        if id(text) not in places:
            places[id(text)] = Places(text.part, text.written)
        resolved.append(_resolved(each, places[id(text)], names))
    return tuple(resolved)


def _resolved(found: Found, places: Places, names: _NearNames) -> ResolvedToken:
    token, meaning = found.token, found.meaning
    has_nothing = meaning.source in {TokenSource.BLANK, TokenSource.UNKNOWN}
    shows_default = has_nothing and token.default is not None
    return ResolvedToken(
        token,
        found.text.part,
        places.at(token.start),
        TokenSource.DEFAULT_ONLY if shows_default else meaning.source,
        meaning.columns,
        meaning.type,
        meaning.is_known,
        meaning.by_api_name,
        () if meaning.is_known else names.find(token),
        found.place,
        found.piece if isinstance(found.piece, int) else None,
        found.piece if isinstance(found.piece, bytes) else None,
    )


class _NearNames:
    """Finds names like a wrong one, for as many wrong ones as a person may read."""

    def __init__(self, scopes: Scopes) -> None:
        self._scopes = scopes
        self._pools: dict[str, dict[str, str]] = {}
        self._found: dict[tuple[str, str], tuple[str, ...]] = {}

    def find(self, token: Token) -> tuple[str, ...]:
        """Return up to three labels, the nearest first."""
        key = (token.scope, fold_name(token.name))
        if key not in self._found:
            is_too_much = len(self._found) >= _MAX_SEARCHES
            self._found[key] = () if is_too_much else self._search(*key)
        return self._found[key]

    def _search(self, scope: str, name: str) -> tuple[str, ...]:
        wanted = name.partition("=")[0].strip()[:_MAX_NAME]
        if scope not in self._pools:
            self._pools[scope] = self._pool(scope)
        pool = self._pools[scope]
        return tuple(
            pool[n] for n in difflib.get_close_matches(wanted, pool, _MAX_NEAR)
        )

    def _pool(self, scope: str) -> dict[str, str]:
        """Return labels by folded name: of the scope, or of all if there is no such."""
        is_scope = bool(scope) and scope in KNOWN_NAMES
        pool: dict[str, str] = {}
        for each in [scope] if is_scope else KNOWN_NAMES:
            for name in self._scopes.names(each):
                pool.setdefault(fold_name(name), f"{each}.{name}" if each else name)
        return pool
