"""Runs with a journal: intents first, outcomes after, and a resumption that repeats nobody."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import closing
from itertools import accumulate
from pathlib import Path

import pytest

from nbwebhook.clock import RealClock
from nbwebhook.definition.urls import Origin
from nbwebhook.engine.calling import keyed_request
from nbwebhook.engine.claims import JournalledSupply
from nbwebhook.engine.journal.identity import Identity
from nbwebhook.engine.ledger import Ledger
from nbwebhook.engine.plan import RunPlan
from nbwebhook.engine.resume import Resend
from nbwebhook.engine.retry import Retry
from nbwebhook.engine.run import LeadRun
from nbwebhook.errors import (
    ConnectFailed,
    ConnectionLost,
    InvalidPlan,
    JournalLocked,
    JournalMismatch,
    StoppedByUser,
)
from nbwebhook.render.request import Request
from nbwebhook.transport.base import CallProgress, Response
from tests.engine.conftest import make_mapper, make_supply
from tests.engine.services import (
    Reply,
    ScriptedService,
    copy_crashed,
    good,
    journalled_supply,
    last_outcomes,
    make_keys,
    names_in,
    status,
)

LOST = ConnectionLost("wait", "reset", bytes_sent=True)
REFUSED = ConnectFailed("connect", "refused", bytes_sent=False)


class Session:
    """One run of a journal, over a service of its own."""

    def __init__(  # noqa: PLR0913 - what a test may want of one
        self,
        path: Path,
        leads: int,
        reply: Callable[[int, int], Reply] = lambda _row, _nth: good(),
        *,
        plan: RunPlan | None = None,
        resend: Resend | None = None,
        is_idempotent: bool = False,
        refused: frozenset[int] = frozenset(),
    ) -> None:
        clock = RealClock()
        self.leads = leads
        self.plan = plan or RunPlan(connections=4)
        self.service = ScriptedService(reply, clock)
        self.supply = journalled_supply(
            path,
            leads,
            clock,
            resend=resend,
            is_idempotent=is_idempotent,
            refused=refused,
        )
        self.run = LeadRun(
            self.supply,
            lambda: (self.service, "scripted"),
            make_mapper(),
            self.plan,
            clock,
        )

    async def play(self) -> Session:
        """Execute the run."""
        await self.run.execute()
        return self

    @property
    def called(self) -> set[int]:
        """The rows that the service has seen."""
        return set(self.service.by_row)

    @property
    def outcomes(self) -> dict[int, str]:
        """Each row's outcome: one a lead, and as the run itself counts them."""
        found = last_outcomes(self.run.ledger)
        assert list(found) == list(range(self.leads))
        counted = {str(kind): n for kind, n in self.run.progress.outcomes.items() if n}
        assert Counter(found.values()) == Counter(counted)
        return found


def rows(outcomes: dict[int, str], *kinds: str) -> set[int]:
    """Return the rows with one of these outcomes."""
    return {row for row, kind in outcomes.items() if kind in kinds}


def told(ledger: Ledger) -> list[str]:
    """Return the calls of a ledger in the order of leads and attempts."""
    columns: Iterable[Iterable[object]] = (
        ledger.row,
        ledger.attempt,
        ledger.kind,
        ledger.status_code,
        ledger.error_type,
        ledger.reason,
        ledger.started_at_s,
        ledger.wait_ms,
        ledger.phases[-1],
    )
    kept = ledger.changes
    [stretch] = kept.stretches(0)
    changes = (kept.rows, kept.fates, stretch.new_values)
    calls, written = zip(*columns, strict=True), zip(*changes, strict=True)
    return [*sorted(map(repr, calls)), *sorted(map(repr, written))]


def query(path: Path, sql: str) -> list[tuple[object, ...]]:
    """Return what SQL says of a closed journal."""
    with closing(sqlite3.connect(path)) as database:
        return database.execute(sql).fetchall()


