"""A webhook and leads in a frame made ready to run: what can be wrong is found here."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from nbwebhook.clock import Clock
from nbwebhook.definition.context import Context
from nbwebhook.definition.fields import Fields, FieldType
from nbwebhook.definition.webhook import Webhook
from nbwebhook.frames.blocks import freeze_leads, lead_blocks
from nbwebhook.frames.field_types import column_types
from nbwebhook.frames.keys import KeyTexts
from nbwebhook.frames.prepared import Prepared, prepare_columns
from nbwebhook.frames.texts import Strings, texts_of_column
from nbwebhook.frames.values import column_reader
from nbwebhook.lists.value_text import text_of
from nbwebhook.render.leads import LeadBlock

__all__ = ["PreparedFrame", "prepare"]

_BLOCK_ROWS = 256
"""Leads that are rendered at once: what a block costs by itself, and a pause of 2 ms."""


@dataclass(frozen=True)
class PreparedFrame(Prepared):
    """A webhook, leads in a frame, and what is needed to go from one to the other.

    Attributes:
        leads: A snapshot of the leads; the user's own frame may change meanwhile.
    """

    leads: pd.DataFrame

    def old_columns(self) -> tuple[Strings | None, ...]:
        """Return the same for all leads, a column a mapping; None where there is none."""
        return tuple(
            texts_of_column(self.leads[target.column], self.zone)
            if target.column
            else None
            for target in self.targets
        )

    def blocks(self, columns: Collection[str] | None = None) -> Iterator[LeadBlock]:
        """Return the leads in blocks, with the columns that a run needs or those given."""
        return lead_blocks(
            self.leads,
            key=self.keys,
            block_rows=_BLOCK_ROWS,
            columns=self.columns_read if columns is None else columns,
        )

    def old_texts_reader(self) -> Callable[[int], Sequence[str | None]]:
        """Return what reads the present values of one lead's mapped fields."""
        reads = [
            column_reader(self.leads[target.column]).read if target.column else None
            for target in self.targets
        ]
        return lambda row: [
            None if read is None else text_of(read(row, row + 1)[0], self.zone)
            for read in reads
        ]


def prepare(
    webhook: Webhook,
    leads: pd.DataFrame,
    *,
    context: Context | None,
    fields: Fields | Mapping[str, str | FieldType] | None,
    key: str | None,
    clock: Clock,
) -> PreparedFrame:
    """Return the webhook and the leads made ready.

    Raises:
        LeadsError: The list cannot be used.
        DefinitionError: The webhook cannot be used with this list.
    """
    types = column_types(leads)
    columns = prepare_columns(
        webhook, types, context=context, fields=fields, key=key, clock=clock
    )
    return PreparedFrame(
        **columns.parts(),
        keys=KeyTexts.of(leads, columns.key_column),
        leads=freeze_leads(leads),
    )
