"""A value of a lead or of a field as the text that stands in a list."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from nbwebhook.mapping.outcome import FieldValue
from nbwebhook.render.leads import Unsendable, Value
from nbwebhook.render.texts import NoText, is_empty, to_text

__all__ = ["text_of"]


def text_of(value: Value | FieldValue, zone: ZoneInfo) -> str | None:
    """Return a value as text, as it would be sent; None for one that is empty.

    A value that cannot be sent counts as empty here: nothing equals it.

    Example:
        >>> text_of(True, ZoneInfo("UTC"))
        'true'
    """
    if isinstance(value, str):
        return value or None
    if isinstance(value, Unsendable) or is_empty(value):
        return None
    try:
        return to_text(value, zone)
    except NoText:
        return None
