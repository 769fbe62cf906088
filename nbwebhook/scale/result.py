"""What a run over a cluster gives back: numbers, and frames that stay in the cluster."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from nbwebhook.display.pages import ResultPage, result_html, result_text
from nbwebhook.engine.accounts import skipped_outcome
from nbwebhook.engine.ledger import Ledger
from nbwebhook.frames.csv_out import write_csv
from nbwebhook.frames.keys import KeyTexts
from nbwebhook.frames.outcomes import calls_frame, changes_frame
from nbwebhook.frames.pages import summary_page
from nbwebhook.frames.summary import Summary
from nbwebhook.frames.updates import common_dtype
from nbwebhook.lists.files import write_text
from nbwebhook.scale.conductor import Conducted
from nbwebhook.scale.door import ClusterClient, ClusterFrame
from nbwebhook.scale.job import ScaleJob
from nbwebhook.scale.reading import FrameName, PartPlace, part_frame, part_tables
from nbwebhook.scale.sketch import ERROR
from nbwebhook.scale.survey import PartFacts
from nbwebhook.scale.tally import merge_ends

__all__ = ["ClusterResult", "Surveyed"]


@dataclass(frozen=True, slots=True)
class SaveTo:
    """Where and how a partition's frames are written."""

    folder: str
    excel_safe: bool


@dataclass(frozen=True)
class Surveyed:
    """A list over a cluster, looked at and ready to run.

    Attributes:
        client: The cluster.
        leads: The list.
        job: What each partition is told.
        facts: What is known of the partitions.
    """

    client: ClusterClient
    leads: ClusterFrame
    job: ScaleJob
    facts: tuple[PartFacts, ...]

    @property
    def total(self) -> int:
        """How many leads there are."""
        return sum(fact.leads for fact in self.facts)


class ClusterResult:
    """What became of every lead, in the frames of a cluster.

    `calls`, `changes`, `updates` and `leads` are Dask data frames with the partitions of
    the list; they are read from the journals whenever they are computed, so they need the
    folder and the list to be where they were. Nothing is kept in memory for them.

    Attributes:
        webhook: The definition that ran.
        summary: The run in numbers. Latency quantiles are those of a mergeable sketch.
        latency_error: The most by which these are off, as a share of them.
        folder: Where the journals are.
    """

    latency_error = ERROR

    def __init__(self, surveyed: Surveyed, ended: Conducted, like: Summary) -> None:
        self.webhook = surveyed.job.webhook
        self.folder = Path(surveyed.job.folder)
        self.summary = merge_ends(ended.ends, like)
        self._surveyed = surveyed
        self._places = tuple(_places(surveyed.facts, ended))

    @cached_property
    def calls(self) -> ClusterFrame:
        """One row a call; `row` is the lead's position in the whole list."""
        return self._frame("calls", calls_frame(Ledger(), KeyTexts([])))

    @cached_property
    def changes(self) -> ClusterFrame:
        """One row a lead and response mapping, with what became of it and why."""
        zone = self._surveyed.job.context.zone
        return self._frame(
            "changes", changes_frame(Ledger(), KeyTexts([]), (), (), zone)
        )

    @cached_property
    def updates(self) -> ClusterFrame:
        """One row a lead with a written field; the index is that of the leads."""
        index = self._surveyed.leads._meta.index  # noqa: SLF001 - as Dask documents it
        columns = self._new_columns(all_fields=True)
        return self._frame("updates", pd.DataFrame(columns, index=index))

    @cached_property
    def leads(self) -> ClusterFrame:
        """The leads with the updates applied; other cells are as they were."""
        like = self._surveyed.leads._meta  # noqa: SLF001 - as above
        return self._frame("leads", like.assign(**self._new_columns(all_fields=False)))

    def unknown_leads(self) -> pd.DataFrame:
        """Return the calls of leads that are unknown: no more than were under way."""
        calls = self.calls
        found: pd.DataFrame = calls[calls["outcome"] == "unknown"].compute()
        return found

    def save(self, folder: str | Path, *, excel_safe: bool = True) -> Path:
        """Have the workers write all frames as CSV, one file a partition.

        These are `calls/part-00000.csv` and so on, `changes/`, `updates/` and `leads/`,
        as `Result.save` writes them, and `summary.json`.

        Args:
            folder: Where to, as the workers and this notebook see it.
            excel_safe: Put an apostrophe before cells that a spreadsheet would compute.

        Raises:
            OSError: A file cannot be written.
        """
        target = Path(folder).absolute()
        target.mkdir(parents=True, exist_ok=True)
        kept = str(target)
        tasks = self._tasks(_save_part, lambda place: (place, SaveTo(kept, excel_safe)))
        self._surveyed.client.gather(self._surveyed.client.compute(tasks))
        numbers = {**self.summary.to_dict(), "latency_error": self.latency_error}
        write_text(target / "summary.json", json.dumps(numbers, indent=2) + "\n")
        return target

    def _new_columns(self, *, all_fields: bool) -> dict[str, pd.Series]:
        index = self._surveyed.leads._meta.index  # noqa: SLF001 - as above
        dtypes = self._places[0].dtypes
        return {
            field.name: pd.Series(
                [], dtype=field.dtype or dtypes[field.name], index=index
            )
            for field in self._surveyed.facts[0].fields
            if all_fields or not field.column
        }

    def _frame(self, name: FrameName, meta: pd.DataFrame) -> ClusterFrame:
        import dask.dataframe as dd  # noqa: PLC0415 - only where a cluster is in use

        tasks = self._tasks(part_frame, lambda place: (place, name))
        frame: ClusterFrame = dd.from_delayed(tasks, meta=meta, verify_meta=False)
        return frame

    def _tasks(
        self, function: Callable[..., Any], more: Callable[[PartPlace], Sequence[Any]]
    ) -> list[Any]:
        from dask.delayed import delayed  # noqa: PLC0415 - as above

        parts = self._surveyed.leads.to_delayed()
        task = delayed(function, pure=False)
        return [
            task(part, self._surveyed.job, *more(place))
            for part, place in zip(parts, self._places, strict=True)
        ]

    def _page(self) -> ResultPage:
        return summary_page(self.summary)

    def __repr__(self) -> str:
        return result_text(self._page())

    def _repr_html_(self) -> str:
        return result_html(self._page())


def _places(facts: Sequence[PartFacts], ended: Conducted) -> list[PartPlace]:
    skipped = skipped_outcome(ended.stopped_by)
    kinds: dict[str, frozenset[str]] = {
        field.name: frozenset() for field in facts[0].fields if field.dtype is None
    }
    for end in ended.ends:
        for name, found in end.kinds.items():
            kinds[name] |= found
    dtypes = {name: common_dtype(found) for name, found in kinds.items()}
    places, first_row = [], 0
    for fact in facts:
        places.append(PartPlace(fact.partition, first_row, skipped, dtypes))
        first_row += fact.leads
    return places


def _save_part(
    leads: pd.DataFrame, job: ScaleJob, place: PartPlace, to: SaveTo
) -> None:
    """Write the frames of a partition."""
    for name, frame in part_tables(leads, job, place).items():
        path = Path(to.folder, name, f"part-{place.partition:05d}.csv")
        path.parent.mkdir(parents=True, exist_ok=True)
        write_csv(frame, path, excel_safe=to.excel_safe)
