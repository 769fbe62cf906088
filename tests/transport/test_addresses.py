"""Which addresses may be called: every special range, and its neighbours."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbwebhook.errors import InvalidPlan
from nbwebhook.transport.addresses import (
    LOCAL_REASONS,
    AddressPolicy,
    address_in_host,
    classify_address,
    look_alike,
)

LOOPBACK = "a loopback address"
PRIVATE = "a private address"
SHARED = "a private address of the provider's own network"
LINK_LOCAL = "a link-local address"
METADATA = "a cloud metadata address"
MULTICAST = "a multicast address"
RESERVED = "a reserved address"
DOCUMENTATION = "a documentation address"
BENCHMARK = "a benchmarking address"
ANYCAST = "an address of internet plumbing"

# First and last address of each range, with the address before and the one after it.
RANGES = [
    # before, first, last, after, reason of the range, reasons of the neighbours
    ("", "0.0.0.0", "0.255.255.255", "1.0.0.0", RESERVED, ("", "")),  # noqa: S104 - refused, not bound to
    ("9.255.255.255", "10.0.0.0", "10.255.255.255", "11.0.0.0", PRIVATE, ("", "")),
    ("100.63.255.255", "100.64.0.0", "100.127.255.255", "100.128.0.0", SHARED, ("", "")),
    ("126.255.255.255", "127.0.0.0", "127.255.255.255", "128.0.0.0", LOOPBACK, ("", "")),
    ("169.253.255.255", "169.254.0.0", "169.254.255.255", "169.255.0.0", LINK_LOCAL, ("", "")),
    ("172.15.255.255", "172.16.0.0", "172.31.255.255", "172.32.0.0", PRIVATE, ("", "")),
    ("191.255.255.255", "192.0.0.0", "192.0.0.255", "192.0.1.0", RESERVED, ("", "")),
    ("192.0.1.255", "192.0.2.0", "192.0.2.255", "192.0.3.0", DOCUMENTATION, ("", "")),
    ("192.31.195.255", "192.31.196.0", "192.31.196.255", "192.31.197.0", ANYCAST, ("", "")),
    ("192.52.192.255", "192.52.193.0", "192.52.193.255", "192.52.194.0", ANYCAST, ("", "")),
    ("192.88.98.255", "192.88.99.0", "192.88.99.255", "192.88.100.0", ANYCAST, ("", "")),
    ("192.167.255.255", "192.168.0.0", "192.168.255.255", "192.169.0.0", PRIVATE, ("", "")),
    ("192.175.47.255", "192.175.48.0", "192.175.48.255", "192.175.49.0", ANYCAST, ("", "")),
    ("198.17.255.255", "198.18.0.0", "198.19.255.255", "198.20.0.0", BENCHMARK, ("", "")),
    ("198.51.99.255", "198.51.100.0", "198.51.100.255", "198.51.101.0", DOCUMENTATION, ("", "")),
    ("203.0.112.255", "203.0.113.0", "203.0.113.255", "203.0.114.0", DOCUMENTATION, ("", "")),
    ("223.255.255.255", "224.0.0.0", "239.255.255.255", "240.0.0.0", MULTICAST, ("", RESERVED)),
    ("239.255.255.255", "240.0.0.0", "255.255.255.255", "", RESERVED, (MULTICAST, "")),
    ("168.63.129.15", "168.63.129.16", "168.63.129.16", "168.63.129.17", METADATA, ("", "")),
    ("100.100.100.199", "100.100.100.200", "100.100.100.200", "100.100.100.201", METADATA, (SHARED, SHARED)),
    ("192.0.0.191", "192.0.0.192", "192.0.0.192", "192.0.0.193", METADATA, (RESERVED, RESERVED)),
    ("169.254.169.253", "169.254.169.254", "169.254.169.254", "169.254.169.255", METADATA, (LINK_LOCAL, LINK_LOCAL)),
    ("", "::", "::", "::1", RESERVED, ("", LOOPBACK)),
    ("::", "::1", "::1", "::2", LOOPBACK, (RESERVED, "a reserved address inside an IPv4-compatible address")),
    ("1fff:ffff::", "2000::", "2000:ffff::", "2001:200::", "", (RESERVED, "")),
    ("2000:ffff::1", "2001:1::", "2001:1ff:ffff::", "2001:200::", RESERVED, ("", "")),
    ("2001:db7:ffff::", "2001:db8::", "2001:db8:ffff::", "2001:db9::", DOCUMENTATION, ("", "")),
    ("2620:4f:7fff:ffff::", "2620:4f:8000::", "2620:4f:8000:ffff::", "2620:4f:8001::", ANYCAST, ("", "")),
    ("3ffe:ffff::", "3fff::", "3fff:fff:ffff::", "3fff:1000::", DOCUMENTATION, ("", "")),
    ("3fff:ffff::", "4000::", "5eff:ffff::", "5f00::", RESERVED, ("", RESERVED)),
    ("5eff:ffff::", "5f00::", "5f00:ffff::", "5f01::", RESERVED, (RESERVED, RESERVED)),
    ("fbff:ffff::", "fc00::", "fdff:ffff::", "fe00::", PRIVATE, (RESERVED, RESERVED)),
    ("fe7f:ffff::", "fe80::", "febf:ffff::", "fec0::", LINK_LOCAL, (RESERVED, RESERVED)),
    ("febf:ffff::", "fec0::", "feff:ffff::", "ff00::", RESERVED, (LINK_LOCAL, MULTICAST)),
    ("feff:ffff::", "ff00::", "ffff:ffff::", "", MULTICAST, (RESERVED, "")),
    ("fd00:ec2::253", "fd00:ec2::254", "fd00:ec2::254", "fd00:ec2::255", METADATA, (PRIVATE, PRIVATE)),
    ("fd20:ce::253", "fd20:ce::254", "fd20:ce::254", "fd20:ce::255", METADATA, (PRIVATE, PRIVATE)),
]  # fmt: skip

TABLE = dict.fromkeys(
    (address, reason)
    for before, first, last, after, inside, (below, above) in RANGES
    for address, reason in (
        (before, below),
        (first, inside),
        (last, inside),
        (after, above),
    )
    if address
)

EMBEDDED = [
    ("::ffff:8.8.8.8", ""),
    ("::ffff:127.0.0.1", LOOPBACK),
    ("::ffff:7f00:1", LOOPBACK),
    ("::ffff:10.0.0.7", PRIVATE),
    ("::ffff:169.254.169.254", METADATA),
    ("::ffff:0:127.0.0.1", RESERVED),
    ("::7f00:1", f"{LOOPBACK} inside an IPv4-compatible address"),
    ("::8.8.8.8", RESERVED),
    ("64:ff9b::8.8.8.8", ""),
    ("64:ff9b::127.0.0.1", f"{LOOPBACK} inside a NAT64 address"),
    ("64:ff9b::10.0.0.7", f"{PRIVATE} inside a NAT64 address"),
    ("64:ff9b::a9fe:a9fe", f"{METADATA} inside a NAT64 address"),
    ("64:ff9b::100.64.0.1", f"{SHARED} inside a NAT64 address"),
    ("64:ff9b:1::8.8.8.8", RESERVED),
    ("64:ff9b:0:0:0:1::", RESERVED),
    ("2002:808:808::1", ""),
    ("2002:7f00:1::", f"{LOOPBACK} inside a 6to4 address"),
    ("2002:a00:7::1", f"{PRIVATE} inside a 6to4 address"),
    ("2002:a9fe:a9fe::", f"{METADATA} inside a 6to4 address"),
    ("2002:e000:1::", f"{MULTICAST} inside a 6to4 address"),
    # Teredo: the server's address, and the client's with its bits turned over.
    ("2001:0:808:808::f7f7:f7f7", ""),
    ("2001:0:808:808::80ff:fffe", f"{LOOPBACK} inside a Teredo address"),
    ("2001:0:7f00:1::f7f7:f7f7", f"{LOOPBACK} inside a Teredo address"),
    ("2001:0:808:808::5601:5601", f"{METADATA} inside a Teredo address"),
    ("fe80::1%eth0", LINK_LOCAL),
    ("2606:4700::1111", ""),
    ("1.1.1.1", ""),
]


def test_the_table_is_large_enough() -> None:
    """At least 110 different addresses are looked at."""
    assert len({address for address, _ in [*TABLE, *EMBEDDED]}) >= 110


@pytest.mark.parametrize(
    ("address", "reason"), [*TABLE, *EMBEDDED], ids=lambda part: part or "public"
)
def test_an_address_is_classified(address: str, reason: str) -> None:
    """Each special address has its reason, and a public one has none."""
    assert classify_address(address) == reason


@pytest.mark.parametrize("kind", ["by-default", "of-another-host-allowed"])
def test_every_special_address_is_refused_and_no_public_one(kind: str) -> None:
    """A name that leads there is refused; no neighbour of a range is refused in error."""
    hosts = [] if kind == "by-default" else ["other.test"]
    policy = AddressPolicy.allowing(hosts)
    table = dict([*TABLE, *EMBEDDED])
    public = {address for address, reason in table.items() if not reason}
    refused = {address for address in table if policy.refusal("evil.test", address)}
    assert refused == set(table) - public
    assert len(refused) >= 100
    assert len(public) >= 40


@given(st.ip_addresses())
def test_what_python_calls_not_global_is_never_public(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    """Our tables are at least as strict as the standard library's, on any address."""
    carriers = ("teredo", "sixtofour", "ipv4_mapped")
    is_carrier = any(getattr(address, kind, None) for kind in carriers)
    if not address.is_global and not is_carrier:
        assert classify_address(address) != ""