async def test_a_run_with_a_journal_is_a_run(tmp_path: Path) -> None:
    """Every lead is called once, in order, and one file is left."""
    session = await Session(tmp_path / "j", 100).play()
    assert [row for row, _ in session.service.calls] == list(range(100))
    assert set(session.outcomes.values()) == {"updated"}
    assert session.service.most_in_flight == 4
    assert session.service.is_closed
    assert session.run.progress.state == "finished"
    assert names_in(tmp_path) == ["j"]
    assert query(tmp_path / "j", "SELECT outcome, count(*) FROM lead_outcome GROUP BY 1") == [("updated", 100)]  # fmt: skip


async def test_a_finished_run_returns_its_result_without_a_call(tmp_path: Path) -> None:
    """The same cell again: the same calls, times and values, and no transport at all."""
    script: dict[int, Reply] = {1: status(500), 2: LOST, 3: REFUSED, 4: status(204)}
    reply = lambda row, _nth: script.get(row, good(row))  # noqa: E731 - a script
    refused = frozenset({5})
    first = await Session(tmp_path / "j", 30, reply, refused=refused).play()
    before = (tmp_path / "j").read_bytes()
    second = await Session(tmp_path / "j", 30, reply, refused=refused).play()
    assert second.called == set()
    assert not second.service.is_closed
    assert second.outcomes == first.outcomes
    assert told(second.run.ledger) == told(first.run.ledger)
    assert (tmp_path / "j").read_bytes() == before
    assert second.run.progress.state == "finished"
    assert second.run.progress.elapsed_s >= 0.9 * first.run.progress.elapsed_s
    assert abs((second.run.started_at - first.run.started_at).total_seconds()) < 5.0


async def test_an_empty_list_has_a_journal_too(tmp_path: Path) -> None:
    """No lead, no call, an orderly end."""
    for _ in range(2):
        session = await Session(tmp_path / "j", 0).play()
        assert session.run.progress.state == "finished"
    assert names_in(tmp_path) == ["j"]


class CrashingService(ScriptedService):
    """A service at whose nth call the journal is copied, as a crash would leave it."""

    def __init__(self, path: Path, folder: Path, at: int) -> None:
        super().__init__(self._good_or_crash, RealClock())
        self.crashed = Path()
        self.called_before: set[int] = set()
        self._path, self._folder, self._at = path, folder, at

    def _good_or_crash(self, row: int, _nth: int) -> Reply:
        if len(self.calls) == self._at:
            self.crashed = copy_crashed(self._path, self._folder)
            self.called_before = set(self.by_row)
        return good(row)


async def crash(path: Path, folder: Path, leads: int, at: int) -> tuple[Path, set[int]]:
    """Return the journal as the nth call finds it, and the rows called until then."""
    session = Session(path, leads)
    service = CrashingService(path, folder, at)
    session.service = service
    await session.play()
    return service.crashed, service.called_before


@pytest.mark.parametrize("at", [1, 2, 5, 19, 40, 73, 99, 100])
async def test_after_a_crash_nobody_is_called_twice_or_lost(
    tmp_path: Path, at: int
) -> None:
    """Finished, certainly not sent, or unknown; unknown ones are few, and listed."""
    crashed, before = await crash(tmp_path / "j", tmp_path / "crash", 100, at)
    session = await Session(crashed, 100).play()
    unknown = rows(session.outcomes, "unknown")
    assert len(before) == at
    assert session.called.isdisjoint(before)
    assert session.called | before | unknown == set(range(100))
    assert len(unknown) <= 2 * 4
    assert session.called == set(range(100)) - rows(session.outcomes, "unknown") - (before - unknown)  # fmt: skip
    listed = query(crashed, "SELECT row, lead_key FROM unknown_lead ORDER BY row")
    assert listed == [(row, f"lead-{row}") for row in sorted(unknown)]
    again = await Session(crashed, 100).play()
    assert again.called == set()
    assert again.outcomes == session.outcomes


