"""Files that are there as a whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

__all__ = ["replace_file", "write_text"]


@contextmanager
def replace_file(path: Path) -> Iterator[BinaryIO]:
    """Open a stream whose bytes become the file at `path` once all are written.

    Until then, and if something goes wrong, a file that was there stays as it was.

    Raises:
        OSError: The file cannot be written.
    """
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
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
