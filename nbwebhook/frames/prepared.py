"""A webhook and its leads made ready to run, whatever the leads are kept in.

```text
PreparedColumns ──▶ Prepared ──┬──▶ PreparedFrame (prepare.py): the leads are in a frame
 names, no lead      keys      └──▶ PreparedText (prepare_text.py): they are in a file
```

Nothing here knows frames: a run over a file waits for no pandas.
"""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypedDict

from nbwebhook.clock import Clock
from nbwebhook.definition.context import Context
from nbwebhook.definition.fields import Fields, FieldType
from nbwebhook.definition.webhook import Webhook
from nbwebhook.engine.equals import Digests, Equals, digests_of
from nbwebhook.engine.supply import Supply
from nbwebhook.errors import RenderError
from nbwebhook.lists.key_columns import find_key_column
from nbwebhook.lists.value_text import text_of
from nbwebhook.mapping.mapper import Mapper
from nbwebhook.mapping.targets import Target, resolve_targets
from nbwebhook.redact import Redactor
from nbwebhook.render.leads import LeadBlock
from nbwebhook.render.renderer import Renderer
from nbwebhook.render.request import Request

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from nbwebhook.engine.claims import JournalledSupply
    from nbwebhook.engine.journal.kept import Place
    from nbwebhook.engine.ledger import Ledger
    from nbwebhook.engine.resume import Resend

__all__ = [
    "Prepared",
    "PreparedColumns",
    "Said",
    "as_fields",
    "find_columns_read",
    "prepare_columns",
]


def as_fields(fields: Fields | Mapping[str, str | FieldType] | None) -> Fields:
    """Return a field table, whatever form it was given in."""
    return fields if isinstance(fields, Fields) else Fields(fields)


def find_columns_read(renderer: Renderer, targets: Iterable[Target]) -> frozenset[str]:
    """Return the columns that a run reads: rendered ones, and those it would write to."""
    written = {target.column for target in targets if target.column}
    return frozenset(written.union(renderer.columns_used))


@dataclass(frozen=True)
class PreparedColumns:
    """A webhook made ready for the columns of a list, without a lead.

    Attributes:
        webhook: The definition.
        key_column: The column that tells leads apart.
        renderer: Makes requests.
        targets: Where each response mapping writes to.
        mapper: Makes outcomes.
        context: Values that do not come from the lead.
        fields: The field table.
    """

    webhook: Webhook
    key_column: str
    renderer: Renderer
    targets: tuple[Target, ...]
    mapper: Mapper
    context: Context
    fields: Fields

    @property
    def columns_read(self) -> frozenset[str]:
        """The columns that a run reads: rendered ones, and those it would write to."""
        return find_columns_read(self.renderer, self.targets)

    def parts(self) -> dict[str, Any]:
        """Return what it is made of, to make what has leads too."""
        names = [each.name for each in dataclasses.fields(PreparedColumns)]
        return {name: getattr(self, name) for name in names}

    @cached_property
    def zone(self) -> ZoneInfo:
        """The account's time zone."""
        return self.context.zone

    @cached_property
    def redactor(self) -> Redactor:
        """Masks the secrets that this webhook uses."""
        return Redactor(self.renderer.secrets)

    def render(self, block: LeadBlock) -> Sequence[Request | RenderError]:
        """Return a request or the reason why there is none, one a lead."""
        return self.renderer.render(block)

    def old_texts(self, block: LeadBlock) -> Sequence[Sequence[str | None]]:
        """Return the present values of the mapped fields as text, one tuple a lead."""
        nothing = [None] * len(block)
        by_name = {column.name: column.values for column in block.columns}
        columns = [
            [text_of(value, self.zone) for value in by_name[target.column]]
            if target.column
            else nothing
            for target in self.targets
        ]
        return list(zip(*columns, strict=True)) if columns else [()] * len(block)


