"""Which transport a run gets: by name, by what is installed, or one of the user's own."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable
from importlib import import_module
from typing import TYPE_CHECKING, Literal, TypeAlias, Union, cast

from nbwebhook.errors import InvalidPlan
from nbwebhook.transport.addresses import AddressPolicy
from nbwebhook.transport.base import Transport
from nbwebhook.transport.resolver import Resolver

if TYPE_CHECKING:
    import httpx

__all__ = ["STAND_IN", "TransportChoice", "make_transport"]

TransportChoice: TypeAlias = Union[
    Literal["auto", "curl", "httpx"],
    Transport,
    "httpx.AsyncClient",
    "httpx.AsyncBaseTransport",
]
"""What `transport=` takes; httpx, slow to load, is named and not yet needed."""

STAND_IN = "httpx (in place of curl)"
"""Name of httpx where `auto` found no libcurl that works."""

_KINDS = "'auto', 'curl', 'httpx', an httpx client or transport, or an object with send"
_NEWEST_NAMES = ("ACTIVESOCKET", "PREREQFUNCTION")
"""Of PycURL 7.46 and of libcurl 7.80: a build that has both has all that is used."""


def make_transport(
    kind: TransportChoice = "auto",
    *,
    connections: int = 20,
    allow_hosts: Iterable[str] = (),
    calls: int = 0,
) -> tuple[Transport, str]:
    """Return the transport for a run on the running event loop, and its name.

    Args:
        kind: `auto` takes libcurl where pycurl is installed, and not too old, and the
            loop can watch sockets; httpx elsewhere. A client or transport of httpx is
            used as it is; any other object with `send` and `aclose` is returned as it is.
        connections: How many idle connections are kept.
        allow_hosts: Names that may lead to loopback and private addresses.
        calls: How many are to be made, if that is known; for many, `auto` may start a
            process beside this one.

    Raises:
        InvalidPlan: There is no such transport, or it cannot work here.

    Example:
        >>> import httpx
        >>> client = httpx.AsyncClient(transport=httpx.MockTransport(print))
        >>> make_transport(client)[1]
        'httpx (AsyncClient)'
    """
    resolver = Resolver(AddressPolicy.allowing(allow_hosts))
    if _is_of_httpx(kind):
        base = cast("httpx.AsyncClient | httpx.AsyncBaseTransport", kind)
        name = f"httpx ({type(kind).__name__})"
        return _httpx(connections, resolver, base), name
    if not isinstance(kind, str):
        return _own(kind)
    if kind == "auto" and not _curl_can_work():
        return _httpx(connections, resolver), STAND_IN
    if kind == "httpx":
        return _httpx(connections, resolver), "httpx"
    if kind == "auto" and (relieved := _relieved(connections, resolver, calls)):
        return relieved, "curl"
    if kind in {"auto", "curl"}:
        return _curl(connections, resolver), "curl"
    raise InvalidPlan("transport", f"{kind!r} is none of {_KINDS}")


def _is_of_httpx(kind: object) -> bool:
    loaded = sys.modules.get("httpx")
    if loaded is None:  # then nobody can have made one
        return False
    return isinstance(kind, loaded.AsyncClient | loaded.AsyncBaseTransport)


def _httpx(
    connections: int,
    resolver: Resolver,
    base: httpx.AsyncClient | httpx.AsyncBaseTransport | None = None,
) -> Transport:
    from nbwebhook.transport.httpx_transport import (  # noqa: PLC0415 - slow to load
        HttpxTransport,
    )

    return HttpxTransport(connections=connections, resolver=resolver, base=base)


def _own(transport: object) -> tuple[Transport, str]:
    is_one = all(callable(getattr(transport, n, None)) for n in ("send", "aclose"))
    name = type(transport).__name__
    if isinstance(transport, type) or not is_one:
        raise InvalidPlan("transport", f"{name} is none of {_KINDS}")
    return cast("Transport", transport), name


def _curl_can_work() -> bool:
    if _curl_problem() is not None:
        return False
    from nbwebhook.transport.curl_multi import (  # noqa: PLC0415 - needs an extra
        can_watch_sockets,
    )

    return can_watch_sockets(asyncio.get_running_loop())


def _curl_problem() -> str | None:
    """Return what libcurl needs and does not have here; None if nothing is wanting."""
    try:
        pycurl = import_module("pycurl")
    except ImportError:
        return "pycurl, which cannot be imported"
    if all(hasattr(pycurl, name) for name in _NEWEST_NAMES):
        return None
    here = " over ".join(pycurl.version.split()[:2])
    return f"PycURL 7.46 and libcurl 7.80 or later; here is {here}"


def _relieved(connections: int, resolver: Resolver, calls: int) -> Transport | None:
    from nbwebhook.transport.sender.relief import (  # noqa: PLC0415 - as above
        RelievedTransport,
        can_be_relieved,
    )

    if not can_be_relieved(calls):
        return None
    return RelievedTransport(connections=connections, resolver=resolver)


def _curl(connections: int, resolver: Resolver) -> Transport:
    if problem := _curl_problem():
        remedy = 'pip install --upgrade "nbwebhook[fast]"'
        raise InvalidPlan("transport", f"'curl' needs {problem}: {remedy}")
    from nbwebhook.transport.curl_transport import (  # noqa: PLC0415 - needs an extra
        CurlTransport,
    )

    return CurlTransport(connections=connections, resolver=resolver)
