"""An open list of leads of any format, and the text of its typed cells.

| in the file | as text |
| --- | --- |
| text | itself |
| whole number, also one kept as a float | `42` |
| other number | as written in JSON, else the shortest that reads back: `0.1` |
| true, false | `true`, `false` |
| date; moment | `2024-02-29`; `2024-02-29 09:30:00`, with its zone if it has one |
| null, empty cell | empty |

What has no exact text is refused with the row where it stands: nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from nbwebhook.errors import UnreadableList
from nbwebhook.frames.cells import text_of_value, value_of_cell, value_of_float
from nbwebhook.render.leads import Unsendable

__all__ = ["Table", "missing_package", "text_of_cell", "unreadable_file"]


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


def text_of_cell(cell: object) -> str | Unsendable:
    """Return a typed cell as text.

    Example:
        >>> [text_of_cell(cell) for cell in ("007", 7.0, 0.5, True, None)]
        ['007', '7', '0.5', 'true', '']
    """
    if type(cell) is str:
        return cell
    if isinstance(cell, float | np.floating):
        value = value_of_float(cell, is_integral=bool(cell == np.trunc(cell)))
    else:
        value = value_of_cell(cell)
    return value if isinstance(value, Unsendable) else text_of_value(value) or ""


def missing_package(path: Path, kind: str, package: str) -> UnreadableList:
    """Return the error for a kind of file that needs a package."""
    problem = f"reading {kind} needs the package {package}: pip install {package}"
    return UnreadableList(str(path), problem)


def unreadable_file(path: Path, error: OSError) -> UnreadableList:
    """Return the error for a file that the system does not let us read."""
    problem = f"cannot be read: {error.strerror or type(error).__name__}"
    return UnreadableList(str(path), problem)
