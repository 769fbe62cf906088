"""What the demo service saw: written by its loop, read from any thread."""

from __future__ import annotations

import threading
from array import array
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, NamedTuple

__all__ = ["DemoCounts", "Recorder", "ServedCall"]


@dataclass(frozen=True, slots=True)
class DemoCounts:
    """A snapshot of what a demo service has seen since its start or its last reset.

    Attributes:
        requests: Whole requests received, answered or not.
        in_flight: Requests received and not yet answered or cut off.
        max_in_flight: The most of them at one time.
        connections: Connections made.
        connections_open: Connections open now.
        max_connections_open: The most of them at one time.
        by_status: Answers given to the end, by status; also those to broken requests.
        by_lead: Requests by the header `X-Lead-Id`, or else by the request's e-mail
            address; requests with neither are not in it.
    """

    requests: int = 0
    in_flight: int = 0
    max_in_flight: int = 0
    connections: int = 0
    connections_open: int = 0
    max_connections_open: int = 0
    by_status: dict[int, int] = field(default_factory=dict)
    by_lead: Counter[str] = field(default_factory=Counter)

    def to_facts(self) -> dict[str, Any]:
        """Return the counts as what JSON can hold."""
        facts = {name: getattr(self, name) for name in self.__slots__}
        return {**facts, "by_status": list(self.by_status.items())}

    @classmethod
    def from_facts(cls, facts: dict[str, Any]) -> DemoCounts:
        """Return the counts that `to_facts` told, after JSON."""
        by_status = dict(facts["by_status"])
        by_lead = Counter(facts["by_lead"])
        return cls(**{**facts, "by_status": by_status, "by_lead": by_lead})


class ServedCall(NamedTuple):
    """One answer of the demo service.

    Attributes:
        lead: The request's `X-Lead-Id` or e-mail address, or nothing.
        arrived_s: When the request's last byte was read, by the machine's performance
            counter: `time.perf_counter()` of a client on the same machine compares.
        service_ms: From then until the answer's last bytes went to the socket.
    """

    lead: str
    arrived_s: float
    service_ms: float


class Recorder:
    """Counts requests and connections; each change wakes whoever waits for one."""

    def __init__(self, *, keep_record: bool = True) -> None:
        self._changed = threading.Condition(threading.Lock())
        self._keep_record = keep_record
        self._version = 0
        self._in_flight = 0
        self._connections_open = 0
        self._clear()

    def _clear(self) -> None:
        self._requests = 0
        self._max_in_flight = self._in_flight
        self._connections = self._connections_open
        self._max_connections_open = self._connections_open
        self._by_status: Counter[int] = Counter()
        self._by_lead: Counter[str] = Counter()
        self._leads: list[str] = []
        self._arrived_s = array("d")
        self._service_ms = array("d")

    def _notify(self) -> None:
        self._version += 1
        self._changed.notify_all()

    def open_connection(self) -> int:
        """Count a connection and return how many are open now."""
        with self._changed:
            self._connections += 1
            self._connections_open += 1
            self._max_connections_open = max(
                self._max_connections_open, self._connections_open
            )
            self._notify()
            return self._connections_open

    def close_connection(self) -> None:
        """Count a connection's end."""
        with self._changed:
            self._connections_open -= 1
            self._notify()

    def receive(self, lead: str) -> int:
        """Count a whole request; return which one it is of its lead, from 1.

        A request without a lead is numbered among all requests.
        """
        with self._changed:
            self._requests += 1
            self._in_flight += 1
            self._max_in_flight = max(self._max_in_flight, self._in_flight)
            if lead:
                self._by_lead[lead] += 1
            self._notify()
            return self._by_lead[lead] if lead else self._requests

    def answer(self, status: int, call: ServedCall) -> None:
        """Count an answer that is about to end."""
        with self._changed:
            self._in_flight -= 1
            self._by_status[status] += 1
            if self._keep_record:
                self._leads.append(call.lead)
                self._arrived_s.append(call.arrived_s)
                self._service_ms.append(call.service_ms)
            self._notify()

    def refuse(self, status: int) -> None:
        """Count the answer to something that was no whole request."""
        with self._changed:
            self._by_status[status] += 1
            self._notify()

    def abandon(self) -> None:
        """Count a request that will get no whole answer."""
        with self._changed:
            self._in_flight -= 1
            self._notify()

    def reset(self) -> None:
        """Forget everything but what is in flight or open at this moment."""
        with self._changed:
            self._clear()
            self._notify()

    def look(self) -> tuple[int, DemoCounts]:
        """Return the number of changes so far, and the counts."""
        with self._changed:
            return self._version, self._snapshot()

    def wait_for_change(self, version: int, timeout_s: float) -> tuple[int, DemoCounts]:
        """Return as `look` does, once there are other changes or the time is up."""
        with self._changed:
            self._changed.wait_for(lambda: self._version != version, timeout_s)
            return self._version, self._snapshot()

    def _snapshot(self) -> DemoCounts:
        return DemoCounts(
            requests=self._requests,
            in_flight=self._in_flight,
            max_in_flight=self._max_in_flight,
            connections=self._connections,
            connections_open=self._connections_open,
            max_connections_open=self._max_connections_open,
            by_status=dict(sorted(self._by_status.items())),
            by_lead=self._by_lead.copy(),
        )

    def list_calls(self) -> list[ServedCall]:
        """Return every answer since the last reset, in the order of their ends."""
        with self._changed:
            columns = (self._leads[:], self._arrived_s[:], self._service_ms[:])
        return [ServedCall(*row) for row in zip(*columns, strict=True)]
