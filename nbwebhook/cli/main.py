"""The group of all commands."""

from __future__ import annotations

import atexit
import gc

import click

from nbwebhook.cli.delay import estimate
from nbwebhook.cli.looking import check, preview
from nbwebhook.cli.making import new, setup
from nbwebhook.cli.running import run
from nbwebhook.cli.showing import demo, demo_service, form
from nbwebhook.cli.teaching import Story

__all__ = ["main"]


@click.group(cls=Story, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="nbwebhook")
def main() -> None:
    """Run Marketo-style webhooks over a list of leads.

      nbwebhook demo                                  the whole job, on this machine
      nbwebhook new score.webhook.json                a definition, by questions or curl
      nbwebhook check score.webhook.json leads.csv    what would break; nothing is sent
      nbwebhook preview score.webhook.json leads.csv  the first requests, byte for byte
      nbwebhook run score.webhook.json leads.csv --out results
      nbwebhook estimate results --leads 100000       how long a campaign would take

    A key such as {{secret.SCORE_API_KEY}} in a definition is taken from the environment
    variable of that name, and is masked wherever something is shown.

    Exit codes: 0 no lead failed; 3 some failed or are unknown; 2 wrong definition, list
    or usage, and nothing was sent; 130 stopped by you.
    """
    # At its end Python would look for cycles: 0.15 s once pandas is loaded.
    atexit.register(gc.freeze)


for _command in (demo, new, check, preview, run, estimate, setup, form, demo_service):
    main.add_command(_command)
