"""The demo service's faults: how a good answer goes wrong, by name."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import blake2b
from struct import unpack

from nbwebhook.demo.answers import (
    Answer,
    Manner,
    answer_document,
    answer_request,
    answer_status,
    enrich_lead,
)
from nbwebhook.demo.requests import ReceivedRequest
from nbwebhook.demo.settings import FAULTS, Settings, is_fault_name

__all__ = ["Work", "plan_work"]

_MANNERS = {
    "close": Manner.CLOSE,
    "reset": Manner.RESET,
    "hang": Manner.HANG,
    "drip": Manner.DRIP,
    "truncate": Manner.TRUNCATE,
}
_PAGE = b"""<!DOCTYPE html>
<html><head><title>Welcome back</title></head>
<body><h1>Please sign in</h1><p>Your session has ended.</p></body></html>
"""
_WORKING_ENDPOINTS = frozenset({"enrich", "echo", "status"})


@dataclass(frozen=True, slots=True)
class Work:
    """What the service will do about a request.

    Attributes:
        delay_s: How long it takes first.
        answer: What it says then.
    """

    delay_s: float
    answer: Answer


def plan_work(request: ReceivedRequest, attempt: int, settings: Settings) -> Work:
    """Return what the service does about a request.

    Args:
        request: The whole request.
        attempt: Which request of its lead this is, from 1. The same lead and attempt
            have the same fate under the same seed, whatever else goes on.
        settings: Of the service.
    """
    if request.head.path.startswith("/fault/"):
        return Work(0.0, _answer_fault(request, settings))
    answer = answer_request(request)
    if request.head.path[1:].partition("/")[0] not in _WORKING_ENDPOINTS:
        return Work(0.0, answer)
    delay_ms, fault = _draw_fate(request.lead, attempt, settings)
    if fault:
        answer = _spoil(answer, fault, settings)
    return Work(delay_ms / 1_000, answer)


def _answer_fault(request: ReceivedRequest, settings: Settings) -> Answer:
    name = request.head.path.removeprefix("/fault/")
    if not is_fault_name(name):
        known = [*FAULTS, "status_NNN"]
        return answer_document(404, {"error": "no such fault", "faults": known})
    sample = {"email": request.lead or "fault@example.com"}
    good = answer_document(200, {"result": enrich_lead(sample), "request": sample})
    return _spoil(good, name, settings)


def _draw_fate(lead: str, attempt: int, settings: Settings) -> tuple[float, str]:
    """Return the delay in milliseconds and the name of the fault, or nothing."""
    told = f"{settings.seed} {attempt} {lead}".encode("utf-8", "surrogatepass")
    digest = blake2b(told, digest_size=12).digest()
    shape, slow, fault = ((die + 0.5) / 2**32 for die in unpack("<3I", digest))
    return settings.latency.delay_ms(shape, slow), _choose_fault(fault, settings)


def _choose_fault(chance: float, settings: Settings) -> str:
    for name, share in settings.fault_shares:
        if chance < share:
            return name
        chance -= share
    return ""


def _spoil(good: Answer, fault: str, settings: Settings) -> Answer:
    if fault in _MANNERS:
        return replace(good, manner=_MANNERS[fault])
    if fault in _SPOILERS:
        return _SPOILERS[fault](good, settings)
    return answer_status(int(fault.removeprefix("status_")))


def _cut_in_half(good: Answer, _: Settings) -> Answer:
    return replace(good, body=good.body[: len(good.body) // 2])


def _pack(good: Answer, _: Settings) -> Answer:
    packed = gzip.compress(good.body, mtime=0)
    encoding = (b"Content-Encoding", b"gzip")
    return replace(good, body=packed, headers=(*good.headers, encoding))


@lru_cache(maxsize=2)
def _big_body(size_bytes: int) -> bytes:
    """Return a JSON document of that size, or a little more for a tiny one."""
    frame = json.dumps({"result": {"score": 50}, "padding": ""})
    return frame.replace('""', f'"{"x" * (size_bytes - len(frame))}"').encode()


_SPOILERS: dict[str, Callable[[Answer, Settings], Answer]] = {
    "html": lambda _good, _: Answer(200, _PAGE, b"text/html; charset=utf-8"),
    "empty": lambda _good, _: Answer(200),
    "redirect": lambda _good, _: Answer(302, headers=((b"Location", b"/health"),)),
    "big": lambda _good, settings: Answer(200, _big_body(settings.big_bytes)),
    "bad_json": _cut_in_half,
    "gzip": _pack,
}
