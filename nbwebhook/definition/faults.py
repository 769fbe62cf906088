"""Everything that is wrong with a definition, found at once and each with its place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from nbwebhook.definition.paths import InvalidPath, parse_path
from nbwebhook.definition.tokens import place_in, scan_template, unescape_template
from nbwebhook.definition.urls import split_url, url_faults
from nbwebhook.errors import Fault

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

__all__ = ["LABELS", "faults_of_model", "faults_of_parts"]

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
_MAX_PAIRS = 1_000
_MAX_TEMPLATE = 2 << 20


def faults_of_model(errors: Iterable[ErrorDetails]) -> Iterator[Fault]:
    """Yield the faults that the model's own types found."""
    for error in errors:
        first, *more = error["loc"] or ("definition",)
        label = LABELS.get(str(first), str(first))
        if more and isinstance(more[0], int):
            label = f"{label} {more[0] + 1}"
        if error["type"] == "extra_forbidden":
            known = ", ".join(LABELS)
            yield Fault(label, "is not a property of a webhook", f"there are {known}")
        elif error["type"] == "missing":
            yield Fault(label, "is missing")
        else:
            yield Fault(label, error["msg"])


def faults_of_parts(parts: Mapping[str, object]) -> Iterator[Fault]:
    """Yield the faults of the properties that have the right types."""
    if isinstance(url := parts.get("url"), str):
        yield from url_faults(url)
        yield from _unclosed("url", url)
    if isinstance(template := parts.get("payload_template"), str):
        yield from _template_faults(template, parts.get("request_type"))
    if isinstance(headers := parts.get("custom_headers"), tuple):
        yield from _header_faults(headers, url)
    if isinstance(mappings := parts.get("response_mappings"), tuple):
        yield from _mapping_faults(mappings)


def _unclosed(part: str, text: str) -> Iterator[Fault]:
    for offset in scan_template(text)[1]:
        yield Fault(place_in(part, text, offset), "'{{' that no '}}' closes")


def _template_faults(template: str, request_type: object) -> Iterator[Fault]:
    if len(template) > _MAX_TEMPLATE:
        yield Fault("payload template", f"longer than {_MAX_TEMPLATE:,} characters")
        return
    if template.strip() and request_type == "GET":
        yield Fault(
            "payload template",
            "a GET request has none",
            "choose POST, or put the tokens in the URL",
        )
    yield from unescape_template(template)[1]
    yield from _unclosed("payload template", template)


def _header_faults(
    headers: tuple[tuple[str, str], ...], url: object
) -> Iterator[Fault]:
    if len(headers) > _MAX_PAIRS:
        yield Fault("custom header", f"more than {_MAX_PAIRS:,} of them")
        return
    for number, (name, value) in enumerate(headers, 1):
        place = f"custom header {number} {name!r}"
        if "{{" in name:
            yield Fault(place, "a token in a header's name", "tokens go in its value")
        elif not _FIELD_NAME.fullmatch(name):
            yield Fault(place, "not a header name", "letters, digits and '-'")
        elif name.lower() in _FRAMING:
            yield Fault(place, "is set by the connection itself", "leave it out")
        elif name.lower() == "host":
            yield from _host_faults(place, value, url)
        if _CONTROLS.search(value):
            yield Fault(place, "a control character or line break in its value")
        yield from _unclosed(place, value)


def _host_faults(place: str, value: str, url: object) -> Iterator[Fault]:
    if isinstance(url, str) and not url_faults(url):
        wanted = split_url(url)[0].authority
        if value.strip().lower() != wanted:
            yield Fault(place, f"is not the URL's host {wanted!r}", "leave it out")


def _mapping_faults(mappings: tuple[tuple[str, str], ...]) -> Iterator[Fault]:
    if len(mappings) > _MAX_PAIRS:
        yield Fault("response mapping", f"more than {_MAX_PAIRS:,} of them")
        return
    for number, (attribute, field) in enumerate(mappings, 1):
        place = f"response mapping {number} {attribute!r}"
        try:
            parse_path(attribute)
        except InvalidPath as path:
            yield Fault(place, path.problem, path.remedy)
        if not field.strip():
            yield Fault(place, "no field to write to", "name a field of the lead")
