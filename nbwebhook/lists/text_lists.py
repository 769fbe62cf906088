"""Lists of which every cell is text, read a block at a time and as often as needed.

```text
a file (frames/scanned.py) ──────────────┐
                                         ├──▶ TextList ──▶ look at keys · render · write
a frame of text (frames/text_frames.py) ─┘              one pass each, a block in memory
```

Whoever goes through all leads says what a run will ask of them: the list takes that down
by the way, and need not be read for it once more.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from nbwebhook.definition.fields import FieldType
from nbwebhook.engine.journal.identity import LeadsPrint
from nbwebhook.errors import DuplicateKey
from nbwebhook.lists.marks import Marks
from nbwebhook.lists.spilled import SpilledTexts
from nbwebhook.render.leads import Column

__all__ = ["TextBlock", "TextList", "clean_keys"]

_BLOCK_ROWS = 4_096
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

    def texts(self, columns: Iterable[tuple[int, str]]) -> tuple[Column, ...]:
        """Return columns, given by place and name, as they are rendered."""
        return tuple(
            Column(name, self.columns[at], FieldType.STRING) for at, name in columns
        )


class TextList(ABC):
    """A list of text that can be read again and again."""

    def __init__(self) -> None:
        self._keys: dict[str, Sequence[str | None]] = {}
        self._prints: dict[tuple[str, frozenset[str]], Mapping[str, str]] = {}

    @property
    @abstractmethod
    def names(self) -> tuple[str, ...]:
        """The names of the columns."""

    @property
    @abstractmethod
    def facts(self) -> Mapping[str, str | bool]:
        """How the list was written, where it is known."""

    @abstractmethod
    def _blocks(self, block_rows: int) -> Iterator[TextBlock]:
        """Yield all leads, some at a time; nothing of a list without any."""

    def _refuse_change(self) -> None:  # noqa: B027 - a frame, once taken, stays
        """Refuse a list that is not the one any more that was read before."""

    def text_blocks(
        self,
        block_rows: int,
        key: str | None = None,
        columns: frozenset[str] | None = None,
    ) -> Iterator[TextBlock]:
        """Yield all leads as columns of text, some at a time.

        Args:
            block_rows: Most leads of a block.
            key: The column that tells leads apart, where one does: its `keys` are taken
                down by the way.
            columns: Those that a run will read: its `prints` are, too; None for no run.

        Raises:
            DuplicateKey: Leads have the same key; said when all of them were yielded.
            LeadsError: The list cannot be read exactly, or is not the one any more that
                was read before.
        """
        blocks = self._blocks(block_rows)
        is_known = columns is None or (key, columns) in self._prints
        if key is None or (key in self._keys and is_known):
            yield from blocks
            return
        keys, prints = _Keys(key), LeadsPrint(key)
        key_at = self.names.index(key)
        read = [
            (at, name) for at, name in enumerate(self.names) if name in (columns or ())
        ]
        for block in blocks:
            found = clean_keys(block.columns[key_at])
            keys.add(found)
            if columns is not None:
                prints.add(found, block.texts(read))
            yield block
        self._keys[key] = keys.texts()
        if columns is not None:
            self._prints[key, columns] = prints.parts

    def keys(self, column: str) -> Sequence[str | None]:
        """Return the keys by row, none of them twice.

        Raises:
            DuplicateKey: Leads have the same key.
            LeadsError: The list cannot be read exactly.
        """
        self._refuse_change()
        if column not in self._keys:
            deque(self.text_blocks(_BLOCK_ROWS, column), maxlen=0)
        return self._keys[column]

    def prints(self, key: str, columns: frozenset[str]) -> Mapping[str, str]:
        """Return the fingerprints of the keys and of columns, as a journal keeps them.

        Raises:
            DuplicateKey: Leads have the same key.
            LeadsError: The list cannot be read exactly.
        """
        self._refuse_change()
        if (key, columns) not in self._prints:
            deque(self.text_blocks(_BLOCK_ROWS, key, columns), maxlen=0)
        return self._prints[key, columns]


class _Keys:
    """The keys of a list by row, taken down in little memory: 9 bytes a lead meanwhile.

    A key is None where the cell is empty or has spaces only.

    Args:
        column: The column that tells leads apart.
    """

    def __init__(self, column: str) -> None:
        self._column = column
        self._keys = SpilledTexts()
        self._marks = Marks()

    def add(self, keys: Sequence[str | None]) -> None:
        """Take the keys of the next leads."""
        self._keys.extend(keys)
        known = [key for key in keys if key is not None] if None in keys else keys
        self._marks.extend(map(hash, known))

    def texts(self) -> SpilledTexts:
        """Return the keys of all leads.

        Raises:
            DuplicateKey: Leads have the same key.
        """
        self._refuse_repeats()
        return self._keys

    def _refuse_repeats(self) -> None:
        """Look at the texts themselves where their hashes meet."""
        meeting = self._marks.repeated()
        if not meeting:
            return
        seen: set[str] = set()
        rows: list[int] = []
        repeats = 0
        for row, key in enumerate(self._keys):
            if key is None or hash(key) not in meeting:
                continue
            if key in seen:
                repeats += 1
                if len(rows) < _ROWS_NAMED:
                    rows.append(row)
            seen.add(key)
        if repeats:
            raise DuplicateKey(self._column, repeats, tuple(rows))


def clean_keys(cells: Iterable[str | None]) -> list[str | None]:
    """Return cells of the key column as keys."""
    cells = list(cells)
    if all(cells) and not any(map(str.isspace, cells)):  # type: ignore[arg-type]  # texts
        return cells
    return [cell if cell and not cell.isspace() else None for cell in cells]
