"""The whole job with a service on this machine, and that service alone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import pandas as pd

from nbwebhook import api
from nbwebhook.cli.options import Output
from nbwebhook.cli.run_list import save, tell_saved
from nbwebhook.cli.told import ExitCode
from nbwebhook.definition.webhook import Webhook
from nbwebhook.demo import (
    Constant,
    DemoService,
    LogNormal,
    demo_leads,
    serve_forever,
)
from nbwebhook.errors import InvalidPlan
from nbwebhook.frames.csv_out import write_csv
from nbwebhook.frames.leads import read_leads

__all__ = ["ServiceOptions", "run_demo", "serve_demo"]

_CAMPAIGN_LEADS = 100_000
_EXAMPLE_LEADS = 500


@dataclass(frozen=True, slots=True)
class ServiceOptions:
    """How the service behaves."""

    port: int
    latency_ms: float
    p99_ms: float | None
    faults: dict[str, str]
    seed: int


def run_demo(count: int, *, connections: int, latency_ms: float, out: Path) -> ExitCode:
    """Serve, make leads, run, save, and tell how long a campaign would take."""
    source = _write_leads(out / "demo_leads.csv", count)
    frame = read_leads(source)
    law = LogNormal(median_ms=latency_ms, p99_ms=3 * latency_ms)
    with DemoService(latency_ms=law, process=True) as service:
        hook = Webhook(**_demo_webhook(service.url))
        hook.save(out / "demo.webhook.json")
        click.echo(f"{len(frame):,} leads in {source}")
        click.echo(f"service at {service.url}, median {latency_ms:g} ms\n")
        result = api.run(hook, frame, connections=connections)
    estimate = api.estimate_delay(result, leads=_CAMPAIGN_LEADS)
    saved = save(result, Output(out))
    click.echo(repr(result))
    tell_saved(saved)
    click.echo(f"\n{estimate.text()}")
    click.echo(f"\nOpen {(saved.folder / 'report.html').resolve()}")
    summary = result.summary
    return ExitCode.FAILED if summary.failed or summary.unknown else ExitCode.GOOD


def serve_demo(options: ServiceOptions, *, example: Path | None) -> ExitCode:
    """Serve until the user interrupts.

    Raises:
        InvalidPlan: An option has a value that cannot be.
        OSError: The example cannot be written.
    """
    usual = Constant(options.latency_ms)
    service = DemoService(
        latency_ms=usual
        if options.p99_ms is None
        else LogNormal(options.latency_ms, options.p99_ms),
        faults={name: _share(name, text) for name, text in options.faults.items()},
        seed=options.seed,
        port=options.port,
        keep_record=False,
    )
    with service:
        if example is not None:
            _write_example(example, service.url)
        serve_forever(service, announce=click.echo)
    return ExitCode.GOOD


def _share(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        problem = f"{name}={text}: want a share from 0 to 1, such as {name}=0.05"
        raise InvalidPlan("--fault", problem) from None


def _write_example(folder: Path, url: str) -> None:
    leads = _write_leads(folder / "leads.csv", _EXAMPLE_LEADS)
    hook = folder / "score.webhook.json"
    Webhook(**_demo_webhook(url)).save(hook)
    click.echo(f"{_EXAMPLE_LEADS} leads in {leads}, a definition in {hook}; then")
    click.echo(f"  nbwebhook run {hook} {leads} --out results")


def _write_leads(path: Path, count: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_csv(pd.DataFrame(demo_leads(count)), path, excel_safe=False)
    return path


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
