"""A definition that may have faults of its own: each one a finding, mended where certain."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from nbwebhook.definition.tokens import Token, scan_template
from nbwebhook.definition.webhook import Webhook
from nbwebhook.errors import Fault, InvalidDefinition
from nbwebhook.lint.corrections import Correction, correct_all
from nbwebhook.lint.findings import Finding

__all__ = ["DEFINITION_RULES", "open_definition"]

DEFINITION_RULES = {
    "definition": "A property of the definition cannot be as it is.",
    "url-scheme": "The URL does not start with http:// or https://.",
    "token-in-host": "A token in the host lets a lead choose where data goes.",
    "credentials-in-host": "A user name, a password or '@' stands before the host.",
    "host-name": "The host is none.",
    "unescaped-url": "A space or control character stands in the URL.",
    "unclosed-token": "A token is opened and never closed.",
    "backslash": "An escape of the template that Marketo's editor refuses.",
    "template-with-get": "A GET request has a payload template.",
    "header": "A custom header cannot be sent.",
    "response-attribute": "A response attribute is not of Marketo's grammar.",
    "no-field": "A response mapping has no field.",
}
"""The rules that every definition keeps: without them it is none. All are errors."""

_BAD_ESCAPE = re.compile(r"\\(?:[btnfr\\\"']|(.|\Z))", re.DOTALL)


def open_definition(
    definition: Webhook | Mapping[str, object],
) -> tuple[Webhook | None, list[Finding]]:
    """Return the webhook, and what is wrong with the definition itself.

    A definition whose faults all have a certain fix is looked at further with the fixes
    made; else there is no webhook.

    Args:
        definition: A webhook, or the properties of one by name, as in a file.
    """
    if isinstance(definition, Webhook):
        return definition, []
    parts = {str(name): value for name, value in definition.items() if name != "format"}
    try:
        return Webhook(**parts), []  # type: ignore[arg-type]  # properties by name
    except InvalidDefinition as error:
        faults = error.faults
    findings = [_finding(fault, parts) for fault in faults]
    corrections = [f.corrected for f in findings if isinstance(f.corrected, Correction)]
    if len(corrections) < len(findings):
        return None, findings
    try:
        return correct_all(parts, corrections), findings
    except InvalidDefinition:
        return None, findings


def _finding(fault: Fault, parts: Mapping[str, object]) -> Finding:
    values = _mended(fault.rule, parts)
    return Finding(
        "error",
        fault.rule or "definition",
        fault.place,
        fault.problem,
        fault.remedy,
        corrected=Correction(parts, values=values, is_of_fault=True)
        if values
        else None,
    )


def _mended(rule: str, parts: Mapping[str, object]) -> dict[str, object]:
    """Return the properties that mend a fault for certain; none if nothing does."""
    url, template = (str(parts.get(name) or "") for name in ("url", "payload_template"))
    if rule == "template-with-get":
        return {"payload_template": ""}
    if rule == "unescaped-url" and not re.search(r"[\x00-\x1f\x7f]", url):
        return {"url": _outside_tokens(url, {" ": "%20"})}
    if rule == "backslash":
        return {"payload_template": _BAD_ESCAPE.sub(_doubled, template)}
    return {}


def _doubled(hit: re.Match[str]) -> str:
    return hit[0] if hit[1] is None else f"\\{hit[0]}"


def _outside_tokens(text: str, changes: Mapping[str, str]) -> str:
    table = str.maketrans(dict(changes))
    pieces: Sequence[str | Token] = scan_template(text)[0].pieces
    return "".join(
        piece.translate(table)
        if isinstance(piece, str)
        else text[piece.start : text.index("}}", piece.start + 2) + 2]
        for piece in pieces
    )
