"""Every notebook runs from top to bottom in a real kernel, made small."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import nbclient
import nbformat
import pytest

import nbwebhook as nw

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
SMALL = {
    "01_first_webhook": "leads_count = 60\nlatency_ms = 5.0\nconnections = 10",
    "02_panel": "leads_count = 60\nlatency_ms = 5.0",
    "03_batch_enrichment": (
        "leads_csv = webhook_json = encoding = ''\nout_dir = 'enriched'\n"
        "only_missing = 'Lead Score'\npilot_calls = 20\nconnections = 10\n"
        "demo_leads_count = 120"
    ),
    "04_latency_what_if": (
        "campaign_leads = 2000\npilot_leads = 60\nmedian_ms = 4.0\np99_ms = 20.0\n"
        "connections = 20\nreplicates = 20"
    ),
    "05_services_webhooks_like": (
        "leads_count = 10\nconnections = 20\ntimeout_s = 2.0"
    ),
    "06_marketo_definitions": "leads_count = 10\nsend_count = 2",
}


def with_parameters(notebook: Any, source: str) -> Any:  # noqa: ANN401 - nbformat's own
    """Return the notebook with its parameters cell replaced."""
    [cell] = [
        cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", [])
    ]
    cell.source = source
    return notebook


@pytest.mark.notebook
@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    "path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem
)
def test_a_notebook_runs_from_top_to_bottom(path: Path, tmp_path: Path) -> None:
    """No cell fails; the results are shown without a widget."""
    notebook = with_parameters(
        nbformat.reads(path.read_text("utf-8"), as_version=4),  # type: ignore[no-untyped-call]  # nbformat's own
        SMALL[path.stem],
    )
    client = nbclient.NotebookClient(
        notebook,
        kernel_name="python3",
        timeout=90,
        resources={"metadata": {"path": str(tmp_path)}},
    )
    done = client.execute()
    outputs = [output for cell in done.cells for output in cell.get("outputs", [])]
    assert outputs
    assert not [output for output in outputs if output.output_type == "error"]
    assert not [output for output in outputs if output.get("name") == "stderr"]


@pytest.mark.notebook
@pytest.mark.timeout(120)
def test_a_scheduler_fills_the_parameters_in(tmp_path: Path) -> None:
    """Papermill runs the list notebook on somebody's own list and definition."""
    (tmp_path / "fair.csv").write_bytes(
        b"Id;Email Address;Lead Score\r\n07;a@example.com;\r\n08;b@example.com;5\r\n"
    )
    command = [sys.executable, "-m", "papermill", "--log-level", "ERROR"]
    command += ["--no-progress-bar", "-k", "python3"]
    command += [str(NOTEBOOKS / "03_batch_enrichment.ipynb"), "done.ipynb"]
    given = {"leads_csv": "fair.csv", "webhook_json": "score.webhook.json"}
    given |= {"out_dir": "results", "pilot_calls": "1"}
    for name, value in given.items():
        command += ["-p", name, value]
    with nw.DemoService(latency_ms=1) as service:
        nw.Webhook(
            name="Score a lead",
            url=f"{service.url}/enrich",
            payload_template='{"email": {{lead.Email Address}}}',
            request_token_encoding="JSON",
            custom_headers={"Content-Type": "application/json"},
            response_mappings={"result.score": "LeadScore"},
        ).save(tmp_path / "score.webhook.json")
        done = subprocess.run(
            command, cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        assert service.counts.requests == 1
    lines = (tmp_path / "results" / "enriched.csv").read_bytes().splitlines()
    assert lines[2] == b"08;b@example.com;5"
    assert lines[1].startswith(b"07;a@example.com;")
    assert lines[1] != b"07;a@example.com;"
