"""Names to checked addresses: looked up on threads of our own, kept for a minute."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterable
from itertools import chain, zip_longest
from typing import Any, NamedTuple

from nbwebhook.errors import AddressRefused, NameNotResolved
from nbwebhook.transport.addresses import AddressPolicy, address_in_host, look_alike
from nbwebhook.transport.base import deadline_exceeded

__all__ = ["GetAddrInfo", "Resolver"]

GetAddrInfo = Callable[..., Iterable[tuple[Any, ...]]]
"""What `socket.getaddrinfo` is: host, port and `type=` to rows with a socket address
at their end."""

_MAX_LOOKUPS = 16
_FOR_EVER = float("inf")


class _Answer(NamedTuple):
    """What is known of a host until `expires_s`: addresses, or why there are none."""

    expires_s: float
    addresses: tuple[str, ...] = ()
    refusal: str = ""
    failure: str = ""


class Resolver:
    """Finds the addresses that a host may be called at.

    Calls that ask for one name at one time share one lookup. A lookup that hangs keeps
    a thread of its own and holds up no other name, no deadline and no exit.

    Args:
        policy: Which addresses are permitted.
        getaddrinfo: Stands in for `socket.getaddrinfo`.
        keep_s: How long an answer is kept.
        monotonic_s: Stands in for `time.monotonic`.
    """

    def __init__(
        self,
        policy: AddressPolicy | None = None,
        *,
        getaddrinfo: GetAddrInfo = socket.getaddrinfo,
        keep_s: float = 60.0,
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self.policy = policy or AddressPolicy()
        self._getaddrinfo = getaddrinfo
        self._keep_s = keep_s
        self._monotonic_s = monotonic_s
        self._answers: dict[str, _Answer] = {}
        self._lookups: dict[str, asyncio.Future[_Answer]] = {}

    def known_addresses(self, host: str) -> tuple[str, ...]:
        """Return the checked addresses of `host` that need no lookup, or nothing.

        Raises:
            AddressRefused: The policy refuses the host, or all of its addresses.
        """
        answer = self._answers.get(host)
        if answer is None:
            answer = self._spelled_out(host)
            if answer is not None:
                self._answers[host] = answer
        if answer is None or answer.expires_s < self._monotonic_s():
            return ()
        return _addresses_in(host, answer)

    async def resolve_within(self, host: str, deadline_s: float) -> tuple[str, ...]:
        """Return the same as `resolve`, or give up at the limit of the whole call.

        Raises:
            TransportError: There are none, or not in time.
        """
        try:
            async with asyncio.timeout(deadline_s):
                return await self.resolve(host)
        except TimeoutError as error:
            raise deadline_exceeded("resolve", deadline_s) from error

    async def resolve(self, host: str) -> tuple[str, ...]:
        """Return the checked addresses of `host`, in the order to try them.

        Raises:
            AddressRefused: The policy refuses the host, or all of its addresses.
            NameNotResolved: There is no such name, or it cannot be looked up.
        """
        if known := self.known_addresses(host):
            return known
        loop = asyncio.get_running_loop()
        lookup = self._lookups.get(host)
        if lookup is None or lookup.get_loop() is not loop:
            if len(self._lookups) >= _MAX_LOOKUPS:
                detail = f"{host}: {_MAX_LOOKUPS} other names are still being looked up"
                raise NameNotResolved("resolve", detail, bytes_sent=False)
            lookup = self._lookups[host] = loop.create_future()
            self._start_lookup(host, lookup)
        # One caller's deadline must not end a lookup that others wait for.
        return _addresses_in(host, await asyncio.shield(lookup))

    def _spelled_out(self, host: str) -> _Answer | None:
        """Return what is known of a host that is not a name to look up."""
        if look_alike(host):
            why = "is a number, not a name; write an address as 127.0.0.1"
            return _Answer(_FOR_EVER, refusal=why)
        if not host.isascii() or "%" in host:
            why = "is not a plain ASCII name or address; write its xn-- form"
            return _Answer(_FOR_EVER, refusal=why)
        if host.rstrip(".") == "localhost":
            return _Answer(_FOR_EVER, ("127.0.0.1", "::1"))
        address = address_in_host(host)
        if address is None:
            return None
        refusal = self.policy.refusal(host, host)
        # As the system writes it, so that a connection's own address can be compared.
        family = socket.AF_INET6 if address.version == 6 else socket.AF_INET  # noqa: PLR2004 - IPv6
        plain = socket.inet_ntop(family, address.packed)
        return _Answer(_FOR_EVER, () if refusal else (plain,), refusal)

    def _start_lookup(self, host: str, lookup: asyncio.Future[_Answer]) -> None:
        loop = lookup.get_loop()

        def deliver(answer: _Answer) -> None:
            if self._lookups.get(host) is lookup:
                del self._lookups[host]
            if not answer.failure:
                self._answers[host] = answer
            if not lookup.done():
                lookup.set_result(answer)

        def look_up() -> None:
            answer = _Answer(0.0, failure="the lookup broke off")
            try:
                rows = self._getaddrinfo(host, None, type=socket.SOCK_STREAM)
                answer = self._checked(host, rows)
            except (OSError, ValueError) as error:
                answer = _Answer(0.0, failure=_why_not_found(error))
            finally:
                # The loop may have been closed while the lookup hung.
                with contextlib.suppress(RuntimeError):
                    loop.call_soon_threadsafe(deliver, answer)

        name = f"nbwebhook-resolve-{host}"
        threading.Thread(target=look_up, name=name, daemon=True).start()

    def _checked(self, host: str, rows: Iterable[tuple[Any, ...]]) -> _Answer:
        found = tuple(dict.fromkeys(str(row[-1][0]) for row in rows))
        refusals = [self.policy.refusal(host, address) for address in found]
        good = [a for a, why in zip(found, refusals, strict=True) if not why]
        if not found:
            return _Answer(0.0, failure="no address")
        refusal = "" if good else refusals[0]
        expires_s = self._monotonic_s() + self._keep_s
        return _Answer(expires_s, tuple(_interleaved(good)), refusal)


def _addresses_in(host: str, answer: _Answer) -> tuple[str, ...]:
    if answer.failure:
        detail = f"{host}: {answer.failure}"
        raise NameNotResolved("resolve", detail, bytes_sent=False)
    if answer.refusal:
        detail = f"{host} {answer.refusal}"
        raise AddressRefused("resolve", detail, bytes_sent=False)
    return answer.addresses


def _why_not_found(error: OSError | ValueError) -> str:
    if isinstance(error, OSError):
        return error.strerror or "the lookup failed"
    return "not a host name"


def _interleaved(addresses: Iterable[str]) -> Iterable[str]:
    """Return the addresses with the two families taking turns, the first one first."""
    families: dict[bool, list[str]] = {}
    for address in addresses:
        families.setdefault(":" in address, []).append(address)
    return filter(None, chain.from_iterable(zip_longest(*families.values())))
