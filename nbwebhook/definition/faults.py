"""Everything that is wrong with a definition, found at once and each with its place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING

from nbwebhook.definition.paths import InvalidPath, parse_path
from nbwebhook.definition.tokens import place_in, scan_template, unescape_template
from nbwebhook.definition.urls import split_url, url_faults
from nbwebhook.errors import Fault

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

__all__ = [
    "LABELS",
    "MAX_PAIRS",
    "faults_of_model",
    "faults_of_parts",
    "mapping_place",
]

LABELS = {
    "name": "name",
    "description": "description",
    "url": "url",
    "request_type": "request type",
    "payload_template": "payload template",
    "request_token_encoding": "request token encoding",
    "response_type": "response type",
    "custom_headers": "custom header",
    "response_mappings": "response mapping",
    "beyond": "beyond",
}
_FIELD_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_FRAMING = frozenset(
    [
        "connection",
        "content-length",
        "expect",
        "keep-alive",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    ]
)
_CONTROLS = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
MAX_PAIRS = 1_000
"""Custom headers, or response mappings, of one webhook."""

_HALF_PAIR = re.compile("[\ud800-\udfff]")
_MAX_TEMPLATE = 2 << 20
_MAX_URL = 16_384
_MAX_HEADER = 65_536
_MAX_FIELD = 255
_MAX_FAULTS = 100
_SHOWN = 60
_ESCAPE = re.compile(r"\\(?:[btnfr\\\"']|(.|\Z))", re.DOTALL)


def mapping_place(number: int, attribute: str) -> str:
    """Return the place of a response mapping, counted from 1, as faults name it.

    Example:
        >>> mapping_place(2, "data..score")
        "response mapping 2 'data..score'"
    """
    return f"{LABELS['response_mappings']} {number} {_shown(attribute)}"


def _shown(name: str) -> str:
    """Return a name in quotes, what does not print escaped, and cut where it is long."""
    return repr(name if len(name) <= _SHOWN else f"{name[:_SHOWN]}…")


def faults_of_model(errors: Iterable[ErrorDetails]) -> Iterator[Fault]:
    """Yield the faults that the model's own types found, one a place."""
    found: dict[str, Fault] = {}
    for error in errors:
        fault = _fault_of_type(error)
        found.setdefault(fault.place, fault)
    yield from found.values()


def _fault_of_type(error: ErrorDetails) -> Fault:
    first, *more = error["loc"] or ("definition",)
    if error["type"] == "extra_forbidden":
        known = ", ".join(LABELS)
        problem = "is not a property of a webhook"
        return Fault(_shown(str(first)), problem, f"there are {known}")
    label = LABELS.get(str(first), str(first))
    if more and isinstance(more[0], int):
        return Fault(f"{label} {more[0] + 1}", "is not a pair of two texts")
    return Fault(label, "is missing" if error["type"] == "missing" else error["msg"])


def faults_of_parts(parts: Mapping[str, object]) -> Iterator[Fault]:
    """Yield the faults of the properties that have the right types."""
    yield from _unstorable(parts)
    authority = ""
    if isinstance(url := parts.get("url"), str):
        faults = tuple(_url_faults(url))
        yield from faults
        authority = "" if faults else split_url(url)[0].authority
    if isinstance(template := parts.get("payload_template"), str):
        yield from _template_faults(template, parts.get("request_type"))
    if isinstance(headers := parts.get("custom_headers"), tuple):
        yield from _header_faults(headers, authority)
    if isinstance(mappings := parts.get("response_mappings"), tuple):
        yield from _mapping_faults(mappings)


def _unstorable(parts: Mapping[str, object]) -> Iterator[Fault]:
    problem = "half a surrogate pair, which is no character and no file can hold"
    for name, label in LABELS.items():
        value = parts.get(name)
        if isinstance(value, str) and _HALF_PAIR.search(value):
            yield Fault(label, problem)
        elif isinstance(value, tuple):
            for number, pair in enumerate(value, 1):
                if any(_HALF_PAIR.search(text) for text in pair):
                    yield Fault(f"{label} {number}", problem)


def _url_faults(url: str) -> Iterator[Fault]:
    if len(url) > _MAX_URL:
        yield Fault("url", f"longer than {_MAX_URL:,} characters")
        return
    # Neither may reach the search for tokens, which takes long on such text.
    control = _CONTROLS.search(url)
    if control:
        yield Fault(place_in("url", url, control.start()), "a control character")
    unclosed = tuple(_unclosed("url", url))
    yield from unclosed
    if not control and not unclosed:
        try:
            yield from url_faults(url)
        except ValueError:
            yield Fault("url, host", "a port of more digits than can be read")


def _unclosed(part: str, text: str) -> Iterator[Fault]:
    for offset in scan_template(text)[1]:
        problem = "'{{' that no '}}' closes"
        yield Fault(place_in(part, text, offset), problem, rule="unclosed-token")


def _template_faults(template: str, request_type: object) -> Iterator[Fault]:
    if len(template) > _MAX_TEMPLATE:
        yield Fault("payload template", f"longer than {_MAX_TEMPLATE:,} characters")
        return
    if template.strip() and str(request_type).upper() == "GET":
        yield Fault(
            "payload template",
            "a GET request has none",
            "choose POST, or put the tokens in the URL",
            "template-with-get",
        )
    yield from unescape_template(_until_too_many(template))[1]
    yield from _unclosed("payload template", template)


def _until_too_many(template: str) -> str:
    """Return the template up to its hundredth bad escape; naming more helps nobody."""
    bad = (hit.end() for hit in _ESCAPE.finditer(template) if hit[1] is not None)
    return template[: next(islice(bad, _MAX_FAULTS - 1, None), None)]


def _header_faults(
    headers: tuple[tuple[str, str], ...], authority: str
) -> Iterator[Fault]:
    for number, (name, value) in enumerate(headers, 1):
        place = f"{LABELS['custom_headers']} {number} {_shown(name)}"
        for problem, remedy in _header_problems(name, value, authority):
            yield Fault(place, problem, remedy, "header")
        yield from _unclosed(place, value)


def _header_problems(
    name: str, value: str, authority: str
) -> Iterator[tuple[str, str]]:
    if "{{" in name:
        yield "a token in a header's name", "tokens go in its value"
    elif not _FIELD_NAME.fullmatch(name):
        yield "not a header name", "letters, digits and '-'"
    elif name.lower() in _FRAMING:
        yield "is set by the connection itself", "leave it out"
    elif name.lower() == "host" and authority and value.strip().lower() != authority:
        yield f"is not the URL's host {authority!r}", "leave it out"
    if len(name) > _MAX_HEADER or len(value) > _MAX_HEADER:
        yield f"longer than {_MAX_HEADER:,} characters", ""
    if _CONTROLS.search(value):
        yield "a control character or line break in its value", ""


def _mapping_faults(mappings: tuple[tuple[str, str], ...]) -> Iterator[Fault]:
    for number, (attribute, field) in enumerate(mappings, 1):
        place = mapping_place(number, attribute)
        try:
            parse_path(attribute)
        except InvalidPath as path:
            yield Fault(place, path.problem, path.remedy, "response-attribute")
        if not field.strip():
            remedy = "name a field of the lead"
            yield Fault(place, "no field to write to", remedy, "no-field")
        elif len(field) > _MAX_FIELD:
            yield Fault(place, f"a field name of more than {_MAX_FIELD} characters")
