"""A result into a folder: CSV, Parquet, numbers and a report."""

from __future__ import annotations

import importlib
import json
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from nbwebhook.errors import InvalidPlan
from nbwebhook.frames.csv_out import PLAIN_DIALECT, write_csv
from nbwebhook.frames.files import replace_file, write_text
from nbwebhook.frames.list_files import dialect_of

if TYPE_CHECKING:
    from nbwebhook.frames.result import Result

__all__ = [
    "LIKE_THE_INPUT",
    "SavePlan",
    "Saved",
    "Sink",
    "plain_for_parquet",
    "require_parquet",
    "save_result",
    "write_pages",
]

LIKE_THE_INPUT = frozenset({"leads", "updates"})


@dataclass(frozen=True, slots=True)
class SavePlan:
    """How a result is saved.

    Attributes:
        excel_safe: Put an apostrophe before cells that a spreadsheet would compute.
        like_input: Write `leads.csv` and `updates.csv` with the encoding, delimiter and
            line ends of the list that was read, instead of UTF-8, comma and LF.
        parquet: Write the frames as Parquet too.
    """

    excel_safe: bool = True
    like_input: bool = False
    parquet: bool = False


@dataclass(frozen=True, slots=True)
class Sink:
    """The folder that a run's results go to, and how they are written.

    Attributes:
        folder: It is made if it is not there; files of the same names are replaced.
        plan: How.
    """

    folder: Path
    plan: SavePlan = field(default_factory=SavePlan)

    @classmethod
    def of(cls, sink: str | Path | Sink) -> Sink:
        """Return a sink, whatever it is given as."""
        return sink if isinstance(sink, Sink) else cls(Path(sink).expanduser())

    @property
    def journal(self) -> Path:
        """Where the journal of its run is."""
        return self.folder / "run.sqlite"

    def prepare(self) -> None:
        """Make the folder, and see that it can be written before anything is sent.

        Raises:
            InvalidPlan: It cannot, or Parquet is asked for and cannot be written.
        """
        if self.plan.parquet:
            require_parquet()
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.folder):
                pass
        except OSError as error:
            problem = f"{self.folder}: {error.strerror or 'cannot be written'}"
            raise InvalidPlan("sink", problem) from error


@dataclass(frozen=True, slots=True)
class Saved:
    """What was saved.

    Attributes:
        folder: Where.
        guarded: Cells that got an apostrophe.
        encodings_changed: Files whose encoding would have lacked a character.
    """

    folder: Path
    guarded: int
    encodings_changed: tuple[str, ...]


def require_parquet() -> None:
    """Make sure that Parquet can be written.

    Raises:
        InvalidPlan: The package for it is not there.
    """
    try:
        importlib.import_module("pyarrow")
    except ImportError as error:
        problem = 'needs the package pyarrow: pip install "nbwebhook[parquet]"'
        raise InvalidPlan("parquet", problem) from error


def save_result(result: Result, folder: Path, plan: SavePlan) -> Saved:
    """Write all of a result into `folder`, which is made if it is not there.

    Raises:
        InvalidPlan: Parquet is asked for and cannot be written.
        OSError: A file cannot be written.
    """
    if plan.parquet:
        require_parquet()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    guarded = 0
    changed = []
    for name, frame in result.tables().items():
        is_alike = plan.like_input and name in LIKE_THE_INPUT
        wanted = (is_alike and dialect_of(result.leads)) or PLAIN_DIALECT
        path = folder / f"{name}.csv"
        written = write_csv(frame, path, dialect=wanted, excel_safe=plan.excel_safe)
        guarded += written.guarded
        if written.dialect != wanted:
            changed.append(path.name)
        if plan.parquet:
            _write_parquet(frame, folder / f"{name}.parquet")
    write_pages(result, folder)
    return Saved(folder, guarded, tuple(changed))


def write_pages(result: Result, folder: Path) -> None:
    """Write the numbers of a result and its report.

    Raises:
        OSError: A file cannot be written.
    """
    numbers = json.dumps(result.summary.to_dict(), indent=2)
    write_text(folder / "summary.json", numbers + "\n")
    result.report(folder / "report.html")


def _write_parquet(frame: pd.DataFrame, path: Path) -> None:
    with replace_file(path) as stream:
        plain_for_parquet(frame).to_parquet(stream, engine="pyarrow", index=False)


def plain_for_parquet(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame as Parquet can hold it: a column of mixed values as their text."""
    plain = frame.copy(deep=False)
    plain.attrs = {}
    for name in plain.columns[plain.dtypes.map(pd.api.types.is_object_dtype)]:
        plain[name] = plain[name].map(str, na_action="ignore").astype("string")
    return plain
