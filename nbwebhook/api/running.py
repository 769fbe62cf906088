"""The verbs that run a webhook over leads, and find such runs again."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from nbwebhook.api.machine import Campaign, FieldTable, LoopChoice, start_machine
from nbwebhook.clock import RealClock
from nbwebhook.definition.context import Context
from nbwebhook.definition.trust import require_trust
from nbwebhook.definition.webhook import Webhook
from nbwebhook.engine.breaker import Breaker
from nbwebhook.engine.handle import Run
from nbwebhook.engine.plan import RunPlan
from nbwebhook.engine.registry import KnownRun, RunRegistry, Runs
from nbwebhook.engine.retry import Retry
from nbwebhook.engine.supply import JobSource
from nbwebhook.errors import InvalidPlan
from nbwebhook.frames.prepare_text import prepare_list
from nbwebhook.frames.prepared import Prepared, Said, as_fields
from nbwebhook.scale.door import ClusterClient, ClusterFrame, is_for_a_cluster
from nbwebhook.transport.choose import TransportChoice

if TYPE_CHECKING:
    import pandas as pd

    from nbwebhook.api.machine import Leads
    from nbwebhook.engine.journal import kept
    from nbwebhook.engine.resume import Resend
    from nbwebhook.engine.until import StopRule
    from nbwebhook.frames.result import Result
    from nbwebhook.frames.sink import Sink
    from nbwebhook.frames.stream import Stream

__all__ = ["resume", "run", "runs", "start"]

_STARTED: RunRegistry[Result] = RunRegistry()
_NEVER = Retry.never()


def start(  # noqa: PLR0913 - one an idea, all by keyword
    webhook: Webhook,
    leads: Leads | ClusterFrame,
    *,
    client: ClusterClient | None = None,
    connections: int = 20,
    timeout_s: float = 30.0,
    max_calls_per_s: float | None = None,
    ramp_up_s: float = 0.0,
    max_failures: int | None = None,
    retry: Retry = _NEVER,
    breaker: Breaker | None = None,
    dedupe: bool = False,
    journal: kept.JournalChoice = None,
    sink: str | Path | Sink | None = None,
    resend: Resend | None = None,
    until: StopRule | None = None,
    context: Context | None = None,
    fields: FieldTable = None,
    key: str | None = None,
    campaign: Campaign = "trigger",
    transport: TransportChoice = "auto",
    allow_hosts: Iterable[str] = (),
    progress: bool = False,
    loop: LoopChoice = "own",
    trust: bool | None = None,
) -> Run[Result]:
    """Start a run and return its handle at once; `await` it or ask it for `result()`.

    Everything about the definition and the list that can be wrong is found here, before
    the first call. The arguments are those of `run`.

    Raises:
        DefinitionError: The definition, or an argument, cannot be used.
        LeadsError: The list cannot be used.
        JournalError: The journal cannot be used.
    """
    plan = RunPlan(
        connections,
        timeout_s,
        max_calls_per_s,
        max_failures,
        retry=retry,
        breaker=breaker,
        until=until,
        ramp_up_s=ramp_up_s,
    )
    if is_for_a_cluster(leads, client):
        from nbwebhook.scale.verbs import (  # noqa: PLC0415 - other runs need not wait
            ScaleOptions,
            start_over_cluster,
        )

        options = ScaleOptions(
            journal, resend, context, as_fields(fields), key, transport, allow_hosts
        )
        options.refuse(dedupe=dedupe, campaign=campaign, loop=loop, sink=sink)
        require_trust(webhook, trust=trust, clock=RealClock())
        over = start_over_cluster(webhook, leads, plan, options, client, progress)
        started = cast("Run[Result]", over)  # it has the same face
        return _STARTED.add(KnownRun(webhook.name, RealClock().wall(), started))
    clock = RealClock()
    said: Said = {"context": context, "fields": fields, "key": key, "clock": clock}
    prepared = prepare_list(webhook, leads, streams=sink is not None, **said)
    if campaign not in {"trigger", "batch"}:
        raise InvalidPlan("campaign", f"{campaign!r} is not 'trigger' or 'batch'")
    is_batch = campaign == "batch"
    stream = _open_stream(sink, prepared, journal, is_batch=is_batch)
    place = stream.journal if stream else _choose_place(journal, prepared.total)
    is_fresh = stream is None and journal in {None, True}
    if resend is not None and (place is None or is_fresh):
        raise InvalidPlan("resend", "without a journal nothing is known to send again")
    require_trust(webhook, trust=trust, clock=clock)

    def open_supply() -> JobSource:
        if place is None:
            return prepared.deduped_supply() if dedupe else prepared.supply()
        return prepared.journalled_supply(
            place,
            clock,
            campaign=campaign,
            resend=resend,
            is_idempotent=retry.idempotent is True,
            dedupe=dedupe,
            ledger=stream.ledger if stream else None,
        )

    started = start_machine(
        prepared,
        plan,
        transport,
        open_supply=open_supply,
        allow_hosts=tuple(allow_hosts),
        is_batch=is_batch,
        stream=stream,
        is_shown=progress,
        loop=loop,
    )
    return _STARTED.add(KnownRun(webhook.name, RealClock().wall(), started))


def _choose_place(journal: kept.JournalChoice, total: int) -> kept.Place | None:
    if journal is False:
        return None
    from nbwebhook.engine.journal.kept import (  # noqa: PLC0415 - loads the database
        choose_place,
    )

    return choose_place(journal, total)


def _open_stream(
    sink: str | Path | Sink | None,
    prepared: Prepared,
    journal: kept.JournalChoice,
    *,
    is_batch: bool,
) -> Stream | None:
    if sink is None:
        return None
    from nbwebhook.frames.stream import open_stream  # noqa: PLC0415 - few runs do

    return open_stream(sink, prepared, journal=journal, is_batch=is_batch)


def runs() -> Runs[Result]:
    """Return the runs of this process, the latest first.

    All that go on are among them, and the last ones that ended, so that a run can be found
    again when its cell or its page is gone; `runs().left` are those of other processes.
    """
    from nbwebhook.engine.journal.kept import left_runs  # noqa: PLC0415 - as above

    return _STARTED.runs(left_runs())


def resume(
    webhook: Webhook,
    leads: pd.DataFrame,
    *,
    left: kept.LeftRun | None = None,
    **options: Any,  # noqa: ANN401 - each has the type that it has in `run`
) -> Result:
    """Go on with a run that its process left behind; nobody is called twice.

    It is `left`, one of `runs().left`, or the latest of this webhook and list: else there
    is `NothingLeft`. Other options are those of `run`.
    """
    from nbwebhook.engine.journal.kept import find_left  # noqa: PLC0415 - as above

    return run(webhook, leads, journal=left or find_left, **options)


def run(  # noqa: PLR0913 - one an idea, all by keyword
    webhook: Webhook,
    leads: Leads | ClusterFrame,
    *,
    client: ClusterClient | None = None,
    connections: int = 20,
    timeout_s: float = 30.0,
    max_calls_per_s: float | None = None,
    ramp_up_s: float = 0.0,
    max_failures: int | None = None,
    retry: Retry = _NEVER,
    breaker: Breaker | None = None,
    dedupe: bool = False,
    journal: kept.JournalChoice = None,
    sink: str | Path | Sink | None = None,
    resend: Resend | None = None,
    until: StopRule | None = None,
    context: Context | None = None,
    fields: FieldTable = None,
    key: str | None = None,
    campaign: Campaign = "trigger",
    transport: TransportChoice = "auto",
    allow_hosts: Iterable[str] = (),
    progress: bool = True,
    loop: LoopChoice = "own",
    trust: bool | None = None,
) -> Result:
    """Call a webhook once for each lead and return what became of every lead.

    Works the same in a notebook's cell, a script and a thread. Ctrl-C, or the kernel's
    interrupt, stops the run and returns the result of what was finished.

    Args:
        webhook: The definition.
        leads: One lead a row, in a frame, which is not changed, or in a file: a list
            from `scan_leads` is read in blocks and needs a `sink`. A Dask data frame
            runs on its cluster: `journal` is a folder then, and the result has Dask
            data frames.
        client: The Dask client of that cluster; None for the one in use.
        connections: Calls at once at most. Marketo has 20 for all webhooks of an
            instance; 1 is serial.
        timeout_s: Limit for each whole call, from looking up the name to the last
            byte. Marketo's is 30 s.
        max_calls_per_s: Calls started in any second at most, evenly and without a burst
            at the start; None for no limit.
        ramp_up_s: Time in which the calls at once rise from 1 to `connections`, for a
            service that needs to warm up; 0 for at once.
        max_failures: Failed or unknown leads after which no further one is tried.
        retry: When a failed call is made again; never unless asked for.
        breaker: When a failing service is left alone for a while; never unless asked
            for.
        dedupe: Send equal requests once: the first lead is called, the others get its
            answer, each mapped onto its own fields. Their rows of `calls` have no start
            and no latency, and say whose call it was.
        journal: A file that records the run as it goes: each call before its first byte
            is sent, each outcome after. The same run with the same journal goes on
            where it was, after a stop, a crash or a power cut: finished leads are not
            called again, and those whose call may have been under way are `unknown`.
            A finished run returns its result without a call. It is an SQLite database.
            Without one, a run of more than 100 leads keeps one of its own until its result
            is handed over; `resume` goes on with it. False writes nothing.
        sink: A folder for the files that `Result.save` writes and for the journal
            `run.sqlite`. A list from `scan_leads`, or a frame of text, then goes through
            in blocks: memory holds what is under way and about 60 bytes a lead, and the
            result reads its frames from the folder and the list if asked for them.
        resend: Which finished leads of the journal to call again: `failed`, `unknown`
            or `all` of both; never those that were answered well.
        until: A rule that ends a pilot when enough has been measured, such as
            `TightEnough(leads=100_000)`; leads that were not tried are `skipped`.
        context: Token values that do not come from the lead.
        fields: The field table, or types of custom fields by name.
        key: The column that tells leads apart; else `Id`, else `Email Address`.
        campaign: `batch` gives Marketo's error 1000 for every lead and sends nothing.
        transport: `auto`, `curl`, `httpx`, or an object: a transport of ours, an
            `httpx.AsyncClient` or an `httpx.AsyncBaseTransport`. `auto` is `curl` where
            pycurl is installed; where its calls keep the loop busy, those of a long
            list are made by a process beside this one, which `curl` never starts.
        allow_hosts: Hosts that may resolve to a private address.
        progress: Show a line of progress, in a notebook or on a terminal.
        loop: `own` runs on a thread of the package. `running` runs on the loop that
            runs in the caller's thread, and patches asyncio there (nest-asyncio2).
        trust: Whether a definition from a file may send what it sends. None asks the
            first time, in the cell or on the terminal; `True` says yes once and for
            all. Definitions made in code and services on this machine need none.

    Raises:
        DefinitionError: The definition, or an argument, cannot be used.
        LeadsError: The list cannot be used.
        JournalError: The journal is damaged, in use, that of another run, or cannot be
            written.
    """
    started = start(
        webhook,
        leads,
        client=client,
        connections=connections,
        timeout_s=timeout_s,
        max_calls_per_s=max_calls_per_s,
        ramp_up_s=ramp_up_s,
        max_failures=max_failures,
        retry=retry,
        breaker=breaker,
        dedupe=dedupe,
        journal=journal,
        sink=sink,
        resend=resend,
        until=until,
        context=context,
        fields=fields,
        key=key,
        campaign=campaign,
        transport=transport,
        allow_hosts=allow_hosts,
        progress=progress,
        loop=loop,
        trust=trust,
    )
    return started.result()
