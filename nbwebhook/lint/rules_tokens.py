"""Rules about the names of tokens, their defaults, and where their values come from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from nbwebhook.definition.fields import fold_name
from nbwebhook.lint.case import Case
from nbwebhook.lint.rules import Hit, rule
from nbwebhook.lint.uses import TokenUse
from nbwebhook.render.glossary import applies_to_trigger, triggers_with
from nbwebhook.render.scopes import TokenSource

__all__ = ["RULES"]

_EDIT_ME = frozenset(["editme", "<editme>", "[editme]"])
_EMAIL_ONLY = frozenset(["forwardtofriendlink", "unsubscribelink", "viewaswebpagelink"])
_OF_LEADS = frozenset(["lead", "company"])
_BROKEN_DEFAULT = re.compile(
    r"(?P<name>.+?)\s*(?::\s*default\s*[:=]|\bdefault\s*=|=)\s*(?P<text>.*)",
    re.DOTALL | re.IGNORECASE,
)


def _unknown(case: Case) -> Iterator[TokenUse]:
    """Yield the tokens of no known name; a secret has a rule of its own."""
    for use in case.uses:
        if not use.resolved.is_known and use.resolved.token.scope != "secret":
            yield use


def _mended(use: TokenUse) -> str:
    """Return the token as it was meant, where only its default is malformed."""
    token = use.resolved.token
    found = _BROKEN_DEFAULT.fullmatch(token.name) if token.default is None else None
    if found is None:
        return ""
    scope = f"{token.scope}." if token.scope else ""
    return f"{{{{{scope}{found['name']}:default={found['text']}}}}}"


@rule(
    "unknown-token", "error", "A token's name is no column, field or token of Marketo."
)
def unknown_token(case: Case) -> Iterable[Hit]:
    """A name that nothing fills is blank for every lead."""
    for use in _unknown(case):
        if _mended(use):
            continue
        near = ", ".join(f"{{{{{name}}}}}" for name in use.resolved.near)
        is_custom = not case.has_leads and use.resolved.token.scope in _OF_LEADS
        nothing = (
            "no standard field" if is_custom else "no column and no token of Marketo"
        )
        yield Hit(
            use.place,
            f"{use.shown} is {nothing}; it would be blank",
            f"did you mean {near}" if near else "correct its name",
            severity="warning" if is_custom else None,
        )


@rule("malformed-default", "warning", "A default is written without ':default='.")
def malformed_default(case: Case) -> Iterable[Hit]:
    """Marketo takes all of it for a name, which it does not know."""
    for use in _unknown(case):
        if mended := _mended(use):
            yield Hit(
                use.place,
                f"{use.shown} has no ':default='; Marketo takes all of it for a name",
                f"write {mended}",
                edits=(use.replaced_by(mended),),
            )


@rule("ambiguous-token", "error", "A token fits more than one column of the leads.")
def ambiguous_token(case: Case) -> Iterable[Hit]:
    """Neither column would be right, so a run refuses."""
    for each in case.ambiguous:
        listed = ", ".join(repr(column) for column in each.columns)
        message = f"{{{{{each.label}}}}} fits more than one column: {listed}"
        yield Hit(each.place, message, "rename or drop one of them")


@rule("missing-secret", "error", "A secret that the definition names is not given.")
def missing_secret(case: Case) -> Iterable[Hit]:
    """A run would not start."""
    wanted = dict.fromkeys(case.missing_secrets)
    for use in case.uses:
        name = use.resolved.token.name
        if use.resolved.token.scope == "secret" and name in wanted:
            del wanted[name]
            yield Hit(
                use.place,
                f"no value for {use.shown}",
                f"set the environment variable {name} or pass "
                "context=Context(secrets={...})",
            )


@rule("foreign-secret", "error", "A secret was given for another origin.")
def foreign_secret(case: Case) -> Iterable[Hit]:
    """A run would not start: whoever gave it has said where it may go."""
    wanted = dict.fromkeys(case.foreign_secrets)
    for use in case.uses:
        name = use.resolved.token.name
        if use.resolved.token.scope == "secret" and name in wanted:
            del wanted[name]
            message = f"{use.shown} may not go to {case.webhook.origin}"
            yield Hit(
                use.place,
                f"{message}: it was given for another origin",
                "mend the url, or give a secret for this one",
            )


@rule("edit-me", "warning", "A default still says 'edit me'.")
def edit_me(case: Case) -> Iterable[Hit]:
    """Marketo's editor puts it there; whoever has no value gets it as text."""
    for use in case.uses:
        text = re.sub(r"\s+", "", use.default or "").casefold()
        if text in _EDIT_ME:
            tally = case.empty(use)
            has_all = case.has_leads and bool(use.resolved.columns) and not tally
            yield Hit(
                use.place,
                f"the default of {use.shown} is {use.default!r}, which is sent for "
                "whoever has no value",
                "write a default that the service understands, or ':default=' and "
                "nothing after it",
                tally,
                severity="note" if has_all else None,
            )


