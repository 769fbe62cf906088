"""What the rules look at: a definition with its run's context, and its leads if any."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from nbwebhook.definition.context import Context
from nbwebhook.definition.fields import Fields, FieldType, fold_name
from nbwebhook.definition.webhook import Webhook
from nbwebhook.errors import AmbiguousColumn, Fault
from nbwebhook.lint.json_rows import JsonSlot, json_problem, slot_borders
from nbwebhook.lint.shapes import Payload
from nbwebhook.lint.survey import LeadFacts
from nbwebhook.lint.tallies import Tally
from nbwebhook.lint.uses import TokenUse
from nbwebhook.mapping.outcome import Change
from nbwebhook.mapping.targets import Target
from nbwebhook.render.encoding import Place
from nbwebhook.render.scopes import TokenSource

__all__ = ["AmbiguousToken", "Case"]

_NOTHING = Tally()


@dataclass(frozen=True, slots=True)
class AmbiguousToken:
    """A token that fits more than one column, and where it stands."""

    place: str
    label: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Case:
    """A webhook about to run.

    Attributes:
        webhook: The definition.
        context: Values that do not come from the lead.
        fields: The field table.
        campaign: The kind of campaign that calls it.
        uses: Every use of a token.
        column_types: The leads' columns and their types; None without leads.
        found_targets: By mapping what it writes to, or why it cannot.
        ambiguous: Tokens that fit more than one column.
        missing_secrets: Names of secrets that nobody gave.
        foreign_secrets: Names of secrets that were given for another origin.
        leads: What the leads' values are like; None without leads.
        sample: What a sample response would change, by mapping; None without one.
        sample_problem: Why a sample response cannot be used, if so.
    """

    webhook: Webhook
    context: Context
    fields: Fields
    campaign: str
    uses: tuple[TokenUse, ...] = ()
    column_types: Mapping[str, FieldType | None] | None = None
    found_targets: tuple[Target | Fault | AmbiguousColumn, ...] = ()
    ambiguous: tuple[AmbiguousToken, ...] = ()
    missing_secrets: tuple[str, ...] = ()
    foreign_secrets: tuple[str, ...] = ()
    leads: LeadFacts | None = None
    sample: tuple[Change, ...] | None = None
    sample_problem: str = ""

    def replace(self, **parts: object) -> Case:
        """Return the case with some attributes replaced."""
        return replace(self, **parts)  # type: ignore[arg-type]  # attributes by name

    @property
    def encoding(self) -> str:
        """The request token encoding."""
        return self.webhook.request_token_encoding

    @property
    def has_leads(self) -> bool:
        """Whether there is a list to look at."""
        return self.leads is not None

    @cached_property
    def payload(self) -> Payload:
        """The payload template and what it is meant to be."""
        return Payload.of(self.webhook)

    @cached_property
    def targets(self) -> tuple[Target | None, ...]:
        """What each mapping writes to; None where it cannot."""
        return tuple(
            each if isinstance(each, Target) else None for each in self.found_targets
        )

    @cached_property
    def payload_uses(self) -> tuple[TokenUse, ...]:
        """The tokens of the payload, in their order."""
        return tuple(use for use in self.uses if use.part == "payload_template")

    @cached_property
    def _numbers(self) -> dict[int, int]:
        return {id(use): number for number, use in enumerate(self.payload_uses)}

    @cached_property
    def url_uses(self) -> tuple[TokenUse, ...]:
        """The tokens of the URL, in their order."""
        return tuple(use for use in self.uses if use.part == "url")

    def uses_in(self, place: Place) -> Iterator[TokenUse]:
        """Yield the tokens of one kind of place."""
        return (use for use in self.uses if use.resolved.where is place)

    def kind_of(self, use: TokenUse) -> FieldType | None:
        """Return the type of a token's values: the field's, else what holds them."""
        resolved = use.resolved
        if resolved.type is not None:
            return resolved.type
        if resolved.source is TokenSource.COLUMN and self.column_types is not None:
            return self.column_types.get(resolved.column)
        if resolved.source is TokenSource.CONTEXT:
            return _kind_of_value(self._given(use))
        return None

    def _given(self, use: TokenUse) -> object:
        token = use.resolved.token
        values = getattr(self.context, token.scope or "system")
        return next(
            (v for n, v in values.items() if fold_name(n) == fold_name(token.name)),
            None,
        )

    def is_bare(self, use: TokenUse) -> bool:
        """Whether JSON encoding writes a token's values without quotes."""
        kind = self.kind_of(use)
        return kind is not None and (kind.is_number or kind is FieldType.BOOLEAN)

    def hits(self, rule: str, use: TokenUse) -> Tally:
        """Return the leads for whom a rule's probe hit what is sent for a token."""
        filling = use.resolved.filling
        if self.leads is None or filling is None:
            return _NOTHING
        return self.leads.hits.get((rule, filling), _NOTHING)

    def empty(self, use: TokenUse) -> Tally:
        """Return the leads who have nothing for a token."""
        if self.leads is None or not use.resolved.columns:
            return _NOTHING
        return self.leads.empty.get(use.resolved.columns, _NOTHING)

    def without_json(self, use: TokenUse) -> Tally:
        """Return the leads whose body is not JSON because of a token of the payload."""
        if self.leads is None:
            return _NOTHING
        return self.leads.no_json.get(self._numbers[id(use)], _NOTHING)

    def is_all(self, tally: Tally) -> bool:
        """Whether something concerns every lead."""
        return self.leads is not None and 0 < self.leads.count == tally.rows

    @cached_property
    def template_problem(self) -> str:
        """Why the payload would not be JSON whatever the leads hold; nothing if it may."""
        if self.payload.shape != "json":
            return ""
        return json_problem(
            self.payload.filled([*map(self._stand_in, self.payload_uses)])
        )

    def _stand_in(self, use: TokenUse) -> str:
        """Return a value as it would stand there if the template were mended."""
        if use.quoting != "bare":
            return "x"
        kind = self.kind_of(use)
        if kind is FieldType.BOOLEAN:
            return "true"
        return "0" if kind is not None and kind.is_number else '"x"'

    @cached_property
    def json_slots(self) -> tuple[JsonSlot, ...] | None:
        """The payload's tokens for judging bodies; None where no body can be JSON."""
        if self.payload.shape != "json" or self.template_problem:
            return None
        uses = iter(self.payload_uses)
        pieces = self.payload.pieces
        return tuple(
            self._json_slot(next(uses), number)
            for number, piece in enumerate(pieces)
            if not isinstance(piece, str)
        )

    def _json_slot(self, use: TokenUse, number: int) -> JsonSlot:
        before, after = (_text_at(self.payload, at) for at in (number - 1, number + 1))
        is_lenient = self.webhook.beyond.lenient_json_quotes and use.quoting != "bare"
        adds_quotes = self.encoding == "JSON" and not is_lenient
        return JsonSlot(
            use.quoting,
            slot_borders(before, after, use.quoting),
            adds_quotes,
            is_checked=not adds_quotes or (use.default or "").startswith('"'),
            filling=use.resolved.filling,
            constant=use.resolved.constant or b"",
        )


def _text_at(payload: Payload, number: int) -> str:
    """Return a literal piece, a space for the end of the text, nothing for a token."""
    if not 0 <= number < len(payload.pieces):
        return " "
    piece = payload.pieces[number]
    return piece if isinstance(piece, str) else ""


def _kind_of_value(value: object) -> FieldType | None:
    if isinstance(value, bool):
        return FieldType.BOOLEAN
    is_number = isinstance(value, int | float) or type(value).__name__ == "Decimal"
    return FieldType.FLOAT if is_number else None
