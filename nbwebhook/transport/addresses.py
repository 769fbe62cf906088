"""Which addresses a call may connect to, decided by tables and without a socket.

```text
always refused        link-local, cloud metadata, multicast, reserved, documentation
refused by default    loopback, private: permitted where the URL itself names such an
                      address or `localhost`, or where the user lists the host
never refused         what the public internet is made of
```

The ranges are those of IANA's special-purpose registries, and of addresses that carry
an IPv4 address inside, which is unpacked and judged as well.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from nbwebhook.errors import InvalidPlan

__all__ = [
    "LOCAL_REASONS",
    "AddressPolicy",
    "address_in_host",
    "classify_address",
    "look_alike",
]

_LOOPBACK = "a loopback address"
_PRIVATE = "a private address"
_SHARED = "a private address of the provider's own network"
_LINK_LOCAL = "a link-local address"
_METADATA = "a cloud metadata address"
_MULTICAST = "a multicast address"
_RESERVED = "a reserved address"
_DOCUMENTATION = "a documentation address"
_BENCHMARK = "a benchmarking address"
_ANYCAST = "an address of internet plumbing"

LOCAL_REASONS = frozenset({_LOOPBACK, _PRIVATE, _SHARED})
"""What `classify_address` says of addresses that a user may permit."""

# The first range that holds an address decides: single addresses stand before the
# ranges round them.
_IPV4_RANGES = tuple(
    (IPv4Network(network), reason)
    for network, reason in (
        ("168.63.129.16/32", _METADATA),
        ("100.100.100.200/32", _METADATA),
        ("192.0.0.192/32", _METADATA),
        ("169.254.169.254/32", _METADATA),
        ("169.254.170.2/32", _METADATA),
        ("0.0.0.0/8", _RESERVED),
        ("10.0.0.0/8", _PRIVATE),
        ("100.64.0.0/10", _SHARED),
        ("127.0.0.0/8", _LOOPBACK),
        ("169.254.0.0/16", _LINK_LOCAL),
        ("172.16.0.0/12", _PRIVATE),
        ("192.0.0.0/24", _RESERVED),
        ("192.0.2.0/24", _DOCUMENTATION),
        ("192.31.196.0/24", _ANYCAST),
        ("192.52.193.0/24", _ANYCAST),
        ("192.88.99.0/24", _ANYCAST),
        ("192.168.0.0/16", _PRIVATE),
        ("192.175.48.0/24", _ANYCAST),
        ("198.18.0.0/15", _BENCHMARK),
        ("198.51.100.0/24", _DOCUMENTATION),
        ("203.0.113.0/24", _DOCUMENTATION),
        ("224.0.0.0/4", _MULTICAST),
        ("240.0.0.0/4", _RESERVED),
    )
)

_IPV6_RANGES = tuple(
    (IPv6Network(network), reason)
    for network, reason in (
        ("fd00:ec2::254/128", _METADATA),
        ("fd20:ce::254/128", _METADATA),
        ("::1/128", _LOOPBACK),
        ("fc00::/7", _PRIVATE),
        ("fe80::/10", _LINK_LOCAL),
        ("ff00::/8", _MULTICAST),
        ("2001::/23", _RESERVED),
        ("2001:db8::/32", _DOCUMENTATION),
        ("2620:4f:8000::/48", _ANYCAST),
        ("3fff::/20", _DOCUMENTATION),
    )
)

_GLOBAL_UNICAST = IPv6Network("2000::/3")
_COMPATIBLE = IPv6Network("::/96")
_NAT64 = IPv6Network("64:ff9b::/96")
_LOW_32_BITS = 0xFFFF_FFFF

_DIGITS = re.compile(r"[0-9]+|0[xX][0-9A-Fa-f]*")


def classify_address(address: str | IPv4Address | IPv6Address) -> str:
    """Return why `address` is not one of the public internet, or nothing.

    Example:
        >>> classify_address("10.0.0.7")
        'a private address'
        >>> classify_address("64:ff9b::a9fe:a9fe")
        'a cloud metadata address inside a NAT64 address'
        >>> classify_address("8.8.8.8")
        ''
    """
    if isinstance(address, str):
        address = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(address, IPv4Address):
        return next((why for net, why in _IPV4_RANGES if address in net), "")
    if address.ipv4_mapped is not None:
        return classify_address(address.ipv4_mapped)
    if embedded := _embedded_reason(address):
        return embedded
    if why := next((why for net, why in _IPV6_RANGES if address in net), ""):
        is_teredo = why == _RESERVED and address.teredo is not None
        return "" if is_teredo else why
    is_global = address in _GLOBAL_UNICAST or address in _NAT64
    return "" if is_global else _RESERVED


def _embedded_reason(address: IPv6Address) -> str:
    """Return what is wrong with the IPv4 addresses inside `address`, or nothing."""
    low = IPv4Address(int(address) & _LOW_32_BITS)
    insides: tuple[IPv4Address, ...] = ()
    kind = ""
    if address in _NAT64:
        insides, kind = (low,), "a NAT64 address"
    elif address.sixtofour is not None:
        insides, kind = (address.sixtofour,), "a 6to4 address"
    elif address.teredo is not None:
        insides, kind = address.teredo, "a Teredo address"
    elif address in _COMPATIBLE and int(address) > 1:
        insides, kind = (low,), "an IPv4-compatible address"
    why = next(filter(None, map(classify_address, insides)), "")
    return f"{why} inside {kind}" if why else ""


def address_in_host(host: str) -> IPv4Address | IPv6Address | None:
    """Return the address that a URL's host spells out, or None for a name.

    Example:
        >>> address_in_host("127.0.0.1"), address_in_host("hooks.example.test")
        (IPv4Address('127.0.0.1'), None)
    """
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def look_alike(host: str) -> bool:
    """Return whether `host` is a number that some resolvers read as an address.

    Example:
        >>> [look_alike(h) for h in ("2130706433", "0x7f.1", "127.0.0.1", "a1.test")]
        [True, True, False, False]
    """
    last_label = host.rstrip(".").rpartition(".")[2]
    return address_in_host(host) is None and bool(_DIGITS.fullmatch(last_label))


def _plain_host(host: str) -> str:
    return host.strip().lower().rstrip(".")


@dataclass(frozen=True, slots=True)
class AddressPolicy:
    """Which hosts may lead to loopback and private addresses.

    Attributes:
        allow_hosts: Names as they stand in a URL, in lower case.
    """

    allow_hosts: frozenset[str] = frozenset()

    @classmethod
    def allowing(cls, hosts: Iterable[str]) -> AddressPolicy:
        """Return the policy that permits `hosts` local addresses.

        Raises:
            InvalidPlan: One of them is not a host, such as a whole URL.
        """
        if isinstance(hosts, str):
            raise InvalidPlan("allow_hosts", f"write a list: [{hosts!r}]")
        plain = frozenset(_plain_host(host) for host in hosts)
        for host in sorted(plain):
            is_address = address_in_host(host) is not None
            if not is_address and re.search(r"[^a-z0-9._-]", host or "?"):
                problem = f"{host!r} is not a host; leave out scheme, port and path"
                raise InvalidPlan("allow_hosts", problem)
        return cls(plain)

    def refusal(self, host: str, address: str) -> str:
        """Return why `host` may not lead to `address`, with the next step, or nothing.

        Example:
            >>> AddressPolicy().refusal("hooks.example.test", "10.0.0.7")
            'resolves to 10.0.0.7, a private address; list the host in allow_hosts to permit it'
        """
        why = classify_address(address)
        is_named = address_in_host(host) is not None
        if not why or (why in LOCAL_REASONS and (is_named or self._permits(host))):
            return ""
        found = f"is {why}" if is_named else f"resolves to {address}, {why}"
        if why in LOCAL_REASONS:
            return f"{found}; list the host in allow_hosts to permit it"
        return f"{found}; such addresses are never called"

    def _permits(self, host: str) -> bool:
        plain = _plain_host(host)
        return plain == "localhost" or plain in self.allow_hosts
