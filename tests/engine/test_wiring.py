"""Journal, retry and breaker as a user gives them to `run`, over a service on loopback."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

import nbwebhook as nw
from nbwebhook.demo import demo_leads
from nbwebhook.errors import InvalidPlan, JournalCorrupt, JournalLocked, JournalMismatch

LEADS = 60


@pytest.fixture(scope="module")
def service() -> Iterator[nw.DemoService]:
    """Return a service without delay."""
    with nw.DemoService(latency_ms=0) as running:
        yield running


@pytest.fixture
def hook(service: nw.DemoService) -> nw.Webhook:
    """Return a webhook that uses a secret, a My Token and two columns."""
    service.reset()
    return nw.Webhook(
        name="Score",
        url=f"{service.url}/enrich",
        payload_template='{"email": {{lead.Email Address}}, "by": {{my.Sender}}}',
        request_token_encoding="JSON",
        custom_headers={
            "Content-Type": "application/json",
            "X-Lead-Id": "{{lead.Id}}",
            "Authorization": "Bearer {{secret.KEY}}",
        },
        response_mappings={"result.score": "Lead Score", "result.segment": "Segment"},
    )


def people() -> pd.DataFrame:
    """Return made-up leads."""
    return pd.DataFrame(demo_leads(LEADS))


def context(secret: str = "canary-2f61", sender: str = "Ana") -> nw.Context:
    """Return a secret and a My Token."""
    return nw.Context(secrets={"KEY": secret}, my={"Sender": sender})


def run(hook: nw.Webhook, leads: pd.DataFrame, **options: object) -> nw.Result:
    """Run without a line of progress."""
    options = {"context": context(), "progress": False, "transport": "httpx"} | options
    return nw.run(hook, leads, **options)  # type: ignore[arg-type]  # options by name


def test_a_finished_run_gives_the_same_frames_without_a_call(
    service: nw.DemoService, hook: nw.Webhook, tmp_path: Path
) -> None:
    """The same cell again: every frame to the last digit, nothing sent."""
    first = run(hook, people(), journal=tmp_path / "run.sqlite")
    second = run(hook, people(), journal=str(tmp_path / "run.sqlite"))
    assert service.counts.by_lead == Counter(people()["Id"].astype(str).tolist())
    for name in ("calls", "changes", "updates", "leads"):
        pd.testing.assert_frame_equal(getattr(second, name), getattr(first, name))
    assert second.summary.calls == LEADS
    assert second.summary.state == "finished"
    assert second.summary.outcome_counts() == first.summary.outcome_counts()
    assert second.summary.latency == first.summary.latency
    assert second.summary.overhead_ms == pytest.approx(first.summary.overhead_ms)


def test_nothing_of_a_request_stands_in_the_journal(
    hook: nw.Webhook, tmp_path: Path
) -> None:
    """Ids, mapped values and hashes: no secret, no e-mail address, no payload."""
    leads = people()
    run(hook, leads, journal=tmp_path / "run.sqlite")
    data = (tmp_path / "run.sqlite").read_bytes()
    assert b"canary-2f61" not in data
    assert not [m for m in leads["Email Address"] if m.encode() in data]
    assert str(leads["Id"].iloc[-1]).encode() in data
    assert b"127.0.0.1" in data


def change(column: str, row: int, value: str) -> pd.DataFrame:
    """Return the leads with one cell changed."""
    leads = people()
    values = leads[column].tolist()
    values[row] = value
    leads[column] = values
    return leads


def test_another_definition_or_list_is_refused_with_what_differs(
    service: nw.DemoService, hook: nw.Webhook, tmp_path: Path
) -> None:
    """Each difference by its name, and no call."""
    journal = tmp_path / "run.sqlite"
    run(hook, people(), journal=journal)
    service.reset()
    with pytest.raises(JournalMismatch, match="differs in payload template;"):
        run(hook.replace(payload_template="{}"), people(), journal=journal)
    with pytest.raises(JournalMismatch, match="differs in column 'Email Address';"):
        run(hook, change("Email Address", 3, "new@example.com"), journal=journal)
    with pytest.raises(JournalMismatch, match="differs in column 'Lead Score';"):
        run(hook, change("Lead Score", 3, "1"), journal=journal)
    with pytest.raises(JournalMismatch, match=r"differs in the number of leads \(60 there, 59 here\);"):  # fmt: skip
        run(hook, people().head(59), journal=journal)
    with pytest.raises(JournalMismatch, match=r"differs in context value my\.sender;"):
        run(hook, people(), journal=journal, context=context(sender="Bo"))
    with pytest.raises(JournalMismatch, match="differs in field 'Segment';"):
        run(hook, people(), journal=journal, fields={"Segment": "string"})
    with pytest.raises(JournalMismatch, match="differs in campaign;"):
        run(hook, people(), journal=journal, campaign="batch")
    assert service.counts.requests == 0


def test_what_a_run_does_not_depend_on_may_change(
    service: nw.DemoService, hook: nw.Webhook, tmp_path: Path
) -> None:
    """Limits, a renewed key, a name, a column that is not used."""
    journal = tmp_path / "run.sqlite"
    run(hook, people(), journal=journal)
    service.reset()
    leads = change("First Name", 3, "Somebody Else")
    again = run(
        hook.replace(name="Score v2"),
        leads,
        journal=journal,
        context=context(secret="renewed"),
        connections=3,
        timeout_s=5.0,
        retry=nw.Retry(),
    )
    assert service.counts.requests == 0
    assert again.summary.calls == LEADS


def test_a_stopped_run_goes_on_from_its_journal(
    service: nw.DemoService, hook: nw.Webhook, tmp_path: Path
) -> None:
    """After `stop` and the same call again every lead was called once."""
    journal = tmp_path / "run.sqlite"
    options = {"context": context(), "journal": journal, "transport": "httpx"}
    started = nw.start(hook, people(), max_calls_per_s=100.0, **options)  # type: ignore[arg-type]  # options by name
    with pytest.raises(JournalLocked, match=r"run\.sqlite"):
        nw.start(hook, people(), **options)  # type: ignore[arg-type]  # options by name
    service.wait_for(lambda counts: counts.requests >= 10)
    started.stop()
    partial = started.result()
    assert 10 <= partial.summary.calls < LEADS
    whole = run(hook, people(), journal=journal)
    assert set(service.counts.by_lead.values()) == {1}
    assert whole.summary.calls == LEADS
    assert whole.summary.skipped == 0
    assert len(whole.calls) == LEADS
    assert whole.summary.duration_s >= partial.summary.duration_s
    assert [part.name for part in tmp_path.iterdir()] == ["run.sqlite"]


def test_failed_leads_are_sent_again_when_asked(
    hook: nw.Webhook, tmp_path: Path
) -> None:
    """`resend="failed"`: the failed ones alone, with attempts counted on."""
    with nw.DemoService(latency_ms=0, failure_share=0.4, seed=3) as flaky:
        bad = hook.replace(url=f"{flaky.url}/enrich")
        first = run(bad, people(), journal=tmp_path / "j")
        second = run(bad, people(), journal=tmp_path / "j", resend="failed")
        calls = flaky.counts.by_lead
    failed = set(first.calls.loc[first.calls["outcome"] == "failed", "lead_key"])
    assert 5 < len(failed) < 55
    assert {lead for lead, count in calls.items() if count == 2} == failed
    assert len(second.calls) == LEADS + len(failed)
    assert second.summary.failed < first.summary.failed
    assert sum(second.summary.outcome_counts().values()) == LEADS


def test_a_retry_policy_is_told_by_the_services_own_count(hook: nw.Webhook) -> None:
    """Off: one call a lead. On and idempotent: those that failed, until they do not."""
    once, often = (
        nw.Retry.never(),
        nw.Retry(attempts=9, backoff_s=0.01, idempotent=True),
    )
    for retry in (once, nw.Retry(attempts=9, backoff_s=0.01), often):
        with nw.DemoService(
            latency_ms=0, failure_share=0.4, failure_status=503
        ) as flaky:
            bad = hook.replace(url=f"{flaky.url}/enrich")
            result = run(bad, people(), retry=retry)
            calls = flaky.counts.by_lead
        assert calls.total() == result.summary.calls == len(result.calls)
        if retry is often:
            assert result.summary.failed == 0
            assert max(calls.values()) > 1
            last = result.calls.groupby("lead_key").tail(1)
            assert (last["status_code"] == 200).all()
        else:
            assert result.summary.failed > 5
            assert set(calls.values()) == {1}


def test_a_breaker_leaves_a_failing_service_alone(hook: nw.Webhook) -> None:
    """A streak, the probes, and the rest is skipped with the reason."""
    breaker = nw.Breaker(failures=5, cooldown_s=0.05, max_probes=2)
    with nw.DemoService(latency_ms=0, failure_share=1.0) as down:
        bad = hook.replace(url=f"{down.url}/enrich")
        result = run(bad, people(), breaker=breaker, connections=2)
        requests = down.counts.requests
    assert requests <= 5 + 2 + 2
    assert result.summary.failed == requests
    assert result.summary.skipped == LEADS - requests
    assert "5 calls in a row failed" in result.summary.stopped_by
    assert set(result.calls["error_type"]) == {"Internal Server Error", "CircuitOpen"}


def test_a_batch_campaign_with_a_journal_sends_nothing(
    service: nw.DemoService, hook: nw.Webhook, tmp_path: Path
) -> None:
    """Marketo's 1000 for every lead, as often as it is run."""
    for _ in range(2):
        result = run(hook, people(), journal=tmp_path / "j", campaign="batch")
        assert result.summary.refused == LEADS
    assert service.counts.requests == 0
    assert [part.name for part in tmp_path.iterdir()] == ["j"]


def test_wrong_arguments_are_refused_before_anything_is_made(
    hook: nw.Webhook, tmp_path: Path
) -> None:
    """`resend` needs a journal and one of its words; a list of leads is no journal."""
    with pytest.raises(InvalidPlan, match="resend: without a journal"):
        run(hook, people(), resend="failed")
    with pytest.raises(InvalidPlan, match="resend: 'twice' is not"):
        run(hook, people(), journal=tmp_path / "j", resend="twice")
    leads = tmp_path / "leads.csv"
    leads.write_text("Id\n1\n" * 50)
    with pytest.raises(JournalCorrupt, match=r"leads\.csv"):
        run(hook, people(), journal=leads)
    assert leads.read_text() == "Id\n1\n" * 50
    assert [part.name for part in tmp_path.iterdir()] == ["leads.csv"]
