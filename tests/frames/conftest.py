"""What the tests of lists share: a file with given bytes, a frame of text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pandas as pd
import pytest

from nbwebhook.frames.leads import read_leads

WriteList = Callable[..., Path]
ReadList = Callable[..., pd.DataFrame]
TextFrame = Callable[[Mapping[str, Sequence[str]]], pd.DataFrame]


@pytest.fixture
def write_list(tmp_path: Path) -> WriteList:
    """Return what writes bytes to a file, `leads.csv` unless named, and its path."""

    def write(content: bytes, name: str = "leads.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return write


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
        monkeypatch.setattr("nbwebhook.frames.text_file.CHUNK_BYTES", size)
        path = write_list(content)
        return read_leads(path, encoding=encoding, delimiter=delimiter)

    return read


@pytest.fixture
def text_frame() -> TextFrame:
    """Return what makes a frame as a list of text is read."""

    def frame(columns: Mapping[str, Sequence[str]]) -> pd.DataFrame:
        return pd.DataFrame(
            {
                name: pd.array(list(cells), dtype="string")
                for name, cells in columns.items()
            }
        )

    return frame
