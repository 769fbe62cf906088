"""The scheduler's part: boards of the runs, asked by workers and by the notebook.

It is installed with the first run and stays. What it knows of a run, secrets included, is
kept in the scheduler's memory alone, and only as long as the run is open.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from distributed import SchedulerPlugin

from nbwebhook.scale.board import Board
from nbwebhook.scale.wire import SILENCE_S, Look, Orders, Report, Terms

__all__ = ["PREFIX", "BoardPlugin", "longest_wait_s"]

PREFIX = "nbwebhook_"
"""How the names of the scheduler's handlers begin."""

_WAIT_S = 0.5
_REPORTS_PER_S = 200
_CLOSED = ("PartitionStopped", -1, "the run is closed")


def longest_wait_s(attempts: int) -> float:
    """Return how long a report may wait for news: the more attempts, the longer.

    All of them together then send a bounded number of reports a second.

    Example:
        >>> longest_wait_s(4), longest_wait_s(200)
        (0.5, 1.0)
    """
    return min(max(_WAIT_S, attempts / _REPORTS_PER_S), SILENCE_S / 2)


class _Open:
    """A run that is open."""

    def __init__(self, board: Board, client: str, secrets: Mapping[str, str]) -> None:
        self.board = board
        self.client = client
        self.secrets = dict(secrets)
        self._changed = asyncio.Event()
        self._version = 0

    def tell(self) -> None:
        """Wake whoever waits for news, if there may be any."""
        if self._version != self.board.version:
            self._version = self.board.version
            self._changed.set()
            self._changed = asyncio.Event()

    async def wait(self, duration_s: float) -> None:
        """Return when there may be news, or after so long."""
        try:
            async with asyncio.timeout(duration_s):
                await self._changed.wait()
        except TimeoutError:
            pass


class BoardPlugin(SchedulerPlugin):
    """Answers workers and notebooks; each of `_HANDLERS` by a message."""

    name = "nbwebhook"
    idempotent = True
    _HANDLERS = ("open", "close", "look", "steer", "report", "leave", "secrets")

    def __init__(self) -> None:
        self._runs: dict[str, _Open] = {}

    async def start(self, scheduler: Any) -> None:  # noqa: ANN401 - Dask's own type
        """Begin to answer."""
        for name in self._HANDLERS:
            scheduler.handlers[f"{PREFIX}{name}"] = getattr(self, f"take_{name}")

    def remove_client(self, scheduler: Any, client: str) -> None:  # noqa: ANN401, ARG002 - Dask's signature
        """Stop the runs of a notebook that is gone."""
        for run in self._runs.values():
            if run.client == client:
                run.board.stop(("StoppedByUser",))
                run.tell()

    def take_open(
        self, run: str, client: str, terms: dict[str, Any], secrets: dict[str, str]
    ) -> None:
        """Open a run."""
        self._runs[run] = _Open(Board(Terms.from_facts(terms)), client, secrets)

    def take_close(self, run: str) -> None:
        """Forget a run."""
        known = self._runs.pop(run, None)
        if known is not None:
            known.board.stop(_CLOSED)
            known.tell()

    def take_look(self, run: str) -> dict[str, Any]:
        """Return how far a run is; one that is not open is stopping."""
        known = self._runs.get(run)
        if known is None:
            return Look(state="stopping", connections=1, reason=_CLOSED).to_facts()
        looked = known.board.look(time.monotonic()).to_facts()
        known.tell()
        return looked

    def take_steer(self, run: str, what: str, value: int | None = None) -> None:
        """Do what the user asks for: `pause`, `resume`, `stop`, `cut`, `connections`."""
        known = self._runs.get(run)
        if known is None:
            return
        board = known.board
        if what == "connections" and value is not None:
            board.set_connections(value)
        elif what == "pause":
            board.pause()
        elif what == "resume":
            board.resume()
        elif what == "cut":
            board.cut()
        else:
            board.stop(("StoppedByUser",))
        known.tell()

    async def take_report(
        self, run: str, name: str, partition: int, told: dict[str, Any], *, wait: bool
    ) -> dict[str, Any]:
        """Take a report; answer at once if there are news for it, else when there are."""
        known = self._runs.get(run)
        if known is None:
            return asdict(Orders("stop", reason=_CLOSED))
        report = Report.from_facts(told)
        board = known.board
        board.report(name, partition, report, time.monotonic())
        until_s = time.monotonic() + (longest_wait_s(board.attempts) if wait else 0.0)
        while True:
            now_s = time.monotonic()
            orders = board.orders(name, now_s)
            known.tell()
            if orders.are_news(report) or now_s >= until_s:
                return asdict(orders)
            await known.wait(until_s - now_s)

    def take_leave(
        self,
        run: str,
        name: str,
        partition: int,
        told: dict[str, Any],
        *,
        reason: tuple[Any, ...],
    ) -> None:
        """Take an attempt's last report, and let it go."""
        known = self._runs.get(run)
        if known is not None:
            last = Report.from_facts(told)
            known.board.leave(name, partition, last, tuple(reason))
            known.tell()

    def take_secrets(self, run: str) -> dict[str, str]:
        """Return the secrets that the notebook has given to a run."""
        known = self._runs.get(run)
        return {} if known is None else known.secrets
