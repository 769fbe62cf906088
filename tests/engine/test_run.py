"""A run: every lead in has one outcome out, whatever happens on the way."""

from __future__ import annotations

import asyncio
from collections import Counter
from math import isnan

import pytest

from nbwebhook.engine.ledger import KINDS
from nbwebhook.engine.plan import RunPlan
from nbwebhook.engine.run import LeadRun
from nbwebhook.errors import ConnectFailed, ConnectionLost, StoppedByUser
from nbwebhook.render.request import Request
from nbwebhook.transport.base import CallProgress, Response, Timing
from tests.engine.conftest import MakeRun
from tests.engine.services import PatientClock


def answer(score: int = 7) -> Response:
    """Return a good response."""
    return Response(200, "OK", (), b'{"score": %d}' % score, timing=Timing())


class Service:
    """A transport that counts and answers when its gate is open."""

    def __init__(self, replies: dict[int, object] | None = None) -> None:
        self.replies = replies or {}
        self.seen: list[int] = []
        self.in_flight = self.max_in_flight = 0
        self.at_arrival: list[int] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.arrived = asyncio.Condition()
        self.is_closed = False
        self.is_idle = asyncio.Event()

    async def send(
        self,
        request: Request,
        deadline_s: float,  # noqa: ARG002 - a transport's own argument
        *,
        progress: CallProgress | None = None,
    ) -> Response:
        """Answer once the gate is open."""
        row = int(request.target[1:])
        self.seen.append(row)
        self.in_flight += 1
        self.at_arrival.append(self.in_flight)
        self.max_in_flight = max(self.max_in_flight, self.in_flight)
        try:
            async with self.arrived:
                self.arrived.notify_all()
            if progress is not None:
                progress.bytes_sent = True
            await asyncio.sleep(0)
            await self.gate.wait()
        finally:
            self.in_flight -= 1
            self.is_idle.set() if self.in_flight == 0 else self.is_idle.clear()
        reply = self.replies.get(row, answer())
        if isinstance(reply, Exception):
            raise reply
        assert isinstance(reply, Response)
        return reply

    async def aclose(self) -> None:
        """Remember it."""
        self.is_closed = True

    async def until_idle(self) -> None:
        """Wait until no call is under way and its outcome has been taken down."""
        await self.is_idle.wait()
        await asyncio.sleep(0)

    async def until(self, calls: int) -> None:
        """Wait until so many calls have arrived."""
        async with self.arrived:
            await self.arrived.wait_for(lambda: len(self.seen) >= calls)


def outcomes(run: LeadRun) -> dict[int, str]:
    """Return the outcome of each row; a row that has two fails."""
    kinds = (str(KINDS[code]) for code in run.ledger.kind)
    found = dict(zip(run.ledger.row, kinds, strict=True))
    assert len(found) == len(run.ledger)
    return found


async def test_each_lead_is_called_once_and_in_order(make_run: MakeRun) -> None:
    """All leads are called once, started in their order, never more at once."""
    service = Service()
    run = make_run(service, 50)
    await run.execute()
    assert service.seen == list(range(50))
    assert service.max_in_flight == 4
    assert outcomes(run) == dict.fromkeys(range(50), "updated")
    assert service.is_closed
    assert run.progress.state == "finished"
    assert run.progress.done == run.progress.total == 50


async def test_errors_of_leads_become_outcomes_and_the_run_goes_on(
    make_run: MakeRun,
) -> None:
    """Refusals, failures, losses and surprises each have their outcome."""
    service = Service(
        {
            3: ConnectFailed("connect", "refused", bytes_sent=False),
            4: ConnectionLost("wait", "reset", bytes_sent=True),
            5: RuntimeError("a plugged-in transport's own error"),
            6: Response(500, "Server Error", (), b"", timing=Timing()),
            7: Response(204, "No Content", (), b"", timing=Timing()),
        }
    )
    run = make_run(service, 10, refused=frozenset({1}), keyless=frozenset({2}))
    await run.execute()
    assert outcomes(run) == {
        0: "updated",
        1: "refused",
        2: "refused",
        3: "failed",
        4: "unknown",
        5: "unknown",
        6: "failed",
        7: "no_update",
        8: "updated",
        9: "updated",
    }
    assert sorted(service.seen) == [0, 3, 4, 5, 6, 7, 8, 9]
    by_row = dict(zip(run.ledger.row, run.ledger.error_type, strict=True))
    assert by_row[2] == "MissingKey"
    assert by_row[4] == "ConnectionLost"
    assert by_row[5] == "RuntimeError"
    assert by_row[6] == "Server Error"


async def test_no_lead_at_all_is_a_finished_run(make_run: MakeRun) -> None:
    """An empty list ends at once with no outcome."""
    run = make_run(Service(), 0)
    await run.execute()
    assert len(run.ledger) == 0
    assert run.progress.state == "finished"


async def test_a_batch_campaign_sends_nothing(make_run: MakeRun) -> None:
    """Marketo's error 1000 for every lead, and no call."""
    service = Service()
    run = make_run(service, 9, is_batch=True)
    await run.execute()
    assert service.seen == []
    assert set(outcomes(run).values()) == {"refused"}
    assert set(run.ledger.error_code) == {1000}


