"""Messages over a socket, in batches: how a run and its sender talk.

```text
4 bytes: length │ a message │ 4 bytes: length │ the next one ...
```
"""

from __future__ import annotations

import socket

__all__ = ["Link"]

_LENGTH_BYTES = 4
_READ_BYTES = 1 << 20
_LARGE = 12
"""Messages of a batch that is not to wait: the other end could work on it meanwhile."""


class Link:
    """One end of the socket; neither sending nor receiving waits.

    Args:
        end: The socket, which belongs to the link from then on.
    """

    def __init__(self, end: socket.socket) -> None:
        end.settimeout(0)
        self._socket = end
        self._batch: list[bytes] = []
        self._unsent = memoryview(b"")
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

    def put(self, message: bytes) -> bool:
        """Have a message sent with the next batch; return whether that is large now."""
        batch = self._batch
        batch.append(len(message).to_bytes(_LENGTH_BYTES, "little"))
        batch.append(message)
        return len(batch) >= 2 * _LARGE and not self._unsent

    def flush(self) -> None:
        """Send what has been put, or as much of it as the socket takes now.

        Raises:
            OSError: The other end is gone.
        """
        if self._unsent:
            self._send(self._unsent)
        if self._batch and not self._unsent:
            raw = memoryview(b"".join(self._batch))
            self._batch.clear()
            self._send(raw)

    def _send(self, raw: memoryview) -> None:
        try:
            count = self._socket.send(raw)
        except BlockingIOError:
            count = 0
        self._unsent = raw[count:]

    def receive(self) -> list[bytes] | None:
        """Return the messages that have come whole; None if the other end is gone."""
        try:
            raw = self._socket.recv(_READ_BYTES)
        except BlockingIOError:
            return []
        except OSError:
            return None
        if not raw:
            return None
        self._received += raw
        messages: list[bytes] = []
        at, end = 0, len(self._received)
        with memoryview(self._received) as received:
            while end - at >= _LENGTH_BYTES:
                start = at + _LENGTH_BYTES
                stop = start + int.from_bytes(received[at:start], "little")
                if stop > end:
                    break
                messages.append(bytes(received[start:stop]))
                at = stop
        del self._received[:at]
        return messages

    def close(self) -> None:
        """Close this end; the other one reads that it is gone."""
        self._socket.close()
