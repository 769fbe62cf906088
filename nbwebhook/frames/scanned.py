"""A list that stays in its file, read anew in blocks for each thing that is done with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from nbwebhook.definition.fields import Fields
from nbwebhook.errors import InvalidPlan, UnreadableList
from nbwebhook.frames.list_files import ListFile
from nbwebhook.lists.csv_guard import unguard_cell
from nbwebhook.lists.key_columns import find_key_column
from nbwebhook.lists.text_lists import TextBlock, TextList
from nbwebhook.lists.uncollected import uncollected

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ScannedLeads", "scan_leads"]


@dataclass(frozen=True, slots=True)
class _Header:
    names: tuple[str, ...]
    facts: Mapping[str, str | bool]


def _next_columns(
    rows: Iterator[Sequence[str]], count: int
) -> tuple[Sequence[str], ...]:
    """Return the cells of the next rows column by column; nothing after the last."""
    with uncollected():
        return tuple(zip(*islice(rows, count), strict=True))


class ScannedLeads(TextList):
    """The leads of a file, read in blocks and as often as needed.

    Iterating yields frames, their index counting rows through the list; a list without
    leads yields one frame without rows.

    Args:
        file: The file.
        block_rows: Most leads of a frame.
        key: A column that must be there.
        fields: The field table, for other names of `key`.
    """

    def __init__(
        self,
        file: ListFile,
        block_rows: int,
        *,
        key: str | None = None,
        fields: Fields | None = None,
    ) -> None:
        if block_rows < 1:
            raise InvalidPlan("block_rows", f"want 1 or more, not {block_rows}")
        super().__init__()
        self._file = file
        self._block_rows = block_rows
        self._key = key
        self._fields = fields
        self._state: tuple[int, int] | None = None

    @property
    def path(self) -> Path:
        """The file."""
        return self._file.path

    @property
    def key(self) -> str | None:
        """The column that was said to tell leads apart."""
        return self._key

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns.

        Raises:
            LeadsError: The file is no list.
        """
        return self._header.names

    @property
    def facts(self) -> Mapping[str, str | bool]:
        """How the list is written."""
        return self._header.facts

    @cached_property
    def _header(self) -> _Header:
        with self._file.open() as table:
            names = tuple(self._plain(table.names))
            return _Header(names, table.facts)

    def __iter__(self) -> Iterator[pd.DataFrame]:
        """Yield the leads as frames.

        Raises:
            LeadsError: The list cannot be read exactly, when the place is reached.
        """
        from nbwebhook.frames.keys import keys_of  # noqa: PLC0415 - loads pandas
        from nbwebhook.frames.text_frames import frames_of  # noqa: PLC0415 - likewise

        with self._file.open() as table:
            column = None
            if self._key is not None:
                column = find_key_column(table.names, self._key, fields=self._fields)
            for leads in frames_of(self._file, table, self._block_rows):
                if column is not None:
                    keys_of(leads, column)
                yield leads

    def head(self, count: int = 5) -> pd.DataFrame:
        """Return the first leads as a frame; nothing after them is read.

        Raises:
            LeadsError: They cannot be read exactly.
        """
        from nbwebhook.frames.text_frames import text_frame  # noqa: PLC0415 - as above

        cells: Sequence[Sequence[str | None]] = [()] * len(self.names)
        if count:
            block = next(self.text_blocks(count), None)
            cells = block.columns if block else cells
        return text_frame(self.names, cells, 0, self.facts)

    def _blocks(self, block_rows: int) -> Iterator[TextBlock]:
        """Yield all leads, some at a time."""
        self._refuse_change()
        with self._file.open() as table:
            first = 0
            while columns := _next_columns(table.rows, block_rows):
                yield TextBlock(first, tuple(map(self._plain, columns)))
                first += len(columns[0])

    def frame(self) -> pd.DataFrame:
        """Return the whole list as a frame, as `read_leads` does.

        Raises:
            LeadsError: The list cannot be read exactly.
        """
        import pandas as pd  # noqa: PLC0415 - whoever asks has time for it

        self._refuse_change()
        frames = list(self)
        leads = frames[0] if len(frames) == 1 else pd.concat(frames)
        leads.attrs = frames[0].attrs
        return leads

    def _plain(self, cells: Sequence[str]) -> Sequence[str]:
        """Return cells without the apostrophes that made them Excel-safe."""
        return [*map(unguard_cell, cells)] if self._file.excel_safe else cells

    def _refuse_change(self) -> None:
        try:
            found = self.path.stat()
        except OSError:
            return  # opening it says why
        state = (found.st_size, found.st_mtime_ns)
        if self._state is None:
            self._state = state
        if state != self._state:
            problem = "the file was changed since it was looked at; scan it again"
            raise UnreadableList(str(self.path), problem)

    def __repr__(self) -> str:
        return f"<ScannedLeads {self.path}>"


def scan_leads(  # noqa: PLR0913 - one an idea, all by keyword
    path: str | PathLike[str],
    block_rows: int = 10_000,
    *,
    key: str | None = None,
    fields: Fields | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    excel_safe: bool = False,
) -> ScannedLeads:
    r"""Return the leads of a file by the rules of `read_leads`, to be read in blocks.

    It is read anew each time: `for leads in scan_leads(path)` yields frames, and
    `run(webhook, scan_leads(path), sink=folder)` calls for all of them. Memory is that
    of a block, but for a workbook, which is read as a whole. What cannot be read is
    refused when its place is reached; a run reads all of it before anything is sent.

    Args:
        path: The file; its suffix says what it is.
        block_rows: Most leads of a frame.
        key: A column that must be there, its keys unlike within a block; a run compares
            those of the whole list.
        fields: The field table, for other names of `key`.
        encoding: Of a text file; None for what its byte order mark says, else UTF-8.
        delimiter: Of CSV; None for what the header says.
        excel_safe: The file was written Excel-safe by `Result.save`: the apostrophe that
            was put before `=`, `+`, `-` or `@` is taken off.

    Raises:
        InvalidPlan: `block_rows` is below 1.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     path = Path(folder, "leads.csv")
        ...     _ = path.write_text("Id,Postal Code\n7,00501\n8,10115\n9,07745\n")
        ...     [len(leads) for leads in scan_leads(path, 2)]
        [2, 1]
    """
    file = ListFile(Path(path), encoding, delimiter, excel_safe=excel_safe)
    return ScannedLeads(file, block_rows, key=key, fields=fields)
