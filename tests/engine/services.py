"""Services in memory and a clock without waiting, for tests of runs."""

from __future__ import annotations

import asyncio
import heapq
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from nbwebhook.clock import Clock
from nbwebhook.engine.claims import JournalledSupply
from nbwebhook.engine.journal.identity import Identity
from nbwebhook.engine.journal.opening import Connect
from nbwebhook.engine.ledger import KINDS, Ledger
from nbwebhook.engine.resume import Resend
from nbwebhook.render.request import Request
from nbwebhook.transport.base import CallProgress, Response, Timing
from tests.engine.conftest import make_supply

__all__ = [
    "PatientClock",
    "Reply",
    "ScriptedService",
    "answer",
    "copy_crashed",
    "good",
    "journalled_supply",
    "last_outcomes",
    "make_keys",
    "names_in",
    "status",
]

Reply = Response | BaseException

_IDLE_ROUNDS = 50


def answer(
    status_code: int,
    body: bytes = b"",
    headers: Iterable[tuple[bytes, bytes]] = (),
) -> Response:
    """Return a whole response."""
    timing = Timing()
    timing.latency_ms = 1.25
    return Response(status_code, "", tuple(headers), body, timing=timing)


def good(score: int = 7) -> Response:
    """Return a response that updates its lead."""
    return answer(200, b'{"score": %d}' % score)


def status(status_code: int, **headers: str) -> Response:
    """Return an empty response with headers, given as `retry_after="5"`."""
    pairs = [
        (name.replace("_", "-").encode(), value.encode())
        for name, value in headers.items()
    ]
    return answer(status_code, b"", pairs)


class ScriptedService:
    """A transport whose replies a test decides, by the row and the lead's nth call.

    Attributes:
        calls: The row and the time of each call, in order.
        requests: Every request.
        by_row: Calls of each row.
        most_in_flight: The most calls at one time.
        is_closed: Whether it was closed.
    """

    def __init__(
        self,
        reply: Callable[[int, int], Reply],
        clock: Clock,
        *,
        takes_s: float = 0.0,
    ) -> None:
        self.calls: list[tuple[int, float]] = []
        self.requests: list[Request] = []
        self.by_row: Counter[int] = Counter()
        self.most_in_flight = 0
        self.is_closed = False
        self._in_flight = 0
        self._arrived = asyncio.Event()
        self._reply = reply
        self._clock = clock
        self._takes_s = takes_s

    async def send(
        self,
        request: Request,
        deadline_s: float,  # noqa: ARG002 - a transport's own argument
        *,
        progress: CallProgress | None = None,
    ) -> Response:
        """Reply as the test says."""
        row = int(request.target[1:])
        self.by_row[row] += 1
        self.calls.append((row, self._clock.monotonic_s()))
        self.requests.append(request)
        self._arrived.set()
        reply = self._reply(row, self.by_row[row])
        if progress is not None:
            progress.bytes_sent = True
        self._in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self._in_flight)
        try:
            await self._clock.sleep(self._takes_s)
        finally:
            self._in_flight -= 1
        if isinstance(reply, BaseException):
            raise reply
        return reply

    async def aclose(self) -> None:
        """Remember it."""
        self.is_closed = True

    async def until(self, calls: int) -> None:
        """Wait until so many calls have arrived."""
        while len(self.calls) < calls:
            self._arrived.clear()
            await self._arrived.wait()


class PatientClock:
    """Time that moves on when everybody sleeps, to whoever wakes first.

    Unlike a `ManualClock`, many can sleep at once without adding up.
    """

    def __init__(self) -> None:
        self._now_s = 0.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._numbers = count()
        self._driver: asyncio.Task[None] | None = None

    def monotonic_s(self) -> float:
        """Return the seconds that have passed."""
        return self._now_s

    def wall(self) -> datetime:
        """Return a day in 2026 plus those seconds."""
        start = datetime(2026, 1, 1, tzinfo=UTC)
        return datetime.fromtimestamp(start.timestamp() + self._now_s, UTC)

    async def sleep(self, duration_s: float) -> None:
        """Return once so many seconds have passed."""
        waking = asyncio.get_running_loop().create_future()
        due_s = self._now_s + max(duration_s, 0.0)
        heapq.heappush(self._sleepers, (due_s, next(self._numbers), waking))
        if self._driver is None or self._driver.done():
            self._driver = asyncio.ensure_future(self._drive())
        await waking

    async def _drive(self) -> None:
        while self._sleepers:
            for _ in range(_IDLE_ROUNDS):
                await asyncio.sleep(0)
            due_s, _, waking = heapq.heappop(self._sleepers)
            if not waking.done():
                self._now_s = max(self._now_s, due_s)
                waking.set_result(None)


def last_outcomes(ledger: Ledger) -> dict[int, str]:
    """Return each row's outcome: that of its last call."""
    last: dict[int, tuple[int, str]] = {}
    for row, attempt, code in zip(ledger.row, ledger.attempt, ledger.kind, strict=True):
        assert row not in last or last[row][0] != attempt
        last[row] = max(last.get(row, (-1, "")), (attempt, str(KINDS[code])))
    return {row: kind for row, (_, kind) in sorted(last.items())}


def make_keys(leads: int) -> list[str | None]:
    """Return keys that are not the row numbers."""
    return [f"lead-{row}" for row in range(leads)]


def journalled_supply(  # noqa: PLR0913 - what a test may want of one
    path: Path,
    leads: int,
    clock: Clock,
    *,
    method: str = "POST",
    refused: frozenset[int] = frozenset(),
    parts: Mapping[str, str] | None = None,
    resend: Resend | None = None,
    is_idempotent: bool = False,
    connect: Connect = sqlite3.connect,
) -> JournalledSupply:
    """Return a supply of `leads` leads with its journal at `path`."""
    return JournalledSupply(
        path,
        Identity(leads, parts or {}),
        make_keys(leads),
        lambda todo: make_supply(leads, method=method, refused=refused, todo=todo),
        clock,
        resend=resend,
        is_idempotent=is_idempotent,
        connect=connect,
    )


def copy_crashed(path: Path, folder: Path) -> Path:
    """Copy a journal that is in use, as a crash at this moment would leave it.

    The mark first: it may be older than the journal, never newer.
    """
    folder.mkdir(exist_ok=True)
    for tail in ("-mark", "-wal", ""):
        part = path.with_name(path.name + tail)
        if part.exists():
            shutil.copyfile(part, folder / part.name)
    return folder / path.name


def names_in(folder: Path) -> list[str]:
    """Return the names of the files in a folder."""
    return sorted(part.name for part in folder.iterdir())
