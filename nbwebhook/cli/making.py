"""The commands that make a definition, and tell how Marketo is to be set up for it."""

from __future__ import annotations

from pathlib import Path
from typing import TextIO

import click

from nbwebhook.cli.options import A_FILE, pairs
from nbwebhook.cli.teaching import Taught
from nbwebhook.cli.told import ExitCode, told

__all__ = ["new", "setup"]


@click.command(cls=Taught, short_help="Make a definition: by questions, or from curl.")
@click.argument("webhook", type=A_FILE)
@click.option(
    "--leads",
    type=A_FILE,
    help="A list whose columns can be chosen from by name.",
)
@click.option(
    "--encoding",
    metavar="NAME",
    help="Of the list; else by its byte order mark, else UTF-8.",
)
@click.option(
    "--from-curl",
    "curl",
    type=click.File(encoding="utf-8"),
    metavar="FILE",
    help="Take a curl command, as a service's documentation gives it; - reads it from "
    "the input. A value of the first lead of --leads becomes its token.",
)
@click.option(
    "--mapping",
    multiple=True,
    callback=pairs,
    metavar="PATH=FIELD",
    help="With --from-curl: result.score=LeadScore.",
)
@told
def new(
    webhook: Path,
    *,
    leads: Path | None,
    encoding: str | None,
    curl: TextIO | None,
    mapping: dict[str, str],
) -> int:
    """Make a definition by question and answer, and save it as WEBHOOK.

    Every answer is checked at once. Return takes what stands in brackets. The file is
    JSON with the names of Marketo's form; change it with any editor later.

      nbwebhook new score.webhook.json
      nbwebhook new score.webhook.json --leads leads.csv
      nbwebhook new score.webhook.json --from-curl call.txt --leads leads.csv
          --mapping result.score=LeadScore
    """
    from nbwebhook.cli.ask import ListFile, ask_webhook, take_curl  # noqa: PLC0415 - so that --help does not load pydantic

    if curl is not None:
        return take_curl(curl.read(), webhook, ListFile(leads, encoding), mapping)
    return ask_webhook(webhook, ListFile(leads, encoding))


@click.command(cls=Taught, short_help="What to enter in which box of Marketo's form.")
@click.argument("webhook", type=A_FILE)
@told
def setup(webhook: Path) -> int:
    """Print what to enter in which box of Marketo, and what Marketo has no box for.

    The mappings have the fields' SOAP names, as Marketo wants them.

      nbwebhook setup score.webhook.json
    """
    from nbwebhook.definition.webhook import Webhook  # noqa: PLC0415 - so that --help does not load pydantic

    click.echo(str(Webhook.load(webhook).setup_sheet()))
    return ExitCode.GOOD
