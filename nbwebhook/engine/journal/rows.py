"""One call to one row of a journal, and back, exact to the last digit."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from itertools import chain
from math import nan
from typing import Any

from nbwebhook.engine.changes import Changes
from nbwebhook.engine.fast_json import orjson
from nbwebhook.engine.journal.schema import CALL_COLUMNS, encode_ascii
from nbwebhook.engine.ledger import KIND_CODES, PHASES, CallFacts, Ledger
from nbwebhook.mapping.outcome import (
    FATES,
    FieldValue,
    Found,
    Outcome,
    OutcomeKind,
)
from nbwebhook.transport.base import Timing

__all__ = [
    "add_calls",
    "call_values",
    "decode_json",
    "decode_rows",
    "encode_rows",
    "plain_text",
    "read_call",
]

_FATE_NAMES = tuple(str(fate) for fate in FATES)
_EXACT = frozenset([str, int, bool, float])
_FATE_CODES = {str(fate): code for code, fate in enumerate(FATES)}
_EMPTY: dict[str, object] = {
    "status_code": 0,
    "error_type": "",
    "error_code": 0,
    "reason": "",
    **dict.fromkeys(("started_at_s", "wait_ms", "throttle_ms", *PHASES), nan),
    **dict.fromkeys(("request_bytes", "response_bytes", "connection_reused"), -1),
    "remote_address": "",
}
"""What a ledger has for None, in its order."""
_READ_VALUE: dict[str, Any] = {
    "decimal": Decimal,
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
}


def call_values(
    row: int, attempt: int, key: str | None, outcome: Outcome, facts: CallFacts
) -> list[object]:
    """Return a call as the values named by `schema.CALL_COLUMNS`, fit for JSON."""
    timing = facts.timing
    return [
        row,
        attempt,
        plain_text(key),
        outcome.kind,
        facts.status_code or None,
        plain_text(outcome.error_type),
        outcome.error_code or None,
        plain_text(outcome.reason),
        *[
            # Neither NaN nor a call of a function: there may be a million calls.
            number if number == number else None  # noqa: PLR0124 - NaN
            for number in (
                facts.started_at_s,
                facts.wait_ms,
                facts.throttle_ms,
                timing.resolve_ms,
                timing.connect_ms,
                timing.tls_ms,
                timing.send_ms,
                timing.first_byte_ms,
                timing.read_ms,
                timing.latency_ms,
                facts.overhead_ms,
            )
        ],
        _count(facts.request_bytes),
        _count(facts.response_bytes),
        _count(facts.connection_reused),
        plain_text(facts.remote_address),
        _changes(outcome) if outcome.fates else None,
    ]


def encode_rows(rows: Sequence[list[object]]) -> str:
    """Return rows as JSON, ten times faster where the extra `fast` is installed.

    Raises:
        TypeError: A value is none that JSON has.
    """
    if orjson is not None:
        # It knows neither integers beyond 64 bits nor halves of pairs; the other one does.
        with suppress(orjson.JSONEncodeError):
            text: str = orjson.dumps(rows).decode()
            return text
    return encode_ascii(rows)


def decode_json(text: str) -> Any:  # noqa: ANN401 - a document
    """Return a document of a journal; a number beyond 64 bits may have lost its end."""
    if orjson is not None:
        # It knows no halves of pairs; the other one does.
        with suppress(orjson.JSONDecodeError):
            return orjson.loads(text)
    return json.loads(text)


def decode_rows(text: str) -> list[list[Any]]:
    """Return what `encode_rows` wrote, exact to the last digit.

    Raises:
        ValueError, TypeError, LookupError: It is nothing that it writes.
    """
    rows: list[list[Any]] = decode_json(text)
    # No field has a float: where there is one, it was a very large whole number.
    kinds = {type(change[2]) for row in rows for change in row[-1] or ()}
    return json.loads(text) if float in kinds else rows


def add_calls(
    ledger: Ledger, calls: Sequence[Sequence[Any]], *, first_row: int = 0
) -> None:
    """Take down what `call_values` wrote of some calls, a column after another.

    Args:
        ledger: Takes them down.
        calls: The calls, in their order.
        first_row: The row that counts as the first one.

    Raises:
        ValueError, TypeError, KeyError: The values are not those of calls.
    """
    if not calls:
        return
    columns = dict(zip(CALL_COLUMNS, zip(*calls, strict=True), strict=True))
    rows = [row - first_row for row in columns["row"]]
    kinds = list(map(KIND_CODES.__getitem__, columns["outcome"]))
    rest = [_filled(columns[name], empty) for name, empty in _EMPTY.items()]
    ledger.extend([rows, columns["attempt"], kinds, *rest])
    changes = columns["changes"]
    mapped = [row for row, each in zip(rows, changes, strict=True) if each]
    if mapped:
        _add_changes(ledger.changes, mapped, [each for each in changes if each])


def _filled(values: Sequence[Any], empty: object) -> Sequence[Any]:
    if None not in values:
        return values
    return [empty if value is None else value for value in values]


def _add_changes(
    taken: Changes, rows: Sequence[int], changes: Sequence[list[list[Any]]]
) -> None:
    widths = set(map(len, changes)) | {taken.width} - {0}
    if len(widths) > 1:
        problem = f"leads with {sorted(widths)} mappings in one run"
        raise ValueError(problem)
    flat = list(chain.from_iterable(changes))
    values = [change[2] for change in flat]
    if dict in set(map(type, values)):
        values = [_read_tagged(v) if type(v) is dict else v for v in values]
    taken.extend(
        rows,
        bytes([_FATE_CODES[change[0]] for change in flat]),
        [change[1] for change in flat],
        values,
        [change[3] for change in flat],
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
    r"""Return text as SQL can show it: None if empty, halves of pairs escaped.

    Example:
        >>> plain_text(f"a{chr(0xD800)}") == r"a\ud800", plain_text("")
        (True, None)
    """
    if not text:
        return None
    if text.isascii():
        return text
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _ms(value: float | None) -> float:
    return nan if value is None else value


def _count(number: int) -> int | None:
    return None if number < 0 else int(number)


def _changes(outcome: Outcome) -> list[list[object]]:
    columns = zip(
        outcome.fates,
        outcome.response_values,
        outcome.new_values,
        outcome.reasons,
        strict=True,
    )
    return [
        [_FATE_NAMES[code], text, _plain_value(value), reason]
        for code, text, value, reason in columns
    ]


def _plain_value(value: FieldValue) -> object:
    """Return a value as JSON can hold it, or its type and its text."""
    if value is None or type(value) in _EXACT:
        return value
    if isinstance(value, Decimal):
        return {"decimal": str(value)}
    if isinstance(value, datetime):
        return {"datetime": value.isoformat()}
    if isinstance(value, date):
        return {"date": value.isoformat()}
    return value


def _read_changes(changes: list[list[Any]]) -> list[Found]:
    return [
        (
            _FATE_CODES[fate],
            response_value,
            _read_tagged(value) if isinstance(value, dict) else value,
            reason,
        )
        for fate, response_value, value, reason in changes
    ]


def _read_tagged(value: dict[str, str]) -> FieldValue:
    [(tag, text)] = value.items()
    found: FieldValue = _READ_VALUE[tag](text)
    return found
