"""Names and dtypes of every column of the frames that a run gives back."""

from __future__ import annotations

from nbwebhook.definition.fields import FieldType
from nbwebhook.engine.ledger import PHASES
from nbwebhook.mapping.outcome import Fate, OutcomeKind

__all__ = ["CALLS", "CHANGES", "FATES", "FIELD_DTYPES", "MS_COLUMNS", "OUTCOMES"]

OUTCOMES = tuple(str(kind) for kind in OutcomeKind)
FATES = tuple(str(fate) for fate in Fate)

MS_COLUMNS = ("wait_ms", "throttle_ms", *PHASES)

CALLS: dict[str, str] = {
    "lead_key": "string",
    "row": "int64",
    "attempt": "int64",
    "outcome": "category",
    "status_code": "Int64",
    "error_type": "string",
    "error_code": "Int64",
    "reason": "string",
    "started_at": "datetime64[us, UTC]",
    **dict.fromkeys(MS_COLUMNS, "Float64"),
    "request_bytes": "Int64",
    "response_bytes": "Int64",
    "connection_reused": "boolean",
    "remote_address": "string",
}
"""One row a call, in the order of the leads, then attempts. A lead that was not called
has one row too, with attempt 0 where it was skipped. Categories of `outcome`: OUTCOMES."""

CHANGES: dict[str, str] = {
    "lead_key": "string",
    "attribute": "string",
    "field": "string",
    "response_value": "string",
    "old_value": "string",
    "new_value": "string",
    "outcome": "category",
    "reason": "string",
}
"""One row a lead and mapping, of leads whose response was mapped. Categories: FATES."""

FIELD_DTYPES: dict[FieldType | None, str] = {
    **dict.fromkeys(FieldType, "string"),
    FieldType.INTEGER: "Int64",
    FieldType.SCORE: "Int64",
    FieldType.PERCENT: "Int64",
    FieldType.FLOAT: "Float64",
    FieldType.CURRENCY: "Float64",
    FieldType.BOOLEAN: "boolean",
    FieldType.DATE: "datetime64[s]",
    FieldType.DATETIME: "datetime64[us, UTC]",
}
"""The dtype of a field's column in `updates`; a field of no declared type takes the
dtype of the values that came, `object` where they differ."""
