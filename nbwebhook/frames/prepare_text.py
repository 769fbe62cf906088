"""A webhook and a list of text made ready to run in blocks, whatever its length."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from nbwebhook.clock import Clock
from nbwebhook.definition.context import Context
from nbwebhook.definition.fields import Fields, FieldType
from nbwebhook.definition.webhook import Webhook
from nbwebhook.errors import InvalidPlan
from nbwebhook.frames.keys import KeyTexts
from nbwebhook.frames.list_files import text_frame
from nbwebhook.frames.prepare import Prepared, Said, prepare
from nbwebhook.frames.spilled import SpilledTexts
from nbwebhook.frames.text_lists import (
    FrameOfText,
    TextBlock,
    TextList,
    clean_keys,
    holds_text,
)
from nbwebhook.render.leads import Column, LeadBlock

__all__ = ["PreparedText", "prepare_list", "text_lead_blocks"]

_BLOCK_ROWS = 128
_STRETCH = 4_096


@dataclass(frozen=True)
class PreparedText(Prepared):
    """A webhook, a list of text, and what is needed to go from one to the other.

    `leads` is a frame without rows; the leads are in `source`.

    Attributes:
        source: The list.
    """

    source: TextList

    @property
    def total(self) -> int:
        """How many leads there are."""
        return len(self.keys)

    def blocks(self, columns: set[str] | None = None) -> Iterator[LeadBlock]:
        """Return the leads in blocks, with the columns that a run needs or those given."""
        if columns is None:
            columns = {target.column for target in self.targets if target.column}
            columns.update(self.renderer.columns_used)
        return text_lead_blocks(
            self.source, self.key_column, columns, block_rows=_BLOCK_ROWS
        )

    def part(self, block: TextBlock) -> Prepared:
        """Return the same for some leads of the list alone, with their frame."""
        source = self.source
        at = source.names.index(self.key_column)
        leads = text_frame(source.names, block.columns, block.first_row, source.facts)
        return self._with(leads, KeyTexts(clean_keys(block.columns[at])))

    def whole(self) -> Prepared:
        """Return the same with the whole list as a frame in memory."""
        return self._with(self.source.frame(), KeyTexts(list(self.keys)))

    def _with(self, leads: pd.DataFrame, keys: KeyTexts) -> Prepared:
        return Prepared(**_common(self) | {"leads": leads, "keys": keys})

    def _old_texts_reader(self) -> Callable[[int], Sequence[str | None]]:
        """Return what reads the present values of one lead's mapped fields, from disk."""
        names = self.source.names
        kept = {
            target.column: SpilledTexts() for target in self.targets if target.column
        }
        if kept:
            for block in self.source.text_blocks(_STRETCH):
                for name, texts in kept.items():
                    cells = block.columns[names.index(name)]
                    texts.extend(cell or None for cell in cells)
        reads = [kept[t.column] if t.column else None for t in self.targets]
        return lambda row: [None if read is None else read[row] for read in reads]


def text_lead_blocks(
    leads: TextList, key: str | None, columns: set[str], *, block_rows: int
) -> Iterator[LeadBlock]:
    """Yield a list of text as blocks to render.

    Args:
        leads: The list.
        key: The column that tells leads apart; None to tell them by their row.
        columns: Names of the columns to show.
        block_rows: Most leads of a block.
    """
    shown = [at for at, name in enumerate(leads.names) if name in columns]
    key_at = None if key is None else leads.names.index(key)
    for block in leads.text_blocks(block_rows):
        first = block.first_row
        yield LeadBlock(
            first,
            [str(row) for row in range(first, first + len(block))]
            if key_at is None
            else clean_keys(block.columns[key_at]),
            tuple(
                Column(leads.names[at], block.columns[at], FieldType.STRING)
                for at in shown
            ),
        )


def prepare_list(  # noqa: PLR0913 - all that a run may be given
    webhook: Webhook,
    leads: pd.DataFrame | TextList,
    *,
    streams: bool,
    context: Context | None,
    fields: Fields | Mapping[str, str | FieldType] | None,
    key: str | None,
    clock: Clock,
) -> Prepared:
    """Return the webhook and the leads made ready; a list in a file is read once.

    Args:
        webhook: The definition.
        leads: A frame, or a list that is read in blocks.
        streams: Whether a run goes through it in blocks. A frame with columns of other
            types than text does not: what is written depends on whole columns.
        context: Token values that do not come from the lead.
        fields: The field table.
        key: The column that tells leads apart.
        clock: Time.

    Raises:
        InvalidPlan: The list is to be read in blocks, and the run does not.
        LeadsError: The list cannot be used, wherever in it the fault is.
        DefinitionError: The webhook cannot be used with this list.
    """
    said: Said = {"context": context, "fields": fields, "key": key, "clock": clock}
    if isinstance(leads, pd.DataFrame):
        if not (streams and holds_text(leads)):
            return prepare(webhook, leads, **said)
        leads = FrameOfText(leads)
    elif not streams:
        problem = (
            "a scanned list needs a folder for its results: say sink=folder, or read it "
            "with read_leads"
        )
        raise InvalidPlan("sink", problem)
    empty = text_frame(leads.names, [()] * len(leads.names), 0, leads.facts)
    made = prepare(webhook, empty, **said)
    common = _common(made) | {"keys": leads.keys(made.key_column)}
    return PreparedText(**common, source=leads)


def _common(made: Prepared) -> dict[str, Any]:
    return {
        each.name: getattr(made, each.name) for each in dataclasses.fields(Prepared)
    }
