"""Runs that repeat calls: told by the service's own count of what arrived."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from itertools import pairwise

import pytest

from nbwebhook.engine.breaker import Breaker
from nbwebhook.engine.pacing import Delays
from nbwebhook.engine.plan import RunPlan
from nbwebhook.engine.retry import Retry
from nbwebhook.engine.run import LeadRun
from nbwebhook.errors import (
    CircuitOpen,
    ConnectFailed,
    ConnectionLost,
    StoppedByUser,
    TooManyFailures,
)
from tests.engine.conftest import make_mapper, make_supply
from tests.engine.services import (
    PatientClock,
    Reply,
    ScriptedService,
    good,
    last_outcomes,
    status,
)

REFUSED = ConnectFailed("connect", "refused", bytes_sent=False)
LOST = ConnectionLost("wait", "reset", bytes_sent=True)
THRICE = Retry(attempts=3, idempotent=True)


class Played:
    """A run over a scripted service, on a clock that does not wait."""

    def __init__(
        self,
        reply: Callable[[int, int], Reply],
        leads: int,
        plan: RunPlan,
        *,
        method: str = "GET",
        takes_s: float = 0.0,
    ) -> None:
        self.clock = PatientClock()
        self.service = ScriptedService(reply, self.clock, takes_s=takes_s)
        self.run = LeadRun(
            make_supply(leads, method=method),
            lambda: (self.service, "scripted"),
            make_mapper(),
            plan,
            self.clock,
        )

    async def play(self) -> Played:
        """Execute the run."""
        await self.run.execute()
        return self

    @property
    def outcomes(self) -> dict[int, str]:
        """Each row's outcome, checked against what the run itself counts."""
        found = last_outcomes(self.run.ledger)
        counted = {str(kind): n for kind, n in self.run.progress.outcomes.items()}
        assert Counter(found.values()) == Counter(counted)
        return found


def fails_first(times: int, reply: Reply) -> Callable[[int, int], Reply]:
    """Return a service whose first calls of each lead come to `reply`."""
    return lambda _row, nth: reply if nth <= times else good()


@pytest.mark.parametrize(
    ("method", "retry", "reply", "calls", "outcome"),
    [
        pytest.param("POST", Retry.never(), REFUSED, 1, "failed", id="off"),
        pytest.param("POST", Retry(), REFUSED, 3, "updated", id="post-not-sent"),
        pytest.param("POST", Retry(), LOST, 1, "unknown", id="post-sent"),
        pytest.param("POST", Retry(), status(503), 1, "failed", id="post-503"),
        pytest.param("POST", THRICE, LOST, 3, "updated", id="post-idempotent"),
        pytest.param("POST", THRICE, status(503), 3, "updated", id="post-idempotent-503"),
        pytest.param("GET", Retry(), LOST, 3, "updated", id="get-sent"),
        pytest.param("GET", Retry(), status(503), 3, "updated", id="get-503"),
        pytest.param("GET", Retry(idempotent=False), LOST, 1, "unknown", id="get-that-acts"),
        pytest.param("GET", Retry(), status(404), 1, "failed", id="get-404"),
        pytest.param("GET", Retry(attempts=2), status(503), 2, "failed", id="used-up"),
    ],
)  # fmt: skip
async def test_the_service_sees_as_many_calls_as_the_policy_allows(
    method: str, retry: Retry, reply: Reply, calls: int, outcome: str
) -> None:
    """Two bad replies to each lead: repeated, or not, by what they may have done."""
    plan = RunPlan(connections=4, retry=retry)
    played = await Played(fails_first(2, reply), 25, plan, method=method).play()
    assert set(played.service.by_row.values()) == {calls}
    assert played.outcomes == dict.fromkeys(range(25), outcome)
    assert played.service.most_in_flight <= 4
    assert played.run.progress.state == "finished"


async def test_each_attempt_has_a_row_of_its_own() -> None:
    """Attempts are numbered, and the wait of a repeat is that since the one before."""
    plan = RunPlan(connections=1, retry=Retry(backoff_s=0.0))
    played = await Played(fails_first(2, status(500)), 2, plan, takes_s=1.0).play()
    ledger = played.run.ledger
    rows = sorted(zip(ledger.row, ledger.attempt, ledger.status_code, strict=True))
    assert rows == [(0, 1, 500), (0, 2, 500), (0, 3, 200), (1, 1, 500), (1, 2, 500), (1, 3, 200)]  # fmt: skip
    waits = dict(zip(zip(ledger.row, ledger.attempt, strict=True), ledger.wait_ms, strict=True))  # fmt: skip
    assert waits[0, 1] == 0.0
    assert all(0.0 <= wait_ms <= 6_000.0 for wait_ms in waits.values())


