"""The main job through the public names, against real services on loopback."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import nbwebhook as nw
from nbwebhook.demo import demo_leads
from nbwebhook.errors import (
    DuplicateKey,
    InvalidPlan,
    MissingColumn,
    MissingSecret,
)
from nbwebhook.frames.schema import CALLS, CHANGES
from nbwebhook.transport.choose import TransportChoice

TRANSPORTS = [
    pytest.param("httpx", id="httpx"),
    pytest.param("curl", id="curl"),
]


def enrich(origin: str, **parts: object) -> nw.Webhook:
    """Return a webhook that asks the demo service for a score."""
    fixed: dict[str, object] = {
        "name": "Score",
        "url": f"{origin}/enrich",
        "payload_template": '{"email": {{lead.Email Address}}, "id": {{lead.Id}}}',
        "request_token_encoding": "JSON",
        "custom_headers": {
            "Content-Type": "application/json",
            "X-Lead-Id": "{{lead.Id}}",
        },
        "response_mappings": {
            "result.score": "LeadScore",
            "result.segment": "Segment",
            "result.is_customer": "Is Customer",
            "result.nothing_there": "Industry",
        },
    }
    return nw.Webhook(**(fixed | parts))  # type: ignore[arg-type]  # parts by name


def people(count: int) -> pd.DataFrame:
    """Return the demo's leads as a frame."""
    return pd.DataFrame(demo_leads(count))


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.timeout(60)
def test_two_thousand_leads_at_twenty_connections(transport: TransportChoice) -> None:
    """Never more than 20 in flight, 2,000 outcomes, nobody called twice."""
    leads = people(2_000)
    with nw.DemoService(latency_ms=40, process=True) as service:
        result = nw.run(
            enrich(service.url),
            leads,
            connections=20,
            transport=transport,
            progress=False,
        )
        counts = service.counts
        record = service.record
    assert counts.max_in_flight == 20
    assert counts.requests == len(result.calls) == 2_000
    assert set(counts.by_lead.values()) == {1}
    assert set(result.calls["outcome"]) == {"updated"}
    assert result.summary.updated == result.summary.leads == 2_000
    told = result.summary.latency
    assert told.calls == 2_000
    assert np.median([entry.service_ms for entry in record]) <= told.p50_ms
    # Nobody's wait for a connection is in it: twenty calls at once fill the run at most.
    assert 2_000 * told.mean_ms <= 20 * 1_000 * result.summary.duration_s


def test_frames_have_the_columns_and_dtypes_of_the_design() -> None:
    """Calls and changes are as the schema says; updates have the fields' dtypes."""
    leads = people(30).set_index(pd.Index(range(100, 130), name="n"))
    with nw.DemoService(latency_ms=0) as service:
        result = nw.run(enrich(service.url), leads, progress=False)
    calls, changes, updates = result.calls, result.changes, result.updates
    assert {name: str(dtype) for name, dtype in calls.dtypes.items()} == CALLS
    assert {name: str(dtype) for name, dtype in changes.dtypes.items()} == CHANGES
    assert {name: str(dtype) for name, dtype in updates.dtypes.items()} == {
        "LeadScore": "Int64",
        "Segment": "string",
        "Is Customer": "boolean",
        "Industry": "string",
    }
    assert updates.index.name == "n"
    assert updates.index.isin(leads.index).all()
    assert updates["Industry"].isna().all()
    assert calls["lead_key"].tolist() == leads["Id"].tolist()
    assert calls["row"].tolist() == list(range(30))
    assert len(changes) == 30 * 4
    assert (changes.loc[changes["field"] == "Industry", "outcome"] == "missing").all()
    assert sum(result.summary.outcome_counts().values()) == 30


