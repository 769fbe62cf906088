"""The fields of a lead: their types and the names that they go by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Self

from nbwebhook.definition.field_lists import FieldRow, read_field_list
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
_ALIASES = {
    "text": "text_area",
    "textarea": "text_area",
    "int": "integer",
    "number": "float",
    "double": "float",
    "bool": "boolean",
    "date_time": "datetime",
    "reference": "integer",
}
"""What Describe Lead, Marketo's forms and people call the types."""

_SHOWN = 60
_COMPUTED = frozenset(["formula", "lead_function"])
"""Types of fields that Marketo computes: never written, and of no type here."""

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
        InvalidContext: A type is not one of Marketo's, a name is blank, or two names
            are the same; with every such fault.
    """

    def __init__(self, custom: Mapping[str, str | FieldType] | None = None) -> None:
        self._by_name: dict[str, Field] = dict(_standard())
        self._declare(
            FieldRow(f"field {name[:_SHOWN]!r}", name.strip(), str(kind))
            for name, kind in (custom or {}).items()
        )

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Return the table with the fields of a file declared.

        The file is a CSV with a header, such as Marketo's export of field names with a
        column of types added, or JSON: names and types, or an answer of Describe Lead.
        A field whose type the file does not give keeps its standard one, or has none.

        Raises:
            InvalidContext: The file cannot be read or has faults; with all of them.
        """
        fields = cls()
        fields._declare(read_field_list(path))
        return fields

    def _declare(self, rows: Iterable[FieldRow]) -> None:
        faults: list[Fault] = []
        seen: set[str] = set()
        for row in rows:
            identity = fold_name(row.rest_name or row.soap_name or row.label)
            problem, remedy = _row_problem(row, identity, seen)
            if problem:
                faults.append(Fault(row.place, problem, remedy))
                continue
            seen.add(identity)
            self._add(row)
        if faults:
            raise InvalidContext(tuple(faults))

    def _add(self, row: FieldRow) -> None:
        known = self._known_as(row)
        is_read_only = row.is_read_only or _type_word(row.kind) in _COMPUTED
        kind = _type_of(row.kind)
        if known is None:
            field = Field(row.label, kind, row.rest_name, row.soap_name, is_read_only)
        else:
            field = Field(
                known.label,
                kind or known.type,
                row.rest_name or known.rest_name,
                row.soap_name or known.soap_name,
                is_read_only or known.is_read_only,
                known.is_standard,
            )
        for name in (*field.names, row.label):
            holder = self.find(name)
            if holder is None or holder is known:
                self._by_name[fold_name(name)] = field

    def _known_as(self, row: FieldRow) -> Field | None:
        """Return the field that the row is about; one of another REST name is not."""
        for name in filter(None, (row.rest_name, row.soap_name, row.label)):
            known = self.find(name)
            if known is not None and _can_be_one(known.rest_name, row.rest_name):
                return known
        return None

    def find(self, name: str) -> Field | None:
        """Return the field of that label, SOAP or REST name, in any case."""
        return self._by_name.get(fold_name(name))

    def __iter__(self) -> Iterator[Field]:
        return iter(dict.fromkeys(self._by_name.values()))

    def __repr__(self) -> str:
        return f"Fields({len(set(self._by_name.values()))} fields)"


def _can_be_one(rest_name: str, other: str) -> bool:
    return not rest_name or not other or fold_name(rest_name) == fold_name(other)


def _type_word(kind: str) -> str:
    return kind.strip().lower().replace(" ", "_").replace("-", "_")


def _type_of(kind: str) -> FieldType | None:
    """Return the type of that name; None for none, or for a computed field.

    Raises:
        ValueError: There is no such type.
    """
    word = _type_word(kind)
    if not word or word in _COMPUTED:
        return None
    return FieldType(_ALIASES.get(word, word))


def _row_problem(row: FieldRow, identity: str, seen: set[str]) -> tuple[str, str]:
    if not identity:
        return "a field without a name", "give it its display name"
    if identity in seen:
        return f"the field {row.label[:_SHOWN]!r} is declared twice", "leave one out"
    try:
        _type_of(row.kind)
    except ValueError:
        return f"no type {row.kind[:_SHOWN]!r}", f"types are {', '.join(FieldType)}"
    return "", ""


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
