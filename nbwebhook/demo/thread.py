"""The demo service's own thread and event loop."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from concurrent.futures import Future
from typing import Protocol

from nbwebhook.demo.counts import DemoCounts, Recorder, ServedCall
from nbwebhook.demo.protocol import Desk, ServiceConnection
from nbwebhook.demo.settings import Settings
from nbwebhook.errors import InvalidPlan, NbWebhookError

__all__ = ["Engine", "ServiceThread"]

_WAITING_CONNECTIONS = 4_096
_ACCEPTED_AT_ONCE = 64
_STOP_WITHIN_S = 10.0


class Engine(Protocol):
    """Something that serves, here or in another process, and tells what it saw."""

    def start(self) -> int:
        """Begin to serve and return the port.

        Raises:
            InvalidPlan: Nothing can listen at that address and port.
        """

    def stop(self) -> None:
        """Cut every connection and end; counts and calls can still be read."""

    def look(self) -> tuple[int, DemoCounts]:
        """Return the number of changes so far, and the counts."""

    def wait_for_change(self, version: int, timeout_s: float) -> tuple[int, DemoCounts]:
        """Return as `look` does, once there are other changes or the time is up."""

    def list_calls(self) -> list[ServedCall]:
        """Return every answer since the last reset, in the order of their ends."""

    def reset(self) -> None:
        """Forget everything but what is in flight or open at this moment."""


class ServiceThread(Recorder):
    """Serves in a daemon thread of this process."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(keep_record=settings.keep_record)
        self._settings = settings
        self._ready: Future[int] = Future()
        self._stopping = asyncio.Event()
        self._thread = threading.Thread(
            target=self._run, name="nbwebhook-demo-service", daemon=True
        )

    def start(self) -> int:
        """Begin to serve and return the port."""
        self._loop = asyncio.new_event_loop()
        self._thread.start()
        try:
            return self._ready.result()
        except OSError as error:
            self._thread.join()
            where = f"{self._settings.port} at {self._settings.host}"
            problem = f"{where} cannot be listened on: {error.strerror or error}"
            raise InvalidPlan("port", f"{problem}; port 0 takes a free one") from error

    def stop(self) -> None:
        """Cut every connection and end the thread."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join(_STOP_WITHIN_S)
        if self._thread.is_alive():
            raise NbWebhookError(
                f"the demo service's thread did not end within {_STOP_WITHIN_S:g} s"
            )

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._serve())
        except OSError as error:
            self._ready.set_exception(error)
        finally:
            self._loop.close()

    async def _serve(self) -> None:
        desk = Desk(self._settings, self)
        listener = self._listen()
        server = await self._loop.create_server(
            lambda: ServiceConnection(desk), sock=listener, backlog=_ACCEPTED_AT_ONCE
        )
        listener.listen(_WAITING_CONNECTIONS)
        self._ready.set_result(listener.getsockname()[1])
        await self._stopping.wait()
        await self._finish_accepting(server)
        server.close()
        await desk.close()

    def _listen(self) -> socket.socket:
        """Return a listening socket.

        It is made here because asyncio takes one number for both: how many connections
        may wait, and how many it accepts before it looks at anything else.
        """
        host, port = self._settings.host, self._settings.port
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family)

    async def _finish_accepting(self, server: asyncio.Server) -> None:
        """Accept no more, and let asyncio finish with those that it has accepted.

        A server that is closed between the two leaves the accepted socket open.
        """
        for listener in server.sockets:
            with contextlib.suppress(NotImplementedError):
                self._loop.remove_reader(listener.fileno())
        while others := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait(others)
