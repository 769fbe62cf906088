"""The demo service: a web service on loopback with chosen delays and faults."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Self

from nbwebhook.demo.counts import DemoCounts, ServedCall
from nbwebhook.demo.latency import Latency, as_latency
from nbwebhook.demo.process import ServiceProcess
from nbwebhook.demo.settings import Settings
from nbwebhook.demo.thread import Engine, ServiceThread
from nbwebhook.errors import NbWebhookError

__all__ = ["DemoService", "serve_forever"]

_LOOK_FOR_END_S = 0.5


class DemoService:
    """A web service on loopback that enriches leads, late or wrongly if asked to.

    ```text
    GET, POST /enrich     JSON about the lead that query, form or JSON body tells of
    any       /echo       JSON of what arrived, byte for byte
    any       /status/NNN that status; ?retry_after=VALUE sets the header
    any       /fault/NAME always goes wrong by that name, at once
    any       /health     {"status": "ok"}
    ```

    The latency and the shares of failures and faults hold for the first three. What
    becomes of a request follows from the seed, its lead and how often that lead was
    seen, so every run meets the same failures, and a second try has a fate of its own.

    Faults: `close` and `reset` end the connection instead of an answer, `hang` never
    answers, `drip` sends the body byte by byte over `drip_s`, `truncate` promises more
    than it sends, `html` sends a page, `empty` nothing, `bad_json` half a document,
    `status_NNN` that status, `redirect` points to /health, `big` sends `big_bytes`,
    `gzip` packs the answer.

    Args:
        latency_ms: How long a request takes: a number, `Constant` or `LogNormal`.
        failure_share: Share of requests, 0 to 1, answered with `failure_status`.
        failure_status: The status of those.
        faults: Shares of further faults by name, such as `{"reset": 0.01}`.
        seed: Another seed, other leads that fail.
        max_connections: Connections above it are answered 503 and closed.
        host: A loopback address to listen at.
        port: Where to listen; 0 takes a free port.
        process: Serve in a process of its own, so that the service's work does not
            share the interpreter with the client that is measured.
        drip_s: How long the body of `drip` takes.
        big_bytes: Size of the body of `big`.
        max_request_bytes: A larger body of a request is answered 413.
        keep_record: Whether `record` is kept, 24 bytes a request; off for long runs.

    Raises:
        InvalidPlan: An argument has a value that cannot be.

    Example:
        >>> from urllib.request import urlopen
        >>> with DemoService(latency_ms=0) as service:
        ...     with urlopen(f"{service.url}/enrich?email=ana@example.com") as response:
        ...         response.status
        200
        >>> service.counts.by_lead
        Counter({'ana@example.com': 1})
    """

    def __init__(  # noqa: PLR0913 - each is a keyword that a notebook's reader sees
        self,
        *,
        latency_ms: float | Latency = 50,
        failure_share: float = 0.0,
        failure_status: int = 500,
        faults: Mapping[str, float] | None = None,
        seed: int = 0,
        max_connections: int | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        process: bool = False,
        drip_s: float = 3.0,
        big_bytes: int = 16 * 1024 * 1024,
        max_request_bytes: int = 1024 * 1024,
        keep_record: bool = True,
    ) -> None:
        self._settings = Settings(
            latency=as_latency(latency_ms),
            failure_share=failure_share,
            failure_status=failure_status,
            faults=tuple((faults or {}).items()),
            seed=seed,
            max_connections=max_connections,
            host=host,
            port=port,
            drip_s=drip_s,
            big_bytes=big_bytes,
            max_request_bytes=max_request_bytes,
            keep_record=keep_record,
        )
        self._make_engine = ServiceProcess if process else ServiceThread
        self._engine: Engine | None = None
        self._port = 0
        self._is_running = False

    def start(self) -> Self:
        """Begin to serve, with counts at zero; nothing changes if it serves already.

        Raises:
            InvalidPlan: Nothing can listen at that port.
        """
        if not self._is_running:
            engine: Engine = self._make_engine(self._settings)
            self._port = engine.start()
            self._engine = engine
            self._is_running = True
        return self

    def stop(self) -> None:
        """Cut every connection and end; counts and record can still be read."""
        if self._is_running:
            self._is_running = False
            self._started().stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def is_running(self) -> bool:
        """Whether the service was started and not stopped."""
        return self._is_running

    @property
    def port(self) -> int:
        """The port that it listens at."""
        self._started()
        return self._port

    @property
    def url(self) -> str:
        """Where it listens, such as `http://127.0.0.1:40123`, without a slash after it.

        Raises:
            NbWebhookError: The service was not started.
        """
        host = self._settings.host
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def counts(self) -> DemoCounts:
        """What it has seen so far."""
        return self._started().look()[1]

    @property
    def record(self) -> list[ServedCall]:
        """Every answer so far, in the order of their ends."""
        return self._started().list_calls()

    def reset(self) -> None:
        """Set counts and record back, but for what is in flight or open now."""
        self._started().reset()

    def wait_for(
        self, condition: Callable[[DemoCounts], bool], *, timeout_s: float = 10.0
    ) -> DemoCounts:
        """Return the counts once they satisfy `condition`.

        It is asked again after each change, never by the clock.

        Args:
            condition: Tells whether the wait is over.
            timeout_s: How long to wait at most.

        Raises:
            TimeoutError: The condition did not hold in time.
        """
        engine = self._started()
        deadline_s = time.monotonic() + timeout_s
        version, counts = engine.look()
        while not condition(counts):
            left_s = deadline_s - time.monotonic()
            if left_s <= 0:
                raise TimeoutError(
                    f"the condition did not hold within {timeout_s:g} s; so far "
                    f"{counts.requests} requests, {counts.in_flight} of them in flight"
                )
            version, counts = engine.wait_for_change(version, left_s)
        return counts

    def _started(self) -> Engine:
        if self._engine is None:
            raise NbWebhookError(
                "the demo service was not started; use `with DemoService() as service:`"
                " or call start()"
            )
        return self._engine

    def __repr__(self) -> str:
        state = f"at {self.url}" if self._is_running else "not running"
        return f"<DemoService {state}>"


def serve_forever(
    service: DemoService,
    *,
    announce: Callable[[str], object],
    until: threading.Event | None = None,
) -> None:
    """Serve until the user interrupts, and stop the service.

    Args:
        service: Not yet started.
        announce: Is told in a line where the service listens, and in another what it
            has seen in the end.
        until: Ends the service too, once it is set.

    Raises:
        InvalidPlan: Nothing can listen at the service's port.
    """
    end = until or threading.Event()
    with service:
        announce(f"demo service at {service.url}; Ctrl-C stops it")
        try:
            while not end.wait(_LOOK_FOR_END_S):
                pass
        except KeyboardInterrupt:
            pass
        counts = service.counts
    announce(f"{counts.requests} requests on {counts.connections} connections")
