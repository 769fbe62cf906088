"""`nbwebhook run` on lists that do not have to fit: killed, resumed, bounded."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pandas as pd
import pytest

import nbwebhook as nw
from nbwebhook.demo import demo_leads
from tests.benchmarks.job import write_leads
from tests.cli.conftest import Call, save_hook

pytestmark = pytest.mark.timeout(120)

LEADS = 1_500
CONNECTIONS = 10
RUN = ("run", "score.webhook.json", "leads.csv", "--yes", "--json")

STREAMED = textwrap.dedent(
    """
    import sys
    import nbwebhook as nw
    from tests.benchmarks.hot_path import InstantTransport
    from tests.benchmarks.job import webhook_parts

    hook = nw.Webhook(**webhook_parts("http://127.0.0.1:9"))
    nw.run(hook, nw.scan_leads(sys.argv[1]), sink=sys.argv[2], connections=50,
           transport=InstantTransport(gives_way=True), progress=False)
    """
)


def command(out: str, *options: str) -> subprocess.Popen[str]:
    """Start the command in a process of its own."""
    words = [*RUN, "--out", out, "--connections", str(CONNECTIONS), *options]
    return subprocess.Popen(
        [sys.executable, "-m", "nbwebhook", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for_requests(service: nw.DemoService, requests: int) -> None:
    """Return once the service has seen so many requests."""
    service.wait_for(lambda now: now.requests >= requests, timeout_s=60)


def killed_and_resumed(service: nw.DemoService, *options: str) -> None:
    """Kill the command twice while calls are under way, then let it end."""
    for requests in (200, 700):
        process = command("killed", *options)
        wait_for_requests(service, requests)
        process.kill()
        process.communicate()
        service.wait_for(lambda now: now.in_flight == 0, timeout_s=60)
    out, err = command("killed", *options).communicate(timeout=60)
    assert json.loads(out)["summary"]["leads"] == LEADS, err


def outcomes(folder: str) -> dict[str, str]:
    """Return the outcome of every lead by its key."""
    calls = nw.read_leads(f"{folder}/calls.csv", excel_safe=True)
    return dict(zip(calls["lead_key"], calls["outcome"], strict=True))


@pytest.mark.slow
def test_a_killed_run_that_goes_on_leaves_what_an_undisturbed_one_leaves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With an idempotent service the lists are the same bytes, whatever happened."""
    monkeypatch.chdir(tmp_path)
    pd.DataFrame(demo_leads(LEADS)).to_csv("leads.csv", index=False)
    with nw.DemoService(latency_ms=3, process=True, keep_record=False) as service:
        save_hook(service.url)
        killed_and_resumed(service, "--idempotent")
        calls = service.counts.requests
        assert LEADS <= calls <= LEADS + 2 * 2 * CONNECTIONS
        command("undisturbed").communicate(timeout=60)
        assert service.counts.requests == calls + LEADS
    for name in ("leads.csv", "updates.csv"):
        both = [Path(folder, name).read_bytes() for folder in ("killed", "undisturbed")]
        assert both[0] == both[1]
    assert outcomes("killed") == outcomes("undisturbed")


