"""The command that calls a webhook for a list."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import click

from nbwebhook.cli.options import (
    A_FILE,
    CHOICE,
    LIMITS,
    OUTPUT,
    REPEATS,
    SOURCE,
    TRUST,
    Choice,
    Limits,
    Output,
    Repeats,
    Source,
    gather,
)
from nbwebhook.cli.teaching import Taught
from nbwebhook.cli.told import told

__all__ = ["Manner", "run"]


@dataclass(frozen=True, slots=True)
class Manner:
    """How the command talks."""

    yes: bool = False
    trust: bool = False
    dry_run: bool = False
    assume: str | None = None
    json: bool = False
    dask: str | None = None


_MANNER = gather(
    Manner,
    (
        click.option("--yes", is_flag=True, help="Do not ask before the first call."),
        TRUST,
        click.option(
            "--dry-run",
            is_flag=True,
            help="Say what would be sent, show the first request, and send nothing.",
        ),
        click.option(
            "--assume",
            metavar="CALLS",
            help="What the expected duration rests on: the folder or calls.csv of an "
            'earlier run, or "median 80 ms, p99 400 ms". Else that of --since-run.',
        ),
        click.option(
            "--json", is_flag=True, help="The summary as JSON on stdout, for machines."
        ),
        click.option(
            "--dask",
            metavar="ADDRESS",
            help="Run over the workers of the Dask cluster whose scheduler is there, such "
            "as tcp://127.0.0.1:8786. LEADS is a folder of lists or one large list, and "
            "DIR is reached by all workers.",
        ),
    ),
)


@click.command(cls=Taught, short_help="Call a webhook for each lead of a list.")
@click.argument("webhook", type=A_FILE)
@click.argument("leads", type=click.Path(path_type=Path))
@OUTPUT
@LIMITS
@REPEATS
@CHOICE
@SOURCE
@_MANNER
@told
def run(  # noqa: PLR0913 - one a group of options
    webhook: Path,
    leads: Path,
    *,
    output: Output,
    limits: Limits,
    repeats: Repeats,
    choice: Choice,
    source: Source,
    manner: Manner,
) -> int:
    """Call WEBHOOK, a .webhook.json file, once for each lead of the list LEADS.

    LEADS is CSV (comma, semicolon, tab or bar), .xlsx, .parquet or .jsonl. Before the
    first call it says what will be sent where, and asks. Ctrl-C settles the calls in
    flight and saves what was finished. The same command again goes on where the run was,
    also after a crash: no lead that was called is called a second time. A list of any
    length does: it is read in blocks, unless leads are chosen or --no-journal is said.

    Look before you leap:
      nbwebhook run score.webhook.json leads.csv --out results --dry-run
    Twenty leads at random first, then the others:
      nbwebhook run score.webhook.json leads.csv --out pilot --sample 20
      nbwebhook run score.webhook.json leads.csv --out results --since-run pilot
    Leads that have no score yet, at most five calls a second:
      nbwebhook run score.webhook.json leads.csv --out results
          --only-missing "Lead Score" --max-calls-per-s 5
    What failed, once more:
      nbwebhook run score.webhook.json leads.csv --out results --resend failed
    In a script:
      nbwebhook run score.webhook.json leads.csv --out results --yes --json
    """
    if manner.dask is not None:
        from nbwebhook.cli.over_cluster import ClusterJob, run_over_cluster  # noqa: PLC0415 - as below

        over = ClusterJob(webhook, leads, source, limits, repeats, output, manner)
        return run_over_cluster(over, manner.dask)
    from nbwebhook.cli.listing import open_listing  # noqa: PLC0415 - so that --help does not load pandas
    from nbwebhook.cli.run_list import Job, run_list  # noqa: PLC0415 - as above

    scans = not repeats.no_journal
    listing = open_listing(webhook, leads, source, choice, scans=scans)
    job = Job(listing, limits, repeats, output, manner)
    return run_list(job)
