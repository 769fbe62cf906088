"""Lists of fields as people have them: a CSV or JSON export, read row by row.

```text
CSV    a header with a name column and, where known, type, REST and SOAP name
JSON   {"Segment": "string"}          names and types
       [{"label": ..., "type": ...}]  a list of fields
       {"result": [...]}              the answer of Marketo's Describe Lead, or Describe2
```
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from nbwebhook.errors import Fault, InvalidContext

__all__ = ["FieldRow", "read_field_list"]

_MAX_BYTES = 16 << 20
_SHOWN = 60
_COLUMNS = {
    "label": ("label", "friendlylabel", "displayname", "fieldname", "field", "name"),
    "kind": ("type", "datatype", "fieldtype"),
    "rest_name": ("restname", "restapiname", "apiname", "rest"),
    "soap_name": ("soapname", "soapapiname", "soap"),
    "read_only": ("readonly", "isreadonly"),
}
_YES = frozenset(["true", "yes", "1", "y", "x"])


@dataclass(frozen=True, slots=True)
class FieldRow:
    """One field as a list declares it, its type not yet understood.

    Attributes:
        place: Where it stands, for a message.
        label: Its display name, or the only name that the list has.
        kind: Its type as written; empty where the list has none.
        rest_name: Name in the REST API; may be empty.
        soap_name: Name in the SOAP API; may be empty.
        is_read_only: Whether the list says that Marketo alone writes it.
    """

    place: str
    label: str
    kind: str = ""
    rest_name: str = ""
    soap_name: str = ""
    is_read_only: bool = False


def read_field_list(path: str | Path) -> tuple[FieldRow, ...]:
    """Return the rows of a CSV or JSON file of fields.

    Raises:
        InvalidContext: The file cannot be read or is no such list.
    """
    source = Path(path).name
    text = _read(path, source)
    try:
        if text.lstrip()[:1] in {"{", "["}:
            return tuple(_json_rows(source, json.loads(text)))
        return tuple(_csv_rows(source, text))
    except (csv.Error, ValueError, RecursionError) as error:
        what = "JSON" if text.lstrip()[:1] in {"{", "["} else "CSV"
        raise _refusal(source, f"not a {what} list of fields") from error


def _refusal(source: str, problem: str, remedy: str = "") -> InvalidContext:
    return InvalidContext((Fault(source, problem, remedy),))


def _read(path: str | Path, source: str) -> str:
    try:
        with Path(path).open("rb") as file:
            raw = file.read(_MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "not a name that a file can have"
        raise _refusal(source, why) from error
    if len(raw) > _MAX_BYTES:
        raise _refusal(source, f"larger than {_MAX_BYTES:,} bytes")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _refusal(source, "not UTF-8 text", "save it as UTF-8") from error


# CSV


def _csv_rows(source: str, text: str) -> Iterator[FieldRow]:
    head = text.partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    columns = _columns_of(next(reader, []))
    if not columns.keys() & {"label", "rest_name", "soap_name"}:
        remedy = "name it Label, Friendly Label or Display Name"
        raise _refusal(f"{source}, line 1", "no column with the fields' names", remedy)
    for cells in reader:
        found = {key: _cell(cells, at) for key, at in columns.items()}
        if any(cells):
            yield _row(f"{source}, line {reader.line_num}", found)


def _columns_of(header: list[str]) -> dict[str, int]:
    """Return the position of each known column, the first spelling of each."""
    plain = ["".join(filter(str.isalnum, name)).lower() for name in header]
    found: dict[str, int] = {}
    for key, spellings in _COLUMNS.items():
        at = next((plain.index(word) for word in spellings if word in plain), None)
        if at is not None:
            found[key] = at
    return found


def _cell(cells: list[str], at: int) -> str:
    return cells[at].strip() if at < len(cells) else ""


# JSON


def _json_rows(source: str, found: object) -> Iterator[FieldRow]:
    if isinstance(found, Mapping) and isinstance(found.get("result"), list):
        found = found["result"]
    if isinstance(found, Mapping):
        for name, kind in found.items():
            yield _row(f"{source}, {name[:_SHOWN]!r}", {"label": name, "kind": kind})
        return
    if not isinstance(found, list):
        raise _refusal(source, "not a list of fields")
    for number, item in enumerate(found, 1):
        place = f"{source}, field {number}"
        if not isinstance(item, Mapping):
            raise _refusal(place, "not an object")
        if isinstance(item.get("fields"), list):
            yield from _json_rows(source, item["fields"])
        else:
            yield _row(place, _json_cells(item))


def _json_cells(item: Mapping[str, object]) -> dict[str, object]:
    """Return the cells of one JSON field; Describe holds names in objects of their own."""
    plain = {"".join(filter(str.isalnum, key)).lower(): v for key, v in item.items()}
    cells: dict[str, object] = {}
    for key, spellings in _COLUMNS.items():
        cells[key] = next((plain[word] for word in spellings if word in plain), "")
    for key in ("rest_name", "soap_name"):
        names = cells[key]
        if isinstance(names, Mapping):
            cells[key] = names.get("name", "")
            cells["read_only"] = cells["read_only"] or names.get("readOnly", False)
    if not cells["rest_name"] and "displayname" in plain:
        cells["rest_name"] = plain.get("name", "")
    if plain.get("updateable") is False:
        cells["read_only"] = True
    return cells


def _row(place: str, cells: Mapping[str, object]) -> FieldRow:
    text = {
        key: value.strip() if isinstance(value, str) else ""
        for key, value in cells.items()
    }
    label, rest, soap = (
        text.get(key, "") for key in ("label", "rest_name", "soap_name")
    )
    name = label or rest or soap
    if not name:
        raise _refusal(place, "a field without a name")
    read_only = cells.get("read_only")
    is_read_only = read_only is True or str(read_only).lower() in _YES
    return FieldRow(place, name, text.get("kind", ""), rest, soap, is_read_only)