def test_leads_get_the_updates_and_nothing_else_changes() -> None:
    """Written cells are new, all others as they were, and the user's frame too."""
    leads = people(25)
    before = leads.copy()
    with nw.DemoService(latency_ms=0) as service:
        result = nw.run(enrich(service.url), leads, progress=False)
    applied = result.leads
    pd.testing.assert_frame_equal(leads, before)
    assert list(applied.columns) == [
        *leads.columns,
        "Segment",
        "Is Customer",
        "Industry",
    ]
    others = [name for name in leads.columns if name != "Lead Score"]
    pd.testing.assert_frame_equal(applied[others], leads[others])
    scores = result.updates["LeadScore"].dropna()
    assert applied.loc[scores.index, "Lead Score"].tolist() == [
        str(score) for score in scores
    ]
    assert applied["Segment"].dropna().tolist() == result.updates["Segment"].tolist()


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_service_that_misbehaves_gives_each_lead_a_clear_outcome(
    transport: TransportChoice,
) -> None:
    """Errors are data with a sentence, the run goes on, nothing is raised."""
    leads = pd.DataFrame(
        {
            "Id": ["ok", "500", "empty", "html", "json", "close", "cut", "moved"],
            "path": [
                "enrich?email=a@b.example",
                "status/500",
                "fault/empty",
                "fault/html",
                "fault/bad_json",
                "fault/close",
                "fault/truncate",
                "fault/redirect",
            ],
        }
    )
    hook_parts = {
        "request_type": "GET",
        "request_token_encoding": "None",
        "payload_template": "",
        "custom_headers": {},
    }
    with nw.DemoService(latency_ms=0) as service:
        hook = enrich(service.url, url=f"{service.url}/{{{{lead.path}}}}", **hook_parts)
        result = nw.run(hook, leads, progress=False, transport=transport, connections=2)
    calls = result.calls.set_index("lead_key")
    assert calls["outcome"].to_dict() == {
        "ok": "updated",
        "500": "failed",
        "empty": "no_update",
        "html": "failed",
        "json": "failed",
        "close": "unknown",
        "cut": "unknown",
        "moved": "failed",
    }
    assert calls.loc["500", "error_type"] == "Internal Server Error"
    assert calls.loc["empty", "error_code"] == 1001
    assert "HTML" in str(calls.loc["html", "reason"])
    bad = calls[calls["outcome"] != "updated"]
    assert bad["reason"].str.len().gt(10).all()
    assert bad["error_type"].notna().all()


