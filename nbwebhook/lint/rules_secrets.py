"""Rules about secrets that stand in a definition in clear text."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from urllib.parse import unquote_plus

from nbwebhook.definition.tokens import Token, place_in, scan_template
from nbwebhook.lint.case import Case
from nbwebhook.lint.rules import Hit, rule

__all__ = ["RULES"]

_NAME = re.compile(
    r"(?:^|[^a-z])(?:api|access|auth|private|secret|client|user|account|subscription)?"
    r"[^a-z]?(?:key|token|secret|password|passwd|pwd|passphrase|credential|signature)s?$"
    r"|^(?:sig|auth|authorization|bearer)$"
)
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_SCHEMES = re.compile(r"(?:basic|bearer|token|apikey|digest|key)\s+", re.IGNORECASE)
_NO_SECRET = re.compile(
    r"<[^<>]*>|\[[^\[\]]*\]|\{[^{}]*\}|[*•x.…]+|(?:your|my|the|insert|example|test)\b.*"
    r"|true|false|null|none|\d{0,4}",
    re.IGNORECASE | re.DOTALL,
)
_JSON_PAIR = re.compile(r'"([^"\\{}]{1,80})"\s*:\s*"((?:[^"\\]|\\.)*)"')
_PAIR = re.compile(r"([^&=?#\s]{1,80})=([^&#\s]*)")
_XML_PAIR = re.compile(r"<([A-Za-z_][\w:.-]{0,80})>([^<>{}]+)</\1>")
_OPAQUE = re.compile(r"[A-Za-z0-9_+/=-]{24,}")
_BITS = 3.5
_REMEDY = "write {{{{secret.{}}}}} and set the environment variable {}"


def _is_secret_name(name: str) -> bool:
    plain = _HUMP.sub("_", unquote_plus(name)).lower().strip()
    return _NAME.search(plain) is not None


def _is_secret_value(value: str) -> bool:
    value = _SCHEMES.sub("", value.strip(), count=1).strip()
    return bool(value) and "{{" not in value and not _NO_SECRET.fullmatch(value)


def _is_opaque(segment: str) -> bool:
    """Return whether a segment of a path looks like a key: long, and of no pattern."""
    if not _OPAQUE.fullmatch(segment) or not re.search(r"\d", segment):
        return False
    counts = Counter(segment)
    bits = -sum(n / len(segment) * math.log2(n / len(segment)) for n in counts.values())
    return bits > _BITS


def _variable(name: str) -> str:
    return re.sub(r"[^A-Z0-9]+", "_", _HUMP.sub("_", name).upper()).strip("_") or "KEY"


def _hit(place: str, name: str, what: str) -> Hit:
    variable = _variable(name)
    return Hit(
        place,
        f"{what} {name!r} looks like a secret in clear text; whoever sees the "
        "definition, its file or a report has it",
        _REMEDY.format(variable, variable),
    )


@rule(
    "secret-in-clear", "warning", "A key, token or password stands in the definition."
)
def secret_in_clear(case: Case) -> Iterable[Hit]:
    """By its name, or by its looks in a path; its value is never shown."""
    yield from _in_url(case.webhook.url)
    yield from _in_payload(case.webhook.payload_template)
    for name, value in case.webhook.custom_headers:
        if _is_secret_name(name) and _is_secret_value(value):
            yield _hit(f"custom header {name!r}", name, "the value of the header")


def _in_url(url: str) -> Iterator[Hit]:
    address, _, query = url.partition("?")
    for name, value, at in _pairs(_PAIR, query):
        if _is_secret_name(name) and _is_secret_value(unquote_plus(value)):
            where = place_in("url", url, len(address) + 1 + at)
            yield _hit(where, name, "the parameter")
    segments = address.split("/")[3:]
    before = ""
    at = len(address) - len("/".join(segments))
    for segment in segments:
        is_named = _is_secret_name(before) and _is_secret_value(segment)
        if is_named or (_is_opaque(segment) and "{{" not in segment):
            yield _hit(place_in("url", url, at), before or "path", "the segment after")
        before, at = segment, at + len(segment) + 1


def _in_payload(template: str) -> Iterator[Hit]:
    for pattern in (_JSON_PAIR, _XML_PAIR, _PAIR):
        for name, value, at in _pairs(pattern, template):
            if _is_secret_name(name) and _is_secret_value(unquote_plus(value)):
                where = place_in("payload template", template, at)
                yield _hit(where, name, "the value of")


def _pairs(pattern: re.Pattern[str], text: str) -> Iterator[tuple[str, str, int]]:
    """Yield names, values and offsets; what is in tokens is no pair."""
    spans = [
        (token.start, text.index("}}", token.start + 2))
        for token in scan_template(text)[0].pieces
        if isinstance(token, Token)
    ]
    starts = iter(spans)
    span = next(starts, (len(text), len(text)))
    for hit in pattern.finditer(text):
        while span[1] < hit.start():
            span = next(starts, (len(text), len(text)))
        if not span[0] <= hit.start() <= span[1]:
            yield hit[1], hit[2], hit.start()


RULES = (secret_in_clear,)
