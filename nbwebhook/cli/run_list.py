"""A run from the shell: look, say, ask, call, save, and end with the right code."""

from __future__ import annotations

import json
import shlex
import signal
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path

import click

from nbwebhook import api
from nbwebhook.cli.before import announce, forecast, may_send
from nbwebhook.cli.listing import Listing
from nbwebhook.cli.options import Limits, Output, options_given
from nbwebhook.cli.running import Manner
from nbwebhook.cli.told import ExitCode
from nbwebhook.engine.plan import RunPlan
from nbwebhook.errors import InvalidPlan, StoppedByUser
from nbwebhook.frames.result import Result
from nbwebhook.frames.saving import Saved, SavePlan, require_parquet, save_result

__all__ = ["run_list", "save", "tell_saved"]

_NOT_AGAIN = frozenset(
    {"out", "replace", "since_run", "only_failed", "sample", "seed", "limit"}
)


def run_list(
    listing: Listing, *, limits: Limits, output: Output, manner: Manner
) -> ExitCode:
    """Call the webhook for the chosen leads and save what came; return the exit code.

    Raises:
        NbWebhookError: Something cannot be used; nothing was sent.
        OSError: The folder cannot be written; nothing was sent.
    """
    RunPlan(**asdict(limits))
    _check_output(output, is_dry=manner.dry_run)
    findings = api.check(listing.webhook, listing.leads, **listing.meaning)
    if findings:
        click.echo(str(findings), err=True)
    if findings.has_errors:
        return ExitCode.WRONG
    measured = [*reversed(listing.since_run), output.out]
    length = forecast(len(listing.leads), limits, manner.assume, measured)
    click.echo(announce(listing, limits, output, length), err=True)
    if manner.dry_run:
        shown = api.preview(listing.webhook, listing.leads, count=1, **listing.meaning)
        click.echo(str(shown))
        return ExitCode.GOOD
    if not manner.yes and not may_send(len(listing.leads)):
        return ExitCode.WRONG
    _make_folder(output.out)
    with _term_as_interrupt():
        result = api.run(
            listing.webhook,
            listing.leads,
            **asdict(limits),
            **listing.meaning,
        )
    return _finish(result, listing, output, manner)


def _check_output(output: Output, *, is_dry: bool) -> None:
    if output.parquet:
        require_parquet()
    if (output.out / "summary.json").exists() and not output.replace and not is_dry:
        problem = (
            f"{output.out} holds a run already; name another folder, or say --replace"
        )
        raise InvalidPlan("--out", problem)


def _make_folder(folder: Path) -> None:
    """Make sure that the results can be written, before anything is paid for."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder):
        pass


@contextmanager
def _term_as_interrupt() -> Iterator[None]:
    """Let a polite kill settle and save as Ctrl-C does."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _finish(
    result: Result, listing: Listing, output: Output, manner: Manner
) -> ExitCode:
    saved = save(result, output)
    code = _code_of(result)
    if manner.json:
        told = {
            "exit_code": int(code),
            "out": str(saved.folder.resolve()),
            "cells_guarded": saved.guarded,
            "summary": result.summary.to_dict(),
        }
        click.echo(json.dumps(told, indent=2))
    else:
        click.echo(repr(result))
        tell_saved(saved)
    if code is not ExitCode.GOOD:
        click.echo(_next_step(result, listing, saved.folder), err=True)
    return code


def save(result: Result, output: Output) -> Saved:
    """Save a result; where its folder fails, in a new one, so that nothing is lost."""
    plan = SavePlan(
        excel_safe=not output.as_written,
        like_input=output.like_input,
        parquet=output.parquet,
    )
    try:
        return save_result(result, output.out, plan)
    except OSError as error:
        rescue = Path(tempfile.mkdtemp(prefix="nbwebhook-"))
        problem = f"{output.out}: {error.strerror or 'cannot be written'}"
        click.echo(f"nbwebhook: {problem}; saving to {rescue} instead", err=True)
        return save_result(result, rescue, replace(plan, parquet=False))


def tell_saved(saved: Saved) -> None:
    """Say where the results are and what was changed on their way."""
    click.echo(f"\nSaved in {saved.folder.resolve()}")
    if saved.guarded:
        click.echo(
            f"{saved.guarded:,} cells begin like a formula and got an apostrophe; "
            "--as-written leaves it out, --excel-safe takes it off when a list is read"
        )
    for name in saved.encodings_changed:
        click.echo(f"{name} is UTF-8: the encoding of the list lacks a character")


def _code_of(result: Result) -> ExitCode:
    summary = result.summary
    if summary.stopped_by == str(StoppedByUser()):
        return ExitCode.STOPPED
    if summary.failed or summary.unknown or summary.state == "stopped":
        return ExitCode.FAILED
    return ExitCode.GOOD


def _next_step(result: Result, listing: Listing, folder: Path) -> str:
    """Return the command that goes on from here."""
    summary = result.summary
    runs = [
        part for run in (*listing.since_run, folder) for part in ("--since-run", run)
    ]
    again = [
        *("nbwebhook", "run", listing.webhook_path, listing.leads_path),
        *("--out", _next_folder(folder), *runs, "--only-failed"),
        *options_given(without=_NOT_AGAIN),
    ]
    left = summary.skipped + summary.interrupted + summary.failed
    lines = [
        f"{left:,} leads failed or were not tried; this command calls for them:",
        f"  {shlex.join(map(str, again))}",
    ]
    if summary.unknown:
        lines.append(
            f"{summary.unknown:,} leads are unknown: their calls may have been acted on, "
            f"so it leaves them out; {folder / 'calls.csv'} has them"
        )
    return "\n".join(lines)


def _next_folder(folder: Path) -> Path:
    """Return a name for the folder of the next run: `results-2` after `results`."""
    stem, _, number = folder.name.rpartition("-")
    if stem and number.isdecimal():
        return folder.with_name(f"{stem}-{int(number) + 1}")
    return folder.with_name(f"{folder.name}-2")
