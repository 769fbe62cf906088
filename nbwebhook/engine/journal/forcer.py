"""A process beside a run that does nothing but force its journal to the disk.

```text
loop ── a byte ──▶ the process: fdatasync ── four bytes: 0, or the error ──▶ loop
```

A thread could do so too, and does in a short run. But a thread that comes back from the
disk waits for the interpreter's lock, and is woken in vain by every call of a socket that
gives the lock up for a moment: a switch a call, and a third of the run's speed. A process
of its own has its own lock. It reads and writes nothing but these bytes, and ends with
the run, however that ends: it then reads the end of its pipe.
"""

from __future__ import annotations

import asyncio
import errno
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import IO, cast

__all__ = ["Forcer"]

_ANSWER_BYTES = 4
_GRACE_S = 5.0
_PROGRAM = f"""
import os, sys
force = getattr(os, "fdatasync", os.fsync)
answer = lambda code: os.write(1, code.to_bytes({_ANSWER_BYTES}, "little"))
file = os.open(sys.argv[1], os.O_RDWR)
answer(0)
while os.read(0, 1):
    try:
        force(file)
    except OSError as error:
        answer(error.errno or {errno.EIO})
    else:
        answer(0)
"""


class Forcer:
    """Forces one file to the disk; its methods are called on the loop.

    It opens the file for itself, so that an error which this process never came to tell
    is told once more to whoever forces the file next.

    Args:
        path: The file.
        on_done: Called with 0 once it is on the disk, with the system's number of the
            error if it may not be, and with None if the process ended over it.

    Raises:
        OSError: There can be no such process.
        NotImplementedError: Nor can the loop wait for a pipe, or Python be started:
            the executable of a frozen application is that application.
    """

    def __init__(self, path: str, on_done: Callable[[int | None], None]) -> None:
        self._on_done = on_done
        self._is_ready = self._is_asked = False
        self._loop = asyncio.get_running_loop()
        if sys.platform == "win32" or not sys.executable or hasattr(sys, "frozen"):
            raise NotImplementedError("there is no interpreter to start")
        # A session of its own: Ctrl-C is for the run, which ends in order after it.
        self._process = subprocess.Popen(  # noqa: S603 - our own program and path
            [sys.executable, "-I", "-S", "-c", _PROGRAM, path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            start_new_session=True,
        )
        self._asks = cast("IO[bytes]", self._process.stdin)
        self._answers = cast("IO[bytes]", self._process.stdout)
        try:
            self._loop.add_reader(self._answers, self._read)
        except NotImplementedError:
            self._process.kill()
            self.reap()
            raise

    def force(self) -> bool:
        """Begin to force the file; false if the process cannot, or cannot yet."""
        if self._is_ready:
            with suppress(OSError):
                self._is_asked = self._asks.write(b"f") == 1
        return self._is_asked

    def _read(self) -> None:
        answer = self._answers.read(_ANSWER_BYTES)
        was_asked, self._is_asked = self._is_asked, False
        self._is_ready = bool(answer)
        if not answer:
            self._loop.remove_reader(self._answers)
        if was_asked:
            self._on_done(int.from_bytes(answer, "little") if answer else None)

    def close(self) -> None:
        """Have nothing more told; `reap` has to follow, on any thread."""
        self._loop.remove_reader(self._answers)
        self._process.kill()

    def reap(self) -> None:
        """Wait for the end of the process, which is at once unless the disk hangs."""
        self._asks.close()
        self._answers.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_GRACE_S)
