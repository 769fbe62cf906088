"""Equal requests sent once, and what their leads get."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pandas as pd

import nbwebhook as nw
from nbwebhook.clock import RealClock
from nbwebhook.definition.webhook import Webhook
from nbwebhook.display.pages import Section
from nbwebhook.engine.plan import RunPlan
from nbwebhook.engine.run import LeadRun
from nbwebhook.engine.supply import JobSource
from nbwebhook.errors import DeadlineExceeded
from nbwebhook.frames.duplicates import count_duplicate_requests
from nbwebhook.frames.prepare import PreparedFrame, prepare
from nbwebhook.frames.result import HasCalls, Result
from nbwebhook.render.request import Request
from nbwebhook.transport.fake import Answer, FakeTransport, make_response

LEADS = pd.DataFrame(
    {
        "Id": ["1", "2", "3", "4", None, "6"],
        "Domain": ["a.test", "b.test", "a.test", "a.test", "a.test", "b.test"],
        "Segment": [None, "small", "big", None, None, None],
    }
)


def _prepared(leads: pd.DataFrame = LEADS) -> PreparedFrame:
    hook = Webhook(
        url="http://127.0.0.1:9/companies?domain={{lead.Domain}}",
        request_type="GET",
        request_token_encoding="Form/Url",
        response_mappings={"segment": "Segment", "seats": "Seats"},
    )
    return prepare(
        hook,
        leads,
        context=None,
        fields={"Seats": "integer"},
        key="Id",
        clock=RealClock(),
    )


def _no_outlook(_: HasCalls) -> Section:
    return Section()


def _answer(request: Request) -> Answer:
    if b"a.test" in request.target:
        return make_response(b'{"segment": "big", "seats": 70}')
    return make_response(b'{"segment": "small"}')


def _run(
    prepared: PreparedFrame,
    supply: JobSource,
    answer: Callable[[Request], Answer] = _answer,
    **limits: int,
) -> tuple[Result, FakeTransport, LeadRun]:
    transport = FakeTransport(answer)
    plan = RunPlan(**({"connections": 2} | limits))  # type: ignore[arg-type]  # by name
    machine = LeadRun(
        supply, lambda: (transport, "fake"), prepared.mapper, plan, RealClock()
    )
    asyncio.run(machine.execute())
    result = Result(prepared, machine, timeout_s=30, outlook=_no_outlook)
    return result, transport, machine


def test_the_forecast_counts_what_is_saved() -> None:
    """Leads without a key are refused anyhow, and do not count."""
    assert count_duplicate_requests(_prepared()) == 3
    assert count_duplicate_requests(_prepared(LEADS.head(2))) == 0


def test_equal_requests_are_sent_once_and_each_lead_has_its_own_outcome() -> None:
    """The answer is mapped onto each lead's own fields; no lead is without outcome."""
    prepared = _prepared()
    result, transport, _ = _run(prepared, prepared.deduped_supply())
    assert sorted(request.target for request in transport.requests) == [
        b"/companies?domain=a.test",
        b"/companies?domain=b.test",
    ]
    calls = result.calls
    assert calls["row"].tolist() == [0, 1, 2, 3, 4, 5]
    assert calls["outcome"].tolist() == [
        *("updated", "no_update", "updated", "updated", "refused", "updated")
    ]
    assert calls["started_at"].notna().tolist() == [True, True, *[False] * 4]
    assert calls["latency_ms"].notna().tolist() == [True, True, *[False] * 4]
    assert calls["status_code"].dropna().tolist() == [200] * 5
    assert calls["reason"].fillna("").tolist()[2] == (
        "answered by the equal request of row 0"
    )
    assert calls["reason"].tolist()[5] == "answered by the equal request of row 1"
    changes = result.changes.set_index(["lead_key", "field"])["outcome"].astype(str)
    assert changes["3", "Segment"] == "unchanged"
    assert changes["4", "Segment"] == changes["6", "Segment"] == "written"
    assert result.updates["Seats"].dropna().tolist() == [70, 70, 70]
    assert result.summary.calls == result.summary.latency.calls == 2
    assert sum(result.summary.outcome_counts().values()) == 6


def test_without_dedupe_every_lead_is_called() -> None:
    """It is off unless asked for."""
    prepared = _prepared()
    _, transport, _ = _run(prepared, prepared.supply())
    assert len(transport.requests) == 5


def test_a_failure_is_shared_too() -> None:
    """Nobody is called because another's call had no answer."""
    prepared = _prepared(LEADS.drop(4))
    late = DeadlineExceeded("wait", bytes_sent=True)
    result, transport, _ = _run(prepared, prepared.deduped_supply(), lambda _: late)
    assert len(transport.requests) == 2
    assert set(result.calls["outcome"]) == {"unknown"}
    assert set(result.calls["error_type"]) == {"DeadlineExceeded"}
    [[_, count]] = result.call_evidence.reasons
    assert count == len(result.calls)


def test_a_delay_is_estimated_from_the_calls_that_were_made() -> None:
    """Leads that got another's answer have no latency, and take no part in it."""
    prepared = _prepared(LEADS.drop(4))
    result, transport, _ = _run(prepared, prepared.deduped_supply())
    estimate = nw.estimate_delay(result, leads=1_000)
    assert len(transport.requests) == 2
    assert len(result.calls) == 5
    assert estimate.sample.calls == 2


def test_leads_that_wait_when_the_run_is_stopped_are_skipped() -> None:
    """Each has its outcome."""
    prepared = _prepared(LEADS.drop(4))
    failing = make_response(b"", 500)
    supply = prepared.deduped_supply()
    result, transport, _ = _run(
        prepared, supply, lambda _: failing, max_failures=1, connections=1
    )
    assert len(transport.requests) == 1
    assert result.calls["outcome"].tolist() == [
        *("failed", "skipped", "failed", "failed", "skipped")
    ]


def test_many_leads_of_one_request_do_not_hold_the_loop() -> None:
    """A thousand of them are answered by one call."""
    leads = pd.DataFrame({"Id": range(1_000), "Domain": "a.test"})
    prepared = _prepared(leads)
    result, transport, _ = _run(prepared, prepared.deduped_supply())
    assert len(transport.requests) == 1
    assert result.summary.updated == 1_000


def test_a_journal_knows_who_got_the_answer_of_another(tmp_path: Path) -> None:
    """The same run again calls nobody, and has every outcome."""
    prepared = _prepared()

    def supply() -> JobSource:
        return prepared.journalled_supply(
            tmp_path / "run.sqlite",
            RealClock(),
            campaign="trigger",
            resend=None,
            is_idempotent=False,
            dedupe=True,
        )

    async def twice() -> list[tuple[int, list[str]]]:
        found = []
        for _ in range(2):
            transport = FakeTransport(_answer)
            machine = LeadRun(
                supply(),
                lambda made=transport: (made, "fake"),  # type: ignore[misc]  # bound now
                prepared.mapper,
                RunPlan(connections=2),
                RealClock(),
            )
            await machine.execute()
            result = Result(prepared, machine, timeout_s=30, outlook=_no_outlook)
            found.append((len(transport.requests), result.calls["outcome"].tolist()))
        return found

    first, second = asyncio.run(twice())
    outcomes = ["updated", "no_update", "updated", "updated", "refused", "updated"]
    assert first == (2, outcomes)
    assert second == (0, outcomes)
