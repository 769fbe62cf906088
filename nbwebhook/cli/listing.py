"""A definition, a list, and the leads of it that are meant."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from nbwebhook.cli.options import Choice, Source
from nbwebhook.clock import RealClock
from nbwebhook.definition.context import Context
from nbwebhook.definition.fields import Fields, FieldType
from nbwebhook.definition.webhook import Webhook
from nbwebhook.errors import AmbiguousColumn, DuplicateKey, MissingColumn
from nbwebhook.frames.prepared import PreparedColumns, prepare_columns
from nbwebhook.frames.scanned import ScannedLeads, scan_leads
from nbwebhook.lists.key_columns import find_key_column

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "Listing",
    "Meaning",
    "meaning_of",
    "open_leads",
    "open_listing",
    "refuse_broken",
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
        total: Leads of the list that leads were chosen from; None where all are meant.
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

    @cached_property
    def count(self) -> int:
        """How many leads are meant; a list that nobody went through is read for it.

        Raises:
            LeadsError: The list cannot be used.
        """
        if isinstance(self.leads, ScannedLeads):
            return len(_keys_of(self.leads, self.meaning))
        return len(self.leads)

    @cached_property
    def columns(self) -> PreparedColumns:
        """The definition made ready for the list's columns.

        Raises:
            DefinitionError: The definition cannot be used with this list.
            LeadsError: The list cannot be used.
        """
        types: dict[str, FieldType | None]
        if isinstance(self.leads, ScannedLeads):
            types = dict.fromkeys(self.leads.names, FieldType.STRING)
        else:
            from nbwebhook.frames.field_types import (  # noqa: PLC0415 - loads pandas
                column_types,
            )

            types = column_types(self.leads.head(0))
        return prepare_columns(self.webhook, types, clock=RealClock(), **self.meaning)


def open_listing(
    webhook: Path, leads: Path, source: Source, choice: Choice, *, scans: bool = False
) -> Listing:
    """Return the definition and the chosen leads of the list.

    Args:
        webhook: Where the definition is.
        leads: Where the list is.
        source: How it is written.
        choice: Which of its leads are meant.
        scans: Whether a list of which all leads are meant stays in its file; its header
            is read, and no lead.

    Raises:
        DefinitionError: The definition cannot be read.
        LeadsError: The list cannot be read, or leads cannot be chosen as asked.
    """
    hook = Webhook.load(webhook)
    meaning = meaning_of(source)
    if scans and choice == Choice(seed=choice.seed):
        scanned = scan_list(leads, source)
        return Listing(webhook, leads, hook, scanned, None, (), meaning, ())
    from nbwebhook.cli.choosing import choose_leads  # noqa: PLC0415 - loads pandas

    frame = open_leads(leads, source)
    chosen, notes = choose_leads(
        frame, choice, key=meaning["key"], fields=meaning["fields"]
    )
    return Listing(
        webhook, leads, hook, chosen, len(frame), notes, meaning, choice.since_run
    )


def scan_list(path: Path, source: Source) -> ScannedLeads:
    """Return the list, to be read in blocks; its header is read.

    Raises:
        LeadsError: The header cannot be read.
    """
    leads = scan_leads(
        path,
        encoding=source.encoding,
        delimiter=source.delimiter,
        excel_safe=source.excel_safe,
    )
    _ = leads.names
    return leads


def refuse_broken(leads: ScannedLeads, meaning: Meaning) -> None:
    """Say in one sentence that a list cannot be read, before all that a check says of it.

    That its leads cannot be told apart is a finding, told with the others.

    Raises:
        LeadsError: The list cannot be read.
    """
    with suppress(MissingColumn, AmbiguousColumn, DuplicateKey):
        _keys_of(leads, meaning)


def _keys_of(leads: ScannedLeads, meaning: Meaning) -> Sequence[str | None]:
    column = find_key_column(leads.names, meaning["key"], fields=meaning["fields"])
    return leads.keys(column)


def open_leads(path: Path, source: Source) -> pd.DataFrame:
    """Return the leads of the list as the options say it is written.

    Raises:
        LeadsError: The list cannot be read.
    """
    from nbwebhook.frames.leads import read_leads  # noqa: PLC0415 - loads pandas

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
