"""Contract: calls go as well on uvloop as on asyncio's own loop."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
import trustme

from nbwebhook.transport.base import Response
from tests.servers import Peer, RawServer, http_response, request_to
from tests.transport.conftest import make_one

StartServer = Callable[..., RawServer]


def _uvloop() -> asyncio.AbstractEventLoop:
    loop = pytest.importorskip("uvloop").new_event_loop()
    assert isinstance(loop, asyncio.AbstractEventLoop)
    return loop


async def _script(peer: Peer) -> None:
    while True:
        received = await peer.request()
        if received.target == b"/hang":
            await peer.hang()
        if received.target == b"/drop":
            return
        await peer.write(http_response(received.body))


on_every_loop = pytest.mark.parametrize(
    "loop_factory", [asyncio.SelectorEventLoop, _uvloop]
)
with_and_without_tls = pytest.mark.parametrize(
    "is_tls", [False, True], ids=["http", "https"]
)


@on_every_loop
@with_and_without_tls
def test_calls_end_as_they_should_on_every_loop(  # noqa: PLR0913, PLR0917 - a table
    raw_server: StartServer,
    transport_kind: str,
    authority: trustme.CA,
    server_tls: ssl.SSLContext,
    tmp_path: Path,
    loop_factory: Callable[[], asyncio.AbstractEventLoop],
    is_tls: bool,  # noqa: FBT001 - a parameter of the table
) -> None:
    """Good, late, dropped, refused and cancelled calls, large and small ones."""
    server = raw_server(_script, tls=server_tls if is_tls else None)
    _use(transport_kind, server, authority, tmp_path, loop_factory)


@on_every_loop
@with_and_without_tls
def test_calls_of_libcurl_end_so_without_epoll(  # noqa: PLR0913, PLR0917 - a table
    raw_server: StartServer,
    authority: trustme.CA,
    server_tls: ssl.SSLContext,
    tmp_path: Path,
    loop_factory: Callable[[], asyncio.AbstractEventLoop],
    is_tls: bool,  # noqa: FBT001 - a parameter of the table
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The loop watches each socket itself, as on macOS."""
    monkeypatch.setattr(
        pytest.importorskip("nbwebhook.transport.curl_multi"), "select", None
    )
    server = raw_server(_script, tls=server_tls if is_tls else None)
    _use("curl", server, authority, tmp_path, loop_factory)


def _use(
    kind: str,
    server: RawServer,
    authority: trustme.CA,
    folder: Path,
    loop_factory: Callable[[], asyncio.AbstractEventLoop],
) -> None:
    large = bytes(3 << 20)

    async def use() -> None:
        transport = make_one(kind, authority, folder, {})

        def call(
            path: str, body: bytes = b"", limit_s: float = 8
        ) -> Coroutine[Any, Any, Response]:
            return transport.send(request_to(server.url + path, body), limit_s)

        good = [call("/ok", b"%d" % n) for n in range(60)]
        bodies = [response.body for response in await asyncio.gather(*good)]
        assert bodies == [b"%d" % n for n in range(60)]
        late = [call("/hang", limit_s=0.3) for _ in range(10)]
        lost = [call("/drop") for _ in range(10)]
        ends = await asyncio.gather(*late, *lost, return_exceptions=True)
        kinds = [type(end).__name__ for end in ends]
        assert kinds == ["DeadlineExceeded"] * 10 + ["ConnectionLost"] * 10
        task = asyncio.create_task(call("/hang"))
        await asyncio.sleep(0.05)
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()
        assert (await call("/ok", large)).body == large
        again = await call("/ok", b"end")
        assert (again.body, again.connection_reused) == (b"end", True)
        assert again.timing.send_ms >= 0
        await transport.aclose()

    with asyncio.Runner(loop_factory=loop_factory) as runner:
        runner.run(use())
