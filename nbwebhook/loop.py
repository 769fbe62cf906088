"""Runs a coroutine from a cell, a script or a thread.

```text
caller's thread            own thread "nbwebhook"
  Background(coro) ──────▶ one selector loop, made on first use
  .wait(tick) ◀─ 10 Hz ──┘ nothing is patched
```

The loop lives in a daemon thread of its own, so a run goes on when its cell has returned
and a running notebook loop is no obstacle. With `loop="running"` the caller's own loop
is used; a blocking wait then needs nest-asyncio2, whose patch is applied only here.
"""

from __future__ import annotations

import asyncio
import concurrent.futures as cf
import os
import sys
import threading
from collections.abc import Callable, Coroutine, Generator
from typing import Any, Generic, TypeVar

__all__ = ["Background", "in_kernel", "own_loop", "running_loop"]

T = TypeVar("T")

_TICK_S = 0.1
_lock = threading.Lock()
_own: tuple[int, threading.Thread, asyncio.AbstractEventLoop] | None = None


def _new_loop() -> asyncio.AbstractEventLoop:
    try:
        import uvloop  # noqa: PLC0415 - the extra `fast`, loaded on first use
    except ImportError:
        return asyncio.SelectorEventLoop()
    return uvloop.new_event_loop()


def own_loop() -> asyncio.AbstractEventLoop:
    """Return the package's own running loop; its thread starts on first use.

    A process made by a fork gets a loop of its own.
    """
    global _own  # noqa: PLW0603 - one loop a process is the point
    with _lock:
        if _own and _own[0] == os.getpid() and _own[1].is_alive():
            return _own[2]
        loop = _new_loop()
        ready = threading.Event()

        def main() -> None:
            asyncio.set_event_loop(loop)
            loop.call_soon(ready.set)
            loop.run_forever()

        thread = threading.Thread(target=main, name="nbwebhook", daemon=True)
        thread.start()
        ready.wait()
        _own = (os.getpid(), thread, loop)
        return loop


def running_loop() -> asyncio.AbstractEventLoop:
    """Return the loop that runs in the caller's thread.

    Raises:
        RuntimeError: None runs.
    """
    return asyncio.get_running_loop()


def in_kernel() -> bool:
    """Return whether this process is a Jupyter kernel."""
    kernel = sys.modules.get("ipykernel.kernelapp")
    return kernel is not None and kernel.IPKernelApp.initialized()


class Background(Generic[T]):
    """A coroutine on a loop, to be waited for from anywhere.

    Args:
        coro: What to run.
        loop: Where; a loop that runs, in this thread or in another.
    """

    def __init__(
        self, coro: Coroutine[Any, Any, T], loop: asyncio.AbstractEventLoop
    ) -> None:
        self.loop = loop
        self._future = asyncio.run_coroutine_threadsafe(coro, loop)

    @property
    def is_done(self) -> bool:
        """Whether it has ended."""
        return self._future.done()

    def call(self, function: Callable[[], None]) -> None:
        """Have `function` called on the loop; safe from any thread."""
        self.loop.call_soon_threadsafe(function)

    def wait(self, timeout_s: float | None, tick: Callable[[], None]) -> T:
        """Return what the coroutine returns; `tick` is called at 10 Hz meanwhile.

        Short waits, so that an interrupt of the kernel or Ctrl-C is seen at once.

        Raises:
            TimeoutError: It has not ended after `timeout_s`; it goes on.
        """
        if _is_running_here(self.loop):
            return self._wait_nested(timeout_s, tick)
        left_s = timeout_s
        while True:
            step_s = _TICK_S if left_s is None else min(_TICK_S, max(left_s, 0.0))
            try:
                return self._future.result(step_s)
            except cf.TimeoutError:
                if self._future.done():
                    raise
            tick()
            if left_s is not None:
                left_s -= step_s
                if left_s <= 0:
                    message = f"not finished after {timeout_s} s; it goes on"
                    raise TimeoutError(message)

    def _wait_nested(self, timeout_s: float | None, tick: Callable[[], None]) -> T:
        import nest_asyncio2  # noqa: PLC0415 - patches asyncio: only on request

        nest_asyncio2.apply(self.loop)
        waiting = self._ticking(tick)
        if timeout_s is not None:
            waiting = asyncio.wait_for(waiting, timeout_s)
        return self.loop.run_until_complete(waiting)

    async def _ticking(self, tick: Callable[[], None]) -> T:
        """Wait at 10 Hz: an interrupt of ipykernel does not wake an idle loop."""
        while not self._future.done():
            await asyncio.sleep(_TICK_S)
            tick()
        return self._future.result()

    def __await__(self) -> Generator[Any, None, T]:
        return self._ticking(lambda: None).__await__()


def _is_running_here(loop: asyncio.AbstractEventLoop) -> bool:
    try:
        return asyncio.get_running_loop() is loop
    except RuntimeError:
        return False
