"""Rules about the URL, the values in it, and the values in headers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote

from nbwebhook.definition.tokens import Token, place_in, scan_template
from nbwebhook.lint.case import Case
from nbwebhook.lint.corrections import Edit
from nbwebhook.lint.rules import Hit, Probe, rule
from nbwebhook.lint.uses import TokenUse
from nbwebhook.render.encoding import Place

__all__ = ["RULES"]

_LOOPBACK = re.compile(r"localhost|127\.\d+\.\d+\.\d+|::1|.*\.localhost")
_UNESCAPED = re.compile(r"[\"<>\\^`{|}]|[^\x00-\x7f]+|%(?![0-9A-Fa-f]{2})")
_PLACEHOLDER = re.compile(
    r"<[A-Za-z][^<>{}\n]{0,60}>|\[[A-Z][A-Z0-9_ ]{2,60}\]|\{[A-Z][A-Z0-9_ ]{2,60}\}"
    r"|\b(?:YOUR|INSERT)_[A-Z0-9_]{2,60}\b"
)
_QUERY_SIGNS = re.compile(rb"[&#%]")
_PATH_SIGNS = re.compile(rb"[/?#%]")
_NOT_ASCII = re.compile(rb"[\x80-\xff]")


def _literals(text: str) -> Iterator[tuple[int, str]]:
    """Yield the literal pieces of a text with their offsets."""
    at = 0
    for piece in scan_template(text)[0].pieces:
        if isinstance(piece, Token):
            at = text.index("}}", piece.start + 2) + 2
        else:
            yield at, piece
            at += len(piece)


@rule(
    "plain-http", "warning", "Leads' data goes to another computer without encryption."
)
def plain_http(case: Case) -> Iterable[Hit]:
    """Whoever is on the way reads it."""
    origin = case.webhook.origin
    if origin.scheme == "http" and not _LOOPBACK.fullmatch(origin.host):
        yield Hit(
            "url",
            "http:// sends everything readable for whoever is on the way",
            "write https://",
        )


@rule("fragment-in-url", "warning", "'#' and what follows are never sent.")
def fragment_in_url(case: Case) -> Iterable[Hit]:
    """A fragment is for browsers, no part of a request."""
    url = case.webhook.url
    for at, piece in _literals(url):
        if "#" in piece:
            yield Hit(
                place_in("url", url, at + piece.index("#")),
                "'#' begins a fragment, which is never sent",
                "write %23 where the sign itself is meant",
            )
            return


@rule(
    "unescaped-url", "warning", "A literal character of the URL needs percent-encoding."
)
def unescaped_url(case: Case) -> Iterable[Hit]:
    """It is sent as written, and services differ in what they make of it."""
    url = case.webhook.url
    edits: list[Edit] = []
    first = -1
    for at, piece in _literals(url):
        held = [hit.span() for hit in _PLACEHOLDER.finditer(piece)]
        for hit in _UNESCAPED.finditer(piece):
            if any(start <= hit.start() < stop for start, stop in held):
                continue
            where = at + hit.start()
            first = where if first < 0 else first
            edits.append(Edit("url", where, at + hit.end(), quote(hit[0], safe="")))
    if edits:
        sign = url[edits[0].start : edits[0].stop]
        yield Hit(
            place_in("url", url, first),
            f"{sign!r} has no place in a URL as it is",
            f"write {quote(sign, safe='')}",
            edits=tuple(edits),
        )


@rule(
    "placeholder",
    "warning",
    "A placeholder of somebody's instructions was left as it is.",
)
def placeholder(case: Case) -> Iterable[Hit]:
    """Such as <your key>, [ACCOUNT_SID] or {INSTANCE_ID}."""
    for place, text in _texts(case):
        for at, piece in _literals(text):
            for hit in _PLACEHOLDER.finditer(piece):
                yield Hit(
                    place_in(place, text, at + hit.start()),
                    f"{hit[0]!r} looks like a placeholder of somebody's instructions",
                    "put your own value there",
                )


def _texts(case: Case) -> Iterator[tuple[str, str]]:
    yield "url", case.webhook.url
    if case.payload.shape in {"json", "form"}:
        yield "payload template", case.webhook.payload_template
    for name, value in case.webhook.custom_headers:
        yield f"custom header {name!r}", value


@rule("raw-url", "warning", "Tokens stand in the URL under the encoding None.")
def raw_url(case: Case) -> Iterable[Hit]:
    """Values are not percent-encoded; a space refuses the lead, '&' changes the query."""
    risky = [use for use in case.url_uses if not case.is_bare(use)]
    if case.encoding != "None" or not risky:
        return
    can_switch = case.payload.shape == "form" or not case.payload_uses
    yield Hit(
        risky[0].place,
        "the encoding None puts values into the URL as they are; '&', '+' or '#' in one "
        "changes the request, and a space refuses the lead",
        "choose the encoding Form/Url" + ("" if can_switch else ", or JSON for JSON"),
        values=(("request_token_encoding", "Form/Url"),) if can_switch else (),
    )


def _in_raw_query(case: Case, use: TokenUse) -> bool:
    return case.encoding == "None" and use.resolved.where is Place.QUERY


def _in_raw_path(case: Case, use: TokenUse) -> bool:
    return case.encoding == "None" and use.resolved.where is Place.PATH


def _raw_values(case: Case, name: str, signs: str) -> Iterator[Hit]:
    for use in case.url_uses:
        if tally := case.hits(name, use):
            yield Hit(
                use.place,
                f"values of {use.shown} hold {signs}, which change the URL under the "
                "encoding None",
                "choose the encoding Form/Url",
                tally,
                severity="error" if case.is_all(tally) else None,
            )


@rule(
    "raw-query-value",
    "warning",
    "A value changes the URL's query under the encoding None.",
    probe=Probe(_in_raw_query, _QUERY_SIGNS),
)
def raw_query_value(case: Case) -> Iterable[Hit]:
    """What stands after '&' becomes a parameter of its own."""
    return _raw_values(case, "raw-query-value", "'&' or '%'")


@rule(
    "raw-path-value",
    "warning",
    "A value changes the URL's path under the encoding None.",
    probe=Probe(_in_raw_path, _PATH_SIGNS),
)
def raw_path_value(case: Case) -> Iterable[Hit]:
    """A '/' makes another segment, a '?' ends the path."""
    return _raw_values(case, "raw-path-value", "'/', '?' or '%'")


@rule("long-url", "warning", "Some leads' URLs are longer than many services take.")
def long_url(case: Case) -> Iterable[Hit]:
    """Beyond some 2,000 characters proxies and services begin to refuse."""
    if case.leads is not None and (tally := case.leads.long_targets):
        yield Hit(
            "url",
            "path and query are longer than 2,000 characters for some leads",
            "put long values into the payload",
            tally,
        )


def _in_header(_case: Case, use: TokenUse) -> bool:
    return use.resolved.where is Place.HEADER


@rule(
    "non-ascii-header",
    "note",
    "A value in a header is not ASCII.",
    probe=Probe(_in_header, _NOT_ASCII),
)
def non_ascii_header(case: Case) -> Iterable[Hit]:
    """It is sent as UTF-8, which not every service reads there."""
    for use in case.uses_in(Place.HEADER):
        if tally := case.hits("non-ascii-header", use):
            yield Hit(
                use.place,
                f"values of {use.shown} are not ASCII; a header has them as UTF-8, which "
                "not every service reads",
                "put them into the payload or the URL",
                tally,
            )


RULES = (
    plain_http,
    fragment_in_url,
    unescaped_url,
    placeholder,
    raw_url,
    raw_query_value,
    raw_path_value,
    long_url,
    non_ascii_header,
)
