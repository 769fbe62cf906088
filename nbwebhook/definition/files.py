"""A definition file to the properties in it: plain JSON, read strictly.

Nothing in a file is run, and no other file is read because of it. Whatever stands in
it, the outcome is a dictionary of plain values or `InvalidDefinition`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbwebhook.errors import Fault, InvalidDefinition

__all__ = ["FORMAT", "Provenance", "parse_definition", "read_definition"]

FORMAT = 1
"""The format number of a definition file that this version reads and writes."""

_MAX_FILE_BYTES = 16 << 20
_MAX_PROPERTIES = 100
_MAX_SHOWN = 80


@dataclass(frozen=True)
class Provenance:
    """The file that a definition was read from, or nothing.

    All of them are equal, so that definitions are equal whatever theirs. A pickle
    forgets it: the process that sends one to another has answered for it.
    """

    source: str = field(default="", compare=False)

    def __reduce__(self) -> tuple[object, ...]:
        return (Provenance, ())


class _Unusable(ValueError):
    """A file is not a definition; an error of this module only."""

    def __init__(self, place: str, problem: str, remedy: str = "") -> None:
        super().__init__(place, problem, remedy)
        self.fault = Fault(place, problem, remedy)


def read_definition(path: str) -> bytes:
    """Return the bytes of the file at `path`.

    Raises:
        InvalidDefinition: It cannot be read or is too large.
    """
    try:
        with Path(path).open("rb") as file:
            raw = file.read(_MAX_FILE_BYTES + 1)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "not a name that a file can have"
        raise InvalidDefinition(path, (Fault("file", why),)) from error
    if len(raw) > _MAX_FILE_BYTES:
        fault = Fault("file", f"larger than {_MAX_FILE_BYTES:,} bytes")
        raise InvalidDefinition(path, (fault,))
    return raw


def parse_definition(source: str, raw: bytes) -> dict[str, Any]:
    """Return the properties in a definition file, unchecked, without its format number.

    Args:
        source: What to call the file in messages.
        raw: Its bytes.

    Raises:
        InvalidDefinition: It is not a JSON object in UTF-8, has a key twice, or is of
            another format.

    Example:
        >>> parse_definition("a.webhook.json", b'{"format": 1, "name": "A"}')
        {'name': 'A'}
    """
    try:
        return _properties(_parse_json(raw))
    except _Unusable as error:
        raise InvalidDefinition(source, (error.fault,)) from error


def _properties(found: object) -> dict[str, Any]:
    if not isinstance(found, dict):
        raise _Unusable("file", "not a JSON object")
    number = found.pop("format", None)
    if type(number) is not int or number != FORMAT:
        raise _Unusable("format", f"is not {FORMAT}", "this version reads no other")
    if len(found) > _MAX_PROPERTIES:
        raise _Unusable("file", f"more than {_MAX_PROPERTIES} properties")
    return found


def _parse_json(raw: bytes) -> object:
    try:
        return json.loads(raw.decode("utf-8-sig"), object_pairs_hook=_without_repeats)
    except _Unusable:
        raise
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise _Unusable(place, f"not JSON: {error.msg}") from error
    except UnicodeDecodeError as error:
        raise _Unusable("file", "not UTF-8 text") from error
    except RecursionError as error:
        raise _Unusable("file", "too deep") from error
    except ValueError as error:
        raise _Unusable("file", "a number of too many digits") from error


def _without_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for key, value in pairs:
        if key in found:
            raise _Unusable(f"key {key[:_MAX_SHOWN]!r}", "stands there twice")
        found[key] = value
    return found
