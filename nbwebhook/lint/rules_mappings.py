"""Rules about response mappings: their fields, their paths, a sample response."""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Iterable, Iterator

from nbwebhook.definition.faults import mapping_place
from nbwebhook.definition.fields import fold_name
from nbwebhook.definition.paths import parse_path
from nbwebhook.errors import AmbiguousColumn, Fault
from nbwebhook.lint.case import Case
from nbwebhook.lint.corrections import Edit
from nbwebhook.lint.rules import Hit, rule
from nbwebhook.mapping.outcome import Fate
from nbwebhook.mapping.targets import Target

__all__ = ["RULES"]

_NEAR = 0.8
_OF_A_CRM = "__c"
"""How custom fields that are synchronised with a CRM end; they are no slips."""

_GOOD = frozenset([Fate.WRITTEN, Fate.UNCHANGED])


def _mappings(case: Case) -> Iterator[tuple[int, str, Target]]:
    """Yield each mapping's position, its place in words, and what it writes to."""
    for number, target in enumerate(case.targets):
        if target is not None:
            yield number, mapping_place(number + 1, target.mapping.attribute), target


@rule("mappings-unread", "warning", "The response type None reads no mapping.")
def mappings_unread(case: Case) -> Iterable[Hit]:
    """No field is ever written."""
    if case.webhook.response_type == "None" and case.webhook.response_mappings:
        yield Hit(
            "response type",
            "is None, so that no response mapping is read",
            "choose JSON or XML, whichever the service answers",
        )


def _refused(case: Case, rule_name: str) -> Iterator[Hit]:
    for each in case.found_targets:
        if isinstance(each, Fault) and each.rule == rule_name:
            yield Hit(each.place, each.problem, each.remedy)


@rule("read-only-field", "error", "A mapping writes a field that Marketo alone writes.")
def read_only_field(case: Case) -> Iterable[Hit]:
    """A run refuses the definition."""
    return _refused(case, "read-only-field")


@rule("key-field", "error", "A mapping writes the key that tells leads apart.")
def key_field(case: Case) -> Iterable[Hit]:
    """A run refuses the definition."""
    return _refused(case, "key-field")


@rule("ambiguous-field", "error", "A mapping's field fits more than one column.")
def ambiguous_field(case: Case) -> Iterable[Hit]:
    """Neither column would be right, so a run refuses."""
    for number, each in enumerate(case.found_targets):
        if isinstance(each, AmbiguousColumn):
            attribute = case.webhook.response_mappings[number].attribute
            listed = ", ".join(repr(column) for column in each.columns)
            yield Hit(
                mapping_place(number + 1, attribute),
                f"the field {each.name!r} fits more than one column: {listed}",
                "rename or drop one of them",
            )


@rule("unknown-field", "warning", "A mapping's field is unknown and like a known one.")
def unknown_field(case: Case) -> Iterable[Hit]:
    """Probably a slip; Marketo has no field to write to."""
    for _, place, target in _mappings(case):
        if target.found_by == "new" and (near := _near_fields(case, target)):
            yield Hit(
                place,
                f"no field is called {target.mapping.field!r}",
                f"did you mean {' or '.join(repr(name) for name in near)}",
            )


def _near_fields(case: Case, target: Target) -> list[str]:
    if target.mapping.field.endswith(_OF_A_CRM):
        return []
    names: dict[str, str] = {}
    for known in case.fields:
        for name in filter(None, (known.soap_name, known.label, known.rest_name)):
            names.setdefault(fold_name(name), known.soap_name or name)
    for column in case.column_types or ():
        names.setdefault(fold_name(column), column)
    wanted = fold_name(target.mapping.field)
    found = difflib.get_close_matches(wanted, names, 3, _NEAR)
    return list(dict.fromkeys(names[name] for name in found))


@rule("new-field", "note", "A mapping writes a custom field of no declared type.")
def new_field(case: Case) -> Iterable[Hit]:
    """The value is kept as it comes; in Marketo the field has to be there."""
    for _, place, target in _mappings(case):
        if target.found_by == "new" and not _near_fields(case, target):
            name = target.mapping.field
            yield Hit(
                place,
                f"the field {name!r} is none of Marketo's own and has no declared type; "
                "values are kept as they come",
                f"declare its type: fields={{{name!r}: 'string'}}",
            )


