"""A run from the shell: look, say, ask, call, save, and end with the right code."""

from __future__ import annotations

import json
import shlex
import signal
import sqlite3
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nbwebhook import api
from nbwebhook.cli.before import announce, count_saved, forecast, may_start
from nbwebhook.cli.listing import Listing, refuse_broken
from nbwebhook.cli.options import Limits, Output, Repeats, options_given
from nbwebhook.cli.running import Manner
from nbwebhook.cli.told import ExitCode, in_shell_words
from nbwebhook.engine.plan import RunPlan
from nbwebhook.engine.retry import Retry
from nbwebhook.errors import InvalidPlan, StoppedByUser
from nbwebhook.frames.scanned import ScannedLeads
from nbwebhook.frames.sink import Saved, SavePlan, Sink, require_parquet

if TYPE_CHECKING:
    from nbwebhook.frames.result import Result

__all__ = ["Job", "run_list", "save", "tell_saved"]

_NOT_TRIED = frozenset({"skipped", "interrupted"})
_CALLED_AGAIN = {
    None: _NOT_TRIED,
    "failed": _NOT_TRIED | {"failed", "refused"},
    "unknown": _NOT_TRIED | {"unknown"},
    "all": _NOT_TRIED | {"failed", "refused", "unknown"},
}
_CHOSEN = frozenset({"since_run", "only_failed", "sample", "seed", "limit"})


@dataclass(frozen=True, slots=True)
class Job:
    """All that a run from the shell is told."""

    listing: Listing
    limits: Limits
    repeats: Repeats
    output: Output
    manner: Manner

    @property
    def journal(self) -> Path | None:
        """The file that records the run."""
        return None if self.repeats.no_journal else self.output.out / "run.sqlite"

    @property
    def goes_on(self) -> bool:
        """Whether a run that was begun before is taken up."""
        return bool(self.journal and self.journal.exists() and not self.output.replace)

    @property
    def retry(self) -> Retry:
        """When a failed call is made again."""
        idempotent = True if self.repeats.idempotent else None
        return Retry(attempts=self.repeats.retries + 1, idempotent=idempotent)


def run_list(job: Job) -> ExitCode:
    """Call the webhook for the chosen leads and save what came; return the exit code.

    Raises:
        NbWebhookError: Something cannot be used; nothing was sent.
        OSError: The folder cannot be written; nothing was sent.
    """
    listing, limits = job.listing, asdict(job.limits)
    RunPlan(**limits, retry=job.retry)
    _check_output(job)
    findings = api.check(listing.webhook, listing.leads, **listing.meaning)
    if findings.has_errors and isinstance(listing.leads, ScannedLeads):
        refuse_broken(listing.leads, listing.meaning)
    if findings:
        click.echo(in_shell_words(str(findings)), err=True)
    if findings.has_errors:
        return ExitCode.WRONG
    count = listing.count - _tell_finished(job)
    saved_calls = count_saved(listing) if job.repeats.dedupe else None
    measured = [*reversed(listing.since_run), job.output.out]
    length = forecast(
        max(0, count - (saved_calls or 0)), job.limits, job.manner.assume, measured
    )
    click.echo(announce(listing, job.limits, job.output, length, saved_calls), err=True)
    if job.manner.dry_run:
        shown = api.preview(listing.webhook, listing.leads, count=1, **listing.meaning)
        click.echo(str(shown))
        return ExitCode.GOOD
    if not may_start(
        listing.webhook, count, yes=job.manner.yes, trust=job.manner.trust
    ):
        return ExitCode.WRONG
    _make_folder(job)
    try:
        result = _run(job)
    except OSError as error:
        if job.journal is None:
            raise
        click.echo(_not_written(error, job), err=True)
        return ExitCode.FAILED
    return _finish(result, job)


def _run(job: Job) -> Result:
    listing = job.listing
    with _term_as_interrupt():
        return api.run(
            listing.webhook,
            listing.leads,
            **asdict(job.limits),
            retry=job.retry,
            dedupe=job.repeats.dedupe,
            journal=None if job.journal else False,
            sink=Sink(job.output.out, plan_of(job.output)) if job.journal else None,
            resend=job.repeats.resend if job.goes_on else None,
            trust=True,  # somebody has said yes above
            **listing.meaning,
        )


def _not_written(error: OSError, job: Job) -> str:
    """Return what to do when the calls are made and their results cannot be written."""
    problem = error.strerror or type(error).__name__
    return (
        f"nbwebhook: {job.output.out}: {problem}; every call is safe in {job.journal}. "
        f"Make room, and the same command writes the results:\n{_again(job)}"
    )


def _check_output(job: Job) -> None:
    output = job.output
    if output.parquet:
        require_parquet()
    is_new = job.goes_on or output.replace or job.manner.dry_run
    if (output.out / "summary.json").exists() and not is_new:
        problem = (
            f"{output.out} holds a run without a journal; name another folder, or say "
            "--replace"
        )
        raise InvalidPlan("--out", problem)


