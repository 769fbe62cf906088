"""Leads to requests: a webhook compiled once, then a block of leads at a time.

```text
Webhook ─▶ Compiler ─▶ pieces of target, headers, payload, and the fillings they share
LeadBlock ─▶ every filling to one list of bytes ─▶ zip, join ─▶ one Request a lead
```
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import repeat

from nbwebhook.clock import Clock
from nbwebhook.definition.context import Context
from nbwebhook.definition.fields import Fields
from nbwebhook.definition.tokens import scan_template, unescape_template
from nbwebhook.definition.urls import split_url
from nbwebhook.definition.webhook import Webhook
from nbwebhook.errors import (
    AmbiguousColumn,
    ForeignSecret,
    MissingColumn,
    MissingSecret,
    RenderError,
    UnsafeTarget,
)
from nbwebhook.render.columns import ColumnToken, encode_column, encode_constant
from nbwebhook.render.encoding import Place
from nbwebhook.render.leads import LeadBlock
from nbwebhook.render.request import Request
from nbwebhook.render.resolved import ResolvedToken, resolve_tokens
from nbwebhook.render.scopes import Scopes
from nbwebhook.render.templates import Compiler, Piece, Text, join_pieces
from nbwebhook.render.texts import clock_texts

__all__ = ["Renderer", "Rendering"]


@dataclass(frozen=True, slots=True)
class Rendering:
    """A block's requests by their parts.

    Attributes:
        filled: By number of a filling, what each lead gets.
        targets: Path and query of each lead, to be read once.
        bodies: The payload of each lead, to be read once.
        errors: Why a lead has no request, by its position in the block; its parts mean
            nothing.
    """

    filled: Sequence[Sequence[bytes]]
    targets: Iterable[bytes]
    bodies: Iterable[bytes | None]
    errors: Mapping[int, RenderError]


_BODILESS = frozenset(["GET", "DELETE"])
_DOT_SEGMENT = re.compile(rb"(?<=[/\\])(?:\.|%2e){1,2}(?=[/\\;]|$)", re.IGNORECASE)


class Renderer:
    r"""Renders leads for one webhook, byte for byte as Marketo would.

    A header called Host is left to the transport; the definition has made sure that it
    names the URL's own host.

    Args:
        webhook: The definition.
        columns: Names of the leads' columns.
        fields: The field table, which says what types and other names fields have.
        context: Values that do not come from the lead.
        clock: The time of day for the system tokens; it is read once a block.

    Raises:
        AmbiguousColumn: A token fits two columns equally well.
        ForeignSecret: Secrets that the webhook names are for another origin.
        MissingSecret: Secrets that the webhook names are not given; all their names.

    Example:
        >>> from nbwebhook.clock import ManualClock
        >>> from nbwebhook.render.leads import Column
        >>> hook = Webhook(
        ...     url="https://example.test/leads?id={{lead.Id}}",
        ...     payload_template='{"first": {{lead.First Name}}}',
        ...     request_token_encoding="JSON",
        ... )
        >>> renderer = Renderer(
        ...     hook,
        ...     columns=["Id", "First Name"],
        ...     fields=Fields(),
        ...     context=Context(),
        ...     clock=ManualClock(),
        ... )
        >>> leads = (Column("Id", [7]), Column("First Name", ["Zoë"]))
        >>> request = renderer.render(LeadBlock(0, ["7"], leads))[0]
        >>> request.target, request.body
        (b'/leads?id=7', b'{"first": "Zo\xc3\xab"}')
    """

    def __init__(
        self,
        webhook: Webhook,
        *,
        columns: Sequence[str],
        fields: Fields,
        context: Context,
        clock: Clock,
    ) -> None:
        self._clock = clock
        self._zone = context.zone
        self._method: str = webhook.request_type
        self._origin, target = split_url(webhook.url)
        self._scopes = Scopes(columns, fields, context, self._origin)
        compiler = Compiler(self._scopes, webhook, self._zone)
        self._own_dot_segments = _literal_dot_segments(target)
        try:
            self._compile(webhook, target, compiler)
        except AmbiguousColumn as error:
            # In the frames below stand the secrets; a verbose traceback shows them.
            raise error.with_traceback(None) from None
        if foreign := self._scopes.bound_elsewhere:
            raise ForeignSecret(tuple(foreign), str(self._origin))
        if compiler.missing_secrets:
            raise MissingSecret(tuple(compiler.missing_secrets))
        self._fillings = compiler.fillings
        self._columns_needed = compiler.columns
        self._found = compiler.found
        self._error_of_all = next(iter(compiler.errors), None)
        self._secrets = tuple(compiler.secrets)

    def _compile(self, webhook: Webhook, target: str, compiler: Compiler) -> None:
        self._target = compiler.compile(Text("url", webhook.url, target, Place.PATH))
        self._payload = self._compile_payload(webhook.payload_template, compiler)
        self._headers = tuple(
            (name.encode(), compiler.compile(_header_text(name, value)))
            for name, value in webhook.custom_headers
            if name.lower() != "host"
        )

    def _compile_payload(
        self, template: str, compiler: Compiler
    ) -> tuple[Piece, ...] | None:
        """Return the payload's pieces, or None where the request has no body."""
        if self._method == "GET" or (self._method == "DELETE" and not template):
            return None
        filled = unescape_template(template)[0]
        return compiler.compile(
            Text("payload template", template, filled, Place.PAYLOAD)
        )

    @property
    def secrets(self) -> tuple[str, ...]:
        """The secrets in use, in every form in which they stand in a request."""
        return self._secrets

    @property
    def columns_used(self) -> tuple[str, ...]:
        """Names of the columns that fill a token, in the order of the tokens."""
        return self._columns_needed

    @cached_property
    def tokens(self) -> tuple[ResolvedToken, ...]:
        """Every token: those of the url, then of the payload, then of the headers."""
        return resolve_tokens(self._found, self._scopes)

    @property
    def payload(self) -> tuple[Piece, ...] | None:
        """The compiled payload; None where the request has no body."""
        return self._payload

    def render(self, block: LeadBlock) -> list[Request | RenderError]:
        """Return the request of every lead, or why it has none, in their order.

        Raises:
            MissingColumn: The block lacks a column that the renderer was told of.
        """
        count = len(block)
        if self._error_of_all is not None:
            return [self._error_of_all] * count
        parts = self.render_parts(block)
        headers = self._join_headers(parts.filled, count)
        method, origin = self._method, self._origin
        rendered: list[Request | RenderError] = [
            Request(method, origin, target, head, body)
            for target, head, body in zip(
                parts.targets, headers, parts.bodies, strict=True
            )
        ]
        for row, error in parts.errors.items():
            rendered[row] = error
        return rendered

    def render_parts(self, block: LeadBlock) -> Rendering:
        """Return the same by parts, for somebody who looks at all leads at once.

        Raises:
            MissingColumn: The block lacks a column that the renderer was told of.
        """
        count = len(block)
        filled, errors = self._fill(block)
        targets: Iterable[bytes] = join_pieces(self._target, filled, count)
        if self._own_dot_segments is not None:
            targets = self._check_paths(targets, errors)
        bodies: Iterable[bytes | None] = (
            repeat(None, count)
            if self._payload is None
            else join_pieces(self._payload, filled, count)
        )
        if self._error_of_all is not None:
            errors = dict.fromkeys(range(count), self._error_of_all)
        return Rendering(filled, targets, bodies, errors)

    def _fill(
        self, block: LeadBlock
    ) -> tuple[list[Sequence[bytes]], dict[int, RenderError]]:
        """Return every filling's bytes for each lead, and each lead's first error."""
        columns = {column.name: column for column in block.columns}
        if missing := [n for n in self._columns_needed if n not in columns]:
            raise MissingColumn(missing[0], tuple(columns), "a block of leads")
        times = clock_texts(self._clock.wall().astimezone(self._zone))
        filled: list[Sequence[bytes]] = []
        errors: dict[int, RenderError] = {}
        for filling in self._fillings:
            if isinstance(filling, ColumnToken):
                encoded, bad = encode_column(filling, columns, self._zone)
            else:
                encoded, bad = encode_constant(
                    times[filling.name], filling.slot, len(block)
                )
            errors = {**bad, **errors}
            filled.append(encoded)
        return filled, errors

    def _join_headers(
        self, filled: Sequence[Sequence[bytes]], count: int
    ) -> Iterable[tuple[tuple[bytes, bytes], ...]]:
        """Return the headers of every lead, the spaces round their values gone."""
        is_fixed = not any(
            isinstance(piece, int) for _, pieces in self._headers for piece in pieces
        )
        pairs = (
            [(name, value.strip(b" \t")) for value in join_pieces(pieces, filled, rows)]
            for rows in [1 if is_fixed else count]
            for name, pieces in self._headers
        )
        lines = zip(*pairs, strict=True)
        return repeat(next(lines, ()), count) if is_fixed else lines

    def _check_paths(
        self, targets: Iterable[bytes], errors: dict[int, RenderError]
    ) -> list[bytes]:
        """Note the leads whose values would climb out of the webhook's path."""
        checked = list(targets)
        for row, target in enumerate(checked):
            path = target.partition(b"?")[0]
            if b"." not in path and b"%2" not in path:
                continue
            if len(_DOT_SEGMENT.findall(path)) != self._own_dot_segments:
                problem = (
                    "a value makes a path segment '.' or '..', which changes the path"
                )
                errors.setdefault(row, UnsafeTarget(problem))
        return checked


def _header_text(name: str, value: str) -> Text:
    return Text(f"custom header {name!r}", value, value, Place.HEADER, name)


def _literal_dot_segments(target: str) -> int | None:
    """Return how many `.` and `..` the path itself has; None if it has no token."""
    pieces = scan_template(target)[0].pieces
    marked = "".join(piece if isinstance(piece, str) else "\0" for piece in pieces)
    path = marked.partition("?")[0]
    found = _DOT_SEGMENT.findall(path.encode(errors="replace"))
    return len(found) if "\0" in path else None
