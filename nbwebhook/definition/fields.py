"""The fields of a lead: their types and the names that they go by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from nbwebhook.definition.standard_fields import STANDARD_FIELDS
from nbwebhook.errors import Fault, InvalidContext

__all__ = ["Field", "FieldType", "Fields", "fold_name"]


class FieldType(StrEnum):
    """The types of Marketo's fields (marketo.md 8)."""

    STRING = "string"
    TEXT_AREA = "text_area"
    EMAIL = "email"
    PHONE = "phone"
    URL = "url"
    INTEGER = "integer"
    SCORE = "score"
    PERCENT = "percent"
    FLOAT = "float"
    CURRENCY = "currency"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"

    @property
    def is_text(self) -> bool:
        """Whether values of this type are text, quoted under JSON encoding."""
        return self in _TEXT_TYPES

    @property
    def is_number(self) -> bool:
        """Whether values of this type are numbers, bare under JSON encoding."""
        return self in _NUMBER_TYPES


_TEXT_TYPES = frozenset(
    [
        FieldType.STRING,
        FieldType.TEXT_AREA,
        FieldType.EMAIL,
        FieldType.PHONE,
        FieldType.URL,
    ]
)
_NUMBER_TYPES = frozenset(
    [
        FieldType.INTEGER,
        FieldType.SCORE,
        FieldType.PERCENT,
        FieldType.FLOAT,
        FieldType.CURRENCY,
    ]
)


@dataclass(frozen=True, slots=True)
class Field:
    """One field.

    Attributes:
        label: The friendly label, Marketo's display name.
        type: Its type; None for a new custom field of no declared type.
        rest_name: Name in the REST API; may be empty.
        soap_name: Name in the SOAP API, Marketo's word for a mapping's target; may be
            empty.
        is_read_only: Written by Marketo alone.
        is_standard: Of Marketo's own list.
    """

    label: str
    type: FieldType | None
    rest_name: str = ""
    soap_name: str = ""
    is_read_only: bool = False
    is_standard: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Every name that the field goes by, the label first."""
        names = (self.label, self.soap_name, self.rest_name)
        return tuple(dict.fromkeys(name for name in names if name))


def fold_name(name: str) -> str:
    """Return `name` as names are compared: without case and outer spaces.

    Example:
        >>> fold_name(" Email Address ")
        'email address'
    """
    return name.strip().casefold()


class Fields:
    """The field table: Marketo's standard fields, and the custom ones declared.

    Args:
        custom: Types by name: `Fields({"Segment": "string", "Tier": "integer"})`. A
            standard name may be declared anew and then has the type given.

    Raises:
        InvalidContext: A type is not one of Marketo's.
    """

    def __init__(self, custom: Mapping[str, str | FieldType] | None = None) -> None:
        self._by_name: dict[str, Field] = dict(_standard())
        faults = []
        for name, kind in (custom or {}).items():
            known = self._by_name.get(fold_name(name))
            try:
                kind = FieldType(str(kind).strip().lower().replace(" ", "_"))  # noqa: PLW2901
            except ValueError:
                types = ", ".join(FieldType)
                faults.append(Fault(f"field {name!r}", f"no type {kind!r}", types))
                continue
            self._add(_declared(name, kind, known))
        if faults:
            raise InvalidContext(tuple(faults))

    def _add(self, field: Field) -> None:
        for name in field.names:
            self._by_name[fold_name(name)] = field

    def find(self, name: str) -> Field | None:
        """Return the field of that label, SOAP or REST name, in any case."""
        return self._by_name.get(fold_name(name))

    def __iter__(self) -> Iterator[Field]:
        return iter(dict.fromkeys(self._by_name.values()))


def _declared(name: str, kind: FieldType, known: Field | None) -> Field:
    if known is None:
        return Field(name, kind)
    return Field(
        known.label,
        kind,
        known.rest_name,
        known.soap_name,
        known.is_read_only,
        known.is_standard,
    )


@cache
def _standard() -> Mapping[str, Field]:
    """Return the standard fields by every folded name; a label wins over an API name."""
    found: dict[str, Field] = {}
    rows = [line.split("|") for line in STANDARD_FIELDS.splitlines()]
    fields = [
        Field(label, FieldType(kind), rest, soap, managed == "system", is_standard=True)
        for label, rest, soap, kind, managed in rows
    ]
    for rank in range(3):
        for field in fields:
            names = (field.label, field.soap_name, field.rest_name)
            if names[rank]:
                found.setdefault(fold_name(names[rank]), field)
    return found
