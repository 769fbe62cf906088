"""A definition, a list, and the leads of it that are meant."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypedDict

import pandas as pd

from nbwebhook.cli.choosing import choose_leads
from nbwebhook.cli.options import Choice, Source
from nbwebhook.clock import RealClock
from nbwebhook.definition.context import Context
from nbwebhook.definition.fields import Fields
from nbwebhook.definition.webhook import Webhook
from nbwebhook.errors import AmbiguousColumn, DuplicateKey, MissingColumn
from nbwebhook.frames.keys import find_key_column
from nbwebhook.frames.leads import read_leads, scan_leads
from nbwebhook.frames.prepare import Prepared, prepare
from nbwebhook.frames.scanned import ScannedLeads

__all__ = [
    "Listing",
    "Meaning",
    "meaning_of",
    "open_leads",
    "open_listing",
    "scan_list",
]


class Meaning(TypedDict):
    """What every verb of the api is told of the list."""

    context: Context
    fields: Fields
    key: str | None


@dataclass(frozen=True)
class Listing:
    """What a command works on.

    Attributes:
        webhook_path: Where the definition was.
        leads_path: Where the list was.
        webhook: The definition.
        leads: The leads that are meant: the whole list, to be read in blocks, or those
            that were chosen, as a frame.
        total: Leads of the whole list; None where the list is not known to be sound.
        notes: How they were chosen, a sentence each.
        meaning: What the verbs are told.
        since_run: The folders of runs before, as far as they were named.
    """

    webhook_path: Path
    leads_path: Path
    webhook: Webhook
    leads: pd.DataFrame | ScannedLeads
    total: int | None
    notes: tuple[str, ...]
    meaning: Meaning
    since_run: tuple[Path, ...]

    @property
    def count(self) -> int:
        """How many leads are meant."""
        if isinstance(self.leads, pd.DataFrame):
            return len(self.leads)
        return self.total or 0

    @cached_property
    def columns(self) -> Prepared:
        """The definition made ready for the list's columns, without a lead.

        Raises:
            DefinitionError: The definition cannot be used with this list.
            LeadsError: The list cannot be used.
        """
        return prepare(
            self.webhook, self.leads.head(0), clock=RealClock(), **self.meaning
        )


def open_listing(
    webhook: Path, leads: Path, source: Source, choice: Choice, *, scans: bool = False
) -> Listing:
    """Return the definition and the chosen leads of the list.

    Args:
        webhook: Where the definition is.
        leads: Where the list is.
        source: How it is written.
        choice: Which of its leads are meant.
        scans: Whether a list of which all leads are meant stays in its file; it is read
            to its end all the same.

    Raises:
        DefinitionError: The definition cannot be read.
        LeadsError: The list cannot be read, or leads cannot be chosen as asked.
    """
    hook = Webhook.load(webhook)
    meaning = meaning_of(source)
    if scans and choice == Choice(seed=choice.seed):
        scanned, total = scan_list(leads, source, meaning)
        return Listing(webhook, leads, hook, scanned, total, (), meaning, ())
    frame = open_leads(leads, source)
    chosen, notes = choose_leads(
        frame, choice, key=meaning["key"], fields=meaning["fields"]
    )
    return Listing(
        webhook, leads, hook, chosen, len(frame), notes, meaning, choice.since_run
    )


def scan_list(
    path: Path, source: Source, meaning: Meaning
) -> tuple[ScannedLeads, int | None]:
    """Return the list, to be read in blocks, and how many leads it has.

    It is read to its end once. The count is None where leads cannot be told apart: that
    is a finding, told with the others.

    Raises:
        LeadsError: The list cannot be read.
    """
    leads = scan_leads(
        path,
        encoding=source.encoding,
        delimiter=source.delimiter,
        excel_safe=source.excel_safe,
    )
    try:
        column = find_key_column(leads.names, meaning["key"], fields=meaning["fields"])
        return leads, len(leads.keys(column))
    except (MissingColumn, AmbiguousColumn, DuplicateKey):
        return leads, None


def open_leads(path: Path, source: Source) -> pd.DataFrame:
    """Return the leads of the list as the options say it is written.

    Raises:
        LeadsError: The list cannot be read.
    """
    return read_leads(
        path,
        encoding=source.encoding,
        delimiter=source.delimiter,
        excel_safe=source.excel_safe,
    )


def meaning_of(source: Source) -> Meaning:
    """Return what the options say about tokens and fields.

    Raises:
        DefinitionError: A type or a zone is none.
    """
    return Meaning(
        context=Context(my=source.my or {}, time_zone=source.time_zone),
        fields=Fields(source.field or {}),
        key=source.key,
    )
