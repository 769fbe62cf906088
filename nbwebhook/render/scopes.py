"""What a token's name stands for in one run: a column, a value of the run, or nothing.

```text
lead, company   a column: `scope.Name`, else `Name`, else one of the field's other names
secret          the context, else the environment, else the keyring
my, program, campaign, trigger, member, social, system, and SP_Send_Alert_Info
                a column `scope.Name`, else the context, else the clock, else blank
all others      unknown
```

Names are compared without case. Two columns that fit equally well are an error, since
neither guess would be right.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from nbwebhook.definition.context import Context, TokenValue
from nbwebhook.definition.fields import Field, Fields, FieldType, fold_name
from nbwebhook.definition.tokens import Token
from nbwebhook.definition.urls import Origin
from nbwebhook.errors import AmbiguousColumn
from nbwebhook.render.glossary import (
    CLOCK_TOKENS,
    KNOWN_NAMES,
    applies_to_trigger,
    is_listed,
)

__all__ = ["Meaning", "Scopes", "TokenSource"]

_CONTEXT_SCOPES = ("my", "program", "campaign", "trigger", "member", "social", "system")
_BILLING_NAMES = frozenset(["address", "city", "country", "postal code", "state"])
_CLOCK_NAMES = frozenset(fold_name(name) for name in CLOCK_TOKENS)
_IDS = frozenset(["program.id", "campaign.id"])


class TokenSource(StrEnum):
    """Where the text of a token comes from."""

    COLUMN = "column"
    CONTEXT = "context"
    SYSTEM = "system"
    SECRET = "secret"
    DEFAULT_ONLY = "default_only"
    BLANK = "blank"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a name stands for, whatever its default.

    Attributes:
        source: One of column, context, system, secret, blank and unknown.
        columns: The column of the leads; two for a Full Name made of its parts.
        value: The value of the run, where the source is context or secret.
        type: The field's type, None where nothing says it.
        is_known: Whether the name is a column, a field or a token of Marketo's.
        by_api_name: Whether the name is a field's REST or SOAP name.
    """

    source: TokenSource
    columns: tuple[str, ...] = ()
    value: TokenValue = field(default=None, repr=False)
    type: FieldType | None = None
    is_known: bool = True
    by_api_name: bool = False