@given(st.ip_addresses(v=4))
def test_an_embedded_address_is_never_more_welcome(
    address: ipaddress.IPv4Address,
) -> None:
    """What is refused as IPv4 is refused in every IPv6 dress."""
    number = int(address)
    dresses = [
        ipaddress.IPv6Address(0xFFFF << 32 | number),
        ipaddress.IPv6Address(0x64FF9B << 96 | number),
        ipaddress.IPv6Address(0x2002 << 112 | number << 80),
        ipaddress.IPv6Address(0x20010000 << 96 | number << 64 | (number ^ 0xFFFFFFFF)),
    ]
    is_refused = bool(classify_address(address))
    assert {bool(classify_address(dress)) for dress in dresses} == {is_refused}


@pytest.mark.parametrize(
    ("host", "is_number"),
    [
        ("2130706433", True),
        ("0", True),
        ("0x7f000001", True),
        ("0x7f.1", True),
        ("0X7F.0.0.1", True),
        ("127.1", True),
        ("127.0.0.1.", True),
        ("0177.0.0.1", True),
        ("1.2.3.4.5", True),
        ("256.0.0.1", True),
        ("example.123", True),
        ("example.0x", True),
        ("127.0.0.1", False),
        ("::1", False),
        ("localhost", False),
        ("a1.test", False),
        ("1.test", False),
        ("0xbad.test", False),
        ("hooks.example.test.", False),
    ],
)
def test_numbers_that_look_like_hosts_are_known(host: str, *, is_number: bool) -> None:
    """A host that ends in a number is an address or nothing."""
    assert look_alike(host) is is_number


