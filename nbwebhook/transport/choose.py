"""Which transport a run uses, by name or by object."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import httpx

from nbwebhook.errors import InvalidPlan
from nbwebhook.transport.addresses import AddressPolicy
from nbwebhook.transport.base import Transport
from nbwebhook.transport.httpx_transport import HttpxTransport
from nbwebhook.transport.resolver import Resolver

__all__ = ["TransportKind", "make_transport"]

TransportKind = (
    Literal["auto", "httpx"] | Transport | httpx.AsyncClient | httpx.AsyncBaseTransport
)
"""A name, a transport of ours, or an httpx client or transport to send through."""


def make_transport(
    kind: TransportKind, *, connections: int, allow_hosts: Iterable[str] = ()
) -> tuple[Transport, str]:
    """Return a transport and its name; called on the loop that will use it.

    Args:
        kind: What was asked for.
        connections: Calls at once.
        allow_hosts: Hosts that may resolve to a private address.

    Raises:
        InvalidPlan: There is no such transport.
    """
    if isinstance(kind, httpx.AsyncClient | httpx.AsyncBaseTransport):
        return HttpxTransport(connections=connections, base=kind), "httpx"
    if kind in {"auto", "httpx"}:
        resolver = Resolver(AddressPolicy.allowing(allow_hosts))
        return HttpxTransport(connections=connections, resolver=resolver), "httpx"
    if isinstance(kind, str):
        raise InvalidPlan("transport", f"{kind!r} is not 'auto', 'httpx' or an object")
    return kind, type(kind).__name__
