"""What became of a lead, and of each of its response mappings."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

__all__ = ["Change", "Fate", "FieldValue", "Outcome", "OutcomeKind"]

FieldValue = str | bool | int | Decimal | date | datetime | None
"""A value of a field: `Decimal` for float, currency and percent with a fraction,
`datetime` always in UTC."""


class OutcomeKind(StrEnum):
    """What became of a call, and with its last call of a lead."""

    UPDATED = "updated"
    """2xx, and at least one field was written."""
    NO_UPDATE = "no_update"
    """2xx, but nothing to write: empty body, no mapping matched, no value fitted."""
    FAILED = "failed"
    """Other than 2xx, an unusable body, or no byte of the request was sent."""
    UNKNOWN = "unknown"
    """Bytes were sent and no whole response came: the service may have acted."""
    REFUSED = "refused"
    """Nothing was sent: this lead's request would be wrong or unsafe."""
    SKIPPED = "skipped"
    """Not tried: the run was stopped, or a limit was reached."""
    INTERRUPTED = "interrupted"
    """Cut off by the user before a byte was sent."""


class Fate(StrEnum):
    """What became of one response mapping."""

    WRITTEN = "written"
    UNCHANGED = "unchanged"
    MISSING = "missing"
    NULL = "null"
    TYPE_MISMATCH = "type_mismatch"
    TOO_LONG = "too_long"
    NOT_SCALAR = "not_scalar"
    READ_ONLY = "read_only"


class Change:
    """The fate of one mapping for one lead.

    Attributes:
        mapping: Position of the mapping in the definition, from 0.
        fate: What became of it.
        response_value: The value in the response as text, JSON for what is not text;
            None where there was none.
        new_value: What was written; None where nothing was, or where the field was
            emptied by an option past Marketo.
        reason: One sentence where nothing was written, or where an option past Marketo
            had a hand in it; else empty.
    """

    __slots__ = ("fate", "mapping", "new_value", "reason", "response_value")

    def __init__(
        self,
        mapping: int,
        fate: Fate,
        response_value: str | None,
        new_value: FieldValue = None,
        reason: str = "",
    ) -> None:
        self.mapping = mapping
        self.fate = fate
        self.response_value = response_value
        self.new_value = new_value
        self.reason = reason

    def __repr__(self) -> str:
        return f"<Change {self.mapping} {self.fate}>"


class Outcome:
    """What became of one call.

    Attributes:
        kind: The outcome.
        error_type: Name of our error, or the reason phrase of a non-2xx; else empty.
        error_code: Marketo's 1000 or 1001; 0 where there is none.
        reason: One sentence; empty where all went well.
        changes: One a mapping, in the definition's order; empty where no mapping ran.
    """

    __slots__ = ("changes", "error_code", "error_type", "kind", "reason")

    def __init__(
        self,
        kind: OutcomeKind,
        *,
        error_type: str = "",
        error_code: int = 0,
        reason: str = "",
        changes: tuple[Change, ...] = (),
    ) -> None:
        self.kind = kind
        self.error_type = error_type
        self.error_code = error_code
        self.reason = reason
        self.changes = changes

    def __repr__(self) -> str:
        return f"<Outcome {self.kind} {self.error_type or 'ok'}>"
