"""Rules about payloads that are JSON, under any encoding."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from nbwebhook.lint.case import Case
from nbwebhook.lint.findings import Severity
from nbwebhook.lint.json_rows import json_problem
from nbwebhook.lint.rules import Hit, Probe, rule
from nbwebhook.lint.uses import TokenUse
from nbwebhook.render.scopes import TokenSource

__all__ = ["RULES"]

_PLACE = "payload template"
_ENCODING = ("request_token_encoding", "JSON")
_BREAKS_A_STRING = re.compile(rb'["\\\x00-\x1f]')


def _is_json(case: Case, encoding: str) -> bool:
    return case.payload.shape == "json" and case.encoding == encoding


def _quotes_of(case: Case) -> Iterator[TokenUse]:
    """Yield the tokens in quotes whose text gets a second pair under JSON encoding."""
    if _is_json(case, "JSON") and not case.webhook.beyond.lenient_json_quotes:
        for use in case.payload_uses:
            if use.quoting != "bare" and not case.is_bare(use):
                yield use


@rule("quoted-token", "error", "A token stands in quotes under JSON encoding.")
def quoted_token(case: Case) -> Iterable[Hit]:
    """Text is quoted by itself, so that `""value""` is sent, which is no JSON."""
    for use in _quotes_of(case):
        if use.quoting == "whole":
            yield Hit(
                use.place,
                f'{use.shown} stands in quotes; JSON encoding adds its own: ""value""',
                f"write {use.written} without quotes",
                case.without_json(use),
                edits=use.without_quotes(),
            )


@rule(
    "token-in-string", "error", "A token stands in a longer string under JSON encoding."
)
def token_in_string(case: Case) -> Iterable[Hit]:
    """The quotes that come with the value end the string in its middle."""
    for use in _quotes_of(case):
        if use.quoting == "part":
            yield Hit(
                use.place,
                f"{use.shown} stands inside a longer string; JSON encoding puts quotes "
                "round its value there",
                "give it a string of its own, or send this template with the encoding "
                "None and values free of quotes, or set beyond lenient_json_quotes",
                case.without_json(use),
            )


@rule(
    "quoted-number", "note", "A number or boolean stands in quotes under JSON encoding."
)
def quoted_number(case: Case) -> Iterable[Hit]:
    """It is JSON, yet the service gets text."""
    if _is_json(case, "JSON") and not case.webhook.beyond.lenient_json_quotes:
        for use in case.payload_uses:
            if use.quoting == "whole" and case.is_bare(use):
                yield Hit(
                    use.place,
                    f"{use.shown} is a number or boolean in quotes; the service gets text",
                    "leave the quotes out, if the service wants a number or boolean",
                )


@rule(
    "empty-number", "warning", "A number or boolean may be empty under JSON encoding."
)
def empty_number(case: Case) -> Iterable[Hit]:
    """Nothing is left for an empty one without a default, and the body is no JSON."""
    if not _is_json(case, "JSON") or case.webhook.beyond.empty_as_null:
        return
    for use in case.payload_uses:
        if use.quoting != "bare" or not case.is_bare(use) or use.default:
            continue
        tally = case.empty(use)
        is_blank = _is_blank(case, use)
        is_sure = bool(tally) or is_blank
        if not is_sure and (case.has_leads or use.resolved.token.label == "lead.Id"):
            continue
        zero = "0" if _is_number(case, use) else "false"
        name = use.written[2:-2].partition(":default=")[0]
        yield Hit(
            use.place,
            f"{use.shown} is a number or boolean without a default; where it is empty, "
            "nothing stands there and the body is not JSON",
            f"write {{{{{name}:default={zero}}}}}, as Adobe does, or set beyond "
            "empty_as_null",
            tally,
            severity=_graded(is_all=is_blank or case.is_all(tally), is_sure=is_sure),
        )


def _is_blank(case: Case, use: TokenUse) -> bool:
    """Return whether a token has no value for any lead of this run."""
    is_open = not case.has_leads and use.resolved.token.scope in {"lead", "company"}
    nothing = {TokenSource.BLANK, TokenSource.DEFAULT_ONLY}
    return use.resolved.source in nothing and not is_open


def _graded(*, is_all: bool, is_sure: bool) -> Severity | None:
    if is_all:
        return "error"
    return None if is_sure else "note"


def _is_number(case: Case, use: TokenUse) -> bool:
    kind = case.kind_of(use)
    return kind is not None and kind.is_number


@rule("bare-default", "error", "The default of a number or boolean is no JSON.")
def bare_default(case: Case) -> Iterable[Hit]:
    """It stands there bare, as a number would."""
    if not _is_json(case, "JSON"):
        return
    for use in case.payload_uses:
        is_bare = use.quoting == "bare" and case.is_bare(use) and use.default
        if not is_bare or not json_problem(use.default or ""):
            continue
        tally = case.empty(use)
        yield Hit(
            use.place,
            f"{use.shown} is a number or boolean, and its default {use.default!r} stands "
            "without quotes; where it shows, the body is not JSON",
            "write a number, true, false or null",
            tally,
            severity="warning" if case.has_leads and not case.is_all(tally) else None,
        )


@rule("template-not-json", "error", "The payload is JSON but for a mistake in it.")
def template_not_json(case: Case) -> Iterable[Hit]:
    """Whatever the leads hold, the body would be no JSON."""
    if problem := case.template_problem:
        yield Hit(
            _PLACE,
            f"not JSON, whatever the leads hold: {problem}, each token taken for a "
            "value of one letter or digit",
            "correct the template; if the body need not be JSON, leave out the JSON "
            "Content-Type",
        )


@rule(
    "body-not-json", "warning", "Some leads' bodies are not JSON for no other reason."
)
def body_not_json(case: Case) -> Iterable[Hit]:
    """Told where no other rule names the token that is to blame."""
    if case.leads is not None and (tally := case.leads.no_json.get(-1)):
        yield Hit(
            _PLACE,
            "the body is not JSON for some leads, though each value fits its place",
            "look at preview for these leads",
            tally,
            severity="error" if case.is_all(tally) else None,
        )


def _is_in_raw_string(case: Case, use: TokenUse) -> bool:
    return _is_json(case, "None") and use.quoting != "bare"


@rule("raw-json", "warning", "JSON is sent with the encoding None.")
def raw_json(case: Case) -> Iterable[Hit]:
    """A quote, a backslash or a line break in a value breaks the body."""
    if not _is_json(case, "None"):
        return
    in_strings = [
        use
        for use in case.payload_uses
        if use.quoting != "bare" and not case.is_bare(use)
    ]
    if not in_strings:
        return
    edits = (
        tuple(edit for use in in_strings for edit in use.without_quotes())
        if _can_be_json_encoded(case)
        else ()
    )
    yield Hit(
        in_strings[0].place,
        "the encoding None puts values into JSON as they are; a quote, a backslash or a "
        "line break in one breaks the body",
        "choose the encoding JSON and write tokens without quotes",
        edits=edits,
        values=(_ENCODING,) if edits else (),
    )


def _can_be_json_encoded(case: Case) -> bool:
    """Return whether the encoding JSON, tokens unquoted, sends the same for clean values."""
    are_alone = all(
        use.quoting == "whole" and not case.is_bare(use) for use in case.payload_uses
    )
    return are_alone and not case.url_uses and case.payload.shape == "json"


@rule(
    "raw-json-value",
    "warning",
    "A value breaks JSON that is sent with the encoding None.",
    probe=Probe(_is_in_raw_string, _BREAKS_A_STRING),
)
def raw_json_value(case: Case) -> Iterable[Hit]:
    """A quote, backslash or line break ends or spoils the string that it stands in."""
    for use in case.payload_uses:
        if not _is_in_raw_string(case, use):
            continue
        tally = case.without_json(use)
        changed = case.hits("raw-json-value", use)
        if tally or changed:
            yield Hit(
                use.place,
                f"values of {use.shown} hold quotes, backslashes or line breaks, which "
                "the encoding None puts into a JSON string as they are",
                "choose the encoding JSON and write the token without quotes",
                tally if tally.rows > changed.rows else changed,
                severity="error" if case.is_all(tally) else None,
            )


@rule(
    "unquoted-token",
    "warning",
    "A token stands without quotes under the encoding None.",
)
def unquoted_token(case: Case) -> Iterable[Hit]:
    """Only a value that is JSON by itself can stand there."""
    if not _is_json(case, "None"):
        return
    bare = [use for use in case.payload_uses if use.quoting == "bare"]
    can_switch = len(bare) == len(case.payload_uses) and not case.url_uses
    is_held_ready = case.payload.is_held_ready
    for use in bare:
        tally = case.without_json(use)
        if case.is_bare(use) and not tally:
            continue
        if case.has_leads and not tally and use.resolved.filling is not None:
            continue
        yield Hit(
            use.place,
            f"{use.shown} stands without quotes, and the encoding None adds none; only "
            "a value that is JSON by itself can stand there",
            "choose the encoding JSON",
            tally,
            severity="error" if case.is_all(tally) and not is_held_ready else None,
            values=(_ENCODING,) if can_switch and not is_held_ready else (),
        )


RULES = (
    quoted_token,
    token_in_string,
    quoted_number,
    empty_number,
    bare_default,
    template_not_json,
    body_not_json,
    raw_json,
    raw_json_value,
    unquoted_token,
)
