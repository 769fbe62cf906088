"""Rules about payloads that are forms or XML, and about the header that names the kind."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from urllib.parse import unquote_plus

from nbwebhook.errors import ResponseError
from nbwebhook.lint.case import Case
from nbwebhook.lint.corrections import Edit
from nbwebhook.lint.rules import Hit, Probe, rule
from nbwebhook.lint.shapes import content_type
from nbwebhook.lint.uses import TokenUse
from nbwebhook.mapping.documents import parse_xml

__all__ = ["RULES"]

_PLACE = "payload template"
_HEADER = "custom header 'Content-Type'"
_FORM_URL = ("request_token_encoding", "Form/Url")
_TYPES = {
    "json": "application/json",
    "form": "application/x-www-form-urlencoded",
    "xml": "application/xml",
}
_NAMES = {"json": "JSON", "form": "a form", "xml": "XML"}
_SPACE_AT_AND = re.compile(r"[ \t\r\n]*&[ \t\r\n]*")
_IN_XML = re.compile(rb"[<&\x00-\x08\x0b\x0c\x0e-\x1f]|\]\]>")


def _is_form(case: Case, encoding: str) -> bool:
    return case.payload.shape == "form" and case.encoding == encoding


# Forms


@rule("raw-form", "warning", "A form is sent with the encoding None.")
def raw_form(case: Case) -> Iterable[Hit]:
    """'&', '+' and '%' in a value mean something else to whoever reads the form."""
    risky = [use for use in case.payload_uses if not case.is_bare(use)]
    if _is_form(case, "None") and risky:
        yield Hit(
            risky[0].place,
            "the encoding None puts values into a form as they are; '&', '+' and '%' "
            "in one change what arrives",
            "choose the encoding Form/Url",
            values=(_FORM_URL,),
        )


def _in_raw_form(case: Case, use: TokenUse) -> bool:
    return _is_form(case, "None") and use.part == "payload_template"


def _changes_in_a_form(value: bytes) -> bool:
    text = value.decode()
    return "&" in text or unquote_plus(text.replace("+", "")) != text.replace("+", "")


@rule(
    "raw-form-value",
    "warning",
    "A value changes a form that is sent with the encoding None.",
    probe=Probe(_in_raw_form, re.compile(rb"[&%]"), _changes_in_a_form),
)
def raw_form_value(case: Case) -> Iterable[Hit]:
    """What stands after '&' becomes a field of its own, and '%41' becomes 'A'."""
    for use in case.payload_uses:
        if tally := case.hits("raw-form-value", use):
            yield Hit(
                use.place,
                f"values of {use.shown} hold '&' or '%', which a form takes for signs of "
                "its own",
                "choose the encoding Form/Url",
                tally,
                severity="error" if case.is_all(tally) else None,
                values=(_FORM_URL,),
            )


def _in_raw_form_or_query(case: Case, use: TokenUse) -> bool:
    is_query = use.resolved.where.value == "query" and case.encoding == "None"
    return is_query or _in_raw_form(case, use)


@rule(
    "plus-under-none",
    "warning",
    "'+' in a value, as in e-mail addresses, arrives as a space under the encoding None.",
    probe=Probe(_in_raw_form_or_query, re.compile(rb"\+")),
)
def plus_under_none(case: Case) -> Iterable[Hit]:
    """In a form and in a query '+' stands for a space."""
    for use in case.uses:
        if tally := case.hits("plus-under-none", use):
            is_payload = use.part == "payload_template"
            can_switch = is_payload or case.payload.shape in {"none", "form"}
            yield Hit(
                use.place,
                f"values of {use.shown} hold '+', which arrives as a space",
                "choose the encoding Form/Url",
                tally,
                severity="error" if case.is_all(tally) else None,
                values=(_FORM_URL,) if can_switch else (),
            )


@rule("json-in-form", "warning", "A form's field holds JSON with tokens in it.")
def json_in_form(case: Case) -> Iterable[Hit]:
    """Values are encoded for the form and not for the JSON inside it."""
    if case.payload.is_json_in_form and case.payload_uses:
        yield Hit(
            case.payload_uses[0].place,
            "a form's field holds JSON; values are not escaped for it, so that a quote "
            "or a line break in one breaks it",
            "send the JSON as the whole payload, with the encoding JSON, if the service "
            "takes it",
        )


@rule(
    "space-in-form",
    "warning",
    "White space beside '&' becomes part of a form's values.",
)
def space_in_form(case: Case) -> Iterable[Hit]:
    """A form has no white space but what it sends."""
    if case.payload.shape != "form":
        return
    template = case.webhook.payload_template
    spans = [(use.start, use.stop) for use in case.payload_uses]
    edits = [
        Edit("payload_template", hit.start(), hit.end(), "&")
        for hit in _SPACE_AT_AND.finditer(template)
        if hit[0] != "&" and not any(a <= hit.start() < b for a, b in spans)
    ]
    if edits:
        yield Hit(
            _PLACE,
            "white space beside '&' becomes part of the value before it, or of the name "
            "after it",
            "write '&' without space",
            edits=tuple(edits),
        )


# XML


@rule("raw-xml", "warning", "XML has tokens in it, and no encoding escapes them.")
def raw_xml(case: Case) -> Iterable[Hit]:
    """Marketo has no XML encoding: '<' and '&' in a value break the document."""
    is_raw = case.encoding == "None" and not case.webhook.beyond.xml_escape
    risky = [use for use in case.payload_uses if not case.is_bare(use)]
    if case.payload.shape == "xml" and is_raw and risky:
        yield Hit(
            risky[0].place,
            "values are not escaped for XML; '<' or '&' in one breaks the document",
            "set beyond xml_escape, which Marketo does not have, or keep such values out",
        )


def _in_raw_xml(case: Case, use: TokenUse) -> bool:
    is_raw = case.encoding == "None" and not case.webhook.beyond.xml_escape
    is_payload = use.part == "payload_template"
    return case.payload.shape == "xml" and is_raw and is_payload


@rule(
    "raw-xml-value",
    "warning",
    "A value breaks an XML document.",
    probe=Probe(_in_raw_xml, _IN_XML),
)
def raw_xml_value(case: Case) -> Iterable[Hit]:
    """Markup in a value is markup of the document, or the end of it."""
    for use in case.payload_uses:
        if tally := case.hits("raw-xml-value", use):
            yield Hit(
                use.place,
                f"values of {use.shown} hold '<', '&' or control characters, which "
                "break XML",
                "set beyond xml_escape, which Marketo does not have, or keep such "
                "values out",
                tally,
                severity="error" if case.is_all(tally) else None,
            )


@rule("template-not-xml", "error", "The payload is XML but for a mistake in it.")
def template_not_xml(case: Case) -> Iterable[Hit]:
    """Whatever the leads hold, the document is not well-formed."""
    if case.payload.shape != "xml":
        return
    try:
        parse_xml(case.payload.filled(["x"] * len(case.payload_uses)).encode())
    except ResponseError as error:
        problem = str(error).partition(": ")[2]
        yield Hit(
            _PLACE,
            f"not XML, whatever the leads hold: {problem}, each token taken for a letter",
            "correct the template",
        )


# Encoding and Content-Type


@rule("encoding-mismatch", "warning", "The encoding is not that of the payload.")
def encoding_mismatch(case: Case) -> Iterable[Hit]:
    """JSON values in a form come with quotes, form values in JSON with '+' and '%'."""
    shape, encoding = case.payload.shape, case.encoding
    if not case.payload_uses:
        return
    place = case.payload_uses[0].place
    if shape == "json" and encoding == "Form/Url":
        are_bare = all(use.quoting == "bare" for use in case.payload_uses)
        yield Hit(
            place,
            "the payload is JSON, and the encoding Form/Url writes values with '+' and "
            "'%', without quotes",
            "choose the encoding JSON and write tokens without quotes",
            values=(("request_token_encoding", "JSON"),) if are_bare else (),
        )
    elif shape == "form" and encoding == "JSON":
        yield Hit(
            place,
            "the payload is a form, and the encoding JSON puts values into quotes",
            "choose the encoding Form/Url",
            values=(_FORM_URL,),
        )
    elif shape == "xml" and encoding != "None":
        yield Hit(
            place,
            f"the payload is XML, and the encoding {encoding} writes values for another "
            "kind of text",
            "choose the encoding None",
        )


@rule(
    "missing-content-type",
    "warning",
    "No header says what kind of text the payload is.",
)
def missing_content_type(case: Case) -> Iterable[Hit]:
    """Marketo's own value for JSON is not reliably right, so every guide sets it."""
    shape = case.payload.shape
    if shape in _TYPES and not content_type(case.webhook):
        header = ("Content-Type", _TYPES[shape])
        yield Hit(
            "custom headers",
            f"the payload is {_NAMES[shape]}, and no header Content-Type says so",
            f"add Content-Type: {_TYPES[shape]}",
            headers=(header,) if not _is_soap(case) else (),
        )


def _is_soap(case: Case) -> bool:
    return "schemas.xmlsoap.org/soap/envelope" in case.payload.literal


@rule("content-type-mismatch", "warning", "Content-Type names another kind of text.")
def content_type_mismatch(case: Case) -> Iterable[Hit]:
    """The service reads the payload as what the header says."""
    kind = content_type(case.webhook)
    shape = case.payload.shape
    if "{{" in kind or shape not in _TYPES or not kind:
        return
    if said := next(_said(kind, shape), ""):
        yield Hit(
            _HEADER,
            f"says {said}, and the payload is {_NAMES[shape]}",
            f"write {_TYPES[shape]}",
        )


def _said(kind: str, shape: str) -> Iterator[str]:
    signs = {"json": "json", "form": "urlencoded", "xml": "xml"}
    for other, sign in signs.items():
        if other != shape and sign in kind:
            yield _NAMES[other]


RULES = (
    raw_form,
    raw_form_value,
    plus_under_none,
    json_in_form,
    space_in_form,
    raw_xml,
    raw_xml_value,
    template_not_xml,
    encoding_mismatch,
    missing_content_type,
    content_type_mismatch,
)
