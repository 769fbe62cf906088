"""Findings and previews in the shell."""

from __future__ import annotations

import json
from pathlib import Path

import click

from nbwebhook import api
from nbwebhook.cli.before import count_saved, may_start, saved_words
from nbwebhook.cli.listing import meaning_of, open_listing, refuse_broken, scan_list
from nbwebhook.cli.looking import Sending
from nbwebhook.cli.options import Choice, Source
from nbwebhook.cli.told import ExitCode, in_shell_words
from nbwebhook.definition.webhook import Webhook
from nbwebhook.lint.findings import Findings

__all__ = ["check_list", "preview_list", "tell_saved_calls"]

_MOST_FIXES = 100


def check_list(
    webhook: Path,
    leads: Path | None,
    source: Source,
    *,
    fix: Path | None,
    dedupe: bool,
    as_json: bool,
) -> int:
    """Print the findings of a definition and a list; return the exit code."""
    hook = Webhook.load(webhook)
    meaning = meaning_of(source)
    listed = None if leads is None else scan_list(leads, source)
    findings = api.check(hook, listed, **meaning)
    if findings.has_errors and listed is not None:
        refuse_broken(listed, meaning)
    if fix is not None:
        count = 0
        while count < _MOST_FIXES:
            certain = next((one for one in findings if one.can_fix), None)
            if certain is None:
                break
            hook = certain.fix()
            count += 1
            findings = api.check(hook, listed, **meaning)
        hook.save(fix)
        click.echo(f"{count} mended, saved as {fix}; what is left:", err=True)
    click.echo(_as_json(findings) if as_json else in_shell_words(str(findings)))
    if findings.has_errors:
        return ExitCode.WRONG
    if dedupe and leads is not None:
        tell_saved_calls(webhook, leads, source)
    return ExitCode.GOOD


def tell_saved_calls(webhook: Path, leads: Path, source: Source) -> None:
    """Say how many calls of the list sending equal requests once saves."""
    listing = open_listing(webhook, leads, source, Choice(), scans=True)
    click.echo(saved_words(count_saved(listing), listing.count), err=True)


def _as_json(findings: Findings) -> str:
    rows = [
        row | {"examples": list(finding.examples), "can_fix": finding.can_fix}
        for row, finding in zip(
            findings.frame().to_dict("records"), findings, strict=True
        )
    ]
    return json.dumps(rows, indent=2, ensure_ascii=False)


def preview_list(
    webhook: Path,
    leads: Path,
    source: Source,
    *,
    count: int,
    sending: Sending | None,
) -> int:
    """Print the first requests, and what came if they are sent; return the exit code.

    Args:
        webhook: The definition.
        leads: The list.
        source: How it is written.
        count: How many leads.
        sending: How they are sent; None if nothing is.
    """
    listing = open_listing(webhook, leads, source, Choice(limit=count))
    if sending is None:
        shown = api.preview(
            listing.webhook, listing.leads, count=count, **listing.meaning
        )
        click.echo(str(shown))
        return ExitCode.GOOD
    columns = listing.columns  # what is wrong is told before anybody is asked
    click.echo(
        f"sends {listing.count} {listing.webhook.request_type} requests to "
        f"{listing.webhook.origin} with {', '.join(columns.renderer.columns_used)}",
        err=True,
    )
    if not may_start(
        listing.webhook, listing.count, yes=sending.yes, trust=sending.trust
    ):
        return ExitCode.WRONG
    shown = api.preview(
        listing.webhook,
        listing.leads,
        count=count,
        send=True,
        timeout_s=sending.limit_s,
        trust=True,  # somebody has said yes above
        **listing.meaning,
    )
    click.echo(str(shown))
    summary = shown.result.summary if shown.result else None
    failed = summary is not None and (summary.failed or summary.unknown)
    return ExitCode.FAILED if failed else ExitCode.GOOD
