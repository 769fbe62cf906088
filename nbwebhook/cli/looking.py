"""The commands that look before anything is sent."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import click

from nbwebhook.cli.options import A_FILE, SOURCE, TRUST, Source
from nbwebhook.cli.teaching import Taught
from nbwebhook.cli.told import told

__all__ = ["Sending", "check", "preview"]


@dataclass(frozen=True, slots=True)
class Sending:
    """How a preview sends.

    Attributes:
        limit_s: Limit of a whole call.
        yes: Whether not to ask before sending.
        trust: Whether the definition is trusted from now on.
    """

    limit_s: float
    yes: bool
    trust: bool


@click.command(cls=Taught, short_help="What would break, before anything is sent.")
@click.argument("webhook", type=A_FILE)
@click.argument("leads", type=A_FILE, required=False)
@click.option(
    "--fix",
    type=A_FILE,
    metavar="PATH",
    help="Save the definition to PATH with everything mended that is certain.",
)
@click.option(
    "--dedupe",
    is_flag=True,
    help="Tell how many calls sending equal requests once saves.",
)
@click.option("--json", "as_json", is_flag=True, help="The findings as JSON on stdout.")
@SOURCE
@told
def check(
    webhook: Path,
    leads: Path | None,
    *,
    fix: Path | None,
    dedupe: bool,
    as_json: bool,
    source: Source,
) -> int:
    """Tell what would break or surprise, for which leads, and the remedy.

    Nothing is sent. Exit code 2 if something cannot work, else 0.

    The definition alone, then with the list that it will meet:
      nbwebhook check score.webhook.json
      nbwebhook check score.webhook.json leads.csv
    Mend what can be mended with certainty:
      nbwebhook check score.webhook.json --fix mended.webhook.json
    """
    from nbwebhook.cli.look import check_list  # noqa: PLC0415 - so that --help does not load pandas

    return check_list(webhook, leads, source, fix=fix, dedupe=dedupe, as_json=as_json)


@click.command(cls=Taught, short_help="The first requests, byte for byte.")
@click.argument("webhook", type=A_FILE)
@click.argument("leads", type=A_FILE)
@click.option(
    "--count",
    type=click.IntRange(1, 100),
    default=5,
    show_default=True,
    help="How many leads, from the top.",
)
@click.option(
    "--send", is_flag=True, help="Send them, and show responses and mapped values too."
)
@click.option(
    "--dedupe",
    is_flag=True,
    help="Tell how many calls sending equal requests once saves.",
)
@click.option("--yes", is_flag=True, help="Do not ask before sending.")
@TRUST
@click.option(
    "--timeout-s", default=30.0, show_default=True, help="Limit of a whole call."
)
@SOURCE
@told
def preview(  # noqa: PLR0913 - one an option
    webhook: Path,
    leads: Path,
    *,
    count: int,
    send: bool,
    dedupe: bool,
    yes: bool,
    trust: bool,
    timeout_s: float,
    source: Source,
) -> int:
    """Show the first requests as they would go out, byte for byte, secrets masked.

    Nothing is sent without --send.

      nbwebhook preview score.webhook.json leads.csv --count 2
      nbwebhook preview score.webhook.json leads.csv --count 2 --send
    """
    from nbwebhook.cli.look import preview_list, tell_saved_calls  # noqa: PLC0415 - so that --help does not load pandas

    if dedupe:
        tell_saved_calls(webhook, leads, source)
    sending = Sending(timeout_s, yes=yes, trust=trust) if send else None
    return preview_list(webhook, leads, source, count=count, sending=sending)
