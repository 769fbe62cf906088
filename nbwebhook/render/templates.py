"""Templates compiled once: literal bytes, and numbers of what fills them per block.

```text
{"id": {{lead.Id}}, "key": {{secret.KEY}}}
b'{"id": '  0  b', "key": "s3cret"}'          filling 0 is the column Id
```

What is the same for every lead is encoded when compiled and joined to its literal
neighbours, so a block costs only its columns.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, repeat
from typing import cast
from zoneinfo import ZoneInfo

from nbwebhook.definition.fields import fold_name
from nbwebhook.definition.quoting import cdata_places, json_quotings
from nbwebhook.definition.tokens import Token, scan_template
from nbwebhook.definition.webhook import Webhook
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
from nbwebhook.render.xml_text import XmlPlace

__all__ = ["ClockToken", "Compiler", "Found", "Piece", "Text", "join_pieces"]

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


@dataclass(frozen=True, slots=True)
class Found:
    """One token of a text, and what it came to.

    Attributes:
        text: The text.
        token: As scanned in the text as written.
        meaning: What its name stands for.
        place: Where it stands.
        piece: What stands for it in the compiled text.
    """

    text: Text
    token: Token
    meaning: Meaning
    place: Place
    piece: Piece


@dataclass(frozen=True, slots=True)
class _Style:
    """What the text round a token asks for, by an option past Marketo."""

    is_in_string: bool = False
    xml: XmlPlace | None = None


_PLAIN = _Style()


class Compiler:
    """Compiles the texts of one webhook and keeps what they need.

    Attributes:
        fillings: What a block has to encode, each thing once.
        errors: Why no lead can be rendered: a value of the run that cannot stand where
            the webhook puts it.
        missing_secrets: Names of secrets that nobody gave.
        secrets: Every form in which a secret stands in a request.
        found: Every token, in their order.
    """

    def __init__(self, scopes: Scopes, webhook: Webhook, zone: ZoneInfo) -> None:
        self._scopes = scopes
        self._encoding = webhook.request_token_encoding
        self._beyond = webhook.beyond
        self._zone = zone
        self._pieces: dict[tuple[object, ...], Piece] = {}
        self._numbers: dict[ColumnToken | ClockToken, int] = {}
        self.errors: list[RenderError] = []
        self.missing_secrets: dict[str, None] = {}
        self.secrets: dict[str, None] = {}
        self.found: list[Found] = []

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
        scanned = scan_template(text.filled)[0].pieces
        styles = self._styles(text, scanned)
        for piece in scanned:
            if isinstance(piece, str):
                pieces.append(_literal(piece, text))
                if place is Place.PATH and "?" in piece:
                    place = Place.QUERY
            else:
                found = self._token(piece, text, place, next(styles))
                pieces.append(found)
                self.found.append(
                    Found(text, next(written), self._scopes.find(piece), place, found)
                )
        return tuple(_merged(pieces))

    def _styles(self, text: Text, pieces: Sequence[str | Token]) -> Iterator[_Style]:
        """Yield the style of each token, in their order."""
        beyond = self._beyond
        if text.place is not Place.PAYLOAD:
            yield from repeat(_PLAIN)
        elif self._encoding == "JSON" and beyond.lenient_json_quotes:
            for quoting in json_quotings(pieces):
                yield _Style(is_in_string=quoting != "bare")
        elif self._encoding == "None" and beyond.xml_escape:
            for is_cdata in cdata_places(pieces):
                yield _Style(xml=XmlPlace.CDATA if is_cdata else XmlPlace.CONTENT)
        else:
            yield from repeat(_PLAIN)

    def _token(self, token: Token, text: Text, place: Place, style: _Style) -> Piece:
        """Return the piece of a token; equal tokens in equal places share one."""
        key = (token.scope, token.name, token.default, place, text.header, style)
        if key not in self._pieces:
            self._pieces[key] = self._new_piece(token, text, place, style)
        return self._pieces[key]

    def _new_piece(
        self, token: Token, text: Text, place: Place, style: _Style
    ) -> Piece:
        meaning = self._scopes.find(token)
        is_column = meaning.source is TokenSource.COLUMN
        slot = Slot(
            token.label,
            place,
            self._encoding,
            header=text.header,
            type=meaning.type if is_column else None,
            default=token.default,
            max_bytes=MAX_VALUE_BYTES if is_column else None,
            is_in_string=style.is_in_string,
            empty_as_null=self._beyond.empty_as_null,
            datetime_format=self._beyond.datetime_format,
            xml=style.xml,
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
        has_quotes = slot.is_json and not slot.is_in_string
        self.secrets[value] = None
        self.secrets[encoded[1:-1] if has_quotes else encoded] = None

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
