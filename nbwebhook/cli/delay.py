"""The command that tells how long a campaign would take."""

from __future__ import annotations

from pathlib import Path

import click

from nbwebhook.cli.teaching import Taught
from nbwebhook.cli.told import ExitCode, told

__all__ = ["estimate"]


def _counts(_: click.Context, param: click.Parameter, given: str) -> tuple[int, ...]:
    try:
        return tuple(int(text) for text in given.split(","))
    except ValueError:
        problem = f"{given!r} is not a list of whole numbers such as 1,5,20"
        raise click.BadParameter(problem, param=param) from None


@click.command(cls=Taught, short_help="How long a campaign would take.")
@click.argument("calls")
@click.option(
    "--leads", type=click.IntRange(1), required=True, help="Leads of the campaign."
)
@click.option(
    "--connections",
    default="1,5,20",
    show_default=True,
    callback=_counts,
    metavar="N,N,...",
    help="Calls at once, one or several to compare.",
)
@click.option(
    "--timeout-s", default=30.0, show_default=True, help="Limit of a whole call."
)
@click.option(
    "--max-calls-per-s", type=float, metavar="R", help="Calls started a second."
)
@click.option("--json", "as_json", is_flag=True, help="A row a number of connections.")
@told
def estimate(
    calls: str,
    *,
    leads: int,
    connections: tuple[int, ...],
    timeout_s: float,
    max_calls_per_s: float | None,
    as_json: bool,
) -> int:
    """Tell how long a campaign would take, with an interval.

    CALLS is the folder of a run, its calls.csv, or what somebody says about the
    service: "median 80 ms, p99 400 ms, 0.5 % time out".

      nbwebhook estimate results --leads 100000 --connections 1,5,20
      nbwebhook estimate "median 80 ms, p99 400 ms" --leads 100000
    """
    from nbwebhook.api import estimate_delay  # noqa: PLC0415 - so that --help does not load pandas

    found = estimate_delay(
        calls_source(calls),
        leads=leads,
        connections=connections,
        timeout_s=timeout_s,
        max_calls_per_s=max_calls_per_s,
    )
    if as_json:
        click.echo(found.frame.to_json(orient="records", indent=2))
    else:
        click.echo(found.text())
    return ExitCode.GOOD


def calls_source(text: str) -> str:
    """Return what is said about calls: of a folder the calls that were saved in it."""
    folder = Path(text)
    return str(folder / "calls.csv") if folder.is_dir() else text
