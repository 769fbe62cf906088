"""What the panel does beside the kernel's own thread, so that no click waits for it.

```text
click ──▶ Work.submit(function, then, fail) ──▶ worker thread ──▶ then(value) on our loop
key   ──▶ AtRest.touch() ──▶ our loop, once nothing was typed for a while
```

Nothing here prints or displays: traits are set, and their views follow.
"""

from __future__ import annotations

import asyncio
import concurrent.futures as cf
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from nbwebhook.errors import NbWebhookError, NotTrusted
from nbwebhook.loop import own_loop

__all__ = ["AtRest", "Work", "told"]

T = TypeVar("T")

_REST_S = 0.3


def told(error: Exception) -> str:
    """Return an error as one sentence for a reader of the panel.

    An error that is not ours is named by its kind only: its text may hold a value.
    """
    if isinstance(error, NotTrusted):
        return "nothing was sent: say first that you trust the definition, above"
    if isinstance(error, NbWebhookError):
        return error.sentence
    return f"this did not work ({type(error).__name__}); please report it"


class Work:
    """All that goes on for one panel, so that it can be waited for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pending: set[cf.Future[None]] = set()

    def follow(self, coro: Coroutine[Any, Any, None]) -> None:
        """Run a coroutine on the package's loop."""
        future = asyncio.run_coroutine_threadsafe(coro, own_loop())
        with self._lock:
            self._pending.add(future)
        future.add_done_callback(self._forget)

    def submit(
        self,
        function: Callable[[], T],
        then: Callable[[T], None],
        fail: Callable[[str], None],
    ) -> None:
        """Run `function` in a thread, then hand on its value, or what went wrong."""
        self.follow(_carry_out(function, then, fail))

    def settle(self, timeout_s: float = 30.0) -> None:
        """Wait until nothing goes on any more; for scripts and tests.

        Raises:
            TimeoutError: It still does after `timeout_s`.
        """
        while pending := self._snapshot():
            _, late = cf.wait(pending, timeout_s)
            if late:
                message = f"still at work after {timeout_s} s"
                raise TimeoutError(message)
            for future in pending:
                future.result()

    def _snapshot(self) -> set[cf.Future[None]]:
        with self._lock:
            return set(self._pending)

    def _forget(self, future: cf.Future[None]) -> None:
        with self._lock:
            self._pending.discard(future)


async def _carry_out(
    function: Callable[[], T], then: Callable[[T], None], fail: Callable[[str], None]
) -> None:
    try:
        value = await asyncio.to_thread(function)
    except Exception as error:  # noqa: BLE001 - the panel's one boundary: it is shown
        fail(told(error))
    else:
        then(value)


class AtRest:
    """Calls a function once nothing has happened for a while.

    Args:
        work: What it belongs to.
        function: A quick function.
        rest_s: How long the rest is; None is long enough for somebody who types.
    """

    def __init__(
        self, work: Work, function: Callable[[], None], *, rest_s: float | None = None
    ) -> None:
        self._work = work
        self._function = function
        self._rest_s = _REST_S if rest_s is None else rest_s
        self._touched = 0

    def touch(self) -> None:
        """Say that something has happened."""
        self._touched += 1
        self._work.follow(self._wait(self._touched))

    async def _wait(self, touched: int) -> None:
        await asyncio.sleep(self._rest_s)
        if touched == self._touched:
            self._function()