@pytest.mark.parametrize("at", [3, 50, 97])
async def test_at_least_once_calls_the_unknown_again(tmp_path: Path, at: int) -> None:
    """By the user's word that it does no harm: nobody is lost, one more call at most."""
    crashed, before = await crash(tmp_path / "j", tmp_path / "crash", 100, at)
    session = await Session(crashed, 100, is_idempotent=True).play()
    calls = Counter(before) + session.service.by_row
    assert set(session.outcomes.values()) == {"updated"}
    assert set(calls) == set(range(100))
    assert max(calls.values()) <= 2
    assert len([row for row, n in calls.items() if n == 2]) <= 2 * 4


async def test_a_lead_has_the_same_key_before_and_after_a_crash(tmp_path: Path) -> None:
    """The service can tell that it is the same request."""
    retry = Retry(attempts=1, idempotent=True, idempotency_key_header="Idempotency-Key")
    plan = RunPlan(connections=4, retry=retry)
    first = Session(tmp_path / "j", 40, plan=plan)
    service = CrashingService(tmp_path / "j", tmp_path / "crash", 20)
    first.service = service
    await first.play()
    second = await Session(service.crashed, 40, plan=plan, is_idempotent=True).play()
    keys: dict[bytes, set[bytes]] = {}
    for request in [*service.requests[:20], *second.service.requests]:
        keys.setdefault(request.target, set()).add(
            dict(request.headers)[b"Idempotency-Key"]
        )
    assert len(keys) == 40
    assert {len(found) for found in keys.values()} == {1}


async def test_an_intent_is_on_disk_before_its_first_byte(tmp_path: Path) -> None:
    """At each call, what a crash would leave holds the claim of its lead."""
    path = tmp_path / "j"
    claimed: list[bool] = []

    def reply(row: int, _nth: int) -> Reply:
        crashed = copy_crashed(path, tmp_path / f"crash-{row}")
        with closing(sqlite3.connect(crashed)) as database:
            sql = "SELECT count(*) FROM claim WHERE first_row <= ? AND ? < end_row"
            [(count,)] = database.execute(sql, (row, row))
        claimed.append(count == 1)
        return good()

    await Session(path, 50, reply).play()
    assert claimed == [True] * 50


@pytest.mark.parametrize("connections", [1, 3, 16])
async def test_open_claims_are_never_more_than_twice_the_connections(
    tmp_path: Path, connections: int
) -> None:
    """At every batch, as the journal tells."""
    plan = RunPlan(connections=connections)
    await Session(tmp_path / "j", 200, plan=plan).play()
    claims = query(tmp_path / "j", "SELECT batch, end_row - first_row FROM claim")
    calls = query(tmp_path / "j", "SELECT batch, -count(*) FROM call GROUP BY batch")
    steps = Counter[int]()
    for batch, change in claims + calls:
        steps[int(str(batch))] += int(str(change))
    open_claims = list(accumulate(change for _, change in sorted(steps.items())))
    assert max(open_claims) <= 2 * connections
    assert min(open_claims) == 0


@pytest.mark.parametrize(
    ("resend", "called"),
    [
        pytest.param(None, set(), id="nobody"),
        pytest.param("failed", {1, 3, 5}, id="failed-and-refused"),
        pytest.param("unknown", {2}, id="unknown"),
        pytest.param("all", {1, 2, 3, 5}, id="all"),
    ],
)
async def test_finished_leads_are_called_again_only_as_asked(
    tmp_path: Path, resend: Resend | None, called: set[int]
) -> None:
    """Never one that was answered with 2xx; attempts are counted on."""
    script: dict[int, Reply] = {1: status(500), 2: LOST, 3: REFUSED, 4: status(204)}
    bad = lambda row, _nth: script.get(row, good())  # noqa: E731 - a script
    first = await Session(tmp_path / "j", 12, bad, refused=frozenset({5})).play()
    assert first.outcomes[5] == "refused"
    second = await Session(tmp_path / "j", 12, resend=resend).play()
    assert second.called == called
    assert rows(second.outcomes, "updated") == set(range(12)) - {1, 2, 3, 4, 5} | called
    ledger = second.run.ledger
    attempts = dict(zip(ledger.row, ledger.attempt, strict=True))
    assert {row for row, attempt in attempts.items() if attempt == 2} == called
    third = await Session(tmp_path / "j", 12).play()
    assert third.called == set()
    assert third.outcomes == second.outcomes