@rule("api-name", "warning", "A token is written with a field's REST or SOAP name.")
def api_name(case: Case) -> Iterable[Hit]:
    """Marketo's tokens are display names; no source shows another one resolving."""
    for use in case.uses:
        token = use.resolved.token
        field = case.fields.find(token.name) if use.resolved.by_api_name else None
        if field is None:
            continue
        default = "" if token.default is None else f":default={token.default}"
        mended = f"{{{{{token.scope}.{field.label}{default}}}}}"
        yield Hit(
            use.place,
            f"{use.shown} is an API name; Marketo's token is the display name",
            f"write {mended}",
            edits=(use.replaced_by(mended),),
        )


@rule("blank-token", "warning", "A known token has no value in this run.")
def blank_token(case: Case) -> Iterable[Hit]:
    """No column and no context fills it, so that all leads get nothing or the default."""
    nothing = {TokenSource.BLANK, TokenSource.DEFAULT_ONLY}
    for use in case.uses:
        token = use.resolved.token
        is_known = use.resolved.is_known and use.resolved.source in nothing
        if not is_known or _is_told_elsewhere(case, use):
            continue
        is_field = token.scope in _OF_LEADS
        if is_field and not case.has_leads:
            continue
        what = "nothing" if token.default is None else f"its default {token.default!r}"
        where = "a column of that name" if is_field else _where_given(token.scope)
        yield Hit(
            use.place,
            f"{use.shown} has no value here; every lead gets {what}",
            f"give it {where}",
            severity="warning" if is_field else "note",
        )


def _where_given(scope: str) -> str:
    return f"a value: context=Context({scope or 'system'}={{...}})"


def _is_told_elsewhere(case: Case, use: TokenUse) -> bool:
    token = use.resolved.token
    is_email_only = token.scope == "system" and fold_name(token.name) in _EMAIL_ONLY
    return is_email_only or _does_not_apply(case, use)


def _does_not_apply(case: Case, use: TokenUse) -> bool:
    trigger = _trigger_name(case)
    token = use.resolved.token
    return (
        token.scope == "trigger"
        and use.resolved.source is not TokenSource.COLUMN
        and bool(trigger)
        and not applies_to_trigger(token.name, trigger)
    )


def _trigger_name(case: Case) -> str:
    given = case.context.trigger.items()
    name = next((v for n, v in given if fold_name(n) == "trigger name"), "")
    return name if isinstance(name, str) else ""


@rule(
    "trigger-token",
    "warning",
    "A trigger token does not exist under the run's trigger.",
)
def trigger_token(case: Case) -> Iterable[Hit]:
    """Marketo returns an empty string for it."""
    for use in case.uses:
        if _does_not_apply(case, use):
            having = ", ".join(triggers_with(use.resolved.token.name))
            yield Hit(
                use.place,
                f"{use.shown} does not exist under the trigger {_trigger_name(case)!r}; "
                "it is empty",
                f"triggers that have it: {having}",
            )


@rule("email-only-token", "warning", "A system token works in emails only.")
def email_only_token(case: Case) -> Iterable[Hit]:
    """Marketo's glossary says of these links that they work in emails."""
    for use in case.uses:
        token = use.resolved.token
        if token.scope == "system" and fold_name(token.name) in _EMAIL_ONLY:
            yield Hit(
                use.place,
                f"{use.shown} works in emails only, as Marketo's glossary says",
                "leave it out",
            )


RULES = (
    unknown_token,
    malformed_default,
    ambiguous_token,
    missing_secret,
    foreign_secret,
    edit_me,
    api_name,
    blank_token,
    trigger_token,
    email_only_token,
)
