"""A socket to the first of several addresses that answers."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from typing import cast

from nbwebhook.transport.translate import reason_of

__all__ = ["dial"]

_NEXT_ADDRESS_S = 0.25


async def _connect_socket(address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        sock.settimeout(0)
        # Head and body are two writes; Nagle's algorithm would put 40 ms between them.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.get_running_loop().sock_connect(sock, (address, port))
    except BaseException:
        sock.close()
        raise
    return sock


async def dial(addresses: Sequence[str], port: int) -> tuple[socket.socket, str]:
    """Return a socket to the first address that answers, and the address.

    The next address is tried as soon as one fails, and after a quarter of a second in
    any case; the first connection wins and the others are closed.
    """
    failures: list[str] = []
    tasks: dict[asyncio.Task[socket.socket], str] = {}
    untried = list(addresses)
    try:
        while untried or tasks:
            if untried:
                address = untried.pop(0)
                task = asyncio.create_task(_connect_socket(address, port))
                tasks[task] = address
            patience_s = _NEXT_ADDRESS_S if untried else None
            done, _ = await asyncio.wait(
                tasks, timeout=patience_s, return_when=asyncio.FIRST_COMPLETED
            )
            for task in done:
                address = tasks[task]
                if task.exception() is None:
                    del tasks[task]
                    return task.result(), address
                del tasks[task]
                failures.append(
                    f"{address}: {reason_of(cast('OSError', task.exception()))}"
                )
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            task.add_done_callback(_close_result)
    raise ConnectionError("; ".join(failures))


def _close_result(task: asyncio.Task[socket.socket]) -> None:
    if not task.cancelled() and task.exception() is None:
        task.result().close()