@pytest.mark.slow
def test_a_killed_run_calls_no_lead_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each lead is called once or listed as unknown; all others are as undisturbed."""
    monkeypatch.chdir(tmp_path)
    pd.DataFrame(demo_leads(LEADS)).to_csv("leads.csv", index=False)
    with nw.DemoService(latency_ms=3, process=True, keep_record=False) as service:
        save_hook(service.url)
        killed_and_resumed(service)
        assert service.counts.requests <= LEADS
        assert max(service.counts.by_lead.values(), default=0) <= 1
        seen = service.counts.requests
        command("undisturbed").communicate(timeout=60)
    found, wanted = outcomes("killed"), outcomes("undisturbed")
    unknown = {lead for lead, outcome in found.items() if outcome == "unknown"}
    assert list(found) == list(wanted)
    assert 1 <= len(unknown) <= 2 * 2 * CONNECTIONS
    assert LEADS - len(unknown) <= seen
    lists = [
        nw.read_leads(f"{folder}/leads.csv", excel_safe=True)
        for folder in ("killed", "undisturbed")
    ]
    known = ~lists[0]["Id"].isin(unknown)
    pd.testing.assert_frame_equal(lists[0][known], lists[1][known])
    assert {lead for lead in wanted if wanted[lead] != found[lead]} == unknown


def peak_mb(leads: int, folder: Path) -> float:
    """Return the most memory that a process held that ran a list of that length."""
    path = write_leads(folder / f"{leads}.csv", leads)
    words = [sys.executable, "-c", STREAMED, str(path), str(folder / str(leads))]
    process = subprocess.Popen(words, cwd=Path(__file__).parents[2])
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    with (folder / str(leads) / "leads.csv").open("rb") as lines:
        assert sum(1 for _ in lines) == leads + 1
    return used.ru_maxrss / 1024


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss counts otherwise there")
def test_memory_does_not_grow_with_the_list(tmp_path: Path) -> None:
    """32,000 leads more, whose frames would take 40 MB, take next to nothing."""
    few, many = (peak_mb(leads, tmp_path) for leads in (16_000, 48_000))
    assert many - few < 20


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(("check", "score.webhook.json", "leads.csv"), id="check"),
        pytest.param(("preview", "score.webhook.json", "leads.csv"), id="preview"),
        pytest.param((*RUN, "--out", "results", "--dry-run"), id="run"),
    ],
)
def test_dedupe_says_what_it_saves_before_a_call(
    folder: Path, service: nw.DemoService, call: Call, words: tuple[str, ...]
) -> None:
    """Equal requests of the whole list are counted, and nothing is sent for it."""
    leads = pd.DataFrame(demo_leads(20))
    leads["Email Address"] = [f"{n % 15}@example.com" for n in range(20)]
    leads.to_csv("leads.csv", index=False)
    assert "--dedupe saves 5 of 20 calls" in call(*words, "--dedupe").stderr
    assert "--dedupe" not in call(*words).stderr
    assert service.counts.requests == 0


def test_equal_requests_are_sent_once(
    folder: Path, service: nw.DemoService, call: Call
) -> None:
    """What was forecast is what happens, and every lead has its outcome."""
    leads = pd.DataFrame(demo_leads(20))
    leads["Email Address"] = [f"{n % 15}@example.com" for n in range(20)]
    leads.to_csv("leads.csv", index=False)
    done = call(*RUN, "--out", "results", "--dedupe")
    assert done.exit_code == 0
    assert service.counts.requests == 15
    assert json.loads(done.stdout)["summary"]["updated"] == 20
    scores = nw.read_leads("results/updates.csv")["LeadScore"]
    assert scores.iloc[:5].tolist() == scores.iloc[15:].tolist()


def test_chosen_leads_and_all_leads_leave_the_same_files(
    folder: Path, service: nw.DemoService, call: Call
) -> None:
    """A choice keeps the list in memory, and --no-journal the calls: same files."""
    ways = {"all": (), "chosen": ("--limit", 20), "plain": ("--no-journal",)}
    for out, options in ways.items():
        assert call(*RUN, "--out", out, *options).exit_code == 0
    assert service.counts.requests == 60
    for name in ("leads.csv", "updates.csv", "changes.csv"):
        assert len({Path(out, name).read_bytes() for out in ways}) == 1


def test_a_fault_at_the_end_of_the_list_is_told_with_its_line(
    folder: Path, service: nw.DemoService, call: Call
) -> None:
    """Nothing is sent for a list that breaks where nobody looks."""
    with Path("leads.csv").open("a", encoding="utf-8") as stream:
        stream.write("99\n")
    done = call(*RUN, "--out", "results")
    assert done.exit_code == 2
    assert "leads.csv, line 22" in done.stderr
    assert service.counts.requests == 0
    assert not Path("results").exists()
