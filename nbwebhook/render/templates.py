"""Templates compiled once: literal bytes, and numbers of what fills them per block.

```text
{"id": {{lead.Id}}, "key": {{secret.KEY}}}
b'{"id": '  0  b', "key": "s3cret"}'          filling 0 is the column Id
```

What is the same for every lead is encoded when compiled and joined to its literal
neighbours, so a block costs only its columns.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby, repeat
from typing import cast
from zoneinfo import ZoneInfo

from nbwebhook.definition.fields import fold_name
from nbwebhook.definition.tokens import Token, scan_template
from nbwebhook.errors import RenderError
from nbwebhook.render.columns import ColumnToken
from nbwebhook.render.encoding import (
    MAX_VALUE_BYTES,
    Place,
    Slot,
    encode_empty,
    encode_value,
    percent_encode_non_ascii,
)
from nbwebhook.render.scopes import Meaning, Scopes, TokenSource
from nbwebhook.render.texts import is_empty

__all__ = ["ClockToken", "Compiler", "Piece", "Text", "join_pieces"]

Piece = bytes | int
"""Literal bytes, or the number of a filling."""


@dataclass(frozen=True, slots=True)
class ClockToken:
    """A system token that is made from the time of day.

    Attributes:
        name: `date`, `time` or `datetime`.
        slot: How it is written.
    """

    name: str
    slot: Slot


@dataclass(frozen=True, slots=True)
class Text:
    """A text of the definition that may hold tokens.

    Attributes:
        part: What it is, in the user's words.
        written: As the definition has it, which places refer to.
        filled: What tokens are filled in: the target of a URL, a template after its
            backslash pass. It has the same tokens, or fewer at the end.
        place: Where its first piece stands.
        header: The header's name, if it is one's value.
    """

    part: str
    written: str
    filled: str
    place: Place
    header: str = ""


class Compiler:
    """Compiles the texts of one webhook and keeps what they need.

    Attributes:
        fillings: What a block has to encode, each thing once.
        errors: Why no lead can be rendered: a value of the run that cannot stand where
            the webhook puts it.
        missing_secrets: Names of secrets that nobody gave.
        secrets: Every form in which a secret stands in a request.
        found: Every token with its text and its meaning, in their order.
    """

    def __init__(self, scopes: Scopes, encoding: str, zone: ZoneInfo) -> None:
        self._scopes = scopes
        self._encoding = encoding
        self._zone = zone
        self._pieces: dict[tuple[object, ...], Piece] = {}
        self._numbers: dict[ColumnToken | ClockToken, int] = {}
        self.errors: list[RenderError] = []
        self.missing_secrets: dict[str, None] = {}
        self.secrets: dict[str, None] = {}
        self.found: list[tuple[Text, Token, Meaning]] = []

    @property
    def fillings(self) -> tuple[ColumnToken | ClockToken, ...]:
        """What a block has to encode, by number."""
        return tuple(self._numbers)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns that fill a token, in the order of the tokens."""
        fillings = (each for each in self._numbers if isinstance(each, ColumnToken))
        return tuple(dict.fromkeys(name for each in fillings for name in each.columns))

    def compile(self, text: Text) -> tuple[Piece, ...]:
        """Return the pieces of one text, neighbouring literals joined.

        Raises:
            AmbiguousColumn: A token fits two columns.
        """
        written = iter(scan_template(text.written)[0].tokens)
        place = text.place
        pieces: list[Piece] = []
        for piece in scan_template(text.filled)[0].pieces:
            if isinstance(piece, str):
                pieces.append(_literal(piece, text))
                if place is Place.PATH and "?" in piece:
                    place = Place.QUERY
            else:
                meaning = self._scopes.find(piece)
                self.found.append((text, next(written), meaning))
                pieces.append(self._token(piece, meaning, text, place))
        return tuple(_merged(pieces))

    def _token(self, token: Token, meaning: Meaning, text: Text, place: Place) -> Piece:
        """Return the piece of a token; equal tokens in equal places share one."""
        key = (token.scope, token.name, token.default, place, text.header)
        if key not in self._pieces:
            self._pieces[key] = self._new_piece(token, meaning, text, place)
        return self._pieces[key]

    def _new_piece(
        self, token: Token, meaning: Meaning, text: Text, place: Place
    ) -> Piece:
        is_column = meaning.source is TokenSource.COLUMN
        slot = Slot(
            token.label,
            place,
            self._encoding,
            header=text.header,
            type=meaning.type if is_column else None,
            default=token.default,
            max_bytes=MAX_VALUE_BYTES if is_column else None,
        )
        if is_column:
            return self._number(ColumnToken(meaning.columns, slot))
        if meaning.source is TokenSource.SYSTEM:
            return self._number(ClockToken(fold_name(token.name), slot))
        if token.scope == "secret" and not meaning.is_known and token.default is None:
            self.missing_secrets[token.name] = None
        try:
            return self._constant(meaning, slot)
        except RenderError as error:
            self.errors.append(error.with_traceback(None))
            return b""

    def _constant(self, meaning: Meaning, slot: Slot) -> bytes:
        if is_empty(meaning.value):
            return encode_empty(slot, meaning.type)
        raw = encode_value(meaning.value, slot, self._zone)
        if meaning.source is TokenSource.SECRET:
            self._keep_secret(str(meaning.value), raw.decode(), slot)
        return raw

    def _keep_secret(self, value: str, encoded: str, slot: Slot) -> None:
        self.secrets[value] = None
        self.secrets[encoded[1:-1] if slot.is_json else encoded] = None

    def _number(self, filling: ColumnToken | ClockToken) -> int:
        return self._numbers.setdefault(filling, len(self._numbers))


def _literal(piece: str, text: Text) -> bytes:
    raw = piece.encode()
    return percent_encode_non_ascii(raw) if text.place is Place.PATH else raw


def _merged(pieces: Iterable[Piece]) -> list[Piece]:
    merged: list[Piece] = []
    for is_literal, group in groupby(
        pieces, key=lambda piece: isinstance(piece, bytes)
    ):
        if is_literal:
            merged.append(b"".join(cast("Iterable[bytes]", group)))
        else:
            merged.extend(group)
    return merged


def join_pieces(
    pieces: Sequence[Piece], filled: Sequence[Sequence[bytes]], count: int
) -> Iterable[bytes]:
    """Return the text of every lead: the pieces with the numbers filled in.

    Args:
        pieces: A compiled text.
        filled: The bytes of each filling for each lead.
        count: How many leads there are.
    """
    if not any(isinstance(piece, int) for piece in pieces):
        return repeat(b"".join(cast("Sequence[bytes]", pieces)), count)
    parts = [
        repeat(piece) if isinstance(piece, bytes) else filled[piece] for piece in pieces
    ]
    return map(b"".join, zip(*parts, strict=False))