async def test_a_lead_called_again_in_a_crash_is_unknown_again(tmp_path: Path) -> None:
    """Resending is claimed like any call."""
    path = tmp_path / "j"
    await Session(path, 10, lambda _row, _nth: status(500)).play()
    session = Session(path, 10, resend="failed")
    service = CrashingService(path, tmp_path / "crash", 5)
    session.service = service
    await session.play()
    after = await Session(service.crashed, 10).play()
    assert after.called == set()
    outcomes = after.outcomes
    assert service.called_before <= rows(outcomes, "unknown", "updated")
    assert rows(outcomes, "unknown", "updated", "failed") == set(range(10))
    assert 1 <= len(rows(outcomes, "unknown")) <= 8


def test_an_unknown_word_for_resend_is_refused(tmp_path: Path) -> None:
    """Before anything is opened."""
    with pytest.raises(InvalidPlan, match="resend: 'everything' is not 'failed', "):
        journalled_supply(tmp_path / "j", 5, RealClock(), resend="everything")  # type: ignore[arg-type]  # wrong on purpose
    assert names_in(tmp_path) == []


async def test_a_stopped_run_goes_on_where_it_was(tmp_path: Path) -> None:
    """Leads skipped by a stop are taken up again, the others are not."""
    first = Session(tmp_path / "j", 60)

    def reply(row: int, _nth: int) -> Reply:
        if row == 20:
            first.run.stop()
        return good()

    first.service = ScriptedService(reply, RealClock())
    await first.play()
    assert isinstance(first.run.stopped_by, StoppedByUser)
    skipped = rows(first.outcomes, "skipped")
    assert 60 - 21 - 4 <= len(skipped) <= 60 - 21
    second = await Session(tmp_path / "j", 60).play()
    assert second.called == skipped
    assert set(second.outcomes.values()) == {"updated"}
    assert names_in(tmp_path) == ["j"]


async def test_leads_cut_off_before_a_byte_was_sent_are_called_again(
    tmp_path: Path,
) -> None:
    """`interrupted` is certainly not sent; one that was sent is `unknown` and stays so."""
    gate = asyncio.Event()

    class Hanging(ScriptedService):
        async def send(
            self,
            request: Request,
            deadline_s: float,  # noqa: ARG002 - a transport's own argument
            *,
            progress: CallProgress | None = None,
        ) -> Response:
            """Send a byte of the first lead's request alone, and hang."""
            row = int(request.target[1:])
            self.by_row[row] += 1
            if progress is not None:
                progress.bytes_sent = row == 0
            if len(self.by_row) == 2:
                gate.set()
            await asyncio.Event().wait()
            raise AssertionError

    first = Session(tmp_path / "j", 30, plan=RunPlan(connections=2))
    first.service = Hanging(lambda _row, _nth: good(), RealClock())
    ending = asyncio.ensure_future(first.play())
    await gate.wait()
    first.run.cut()
    await ending
    assert Counter(first.outcomes.values()) == {"unknown": 1, "interrupted": 1, "skipped": 28}  # fmt: skip
    second = await Session(tmp_path / "j", 30).play()
    assert second.called == set(range(1, 30))
    assert second.outcomes[0] == "unknown"
    assert len(rows(second.outcomes, "updated")) == 29


async def test_a_resumed_run_that_is_stopped_keeps_what_leads_had(
    tmp_path: Path,
) -> None:
    """A failed lead that was to be called again and was not is failed, not skipped."""
    path = tmp_path / "j"
    await Session(path, 30, lambda _row, _nth: status(500)).play()
    session = Session(path, 30, resend="failed", plan=RunPlan(connections=1))
    session.run.stop()
    await session.play()
    assert session.called == set()
    assert set(session.outcomes.values()) == {"failed"}
    assert (await Session(path, 30).play()).outcomes == session.outcomes


