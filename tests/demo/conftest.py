"""A service for a test, and a client that sends exactly the bytes it is given."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

from nbwebhook.demo import DemoService

_CLIENT_TIMEOUT_S = 10.0


class RawClient:
    """One connection, byte for byte."""

    def __init__(
        self, service: DemoService, receive_bytes: int | None, timeout_s: float
    ) -> None:
        self.socket = socket.socket()
        if receive_bytes is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        self.socket.settimeout(timeout_s)
        self.socket.connect(("127.0.0.1", service.port))

    def send(self, data: bytes) -> None:
        """Send all of it."""
        self.socket.sendall(data)

    def read_to_end(self) -> bytes:
        """Return what comes until the service ends the connection."""
        return b"".join(iter(lambda: self.socket.recv(65_536), b""))

    def read_until(self, mark: bytes) -> bytes:
        """Return what comes up to the mark."""
        data = b""
        while mark not in data:
            piece = self.socket.recv(65_536)
            assert piece, f"the connection ended before {mark!r}: {data!r}"
            data += piece
        return data

    def close(self) -> None:
        """End the connection."""
        self.socket.close()


@pytest.fixture
def start_service() -> Iterator[Callable[..., DemoService]]:
    """Start services that are stopped after the test; no delay unless asked for."""
    with ExitStack() as stack:

        def start(**settings: Any) -> DemoService:  # noqa: ANN401 - as the service takes them
            return stack.enter_context(DemoService(**{"latency_ms": 0, **settings}))

        yield start


@pytest.fixture
def connect() -> Iterator[Callable[..., RawClient]]:
    """Make raw connections, if asked to with a small buffer; closed after the test."""
    with ExitStack() as stack:

        def make(
            service: DemoService,
            *,
            receive_bytes: int | None = None,
            timeout_s: float = _CLIENT_TIMEOUT_S,
        ) -> RawClient:
            client = RawClient(service, receive_bytes, timeout_s)
            stack.callback(client.close)
            return client

        yield make


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    """An HTTP client with a time limit that no test should reach."""
    with httpx.Client(timeout=_CLIENT_TIMEOUT_S, trust_env=False) as client:
        yield client
