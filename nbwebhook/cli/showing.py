"""The commands that show the job with a service on this machine."""

from __future__ import annotations

from pathlib import Path

import click

from nbwebhook.cli.options import A_FILE, A_FOLDER, pairs
from nbwebhook.cli.teaching import Taught
from nbwebhook.cli.told import told

__all__ = ["demo", "demo_service", "form"]


@click.command(cls=Taught, short_help="The whole job, with a service on this machine.")
@click.option("--leads", "count", default=500, show_default=True, help="How many.")
@click.option("--connections", default=20, show_default=True, help="Calls at once.")
@click.option(
    "--latency-ms", default=50.0, show_default=True, help="Median of the service."
)
@click.option(
    "--out",
    type=A_FOLDER,
    default=Path("nbwebhook-demo"),
    show_default=True,
    help="Folder for everything that the demo leaves.",
)
@told
def demo(*, count: int, connections: int, latency_ms: float, out: Path) -> int:
    """Show the whole job on this machine: service, leads, run, latency, delay.

    Nothing leaves the machine. The folder gets a list, a definition and the results.

      nbwebhook demo
      nbwebhook demo --leads 2000 --latency-ms 200 --connections 5
    """
    from nbwebhook.cli.demo_job import run_demo  # noqa: PLC0415 - so that --help does not load pandas

    return run_demo(count, connections=connections, latency_ms=latency_ms, out=out)


@click.command(
    name="demo-service", cls=Taught, short_help="Serve scores on this machine."
)
@click.option("--port", default=8808, show_default=True, help="0 takes a free port.")
@click.option(
    "--latency-ms", default=50.0, show_default=True, help="How long a request takes."
)
@click.option(
    "--p99-ms", type=float, help="Make --latency-ms the median of a long tail."
)
@click.option(
    "--fault",
    multiple=True,
    callback=pairs,
    metavar="NAME=SHARE",
    help="Go wrong: status_500=0.05, reset=0.01, hang, drip, bad_json, html, ...",
)
@click.option("--seed", default=0, help="Another seed, other leads that fail.")
@click.option(
    "--example",
    type=A_FOLDER,
    metavar="DIR",
    help="Write a list and a definition for this service to DIR.",
)
@told
def demo_service(
    *,
    port: int,
    latency_ms: float,
    p99_ms: float | None,
    fault: dict[str, str],
    seed: int,
    example: Path | None,
) -> int:
    """Serve scores on this machine until Ctrl-C, late or wrongly if asked to.

    A service, a list and a definition to play with; then, in another terminal, a run:
      nbwebhook demo-service --example try
      nbwebhook run try/score.webhook.json try/leads.csv --out results
    One that fails as real ones do:
      nbwebhook demo-service --latency-ms 80 --p99-ms 900 --fault status_503=0.05
    """
    from nbwebhook.cli.demo_job import ServiceOptions, serve_demo  # noqa: PLC0415 - so that --help does not load pandas

    options = ServiceOptions(port, latency_ms, p99_ms, fault, seed)
    return serve_demo(options, example=example)


@click.command(cls=Taught, short_help="The panel, in a browser.")
@click.argument("webhook", type=A_FILE, required=False)
@click.argument("leads", type=A_FILE, required=False)
@told
def form(webhook: Path | None, leads: Path | None) -> int:
    """Open the panel in a browser: as an app by Voila, else in JupyterLab.

    It is served on this machine only, until Ctrl-C.

      nbwebhook form
      nbwebhook form score.webhook.json leads.csv
    """
    from nbwebhook.cli.panel import open_panel  # noqa: PLC0415 - so that --help does not load nbformat

    return open_panel(webhook, leads)
