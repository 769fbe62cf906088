"""What runs in the process: orders in, calls over libcurl, their ends out."""

from __future__ import annotations

import gc
import select
import socket
from collections import deque
from contextlib import suppress
from math import inf
from time import perf_counter, process_time
from typing import Any, NamedTuple

from nbwebhook.definition.urls import Origin
from nbwebhook.errors import NbWebhookError
from nbwebhook.render.request import Request
from nbwebhook.transport.base import CallProgress, Timing
from nbwebhook.transport.curl_calls import CurlCalls, annotate_failure
from nbwebhook.transport.curl_handles import CurlResult
from nbwebhook.transport.curl_slot import CurlSlot
from nbwebhook.transport.epoll_sockets import EpollSockets
from nbwebhook.transport.idle import IdleSockets
from nbwebhook.transport.sender.epoll_multi import EpollMulti
from nbwebhook.transport.sender.link import Link
from nbwebhook.transport.sender.told import (
    CALL,
    MANNER,
    ResponseTeller,
    call_from,
    cut_told,
    error_told,
    manner_from,
    number_of,
    work_told,
)

__all__ = ["serve"]

_GROUP = 64
"""Connections that share one multi handle, which looks through all of them for one."""

_SELDOM = 100_000
"""Objects made before the collector looks for cycles: a call leaves none behind."""

_NOBODY = CallProgress()
_FOR_EVER = -1
_BEGUN_A_TURN = 16


class _Group:
    """Some connections with one multi handle."""

    __slots__ = ("calls", "multi")

    def __init__(self, calls: CurlCalls, multi: EpollMulti) -> None:
        self.calls = calls
        self.multi = multi


class _Manner(NamedTuple):
    """How calls are made; see `told.Manner`."""

    method: str
    origin: Origin
    lines: tuple[bytes, ...]
    addresses: tuple[str, ...]


class _Call:
    """A call under way."""

    __slots__ = (
        "before_ms",
        "began_s",
        "deadline_s",
        "group",
        "number",
        "request",
        "slot",
    )

    def __init__(
        self, number: int, request: Request, group: _Group, slot: CurlSlot
    ) -> None:
        self.number = number
        self.request = request
        self.group = group
        self.slot = slot
        self.began_s = self.deadline_s = self.before_ms = 0.0


