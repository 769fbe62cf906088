"""When the next call may start: one authority a run, with one clock.

```text
user's pause ─┐
Retry-After  ─┤
breaker      ─┼─▶ all of them let go ─▶ the rate's next slot ─▶ one call starts
loan's end   ─┤
run's end    ─┘   (lets everybody go)
```

Each reason to wait is kept apart, so that the end of one cannot lift another.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from math import inf
from typing import Any

from nbwebhook.clock import Clock
from nbwebhook.engine.breaker import Breaker, Circuit, has_failed
from nbwebhook.engine.calling import CallEnd
from nbwebhook.engine.rate import Rate
from nbwebhook.engine.retry_after import asked_pause_s
from nbwebhook.errors import CircuitOpen

__all__ = ["Delays", "Pacing"]

_SHORT_S = 0.05


@dataclass(frozen=True, slots=True)
class Delays:
    """What has held a run up so far; seconds of its running time, not of each call.

    Attributes:
        holds: How often the service asked for a pause: Retry-After, RateLimit.
        held_s: How long those pauses were, together.
        paused_s: How long the user paused it.
        openings: How often the breaker opened.
        open_s: How long it was open.
    """

    holds: int = 0
    held_s: float = 0.0
    paused_s: float = 0.0
    openings: int = 0
    open_s: float = 0.0


class Pacing:
    """The one authority that lets calls start.

    Calls are spaced evenly: no second holds more of them than the rate, and there is no
    burst at the start. All calls of a run go to one origin, so a pause that one response
    asks for holds all of them.

    Args:
        clock: Time.
        max_calls_per_s: The rate; None for no limit.
        breaker: When a failing service is left alone; None for never.
    """

    def __init__(
        self,
        clock: Clock,
        max_calls_per_s: float | None,
        breaker: Breaker | None = None,
    ) -> None:
        self._clock = clock
        self._rate = Rate(max_calls_per_s) if max_calls_per_s else None
        self._held_until_s = -inf
        self._lent_until_s = inf
        self._paused_at_s: float | None = None
        self._circuit = Circuit(breaker) if breaker else None
        self._opened_s = 0.0
        self._is_released = False
        self._turn = asyncio.Lock()
        self._changed = asyncio.Event()
        self._holds, self._held_s, self._paused_s, self._open_s = 0, 0.0, 0.0, 0.0
        self._is_free = self._rate is None

    @property
    def max_calls_per_s(self) -> float | None:
        """The rate as it stands now; None for no limit."""
        return self._rate.calls_per_s if self._rate else None

    @property
    def is_paused(self) -> bool:
        """Whether the user holds new calls back."""
        return self._paused_at_s is not None

    @property
    def lets_through(self) -> bool:
        """Whether a call may start now, without asking `wait_turn`."""
        return self._is_free

    @property
    def hold_left_s(self) -> float:
        """How long the service's own pause still lasts."""
        return max(self._held_until_s - self._clock.monotonic_s(), 0.0)

    @property
    def delays(self) -> Delays:
        """What has held the run up so far."""
        now_s = self._clock.monotonic_s()
        paused_s = 0.0 if self._paused_at_s is None else now_s - self._paused_at_s
        circuit = self._circuit
        is_open = circuit is not None and circuit.state != "closed"
        return Delays(
            holds=self._holds,
            held_s=self._held_s - max(self._held_until_s - now_s, 0.0),
            paused_s=self._paused_s + paused_s,
            openings=circuit.openings if circuit else 0,
            open_s=self._open_s + (now_s - self._opened_s if is_open else 0.0),
        )

    # Reasons to wait

    def pause(self) -> None:
        """Start no further call; calls in flight go on."""
        if self._paused_at_s is None:
            self._paused_at_s = self._clock.monotonic_s()
            self._refresh()

    def resume(self) -> None:
        """Lift the user's pause, and no other."""
        if self._paused_at_s is not None:
            self._paused_s += self._clock.monotonic_s() - self._paused_at_s
            self._paused_at_s = None
            self._refresh()

    def hold(self, duration_s: float) -> None:
        """Start no call for so long; a longer hold that is on stays on."""
        now_s = self._clock.monotonic_s()
        until_s = now_s + duration_s
        begins_s = max(now_s, self._held_until_s)
        if until_s > begins_s:
            self._holds += 1
            self._held_s += until_s - begins_s
            self._held_until_s = until_s
            self._refresh()

    def set_rate(self, max_calls_per_s: float | None) -> None:
        """Change the rate; the next call waits for a whole gap of the new one."""
        now_s = self._clock.monotonic_s()
        self._rate = (
            Rate(max_calls_per_s, self._rate, now_s) if max_calls_per_s else None
        )
        self._refresh()

    def lend(self, until_s: float) -> None:
        """Let calls start before that instant of the clock only, until it is moved on.

        For a run whose limits are lent by somebody else: if nobody prolongs the loan, no
        further call starts, whatever has become of the lender.
        """
        self._lent_until_s = until_s
        self._refresh()

    def note_end(self, end: CallEnd) -> CircuitOpen | None:
        """Heed what a call's end says of the service; return why to stop, if so."""
        if end.response is not None:
            pause_s = asked_pause_s(end.response, self._clock.wall)
            if pause_s > 0:
                self.hold(pause_s)
        if self._circuit is None:
            return None
        failed = has_failed(end.facts.status_code, end.error)
        return self._note(self._circuit, failed=failed, began_s=end.began_s)

    def pass_turn(self) -> None:
        """Give a turn back: its call is not made after all."""
        if self._circuit is not None:
            began_s = self._clock.monotonic_s()
            self._note(self._circuit, failed=None, began_s=began_s)

    def _note(
        self, circuit: Circuit, *, failed: bool | None, began_s: float
    ) -> CircuitOpen | None:
        before = circuit.state
        now_s = self._clock.monotonic_s()
        gives_up = circuit.end(failed=failed, began_s=began_s, now_s=now_s)
        if circuit.state != before:
            if before == "closed":
                self._opened_s = now_s
            elif circuit.state == "closed":
                self._open_s += now_s - self._opened_s
            self._refresh()
        return circuit.reason() if gives_up else None

    def release(self) -> None:
        """Let everybody go: the run ends, and whoever waits has to see it."""
        now_s = self._clock.monotonic_s()
        self._held_s -= max(self._held_until_s - now_s, 0.0)
        self._held_until_s = min(self._held_until_s, now_s)
        self.resume()
        self._is_released = True
        self._refresh()

    def _refresh(self) -> None:
        """Note a change: whoever waits looks again."""
        is_plain = self._rate is None and self._lent_until_s == inf
        self._is_free = self._is_released or (
            is_plain and self._wait_s(self._clock.monotonic_s()) == 0.0
        )
        self._changed.set()

    # Waiting

    async def wait_turn(self) -> None:
        """Return when one call may start; first come, first served."""
        async with self._turn:
            while (wait_s := self._wait_s(self._clock.monotonic_s())) > 0.0:
                await self._sleep(wait_s)
            now_s = self._clock.monotonic_s()
            if self._rate is not None:
                self._rate.start(now_s)
            if self._circuit is not None:
                self._circuit.start(now_s)
            self._refresh()

    def _wait_s(self, now_s: float) -> float:
        if self._is_released:
            return 0.0
        if self._paused_at_s is not None or now_s >= self._lent_until_s:
            return inf
        circuit_s = self._circuit.wait_s(now_s) if self._circuit else 0.0
        rate_s = self._rate.wait_s(now_s) if self._rate else 0.0
        return max(rate_s, self._held_until_s - now_s, circuit_s, 0.0)

    async def _sleep(self, duration_s: float) -> None:
        """Wait that long, or until something changes; only one caller at a time."""
        if duration_s <= _SHORT_S:
            await self._clock.sleep(duration_s)
            return
        self._changed.clear()
        waits: list[asyncio.Future[Any]] = [asyncio.ensure_future(self._changed.wait())]
        if duration_s < inf:
            waits.append(asyncio.ensure_future(self._clock.sleep(duration_s)))
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)
