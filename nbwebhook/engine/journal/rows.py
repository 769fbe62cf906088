"""One call to one row of a journal, and back, exact to the last digit."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from math import nan
from typing import Any

from nbwebhook.engine.ledger import CallFacts
from nbwebhook.mapping.outcome import (
    FATES,
    FieldValue,
    Found,
    Outcome,
    OutcomeKind,
)
from nbwebhook.transport.base import Timing

__all__ = ["call_values", "plain_text", "read_call"]

_encode = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":"), check_circular=False
).encode
_FATE_CODES = {str(fate): code for code, fate in enumerate(FATES)}
_READ_VALUE: dict[str, Any] = {
    "": lambda value: value,
    "decimal": Decimal,
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
}


def call_values(
    row: int, attempt: int, key: str | None, outcome: Outcome, facts: CallFacts
) -> tuple[object, ...]:
    """Return a call as the values of `schema.CALL_COLUMNS`, in that order."""
    timing = facts.timing
    return (
        row,
        attempt,
        plain_text(key),
        str(outcome.kind),
        facts.status_code or None,
        plain_text(outcome.error_type),
        outcome.error_code or None,
        plain_text(outcome.reason),
        _real(facts.started_at_s),
        _real(facts.wait_ms),
        _real(facts.throttle_ms),
        _real(timing.resolve_ms),
        _real(timing.connect_ms),
        _real(timing.tls_ms),
        _real(timing.send_ms),
        _real(timing.first_byte_ms),
        _real(timing.read_ms),
        _real(timing.latency_ms),
        _real(facts.overhead_ms),
        _count(facts.request_bytes),
        _count(facts.response_bytes),
        _count(facts.connection_reused),
        plain_text(facts.remote_address),
        _changes_text(outcome),
    )


def read_call(values: Sequence[Any]) -> tuple[Outcome, CallFacts]:
    """Return what `call_values` wrote.

    Raises:
        ValueError, TypeError, KeyError: The values are not those of a call.
    """
    kind, reason = OutcomeKind(values[3]), values[7] or ""
    if values[23] is None:
        outcome = Outcome(kind, reason=reason)
    else:
        outcome = Outcome.mapped(kind, reason, _read_changes(values[23]))
    outcome.error_type = values[5] or ""
    outcome.error_code = values[6] or 0
    facts = CallFacts()
    facts.status_code = values[4] or 0
    facts.started_at_s, facts.wait_ms, facts.throttle_ms = map(_ms, values[8:11])
    timing = facts.timing = Timing()
    timing.resolve_ms, timing.connect_ms, timing.tls_ms = map(_ms, values[11:14])
    timing.send_ms, timing.first_byte_ms, timing.read_ms = map(_ms, values[14:17])
    timing.latency_ms, facts.overhead_ms = map(_ms, values[17:19])
    facts.request_bytes, facts.response_bytes, facts.connection_reused = (
        -1 if value is None else value for value in values[19:22]
    )
    facts.remote_address = values[22] or ""
    return outcome, facts


def plain_text(text: str | None) -> str | None:
    r"""Return text as SQLite can hold it: None if empty, halves of pairs escaped.

    Example:
        >>> plain_text(f"a{chr(0xD800)}") == r"a\ud800", plain_text("")
        (True, None)
    """
    if not text:
        return None
    if text.isascii():
        return text
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _real(number: float) -> float | None:
    """Return a float as it comes back: no NaN, and zero without a sign."""
    return None if number != number else number + 0.0  # noqa: PLR0124 - NaN


def _ms(value: float | None) -> float:
    return nan if value is None else value


def _count(number: int) -> int | None:
    return None if number < 0 else int(number)


def _changes_text(outcome: Outcome) -> str | None:
    if not outcome.fates:
        return None
    columns = zip(
        outcome.fates,
        outcome.response_values,
        outcome.new_values,
        outcome.reasons,
        strict=True,
    )
    told = [
        [number, FATES[code], text, *_tagged(value), reason]
        for number, (code, text, value, reason) in enumerate(columns)
    ]
    text = _encode(told)
    return text if text.isascii() or _is_storable(text) else json.dumps(told)


def _is_storable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _tagged(value: FieldValue) -> tuple[str, object]:
    if isinstance(value, Decimal):
        return "decimal", str(value)
    if isinstance(value, datetime):
        return "datetime", value.isoformat()
    if isinstance(value, date):
        return "date", value.isoformat()
    return "", value


def _read_changes(text: str) -> list[Found]:
    return [
        (_FATE_CODES[fate], response_value, _READ_VALUE[tag](value), reason)
        for _, fate, response_value, tag, value, reason in json.loads(text)
    ]
