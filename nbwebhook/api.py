"""The verbs that a user types: wiring only."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Literal, cast

import pandas as pd

from nbwebhook.clock import RealClock
from nbwebhook.definition.context import Context
from nbwebhook.definition.fields import Fields, FieldType
from nbwebhook.definition.webhook import Webhook
from nbwebhook.display.pages import Section
from nbwebhook.engine.breaker import Breaker
from nbwebhook.engine.handle import Run
from nbwebhook.engine.plan import RunPlan
from nbwebhook.engine.registry import KnownRun, RunRegistry, Runs
from nbwebhook.engine.resume import Resend
from nbwebhook.engine.retry import Retry
from nbwebhook.engine.run import LeadRun
from nbwebhook.engine.showing import make_listener
from nbwebhook.engine.supply import JobSource
from nbwebhook.engine.until import StopRule
from nbwebhook.errors import InvalidPlan
from nbwebhook.frames.curl import to_curl
from nbwebhook.frames.prepare import Prepared, as_fields, prepare
from nbwebhook.frames.preview import Preview, preview_requests, preview_responses
from nbwebhook.frames.result import Result
from nbwebhook.lint.findings import Findings
from nbwebhook.lint.linter import find_findings
from nbwebhook.loop import own_loop
from nbwebhook.scale.door import ClusterClient, ClusterFrame, is_for_a_cluster
from nbwebhook.scale.verbs import ScaleOptions, start_over_cluster
from nbwebhook.transport.base import Transport
from nbwebhook.transport.choose import TransportChoice, make_transport
from nbwebhook.transport.keeping import KeepingTransport
from nbwebhook.whatif.advise import advise_connections
from nbwebhook.whatif.arrivals import estimate_waits
from nbwebhook.whatif.estimate import estimate_delay
from nbwebhook.whatif.pages import delay_section
from nbwebhook.whatif.pilot import plan_pilot
from nbwebhook.whatif.presets import compare_presets
from nbwebhook.whatif.shared import estimate_shared

__all__ = [
    "advise_connections",
    "check",
    "compare_presets",
    "estimate_delay",
    "estimate_shared",
    "estimate_waits",
    "plan_pilot",
    "preview",
    "run",
    "runs",
    "start",
    "to_curl",
]

_CAMPAIGN_LEADS = 100_000
_STARTED: RunRegistry[Result] = RunRegistry()

FieldTable = Fields | Mapping[str, str | FieldType] | None
Campaign = Literal["trigger", "batch"]
LoopChoice = Literal["own", "running"]

_NEVER = Retry.never()


def check(  # noqa: PLR0913 - one an idea, all by keyword
    webhook: Webhook | Mapping[str, object],
    leads: pd.DataFrame | None = None,
    *,
    context: Context | None = None,
    fields: FieldTable = None,
    key: str | None = None,
    campaign: Campaign = "trigger",
    sample_response: str | bytes | None = None,
) -> Findings:
    """Return what would break or surprise, for which leads, and the remedy.

    Nothing is sent. What is wrong with the list or the definition is a finding too, so
    that this verb raises nothing for bad input.

    Args:
        webhook: The definition; or the properties of one by name, as in its file, where
            it has faults and cannot be made.
        leads: The leads; without them only the definition is checked.
        context: Token values that do not come from the lead.
        fields: The field table, or types of custom fields by name.
        key: The column that tells leads apart; else `Id`, else `Email Address`.
        campaign: What kind of campaign calls it in Marketo.
        sample_response: The body of a response, to try the response mappings on.
    """
    return find_findings(
        webhook,
        leads,
        context=context,
        fields=fields,
        key=key,
        campaign=campaign,
        sample_response=sample_response,
    )


def preview(  # noqa: PLR0913 - one an idea, all by keyword
    webhook: Webhook,
    leads: pd.DataFrame,
    *,
    count: int = 5,
    send: bool = False,
    context: Context | None = None,
    fields: FieldTable = None,
    key: str | None = None,
    timeout_s: float = 30.0,
    transport: TransportChoice = "auto",
) -> Preview:
    """Return the first requests as they would go out, secrets masked.

    Args:
        webhook: The definition.
        leads: The leads.
        count: How many of them, from the top.
        send: Send them, one after the other, and show the responses and the mapped
            values too. Without it nothing is sent.
        context: Token values that do not come from the lead.
        fields: The field table, or types of custom fields by name.
        key: The column that tells leads apart; else `Id`, else `Email Address`.
        timeout_s: Limit for each whole call.
        transport: As in `run`.

    Raises:
        DefinitionError: The definition, or an argument, cannot be used.
        LeadsError: The list cannot be used.
    """
    prepared = prepare(
        webhook,
        leads.head(count),
        context=context,
        fields=fields,
        key=key,
        clock=RealClock(),
    )
    if not send:
        return preview_requests(prepared)
    plan = RunPlan(connections=1, timeout_s=timeout_s)
    keeping = KeepingTransport()
    run_ = _start(prepared, plan, transport, keeping=keeping)
    return preview_responses(prepared, run_.result(), keeping.responses)


def start(  # noqa: PLR0913 - one an idea, all by keyword
    webhook: Webhook,
    leads: pd.DataFrame | ClusterFrame,
    *,
    client: ClusterClient | None = None,
    connections: int = 20,
    timeout_s: float = 30.0,
    max_calls_per_s: float | None = None,
    max_failures: int | None = None,
    retry: Retry = _NEVER,
    breaker: Breaker | None = None,
    dedupe: bool = False,
    journal: str | Path | None = None,
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
    )
    if is_for_a_cluster(leads, client):
        options = ScaleOptions(
            journal, resend, context, as_fields(fields), key, transport, allow_hosts
        )
        options.refuse(dedupe=dedupe, campaign=campaign, loop=loop)
        over = start_over_cluster(webhook, leads, plan, options, client, progress)
        started = cast("Run[Result]", over)  # it has the same face
        return _STARTED.add(KnownRun(webhook.name, RealClock().wall(), started))
    clock = RealClock()
    prepared = prepare(
        webhook, leads, context=context, fields=fields, key=key, clock=clock
    )
    if campaign not in {"trigger", "batch"}:
        raise InvalidPlan("campaign", f"{campaign!r} is not 'trigger' or 'batch'")
    if journal is None and resend is not None:
        raise InvalidPlan("resend", "without a journal nothing is known to send again")

    def open_supply() -> JobSource:
        if journal is None:
            return prepared.deduped_supply() if dedupe else prepared.supply()
        return prepared.journalled_supply(
            journal,
            clock,
            campaign=campaign,
            resend=resend,
            is_idempotent=retry.idempotent is True,
            dedupe=dedupe,
        )

    started = _start(
        prepared,
        plan,
        transport,
        open_supply=open_supply,
        allow_hosts=tuple(allow_hosts),
        is_batch=campaign == "batch",
        is_shown=progress,
        loop=loop,
    )
    return _STARTED.add(KnownRun(webhook.name, RealClock().wall(), started))


def runs() -> Runs[Result]:
    """Return the runs of this process, the latest first.

    All that go on are among them, and the last ones that ended, so that a run can be
    found again when its cell, its variable or its page is gone.
    """
    return _STARTED.runs()


def run(  # noqa: PLR0913 - one an idea, all by keyword
    webhook: Webhook,
    leads: pd.DataFrame | ClusterFrame,
    *,
    client: ClusterClient | None = None,
    connections: int = 20,
    timeout_s: float = 30.0,
    max_calls_per_s: float | None = None,
    max_failures: int | None = None,
    retry: Retry = _NEVER,
    breaker: Breaker | None = None,
    dedupe: bool = False,
    journal: str | Path | None = None,
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
) -> Result:
    """Call a webhook once for each lead and return what became of every lead.

    Works the same in a notebook's cell, a script and a thread. Ctrl-C, or the kernel's
    interrupt, stops the run and returns the result of what was finished.

    Args:
        webhook: The definition.
        leads: One lead a row; the frame itself is not changed. A Dask data frame runs on
            its cluster: `journal` is a folder then, and the result has Dask data frames.
        client: The Dask client of that cluster; None for the one in use.
        connections: Calls at once at most. Marketo has 20 for all webhooks of an
            instance; 1 is serial.
        timeout_s: Limit for each whole call, from looking up the name to the last
            byte. Marketo's is 30 s.
        max_calls_per_s: Calls started in a second at most; None for no limit.
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
        resend: Which finished leads of the journal to call again: `failed`, `unknown`
            or `all` of both; never those that were answered well.
        until: A rule that ends a pilot when enough has been measured, such as
            `TightEnough(leads=100_000)`; leads that were not tried are `skipped`.
        context: Token values that do not come from the lead.
        fields: The field table, or types of custom fields by name.
        key: The column that tells leads apart; else `Id`, else `Email Address`.
        campaign: `batch` gives Marketo's error 1000 for every lead and sends nothing.
        transport: `auto`, `curl`, `httpx`, or an object: a transport of ours, an
            `httpx.AsyncClient` or an `httpx.AsyncBaseTransport`.
        allow_hosts: Hosts that may resolve to a private address.
        progress: Show a line of progress, in a notebook or on a terminal.
        loop: `own` runs on a thread of the package. `running` runs on the loop that
            runs in the caller's thread, and patches asyncio there (nest-asyncio2).

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
        max_failures=max_failures,
        retry=retry,
        breaker=breaker,
        dedupe=dedupe,
        journal=journal,
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
    )
    return started.result()


def _start(  # noqa: PLR0913 - the seams of a run
    prepared: Prepared,
    plan: RunPlan,
    transport: TransportChoice,
    *,
    open_supply: Callable[[], JobSource] | None = None,
    allow_hosts: tuple[str, ...] = (),
    is_batch: bool = False,
    is_shown: bool = False,
    loop: LoopChoice = "own",
    keeping: KeepingTransport | None = None,
) -> Run[Result]:
    def open_transport() -> tuple[Transport, str]:
        made, name = make_transport(
            transport, connections=plan.connections, allow_hosts=allow_hosts
        )
        return (keeping.around(made) if keeping else made), name

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
        build=lambda ended: Result(
            prepared, ended, timeout_s=plan.timeout_s, outlook=_outlook
        ),
        on_progress=make_listener() if is_shown else None,
    )


def _outlook(result: Result) -> Section:
    """Return the report's part on delay; empty where the calls allow no estimate."""
    try:
        estimate = estimate_delay(result, leads=_CAMPAIGN_LEADS)
    except InvalidPlan as error:
        return Section(sentences=(f"No estimate: {error}",))
    return delay_section(estimate)
