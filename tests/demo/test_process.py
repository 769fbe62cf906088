"""A service in another process: the pipe, the worker behind it, and their ends."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import IO, Any

import psutil
import pytest

from nbwebhook.demo import Constant, DemoService, process
from nbwebhook.demo.settings import Settings
from nbwebhook.demo.worker import serve_pipe
from nbwebhook.errors import NbWebhookError

Start = Callable[..., DemoService]


def _children() -> list[psutil.Process]:
    return [
        child
        for child in psutil.Process().children()
        if "nbwebhook.demo.worker" in " ".join(child.cmdline())
    ]


def test_the_process_ends_with_the_service(start_service: Start) -> None:
    """One process while it serves, none after."""
    service = start_service(process=True)
    (child,) = _children()
    service.stop()
    assert not child.is_running()


def test_a_process_that_dies_is_told_of(start_service: Start) -> None:
    """Reading says so with the exit code, a waiting thread wakes, a new start works."""
    service = start_service(process=True)
    errors: list[NbWebhookError] = []

    def wait() -> None:
        try:
            service.wait_for(lambda counts: counts.requests > 0)
        except NbWebhookError as error:
            errors.append(error)

    waiter = threading.Thread(target=wait)
    waiter.start()
    (child,) = _children()
    child.kill()
    waiter.join(40)
    with pytest.raises(NbWebhookError, match=r"has ended \(exit code -9\); start"):
        _ = service.counts
    assert [str(error) for error in errors] == [
        "the demo service's process has ended (exit code -9); start the service again"
    ]
    service.stop()
    with service:
        assert service.counts.requests == 0


def test_an_interrupt_of_the_notebook_does_not_reach_the_process(
    start_service: Start,
) -> None:
    """The worker is not in the group that an interrupt goes to, and ignores it."""
    service = start_service(process=True)
    (child,) = _children()
    assert os.getpgid(child.pid) != os.getpgid(0)
    child.send_signal(signal.SIGINT)
    assert service.counts.requests == 0


def test_the_process_does_not_outlive_a_killed_kernel() -> None:
    """Nothing goes on serving when the one that started it is gone."""
    script = (
        "import psutil; from nbwebhook.demo import DemoService\n"
        "service = DemoService(process=True).start()\n"
        "print(psutil.Process().children()[0].pid, flush=True)\n"
        "input()\n"
    )
    command = [sys.executable, "-c", script]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as kernel:
        assert kernel.stdout is not None
        worker = psutil.Process(int(kernel.stdout.readline()))
        kernel.kill()
    psutil.wait_procs([worker], timeout=40)
    assert not worker.is_running()


def test_a_process_that_cannot_begin_is_told_of(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The start fails with the exit code, and nothing stays behind."""
    monkeypatch.setattr(process, "_BOOT", "raise SystemExit(3)")
    service = DemoService(process=True)
    with pytest.raises(NbWebhookError, match=r"has ended \(exit code 3\)"):
        service.start()
    assert not service.is_running


def test_a_process_that_does_not_end_is_killed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A stop does not wait for ever."""
    boot = 'import time; input(); print(\'{"id": 0, "result": 1}\', flush=True); '
    monkeypatch.setattr(process, "_BOOT", f"{boot} time.sleep(600)")
    monkeypatch.setattr(process, "_END_WITHIN_S", 0.1)
    monkeypatch.setattr(process, "_REPLY_WITHIN_S", 0.1)
    service = DemoService(process=True).start()
    with pytest.raises(NbWebhookError, match=r"gave no reply within 0\.1 s"):
        _ = service.counts
    service.stop()
    assert psutil.Process().children() == []


# The worker, in this process


class _Pipe:
    """The worker's two ends, driven line by line."""

    def __init__(self, settings: Settings) -> None:
        commands_out, commands_in = os.pipe()
        replies_out, replies_in = os.pipe()
        self._commands = os.fdopen(commands_in, "w")
        self._replies = os.fdopen(replies_out)
        self._ends = (os.fdopen(commands_out), os.fdopen(replies_in, "w"))
        self._worker = threading.Thread(target=serve_pipe, args=self._ends)
        self._worker.start()
        self._write(settings.to_json())

    def _write(self, line: str) -> None:
        self._commands.write(f"{line}\n")
        self._commands.flush()

    def read(self) -> dict[str, Any]:
        """Return the next reply."""
        reply: dict[str, Any] = json.loads(self._replies.readline())
        return reply

    def ask(self, **command: object) -> dict[str, Any]:
        """Return the reply to a command."""
        self._write(json.dumps(command))
        return self.read()

    def close(self) -> None:
        """End the input and wait for the worker."""
        self._commands.close()
        self._worker.join(40)
        self._replies.close()
        for end in self._ends:
            end.close()


@pytest.fixture
def pipe() -> Iterator[_Pipe]:
    """A worker that serves, its first reply read."""
    with closing(_Pipe(Settings(latency=Constant(0)))) as pipe:
        assert pipe.read()["result"] > 0
        yield pipe


def test_a_worker_obeys_each_command(pipe: _Pipe) -> None:
    """Each reply carries the number of its command."""
    version, facts = pipe.ask(id=1, do="look")["result"]
    assert (version, facts["requests"], facts["by_status"]) == (0, 0, [])
    assert pipe.ask(id=2, do="list_calls") == {"id": 2, "result": []}
    assert pipe.ask(id=3, do="reset") == {"id": 3, "result": None}
    wait = pipe.ask(id=4, do="wait_for_change", version=0, timeout_s=5)
    assert (wait["id"], wait["result"][0]) == (4, 1)


def test_a_worker_without_commands_does_nothing() -> None:
    """A parent that dies before its first word leaves nothing running."""
    replies = io.StringIO()
    serve_pipe([], replies)
    assert replies.getvalue() == ""


def test_a_worker_that_cannot_listen_says_why() -> None:
    """The refusal crosses the pipe as an argument and a problem."""
    with DemoService() as other:
        replies = io.StringIO()
        serve_pipe([Settings(latency=Constant(0), port=other.port).to_json()], replies)
    message = json.loads(replies.getvalue())
    assert (message["id"], message["refused"][0]) == (0, "port")


def test_a_worker_whose_replies_nobody_reads_ends_with_its_input() -> None:
    """A closed pipe is no reason to crash."""
    replies: IO[str] = io.StringIO()
    replies.close()
    serve_pipe([Settings(latency=Constant(0)).to_json()], replies)
    names = {thread.name for thread in threading.enumerate()}
    assert "nbwebhook-demo-service" not in names
