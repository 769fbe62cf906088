"""Slots: as many as asked for, woken as work comes in, none left behind."""

from __future__ import annotations

import asyncio
from collections import deque

import pytest

from nbwebhook.engine.slots import Slots
from nbwebhook.engine.supply import Job
from nbwebhook.errors import MissingKey


def job(row: int) -> Job:
    """Return a lead."""
    return Job(row, MissingKey("Id"), ())


class Desk:
    """Hands out what it is given, until it is closed."""

    def __init__(self, count: int) -> None:
        self.jobs: deque[Job] = deque()
        self.is_closed = False
        self.treated: list[int] = []
        self.slots = Slots(
            count,
            next_job=lambda: self.jobs.popleft() if self.jobs else None,
            treat=self.treat,
            is_served=lambda: self.is_closed and not self.jobs,
        )

    async def treat(self, job: Job) -> None:
        """Serve a lead, or fail at the thirteenth."""
        await asyncio.sleep(0)
        if job.row == 13:
            raise RuntimeError("a defect of ours")
        self.treated.append(job.row)

    async def idle(self) -> asyncio.Task[None]:
        """Start to serve, and return when every slot is idle."""
        serving = asyncio.ensure_future(self.slots.serve(99))
        for _ in range(10):
            await asyncio.sleep(0)
        return serving

    def give(self, *rows: int) -> None:
        """Hand in leads and wake as many slots."""
        self.jobs.extend(job(row) for row in rows)
        self.slots.wake(len(rows))


async def test_idle_slots_wake_for_work_and_end_when_there_is_none_left() -> None:
    """Waiting costs nothing, and nobody waits for ever."""
    desk = Desk(3)
    serving = await desk.idle()
    desk.give(1, 2, 3, 4, 5)
    for _ in range(10):
        await asyncio.sleep(0)
    assert sorted(desk.treated) == [1, 2, 3, 4, 5]
    assert not serving.done()
    desk.is_closed = True
    desk.slots.wake()
    await serving


async def test_a_slot_cut_off_as_it_was_woken_passes_that_on() -> None:
    """A lead that came in is served by another slot."""
    desk = Desk(2)
    serving = await desk.idle()
    first = desk.slots._tasks[0]
    desk.give(7)
    first.cancel()
    for _ in range(10):
        await asyncio.sleep(0)
    assert desk.treated == [7]
    desk.slots.cut()
    await serving


async def test_a_slot_cut_off_before_it_was_woken_is_passed_over() -> None:
    """Waking finds one that is still there."""
    desk = Desk(2)
    serving = await desk.idle()
    desk.slots._tasks[0].cancel()
    desk.give(7)
    for _ in range(10):
        await asyncio.sleep(0)
    assert desk.treated == [7]
    desk.slots.cut()
    await serving


async def test_a_defect_ends_all_slots_and_is_told() -> None:
    """No slot goes on behind a run that has failed."""
    desk = Desk(4)
    serving = await desk.idle()
    desk.give(13)
    with pytest.raises(RuntimeError, match="a defect of ours"):
        await serving
    assert desk.slots.busy == 0
    assert all(task.done() for task in desk.slots._tasks.values())
