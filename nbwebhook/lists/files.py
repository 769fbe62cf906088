"""Files that are there as a whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

__all__ = ["replace_file", "write_text"]


@contextmanager
def replace_file(path: Path) -> Iterator[BinaryIO]:
    """Open a stream whose bytes become the file at `path` once all are written.

    Until then, and if something goes wrong, a file that was there stays as it was. A new
    file is its owner's alone (0600), since it holds what is known of people; one that
    was there keeps the permissions that somebody gave it.

    Raises:
        OSError: The file cannot be written.
    """
    # A name that nobody can guess and make a link of beforehand.
    number, name = tempfile.mkstemp(
        dir=path.parent, prefix=f"{path.name}.", suffix=".part"
    )
    part = Path(name)
    try:
        with os.fdopen(number, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        if path.exists():
            shutil.copymode(path, part)
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def write_text(path: Path, text: str) -> None:
    """Write text as UTF-8, lines ending in LF.

    Raises:
        OSError: The file cannot be written.
    """
    with replace_file(path) as stream:
        stream.write(text.encode("utf-8"))
