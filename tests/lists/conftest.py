"""What the tests of lists share: a file with given bytes, read in pieces."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from nbwebhook.frames.leads import read_leads

WriteList = Callable[..., Path]
ReadList = Callable[..., pd.DataFrame]


@pytest.fixture
def read_list(write_list: WriteList, monkeypatch: pytest.MonkeyPatch) -> ReadList:
    """Return what reads content as a list, so many bytes at a time."""

    def read(
        content: bytes,
        chunk_bytes: int,
        encoding: str | None = None,
        delimiter: str | None = None,
    ) -> pd.DataFrame:
        # A long file in tiny pieces would take long, and show no more.
        size = max(chunk_bytes, len(content) // 1000)
        monkeypatch.setattr("nbwebhook.lists.text_file.CHUNK_BYTES", size)
        path = write_list(content)
        return read_leads(path, encoding=encoding, delimiter=delimiter)

    return read
