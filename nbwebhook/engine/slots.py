"""Connections as tasks: each takes one lead after another, and waits when there is none."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from nbwebhook.engine.supply import Job

__all__ = ["Slots"]


class Slots:
    """A number of slots that serve leads at once; it may change while they do.

    Args:
        count: How many.
        next_job: Returns the next lead, None where there is none now.
        treat: Serves one lead.
        is_served: Whether no further lead will come.

    Attributes:
        count: How many slots there are to be; fewer are while leads run out.
        busy: Leads that are being served.
    """

    def __init__(
        self,
        count: int,
        *,
        next_job: Callable[[], Job | None],
        treat: Callable[[Job], Awaitable[None]],
        is_served: Callable[[], bool],
    ) -> None:
        self.count = count
        self.busy = 0
        self._next_job = next_job
        self._treat = treat
        self._is_served = is_served
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._idle: deque[asyncio.Future[None]] = deque()
        self._changed = asyncio.Event()
        self._is_stopped = False

    def set_count(self, count: int) -> None:
        """Open more slots, or close some, each with its lead."""
        self.count = count
        self._note_change()

    def stop(self) -> None:
        """Take no further lead; those that are being served go on."""
        self._is_stopped = True
        self._note_change()

    def cut(self) -> None:
        """Stop, and cancel what is being served."""
        self.stop()
        for task in self._tasks.values():
            task.cancel()

    def wake(self, slots: int = 1) -> None:
        """Wake so many idle slots, first those that have waited longest."""
        while slots > 0 and self._idle:
            first = self._idle.popleft()
            if not first.done():
                first.set_result(None)
                slots -= 1

    def _note_change(self) -> None:
        self.wake(len(self._idle))
        self._changed.set()

    async def serve(self, most: int) -> None:
        """Serve until no further lead comes; whatever ends it, no slot is left behind.

        Args:
            most: More slots than this are never of use.
        """
        try:
            self._open(most)
            while self._tasks:
                changed = asyncio.ensure_future(self._changed.wait())
                tasks = [*self._tasks.values(), changed]
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                changed.cancel()
                self._changed.clear()
                self._reap()
                self._open(most)
        except BaseException:
            self.cut()
            await asyncio.gather(*self._tasks.values(), return_exceptions=True)
            raise

    def _open(self, most: int) -> None:
        if self._is_stopped or self._is_served():
            return
        for slot in range(min(self.count, most)):
            if slot not in self._tasks:
                self._tasks[slot] = asyncio.ensure_future(self._serve_slot(slot))

    def _reap(self) -> None:
        for slot, task in list(self._tasks.items()):
            if task.done():
                del self._tasks[slot]
                if not task.cancelled():
                    task.result()

    async def _serve_slot(self, slot: int) -> None:
        while slot < self.count and not self._is_stopped:
            job = self._next_job()
            if job is not None:
                self.busy += 1
                try:
                    await self._treat(job)
                finally:
                    self.busy -= 1
            elif self._is_served():
                break
            else:
                await self._wait()
        # Whoever waits looks whether there is anything left to wait for.
        self.wake(len(self._idle))

    async def _wait(self) -> None:
        """Return once woken; whoever is cancelled after that passes it on."""
        mine = asyncio.get_running_loop().create_future()
        self._idle.append(mine)
        try:
            await mine
        except asyncio.CancelledError:
            if not mine.cancelled():
                self.wake()
            raise
