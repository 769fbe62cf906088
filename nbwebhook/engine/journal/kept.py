"""Journals that are kept without being asked for, so that no paid night is lost.

```text
run of more than 100 calls ─▶ a journal in the user's cache folder
   result handed over ──────▶ it is removed
   process gone before ─────▶ it is left: `left_runs` lists it, a resumption takes it up
```

The folder is the user's alone (0700, its files 0600). A journal that nobody has written
for 30 days is removed when the next one is made.
"""

from __future__ import annotations

import json
import os
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from hashlib import blake2b
from pathlib import Path
from uuid import uuid4

from nbwebhook.engine.journal.identity import Identity
from nbwebhook.engine.journal.left import LeftRun, look_at
from nbwebhook.errors import InvalidPlan, NothingLeft, RunLeft

__all__ = [
    "CACHE_VARIABLE",
    "JournalChoice",
    "LeftRun",
    "Place",
    "adopt",
    "cache_folder",
    "choose_place",
    "find_left",
    "left_runs",
    "release",
]

CACHE_VARIABLE = "NBWEBHOOK_CACHE_DIR"
"""The environment variable that names another folder than the user's own."""

Place = str | Path | Callable[[Identity], Path]
"""Where a journal is, or what says so once it is known who the run is."""

JournalChoice = Place | LeftRun | bool | None
"""A file; a run that was left; False for no journal; True, or None where there are many
calls, for one of the run's own."""

_MANY_CALLS = 100
_MAX_AGE_S = 30 * 86_400.0
_SUFFIX = ".sqlite"

# Journals of runs whose result this process can still hand over.
_OURS: set[Path] = set()


def cache_folder() -> Path:
    """Return the folder that journals are kept in, whether it is there or not."""
    named = os.environ.get(CACHE_VARIABLE)
    if named:
        return Path(named).expanduser().absolute() / "runs"
    home = Path.home()
    if sys.platform == "win32":  # pragma: no cover - not the system of the tests
        base = Path(os.environ.get("LOCALAPPDATA", home / "AppData" / "Local"))
    elif sys.platform == "darwin":  # pragma: no cover - likewise
        base = home / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache")
    return base / "nbwebhook" / "runs"


def choose_place(choice: JournalChoice, leads: int) -> Place | None:
    """Return where a run's journal is to be; None for a run without one.

    Args:
        choice: What the user said.
        leads: How many leads there are.

    Warns:
        UserWarning: The run has none of its own, as the cache folder cannot be used.
    """
    if choice is False or (choice is None and leads <= _MANY_CALLS):
        return None
    if isinstance(choice, LeftRun):
        return choice.path
    if choice is not None and choice is not True:
        return choice
    try:
        _make_folder()
    except (OSError, RuntimeError) as error:
        if choice is True:
            raise InvalidPlan(
                "journal", f"{_where()} cannot be used: {error}"
            ) from error
        message = (
            f"{_where()} cannot be used ({error}), so this run could not go on after a "
            f"crash: name a journal, set {CACHE_VARIABLE}, or say journal=False"
        )
        warnings.warn(message, stacklevel=2)
        return None
    return _new_place


def _where() -> str:
    try:
        return str(cache_folder())
    except RuntimeError:
        return "the user's cache folder"


def _make_folder() -> Path:
    """Make the folder, for its owner alone, and return it."""
    folder = cache_folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if sys.platform != "win32":
        folder.chmod(0o700)
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(f"{folder} is not writable")
    return folder


def _name_of(identity: Identity) -> str:
    """Return how the names of all journals of one run begin."""
    told = json.dumps([identity.total, sorted(identity.parts.items())])
    return blake2b(told.encode(), digest_size=12).hexdigest()


def _new_place(identity: Identity) -> Path:
    """Return a place for a new run's journal, once old ones are cleared away.

    Raises:
        RunLeft: The same run was left before its end; nothing is called again unasked.
    """
    folder = _make_folder()
    _clear_old(folder)
    for left in _left_of(identity):
        if left.done or left.unknown:
            raise RunLeft(left.words, str(left.path))
        left.discard()
    return folder / f"{_name_of(identity)}-{uuid4().hex[:12]}{_SUFFIX}"


def find_left(identity: Identity) -> Path:
    """Return the journal of the same run that was left behind, the latest of them.

    Raises:
        NothingLeft: There is none.
    """
    for left in _left_of(identity):
        return left.path
    raise NothingLeft(len(left_runs()))


def _left_of(identity: Identity) -> list[LeftRun]:
    """Return what was left of the same run and can be gone on with, the latest first."""
    pattern = f"{_name_of(identity)}-*{_SUFFIX}"
    return [left for left in _list(pattern) if left.can_go_on]


def left_runs() -> tuple[LeftRun, ...]:
    """Return the runs that other processes have left, or are still at, the latest first.

    Those whose result this process can hand over are not among them.
    """
    return tuple(_list(f"*{_SUFFIX}"))


def _list(pattern: str) -> list[LeftRun]:
    try:
        paths = [path for path in cache_folder().glob(pattern) if path not in _OURS]
    except (OSError, RuntimeError):
        return []
    found = [left for path in paths if (left := look_at(path))]
    return sorted(found, key=lambda left: left.last_at, reverse=True)


def _clear_old(folder: Path) -> None:
    """Remove journals that nobody has written for long; also parts of one."""
    oldest_s = time.time() - _MAX_AGE_S
    for path in folder.glob(f"*{_SUFFIX}"):
        if path not in _OURS and max(_written_s(path)) < oldest_s:
            left = look_at(path)
            if left is not None and left.state != "running elsewhere":
                left.discard()


def _written_s(path: Path) -> Iterator[float]:
    yield 0.0
    for tail in ("", "-wal", "-mark"):
        try:
            yield path.with_name(path.name + tail).stat().st_mtime
        except OSError:
            continue


def adopt(path: Path) -> None:
    """Note that this process is at the run of this journal."""
    _OURS.add(path)


def release(path: Path) -> None:
    """Note that the run's result was handed over: a journal of our own has served."""
    _OURS.discard(path)
    if path.parent == cache_folder():
        LeftRun.remove(path)