async def test_waits_are_random_between_nothing_and_twice_as_much_each_time() -> None:
    """Full jitter: within bounds, spread, and never above the cap."""
    retry = Retry(attempts=4, backoff_s=8.0, max_backoff_s=20.0, max_total_s=1_000.0)
    plan = RunPlan(connections=50, retry=retry)
    played = await Played(fails_first(9, status(503)), 50, plan).play()
    by_row: dict[int, list[float]] = {}
    for row, at_s in played.service.calls:
        by_row.setdefault(row, []).append(at_s)
    for nth, most_s in enumerate((8.0, 16.0, 20.0), 1):
        waits = sorted(times[nth] - times[nth - 1] for times in by_row.values())
        assert waits[0] >= 0.0
        assert waits[-1] <= most_s
        assert waits[-1] - waits[0] > most_s / 4


async def test_a_waiting_lead_holds_no_connection() -> None:
    """One connection serves all others while the first lead waits."""
    retry = Retry(
        attempts=2, backoff_s=86_400, max_backoff_s=86_400, max_total_s=86_400
    )
    first_fails = lambda row, nth: status(503) if (row, nth) == (0, 1) else good()  # noqa: E731 - a script
    plan = RunPlan(connections=1, retry=retry)
    played = await Played(first_fails, 30, plan).play()
    assert [row for row, _ in played.service.calls] == [*range(30), 0]
    assert set(played.outcomes.values()) == {"updated"}


async def test_no_new_lead_is_begun_while_too_many_wait() -> None:
    """Ten leads a connection wait at most, so that a storm does not pile up requests."""
    retry = Retry(attempts=2, backoff_s=100.0, max_backoff_s=100.0)
    plan = RunPlan(connections=2, retry=retry)
    played = await Played(fails_first(1, status(503)), 90, plan).play()
    seen: set[int] = set()
    most = waiting = 0
    for row, _ in played.service.calls:
        waiting += -1 if row in seen else 1
        seen.add(row)
        most = max(most, waiting)
    assert most <= 2 * 10 + 2
    assert set(played.outcomes.values()) == {"updated"}
    assert set(played.service.by_row.values()) == {2}


async def test_no_attempt_begins_after_the_total_time() -> None:
    """A lead that has been tried for long enough keeps the outcome that it has."""
    retry = Retry(attempts=100, backoff_s=10.0, max_backoff_s=10.0, max_total_s=35.0)
    played = await Played(fails_first(999, status(503)), 5, RunPlan(retry=retry)).play()
    assert max(at_s for _, at_s in played.service.calls) <= 35.0
    assert min(played.service.by_row.values()) >= 3
    assert set(played.outcomes.values()) == {"failed"}


async def test_a_repeat_held_up_beyond_the_total_time_is_not_made() -> None:
    """The pause of another response counts, and no call is made after it."""
    retry = Retry(attempts=3, backoff_s=0.0, max_total_s=60.0)
    reply = status(503, retry_after="300")
    plan = RunPlan(connections=1, retry=retry)
    played = await Played(fails_first(9, reply), 2, plan).play()
    assert played.service.by_row == {0: 1, 1: 1}
    assert played.outcomes == {0: "failed", 1: "failed"}


async def test_a_failure_after_an_unknown_attempt_says_so() -> None:
    """The service may have acted on the first attempt, whatever the last one says."""
    replies = {1: LOST, 2: REFUSED}
    plan = RunPlan(connections=1, retry=Retry(attempts=2, backoff_s=0.0))
    played = await Played(lambda _, nth: replies[nth], 1, plan).play()
    assert played.outcomes == {0: "failed"}
    assert played.run.ledger.reason[-1].endswith(
        "an attempt before may have been acted on"
    )


async def test_a_key_goes_with_every_attempt_of_a_lead() -> None:
    """The same key on each repeat, another for each lead, in the header asked for."""
    retry = Retry(attempts=3, backoff_s=0.0, idempotency_key_header="Idempotency-Key")
    plan = RunPlan(connections=3, retry=retry)
    played = await Played(fails_first(2, status(503)), 9, plan).play()
    keys: dict[bytes, set[bytes]] = {}
    for request in played.service.requests:
        keys.setdefault(request.target, set()).add(
            dict(request.headers)[b"Idempotency-Key"]
        )
    assert [len(found) for found in keys.values()] == [1] * 9
    assert len(set().union(*keys.values())) == 9


async def test_max_failures_counts_leads_and_not_attempts() -> None:
    """Five leads that failed three times each are five failures."""
    plan = RunPlan(connections=1, max_failures=5, retry=Retry(backoff_s=0.0))
    played = await Played(fails_first(9, status(503)), 50, plan).play()
    assert isinstance(played.run.stopped_by, TooManyFailures)
    counts = Counter(played.outcomes.values())
    assert counts["failed"] >= 5
    assert counts["failed"] + counts["skipped"] == 50
    assert played.run.progress.done == 50


