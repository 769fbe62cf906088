"""The command line: arguments to one call of the api, errors to one line and a code.

Exit codes: 0 every lead has an outcome and none failed; 3 finished, some failed or
unknown; 2 wrong definition, list or usage, nothing sent; 130 stopped by the user.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec

import click

from nbwebhook.errors import NbWebhookError

if TYPE_CHECKING:
    import pandas as pd

    from nbwebhook.definition.webhook import Webhook
    from nbwebhook.frames.result import Result

__all__ = ["main"]

_FAILED = 3
_WRONG = 2
_STOPPED = 130
_CAMPAIGN_LEADS = 100_000

Params = ParamSpec("Params")


def _told(command: Callable[Params, int]) -> Callable[Params, None]:
    """Turn an error of ours into one line on stderr and exit code 2."""

    @wraps(command)
    def wrapped(*args: Params.args, **kwargs: Params.kwargs) -> None:
        try:
            code = command(*args, **kwargs)
        except NbWebhookError as error:
            click.echo(f"nbwebhook: {error}", err=True)
            code = _WRONG
        sys.exit(code)

    return wrapped


def _pairs(
    _: click.Context, param: click.Parameter, given: tuple[str, ...]
) -> dict[str, str]:
    """Return NAME=VALUE options as a dict."""
    found = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            raise click.BadParameter(f"{text!r} is not NAME=VALUE", param=param)
        found[name.strip()] = value
    return found


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="nbwebhook")
def main() -> None:
    """Run Marketo-style webhooks over a list of leads."""


@main.command()
@click.argument("webhook", type=click.Path(path_type=Path))
@click.argument("leads", type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="Folder for updates.csv, changes.csv, calls.csv, leads.csv, summary.json "
    "and report.html; made if it is not there.",
)
@click.option("--connections", default=20, show_default=True, help="Calls at once.")
@click.option(
    "--timeout-s", default=30.0, show_default=True, help="Limit of a whole call."
)
@click.option("--max-calls-per-s", type=float, help="Calls started in a second.")
@click.option("--max-failures", type=int, help="Stop after so many failed leads.")
@click.option("--key", help="Column that tells leads apart; else Id, Email Address.")
@click.option("--my", multiple=True, callback=_pairs, help="My Token: NAME=VALUE.")
@click.option("--field", multiple=True, callback=_pairs, help="Field: NAME=TYPE.")
@click.option("--yes", is_flag=True, help="Do not ask before the first call.")
@_told
def run(  # noqa: PLR0913 - one an option
    webhook: Path,
    leads: Path,
    *,
    out: Path,
    connections: int,
    timeout_s: float,
    max_calls_per_s: float | None,
    max_failures: int | None,
    key: str | None,
    my: dict[str, str],
    field: dict[str, str],
    yes: bool,
) -> int:
    """Call WEBHOOK, a .webhook.json file, once for each lead of the CSV file LEADS."""
    from nbwebhook import api  # noqa: PLC0415 - so that --help does not load pandas
    from nbwebhook.definition.context import Context  # noqa: PLC0415
    from nbwebhook.definition.webhook import Webhook  # noqa: PLC0415
    from nbwebhook.frames.leads import read_leads  # noqa: PLC0415

    hook = Webhook.load(webhook)
    frame = read_leads(leads, key=key)
    options: dict[str, Any] = {
        "context": Context(my=my),
        "fields": field,
        "key": key,
    }
    findings = api.check(hook, frame, **options)
    if findings:
        click.echo(str(findings), err=True)
    if findings.has_errors:
        return _WRONG
    if not yes and not _may_send(hook, frame, out):
        return _WRONG
    result = api.run(
        hook,
        frame,
        connections=connections,
        timeout_s=timeout_s,
        max_calls_per_s=max_calls_per_s,
        max_failures=max_failures,
        **options,
    )
    return _finish(result, out)


def _may_send(hook: Webhook, frame: pd.DataFrame, out: Path) -> bool:
    what = f"{len(frame):,} {hook.request_type} calls to {hook.origin}"
    if not sys.stdin.isatty():
        click.echo(f"nbwebhook: {what}: nobody to ask; add --yes to send", err=True)
        return False
    return click.confirm(f"{what}, results to {out}. Send?", err=True)


def _finish(result: Result, out: Path) -> int:
    result.save(out)
    click.echo(repr(result))
    click.echo(f"\nSaved in {out.resolve()}")
    summary = result.summary
    if summary.state == "stopped" and not summary.failed:
        return _STOPPED
    return _FAILED if summary.failed or summary.unknown else 0


@main.command()
@click.option("--leads", "count", default=500, show_default=True, help="How many.")
@click.option("--connections", default=20, show_default=True, help="Calls at once.")
@click.option(
    "--latency-ms", default=50.0, show_default=True, help="Median of the service."
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("nbwebhook-demo"),
    show_default=True,
    help="Folder for everything that the demo leaves.",
)
@_told
def demo(*, count: int, connections: int, latency_ms: float, out: Path) -> int:
    """Show the whole job on this machine: service, leads, run, latency, delay."""
    import pandas as pd  # noqa: PLC0415 - so that --help does not load pandas

    from nbwebhook import api  # noqa: PLC0415
    from nbwebhook.definition.webhook import Webhook  # noqa: PLC0415
    from nbwebhook.demo import DemoService, LogNormal, demo_leads  # noqa: PLC0415
    from nbwebhook.frames.leads import read_leads  # noqa: PLC0415

    out.mkdir(parents=True, exist_ok=True)
    source = out / "demo_leads.csv"
    pd.DataFrame(demo_leads(count)).to_csv(source, index=False, lineterminator="\n")
    frame = read_leads(source)
    law = LogNormal(median_ms=latency_ms, p99_ms=3 * latency_ms)
    with DemoService(latency_ms=law, process=True) as service:
        hook = Webhook(**_demo_webhook(service.url))
        hook.save(out / "demo.webhook.json")
        click.echo(f"{len(frame):,} leads in {source}")
        click.echo(f"service at {service.url}, median {latency_ms:g} ms\n")
        result = api.run(hook, frame, connections=connections)
    estimate = api.estimate_delay(result, leads=_CAMPAIGN_LEADS)
    code = _finish(result, out)
    click.echo(f"\n{estimate.text()}")
    click.echo(f"\nOpen {(out / 'report.html').resolve()}")
    return code


def _demo_webhook(url: str) -> dict[str, Any]:
    return {
        "name": "Demo: score a lead",
        "description": "Asks the demo service on this machine for a score.",
        "url": f"{url}/enrich?source={{{{lead.Lead Source}}}}",
        "request_type": "POST",
        "payload_template": (
            "{\n"
            '  "email": {{lead.Email Address}},\n'
            '  "first": {{lead.First Name}},\n'
            '  "last": {{lead.Last Name}},\n'
            '  "company": {{company.Company Name:default=unknown}}\n'
            "}"
        ),
        "request_token_encoding": "JSON",
        "response_type": "JSON",
        "custom_headers": {
            "Content-Type": "application/json",
            "X-Lead-Id": "{{lead.Id}}",
        },
        "response_mappings": {
            "result.score": "LeadScore",
            "result.segment": "Segment",
            "result.employees": "NumberOfEmployees",
            "result.is_customer": "Is Customer",
            "result.tags[0]": "Region",
        },
    }
