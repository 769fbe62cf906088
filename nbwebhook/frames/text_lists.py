"""Lists of which every cell is text, read a block at a time and as often as needed.

```text
a file (scanned.py) ──┐
                      ├──▶ TextList ──▶ look at keys · render · write results
a frame of text ──────┘                 one pass each, a block in memory
```
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd

from nbwebhook.errors import DuplicateKey
from nbwebhook.frames.blocks import freeze_leads
from nbwebhook.frames.headers import column_names
from nbwebhook.frames.list_files import facts_of
from nbwebhook.frames.spilled import SpilledTexts

__all__ = [
    "FrameOfText",
    "TextBlock",
    "TextList",
    "clean_keys",
    "holds_text",
    "key_texts",
]

_ROWS_NAMED = 5


@dataclass(frozen=True, slots=True)
class TextBlock:
    """Some leads in their order, as columns of text.

    Attributes:
        first_row: Row of the first lead in the list.
        columns: The cells of each column, in the order of the names.
    """

    first_row: int
    columns: tuple[Sequence[str | None], ...]

    def __len__(self) -> int:
        return len(self.columns[0])


class TextList(Protocol):
    """A list of text that can be read again and again."""

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns."""

    @property
    def facts(self) -> Mapping[str, str | bool]:
        """How the list was written, where it is known."""

    def text_blocks(self, block_rows: int) -> Iterator[TextBlock]:
        """Yield all leads, some at a time; nothing of a list without any."""

    def keys(self, column: str) -> Sequence[str | None]:
        """Return the keys by row, none of them twice.

        Raises:
            DuplicateKey: Leads have the same key.
        """

    def frame(self) -> pd.DataFrame:
        """Return the whole list as a frame."""


class FrameOfText:
    """A frame of columns of the dtype `string`, as it is now.

    Args:
        leads: The frame.
    """

    def __init__(self, leads: pd.DataFrame) -> None:
        self._leads = freeze_leads(leads)
        self.names = column_names(leads)
        self.facts = facts_of(leads)

    def text_blocks(self, block_rows: int) -> Iterator[TextBlock]:
        """Yield all leads, some at a time."""
        arrays = [self._leads.iloc[:, at].array for at in range(self._leads.shape[1])]
        for first in range(0, len(self._leads), block_rows):
            yield TextBlock(
                first,
                tuple(_cells(array[first : first + block_rows]) for array in arrays),
            )

    def keys(self, column: str) -> Sequence[str | None]:
        """Return the keys by row, none of them twice.

        Raises:
            DuplicateKey: Leads have the same key.
        """
        return key_texts(self, column)

    def frame(self) -> pd.DataFrame:
        """Return the frame as it was."""
        return self._leads


def _cells(array: Any) -> list[str | None]:  # noqa: ANN401 - a pandas array
    found: list[str | None] = array.to_numpy(dtype=object, na_value=None).tolist()
    return found


def holds_text(leads: pd.DataFrame) -> bool:
    """Return whether all columns are text by their dtype.

    Example:
        >>> holds_text(pd.DataFrame({"Id": ["7"]}, dtype="string"))
        True
    """
    return all(isinstance(dtype, pd.StringDtype) for dtype in leads.dtypes)


def key_texts(leads: TextList, column: str) -> SpilledTexts:
    """Return the keys of a list by row, in little memory: 8 bytes a lead meanwhile.

    A key is None where the cell is empty or has spaces only.

    Raises:
        DuplicateKey: Leads have the same key.
    """
    at = leads.names.index(column)
    keys, marks = SpilledTexts(), array("q")
    for block in leads.text_blocks(_BLOCK_ROWS):
        found = clean_keys(block.columns[at])
        keys.extend(found)
        marks.extend(hash(key) for key in found if key is not None)
    _refuse_repeats(keys, marks, column)
    return keys


_BLOCK_ROWS = 4_096


def clean_keys(cells: Iterable[str | None]) -> list[str | None]:
    """Return cells of the key column as keys."""
    return [cell if cell and not cell.isspace() else None for cell in cells]


def _refuse_repeats(keys: SpilledTexts, marks: array[int], column: str) -> None:
    """Look at the texts themselves where their hashes meet."""
    ordered = np.sort(np.frombuffer(marks, dtype="int64")) if marks else np.empty(0)
    meeting = set(ordered[1:][ordered[1:] == ordered[:-1]].tolist())
    if not meeting:
        return
    seen: set[str] = set()
    rows: list[int] = []
    repeats = 0
    for row, key in enumerate(keys):
        if key is None or hash(key) not in meeting:
            continue
        if key in seen:
            repeats += 1
            if len(rows) < _ROWS_NAMED:
                rows.append(row)
        seen.add(key)
    if repeats:
        raise DuplicateKey(column, repeats, tuple(rows))
