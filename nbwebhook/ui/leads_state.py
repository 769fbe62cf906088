"""What the panel knows about the list of leads, without a widget."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path, PurePath

import pandas as pd
from traitlets import HasTraits, Int, Unicode

from nbwebhook.definition.fields import Fields
from nbwebhook.display.pages import Table
from nbwebhook.display.text import format_count
from nbwebhook.errors import LeadsError
from nbwebhook.frames.cells import text_of_value
from nbwebhook.frames.field_types import column_types
from nbwebhook.frames.keys import keys_of
from nbwebhook.frames.leads import read_leads
from nbwebhook.frames.values import column_reader
from nbwebhook.lists.key_columns import find_key_column
from nbwebhook.render.glossary import KNOWN_NAMES
from nbwebhook.render.leads import Unsendable

__all__ = ["LeadsState", "notebook_names", "token_of"]

_SCOPES = frozenset(scope for scope in KNOWN_NAMES if scope not in {"", "secret"})
_FIRST_ROWS = 8
_FIRST_COLUMNS = 60

Namespace = Callable[[], Mapping[str, object]]


def notebook_names() -> Mapping[str, object]:
    """Return the names of the notebook that runs this; none outside of one."""
    try:
        from IPython.core.getipython import get_ipython  # noqa: PLC0415 - only where there is one
    except ImportError:
        return {}
    shell = get_ipython()
    return {} if shell is None else dict(shell.user_ns)


class LeadsState(HasTraits):
    """The list, where it came from, and what is wrong with it.

    Attributes:
        version: Counts up whenever the list or its key is another.
        source: Where the list came from, in words.
        code: The expression that gives the list, for "show code".
        key: The column that tells leads apart, as chosen; empty for the usual ones.
        problem: Why the list cannot be used; empty if it can.
    """

    version = Int()
    source = Unicode()
    code = Unicode()
    key = Unicode()
    problem = Unicode()

    def __init__(
        self,
        leads: pd.DataFrame | None = None,
        *,
        fields: Fields | None = None,
        namespace: Namespace = notebook_names,
    ) -> None:
        super().__init__()
        self._frame: pd.DataFrame | None = None
        self._fields = fields or Fields()
        self._namespace = namespace
        self.key_column, self.without_key = "", 0
        self.observe(lambda _: self._look(), "key")
        if leads is not None:
            self.take(leads, *self._origin(leads))

    @property
    def leads(self) -> pd.DataFrame | None:
        """The list; None where there is none yet."""
        return self._frame

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of its columns."""
        return () if self._frame is None else tuple(map(str, self._frame.columns))

    def take(self, leads: pd.DataFrame, source: str, code: str) -> None:
        """Use this list from now on."""
        self._frame = leads
        with self.hold_trait_notifications():
            self.source, self.code = source, code
            if self.key and self.key not in self.columns:
                self.key = ""
        self._look()

    # Where a list comes from

    def upload(self, name: str, content: bytes) -> None:
        """Use an uploaded file."""
        name = PurePath(name.replace("\\", "/")).name or "list.csv"
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, f"list{PurePath(name).suffix}")
            path.write_bytes(content)
            self._read(path, name)

    def open_file(self, path: str) -> None:
        """Use a file where the kernel runs."""
        self._read(Path(path).expanduser(), path)

    def _read(self, path: Path, name: str) -> None:
        try:
            leads = read_leads(path)
        except LeadsError as error:
            self.problem = str(error).replace(str(path), name)
        else:
            self.take(leads, name, f"nw.read_leads({name!r})")

    def frame_names(self) -> tuple[str, ...]:
        """Return the names of the notebook's data frames."""
        found = self._namespace()
        return tuple(
            sorted(
                name
                for name, value in found.items()
                if isinstance(value, pd.DataFrame) and not name.startswith("_")
            )
        )

    def choose(self, name: str) -> None:
        """Use a data frame of the notebook."""
        frame = self._namespace().get(name)
        if isinstance(frame, pd.DataFrame):
            self.take(frame, f"{name} of the notebook", name)
        else:
            self.problem = f"the notebook has no data frame called {name!r} any more"

    def _origin(self, leads: pd.DataFrame) -> tuple[str, str]:
        for name, value in self._namespace().items():
            if value is leads and not name.startswith("_"):
                return f"{name} of the notebook", name
        return "the list that was given", "leads"

    # What is to be said about it

    def _look(self) -> None:
        """Find the key column, or what is wrong with it."""
        problem = ""
        self.key_column, self.without_key = "", 0
        if self._frame is not None:
            try:
                self.key_column = find_key_column(
                    tuple(column_types(self._frame)),
                    self.key or None,
                    fields=self._fields,
                )
                keys = keys_of(self._frame, self.key_column)
                self.without_key = keys.count(None)
            except LeadsError as error:
                problem = str(error)
        self.problem = problem
        self.version += 1

    def facts(self) -> tuple[tuple[str, str], ...]:
        """Return the list in a few numbers."""
        frame = self._frame
        if frame is None:
            return ()
        return (
            ("List", self.source),
            ("Leads", format_count(len(frame))),
            ("Columns", format_count(len(frame.columns))),
            ("Key column", self.key_column or "none"),
        )

    def first_rows(self) -> Table:
        """Return the first leads as they will be sent."""
        frame = self._frame
        if frame is None:
            return Table((), ())
        readers = [
            column_reader(frame.iloc[:_FIRST_ROWS, at])
            for at in range(min(len(frame.columns), _FIRST_COLUMNS))
        ]
        rows = min(len(frame), _FIRST_ROWS)
        columns = [
            [_shown(value) for value in reader.read(0, rows)] for reader in readers
        ]
        return Table(
            columns=self.columns[:_FIRST_COLUMNS],
            rows=tuple(zip(*columns, strict=True)),
            caption=f"The first {rows} of {format_count(len(frame))} leads",
        )

    def column_table(self) -> Table:
        """Return the columns with their types, empty cells and an example each."""
        frame = self._frame
        if frame is None:
            return Table((), ())
        try:
            types = column_types(frame)
        except LeadsError:
            return Table((), ())
        rows = []
        for at, (name, kind) in enumerate(types.items()):
            column = frame.iloc[:, at]
            is_empty = column.isna() | (column.astype(object) == "")
            filled = int((~is_empty).to_numpy().argmax()) if len(column) else 0
            example = _shown(column_reader(column).read(filled, filled + 1)[0]) if len(column) else ""  # fmt: skip
            field = self._fields.find(name)
            rows.append(
                (
                    name,
                    str(field.type) if field else str(kind or "not told"),
                    format_count(int(is_empty.sum())),
                    example,
                    "{{" + token_of(name) + "}}",
                )
            )
        return Table(
            columns=("column", "type", "empty", "first value as sent", "token"),
            rows=tuple(rows),
            caption="What each column is sent as",
            numeric=frozenset({"empty"}),
        )


def token_of(column: str) -> str:
    """Return the token of a column without its braces.

    Example:
        >>> token_of("First Name"), token_of("company.Website")
        ('lead.First Name', 'company.Website')
    """
    scope, dot, _ = column.partition(".")
    return column if dot and scope.strip().lower() in _SCOPES else f"lead.{column}"


def _shown(value: object) -> str:
    if isinstance(value, Unsendable):
        return f"(cannot be sent: {value.problem})"
    return text_of_value(value) or ""  # type: ignore[arg-type]  # what a reader gives