@rule(
    "field-by-name", "warning", "A mapping names a field other than by its SOAP name."
)
def field_by_name(case: Case) -> Iterable[Hit]:
    """Marketo's response mappings want the SOAP API name."""
    for number, place, target in _mappings(case):
        soap = target.field.soap_name
        if target.found_by not in {"label", "rest"} or not soap:
            continue
        kind = "display name" if target.found_by == "label" else "REST name"
        written = target.mapping.field
        edit = Edit("response_mappings", 0, len(written), soap, number)
        if written.strip() != soap:
            yield Hit(
                place,
                f"{written!r} is the field's {kind}; Marketo's mapping wants the SOAP name",
                f"write {soap}",
                edits=(edit,),
            )


@rule("no-soap-name", "warning", "A mapping's field has no SOAP name that is known.")
def no_soap_name(case: Case) -> Iterable[Hit]:
    """By Marketo's rule it cannot be a target."""
    for _, place, target in _mappings(case):
        if target.field.is_standard and not target.field.soap_name:
            yield Hit(
                place,
                f"the field {target.mapping.field!r} has no SOAP name, and Marketo's "
                "mappings want one",
                "map it to another field",
            )


@rule("same-field-twice", "warning", "Two mappings write the same field.")
def same_field_twice(case: Case) -> Iterable[Hit]:
    """The last one that has a fitting value wins."""
    groups: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)
    for number, place, target in _mappings(case):
        groups[fold_name(target.column or target.field.label)].append((number, place))
    for group in groups.values():
        for _, place in group[1:]:
            first = group[0][0] + 1
            yield Hit(
                place,
                f"writes the same field as response mapping {first}; the last one with "
                "a fitting value wins",
                "leave one out, if only one is meant",
            )


@rule("xml-root", "warning", "A path into XML names no root element.")
def xml_root(case: Case) -> Iterable[Hit]:
    """Every element is named from the root down, so that one step is the root itself."""
    if case.webhook.response_type == "XML":
        for number, mapping in enumerate(case.webhook.response_mappings, 1):
            steps = parse_path(mapping.attribute)
            if len([step for step in steps if isinstance(step, str)]) == 1:
                yield Hit(
                    mapping_place(number, mapping.attribute),
                    "of XML every element is named from the root down; one name alone "
                    "is the root",
                    "write the root's name first: example.foo",
                )


@rule(
    "mistyped-column",
    "warning",
    "A mapped field's column holds values of another type.",
)
def mistyped_column(case: Case) -> Iterable[Hit]:
    """What the leads have there now, the field could not hold in Marketo."""
    for _, place, target in _mappings(case):
        if case.leads is None or not target.column or target.field.type is None:
            continue
        if tally := case.leads.misfits.get(target.column):
            yield Hit(
                place,
                f"the field {target.mapping.field!r} is of type {target.field.type}, and "
                f"the column {target.column!r} holds values that it cannot have",
                "correct the column, or declare the field's type",
                tally,
            )


@rule(
    "sample-response",
    "warning",
    "A sample response does not give what a mapping wants.",
)
def sample_response(case: Case) -> Iterable[Hit]:
    """Path, type and length, tried on the response that was given."""
    if case.sample_problem:
        yield Hit("sample response", case.sample_problem, severity="error")
    for change in case.sample or ():
        if change.fate not in _GOOD:
            mapping = case.webhook.response_mappings[change.mapping]
            yield Hit(
                mapping_place(change.mapping + 1, mapping.attribute),
                f"the sample response writes nothing to {mapping.field!r}: "
                f"{change.reason} ({change.fate})",
                "correct the path, or map it to a field that can hold the value",
            )


RULES = (
    mappings_unread,
    read_only_field,
    key_field,
    ambiguous_field,
    unknown_field,
    new_field,
    field_by_name,
    no_soap_name,
    same_field_twice,
    xml_root,
    mistyped_column,
    sample_response,
)
