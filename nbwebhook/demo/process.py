"""The demo service in a process of its own, which shares no interpreter with a client.

```text
this process                                    the other process (worker.py)
ServiceProcess ──commands, a line each──▶ stdin  ┐
reader thread  ◀──replies, a line each── stdout  ┘ ServiceThread
```
"""

from __future__ import annotations

import contextlib
import itertools
import json
import subprocess
import sys
import threading
from concurrent.futures import Future
from pathlib import Path
from typing import IO, Any

from nbwebhook.demo.counts import DemoCounts, ServedCall
from nbwebhook.demo.settings import Settings
from nbwebhook.errors import InvalidPlan, NbWebhookError

__all__ = ["ServiceProcess"]

_ROOT = Path(__file__).parents[2]
_BOOT = (
    f"import sys; sys.path.append({str(_ROOT)!r}); "
    "from nbwebhook.demo.worker import main; main()"
)
_READY = 0
_REPLY_WITHIN_S = 60.0
_END_WITHIN_S = 5.0


class ServiceProcess:
    """Serves in a process of its own; the same interface as a thread's."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._ids = itertools.count(_READY + 1)
        self._lock = threading.Lock()
        self._replies: dict[int, Future[Any]] | None = {_READY: Future()}
        self._last_seen = (0, DemoCounts())
        self._last_calls: list[ServedCall] = []
        self._is_stopped = False

    def start(self) -> int:
        """Begin to serve and return the port."""
        ready = self._expect(_READY)
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and words
            [sys.executable, "-P", "-c", _BOOT],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
            start_new_session=True,
        )
        self._reader = threading.Thread(
            target=self._read_replies, name="nbwebhook-demo-replies", daemon=True
        )
        self._reader.start()
        try:
            self._write(self._settings.to_json())
            return int(_await(ready))
        except BaseException:
            self._end()
            raise

    def stop(self) -> None:
        """Read the last counts and calls, then end the process."""
        with contextlib.suppress(NbWebhookError):
            self._last_seen = self.look()
            self._last_calls = self.list_calls()
        self._end()

    def look(self) -> tuple[int, DemoCounts]:
        """Return the number of changes so far, and the counts."""
        if self._is_stopped:
            return self._last_seen
        return _read_seen(self._ask({"do": "look"}))

    def wait_for_change(self, version: int, timeout_s: float) -> tuple[int, DemoCounts]:
        """Return as `look` does, once there are other changes or the time is up."""
        wait = {"do": "wait_for_change", "version": version, "timeout_s": timeout_s}
        return _read_seen(self._ask(wait, waits_s=timeout_s))

    def list_calls(self) -> list[ServedCall]:
        """Return every answer since the last reset, in the order of their ends."""
        if self._is_stopped:
            return self._last_calls
        return [ServedCall(*row) for row in self._ask({"do": "list_calls"})]

    def reset(self) -> None:
        """Forget everything but what is in flight or open at this moment."""
        self._ask({"do": "reset"})

    # The pipe

    def _ask(self, command: dict[str, object], *, waits_s: float = 0.0) -> Any:  # noqa: ANN401 - whatever the reply is
        number = next(self._ids)
        reply = self._expect(number)
        self._write(json.dumps({"id": number, **command}))
        return _await(reply, waits_s)

    def _expect(self, number: int) -> Future[Any]:
        with self._lock:
            if self._replies is None:
                raise self._ended()
            return self._replies.setdefault(number, Future())

    def _write(self, line: str) -> None:
        pipe = _given(self._process.stdin)
        try:
            with self._lock:
                pipe.write(f"{line}\n")
                pipe.flush()
        except (OSError, ValueError) as error:
            raise self._ended() from error

    def _read_replies(self) -> None:
        """Give each reply to whoever waits for it, until the process ends."""
        with _given(self._process.stdout) as lines:
            for line in lines:
                self._deliver(json.loads(line))
        with self._lock:
            lost, self._replies = self._replies or {}, None
        for reply in lost.values():
            reply.set_exception(self._ended())

    def _deliver(self, message: dict[str, Any]) -> None:
        with self._lock:
            reply = (self._replies or {}).pop(message["id"])
        if "refused" in message:
            reply.set_exception(InvalidPlan(*message["refused"]))
        else:
            reply.set_result(message["result"])

    # The end

    def _ended(self) -> NbWebhookError:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_END_WITHIN_S)
        code = self._process.returncode
        return NbWebhookError(
            f"the demo service's process has ended (exit code {code}); start the "
            "service again"
        )

    def _end(self) -> None:
        self._is_stopped = True
        with contextlib.suppress(OSError):
            _given(self._process.stdin).close()
        try:
            self._process.wait(_END_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join()


def _await(reply: Future[Any], waits_s: float = 0.0) -> Any:  # noqa: ANN401 - whatever the reply is
    within_s = waits_s + _REPLY_WITHIN_S
    try:
        return reply.result(within_s)
    except TimeoutError as error:
        raise NbWebhookError(
            f"the demo service's process gave no reply within {within_s:g} s"
        ) from error


def _given(pipe: IO[str] | None) -> IO[str]:
    assert pipe is not None  # noqa: S101 - both were asked for
    return pipe


def _read_seen(facts: tuple[int, dict[str, Any]]) -> tuple[int, DemoCounts]:
    version, counts = facts
    return version, DemoCounts.from_facts(counts)