async def test_a_cancelled_run_leaves_an_orderly_journal(tmp_path: Path) -> None:
    """Cancellation passes through once all is written, and no thread is left."""
    session = Session(tmp_path / "j", 50)
    started = asyncio.Event()

    def reply(_row: int, _nth: int) -> Reply:
        started.set()
        return good()

    session.service = ScriptedService(reply, RealClock(), takes_s=0.001)
    ending = asyncio.ensure_future(session.play())
    await started.wait()
    ending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await ending
    assert len(session.outcomes) == 50
    assert names_in(tmp_path) == ["j"]
    assert not [t for t in threading.enumerate() if t.name == "nbwebhook-journal"]
    after = await Session(tmp_path / "j", 50).play()
    assert after.called.isdisjoint(
        session.called - rows(session.outcomes, "interrupted")
    )


async def test_repeats_are_claimed_and_survive(tmp_path: Path) -> None:
    """Each attempt has its claim and its row; the outcome is that of the last."""
    retry = Retry(attempts=3, backoff_s=0.001, idempotent=True)
    plan = RunPlan(connections=4, retry=retry)
    bad_twice = lambda _row, nth: status(503) if nth < 3 else good()  # noqa: E731 - a script
    session = await Session(tmp_path / "j", 40, bad_twice, plan=plan).play()
    assert set(session.service.by_row.values()) == {3}
    assert set(session.outcomes.values()) == {"updated"}
    counts = query(
        tmp_path / "j", "SELECT attempt, count(*) FROM call GROUP BY attempt"
    )
    assert counts == [(1, 40), (2, 40), (3, 40)]
    assert query(tmp_path / "j", "SELECT * FROM open_claim") == []
    again = await Session(tmp_path / "j", 40).play()
    assert again.called == set()
    assert told(again.run.ledger) == told(session.run.ledger)


async def test_a_lead_in_the_middle_of_its_repeats_is_no_unknown(
    tmp_path: Path,
) -> None:
    """While it waits it has the outcome of its last attempt, and is not under way."""
    retry = Retry(attempts=2, backoff_s=500.0, max_backoff_s=500.0, max_total_s=999.0)
    plan = RunPlan(connections=2, retry=retry)
    session = Session(tmp_path / "j", 5, plan=plan)
    all_called = asyncio.Event()

    def reply(_row: int, _nth: int) -> Reply:
        if len(session.service.calls) == 5:
            all_called.set()
        return REFUSED

    session.service = ScriptedService(reply, RealClock())
    ending = asyncio.ensure_future(session.play())
    await all_called.wait()
    await asyncio.sleep(0)
    session.run.stop()
    await ending
    assert set(session.outcomes.values()) == {"failed"}
    after = await Session(tmp_path / "j", 5).play()
    assert after.outcomes == session.outcomes
    assert after.called == set()


async def test_connections_can_change_under_a_journal(tmp_path: Path) -> None:
    """The window of claims grows with them."""
    session = Session(tmp_path / "j", 200, plan=RunPlan(connections=1))

    def reply(row: int, _nth: int) -> Reply:
        if row == 10:
            session.run.set_connections(20)
        return good()

    session.service = ScriptedService(reply, RealClock(), takes_s=0.03)
    await session.play()
    assert session.service.most_in_flight > 10
    assert set(session.outcomes.values()) == {"updated"}


async def test_a_second_run_of_the_same_cell_is_turned_away(tmp_path: Path) -> None:
    """While the first one goes on, the second makes no call."""
    session = Session(tmp_path / "j", 20)
    with pytest.raises(JournalLocked, match="open in another run"):
        Session(tmp_path / "j", 20)
    await session.play()
    assert set(session.outcomes.values()) == {"updated"}


async def test_a_run_that_fails_to_start_leaves_an_orderly_journal(
    tmp_path: Path,
) -> None:
    """No transport: the error is the caller's, the journal is closed, nobody claimed."""
    session = Session(tmp_path / "j", 20)

    def no_transport() -> tuple[ScriptedService, str]:
        raise InvalidPlan("transport", "there is none")

    session.run._open_transport = no_transport
    with pytest.raises(InvalidPlan, match="there is none"):
        await session.play()
    assert names_in(tmp_path) == ["j"]
    assert (await Session(tmp_path / "j", 20).play()).called == set(range(20))


