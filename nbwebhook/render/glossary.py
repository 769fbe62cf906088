"""The names of Marketo's tokens, for telling a known one without a value from a typo.

A known name that has no value in a run is blank without a word; any other is unknown,
and `near` names are looked for among these (marketo.md 3.3 to 3.5).
"""

from __future__ import annotations

from collections.abc import Mapping

from nbwebhook.definition.fields import fold_name

__all__ = [
    "CLOCK_TOKENS",
    "KNOWN_NAMES",
    "applies_to_trigger",
    "is_listed",
    "triggers_with",
]

CLOCK_TOKENS = ("date", "time", "dateTime")
"""The system tokens that are made from the time of day."""

_TRIGGERS: Mapping[str, tuple[str, ...]] = {
    "Clicks Link in Email": ("Link", "Subject"),
    "Email Bounces Hard": ("Subject", "Category", "Details"),
    "Email Bounces Soft": ("Subject", "Category", "Details"),
    "Email Is Delivered": ("Subject",),
    "Opens Email": ("Subject",),
    "Unsubscribes from Email": ("Subject", "Client IP Address"),
    "Sent Forward to Friend Email": ("Referrer", "Browser"),
    "Clicks Link in Sales Email": ("Link", "Subject", "Sent By", "Received By"),
    "Is Sent Sales Email": ("Link", "Subject", "Sent By", "Received By"),
    "Opens Sales Email": ("Link", "Subject", "Sent By", "Received By"),
    "Fills Out Form": ("Web Page", "Client IP Address"),
    "Visits Web Page": (
        "Web Page",
        "Client IP Address",
        "Referrer",
        "Search Engine",
        "Search Query",
    ),
    "Clicks Link on Web Page": ("Web Page", "Client IP Address", "Referrer"),
}
_ANY_TRIGGER = ("Trigger Name", "Name")
_CHAT_TRIGGERS = (
    "Agent Name",
    "Agent Email",
    "Conversation Status",
    "Conversation Summary",
    "Goal name",
    "meeting status",
    "Scheduled For",
    "Document Name",
    "Document URL",
    "Page URL",
)
_TRIGGER_NAMES = tuple(
    dict.fromkeys(name for names in _TRIGGERS.values() for name in names)
)
_NAME_AND_ID = ("name", "id", "description")

KNOWN_NAMES: Mapping[str, tuple[str, ...]] = {
    "": ("SP_Send_Alert_Info",),
    "lead": (
        "Acquisition Date",
        "SFDC Type",
        "Lead Owner First Name",
        "Lead Owner Last Name",
        "Lead Owner Email Address",
        "SFDC ID",
        "Last Interesting Moment Date",
        "Desc",
        "Source",
        "Type",
    ),
    "company": (
        "Account Owner Email Address",
        "Company Notes",
        "Parent Company Name",
        "SFDC Account Num",
        "SFDC Created Date",
        "SFDC Type",
    ),
    "program": _NAME_AND_ID,
    "campaign": _NAME_AND_ID,
    "my": (),
    "secret": (),
    "member": ("webinar url",),
    "social": ("Promo Code", "Share Url", "Social Email"),
    "system": (
        *CLOCK_TOKENS,
        "forwardToFriendLink",
        "unsubscribeLink",
        "viewAsWebpageLink",
        "munchkinId",
    ),
    "trigger": (*_ANY_TRIGGER, *_TRIGGER_NAMES, *_CHAT_TRIGGERS),
}
"""By scope, the names that Marketo has beside the fields of the field table."""

_FOLDED_NAMES = {
    scope: frozenset(fold_name(name) for name in names)
    for scope, names in KNOWN_NAMES.items()
}
_BY_TRIGGER = {
    fold_name(trigger): {fold_name(name) for name in (*_ANY_TRIGGER, *names)}
    for trigger, names in _TRIGGERS.items()
}
_FOLDED_TRIGGER_NAMES = {fold_name(name) for name in _TRIGGER_NAMES}


def is_listed(scope: str, name: str) -> bool:
    """Return whether Marketo has a token of that scope and name, in any case.

    Example:
        >>> is_listed("system", "munchkinID"), is_listed("system", "dateYear")
        (True, False)
    """
    return fold_name(name) in _FOLDED_NAMES.get(scope, ())


def applies_to_trigger(name: str, trigger: str) -> bool:
    """Return whether a trigger token has a value under that trigger.

    Only what Marketo's table says is taken for a no: a trigger or a token that the
    table does not have applies.

    Example:
        >>> applies_to_trigger("Link", "Fills Out Form")
        False
        >>> applies_to_trigger("Link", "a trigger of next year")
        True
    """
    having = _BY_TRIGGER.get(fold_name(trigger))
    if having is None or fold_name(name) not in _FOLDED_TRIGGER_NAMES:
        return True
    return fold_name(name) in having


def triggers_with(name: str) -> tuple[str, ...]:
    """Return the triggers that give a token of that name a value, as Marketo lists them.

    Example:
        >>> triggers_with("search engine")
        ('Visits Web Page',)
    """
    folded = fold_name(name)
    return tuple(t for t in _TRIGGERS if folded in _BY_TRIGGER[fold_name(t)])
