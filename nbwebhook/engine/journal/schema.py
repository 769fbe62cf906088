"""The tables of a journal, and the checksums that keep their rows honest.

```text
meta    whose journal it is: the run's id, its leads, fingerprints         once
batch   one row a transaction: intents before calls, what came of them after
```

A batch holds in `claims` the leads that may be called from now on, and in `calls` what
came of those whose call has ended, both as JSON; the views `claim` and `call` show them
as rows. A row a transaction and not a row a call, as a call then costs a few bytes of
text and no statement of its own.

Both tables only grow. Each call settles one claim of its lead; so does one with attempt
0, which withdraws a claim that no call was made for. A lead with more claims than calls
is *unknown*: its request may have been sent. The outcome of a lead is that of its
last attempt.

It is an ordinary SQLite database, and while no run has it open anybody may look:

```sql
SELECT outcome, count(*) FROM lead_outcome GROUP BY outcome;
SELECT lead_key FROM unknown_lead;
SELECT c.lead_key, j.value FROM call c, json_each(c.changes) j;
```

`claims` is a list of ranges of leads that follow each other: the first one's row, and
their keys. `calls` is a list of calls, each one a list of the values named by
`CALL_COLUMNS`. `changes` has one list a response mapping, in the definition's order: its
fate, the value in the response as text, the new value, and the reason. A new value that
JSON cannot hold exactly is an object: its type (`decimal`, `datetime` or `date`) and its
text. `done` counts the leads that have their outcome; `elapsed_s` is the session's time.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Sequence

__all__ = [
    "APPLICATION_ID",
    "CALL_COLUMNS",
    "FORMAT",
    "IDENTITY",
    "INSERT_BATCH",
    "INSERT_META",
    "SCHEMA",
    "chain_batch",
    "chain_crc",
    "crc_of",
    "encode_ascii",
]

APPLICATION_ID = 0x6E627768
"""`nbwh` in the header of the file."""

FORMAT = 1
"""The file's user_version."""

IDENTITY = "identity: "
"""How the names of fingerprints begin in `meta`."""

CALL_COLUMNS = (
    "row",
    "attempt",
    "lead_key",
    "outcome",
    "status_code",
    "error_type",
    "error_code",
    "reason",
    "started_at_s",
    "wait_ms",
    "throttle_ms",
    "resolve_ms",
    "connect_ms",
    "tls_ms",
    "send_ms",
    "first_byte_ms",
    "read_ms",
    "latency_ms",
    "overhead_ms",
    "request_bytes",
    "response_bytes",
    "connection_reused",
    "remote_address",
    "changes",
)
"""The values of a call, named as in the calls frame; `started_at_s` is UTC in seconds
since 1970. None where there is nothing to tell."""

INSERT_META = "INSERT INTO meta VALUES (?,?,?,?)"
INSERT_BATCH = "INSERT INTO batch VALUES (?,?,?,?,?,?,?,?)"

_TABLES = {
    "meta": (
        "seq INTEGER PRIMARY KEY, name TEXT NOT NULL, value TEXT NOT NULL, "
        "crc INTEGER NOT NULL"
    ),
    "batch": (
        "seq INTEGER PRIMARY KEY, event TEXT NOT NULL, at_s REAL NOT NULL, "
        "elapsed_s REAL NOT NULL, done INTEGER NOT NULL, claims TEXT NOT NULL, "
        "calls TEXT NOT NULL, chain INTEGER NOT NULL"
    ),
}

_CALL_VALUES = ", ".join(
    f"json_extract(c.value, '$[{at}]') AS {name}"
    for at, name in enumerate(CALL_COLUMNS)
)
_VIEWS = {
    "call": (
        f"SELECT batch.seq AS batch, {_CALL_VALUES} "  # noqa: S608 - our own names
        "FROM batch, json_each(batch.calls) AS c"
    ),
    "claim": (
        "SELECT batch.seq AS batch, json_extract(c.value, '$[0]') AS first_row, "
        "json_extract(c.value, '$[0]') + json_array_length(c.value, '$[1]') "
        "AS end_row, json_extract(c.value, '$[1]') AS lead_keys "
        "FROM batch, json_each(batch.claims) AS c"
    ),
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

SCHEMA: dict[str, str] = {
    **{name: f"CREATE TABLE {name} ({columns})" for name, columns in _TABLES.items()},
    **{name: f"CREATE VIEW {name} AS {query}" for name, query in _VIEWS.items()},
}
"""The statement that makes each table and view, by its name."""

# Made once: `json.dumps` would make one for each row.
encode_ascii = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode
"""Return a value as JSON, in the one form that checksums are taken of."""


def crc_of(values: Iterable[object]) -> int:
    """Return the checksum of a row: of its values but the last, which is this one.

    JSON and not `repr`, since that writes some text otherwise in another Python.

    Example:
        >>> crc_of([1, "Zoë", None, 0.5])
        124260478
    """
    return zlib.crc32(encode_ascii(list(values)).encode("ascii"))


def chain_crc(chain: int, crc: int) -> int:
    """Return the chain over all rows so far, with one more row's checksum."""
    return zlib.crc32(crc.to_bytes(4, "little"), chain)


def chain_batch(chain: int, values: Sequence[object]) -> int:
    """Return the chain over all rows so far, with one more batch.

    Args:
        chain: The chain before it.
        values: The batch, without its last value, which is this one.
    """
    *facts, claims, calls = values
    told = f"{encode_ascii(facts)}\n{claims}\n{calls}"
    return zlib.crc32(told.encode("utf-8", "surrogatepass"), chain)