@dataclass(frozen=True)
class Prepared(PreparedColumns, ABC):
    """A webhook, its leads, and what is needed to go from one to the other.

    Attributes:
        keys: The keys as text, by row; None where a lead has none.
    """

    keys: Sequence[str | None]

    @property
    def total(self) -> int:
        """How many leads there are."""
        return len(self.keys)

    @abstractmethod
    def blocks(self, columns: Collection[str] | None = None) -> Iterator[LeadBlock]:
        """Return the leads in blocks, with the columns that a run needs or those given."""

    @abstractmethod
    def old_texts_reader(self) -> Callable[[int], Sequence[str | None]]:
        """Return what reads the present values of one lead's mapped fields."""

    def leads_parts(self) -> Mapping[str, str]:
        """Return the fingerprints of the keys and of each column that a run reads."""
        from nbwebhook.engine.journal.identity import (  # noqa: PLC0415 - few ask
            leads_parts,
        )

        return leads_parts(self.blocks(), self.key_column)

    def digests(self) -> Digests:
        """Return what tells the requests of all leads apart, rendered as of now."""
        return digests_of(
            one if isinstance(one, Request) and key is not None else None
            for block in self.blocks()
            for key, one in zip(block.keys, self.render(block), strict=True)
        )

    def deduped_supply(self, todo: bytearray | None = None) -> Supply:
        """Return one lead of all those with equal requests; the rest get its answer.

        Args:
            todo: 1 for each lead that counts, else 0; it is given a 0 for each lead that
                is not called. None for all of them.
        """
        todo = bytearray(b"\1") * self.total if todo is None else todo
        equals = Equals(self.digests().link(todo), self.old_texts_reader())
        equals.leave_out(todo)
        return self.supply(todo, equals)

    def supply(
        self, todo: bytearray | None = None, equals: Equals | None = None
    ) -> Supply:
        """Return all leads, or those marked with a 1, rendered a block at a time.

        Args:
            todo: The marks; None for all leads.
            equals: Leads that get the answer of an equal request.
        """
        return Supply(
            self.blocks(),
            total=self.total,
            rendering=self,
            key_column=self.key_column,
            todo=todo,
            equals=equals,
        )

    def journalled_supply(  # noqa: PLR0913 - all that a resumption depends on
        self,
        place: Place,
        clock: Clock,
        *,
        campaign: str,
        resend: Resend | None,
        is_idempotent: bool,
        dedupe: bool = False,
        ledger: Ledger | None = None,
    ) -> JournalledSupply:
        """Return the leads that a journal does not know as finished, each claimed in it.

        Args:
            place: Where the journal is, or is to be.
            clock: Time.
            campaign: What kind of campaign calls.
            resend: Finished leads to call again.
            is_idempotent: Whether a call may be made twice.
            dedupe: Whether equal requests are sent once.
            ledger: Takes down every call; None for one that keeps them all.

        Raises:
            JournalError: The journal cannot be used.
            InvalidPlan: `resend` is a word that has no meaning.
        """
        from nbwebhook.engine.claims import (  # noqa: PLC0415 - loads the database
            JournalledSupply,
        )
        from nbwebhook.engine.journal.identity import (  # noqa: PLC0415 - likewise
            Identity,
            definition_parts,
        )

        parts = definition_parts(
            self.webhook, self.context, self.fields, campaign=campaign
        )
        parts |= self.leads_parts()
        identity = Identity(self.total, parts, self.webhook.name)
        return JournalledSupply(
            place(identity) if callable(place) else place,
            identity,
            self.keys,
            self.deduped_supply if dedupe else self.supply,
            clock,
            resend=resend,
            is_idempotent=is_idempotent,
            ledger=ledger,
        )


class Said(TypedDict):
    """What every preparation is told besides the webhook and the leads."""

    context: Context | None
    fields: Fields | Mapping[str, str | FieldType] | None
    key: str | None
    clock: Clock


def prepare_columns(
    webhook: Webhook,
    types: Mapping[str, FieldType | None],
    *,
    context: Context | None,
    fields: Fields | Mapping[str, str | FieldType] | None,
    key: str | None,
    clock: Clock,
) -> PreparedColumns:
    """Return the webhook made ready for columns.

    Args:
        webhook: The definition.
        types: The columns in their order, and what each says about its field's type.
        context: Token values that do not come from the lead.
        fields: The field table.
        key: The column that tells leads apart.
        clock: Time.

    Raises:
        LeadsError: No column tells leads apart.
        DefinitionError: The webhook cannot be used with these columns.
    """
    table = as_fields(fields)
    context = context or Context()
    names = tuple(types)
    key_column = find_key_column(names, key, fields=table)
    renderer = Renderer(
        webhook, columns=names, fields=table, context=context, clock=clock
    )
    targets = resolve_targets(
        webhook, columns=types, fields=table, key_column=key_column
    )
    redactor = Redactor(renderer.secrets)
    mapper = Mapper(webhook, targets, zone=context.zone, redactor=redactor)
    return PreparedColumns(
        webhook, key_column, renderer, targets, mapper, context, table
    )
