"""A run over made-up leads and a transport in memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from nbwebhook.clock import Clock, RealClock
from nbwebhook.definition.fields import Fields
from nbwebhook.definition.urls import Origin
from nbwebhook.definition.webhook import Webhook
from nbwebhook.engine.plan import RunPlan
from nbwebhook.engine.run import LeadRun
from nbwebhook.engine.supply import Supply
from nbwebhook.errors import RenderError, UnencodableValue
from nbwebhook.mapping.mapper import Mapper
from nbwebhook.mapping.targets import resolve_targets
from nbwebhook.render.leads import LeadBlock
from nbwebhook.render.request import Request
from nbwebhook.transport.base import Transport

ORIGIN = Origin("http", "127.0.0.1", 9)


class Rendering:
    """Renders the row number; some rows cannot be rendered."""

    def __init__(self, refused: frozenset[int], method: str = "GET") -> None:
        self._refused = refused
        self._method = method

    def render(self, block: LeadBlock) -> Sequence[Request | RenderError]:
        """Return a request for the row, or the error of a refused one."""
        rows = range(block.first_row, block.first_row + len(block))
        return [
            UnencodableValue("lead.X", "no text form")
            if row in self._refused
            else Request(self._method, ORIGIN, b"/%d" % row, (), None)
            for row in rows
        ]

    def old_texts(self, block: LeadBlock) -> Sequence[Sequence[str | None]]:
        """Return that no field holds a value."""
        return [(None,)] * len(block)


def make_supply(
    leads: int,
    *,
    refused: frozenset[int] = frozenset(),
    keyless: frozenset[int] = frozenset(),
    block_rows: int = 7,
    method: str = "GET",
    todo: bytearray | None = None,
) -> Supply:
    """Return `leads` jobs in blocks."""
    blocks = (
        LeadBlock(
            first,
            [
                None if row in keyless else str(row)
                for row in range(first, min(first + block_rows, leads))
            ],
            (),
        )
        for first in range(0, leads, block_rows)
    )
    return Supply(
        blocks,
        total=leads,
        rendering=Rendering(refused, method),
        key_column="Id",
        todo=todo,
    )


def make_mapper() -> Mapper:
    """Return a mapper of one value to one field."""
    hook = Webhook(
        url="http://127.0.0.1:9/",
        request_type="GET",
        response_mappings={"score": "LeadScore"},
    )
    targets = resolve_targets(hook, columns={}, fields=Fields(), key_column=None)
    return Mapper(hook, targets)


MakeRun = Callable[..., LeadRun]


@pytest.fixture
def make_run() -> MakeRun:
    """Return a maker of runs over a given transport."""

    def make(  # noqa: PLR0913 - what a test may want of one
        transport: Transport,
        leads: int = 20,
        *,
        plan: RunPlan | None = None,
        is_batch: bool = False,
        refused: frozenset[int] = frozenset(),
        keyless: frozenset[int] = frozenset(),
        clock: Clock | None = None,
    ) -> LeadRun:
        return LeadRun(
            make_supply(leads, refused=refused, keyless=keyless),
            lambda: (transport, "fake"),
            make_mapper(),
            plan or RunPlan(connections=4),
            clock or RealClock(),
            is_batch=is_batch,
        )

    return make
