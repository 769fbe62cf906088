"""The tables of a journal, and the checksums that keep their rows honest.

```text
meta    whose journal it is: the run's id, its leads, fingerprints      once
claim   intents: leads [first_row, end_row) may be called from now on   before
call    what came of it: one row a call, with the mapped values         after
seal    one row a transaction: how many rows there are, and a chain     with both
```

All tables only grow. Each call settles one claim of its lead; so does a row with attempt
0, which withdraws a claim that no call was made for. A lead with more claims than rows
is *unknown*: its request may have been sent. The outcome of a lead is that of its
last attempt.

It is an ordinary SQLite database, and while no run has it open anybody may look:

```sql
SELECT outcome, count(*) FROM lead_outcome GROUP BY outcome;
SELECT lead_key FROM unknown_lead;
SELECT c.lead_key, j.value FROM call c, json_each(c.changes) j;
```

`changes` is JSON, one list a response mapping: its number from 0, its fate, the value in
the response as text, the type and the text of the new value where JSON cannot hold it
exactly (`decimal`, `datetime`, `date`; else empty), and the reason. Text that is no valid
Unicode has its bad parts written as escapes, except in `changes`, which is exact.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable

__all__ = [
    "APPLICATION_ID",
    "CALL_COLUMNS",
    "FORMAT",
    "IDENTITY",
    "SCHEMA",
    "chain_crc",
    "crc_of",
    "insert_into",
]

APPLICATION_ID = 0x6E627768
"""`nbwh` in the header of the file."""

FORMAT = 1
"""The file's user_version."""

IDENTITY = "identity: "
"""How the names of fingerprints begin in `meta`."""

CALL_COLUMNS = {
    "row": "INTEGER NOT NULL",
    "attempt": "INTEGER NOT NULL",
    "lead_key": "TEXT",
    "outcome": "TEXT NOT NULL",
    "status_code": "INTEGER",
    "error_type": "TEXT",
    "error_code": "INTEGER",
    "reason": "TEXT",
    "started_at_s": "REAL",
    "wait_ms": "REAL",
    "throttle_ms": "REAL",
    "resolve_ms": "REAL",
    "connect_ms": "REAL",
    "tls_ms": "REAL",
    "send_ms": "REAL",
    "first_byte_ms": "REAL",
    "read_ms": "REAL",
    "latency_ms": "REAL",
    "overhead_ms": "REAL",
    "request_bytes": "INTEGER",
    "response_bytes": "INTEGER",
    "connection_reused": "INTEGER",
    "remote_address": "TEXT",
    "changes": "TEXT",
}
"""Columns of a call, named as in the calls frame; `started_at_s` is UTC in seconds since
1970. Empty where there is nothing to tell."""

_COLUMNS = {
    "meta": {"name": "TEXT NOT NULL", "value": "TEXT NOT NULL"},
    "claim": {
        "first_row": "INTEGER NOT NULL",
        "end_row": "INTEGER NOT NULL",
        "lead_keys": "TEXT NOT NULL",
    },
    "call": CALL_COLUMNS,
    "seal": {
        "event": "TEXT NOT NULL",
        "at_s": "REAL NOT NULL",
        "elapsed_s": "REAL NOT NULL",
        "claims": "INTEGER NOT NULL",
        "calls": "INTEGER NOT NULL",
        "chain": "INTEGER NOT NULL",
    },
}

_VIEWS = {
    "lead_outcome": (
        "SELECT row, lead_key, max(attempt) AS attempts, outcome, status_code, "
        "error_type, error_code, reason, changes FROM call GROUP BY row"
    ),
    "open_claim": (
        "SELECT c.row, c.lead_key FROM ("
        "SELECT claim.first_row + k.key AS row, k.value AS lead_key, count(*) AS n "
        "FROM claim, json_each(claim.lead_keys) AS k GROUP BY 1) AS c "
        "LEFT JOIN (SELECT row, count(*) AS n FROM call GROUP BY row) AS s "
        "ON s.row = c.row WHERE c.n > coalesce(s.n, 0)"
    ),
    "unknown_lead": (
        "SELECT row, lead_key, reason FROM lead_outcome WHERE outcome = 'unknown' "
        "AND row NOT IN (SELECT row FROM open_claim) UNION ALL "
        "SELECT row, lead_key, 'claimed, and no outcome came' FROM open_claim"
    ),
}

# Made once: `json.dumps` would make one for each row.
_encode = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode


def _table(name: str) -> str:
    columns = {
        "seq": "INTEGER PRIMARY KEY",
        **_COLUMNS[name],
        "crc": "INTEGER NOT NULL",
    }
    listed = ", ".join(f"{column} {kind}" for column, kind in columns.items())
    return f"CREATE TABLE {name} ({listed})"


SCHEMA: dict[str, str] = {
    **{name: _table(name) for name in _COLUMNS},
    **{name: f"CREATE VIEW {name} AS {query}" for name, query in _VIEWS.items()},
}
"""The statement that makes each table and view, by its name."""


def insert_into(table: str, rows: int = 1) -> str:
    """Return the statement that adds `rows` rows with all their columns to a table.

    Example:
        >>> insert_into("meta", 2)
        'INSERT INTO meta VALUES (?,?,?,?),(?,?,?,?)'
    """
    row = f"({','.join('?' * (len(_COLUMNS[table]) + 2))})"
    return f"INSERT INTO {table} VALUES {','.join([row] * rows)}"  # noqa: S608 - our own names


def crc_of(values: Iterable[object]) -> int:
    """Return the checksum of a row: of its values but the last, which is this one.

    JSON and not `repr`, since that writes some text otherwise in another Python.

    Example:
        >>> crc_of([1, "Zoë", None, 0.5])
        124260478
    """
    return zlib.crc32(_encode(list(values)).encode("ascii"))


def chain_crc(chain: int, crc: int) -> int:
    """Return the chain over all rows so far, with one more row's checksum."""
    return zlib.crc32(crc.to_bytes(4, "little"), chain)