async def test_leads_that_wait_keep_their_outcome_when_the_run_is_stopped() -> None:
    """A stop ends the wait at once: what was found so far counts, nothing is lost."""
    retry = Retry(
        attempts=3, backoff_s=5_000.0, max_backoff_s=5_000.0, max_total_s=9_000.0
    )
    plan = RunPlan(connections=2, retry=retry)
    played = Played(fails_first(9, LOST), 10, plan)
    ending = asyncio.ensure_future(played.play())
    await played.service.until(10)
    for _ in range(5):
        await asyncio.sleep(0)
    played.run.stop()
    await ending
    assert played.outcomes == dict.fromkeys(range(10), "unknown")
    assert isinstance(played.run.stopped_by, StoppedByUser)


async def test_a_lead_whose_turn_had_not_come_is_skipped_by_a_stop() -> None:
    """Leads in hand that wait for the rate limit are skipped, each once."""
    plan = RunPlan(connections=3, max_calls_per_s=0.001)
    played = Played(fails_first(0, good()), 7, plan)
    ending = asyncio.ensure_future(played.play())
    await played.service.until(1)
    played.run.stop()
    await ending
    assert Counter(played.outcomes.values()) == {"updated": 1, "skipped": 6}


async def test_a_cut_while_waiting_for_a_turn_accounts_for_every_lead() -> None:
    """Cancellation finds leads in hand, and loses none."""
    plan = RunPlan(connections=3, max_calls_per_s=0.001, retry=THRICE)
    played = Played(fails_first(0, good()), 7, plan)
    ending = asyncio.ensure_future(played.play())
    await played.service.until(1)
    ending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await ending
    assert len(played.outcomes) == 7
    assert played.service.is_closed


@pytest.mark.parametrize("code", [429, 503])
async def test_a_retry_after_pauses_all_connections_without_any_retry(
    code: int,
) -> None:
    """Calls in flight go on, no other starts before the pause is over; time is told."""
    reply = lambda row, _nth: status(code, retry_after="40") if row == 3 else good()  # noqa: E731 - a script
    plan = RunPlan(connections=4)
    played = await Played(reply, 20, plan, takes_s=1.0).play()
    starts = [at_s for _, at_s in played.service.calls]
    assert starts[:4] == [0.0] * 4
    assert all(at_s >= 41.0 for at_s in starts[7:])
    assert Counter(played.outcomes.values()) == {"updated": 19, "failed": 1}
    assert played.run.delays == Delays(holds=1, held_s=40.0)
    throttled = [ms for ms in played.run.ledger.throttle_ms if ms > 0]
    assert throttled
    assert all(ms <= 40_000.0 + 1e-6 for ms in throttled)


async def test_a_storm_of_errors_opens_the_breaker_and_loses_no_lead() -> None:
    """Calls fall to the rate of probes, then the rest is skipped with the reason."""
    breaker = Breaker(failures=5, cooldown_s=30.0, max_probes=4)
    plan = RunPlan(connections=2, breaker=breaker)
    played = await Played(fails_first(9, status(500)), 1_000, plan, takes_s=0.1).play()
    starts = [at_s for _, at_s in played.service.calls]
    assert len([at_s for at_s in starts if at_s < 1.0]) <= 5 + 2
    probes = [at_s for at_s in starts if at_s >= 1.0]
    assert len(probes) == 4
    assert all(b - a >= 30.0 for a, b in pairwise(probes))
    assert isinstance(played.run.stopped_by, CircuitOpen)
    counts = Counter(played.outcomes.values())
    assert counts == {"failed": len(starts), "skipped": 1_000 - len(starts)}
    assert set(played.run.ledger.error_type[len(starts) :]) == {"CircuitOpen"}
    assert played.run.delays.openings == 1
    assert played.run.delays.open_s >= 120.0


async def test_a_service_that_comes_back_is_found_by_a_probe() -> None:
    """An outage costs a streak and its probes; everybody else is updated."""
    clock = PatientClock()
    reply = lambda _row, _nth: good() if clock.monotonic_s() > 70.0 else REFUSED  # noqa: E731 - a script
    plan = RunPlan(connections=4, breaker=Breaker(failures=8, cooldown_s=20.0))
    played = Played(reply, 200, plan)
    played.clock = clock
    played.service = ScriptedService(reply, clock)
    played.run = LeadRun(
        make_supply(200),
        lambda: (played.service, "scripted"),
        make_mapper(),
        plan,
        clock,
    )
    await played.play()
    counts = Counter(played.outcomes.values())
    assert counts["updated"] + counts["failed"] == 200
    assert counts["failed"] <= 8 + 4 + 4
    assert played.run.delays.openings == 1


async def test_refused_leads_pass_an_open_breaker() -> None:
    """A lead that nothing is sent for needs no turn, and is no probe."""
    plan = RunPlan(connections=1, breaker=Breaker(failures=1, cooldown_s=10.0))
    clock = PatientClock()
    service = ScriptedService(fails_first(0, good()), clock)
    run = LeadRun(
        make_supply(6, refused=frozenset({1, 2, 3, 4})),
        lambda: (service, "scripted"),
        make_mapper(),
        plan,
        clock,
    )
    await run.execute()
    assert Counter(last_outcomes(run.ledger).values()) == {"updated": 2, "refused": 4}
