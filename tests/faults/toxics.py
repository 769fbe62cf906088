"""Toxiproxy's toxics by name, between a run and a service, on loopback.

Each is a script of the raw server that passes bytes on to a service behind it and does to
them what the toxic of that name does.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable, Iterator

from tests.servers import Peer, Script

__all__ = ["TOXICS", "Toxic"]

Deliver = Callable[[Peer, bytes], Awaitable[None]]
Toxic = Callable[[int], Script]
"""From the port of the service to the script of the proxy."""


def _through(
    deliver: Deliver, end: Callable[[Peer], Awaitable[None]] | None = None
) -> Toxic:
    """Return a toxic that delivers what the service sends in its own way."""

    def toxic(port: int) -> Script:
        async def script(peer: Peer) -> None:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            up = asyncio.create_task(_upload(peer, writer))
            try:
                while data := await reader.read(1 << 16):
                    await deliver(peer, data)
                if end is not None:
                    await end(peer)
            finally:
                up.cancel()
                writer.close()

        return script

    return toxic


async def _upload(peer: Peer, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await peer.read():
            writer.write(data)
            await writer.drain()
        writer.close()


async def _late(peer: Peer, data: bytes) -> None:
    await asyncio.sleep(0.05)
    await peer.write(data)


async def _jittered(peer: Peer, data: bytes) -> None:
    await asyncio.sleep(random.Random(len(data)).random() / 10)  # noqa: S311 - repeatable on purpose
    await peer.write(data)


async def _slowly(peer: Peer, data: bytes) -> None:
    """Pass on a kilobyte a second, in pieces."""
    await peer.drip((data[i : i + 20] for i in range(0, len(data), 20)), 0.02)


async def _in_slices(peer: Peer, data: bytes) -> None:
    await peer.drip(_slices(data), 0.001)


def _slices(data: bytes) -> Iterator[bytes]:
    dice, at = random.Random(5), 0  # noqa: S311 - repeatable on purpose
    while at < len(data):
        size = dice.randint(1, 64)
        yield data[at : at + size]
        at += size


async def _nothing(_: Peer, __: bytes) -> None:
    """Deliver nothing, and keep the connection."""


async def _reset(peer: Peer, _: bytes) -> None:
    peer.reset()


async def _as_it_is(peer: Peer, data: bytes) -> None:
    await peer.write(data)


async def _first_bytes(peer: Peer, data: bytes) -> None:
    await peer.write(data[:60])
    peer.close()


async def _end(peer: Peer, data: bytes) -> None:
    peer.close()


async def _close_late(peer: Peer) -> None:
    await peer.hang()


TOXICS: dict[str, Toxic] = {
    "latency": _through(_late),
    "latency-with-jitter": _through(_jittered),
    "bandwidth": _through(_slowly),
    "slow_close": _through(_as_it_is, _close_late),
    "timeout": _through(_nothing),
    "timeout-then-close": _through(_end),
    "reset_peer": _through(_reset),
    "slicer": _through(_in_slices),
    "limit_data": _through(_first_bytes),
}
