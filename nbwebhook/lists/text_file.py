"""The text of a file, exactly, in pieces that end where a line ends.

```text
bytes ──▶ decoder (strict) ──▶ no NUL, no endless line, file unchanged ──▶ whole lines
```

A line ends with LF, CR LF or CR, and nothing else: U+2028 and its like are text.
"""

from __future__ import annotations

import codecs
import os
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import BinaryIO

from nbwebhook.errors import UnreadableList

__all__ = ["TextFile", "count_line_ends", "open_text"]

CHUNK_BYTES = 1 << 20
MAX_LINE_CHARACTERS = 16_000_000

_MARKS = (  # UTF-32 before UTF-16, whose mark its own begins with
    (codecs.BOM_UTF32_LE, "utf-32", "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32", "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8", "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16", "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16", "utf-16-be"),
)
_BINARY = (
    (b"PK\x03\x04", "a zip archive or an Excel workbook; name a workbook .xlsx"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook; save it as .xlsx or CSV"),
    (b"PAR1", "a Parquet file; name it .parquet"),
    (b"\x1f\x8b", "compressed by gzip; unpack it"),
    (b"\x28\xb5\x2f\xfd", "compressed by Zstandard; unpack it"),
    (b"%PDF", "a PDF document; export the list as CSV"),
)
_NOT_OF_FILES = frozenset(
    ["idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape", "utf-7"]
)


@contextmanager
def open_text(path: Path, encoding: str | None) -> Iterator[TextFile]:
    """Open the file as text and close it at the end.

    Args:
        path: A regular file: a list may have to be read again.
        encoding: None for what its byte order mark says, else UTF-8.

    Raises:
        UnreadableList: The file cannot be read, or is not text of that encoding.
    """
    try:
        if path.exists() and not path.is_file():
            problem = "not a file; name a file that holds the list"
            raise UnreadableList(str(path), problem)
        with path.open("rb") as stream:
            yield TextFile(str(path), stream, encoding)
    except OSError as error:
        problem = f"cannot be read: {error.strerror or type(error).__name__}"
        raise UnreadableList(str(path), problem) from error


class TextFile:
    """One pass over the text of an open file.

    Attributes:
        source: The file, as messages call it.
        encoding: The codec in use, by Python's name for it.
        has_mark: Whether the file began with a byte order mark.
    """

    def __init__(self, source: str, stream: BinaryIO, encoding: str | None) -> None:
        self.source = source
        self._stream = stream
        self._state = _state(stream)
        start = stream.read(CHUNK_BYTES)
        self._refuse_binary(start)
        mark, family, by_mark = _mark_of(start)
        self.has_mark = bool(mark)
        self.encoding = by_mark or "utf-8"
        if encoding is not None:
            declared = self._codec(encoding)
            self.encoding = self._agreed(declared, family, by_mark, start)
        self._decoder = codecs.getincrementaldecoder(self.encoding)()
        self._called = encoding or self.encoding
        self._start = start[len(mark) :]
        self._offset = len(mark)
        self._rest = ""  # of the line that the last piece broke off
        self._line = 1  # of the first character of the rest

    def lines(self) -> Iterator[str]:
        """Yield every line with its end, from the first."""
        for text in self._pieces():
            yield from StringIO(text, newline="")

    def _pieces(self) -> Iterator[str]:
        """Yield the text in pieces of whole lines; only the last may lack an end."""
        while data := self._start or self._stream.read(CHUNK_BYTES):
            self._start = b""
            text = self._without_nul(self._rest + self._decode(data, is_last=False))
            # A CR at the very end may be the first half of CR LF.
            cut = max(text.rfind("\n"), text.rfind("\r", 0, -1)) + 1
            whole, self._rest = text[:cut], text[cut:]
            self._refuse_change()
            yield whole
            self._line += count_line_ends(whole)
            if len(self._rest) > MAX_LINE_CHARACTERS:
                problem = f"a line of more than {MAX_LINE_CHARACTERS:,} characters"
                raise UnreadableList(self.source, problem, self._line)
        last = self._rest + self._decode(b"", is_last=True)
        self._refuse_change()
        yield last

    def _without_nul(self, text: str) -> str:
        if "\0" not in text:
            return text
        before = text[: text.index("\0")]
        problem = "a NUL character, which no text has; remove it"
        if self._line == 1 and len(before) < 2:  # noqa: PLR2004 - half of a UTF-16 letter
            order = "le" if before else "be"
            problem += f", or say encoding='utf-16-{order}' if the file is that"
        line = self._line + count_line_ends(before)
        raise UnreadableList(self.source, problem, line)

    def _decode(self, data: bytes, *, is_last: bool) -> str:
        state = self._decoder.getstate()
        try:
            text = self._decoder.decode(data, is_last)
        except UnicodeDecodeError as error:
            raise self._undecodable(error, data, state) from None
        self._offset += len(data)
        return text

    def _undecodable(
        self, error: UnicodeDecodeError, data: bytes, state: tuple[bytes, int]
    ) -> UnreadableList:
        """Return the error that says on which line and where the wrong byte stands."""
        kept = len(error.object) - len(data)  # bytes kept from the piece before
        self._decoder.setstate(state)
        before = self._decoder.decode(data[: max(0, error.start - kept)])
        line = self._line + count_line_ends(self._rest + before)
        byte = error.object[error.start]
        problem = (
            f"byte 0x{byte:02X} at offset {self._offset - kept + error.start:,} is not "
            f"{self._called}"
        )
        if self.encoding == "utf-8":
            problem += (
                "; a list saved by Excel or an older Windows program is often "
                'windows-1252: say encoding="windows-1252"'
            )
        else:
            problem += "; name the encoding of the file with encoding=..."
        return UnreadableList(self.source, problem, line)

    def _refuse_binary(self, start: bytes) -> None:
        if not start:
            raise UnreadableList(self.source, "the file is empty")
        for magic, problem in _BINARY:
            if start.startswith(magic):
                raise UnreadableList(self.source, f"not text but {problem}")

    def _codec(self, encoding: str) -> str:
        try:
            "x".encode(encoding)
            name = codecs.lookup(encoding).name
        except (LookupError, UnicodeError, ValueError):
            name = "undefined"
        if name.replace("_", "-") in _NOT_OF_FILES:
            problem = (
                f"no encoding {encoding!r}; name one such as utf-8, utf-16, "
                "windows-1252 or iso-8859-1"
            )
            raise UnreadableList(self.source, problem)
        return name

    def _agreed(self, declared: str, family: str, by_mark: str, start: bytes) -> str:
        """Return the codec that the caller and the byte order mark agree on."""
        if family:
            if declared.removesuffix("-sig") in {family, by_mark}:
                return by_mark
            problem = (
                f"begins with the byte order mark of {family}, but the encoding was "
                f"said to be {declared}; leave the encoding out"
            )
            raise UnreadableList(self.source, problem)
        if declared in {"utf-16", "utf-32"}:
            return self._byte_order(declared, start)
        return "utf-8" if declared == "utf-8-sig" else declared

    def _byte_order(self, family: str, start: bytes) -> str:
        """Return the codec of a file without mark, by the zeros of its first letter."""
        if start[:1] == b"\0":
            return f"{family}-be"
        if start[1:2] == b"\0":
            return f"{family}-le"
        problem = (
            f"{family} without a byte order mark; say encoding='{family}-le' or "
            f"'{family}-be'"
        )
        raise UnreadableList(self.source, problem)

    def _refuse_change(self) -> None:
        if _state(self._stream) != self._state:
            problem = "the file was changed while it was being read; read it again"
            raise UnreadableList(self.source, problem, self._line)


def _mark_of(start: bytes) -> tuple[bytes, str, str]:
    """Return the byte order mark, its family and its codec; empty without one."""
    return next((row for row in _MARKS if start.startswith(row[0])), (b"", "", ""))


def _state(stream: BinaryIO) -> tuple[int, int]:
    state = os.fstat(stream.fileno())
    return state.st_size, state.st_mtime_ns


def count_line_ends(text: str) -> int:
    r"""Return how many lines end in `text`.

    Example:
        >>> count_line_ends("a\r\nb\rc\n")
        3
    """
    return text.count("\n") + text.count("\r") - text.count("\r\n")
