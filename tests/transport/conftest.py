"""Transports under contract: every test that asks for `make_transport` runs on each."""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, cast

import pytest
import trustme

from nbwebhook.transport.base import Transport
from nbwebhook.transport.httpx_transport import HttpxTransport

MakeTransport = Callable[..., Transport]

_OVER_LIBCURL = {
    "curl": ("nbwebhook.transport.curl_transport", "CurlTransport"),
    "sender": ("nbwebhook.transport.sender.transport", "SenderTransport"),
}


@pytest.fixture(params=["httpx", "curl", "sender"])
def transport_kind(request: pytest.FixtureRequest) -> str:
    """Return which transport the test runs on."""
    return str(request.param)


@pytest.fixture
async def make_transport(
    transport_kind: str, tmp_path: Path
) -> AsyncIterator[MakeTransport]:
    """Return a function that makes a transport; all of them close with the test.

    `trust` is the authority whose certificates are accepted; all else goes to the
    transport as it is.
    """
    async with AsyncExitStack() as stack:

        def make(*, trust: trustme.CA | None = None, **settings: Any) -> Transport:  # noqa: ANN401 - whatever a transport takes
            made = make_one(transport_kind, trust, tmp_path, settings)
            stack.push_async_callback(made.aclose)
            return made

        yield make


def make_one(
    kind: str, trust: trustme.CA | None, folder: Path, settings: dict[str, Any]
) -> Transport:
    """Return a transport of the kind under contract, with `settings` as they are."""
    if kind in _OVER_LIBCURL:
        room, name = _OVER_LIBCURL[kind]
        if trust is not None:
            settings["ca_file"] = folder / "ca.pem"
            trust.cert_pem.write_to_path(settings["ca_file"])
        make = getattr(pytest.importorskip(room), name)
        return cast("Transport", make(**settings))
    if trust is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        trust.configure_trust(context)
        settings["ssl_context"] = context
    return HttpxTransport(**settings)


@pytest.fixture
def full_backlog() -> Iterator[str]:
    """Return the URL of a port that takes no further connection."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            filler = stack.enter_context(socket.socket())
            filler.settimeout(0)
            filler.connect_ex(listener.getsockname())
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"


@pytest.fixture
async def transport(make_transport: MakeTransport) -> Transport:
    """Return a transport with the settings that nobody has changed."""
    return make_transport()
