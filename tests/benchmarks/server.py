"""The service that is measured against: `server.c`, built and run for one measurement."""

from __future__ import annotations

import atexit
import json
import shutil
import subprocess
import tempfile
import urllib.request
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self

__all__ = ["BenchService"]

_SOURCE = Path(__file__).with_name("server.c")


@cache
def _program() -> Path:
    """Build the server once a process, into a folder that is gone with it."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        raise SystemExit("the benchmarks need a C compiler: gcc or cc")
    folder = tempfile.TemporaryDirectory(prefix="nbwebhook-bench-")
    atexit.register(folder.cleanup)
    place = Path(folder.name, "server")
    subprocess.run([compiler, "-O2", "-o", str(place), str(_SOURCE)], check=True)
    return place


class BenchService:
    """A service on loopback with a constant delay.

    Args:
        delay_ms: Time between the last byte of a request and its answer.
        drop_every: Read each n-th request and close its connection; 0 for none.
    """

    def __init__(self, delay_ms: float = 0.0, *, drop_every: int = 0) -> None:
        words = [str(_program()), str(round(delay_ms * 1_000)), str(drop_every)]
        self._process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.origin = f"http://127.0.0.1:{int(self._process.stdout.readline())}"

    def stats(self) -> dict[str, Any]:
        """Return the service's own record; its last connection is this question's."""
        found: dict[str, Any] = json.loads(self._get("/_stats"))
        return found

    def bodies(self) -> list[bytes]:
        """Return the bodies that the first thousand ids came with."""
        return self._get("/_bodies").split(b"\n")

    def reset(self) -> None:
        """Forget the record."""
        self._get("/_reset")

    def _get(self, target: str) -> bytes:
        with urllib.request.urlopen(self.origin + target, timeout=30) as answer:
            body: bytes = answer.read()
        return body

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._process.terminate()
        self._process.wait(10)
        if self._process.stdout is not None:
            self._process.stdout.close()
