"""Runs against httpbin, which nobody here wrote."""

from __future__ import annotations

import pandas as pd
import pytest

import nbwebhook as nw

PATHS = {
    "anything": "anything?v=1",
    "500": "status/500",
    "gzip": "gzip",
    "redirect": "redirect/1",
    "html": "html",
    "quick": "delay/0",
    "slow": "delay/3",
}


@pytest.mark.timeout(60)
def test_each_of_httpbins_manners_has_its_outcome(httpbin_url: str) -> None:
    """Echo, error, gzip, redirect, HTML and delays on both sides of the limit."""
    leads = pd.DataFrame({"Id": list(PATHS), "path": list(PATHS.values())})
    hook = nw.Webhook(
        url=f"{httpbin_url}/{{{{lead.path}}}}",
        request_type="GET",
        response_mappings={"url": "Echoed URL", "gzipped": "Gzipped", "args.v": "V"},
    )
    result = nw.run(hook, leads, timeout_s=1.5, progress=False)
    calls = result.calls.set_index("lead_key")
    assert calls["outcome"].to_dict() == {
        "anything": "updated",
        "500": "failed",
        "gzip": "updated",
        "redirect": "failed",
        "html": "failed",
        "quick": "updated",
        "slow": "unknown",
    }
    assert calls["status_code"].fillna(0).to_dict() == {
        "anything": 200,
        "500": 500,
        "gzip": 200,
        "redirect": 302,
        "html": 200,
        "quick": 200,
        "slow": 0,
    }
    assert calls.loc["slow", "error_type"] == "DeadlineExceeded"
    assert calls.loc["redirect", "error_type"] == "FOUND"
    assert bool(result.leads.set_index("Id").loc["gzip", "Gzipped"])
    assert result.leads.set_index("Id").loc["anything", "V"] == "1"


def test_a_posted_payload_is_echoed_into_fields(httpbin_url: str) -> None:
    """Non-ASCII, quotes and line breaks arrive as they were and come back so."""
    names = ["Zoë", 'Ann "A" Other', "two\nlines", "C:\\new", "100 %", "{{lead.Id}}"]
    leads = pd.DataFrame({"Id": range(6), "First Name": names})
    hook = nw.Webhook(
        url=f"{httpbin_url}/anything",
        payload_template='{"first": {{lead.First Name}}}',
        request_token_encoding="JSON",
        custom_headers={"Content-Type": "application/json"},
        response_mappings={"json.first": "Echo"},
    )
    result = nw.run(hook, leads, progress=False)
    assert result.leads["Echo"].tolist() == names