def _tell_finished(job: Job) -> int:
    """Say how far the run was that goes on, and return its finished leads."""
    if not job.goes_on or job.journal is None:
        return 0
    outcomes: dict[str, int] = {}
    with suppress(sqlite3.Error), closing(sqlite3.connect(job.journal)) as journal:
        query = "SELECT outcome, count(*) FROM lead_outcome GROUP BY outcome"
        outcomes = dict(journal.execute(query).fetchall())
    again = _CALLED_AGAIN[job.repeats.resend]
    finished = sum(count for name, count in outcomes.items() if name not in again)
    click.echo(
        f"goes on with {job.journal}: {finished:,} leads have their outcome", err=True
    )
    return min(finished, job.listing.count)


def _make_folder(job: Job) -> None:
    """Make sure that the results can be written, before anything is paid for."""
    folder = job.output.out
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder):
        pass
    if job.output.replace:
        for path in folder.glob("run.sqlite*"):
            path.unlink()


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


def _finish(result: Result, job: Job) -> ExitCode:
    from nbwebhook.frames.streamed import (  # noqa: PLC0415 - the calls come first
        StreamedResult,
    )

    if isinstance(result, StreamedResult):
        saved = result.saved
    else:
        saved = save(result, job.output)
    code = _code_of(result)
    if job.manner.json:
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
        click.echo(_next_steps(result, job), err=True)
    return code


def save(result: Result, output: Output) -> Saved:
    """Save a result; where its folder fails, in a new one, so that nothing is lost."""
    from nbwebhook.frames.saving import save_result  # noqa: PLC0415 - as above

    plan = plan_of(output)
    try:
        return save_result(result, output.out, plan)
    except OSError as error:
        rescue = Path(tempfile.mkdtemp(prefix="nbwebhook-"))
        problem = f"{output.out}: {error.strerror or 'cannot be written'}"
        click.echo(f"nbwebhook: {problem}; saving to {rescue} instead", err=True)
        return save_result(result, rescue, replace(plan, parquet=False))


def plan_of(output: Output) -> SavePlan:
    """Return how the results are written."""
    return SavePlan(
        excel_safe=not output.as_written,
        like_input=output.like_input,
        parquet=output.parquet,
    )


def tell_saved(saved: Saved) -> None:
    """Say where the results are and what was changed on their way."""
    click.echo(f"\nSaved in {saved.folder.resolve()}")
    if saved.guarded:
        click.echo(
            f"{saved.guarded:,} cell(s) begin like a formula and got an apostrophe; "
            "--as-written leaves it out, --excel-safe takes it off when a list is read"
        )
    for name in saved.encodings_changed:
        click.echo(f"{name} is UTF-8: the encoding of the list lacks a character")


def _code_of(result: Result) -> ExitCode:
    summary = result.summary
    if summary.stopped_by == str(StoppedByUser()):
        return ExitCode.STOPPED
    is_bad = summary.failed or summary.unknown or summary.refused
    if is_bad or summary.state == "stopped":
        return ExitCode.FAILED
    return ExitCode.GOOD


def _next_steps(result: Result, job: Job) -> str:
    """Return what is left, and the command that goes on from here."""
    summary = result.summary
    lines = []
    if left := summary.skipped + summary.interrupted:
        lines += [f"{left:,} leads were not tried; go on with", _again(job)]
    if summary.failed:
        more = "" if job.repeats.no_journal else "--resend failed"
        lines += [f"{summary.failed:,} leads failed; call them again with"]
        lines += [_again(job, more)]
    if summary.unknown:
        lines.append(
            f"{summary.unknown:,} leads are unknown: their calls may have been acted on, "
            f"so they are not called again; {job.output.out / 'calls.csv'} has them"
        )
    return "\n".join(lines)


def _again(job: Job, more: str = "") -> str:
    """Return the command that takes up this run, or without a journal its rest."""
    again = ["nbwebhook", "run", job.listing.webhook_path, job.listing.leads_path]
    folder = job.output.out
    if job.repeats.no_journal:
        done = [
            part
            for run in (*job.listing.since_run, folder)
            for part in ("--since-run", run)
        ]
        again += ["--out", _next_folder(folder), *done, "--only-failed"]
        again += options_given(without=_CHOSEN | {"out", "replace"})
    else:
        again += options_given(without={"replace", "resend"})
    return f"  {shlex.join(map(str, again))} {more}".rstrip()


def _next_folder(folder: Path) -> Path:
    """Return a name for the folder of the next run: `results-2` after `results`."""
    stem, _, number = folder.name.rpartition("-")
    if stem and number.isdecimal():
        return folder.with_name(f"{stem}-{int(number) + 1}")
    return folder.with_name(f"{folder.name}-2")