async def test_stop_lets_calls_in_flight_settle_and_skips_the_rest(
    make_run: MakeRun,
) -> None:
    """After a stop the calls in flight end as they would have, the rest is skipped."""
    service = Service()
    service.gate.clear()
    run = make_run(service, 30)
    ending = asyncio.ensure_future(run.execute())
    await service.until(4)
    run.stop()
    states: list[str] = [run.progress.state]
    service.gate.set()
    await ending
    states.append(run.progress.state)
    assert states == ["stopping", "stopped"]
    assert Counter(outcomes(run).values()) == {"updated": 4, "skipped": 26}
    assert isinstance(run.stopped_by, StoppedByUser)


async def test_cut_makes_calls_in_flight_unknown(make_run: MakeRun) -> None:
    """Calls that were cut after a byte was sent may have been acted on."""
    service = Service()
    service.gate.clear()
    run = make_run(service, 30)
    ending = asyncio.ensure_future(run.execute())
    await service.until(4)
    run.cut()
    await ending
    assert Counter(outcomes(run).values()) == {"unknown": 4, "skipped": 26}
    assert service.in_flight == 0


async def test_a_cancelled_run_accounts_for_every_lead(make_run: MakeRun) -> None:
    """Cancellation passes through, and no lead is lost by it."""
    service = Service()
    service.gate.clear()
    run = make_run(service, 12)
    ending = asyncio.ensure_future(run.execute())
    await service.until(4)
    ending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await ending
    assert Counter(outcomes(run).values()) == {"unknown": 4, "skipped": 8}
    assert service.is_closed


async def test_pause_holds_new_calls_and_resume_lets_them_go(
    make_run: MakeRun,
) -> None:
    """While paused no further call starts; the time is told as throttling."""
    service = Service()
    service.gate.clear()
    run = make_run(service, 12)
    ending = asyncio.ensure_future(run.execute())
    await service.until(4)
    run.pause()
    service.gate.set()
    await service.until_idle()
    assert len(service.seen) == 4
    assert run.progress.state == "paused"
    run.resume()
    await ending
    assert sorted(service.seen) == list(range(12))
    throttle = dict(zip(run.ledger.row, run.ledger.throttle_ms, strict=True))
    assert throttle[0] == 0.0
    assert sum(value > 0 for value in throttle.values()) == 4


async def test_connections_change_while_the_run_goes_on(make_run: MakeRun) -> None:
    """More connections open at once; fewer close with their call."""
    service = Service()
    service.gate.clear()
    run = make_run(service, 40)
    ending = asyncio.ensure_future(run.execute())
    await service.until(4)
    run.set_connections(10)
    await service.until(10)
    assert service.in_flight == 10
    run.set_connections(2)
    service.gate.set()
    await ending
    assert sorted(service.seen) == list(range(40))
    assert max(service.at_arrival[20:]) <= 2
    assert set(outcomes(run).values()) == {"updated"}


async def test_a_ramp_opens_connections_one_by_one(make_run: MakeRun) -> None:
    """The calls at once rise evenly to the plan's number; no lead is lost over it."""
    service = Service()
    service.gate.clear()
    clock = PatientClock()
    run = make_run(service, 12, plan=RunPlan(4, ramp_up_s=30.0), clock=clock)
    ending = asyncio.ensure_future(run.execute())
    seen: list[tuple[int, int]] = []
    for _ in range(4):
        await service.until(len(seen) + 1)
        seen.append((round(clock.monotonic_s()), run.connections))
        if len(seen) < 4:
            await clock.sleep(10.0)
    service.gate.set()
    await ending
    assert seen == [(0, 1), (10, 2), (20, 3), (30, 4)]
    assert sorted(service.seen) == list(range(12))


async def test_connections_set_by_hand_end_the_ramp(make_run: MakeRun) -> None:
    """What the user sets while the run warms up stays."""
    service = Service()
    service.gate.clear()
    clock = PatientClock()
    run = make_run(service, 12, plan=RunPlan(8, ramp_up_s=70.0), clock=clock)
    ending = asyncio.ensure_future(run.execute())
    await service.until(1)
    run.set_connections(3)
    await service.until(3)
    await clock.sleep(100.0)
    service.gate.set()
    await ending
    assert run.connections == 3
    assert max(service.at_arrival) <= 3


async def test_max_failures_stops_the_run(make_run: MakeRun) -> None:
    """At the limit no further lead is tried, and each says why."""
    service = Service(
        {row: Response(500, "", (), b"", timing=Timing()) for row in range(100)}
    )
    run = make_run(service, 100, plan=RunPlan(connections=1, max_failures=5))
    await run.execute()
    assert Counter(outcomes(run).values()) == {"failed": 5, "skipped": 95}
    assert run.ledger.reason[-1].startswith("5 leads failed, max_failures is 5")


async def test_a_lead_that_was_not_called_has_no_times(make_run: MakeRun) -> None:
    """Phases, waits and the start are NaN where there was no call."""
    run = make_run(Service(), 1, refused=frozenset({0}))
    await run.execute()
    ledger = run.ledger
    assert isnan(ledger.started_at_s[0])
    assert isnan(ledger.wait_ms[0])
    assert all(isnan(phase[0]) for phase in ledger.phases)
