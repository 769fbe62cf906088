"""A process killed again and again: the service's own count of calls is the judge."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from nbwebhook.demo import DemoService

LEADS = 3_000
CONNECTIONS = 10

SESSION = textwrap.dedent(
    """
    import json
    import sys

    import pandas as pd

    import nbwebhook as nw
    from nbwebhook.demo import demo_leads

    url, journal, leads, connections, idempotent = sys.argv[1:]
    hook = nw.Webhook(
        url=f"{url}/enrich",
        payload_template='{"email": {{lead.Email Address}}}',
        request_token_encoding="JSON",
        custom_headers={"Content-Type": "application/json", "X-Lead-Id": "{{lead.Id}}"},
        response_mappings={"result.score": "Fresh Score"},
    )
    if idempotent == "yes":
        # The service then counts by the key that tells it a repeat: it is the same one.
        hook = hook.replace(custom_headers={"Content-Type": "application/json"})
        retry = nw.Retry(
            attempts=1, idempotent=True, idempotency_key_header="X-Lead-Id"
        )
    else:
        retry = nw.Retry(attempts=1)
    result = nw.run(
        hook,
        pd.DataFrame(demo_leads(int(leads))),
        connections=int(connections),
        retry=retry,
        journal=journal,
        progress=False,
        transport="httpx",
    )
    last = result.calls.groupby("lead_key", sort=False).last()
    updates = result.updates["Fresh Score"].notna().sum()
    told = {"outcomes": last["outcome"].astype(str).to_dict(), "updates": int(updates)}
    print(json.dumps(told))
    """
)


def session(service: DemoService, journal: Path, mode: str) -> subprocess.Popen[str]:
    """Start the run, or go on with it, in a process of its own."""
    arguments = [service.url, str(journal), str(LEADS), str(CONNECTIONS), mode]
    return subprocess.Popen(
        [sys.executable, "-c", SESSION, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def kill_at(
    service: DemoService, requests: int, process: subprocess.Popen[str]
) -> None:
    """Kill the process once the service has seen so many requests."""
    service.wait_for(lambda counts: counts.requests >= requests, timeout_s=60)
    assert process.poll() is None
    process.kill()
    process.communicate()
    service.wait_for(lambda counts: counts.in_flight == 0, timeout_s=60)


def survive(
    service: DemoService, journal: Path, mode: str, kills: int
) -> dict[str, str]:
    """Kill the run at random points, let it end, and return each lead's outcome."""
    dice = random.Random(mode)  # noqa: S311 - a fixed sequence
    most = LEADS - kills * 2 * CONNECTIONS
    for requests in sorted(dice.sample(range(1, most), kills)):
        kill_at(service, requests, session(service, journal, mode))
    out, err = session(service, journal, mode).communicate(timeout=60)
    assert err == ""
    told = json.loads(out)
    outcomes: dict[str, str] = told["outcomes"]
    assert told["updates"] == list(outcomes.values()).count("updated")
    return outcomes


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_ten_kills_repeat_nobody_and_lose_nobody(tmp_path: Path) -> None:
    """At most once: every lead is updated by its one call, or listed as unknown."""
    journal = tmp_path / "run.sqlite"
    with DemoService(latency_ms=4, process=True, keep_record=False) as service:
        outcomes = survive(service, journal, "no", kills=10)
        calls = service.counts.by_lead
    unknown = {lead for lead, outcome in outcomes.items() if outcome == "unknown"}
    assert len(outcomes) == LEADS
    assert set(outcomes.values()) <= {"updated", "unknown"}
    assert max(calls.values()) == 1
    assert set(calls) | unknown == set(outcomes)
    assert 1 <= len(unknown) <= 10 * 2 * CONNECTIONS
    assert [part.name for part in tmp_path.iterdir()] == ["run.sqlite"]


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_four_kills_at_least_once(tmp_path: Path) -> None:
    """With an idempotent service everybody is updated, at few calls more.

    Those have the key of the call before: the service sees as many keys as leads.
    """
    journal = tmp_path / "run.sqlite"
    with DemoService(latency_ms=4, process=True, keep_record=False) as service:
        outcomes = survive(service, journal, "yes", kills=4)
        calls = service.counts.by_lead
    assert len(outcomes) == LEADS
    assert set(outcomes.values()) == {"updated"}
    assert len(calls) == LEADS
    assert max(calls.values()) <= 1 + 4
    assert calls.total() - LEADS <= 4 * 2 * CONNECTIONS