def test_an_address_in_a_host_is_found() -> None:
    """Only the usual spelling counts as an address."""
    assert str(address_in_host("2001:DB8::1")) == "2001:db8::1"
    assert address_in_host("127.1") is None


@pytest.mark.parametrize(
    ("host", "address", "refusal"),
    [
        ("a.test", "8.8.8.8", ""),
        ("a.test", "10.0.0.7", "resolves to 10.0.0.7, a private address; list the host "),
        ("a.test", "::1", "resolves to ::1, a loopback address; list the host "),
        ("a.test", "169.254.1.1", "resolves to 169.254.1.1, a link-local address; such "),
        ("localhost", "127.0.0.1", ""),
        ("localhost.", "::1", ""),
        ("127.0.0.1", "127.0.0.1", ""),
        ("10.0.0.7", "10.0.0.7", ""),
        ("fd00::1", "fd00::1", ""),
        ("100.64.0.1", "100.64.0.1", ""),
        ("0.0.0.0", "0.0.0.0", "is a reserved address; such addresses are never called"),  # noqa: S104 - refused, not bound to
        ("169.254.169.254", "169.254.169.254", "is a cloud metadata address; such "),
        ("::7f00:1", "::7f00:1", "is a loopback address inside an IPv4-compatible "),
        ("listed.test", "10.0.0.7", ""),
        ("LISTED.test.", "127.0.0.1", ""),
        ("listed.test", "169.254.169.254", "resolves to 169.254.169.254, a cloud "),
        ("sub.listed.test", "10.0.0.7", "resolves to 10.0.0.7, a private address; "),
    ],
)  # fmt: skip
def test_a_policy_refuses_and_says_what_to_do(
    host: str, address: str, refusal: str
) -> None:
    """Local addresses need a name in the URL or a place in the list."""
    policy = AddressPolicy.allowing(["Listed.Test"])
    found = policy.refusal(host, address)
    assert found.startswith(refusal)
    assert bool(found) is bool(refusal)


@pytest.mark.parametrize("reason", sorted(LOCAL_REASONS))
def test_what_may_be_permitted_is_local(reason: str) -> None:
    """Nothing but loopback and private addresses can be permitted."""
    assert "loopback" in reason or "private" in reason


@pytest.mark.parametrize(
    "hosts",
    [
        pytest.param(["http://a.test"], id="url"),
        pytest.param(["a.test:80"], id="port"),
        pytest.param(["a.test/x"], id="path"),
        pytest.param([""], id="nothing"),
        pytest.param(["*.test"], id="wildcard"),
        pytest.param("a.test", id="text-and-no-list"),
    ],
)
def test_a_list_that_holds_no_hosts_is_refused(hosts: list[str]) -> None:
    """A mistake in the list is told and not taken for nothing."""
    with pytest.raises(InvalidPlan, match="allow_hosts: "):
        AddressPolicy.allowing(hosts)


def test_hosts_and_addresses_may_be_listed() -> None:
    """Names are kept in lower case, without the dot at the end."""
    policy = AddressPolicy.allowing(["A_b.Test.", "10.0.0.7", "::1"])
    assert policy.allow_hosts == {"a_b.test", "10.0.0.7", "::1"}
