"""One command measured from outside: wall time, CPU time, the most memory it held."""

from __future__ import annotations

import atexit
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from time import perf_counter

__all__ = ["Measured", "measure", "median_of", "table"]

_ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Measured:
    """What one command took.

    Attributes:
        wall_s: From its start to its end; NaN if it was not done in time.
        cpu_s: Processor time, of all its threads.
        peak_mb: The most memory it held.
        facts: What its last line said.
    """

    wall_s: float
    cpu_s: float
    peak_mb: float
    facts: dict[str, float] = field(default_factory=dict)


def measure(module: str, words: Sequence[str], *, limit_s: float) -> Measured:
    """Run `python -m module words` and return what it took; it is cut off at the limit."""
    with tempfile.TemporaryFile("w+", encoding="utf-8") as said:
        began_s = perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", module, *words],
            stdout=said,
            cwd=_ROOT,
            env=_environment(),
        )
        alarm = threading.Timer(limit_s, process.send_signal, [signal.SIGKILL])
        alarm.start()
        _, status, usage = os.wait4(process.pid, 0)
        wall_s = perf_counter() - began_s
        alarm.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        lines = said.read().splitlines()
    if process.returncode == -signal.SIGKILL:
        wall_s = float("nan")
    elif process.returncode:
        raise SystemExit(f"{module} {' '.join(words)}: exit {process.returncode}")
    facts = json.loads(lines[-1]) if lines and lines[-1].startswith("{") else {}
    cpu_s = usage.ru_utime + usage.ru_stime
    return Measured(wall_s, cpu_s, usage.ru_maxrss / 1024, facts)


@cache
def _environment() -> dict[str, str]:
    """Return an environment in which modules are compiled once, as where they are installed.

    An environment that keeps no compiled modules would have everybody compile all that
    they load, each time, and measure that: the first round does, and medians leave it out.
    """
    compiled = tempfile.TemporaryDirectory(prefix="nbwebhook-benchmark-")
    atexit.register(compiled.cleanup)
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    return kept | {"PYTHONPYCACHEPREFIX": compiled.name}


def median_of(values: Iterable[float]) -> float:
    """Return the median; NaN where there is none or one was not done."""
    known = list(values)
    if not known or any(value != value for value in known):  # noqa: PLR0124 - NaN
        return float("nan")
    return statistics.median(known)


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"
