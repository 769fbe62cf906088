"""A coroutine on the package's own loop, waited for from a thread."""

from __future__ import annotations

import asyncio
import threading

import pytest

from nbwebhook.loop import Background, in_kernel, own_loop


def test_there_is_one_loop_in_a_daemon_thread() -> None:
    """The loop is made once and does not keep the process alive."""
    assert own_loop() is own_loop()
    [thread] = [t for t in threading.enumerate() if t.name == "nbwebhook"]
    assert thread.daemon


def test_waiting_ticks_and_returns_what_the_coroutine_returns() -> None:
    """The waiting thread itself is told now and then."""
    loop = own_loop()
    gate = asyncio.Event()
    ticks: list[str] = []

    async def answer() -> int:
        await gate.wait()
        return 42

    def tick() -> None:
        ticks.append(threading.current_thread().name)
        if len(ticks) == 2:
            loop.call_soon_threadsafe(gate.set)

    background = Background(answer(), loop)
    assert background.wait(None, tick) == 42
    assert background.is_done
    assert set(ticks) == {threading.current_thread().name}


def test_a_wait_with_a_limit_ends_and_the_coroutine_goes_on() -> None:
    """TimeoutError says so, and a later wait gets the value."""
    gate = asyncio.Event()

    async def answer() -> str:
        await gate.wait()
        return "late"

    background = Background(answer(), own_loop())
    with pytest.raises(TimeoutError, match="goes on"):
        background.wait(0.02, lambda: None)
    assert not background.is_done
    background.call(gate.set)
    assert background.wait(5, lambda: None) == "late"


def test_a_timeout_of_the_coroutine_is_its_own() -> None:
    """A TimeoutError raised inside is not taken for the end of the wait."""

    async def fail() -> None:
        raise TimeoutError("inside")

    with pytest.raises(TimeoutError, match="inside"):
        Background(fail(), own_loop()).wait(5, lambda: None)


async def test_it_can_be_awaited_from_another_loop() -> None:
    """`await` works on the caller's loop while the work is on the package's."""

    async def where() -> asyncio.AbstractEventLoop:
        return asyncio.get_running_loop()

    assert await Background(where(), own_loop()) is own_loop()
    assert asyncio.get_running_loop() is not own_loop()


def test_a_test_is_no_kernel() -> None:
    """Outside Jupyter nobody swallows a cancellation."""
    assert not in_kernel()