def test_a_supply_that_cannot_be_made_leaves_no_lock(tmp_path: Path) -> None:
    """The error is passed on, and the next run gets the journal."""

    def refuse(_todo: bytearray) -> None:
        raise InvalidPlan("leads", "gone")

    clock, keys = RealClock(), make_keys(5)
    asyncio.run(journalled_supply(tmp_path / "j", 5, clock).aclose())
    with pytest.raises(InvalidPlan, match="gone"):
        JournalledSupply(tmp_path / "j", Identity(5, {}), keys, refuse, clock)  # type: ignore[arg-type]  # never returns
    asyncio.run(journalled_supply(tmp_path / "j", 5, clock).aclose())


def test_another_list_is_refused_before_any_call(tmp_path: Path) -> None:
    """A changed number of leads is named."""
    clock = RealClock()
    asyncio.run(journalled_supply(tmp_path / "j", 5, clock).aclose())
    with pytest.raises(
        JournalMismatch, match=r"the number of leads \(5 there, 6 here\)"
    ):
        journalled_supply(tmp_path / "j", 6, clock)
    with pytest.raises(JournalMismatch, match="differs in url"):
        journalled_supply(tmp_path / "j", 5, clock, parts={"url": "2e"})


async def test_a_list_that_runs_short_ends_the_run(tmp_path: Path) -> None:
    """Fewer leads than were announced: those that there are get their outcome."""
    clock = RealClock()
    service = ScriptedService(lambda _row, _nth: good(), clock)
    supply = JournalledSupply(
        tmp_path / "j",
        Identity(30, {}),
        make_keys(30),
        lambda todo: make_supply(20, todo=todo),
        clock,
    )
    run = LeadRun(supply, lambda: (service, "s"), make_mapper(), RunPlan(), clock)
    await run.execute()
    assert set(service.by_row) == set(range(20))
    assert set(last_outcomes(run.ledger).values()) == {"updated"}


async def test_a_webhooks_own_key_header_is_left_as_it_is() -> None:
    """Whatever its case, the definition's header wins."""
    origin = Origin("http", "127.0.0.1", 9)
    own = Request("GET", origin, b"/", ((b"idempotency-key", b"mine"),), None)
    assert keyed_request(own, "Idempotency-Key", "0" * 32, "7") is own


async def test_a_repeat_that_was_claimed_and_not_made_is_withdrawn(
    tmp_path: Path,
) -> None:
    """A stop between the claim and the call leaves no unknown lead behind."""
    retry = Retry(attempts=3, backoff_s=0.0, idempotent=True)
    session = Session(tmp_path / "j", 2, plan=RunPlan(connections=1, retry=retry))
    second, gate = asyncio.Event(), asyncio.Event()

    class Gated(ScriptedService):
        async def send(
            self,
            request: Request,
            deadline_s: float,
            *,
            progress: CallProgress | None = None,
        ) -> Response:
            """Fail the first lead at once, and hold the second at the gate."""
            if request.target == b"/1":
                second.set()
                await gate.wait()
            return await super().send(request, deadline_s, progress=progress)

    replies: dict[int, Reply] = {0: REFUSED, 1: good()}
    session.service = Gated(lambda row, _nth: replies[row], RealClock())
    ending = asyncio.ensure_future(session.play())
    await second.wait()
    while not session.supply._claimed:  # noqa: ASYNC110 - the disk decides
        await asyncio.sleep(0.001)
    session.run.stop()
    gate.set()
    await ending
    assert session.outcomes == {0: "failed", 1: "updated"}
    assert query(tmp_path / "j", "SELECT row FROM open_claim") == []
    withdrawn = query(tmp_path / "j", "SELECT row, outcome FROM call WHERE attempt = 0")
    assert withdrawn == [(0, "skipped")]
    after = await Session(tmp_path / "j", 2).play()
    assert after.outcomes == session.outcomes
