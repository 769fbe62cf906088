"""The rules that the first row of a file keeps: the names of its columns."""

from __future__ import annotations

import re
from collections.abc import Sequence

from nbwebhook.definition.fields import fold_name
from nbwebhook.errors import DuplicateColumn, UnreadableList

__all__ = ["check_header"]

_EMAIL_ADDRESS = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?")


def check_header(source: str, names: Sequence[str], line: int | None = None) -> None:
    """Refuse the first row of a file if it cannot be the names of its columns.

    Names that differ by case or outer spaces only are the same name, since tokens are
    matched without these.

    Args:
        source: The file, as messages call it.
        names: The cells of the first row, as written.
        line: Where the row starts.

    Raises:
        UnreadableList: A name is empty, or the row is a lead and not a header.
        DuplicateColumn: Two columns have the same name.
    """
    for position, name in enumerate(names, start=1):
        if not name.strip():
            problem = f"column {position} of {len(names)} has no name; give it one"
            raise UnreadableList(source, problem, line)
    if _is_a_lead(names):
        problem = (
            "the first row holds values, not the names of the columns; put a line with "
            "the names above it"
        )
        raise UnreadableList(source, problem, line)
    by_name: dict[str, list[str]] = {}
    for name in names:
        by_name.setdefault(fold_name(name), []).append(name)
    repeated = [name for alike in by_name.values() if len(alike) > 1 for name in alike]
    if repeated:
        raise DuplicateColumn(source, tuple(dict.fromkeys(repeated)))


def _is_a_lead(names: Sequence[str]) -> bool:
    cells = [name.strip() for name in names]
    return any(map(_EMAIL_ADDRESS.fullmatch, cells)) or all(
        map(_NUMBER.fullmatch, cells)
    )
