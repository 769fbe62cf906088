"""The runs of this process, and those that others left, so that one can be found again."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from nbwebhook.engine.handle import Run

if TYPE_CHECKING:
    from nbwebhook.engine.journal.left import LeftRun

__all__ = ["KnownRun", "RunRegistry", "Runs"]

ResultT = TypeVar("ResultT")
_ENDED_KEPT = 3


@dataclass(frozen=True, slots=True)
class KnownRun(Generic[ResultT]):
    """A run that was started, and when.

    Attributes:
        webhook: The webhook's name.
        started_at: UTC.
        run: The run's handle.
    """

    webhook: str
    started_at: datetime
    run: Run[ResultT]

    @property
    def words(self) -> str:
        """Which run it is, for a line or a menu."""
        now = self.run.progress
        name = self.webhook or "webhook"
        return (
            f"{name}, started {self.started_at:%H:%M:%S} UTC: {now.state}, "
            f"{now.done:,} of {now.total:,} leads"
        )


class Runs(Sequence[Run[ResultT]]):
    """Runs, the latest first.

    Attributes:
        known: The same with the webhook's name and when each was started.
        left: Runs that other processes have left behind or are still at.
    """

    def __init__(
        self, known: Sequence[KnownRun[ResultT]], left: Sequence[LeftRun] = ()
    ) -> None:
        self.known = tuple(known)
        self.left = tuple(left)

    def __getitem__(self, index: Any) -> Any:  # noqa: ANN401 - as of tuple
        runs = tuple(known.run for known in self.known)
        return runs[index]

    def __len__(self) -> int:
        return len(self.known)

    def __repr__(self) -> str:
        lines = [f"[{at}] {known.words}" for at, known in enumerate(self.known)]
        for at, left in enumerate(self.left):
            lines += [f".left[{at}] {left.words}", f"         {left.path}"]
        return "\n".join(lines or ["no runs in this process, none left by another"])


class RunRegistry(Generic[ResultT]):
    """Keeps every run that goes on, and the last few that ended."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: list[KnownRun[ResultT]] = []

    def add(self, known: KnownRun[ResultT]) -> Run[ResultT]:
        """Keep a run, and return its handle; of those that ended the oldest are let go."""
        with self._lock:
            ended = [old for old in self._known if old.run.is_done]
            gone = {id(old) for old in ended[: max(0, len(ended) - _ENDED_KEPT + 1)]}
            self._known = [old for old in self._known if id(old) not in gone]
            self._known.append(known)
        return known.run

    def runs(self, left: Sequence[LeftRun] = ()) -> Runs[ResultT]:
        """Return the runs, the latest first, and with them what others left."""
        with self._lock:
            return Runs(tuple(reversed(self._known)), left)
