"""How a run is put together, whatever asked for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Literal

from nbwebhook.clock import RealClock
from nbwebhook.definition.fields import Fields, FieldType
from nbwebhook.engine.handle import Run
from nbwebhook.engine.plan import RunPlan
from nbwebhook.engine.run import LeadRun
from nbwebhook.engine.supply import JobSource
from nbwebhook.loop import own_loop
from nbwebhook.transport.base import Transport
from nbwebhook.transport.choose import TransportChoice, make_transport
from nbwebhook.transport.keeping import KeepingTransport

if TYPE_CHECKING:
    import pandas as pd

    from nbwebhook.display.facts import Section
    from nbwebhook.engine.progress import Progress
    from nbwebhook.frames.prepare import PreparedFrame
    from nbwebhook.frames.prepare_text import PreparedText
    from nbwebhook.frames.result import HasCalls, Result
    from nbwebhook.frames.scanned import ScannedLeads
    from nbwebhook.frames.stream import Stream

    Leads = pd.DataFrame | ScannedLeads

__all__ = ["Campaign", "FieldTable", "LoopChoice", "start_machine"]

FieldTable = Fields | Mapping[str, str | FieldType] | None
Campaign = Literal["trigger", "batch"]
LoopChoice = Literal["own", "running"]


def start_machine(  # noqa: PLR0913 - the seams of a run
    prepared: PreparedFrame | PreparedText,
    plan: RunPlan,
    transport: TransportChoice,
    *,
    open_supply: Callable[[], JobSource] | None = None,
    allow_hosts: tuple[str, ...] = (),
    is_batch: bool = False,
    stream: Stream | None = None,
    is_shown: bool = False,
    loop: LoopChoice = "own",
    keeping: KeepingTransport | None = None,
) -> Run[Result]:
    """Start the run of leads made ready, and return its handle.

    Args:
        prepared: The webhook and the leads.
        plan: The limits.
        transport: The HTTP client.
        open_supply: Gives the leads out; else all of them are called.
        allow_hosts: Hosts that may resolve to a private address.
        is_batch: Whether a batch campaign calls.
        stream: Where a run that streams keeps what it sees.
        is_shown: Whether a line of progress is shown.
        loop: The loop that it runs on.
        keeping: Keeps the responses.
    """

    def open_transport() -> tuple[Transport, str]:
        made, name = make_transport(
            transport,
            connections=plan.connections,
            allow_hosts=allow_hosts,
            calls=prepared.total,
        )
        return (keeping.around(made) if keeping else made), name

    def build(ended: LeadRun) -> Result:
        from nbwebhook.frames.result import (  # noqa: PLC0415 - loads pandas
            make_result,
        )

        return make_result(
            prepared, ended, stream, timeout_s=plan.timeout_s, outlook=_tell_outlook
        )

    home = asyncio.get_running_loop() if loop == "running" else own_loop()
    machine = LeadRun(
        (open_supply or prepared.supply)(),
        open_transport,
        prepared.mapper,
        plan,
        RealClock(),
        is_batch=is_batch,
    )
    return Run(
        machine,
        home,
        build=build,
        on_progress=_make_listener() if is_shown else None,
    )


def _make_listener() -> Callable[[Progress], None] | None:
    from nbwebhook.engine.showing import (  # noqa: PLC0415 - not all runs are shown
        make_listener,
    )

    return make_listener()


def _tell_outlook(measured: HasCalls) -> Section:
    from nbwebhook.whatif.outlook import (  # noqa: PLC0415 - a report needs it, no run
        tell_outlook,
    )

    return tell_outlook(measured)
