"""A curl command to a webhook's properties, tokens proposed from a lead's values."""

from __future__ import annotations

import json
import re
from typing import Literal

from nbwebhook.definition.curl import CurlRequest, parse_curl
from nbwebhook.definition.fields import Fields
from nbwebhook.definition.proposals import NamedValues, Proposals
from nbwebhook.definition.quoting import json_quotings
from nbwebhook.definition.tokens import Token, scan_template

__all__ = ["curl_parts"]

Shape = Literal["json", "form", "xml", "text", "none"]
_FORM = re.compile(r"[A-Za-z0-9_.\-\[\]%*+]+=")
_QUOTED_TOKEN = re.compile(r'"(\{\{(?:(?!\}\}).)*\}\})"', re.DOTALL)


def curl_parts(
    text: str, lead: NamedValues | None = None, fields: Fields | None = None
) -> dict[str, object]:
    """Return the properties of the webhook that sends what a curl command sends.

    Args:
        text: The command, as a browser or a service's documentation gives it.
        lead: A lead's values by name; where the command holds one, the lead's token is
            proposed in its place.
        fields: The field table, for other names of fields.

    Raises:
        InvalidDefinition: The text is no such command.
    """
    request = parse_curl(text)
    proposals = Proposals(lead, fields)
    encoding, template = _template(request, proposals)
    notes = (f"Made from a curl command; {note}." for note in request.notes)
    return {
        "description": " ".join(notes),
        "url": _url(request.url, proposals, is_raw=encoding == "None"),
        "request_type": request.method,
        "payload_template": _with_escapes(template),
        "request_token_encoding": encoding,
        "custom_headers": tuple(
            (name, proposals.in_header(name, value)) for name, value in request.headers
        ),
    }


def _shape_of(request: CurlRequest) -> Shape:
    types = [v.lower() for n, v in request.headers if n.lower() == "content-type"]
    body = request.body.strip()
    if not body:
        return "none"
    if any("json" in kind for kind in types) or _is_json(body):
        return "json"
    if any("xml" in kind for kind in types) or body.startswith("<"):
        return "xml"
    return "form" if _FORM.match(body) else "text"


def _is_json(body: str) -> bool:
    pieces = scan_template(body)[0].pieces
    filled = "".join("0" if isinstance(piece, Token) else piece for piece in pieces)
    try:
        return isinstance(json.loads(filled), dict | list)
    except (ValueError, RecursionError):
        return False


def _with_escapes(text: str) -> str:
    """Return text as a template has it, whose backslashes are parsed before tokens."""
    if "\\" not in text:
        return text
    pieces = scan_template(text)[0].pieces
    return "".join(
        text[piece.start : text.index("}}", piece.start + 2) + 2]
        if isinstance(piece, Token)
        else piece.replace("\\", "\\\\")
        for piece in pieces
    )


def _template(request: CurlRequest, proposals: Proposals) -> tuple[str, str]:
    """Return encoding and template; what tokens are proposed depends on the encoding."""
    body = request.body
    match _shape_of(request):
        case "json":
            return _json_template(body, proposals)
        case "form":
            return "Form/Url", proposals.in_query(body)
        case "xml":
            return "None", proposals.in_xml(body)
        case "text":
            return "None", proposals.in_text(body)
        case _:
            return "Form/Url", body


def _json_template(body: str, proposals: Proposals) -> tuple[str, str]:
    """Return encoding and template; a token in a longer string needs raw values."""
    quotings = json_quotings(scan_template(body)[0].pieces)
    if "part" in quotings:
        return "None", proposals.in_json(body, is_raw=True)
    return "JSON", proposals.in_json(_QUOTED_TOKEN.sub(r"\1", body))


def _url(url: str, proposals: Proposals, *, is_raw: bool) -> str:
    """Return the URL with tokens in path and query; its host stays as it is."""
    address, sharp, fragment = url.partition("#")
    address, question, query = address.partition("?")
    scheme, mark, tail = address.partition("://")
    host, slash, path = tail.partition("/")
    path = proposals.in_path(path, is_raw=is_raw)
    query = proposals.in_query(query, is_raw=is_raw)
    return f"{scheme}{mark}{host}{slash}{path}{question}{query}{sharp}{fragment}"
