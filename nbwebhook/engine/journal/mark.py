"""The file beside a journal that names its last batch, and locks it.

```text
nbwebhook journal mark 1 <run id> <batch, 20 digits> <chain> <done, 20 digits> <crc>
```

One line of fixed length, written over in place. It is there while the journal is open and
after a crash; a run that ends in order takes it away.
"""

from __future__ import annotations

import os
import re
import sys
import zlib
from dataclasses import dataclass
from pathlib import Path

from nbwebhook.errors import JournalCorrupt, JournalFailed, JournalLocked

if sys.platform != "win32":  # pragma: no branch
    import fcntl

__all__ = ["NOTHING_SEALED", "Mark", "Sealed", "read_mark"]

_LINE = re.compile(
    rb"(nbwebhook journal mark 1 ([0-9a-f]{32}) ([0-9]{20}) ([0-9a-f]{8}) "
    rb"([0-9]{20})) ([0-9a-f]{8})\n"
)
_FLAGS = (
    os.O_RDWR
    | os.O_CREAT
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)
_TRIES = 16


@dataclass(frozen=True, slots=True)
class Sealed:
    """The last batch of a journal.

    Attributes:
        run_id: Whose journal it is, 32 hexadecimal digits.
        batch: Number of the batch; 0 before there is one.
        chain: The chain over all that was written up to it.
        done: Leads that have their outcome in it.
    """

    run_id: str
    batch: int
    chain: int
    done: int = 0


NOTHING_SEALED = Sealed("0" * 32, 0, 0)


class Mark:
    """The mark of one journal, open and locked.

    The lock goes with the process, whatever ends it. SQLite has a lock of its own, but
    that one is lost when the same process opens and closes the file by other means, such
    as a cell that copies it.

    Args:
        journal: Path of the journal.

    Attributes:
        path: Path of the mark.
        is_new: Whether there was none.
        found: What it said when it was opened.

    Raises:
        JournalLocked: Another run has it.
        JournalCorrupt: It is not a mark, or its checksum differs.
        JournalFailed: It cannot be made.
    """

    def __init__(self, journal: Path) -> None:
        self._journal = str(journal)
        self._is_written = False
        self.path = journal.with_name(f"{journal.name}-mark")
        try:
            self.is_new = not os.path.lexists(self.path)
            self._file = self._open_locked()
        except OSError as error:
            raise JournalFailed(
                self._journal, f"{self.path.name} cannot be made: {error.strerror}"
            ) from error
        try:
            self.found = self._read()
        except BaseException:
            self.close(is_done=self.is_new)
            raise

    @property
    def is_superfluous(self) -> bool:
        """Whether it says nothing that the journal needs: new, and never written."""
        return self.is_new and not self._is_written

    def _open_locked(self) -> int:
        """Return the file, locked, and the one that stands at the path."""
        for _ in range(_TRIES):
            file = os.open(self.path, _FLAGS, 0o600)
            try:
                if self._lock(file):
                    return file
            except BaseException:
                os.close(file)
                raise
            os.close(file)
        raise JournalLocked(self._journal)

    def _lock(self, file: int) -> bool:
        """Lock it; false if another run took it off the path just before."""
        if sys.platform == "win32":
            # SQLite's own lock alone has to do.
            return True
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise JournalLocked(self._journal) from error
        try:
            return os.path.samestat(os.fstat(file), os.lstat(self.path))
        except FileNotFoundError:
            return False

    def _read(self) -> Sealed:
        line = os.read(self._file, 200)
        if not line:
            return NOTHING_SEALED
        sealed = _parse(line)
        if sealed is None:
            raise JournalCorrupt(self._journal, f"its file {self.path.name}", "no mark")
        return sealed

    def write(self, sealed: Sealed) -> None:
        """Name the last batch; it takes effect for every other process at once.

        Raises:
            OSError: It cannot be written.
        """
        text = f"{sealed.run_id} {sealed.batch:020d} {sealed.chain:08x}"
        told = f"nbwebhook journal mark 1 {text} {sealed.done:020d}".encode()
        self._is_written = True
        os.lseek(self._file, 0, os.SEEK_SET)
        os.write(self._file, b"%b %08x\n" % (told, zlib.crc32(told)))

    def sync(self) -> None:
        """Force the mark, and the names in its folder, to the disk."""
        os.fsync(self._file)
        if sys.platform != "win32":  # pragma: no branch
            folder = os.open(self.path.parent, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    def close(self, *, is_done: bool) -> None:
        """Unlock it; take it away if all is in the journal itself."""
        if sys.platform == "win32":  # pragma: no cover - unlinks no open file
            os.close(self._file)
            if is_done:
                self.path.unlink(missing_ok=True)
        else:
            if is_done:
                self.path.unlink(missing_ok=True)
            # A process made by a fork has the file too, and must not keep the lock.
            fcntl.flock(self._file, fcntl.LOCK_UN)
            os.close(self._file)


def _parse(line: bytes) -> Sealed | None:
    found = _LINE.fullmatch(line)
    if found is None or int(found[6], 16) != zlib.crc32(found[1]):
        return None
    return Sealed(found[2].decode(), int(found[3]), int(found[4], 16), int(found[5]))


def read_mark(path: Path) -> Sealed | None:
    """Return what a mark says, whoever has it; None where there is none to read."""
    try:
        return _parse(path.read_bytes()[:200])
    except OSError:
        return None
