"""What became of a lead, and of each of its response mappings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache

__all__ = ["FATES", "Change", "Fate", "FieldValue", "Found", "Outcome", "OutcomeKind"]

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


FATES = tuple(Fate)
"""Fates by their code, the number that columns of many of them hold."""

_FATE_CODES = {fate: code for code, fate in enumerate(FATES)}

Found = tuple[int, str | None, FieldValue, str]
"""What a change holds besides its mapping: the fate's code, the response's value as
text, the new value, the reason."""


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

    What the mappings came to is kept as columns, as a run keeps those of all its leads;
    `changes` makes an object of each one when asked.

    Attributes:
        kind: The outcome.
        error_type: Name of our error, or the reason phrase of a non-2xx; else empty.
        error_code: Marketo's 1000 or 1001; 0 where there is none.
        reason: One sentence; empty where all went well.
        fates: The code of each mapping's fate, in the definition's order; empty where no
            mapping ran.
        response_values: The value that each one found, as text.
        new_values: The value that each one wrote.
        reasons: Why each one wrote nothing.
    """

    __slots__ = (
        "error_code",
        "error_type",
        "fates",
        "kind",
        "new_values",
        "reason",
        "reasons",
        "response_values",
    )

    fates: bytes
    response_values: tuple[str | None, ...]
    new_values: tuple[FieldValue, ...]
    reasons: tuple[str, ...]

    def __init__(
        self,
        kind: OutcomeKind,
        *,
        error_type: str = "",
        error_code: int = 0,
        reason: str = "",
        changes: Sequence[Change] = (),
    ) -> None:
        self.kind = kind
        self.error_type = error_type
        self.error_code = error_code
        self.reason = reason
        self.fates = bytes([_FATE_CODES[change.fate] for change in changes])
        self.response_values = tuple([change.response_value for change in changes])
        self.new_values = tuple([change.new_value for change in changes])
        self.reasons = tuple([change.reason for change in changes])

    @classmethod
    def mapped(cls, kind: OutcomeKind, reason: str, found: Sequence[Found]) -> Outcome:
        """Return the outcome of a call whose response was mapped.

        Args:
            kind: The outcome.
            reason: One sentence, or nothing.
            found: What each mapping came to, in the definition's order; at least one.
        """
        self = cls.__new__(cls)
        self.kind = kind
        self.error_type = ""
        self.error_code = 0
        self.reason = reason
        fates, self.response_values, self.new_values, self.reasons = zip(
            *found, strict=True
        )
        self.fates = bytes(fates)
        return self

    def hide(self, mask: Callable[[str], str], why: str) -> None:
        """Mask every text in place; where a mapping's value changes, say why."""
        self.error_type = mask(self.error_type)
        self.reason = mask(self.reason)
        found = self.response_values
        self.response_values = tuple([v if v is None else mask(v) for v in found])
        self.new_values = tuple(
            [mask(v) if isinstance(v, str) else v for v in self.new_values]
        )
        self.reasons = tuple(
            [
                mask(reason) if before == after else why
                for reason, before, after in zip(
                    self.reasons, found, self.response_values, strict=True
                )
            ]
        )

    def with_reason(self, reason: str) -> Outcome:
        """Return the same outcome with another sentence."""
        other = Outcome(
            self.kind,
            error_type=self.error_type,
            error_code=self.error_code,
            reason=reason,
        )
        other.fates = self.fates
        other.response_values = self.response_values
        other.new_values = self.new_values
        other.reasons = self.reasons
        return other

    @property
    def changes(self) -> tuple[Change, ...]:
        """One a mapping, in the definition's order; empty where no mapping ran."""
        found = zip(
            self.fates,
            self.response_values,
            self.new_values,
            self.reasons,
            strict=True,
        )
        return tuple(
            Change(number, FATES[code], text, value, reason)
            if value is not None
            else _empty_change(number, code, text, reason)
            for number, (code, text, value, reason) in enumerate(found)
        )

    def __repr__(self) -> str:
        return f"<Outcome {self.kind} {self.error_type or 'ok'}>"


@lru_cache(maxsize=1_024)
def _empty_change(number: int, code: int, text: str | None, reason: str) -> Change:
    """Return a change that writes nothing, one for all leads where it is the same."""
    return Change(number, FATES[code], text, None, reason)
