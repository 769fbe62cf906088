"""Plain values over a socket, in batches: how a run and its sender talk.

```text
4 bytes: length │ marshal: a list of tuples of numbers, bytes, text and tuples
```

Both ends are one interpreter and one version of this package, so that `marshal` fits:
it is the fastest that there is, and makes nothing but plain values.
"""

from __future__ import annotations

import marshal
import socket
from typing import Any

__all__ = ["Link"]

_LENGTH_BYTES = 4
_READ_BYTES = 1 << 20
_LARGE = 32
"""Messages of a batch that is not to wait: the other end could work on it meanwhile."""


class Link:
    """One end of the socket; neither sending nor receiving waits.

    Args:
        end: The socket, which belongs to the link from then on.
    """

    def __init__(self, end: socket.socket) -> None:
        end.settimeout(0)
        self._socket = end
        self._batch: list[tuple[Any, ...]] = []
        self._unsent = b""
        self._received = bytearray()

    def fileno(self) -> int:
        """Return the socket's descriptor."""
        return self._socket.fileno()

    @property
    def has_unsent(self) -> bool:
        """Whether something waits until the socket can take it."""
        return bool(self._unsent)

    @property
    def has_news(self) -> bool:
        """Whether something was put, or has not been taken yet."""
        return bool(self._batch or self._unsent)

    def put(self, message: tuple[Any, ...]) -> bool:
        """Have a message sent with the next batch; return whether that is large now."""
        self._batch.append(message)
        return len(self._batch) >= _LARGE and not self._unsent

    def flush(self) -> None:
        """Send what has been put, or as much of it as the socket takes now.

        Raises:
            OSError: The other end is gone.
        """
        if self._unsent:
            self._send(self._unsent)
        if self._batch and not self._unsent:
            raw = marshal.dumps(self._batch)
            self._batch.clear()
            self._send(len(raw).to_bytes(_LENGTH_BYTES, "little") + raw)

    def _send(self, raw: bytes) -> None:
        try:
            count = self._socket.send(raw)
        except BlockingIOError:
            count = 0
        self._unsent = raw[count:]

    def receive(self) -> list[tuple[Any, ...]] | None:
        """Return the messages that have come whole; None if the other end is gone."""
        try:
            raw = self._socket.recv(_READ_BYTES)
        except BlockingIOError:
            return []
        except OSError:
            return None
        if not raw:
            return None
        received = self._received
        received += raw
        messages: list[tuple[Any, ...]] = []
        start, end = 0, len(received)
        while end - start >= _LENGTH_BYTES:
            body = start + _LENGTH_BYTES
            length = int.from_bytes(received[start:body], "little")
            if end - body < length:
                break
            with memoryview(received)[body : body + length] as whole:
                messages += marshal.loads(whole)  # noqa: S302 - of our own process
            start = body + length
        del received[:start]
        return messages

    def close(self) -> None:
        """Close this end; the other one reads that it is gone."""
        self._socket.close()
