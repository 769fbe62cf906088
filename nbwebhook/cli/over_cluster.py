"""A run from the shell over the workers of a Dask cluster."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from nbwebhook import api
from nbwebhook.cli.before import may_start
from nbwebhook.cli.listing import meaning_of
from nbwebhook.cli.options import Limits, Output, Repeats, Source, options_given
from nbwebhook.cli.running import Manner
from nbwebhook.cli.told import ExitCode
from nbwebhook.definition.webhook import Webhook
from nbwebhook.display.text import show_controls
from nbwebhook.engine.retry import Retry
from nbwebhook.errors import InvalidPlan, StoppedByUser
from nbwebhook.frames.summary import Summary
from nbwebhook.scale.door import ClusterFrame, connect
from nbwebhook.scale.lists import Writing, open_lists

__all__ = ["ClusterJob", "run_over_cluster"]

_ONE_MACHINE = (
    "--only-missing", "--only-failed", "--since-run", "--limit", "--sample", "--seed",
    "--no-journal", "--parquet", "--like-input", "--replace", "--assume",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ClusterJob:
    """All that a run over a cluster is told."""

    webhook: Path
    leads: Path
    source: Source
    limits: Limits
    repeats: Repeats
    output: Output
    manner: Manner


def run_over_cluster(job: ClusterJob, address: str) -> ExitCode:
    """Call the webhook for all leads of a folder, or of one large list.

    Raises:
        NbWebhookError: Something cannot be used; nothing was sent.
        OSError: The folder cannot be written; nothing was sent.
    """
    _refuse_options()
    hook, out = Webhook.load(job.webhook), job.output.out
    with connect(address) as client:
        source = job.source
        writing = Writing(source.encoding, source.delimiter, source.excel_safe)
        leads = open_lists(job.leads, out / "lists", writing)
        count = len(leads)
        click.echo(_announce(hook, leads, count, job, address), err=True)
        if job.manner.dry_run:
            return ExitCode.GOOD
        if not may_start(hook, count, yes=job.manner.yes, trust=job.manner.trust):
            return ExitCode.WRONG
        limits: dict[str, Any] = {
            name: getattr(job.limits, name) for name in job.limits.__slots__
        }
        idempotent = True if job.repeats.idempotent else None
        result: Any = api.run(
            hook,
            leads,
            client=client,
            **limits,
            retry=Retry(attempts=job.repeats.retries + 1, idempotent=idempotent),
            journal=out / "journals",
            resend=job.repeats.resend,
            trust=True,  # somebody has said yes above
            **meaning_of(source),
        )
        saved = result.save(out, excel_safe=not job.output.as_written)
        _tell(result.summary, repr(result), saved, is_json=job.manner.json)
        return _code_of(result.summary)


def _refuse_options() -> None:
    given = set(options_given(without=()))
    for option in _ONE_MACHINE:
        if option in given:
            raise InvalidPlan(option, "works on one machine; leave it out with --dask")


def _announce(
    hook: Webhook, leads: ClusterFrame, count: int, job: ClusterJob, address: str
) -> str:
    limits = job.limits
    rate = limits.max_calls_per_s
    at_most = f"{limits.connections:,} calls at once over all workers"
    if rate is not None:
        at_most += f", {rate:g} calls started a second"
    lines = (
        ("sends", f"{hook.request_type} to {hook.origin}, one call a lead"),
        ("leads", f"{count:,} in {job.leads}, {leads.npartitions:,} partitions"),
        ("cluster", address),
        ("at most", at_most),
        ("results", str(job.output.out)),
    )
    return "\n".join(
        [show_controls(hook.name) or "webhook without a name"]
        + [f"  {name:<10}{text}" for name, text in lines]
    )


def _tell(summary: Summary, text: str, saved: Path, *, is_json: bool) -> None:
    if is_json:
        facts = {
            "exit_code": int(_code_of(summary)),
            "out": str(saved),
            "summary": summary.to_dict(),
        }
        click.echo(json.dumps(facts, indent=2))
        return
    click.echo(text)
    click.echo(f"\nSaved in {saved}, a file a partition in each folder")
    if summary.skipped or summary.interrupted:
        click.echo("the same command again goes on where the run was", err=True)


def _code_of(summary: Summary) -> ExitCode:
    if summary.stopped_by == str(StoppedByUser()):
        return ExitCode.STOPPED
    is_bad = summary.failed or summary.unknown or summary.refused
    if is_bad or summary.state == "stopped":
        return ExitCode.FAILED
    return ExitCode.GOOD