class _Sender:
    """Makes the calls that it is told of, until the other end of its link is gone."""

    def __init__(
        self,
        link: Link,
        connections: int,
        ca_file: str,
        max_body_bytes: int,
        max_header_bytes: int,
    ) -> None:
        self._link = link
        self._teller = ResponseTeller()
        idle = IdleSockets()
        self._sockets = EpollSockets[EpollMulti](idle)
        self._epoll = self._sockets.epoll
        self._groups: list[_Group] = []
        for first in range(0, connections, _GROUP):
            share = min(connections - first, _GROUP)
            calls = CurlCalls(
                connections=share,
                ca_file=ca_file,
                max_body_bytes=max_body_bytes,
                max_header_bytes=max_header_bytes,
                sockets=idle,
            )
            multi = EpollMulti(self._sockets, share, self._end)
            self._groups.append(_Group(calls, multi))
        self._multis = [group.multi for group in self._groups]
        # A group as often as it has a connection for a further call.
        self._idle = [
            self._groups[number // _GROUP] for number in reversed(range(connections))
        ]
        self._under_way: dict[Any, _Call] = {}
        self._numbers: dict[int, _Call] = {}
        self._origins: dict[tuple[str, str, int], Origin] = {}
        self._addresses: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._manner = _Manner("", Origin("http", "", 0), (), ())
        self._queue: deque[tuple[bytes, _Manner]] = deque()
        self._ended: list[tuple[_Call, CurlResult]] = []

    def serve(self) -> None:
        """Serve until the other end is gone.

        Raises:
            OSError: It went while it was told something, or sockets cannot be watched.
        """
        self._epoll.register(self._link.fileno(), select.EPOLLIN)
        self._tell()
        while self._act_on_sockets():
            self._finish_all()
            self._begin_some()
            now_s = perf_counter()
            for multi in self._multis:
                if multi.due_s <= now_s:
                    multi.act_on_time()
            self._finish_all()  # calls whose time was over, before it sleeps
            if self._link.has_news:
                self._tell()

    def _act_on_sockets(self) -> bool:
        """Wait for sockets and serve them; return whether the other end is there."""
        owner_of, its_fd = self._sockets.owner, self._link.fileno()
        for fd, happened in self._epoll.poll(self._wait_s()):
            if owner := owner_of(fd):
                owner.act(fd, happened)
            elif fd == its_fd and not self._read():
                return False
        return True

    def _tell(self) -> None:
        """Send what there is to tell, and how much this process has computed."""
        link = self._link
        wanted_room = link.has_unsent
        link.put(work_told(process_time()))
        link.flush()
        if link.has_unsent is not wanted_room:
            more = 0 if wanted_room else select.EPOLLOUT
            self._epoll.modify(link.fileno(), select.EPOLLIN | more)

    def _wait_s(self) -> float:
        if self._queue:
            return 0
        due_s = min(multi.due_s for multi in self._multis)
        return _FOR_EVER if due_s == inf else max(due_s - perf_counter(), 0)

    def _read(self) -> bool:
        messages = self._link.receive()
        if messages is None:
            return False
        for message in messages:
            if message[0] == CALL:
                self._queue.append((message, self._manner))
            elif message[0] == MANNER:
                self._learn(message)
            else:
                self._cut(number_of(message))
        return True

    def _learn(self, message: bytes) -> None:
        """Take in how the calls that follow are made."""
        method, place, lines, addresses = manner_from(message)
        # libcurl is told of lines and addresses once: they are compared by identity.
        if self._manner.lines == lines:
            lines = self._manner.lines
        addresses = self._addresses.setdefault(addresses, addresses)
        origin = self._origins.setdefault(place, Origin(*place))
        self._manner = _Manner(method, origin, lines, addresses)

    def _begin_some(self) -> None:
        """Begin some of the calls that have come.

        A thousand begun at once would keep every answer waiting meanwhile.
        """
        for _ in range(min(len(self._queue), _BEGUN_A_TURN)):
            self._begin(*self._queue.popleft())

    def _begin(self, message: bytes, manner: _Manner) -> None:
        number, times, target, body = call_from(message)
        method, origin, lines, addresses = manner
        request = Request(method, origin, target, (), body)
        group = self._idle.pop() if self._idle else self._groups[0]
        slot = group.calls.begin(request, lines, addresses, _NOBODY)
        call = self._numbers[number] = _Call(number, request, group, slot)
        call.deadline_s, call.before_ms = times
        call.began_s = perf_counter() - call.before_ms / 1e3
        self._start(call)

    def _start(self, call: _Call) -> None:
        left_s = call.began_s + call.deadline_s - perf_counter()
        call.slot.set_deadline(left_s)
        easy = call.slot.easy
        self._under_way[easy] = call
        call.group.multi.add(easy)

    def _end(self, easy: Any, result: CurlResult) -> None:  # noqa: ANN401 - pycurl has no types
        call = self._under_way.pop(easy)
        call.slot.note_socket()
        call.group.multi.remove(easy)
        if call.slot.is_stale:
            # Nothing was written: the call goes to a new connection instead.
            call.before_ms = (perf_counter() - call.began_s) * 1e3
            call.slot.prepare_again()
            self._start(call)
        else:
            self._ended.append((call, result))

    def _finish_all(self) -> None:
        """Tell how the calls went whose transfers have ended.

        All sockets are read before: no answer waits unread for another one's telling.
        """
        for call, result in self._ended:
            self._finish(call, result)
        self._ended.clear()

    def _finish(self, call: _Call, result: CurlResult) -> None:
        slot, group = call.slot, call.group
        timing = Timing()
        try:
            response = group.calls.finish(
                slot,
                result,
                call.request,
                timing=timing,
                deadline_s=call.deadline_s,
                before_ms=call.before_ms,
            )
            told = self._teller.tell(call.number, response)
        except NbWebhookError as error:
            annotate_failure(error, slot, timing, perf_counter() - call.began_s)
            told = error_told(call.number, error)
        self._forget(call)
        if self._link.put(told):
            self._tell()

    def _cut(self, number: int) -> None:
        """Cut a call off, if it is still under way, and tell whether it was sent."""
        call = self._numbers.get(number)
        if call is None:
            self._drop(number)
            return
        if self._under_way.pop(call.slot.easy, None) is None:
            return  # it has ended, which is told soon
        call.group.multi.remove(call.slot.easy)
        self._link.put(cut_told(number, is_sent=call.slot.is_written))
        self._forget(call)

    def _drop(self, number: int) -> None:
        """Take a call out of the queue, if it is there: it has not begun."""
        for place, (message, _) in enumerate(self._queue):
            if number_of(message) == number:
                del self._queue[place]
                self._link.put(cut_told(number, is_sent=False))
                return

    def _forget(self, call: _Call) -> None:
        del self._numbers[call.number]
        call.group.calls.give_back(call.slot)
        self._idle.append(call.group)


def serve(
    end: socket.socket,
    connections: int,
    ca_file: str,
    max_body_bytes: int,
    max_header_bytes: int,
) -> None:
    """Be the process that makes the calls, until the other end of a socket is gone.

    Args:
        end: This end.
        connections: The most calls at once.
        ca_file: The authorities that are trusted.
        max_body_bytes: Cap of a response's body.
        max_header_bytes: Cap of a response's head.
    """
    sender = _Sender(Link(end), connections, ca_file, max_body_bytes, max_header_bytes)
    gc.freeze()
    gc.set_threshold(_SELDOM)
    with suppress(OSError):  # the other end is gone
        sender.serve()