class Scopes:
    """Finds the meaning of every token of a run.

    Args:
        columns: Names of the leads' columns.
        fields: The field table.
        context: Values that do not come from the lead.
        origin: Where the webhook goes; a secret that is bound elsewhere is unknown.

    Attributes:
        bound_elsewhere: Names of secrets that are for another origin.
    """

    def __init__(
        self,
        columns: Sequence[str],
        fields: Fields,
        context: Context,
        origin: Origin | None = None,
    ) -> None:
        self.bound_elsewhere: dict[str, None] = {}
        self._fields = fields
        self._context = context
        self._origin = origin
        self._columns: dict[str, list[str]] = {}
        for column in columns:
            self._columns.setdefault(fold_name(column), []).append(column)
        self._given = {
            scope: _folded(getattr(context, scope)) for scope in _CONTEXT_SCOPES
        }
        self._found: dict[tuple[str, str], Meaning] = {}

    def find(self, token: Token) -> Meaning:
        """Return the meaning of `token`.

        A secret that nobody gave is unknown.

        Raises:
            AmbiguousColumn: The name fits two columns equally well.
        """
        key = (token.scope, token.name)
        if key not in self._found:
            self._found[key] = self._resolve(token)
        return self._found[key]

    def names(self, scope: str) -> Iterator[str]:
        """Yield the names that a token of `scope` may have in this run."""
        is_field = scope in {"lead", "company"}
        for column in (names[0] for names in self._columns.values()):
            head, dot, tail = column.partition(".")
            if dot and fold_name(head) in KNOWN_NAMES:
                yield from [tail.strip()] if fold_name(head) == scope else ()
            elif is_field:
                yield column
        if is_field:
            yield from (entry.label for entry in self._fields)
        elif scope in _CONTEXT_SCOPES:
            yield from getattr(self._context, scope)
        yield from KNOWN_NAMES.get(scope, ())

    def _resolve(self, token: Token) -> Meaning:
        if token.scope in {"lead", "company"}:
            return self._resolve_field(token)
        if token.scope == "secret":
            return self._resolve_secret(token.name)
        is_scope = token.scope in _CONTEXT_SCOPES
        if not is_scope and not is_listed(token.scope, token.name):
            return Meaning(TokenSource.UNKNOWN, is_known=False)
        if column := self._column(token, token.label):
            found = self._fields.find(column) or self._fields.find(token.label)
            kind = found.type if found else _type_of_id(token)
            return Meaning(TokenSource.COLUMN, (column,), type=kind)
        return self._resolve_given(token)

    def _resolve_field(self, token: Token) -> Meaning:
        entry = self._fields.find(token.name)
        by_api_name = entry is not None and fold_name(token.name) != fold_name(
            entry.label
        )
        columns = self._columns_of_field(token, entry)
        if not columns:
            known = entry is not None or is_listed(token.scope, token.name)
            source = TokenSource.BLANK if known else TokenSource.UNKNOWN
            kind = entry.type if entry else None
            return Meaning(source, type=kind, is_known=known, by_api_name=by_api_name)
        if entry is None:
            entry = self._fields.find(_without_scope(columns[0], token.scope))
        kind = entry.type if entry else None
        return Meaning(TokenSource.COLUMN, columns, type=kind, by_api_name=by_api_name)

    def _columns_of_field(self, token: Token, entry: Field | None) -> tuple[str, ...]:
        """Return the best column: the first rank that has one."""
        label, name = token.label, token.name
        others = entry.names if entry else ()
        column = (
            self._column(token, label)
            or self._column(token, name)
            or self._column(token, *others, *(f"{token.scope}.{o}" for o in others))
        )
        if column:
            return (column,)
        if token.scope == "company" and fold_name(name) in _BILLING_NAMES:
            billing = Token("company", f"Billing {name}", None, token.start)
            return self._columns_of_field(billing, self._fields.find(billing.name))
        if fold_name(name) == "full name":
            return self._columns_of_full_name(token)
        return ()

    def _columns_of_full_name(self, token: Token) -> tuple[str, ...]:
        """Return first and last name, if there are columns for both."""
        parts = [
            self._columns_of_field(
                Token(token.scope, name, None, token.start), self._fields.find(name)
            )
            for name in ("First Name", "Last Name")
        ]
        return (*parts[0], *parts[1]) if all(parts) else ()

    def _column(self, token: Token, *names: str) -> str:
        """Return the one column that has any of these names, or nothing."""
        folded = dict.fromkeys(fold_name(name) for name in names)
        fitting = [column for name in folded for column in self._columns.get(name, ())]
        if len(fitting) > 1:
            raise AmbiguousColumn(token.label, tuple(fitting))
        return fitting[0] if fitting else ""

    def _resolve_secret(self, name: str) -> Meaning:
        secret = self._context.find_secret(name, self._origin)
        if secret and self._origin and not secret.may_go_to(self._origin):
            self.bound_elsewhere[name] = None
            secret = None
        if secret is None or not secret.reveal():
            return Meaning(TokenSource.UNKNOWN, is_known=False)
        return Meaning(TokenSource.SECRET, value=secret.reveal())

    def _resolve_given(self, token: Token) -> Meaning:
        name = fold_name(token.name)
        given = self._given.get(token.scope or "system", {})
        kind = _type_of_id(token)
        if name in given and self._applies(token):
            return Meaning(TokenSource.CONTEXT, value=given[name], type=kind)
        if token.scope == "system" and name in _CLOCK_NAMES:
            return Meaning(TokenSource.SYSTEM)
        known = name in given or is_listed(token.scope, token.name)
        source = TokenSource.BLANK if known else TokenSource.UNKNOWN
        return Meaning(source, type=kind, is_known=known)

    def _applies(self, token: Token) -> bool:
        """Return whether a trigger token exists under the trigger of the run."""
        if token.scope != "trigger":
            return True
        trigger = self._given["trigger"].get("trigger name")
        return not isinstance(trigger, str) or applies_to_trigger(token.name, trigger)


def _folded(values: Mapping[str, TokenValue]) -> dict[str, TokenValue]:
    """Return the values by folded name; of two that fold alike the last counts."""
    return {fold_name(name): value for name, value in values.items()}


def _type_of_id(token: Token) -> FieldType | None:
    return FieldType.INTEGER if fold_name(token.label) in _IDS else None


def _without_scope(column: str, scope: str) -> str:
    head, dot, tail = column.partition(".")
    return tail if dot and fold_name(head) == scope else column
