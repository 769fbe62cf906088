"""An open list of leads of any format."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from nbwebhook.errors import UnreadableList

__all__ = ["Table", "missing_package", "unreadable_file"]


@dataclass(frozen=True, slots=True)
class Table:
    """An open list.

    Attributes:
        names: The names of the columns, as written.
        rows: Each lead's cells as text; to be read once, while the list is open.
        facts: How the list was written, where it can be said.
    """

    names: Sequence[str]
    rows: Iterator[Sequence[str]]
    facts: dict[str, str | bool] = field(default_factory=dict)


def missing_package(path: Path, kind: str, package: str) -> UnreadableList:
    """Return the error for a kind of file that needs a package."""
    problem = f"reading {kind} needs the package {package}: pip install {package}"
    return UnreadableList(str(path), problem)


def unreadable_file(path: Path, error: OSError) -> UnreadableList:
    """Return the error for a file that the system does not let us read."""
    problem = f"cannot be read: {error.strerror or type(error).__name__}"
    return UnreadableList(str(path), problem)
