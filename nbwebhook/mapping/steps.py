"""One response mapping made ready: from a document and the old value to what is written.

```text
document ─▶ getter ─▶ usual value? ─ yes ─▶ written, or unchanged
                          └─ no ──▶ text, coercer or leniency, comparison ─▶ any fate
```

The usual value is a short text, a whole number, a decimal or a boolean of JSON that the
field takes as it is; whatever needs a second look goes the long way, so that the rules
stand in one place.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import tzinfo
from decimal import Decimal
from typing import Any

from nbwebhook.definition.fields import FieldType
from nbwebhook.errors import NotCoercible
from nbwebhook.mapping.coerce import compile_coercer, same_value
from nbwebhook.mapping.leniency import Leniency
from nbwebhook.mapping.outcome import FATES, Fate, Found
from nbwebhook.mapping.paths import MISSING, Getter, compile_path
from nbwebhook.mapping.targets import Target
from nbwebhook.mapping.texts import number_text, response_text

__all__ = ["Step", "compile_step"]

Step = Callable[[Any, str | None], Found]
"""From a document's root and the field's present value as text to what became of it."""

_CODES = {fate: code for code, fate in enumerate(FATES)}
_WRITTEN = _CODES[Fate.WRITTEN]
_UNCHANGED = _CODES[Fate.UNCHANGED]
_HELD_ALREADY = "the field has this value already"
_SHORT = 255
_LEAST, _MOST = -(1 << 31), (1 << 31) - 1

# The same for every lead, so that a million leads share one of each.
_MISSING: Found = (_CODES[Fate.MISSING], None, None, MISSING.value)
_NULL: Found = (
    _CODES[Fate.NULL],
    "null",
    None,
    "null in the response; the field stays",
)

_TRUE: Found = (_WRITTEN, "true", True, "")
_FALSE: Found = (_WRITTEN, "false", False, "")
_SCALARS = frozenset([int, Decimal, bool])


def compile_step(
    target: Target, *, from_xml: bool, zone: tzinfo, leniency: Leniency | None
) -> Step:
    """Return the step of one mapping.

    Args:
        target: The mapping and the field that it writes to.
        from_xml: Whether documents are XML.
        zone: The time zone of dates and times that name none.
        leniency: The options past Marketo; None without any.
    """
    get = compile_path(target.mapping.attribute, "XML" if from_xml else "JSON")
    field_type = target.field.type
    if leniency is not None:
        return _lenient_step(get, field_type, zone, leniency)
    judge = _compile_judge(field_type, from_xml=from_xml, zone=zone)
    if from_xml:
        return _judged_step(get, judge)
    make = _QUICK_STEPS.get(field_type, _text_step)
    return make(get, judge)


# One maker of steps a kind of field: it deals with the usual value itself


def _text_step(get: Getter, judge: Step) -> Step:
    def step(root: Any, old_text: str | None) -> Found:  # noqa: ANN401 - a document's root
        raw = get(root)
        if type(raw) is not str or len(raw) > _SHORT or not raw.isascii():
            return judge(raw, old_text)
        if "\x00" in raw:
            return judge(raw, old_text)
        if raw == (old_text or ""):
            return _UNCHANGED, raw, None, _HELD_ALREADY
        return _WRITTEN, raw, raw, ""

    return step


def _whole_step(get: Getter, judge: Step) -> Step:
    def step(root: Any, old_text: str | None) -> Found:  # noqa: ANN401 - a document's root
        raw = get(root)
        if old_text or type(raw) is not int or not _LEAST <= raw <= _MOST:
            return judge(raw, old_text)
        return _WRITTEN, str(raw), raw, ""

    return step


def _decimal_step(get: Getter, judge: Step) -> Step:
    def step(root: Any, old_text: str | None) -> Found:  # noqa: ANN401 - a document's root
        raw = get(root)
        if old_text or type(raw) is not Decimal:
            return judge(raw, old_text)
        return _WRITTEN, number_text(raw), raw, ""

    return step


def _boolean_step(get: Getter, judge: Step) -> Step:
    def step(root: Any, old_text: str | None) -> Found:  # noqa: ANN401 - a document's root
        raw = get(root)
        if old_text or type(raw) is not bool:
            return judge(raw, old_text)
        return _TRUE if raw else _FALSE

    return step


def _any_step(get: Getter, judge: Step) -> Step:
    of_text = _text_step(_itself, judge)

    def step(root: Any, old_text: str | None) -> Found:  # noqa: ANN401 - a document's root
        raw = get(root)
        if old_text or type(raw) not in _SCALARS:
            return of_text(raw, old_text)
        return _WRITTEN, response_text(raw), raw, ""

    return step


def _judged_step(get: Getter, judge: Step) -> Step:
    return lambda root, old_text: judge(get(root), old_text)


def _itself(raw: Any) -> Any:  # noqa: ANN401 - a Getter
    return raw


_QUICK_STEPS: dict[FieldType | None, Callable[[Getter, Step], Step]] = {
    None: _any_step,
    FieldType.INTEGER: _whole_step,
    FieldType.SCORE: _whole_step,
    FieldType.PERCENT: _whole_step,
    FieldType.FLOAT: _decimal_step,
    FieldType.CURRENCY: _decimal_step,
    FieldType.BOOLEAN: _boolean_step,
    FieldType.DATE: _judged_step,
    FieldType.DATETIME: _judged_step,
}


def _compile_judge(
    field_type: FieldType | None, *, from_xml: bool, zone: tzinfo
) -> Step:
    """Return what decides on any value, by all the rules."""
    coerce = compile_coercer(field_type, from_xml=from_xml, zone=zone)

    def judge(raw: Any, old_text: str | None) -> Found:  # noqa: ANN401 - what a getter returned
        if raw is MISSING:
            return _MISSING
        if raw is None:
            return _NULL
        text = response_text(raw)
        try:
            new = coerce(raw)
        except NotCoercible as error:
            return _CODES[Fate(error.fate)], text, None, error.problem
        if same_value(old_text, new, field_type, zone=zone):
            return _UNCHANGED, text, None, _HELD_ALREADY
        return _WRITTEN, text, new, ""

    return judge


def _lenient_step(
    get: Getter, field_type: FieldType | None, zone: tzinfo, leniency: Leniency
) -> Step:
    def step(root: Any, old_text: str | None) -> Found:  # noqa: ANN401 - a document's root
        raw = get(root)
        if raw is MISSING:
            return _MISSING
        text = response_text(raw)
        try:
            new, note = leniency.coerce(raw, field_type, old_text)
        except NotCoercible as error:
            return _CODES[Fate(error.fate)], text, None, error.problem
        if same_value(old_text, new, field_type, zone=zone):
            return _UNCHANGED, text, None, _HELD_ALREADY
        return _WRITTEN, text, new, note

    return step
