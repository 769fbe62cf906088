"""Where response mappings write to: the field, its type, and the leads' column."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Literal

from nbwebhook.definition.faults import mapping_place
from nbwebhook.definition.fields import Field, Fields, FieldType, fold_name
from nbwebhook.definition.webhook import ResponseMapping, Webhook
from nbwebhook.errors import AmbiguousColumn, Fault, InvalidDefinition

__all__ = [
    "FoundBy",
    "Target",
    "find_targets",
    "mappings_by_field",
    "resolve_targets",
]

FoundBy = Literal["soap", "label", "rest", "column", "new"]
"""By which of its names a field was found; Marketo itself wants the SOAP name."""


@dataclass(frozen=True, slots=True)
class Target:
    """What one response mapping writes to.

    Attributes:
        mapping: The mapping.
        field: The field, with its type.
        column: Name of the leads' column that holds the field; empty where none does.
        found_by: What the mapping's field name is: the `soap` name, the `label` or the
            `rest` name of a standard or declared field, a `column` of the leads, or a
            `new` custom field of no declared type.
    """

    mapping: ResponseMapping
    field: Field
    column: str
    found_by: FoundBy


def resolve_targets(
    webhook: Webhook,
    *,
    columns: Mapping[str, FieldType | None],
    fields: Fields,
    key_column: str | None,
) -> tuple[Target, ...]:
    """Return the target of each response mapping, in the definition's order.

    A standard or declared field has its own type; else a column of the leads gives its
    type; else it is a new field of no type. The column that holds a field is the one
    of the name in the mapping, in any case, or else the one of any name of the field.

    Args:
        webhook: The definition.
        columns: The leads' columns and their types, None for a type that is not known.
        fields: The field table.
        key_column: The column that tells leads apart; it cannot be written.

    Raises:
        InvalidDefinition: A mapping writes a read-only field or the key; with every
            such fault.
        AmbiguousColumn: More than one column fits a mapping's field.
    """
    found = find_targets(webhook, columns=columns, fields=fields, key_column=key_column)
    if faults := tuple(each for each in found if isinstance(each, Fault)):
        raise InvalidDefinition(webhook.name, faults)
    for each in found:
        if isinstance(each, AmbiguousColumn):
            raise each
    return tuple(each for each in found if isinstance(each, Target))


def find_targets(
    webhook: Webhook,
    *,
    columns: Mapping[str, FieldType | None],
    fields: Fields,
    key_column: str | None,
) -> tuple[Target | Fault | AmbiguousColumn, ...]:
    """Return the target of each response mapping, or why it has none, in their order.

    Args:
        webhook: The definition.
        columns: The leads' columns and their types, None for a type that is not known.
        fields: The field table.
        key_column: The column that tells leads apart; it cannot be written.
    """
    by_fold: defaultdict[str, list[str]] = defaultdict(list)
    for column in columns:
        by_fold[fold_name(column)].append(column)
    found: list[Target | Fault | AmbiguousColumn] = []
    for number, mapping in enumerate(webhook.response_mappings, 1):
        try:
            target = _resolve(mapping, columns, by_fold, fields)
        except AmbiguousColumn as error:
            found.append(error.with_traceback(None))
            continue
        problem, rule = _refusal(target, key_column)
        place = mapping_place(number, mapping.attribute)
        fault = Fault(place, problem, "map it to another field", rule)
        found.append(fault if problem else target)
    return tuple(found)


def _resolve(
    mapping: ResponseMapping,
    columns: Mapping[str, FieldType | None],
    by_fold: Mapping[str, list[str]],
    fields: Fields,
) -> Target:
    field = fields.find(mapping.field)
    names = (mapping.field,) if field is None else (mapping.field, *field.names)
    column = _column_of(mapping.field, names, by_fold)
    if field is not None:
        return Target(mapping, field, column, _found_by(mapping.field, field))
    if column:
        field = Field(column, columns[column])
        return Target(mapping, field, column, "column")
    return Target(mapping, Field(mapping.field.strip(), None), "", "new")


def _column_of(
    name: str, names: tuple[str, ...], by_fold: Mapping[str, list[str]]
) -> str:
    fitting = by_fold.get(fold_name(name), [])
    if not fitting:
        folds = dict.fromkeys(fold_name(known) for known in names)
        fitting = [column for fold in folds for column in by_fold.get(fold, [])]
    if len(fitting) > 1:
        raise AmbiguousColumn(name, tuple(fitting))
    return fitting[0] if fitting else ""


def _found_by(name: str, field: Field) -> FoundBy:
    """Return which name it is: as written first, since `Email` is SOAP, `email` REST."""
    names: dict[FoundBy, str] = {
        "soap": field.soap_name,
        "label": field.label,
        "rest": field.rest_name,
    }
    exact = (kind for kind, known in names.items() if known == name.strip())
    folded = (k for k, known in names.items() if fold_name(known) == fold_name(name))
    return next(chain(exact, folded), "label")


def _refusal(target: Target, key_column: str | None) -> tuple[str, str]:
    """Return why the target cannot be written, and the rule; or nothing."""
    name = target.mapping.field
    if target.field.is_read_only:
        return f"the field {name!r} is written by Marketo alone", "read-only-field"
    if key_column is None:
        return "", ""
    names = {fold_name(known) for known in (name, *target.field.names)}
    if target.column == key_column or fold_name(key_column) in names:
        problem = f"the field {name!r} is the key that tells leads apart"
        return problem, "key-field"
    return "", ""


def mappings_by_field(targets: Sequence[Target]) -> dict[str, list[int]]:
    """Return the mappings of each field; the last one of a field names the column."""
    found: dict[tuple[str, ...], list[int]] = {}
    for number, target in enumerate(targets):
        found.setdefault(target.field.names, []).append(number)
    return {targets[numbers[-1]].mapping.field: numbers for numbers in found.values()}
