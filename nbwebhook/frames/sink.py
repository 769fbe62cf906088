"""The folder that a run's results go to, and how they are written."""

from __future__ import annotations

import importlib
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from nbwebhook.errors import InvalidPlan

__all__ = ["LIKE_THE_INPUT", "SavePlan", "Saved", "Sink", "require_parquet"]

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
