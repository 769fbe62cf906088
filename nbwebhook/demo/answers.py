"""The demo service's endpoints: what a request is answered, before any fault."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from hashlib import blake2b
from http import HTTPStatus
from struct import unpack

from nbwebhook.demo.requests import Headers, ReceivedRequest

__all__ = [
    "Answer",
    "Manner",
    "answer_document",
    "answer_request",
    "answer_status",
    "enrich_lead",
    "reason_of",
]

_INDUSTRIES = (
    "Manufacturing",
    "Retail",
    "Software",
    "Logistics",
    "Healthcare",
    "Energy",
    "Public sector",
    "Media",
)
_SIZES = (("small", 5, 50), ("mid-size", 50, 1_000), ("large", 1_000, 25_000))
_REGIONS = ("emea", "amer", "apac")
_TRAITS = ("reseller", "event", "partner", "newsletter", "trial")
_GRADES = ((80, "A"), (60, "B"), (40, "C"), (20, "D"), (0, "E"))
_FIRST_CHECK = datetime(2026, 1, 2, 3, 4, 5)  # noqa: DTZ001 - UTC, written with Z
_CHECKS_WITHIN_S = 90 * 24 * 60 * 60
_JSON = json.JSONEncoder(separators=(",", ":"))
_FINAL_STATUS = re.compile(r"[2-9][0-9][0-9]")
_BODYLESS = frozenset({204, 205, 304})
_ENRICH_METHODS = frozenset({b"GET", b"POST", b"PUT", b"PATCH"})


class Manner(Enum):
    """How an answer is given."""

    WHOLE = "whole"
    DRIP = "drip"
    TRUNCATE = "truncate"
    CLOSE = "close"
    RESET = "reset"
    HANG = "hang"


@dataclass(frozen=True, slots=True)
class Answer:
    """What to send, and how.

    Attributes:
        status: The final status, 200 to 999.
        body: The bytes of the body.
        content_type: Of the body; no header where the body is empty.
        headers: Further headers.
        manner: Anything but `WHOLE` is a fault.
    """

    status: int
    body: bytes = b""
    content_type: bytes = b"application/json"
    headers: Headers = ()
    manner: Manner = Manner.WHOLE


def answer_document(status: int, document: object) -> Answer:
    """Return an answer with a JSON document in it."""
    return Answer(status, _JSON.encode(document).encode())


def answer_request(request: ReceivedRequest) -> Answer:
    """Return the answer of the endpoint that the request's path names."""
    match request.head.path.split("/")[1:]:
        case ["enrich"]:
            return _answer_enrich(request)
        case ["echo"]:
            return answer_document(200, _echo(request))
        case ["status", code] if _FINAL_STATUS.fullmatch(code):
            return _answer_status(request, code)
        case ["health"]:
            return answer_document(200, {"status": "ok"})
        case _:
            return answer_document(404, {"error": "no such endpoint"})


def _answer_enrich(request: ReceivedRequest) -> Answer:
    if request.head.method not in _ENRICH_METHODS:
        allowed = b", ".join(sorted(_ENRICH_METHODS))
        refusal = answer_document(405, {"error": "wanted GET or POST"})
        return Answer(405, refusal.body, headers=((b"Allow", allowed),))
    lead_fields = request.lead_fields
    if request.problem:
        return answer_document(400, {"error": request.problem})
    if not any(lead_fields.values()):
        wanted = "no field of a lead in query or body; wanted at least an email"
        return answer_document(422, {"error": wanted})
    document = {"result": enrich_lead(lead_fields), "request": lead_fields}
    return answer_document(200, document)


def _echo(request: ReceivedRequest) -> dict[str, object]:
    return {
        "method": request.head.method.decode("latin-1"),
        "target": request.head.target.decode("latin-1"),
        "headers": [
            [name.decode("latin-1"), value.decode("latin-1")]
            for name, value in request.head.headers
        ],
        "body": request.body.decode("latin-1"),
        "body_bytes": len(request.body),
    }


def _answer_status(request: ReceivedRequest, code: str) -> Answer:
    told = request.head.query_value("retry_after")
    wait = "".join(sign for sign in told if " " <= sign <= "~").strip()
    headers = ((b"Retry-After", wait.encode()),) if wait else ()
    return answer_status(int(code), headers)


def answer_status(status: int, headers: Headers = ()) -> Answer:
    """Return an answer that has nothing to say but its status."""
    if status in _BODYLESS:
        return Answer(status, headers=headers)
    document = {"status": status, "error": reason_of(status)}
    return Answer(status, answer_document(status, document).body, headers=headers)


def reason_of(status: int) -> str:
    """Return the standard reason phrase of a status, or nothing."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def enrich_lead(lead_fields: dict[str, str]) -> dict[str, object]:
    """Return what the service claims to know of a lead.

    It follows from the e-mail address alone, in any case; without one, from whatever
    else is told. Everything is made up, and the same on every machine.

    Example:
        >>> enrich_lead({"email": "Ana@example.com"}) == enrich_lead(
        ...     {"email": "ana@example.com", "country": "Spain"}
        ... )
        True
    """
    return _invent(_identity(lead_fields).lower())


def _identity(lead_fields: dict[str, str]) -> str:
    others = (lead_fields[name] for name in sorted(lead_fields))
    return lead_fields.get("email") or "\n".join(others)


def _invent(identity: str) -> dict[str, object]:
    digest = blake2b(identity.encode("utf-8", "surrogatepass"), digest_size=32).digest()
    dice = unpack("<8I", digest)
    score = dice[0] % 101
    size, fewest, most = _SIZES[dice[1] % len(_SIZES)]
    employees = fewest + dice[2] % (most - fewest)
    checked_at = _FIRST_CHECK + timedelta(seconds=dice[5] % _CHECKS_WITHIN_S)
    return {
        "score": score,
        "grade": next(grade for least, grade in _GRADES if score >= least),
        "segment": f"{_INDUSTRIES[dice[3] % len(_INDUSTRIES)]}, {size}",
        "employees": employees,
        "revenue": employees * 45_000 + dice[4] % 2_000_000 / 2,
        "is_customer": dice[6] % 5 == 0,
        "checked_at": f"{checked_at.isoformat()}Z",
        "tags": _choose_tags(dice[7]),
    }


def _choose_tags(die: int) -> list[str]:
    region, rest = _REGIONS[die % len(_REGIONS)], die // len(_REGIONS)
    return [region] + [
        trait for bit, trait in enumerate(_TRAITS) if rest >> (2 * bit) & 3 == 0
    ]
