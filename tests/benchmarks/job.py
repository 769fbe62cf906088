"""The job that everybody does: a list in, one call a lead, five values, two lists out."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

__all__ = [
    "BODY_COLUMNS",
    "FIELDS",
    "count_right",
    "lead_rows",
    "webhook_parts",
    "write_leads",
    "write_results",
]

BODY_COLUMNS = {
    "email": "Email Address",
    "first": "First Name",
    "last": "Last Name",
    "company": "Company Name",
    "zip": "Zip",
    "size": "Size",
}
"""Key of the payload, and the column that fills it."""

FIELDS = {
    "score": "LeadScore",
    "segment": "Segment",
    "employees": "NumberOfEmployees",
    "is_customer": "Is Customer",
    "revenue": "AnnualRevenue",
}
"""Key below `result` in the response, and the field that it is mapped to."""

_FIRST = ("Ada", "Zoë", "Jürgen", "Mary Ann", "Li", "Søren", "Null", "Chloé")
_LAST = ("O'Neil", "Smith", "García", "van der Berg", "Nguyễn", "Müller-Lüdenscheid")
_COMPANY = ('The "Best" Ltd', "Smith & Sons", "ACME", "Café Łódź", "Null Inc")


def lead_rows(count: int) -> Iterable[tuple[str, ...]]:
    """Yield the header and `count` leads; zip codes have zeros, some sizes are empty."""
    yield ("Id", *BODY_COLUMNS.values())
    for i in range(count):
        yield (
            str(i),
            f"person.{i}@example.com",
            _FIRST[i % 8],
            _LAST[i % 6],
            _COMPANY[i % 5],
            f"{i * 7 % 100_000:05}",
            "" if i % 10 == 0 else str(i % 5_000 + 1),
        )


def write_leads(path: Path, count: int) -> Path:
    """Write a list of `count` leads and return where it is."""
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows(lead_rows(count))
    return path


def webhook_parts(origin: str) -> dict[str, object]:
    """Return the job as the definition of a webhook."""
    pairs = (f'"{k}": {{{{lead.{name}}}}}' for k, name in BODY_COLUMNS.items())
    return {
        "name": "Benchmark",
        "url": f"{origin}/enrich?id={{{{lead.Id}}}}",
        "request_type": "POST",
        "payload_template": "{" + ", ".join(pairs) + "}",
        "request_token_encoding": "JSON",
        "response_type": "JSON",
        "custom_headers": {"Content-Type": "application/json"},
        "response_mappings": {f"result.{key}": name for key, name in FIELDS.items()},
    }


def write_results(
    out: Path,
    updates: Iterable[Sequence[object]],
    calls: Iterable[Sequence[object]],
) -> None:
    """Write what a hand-written cell would keep: the new values, and the calls."""
    tables = {
        "updates": (("Id", *FIELDS.values()), updates),
        "calls": (("Id", "status", "latency_ms"), calls),
    }
    for name, (header, rows) in tables.items():
        with (out / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(header)
            writer.writerows(rows)


def count_right(bodies: Sequence[bytes], count: int) -> int:
    """Return how many of the first `count` leads arrived as the list has them."""
    rows = iter(lead_rows(count))
    next(rows)
    return sum(_is_right(body, row) for row, body in zip(rows, bodies, strict=False))


def _is_right(body: bytes, row: Sequence[str]) -> bool:
    try:
        sent = json.loads(body)
    except ValueError:
        return False
    wanted = dict(zip(BODY_COLUMNS, row[1:], strict=True))
    return {key: str(value) for key, value in sent.items()} == wanted
