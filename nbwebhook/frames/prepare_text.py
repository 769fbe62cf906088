"""A webhook and a list of text made ready to run in blocks, whatever its length."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nbwebhook.clock import Clock
from nbwebhook.definition.context import Context
from nbwebhook.definition.fields import Fields, FieldType
from nbwebhook.definition.webhook import Webhook
from nbwebhook.errors import InvalidPlan
from nbwebhook.frames.prepared import Prepared, Said, prepare_columns
from nbwebhook.lists.spilled import SpilledTexts
from nbwebhook.lists.text_lists import TextBlock, TextList, clean_keys
from nbwebhook.render.leads import LeadBlock

if TYPE_CHECKING:
    import pandas as pd

    from nbwebhook.frames.keys import KeyTexts
    from nbwebhook.frames.prepare import PreparedFrame
    from nbwebhook.frames.scanned import ScannedLeads
    from nbwebhook.frames.text_frames import FrameOfText

__all__ = ["PreparedText", "prepare_list", "text_lead_blocks"]

_BLOCK_ROWS = 128
_STRETCH = 4_096


@dataclass(frozen=True)
class PreparedText(Prepared):
    """A webhook, a list of text, and what is needed to go from one to the other.

    Attributes:
        source: The list.
        prints: The fingerprints of the keys and of each column that a run reads.
    """

    source: ScannedLeads | FrameOfText
    prints: Mapping[str, str]

    def leads_parts(self) -> Mapping[str, str]:
        """Return the fingerprints of the keys and of each column that a run reads."""
        return self.prints

    def blocks(self, columns: Collection[str] | None = None) -> Iterator[LeadBlock]:
        """Return the leads in blocks, with the columns that a run needs or those given."""
        return text_lead_blocks(
            self.source,
            self.key_column,
            self.columns_read if columns is None else columns,
            block_rows=_BLOCK_ROWS,
        )

    def part(self, block: TextBlock) -> PreparedFrame:
        """Return the same for some leads of the list alone, with their frame."""
        from nbwebhook.frames.keys import KeyTexts  # noqa: PLC0415 - loads pandas
        from nbwebhook.frames.text_frames import text_frame  # noqa: PLC0415 - likewise

        source = self.source
        at = source.names.index(self.key_column)
        leads = text_frame(source.names, block.columns, block.first_row, source.facts)
        return self._with(leads, KeyTexts(clean_keys(block.columns[at])))

    def whole(self) -> PreparedFrame:
        """Return the same with the whole list as a frame in memory."""
        from nbwebhook.frames.keys import KeyTexts  # noqa: PLC0415 - loads pandas

        return self._with(self.source.frame(), KeyTexts(list(self.keys)))

    def _with(self, leads: pd.DataFrame, keys: KeyTexts) -> PreparedFrame:
        from nbwebhook.frames.prepare import (  # noqa: PLC0415 - loads pandas
            PreparedFrame,
        )

        return PreparedFrame(**self.parts(), keys=keys, leads=leads)

    def old_texts_reader(self) -> Callable[[int], Sequence[str | None]]:
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
    leads: TextList,
    key: str | None,
    columns: Collection[str],
    *,
    block_rows: int,
    learns: frozenset[str] | None = None,
) -> Iterator[LeadBlock]:
    """Yield a list of text as blocks to render.

    Args:
        leads: The list.
        key: The column that tells leads apart; None to tell them by their row.
        columns: Names of the columns to show.
        block_rows: Most leads of a block.
        learns: Columns that a run will read: the list takes down by the way what that
            will ask of it.

    Raises:
        DuplicateKey: Leads have the same key; said when all leads were yielded.
        LeadsError: The list cannot be read exactly.
    """
    shown = [(at, name) for at, name in enumerate(leads.names) if name in columns]
    key_at = None if key is None else leads.names.index(key)
    for block in leads.text_blocks(block_rows, key, learns):
        first = block.first_row
        keys: list[str | None]
        if key_at is None:
            keys = [str(row) for row in range(first, first + len(block))]
        else:
            keys = clean_keys(block.columns[key_at])
        yield LeadBlock(first, keys, block.texts(shown))


def prepare_list(  # noqa: PLR0913 - all that a run may be given
    webhook: Webhook,
    leads: pd.DataFrame | ScannedLeads,
    *,
    streams: bool,
    context: Context | None,
    fields: Fields | Mapping[str, str | FieldType] | None,
    key: str | None,
    clock: Clock,
) -> PreparedFrame | PreparedText:
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
    if isinstance(leads, TextList):
        if not streams:
            problem = (
                "a scanned list needs a folder for its results: say sink=folder, or read "
                "it with read_leads"
            )
            raise InvalidPlan("sink", problem)
        return _prepare_text(webhook, leads, said)
    if streams:
        from nbwebhook.frames.text_frames import (  # noqa: PLC0415 - loads pandas
            FrameOfText,
            holds_text,
        )

        if holds_text(leads):
            return _prepare_text(webhook, FrameOfText(leads), said)
    from nbwebhook.frames.prepare import prepare  # noqa: PLC0415 - likewise

    return prepare(webhook, leads, **said)


def _prepare_text(
    webhook: Webhook, leads: ScannedLeads | FrameOfText, said: Said
) -> PreparedText:
    types = dict.fromkeys(leads.names, FieldType.STRING)
    columns = prepare_columns(webhook, types, **said)
    prints = leads.prints(columns.key_column, columns.columns_read)
    keys = leads.keys(columns.key_column)
    return PreparedText(**columns.parts(), keys=keys, source=leads, prints=prints)
