"""The other process of a demo service: commands come in on a pipe, replies go out.

Each line is one JSON object. The process ends with its input, so it does not outlive
the one that started it, even if that one is killed.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import threading
from collections.abc import Iterable
from typing import IO, Any

from nbwebhook.demo.counts import DemoCounts
from nbwebhook.demo.settings import Settings
from nbwebhook.demo.thread import ServiceThread
from nbwebhook.errors import InvalidPlan

__all__ = ["main", "serve_pipe"]


def main() -> None:
    """Serve the commands on standard input, replies on standard output."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    replies_fd = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    with (
        contextlib.suppress(BrokenPipeError),
        os.fdopen(replies_fd, "w", encoding="utf-8") as replies,
    ):
        serve_pipe(sys.stdin, replies)


def serve_pipe(commands: Iterable[str], replies: IO[str]) -> None:
    """Start the service of the first line, obey the others, stop at the end."""
    lines = iter(commands)
    first = next(lines, "")
    if not first:
        return
    service = ServiceThread(Settings.from_json(first))
    teller = _Teller(service, replies)
    try:
        port = service.start()
    except InvalidPlan as error:
        teller.tell({"id": 0, "refused": [error.argument, error.problem]})
        return
    try:
        teller.tell({"id": 0, "result": port})
        for line in lines:
            teller.obey(json.loads(line))
    finally:
        service.stop()


class _Teller:
    """Obeys commands and writes each reply as one line."""

    def __init__(self, service: ServiceThread, replies: IO[str]) -> None:
        self._service = service
        self._replies = replies
        self._writing = threading.Lock()

    def obey(self, command: dict[str, Any]) -> None:
        """Obey one command; a wait gets a thread, so that others need not wait."""
        if command["do"] == "wait_for_change":
            threading.Thread(target=self._reply, args=(command,), daemon=True).start()
        else:
            self._reply(command)

    def _reply(self, command: dict[str, Any]) -> None:
        self.tell({"id": command["id"], "result": self._act(command)})

    def _act(self, command: dict[str, Any]) -> object:
        match command["do"]:
            case "look":
                return _facts_of(*self._service.look())
            case "wait_for_change":
                version, timeout_s = command["version"], command["timeout_s"]
                seen = self._service.wait_for_change(version, timeout_s)
                return _facts_of(*seen)
            case "list_calls":
                return self._service.list_calls()
        self._service.reset()
        return None

    def tell(self, reply: dict[str, object]) -> None:
        """Write one reply; one that nobody reads any more is lost."""
        line = json.dumps(reply)
        try:
            with self._writing:
                self._replies.write(f"{line}\n")
                self._replies.flush()
        except (BrokenPipeError, ValueError):
            return


def _facts_of(version: int, counts: DemoCounts) -> list[object]:
    return [version, counts.to_facts()]
