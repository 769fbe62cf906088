"""What runs in the process: orders in, calls over libcurl, their ends out."""

from __future__ import annotations

import gc
import select
import socket
from time import perf_counter, process_time
from typing import Any

from nbwebhook.definition.urls import Origin
from nbwebhook.errors import NbWebhookError
from nbwebhook.render.request import Request
from nbwebhook.transport.base import CallProgress, Timing
from nbwebhook.transport.curl_calls import (
    CurlCalls,
    annotate_failure,
    deadline_exceeded,
)
from nbwebhook.transport.curl_multi import CurlResult
from nbwebhook.transport.curl_slot import CurlSlot
from nbwebhook.transport.sender.epoll_multi import EpollMulti
from nbwebhook.transport.sender.link import Link
from nbwebhook.transport.sender.told import Order, error_told, response_told

__all__ = ["serve"]

_GROUP = 64
"""Connections that share one multi handle, which looks through all of them for one."""

_FEW = 100_000


class _Call:
    __slots__ = ("before_ms", "group", "order", "request", "slot")

    def __init__(self, order: Order, request: Request, group: _Group) -> None:
        self.order = order
        self.request = request
        self.group = group
        self.before_ms = order.before_ms
        self.slot: CurlSlot


class _Group:
    """Some connections with one multi handle."""

    __slots__ = ("calls", "multi", "under_way")

    def __init__(self, calls: CurlCalls, multi: EpollMulti) -> None:
        self.calls = calls
        self.multi = multi


class Sender:
    """Makes the calls that it is told of, until the other end of its link is gone.

    Args:
        link: Where the orders come from, and where the ends of calls go.
        connections: How many calls are made at once.
        ca_file: The authorities that are trusted.
        max_body_bytes: Cap of a response's body.
        max_header_bytes: Cap of a response's head.
    """

    def __init__(
        self,
        link: Link,
        connections: int,
        ca_file: str,
        max_body_bytes: int,
        max_header_bytes: int,
    ) -> None:
        self._link = link
        self._epoll = select.epoll()
        self._owners: dict[int, EpollMulti] = {}
        self._groups = [
            self._new_group(
                min(connections, _GROUP), ca_file, max_body_bytes, max_header_bytes
            )
            for _ in range(-(-connections // _GROUP))
        ]
        self._next_group = 0
        self._under_way: dict[Any, _Call] = {}
        self._numbers: dict[int, _Call] = {}
        self._origins: dict[tuple[str, str, int], Origin] = {}
        self._addresses: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._lines: tuple[bytes, ...] = ()

    def _new_group(
        self, connections: int, ca_file: str, max_body_bytes: int, max_header_bytes: int
    ) -> _Group:
        calls = CurlCalls(
            connections=connections,
            ca_file=ca_file,
            max_body_bytes=max_body_bytes,
            max_header_bytes=max_header_bytes,
        )
        multi = EpollMulti(self._epoll, self._owners, connections, self._end)
        return _Group(calls, multi)

    def serve(self) -> None:
        """Serve until the other end is gone."""
        link, epoll, owners = self._link, self._epoll, self._owners
        link_fd = link.fileno()
        epoll.register(link_fd, select.EPOLLIN)
        writes = False
        link.put((0, process_time()))
        link.flush()
        while True:
            for fd, happened in epoll.poll(self._wait_s()):
                if fd != link_fd:
                    owner = owners.get(fd)
                    if owner is not None:
                        owner.act(fd, happened)
                elif not self._read():
                    return
            now_s = perf_counter()
            for group in self._groups:
                if group.multi.due_s <= now_s:
                    group.multi.act_on_time()
            if link.has_news:
                link.put((0, process_time()))
                link.flush()
            if link.has_unsent != writes:
                writes = link.has_unsent
                more = select.EPOLLOUT if writes else 0
                epoll.modify(link_fd, select.EPOLLIN | more)

    def _wait_s(self) -> float:
        due_s = min(group.multi.due_s for group in self._groups)
        return -1 if due_s == float("inf") else max(due_s - perf_counter(), 0)

    def _read(self) -> bool:
        messages = self._link.receive()
        if messages is None:
            return False
        for message in messages:
            if len(message) == 1:
                self._cut(message[0])
            else:
                self._begin(Order._make(message))
        return True

    def _begin(self, order: Order) -> None:
        origin = self._origins.get(order.origin)
        if origin is None:
            origin = self._origins[order.origin] = Origin(*order.origin)
        addresses = self._addresses.setdefault(order.addresses, order.addresses)
        if self._lines != order.lines:
            self._lines = order.lines
        request = Request(order.method, origin, order.target, (), order.body)
        group = min(self._groups, key=_load) if len(self._groups) > 1 else self._groups[0]
        call = _Call(order, request, group)
        call.slot = group.calls.begin(request, self._lines, addresses, CallProgress())
        self._numbers[order.number] = call
        self._start(call)

    def _start(self, call: _Call) -> None:
        order = call.order
        left_s = order.began_s + order.deadline_s - perf_counter()
        call.slot.set_deadline(left_s)
        self._under_way[call.slot.easy] = call
        call.group.multi.add(call.slot.easy)

    def _end(self, easy: Any, result: CurlResult) -> None:  # noqa: ANN401 - pycurl has no types
        call = self._under_way.pop(easy)
        slot, order = call.slot, call.order
        slot.note_socket()
        call.group.multi.remove(easy)
        if slot.is_stale:
            # Nothing was written: the call goes to a new connection instead.
            call.before_ms = (perf_counter() - order.began_s) * 1000
            slot.prepare_again()
            self._start(call)
            return
        del self._numbers[order.number]
        timing = Timing()
        try:
            response = call.group.calls.finish(
                slot,
                result,
                call.request,
                timing=timing,
                deadline_s=order.deadline_s,
                before_ms=call.before_ms,
            )
            self._link.put(response_told(order.number, response))
        except NbWebhookError as error:
            annotate_failure(error, slot, timing, perf_counter() - order.began_s)
            self._link.put(error_told(order.number, error))
        call.group.calls.give_back(slot)

    def _cut(self, number: int) -> None:
        call = self._numbers.pop(number, None)
        if call is None:
            return
        del self._under_way[call.slot.easy]
        call.group.multi.remove(call.slot.easy)
        self._link.put((number, call.slot.is_written))
        call.group.calls.give_back(call.slot)


def _load(group: _Group) -> int:
    return group.multi.under_way


def serve(end: socket.socket, *settings: Any) -> None:
    """Be a sender."""
    sender = Sender(Link(end), *settings)
    gc.freeze()
    gc.set_threshold(_FEW)
    try:
        sender.serve()
    except OSError:
        pass
