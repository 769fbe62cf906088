"""What the tests of the command line share: a service, files, and a way to call it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner, Result

import nbwebhook as nw
from nbwebhook.cli import main
from nbwebhook.demo import demo_leads

Call = Callable[..., Result]


@pytest.fixture
def service() -> Iterator[nw.DemoService]:
    """A service that answers at once."""
    with nw.DemoService(latency_ms=0) as running:
        yield running


@pytest.fixture
def folder(
    tmp_path: Path, service: nw.DemoService, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """The current folder, with a list of 20 leads and a definition for the service."""
    monkeypatch.chdir(tmp_path)
    pd.DataFrame(demo_leads(20)).to_csv("leads.csv", index=False)
    save_hook(service.url)
    return tmp_path


@pytest.fixture
def call() -> Call:
    """Return what calls the command line in this process; `typed` is what one types."""

    def invoke(*arguments: object, typed: str | None = None) -> Result:
        return CliRunner().invoke(main, list(map(str, arguments)), input=typed)

    return invoke


def save_hook(url: str, **parts: object) -> None:
    """Save a definition that asks the service for a score as `score.webhook.json`."""
    fixed: dict[str, object] = {
        "name": "Score",
        "url": url if "?" in url else f"{url}/enrich",
        "payload_template": '{"email": {{lead.Email Address}}}',
        "request_token_encoding": "JSON",
        "custom_headers": {"Content-Type": "application/json"},
        "response_mappings": {"result.score": "LeadScore", "result.grade": "Grade"},
    }
    hook = nw.Webhook(**(fixed | parts))  # type: ignore[arg-type]  # parts by name
    hook.save("score.webhook.json")