def test_a_service_that_is_down_fails_every_lead_and_sends_nothing() -> None:
    """Connection refused: `failed`, since the service cannot have acted."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{held.getsockname()[1]}"
        result = nw.run(enrich(url), people(12), progress=False)
    assert result.summary.failed == 12
    assert set(result.calls["error_type"]) == {"ConnectFailed"}
    assert result.summary.latency.calls == 0
    assert "12" in repr(result)


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_drip_of_body_bytes_ends_at_the_time_limit(
    transport: TransportChoice,
) -> None:
    """The limit is over the whole call, ten of ten; healthy calls follow."""
    leads = people(10)
    with nw.DemoService(latency_ms=0, faults={"drip": 1.0}) as service:
        result = nw.run(
            enrich(service.url),
            leads,
            timeout_s=0.5,
            connections=10,
            transport=transport,
            progress=False,
        )
    assert set(result.calls["error_type"]) == {"DeadlineExceeded"}
    assert set(result.calls["outcome"]) == {"unknown"}
    assert result.calls["latency_ms"].between(480, 2_500).all()


def test_a_batch_campaign_is_marketos_error_1000() -> None:
    """Every lead has error code 1000 and the service sees nothing."""
    with nw.DemoService(latency_ms=0) as service:
        result = nw.run(
            enrich(service.url), people(5), campaign="batch", progress=False
        )
        assert service.counts.requests == 0
    assert set(result.calls["error_code"]) == {1000}
    assert result.summary.refused == 5
    assert result.summary.calls == 0


async def test_a_run_is_awaited_inside_a_running_loop() -> None:
    """`await nw.start(...)` gives the result and leaves the loop free meanwhile."""
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0.001)
            ticks += 1

    with nw.DemoService(latency_ms=5) as service:
        started = nw.start(enrich(service.url), people(40), connections=2)
        ticking = asyncio.ensure_future(tick())
        result = await started
        ticking.cancel()
    assert result.summary.updated == 40
    assert ticks > 10


async def test_a_cancelled_await_stops_the_run_and_passes_on() -> None:
    """Outside a kernel cancellation passes through; the result is still to be had."""
    with nw.DemoService(latency_ms=30) as service:
        started = nw.start(enrich(service.url), people(1_000), connections=3)

        async def waiting() -> nw.Result:
            return await started

        task = asyncio.ensure_future(waiting())
        await asyncio.to_thread(service.wait_for, lambda counts: counts.requests > 5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        result = started.result()
    summary = result.summary
    assert summary.state == "stopped"
    assert summary.updated >= 3
    assert summary.skipped > 500


def test_a_run_works_from_a_thread_and_is_steered_from_another() -> None:
    """Pause, resume, connections and stop are safe from any thread."""
    with nw.DemoService(latency_ms=100) as service:
        started = nw.start(enrich(service.url), people(3_000), connections=2)
        service.wait_for(lambda counts: counts.requests > 4)
        started.pause()
        service.wait_for(lambda counts: counts.in_flight == 0)
        assert started.progress.state == "paused"
        started.connections = 8
        started.resume()
        service.wait_for(lambda counts: counts.max_in_flight == 8)
        box: list[nw.Result] = []
        thread = threading.Thread(target=lambda: box.append(started.result()))
        thread.start()
        started.stop()
        thread.join(40)
    [result] = box
    assert result.summary.state == "stopped"
    assert sum(result.summary.outcome_counts().values()) == 3_000
    with pytest.raises(InvalidPlan, match="connections"):
        started.connections = 0
    with pytest.raises(InvalidPlan, match="max_calls_per_s"):
        started.max_calls_per_s = -1


def test_a_run_warms_up_and_its_rate_changes_while_it_goes_on() -> None:
    """A ramp begins with one call at once; the rate can be set, and taken away."""
    with nw.DemoService(latency_ms=100) as service:
        started = nw.start(
            enrich(service.url),
            people(120),
            connections=8,
            ramp_up_s=0.5,
            max_calls_per_s=2,
        )
        service.wait_for(lambda counts: counts.requests >= 1)
        rates = [started.max_calls_per_s]
        at_once = started.connections
        started.max_calls_per_s = None
        service.wait_for(lambda counts: counts.max_in_flight == 8)
        result = started.result()
    rates.append(started.max_calls_per_s)
    assert (rates, at_once) == ([2, None], 1)
    assert result.summary.updated == 120


def test_a_wait_with_a_limit_leaves_the_run_alone() -> None:
    """`result(timeout_s=...)` raises TimeoutError and can be asked again."""
    with nw.DemoService(latency_ms=30) as service:
        started = nw.start(enrich(service.url), people(40), connections=4)
        with pytest.raises(TimeoutError, match="goes on"):
            started.result(timeout_s=0.01)
        assert started.result().summary.updated == 40


def test_what_is_wrong_is_raised_before_anything_is_sent() -> None:
    """List, key, secret and limits: each a sentence, and not one request."""
    leads = people(3)
    with nw.DemoService(latency_ms=0) as service:
        hook = enrich(service.url)
        with pytest.raises(MissingColumn, match="key="):
            nw.run(hook, leads.drop(columns=["Id", "Email Address"]), progress=False)
        with pytest.raises(DuplicateKey, match="1 leads repeat"):
            nw.run(hook, pd.concat([leads, leads.head(1)]), progress=False)
        secret = enrich(service.url, custom_headers={"X-Key": "{{secret.NBW_NONE}}"})
        with pytest.raises(MissingSecret, match="NBW_NONE"):
            nw.run(secret, leads, progress=False)
        with pytest.raises(InvalidPlan, match="timeout_s"):
            nw.run(hook, leads, timeout_s=0, progress=False)
        with pytest.raises(InvalidPlan, match="campaign"):
            nw.run(hook, leads, campaign="bulk", progress=False)  # type: ignore[arg-type]  # wrong on purpose
        assert service.counts.requests == 0


def test_a_secret_is_sent_and_shown_nowhere(tmp_path: Path) -> None:
    """The service gets it; preview, reprs, frames and files have it nowhere."""
    canary = "c4n4ry-s3cret"
    leads = people(3)
    with nw.DemoService(latency_ms=0) as service:
        hook = enrich(
            service.url,
            url=f"{service.url}/echo?key={{{{secret.CANARY}}}}",
            custom_headers={"Authorization": "Bearer {{secret.CANARY}}"},
            response_mappings={"target": "Echoed"},
        )
        context = nw.Context(secrets={"CANARY": canary})
        shown = nw.preview(hook, leads, context=context)
        result = nw.run(hook, leads, context=context, progress=False)
    assert canary not in repr(shown) + shown._repr_html_() + repr(context) + repr(hook)
    assert "••••" in repr(shown)
    hook.save(tmp_path / "hook.webhook.json")
    assert canary not in (tmp_path / "hook.webhook.json").read_text("utf-8")
    assert canary not in repr(result) + result._repr_html_()


def test_preview_shows_requests_and_sends_only_when_asked() -> None:
    """Without `send` nothing is sent; with it, responses and values are shown."""
    leads = people(10)
    with nw.DemoService(latency_ms=0) as service:
        hook = enrich(service.url)
        dry = nw.preview(hook, leads, count=2)
        assert service.counts.requests == 0
        sent = nw.preview(hook, leads, count=2, send=True)
        assert service.counts.requests == 2
    assert len(dry.requests) == len(sent.requests) == 2
    first = dry.requests[0]
    assert isinstance(first, bytes)
    assert first.startswith(b"POST /enrich HTTP/1.1\r\n")
    assert b'"email": "' in first
    assert "LeadScore" in repr(sent)
    assert "<pre" in sent._repr_html_()


def test_a_saved_result_reads_back_as_it_was(tmp_path: Path) -> None:
    """Four CSVs, the summary and a report that needs nothing else."""
    leads = people(40)
    with nw.DemoService(latency_ms=0) as service:
        result = nw.run(enrich(service.url), leads, progress=False)
    folder = result.save(tmp_path / "out" / "deep")
    assert sorted(path.name for path in folder.iterdir()) == [
        "calls.csv",
        "changes.csv",
        "leads.csv",
        "report.html",
        "summary.json",
        "updates.csv",
    ]
    again = nw.read_leads(folder / "leads.csv")
    assert again["Last Name"].tolist() == leads["Last Name"].tolist()
    assert again["Postal Code"].tolist() == leads["Postal Code"].tolist()
    summary = json.loads((folder / "summary.json").read_text("utf-8"))
    assert summary["updated"] == 40
    assert summary["latency"]["calls"] == 40
    updates = pd.read_csv(folder / "updates.csv", dtype=str)
    assert list(updates.columns)[:2] == ["Id", "LeadScore"]
    report = (folder / "report.html").read_text("utf-8")
    assert "<script" not in report
    assert "http-equiv" in report


def test_an_empty_number_is_the_same_in_every_block() -> None:
    """What is sent for a gap follows from the column, not from the leads around it."""
    gaps = pd.array([None] * 300 + [5], dtype="Int64")
    leads = pd.DataFrame({"Id": range(301), "Visits": gaps})
    hook = enrich("http://127.0.0.1:9", payload_template='{"n": {{lead.Visits}}}')
    requests = nw.preview(hook, leads, count=301).requests
    bodies = {bytes(r).rpartition(b"\r\n")[2] for r in requests if isinstance(r, bytes)}
    assert bodies == {b'{"n": }', b'{"n": 5}'}


@pytest.mark.parametrize(
    ("is_at_hand", "remedy"),
    [
        pytest.param(True, "Fewer connections", id="curl"),
        pytest.param(False, "Install nbwebhook[fast]", id="httpx"),
    ],
)
def test_a_run_that_its_own_machine_slowed_down_says_so(
    monkeypatch: pytest.MonkeyPatch, remedy: str, *, is_at_hand: bool
) -> None:
    """Latencies of a loop that computed all the time are told with that, and a remedy."""
    monkeypatch.setattr("nbwebhook.engine.run.thread_time", time.monotonic)
    if not is_at_hand:
        monkeypatch.setattr(
            "nbwebhook.transport.choose._curl_can_work", lambda: is_at_hand
        )
    with nw.DemoService(latency_ms=0) as service:
        result = nw.run(enrich(service.url), people(500), progress=False)
    assert result.summary.own_load > 0.85
    assert "This machine was the limit, not the service" in str(result)
    assert remedy in str(result)


def test_a_run_that_waits_for_its_service_has_little_load() -> None:
    """The machine computes for a share of the time, and nothing is said of it."""
    with nw.DemoService(latency_ms=50) as service:
        result = nw.run(enrich(service.url), people(20), connections=1, progress=False)
    assert 0 < result.summary.own_load < 0.85
    assert "This machine" not in str(result)
