"""What the demo service makes of a request: its path and the lead it speaks of."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import parse_qsl, unquote

__all__ = [
    "LEAD_FIELDS",
    "Headers",
    "ReceivedRequest",
    "RequestHead",
    "read_head",
    "read_request",
]

LEAD_FIELDS = ("email", "first", "last", "company", "title", "country")
"""What the service understands of a lead."""

_OTHER_NAMES = {
    "emailaddress": "email",
    "firstname": "first",
    "lastname": "last",
    "companyname": "company",
    "jobtitle": "title",
}
_MAX_FORM_FIELDS = 1_000

Headers = tuple[tuple[bytes, bytes], ...]


@dataclass(frozen=True, slots=True)
class RequestHead:
    """A request's head, read.

    Attributes:
        method: As sent.
        target: Path and query, as sent.
        headers: Names as sent.
        path: The target without its query, percent signs undone.
        lead_fields: What the query says of `LEAD_FIELDS`.
        lead_id: The header `X-Lead-Id`, or nothing.
        closes: Whether the connection ends with the answer.
    """

    method: bytes
    target: bytes
    headers: Headers
    path: str
    lead_fields: dict[str, str]
    lead_id: str
    closes: bool

    def query_value(self, name: str) -> str:
        """Return the query's last parameter of that name, or nothing."""
        return dict(_split_form(self.target.partition(b"?")[2])).get(name, "")


@dataclass(frozen=True, slots=True)
class ReceivedRequest:
    """A whole request, read.

    Attributes:
        head: Its head.
        body: Without the transfer encoding.
        lead_fields: What query and body say of `LEAD_FIELDS`; the body wins.
        problem: Why the body tells nothing of a lead, where it claims to be JSON.
        lead: The header `X-Lead-Id`, or else the e-mail address, or nothing.
    """

    head: RequestHead
    body: bytes
    lead_fields: dict[str, str]
    problem: str
    lead: str


class _UnreadableBody(Exception):
    """A body that begins like JSON is no JSON object."""


def read_head(
    method: bytes, target: bytes, headers: Headers, *, is_http_1_0: bool = False
) -> RequestHead:
    """Return what a head says."""
    raw_path, _, query = target.partition(b"?")
    named = {name.lower(): value for name, value in headers}
    return RequestHead(
        method,
        target,
        headers,
        path=unquote(raw_path.decode("latin-1")),
        lead_fields=_pick_fields(_split_form(query)),
        lead_id=named.get(b"x-lead-id", b"").decode("utf-8", "backslashreplace"),
        closes=is_http_1_0 or b"close" in named.get(b"connection", b"").lower(),
    )


def read_request(head: RequestHead, body: bytes) -> ReceivedRequest:
    """Return what a whole request says."""
    told, problem = head.lead_fields, ""
    if body:
        try:
            told = told | _pick_fields(_read_body(body))
        except _UnreadableBody as error:
            problem = str(error)
    lead = head.lead_id or told.get("email", "")
    return ReceivedRequest(head, body, told, problem, lead)


def _read_body(body: bytes) -> Iterable[tuple[str, object]]:
    if not body.lstrip().startswith((b"{", b"[", b'"')):
        return _split_form(body.strip())
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        position = getattr(error, "pos", None)
        place = "" if position is None else f" at character {position}"
        raise _UnreadableBody(f"the body is not valid JSON{place}") from error
    if not isinstance(document, dict):
        raise _UnreadableBody("the body is JSON, but no object")
    return document.items()


def _split_form(form: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(
            form.decode("utf-8", "backslashreplace"),
            keep_blank_values=True,
            errors="backslashreplace",
            max_num_fields=_MAX_FORM_FIELDS,
        )
    except ValueError:
        return []


def _pick_fields(pairs: Iterable[tuple[str, object]]) -> dict[str, str]:
    picked = ((_field_of(name), value) for name, value in pairs)
    return {
        name: str(value)
        for name, value in picked
        if name and isinstance(value, str | int | float)
    }


@lru_cache(maxsize=1_024)
def _field_of(name: str) -> str:
    """Return which of `LEAD_FIELDS` a name stands for, in any case, or nothing."""
    plain = "".join(letter for letter in name.lower() if letter.isalpha())
    plain = _OTHER_NAMES.get(plain, plain)
    return plain if plain in LEAD_FIELDS else ""
