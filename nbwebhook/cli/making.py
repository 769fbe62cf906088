"""The command that makes a definition by question and answer."""

from __future__ import annotations

from pathlib import Path

import click

from nbwebhook.cli.options import A_FILE
from nbwebhook.cli.teaching import Taught
from nbwebhook.cli.told import told

__all__ = ["new"]


@click.command(cls=Taught, short_help="Make a definition by question and answer.")
@click.argument("webhook", type=A_FILE)
@click.option(
    "--leads",
    type=A_FILE,
    help="A list whose columns can be chosen from by name.",
)
@told
def new(webhook: Path, *, leads: Path | None) -> int:
    """Make a definition by question and answer, and save it as WEBHOOK.

    Every answer is checked at once. Return takes what stands in brackets. The file is
    JSON with the names of Marketo's form; change it with any editor later.

      nbwebhook new score.webhook.json
      nbwebhook new score.webhook.json --leads leads.csv
    """
    from nbwebhook.cli.ask import ask_webhook  # noqa: PLC0415 - so that --help does not load pydantic

    return ask_webhook(webhook, leads)
