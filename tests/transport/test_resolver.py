"""Names to addresses: checked, shared, kept for a minute, and never in the way."""

from __future__ import annotations

import asyncio
import socket
import threading

import pytest

from nbwebhook.errors import AddressRefused, NameNotResolved
from nbwebhook.transport.addresses import AddressPolicy
from nbwebhook.transport.resolver import Resolver

Rows = list[tuple[object, ...]]


class Names:
    """Stands in for the system's resolver, and counts."""

    def __init__(self, **addresses: list[str]) -> None:
        self.addresses = addresses
        self.asked: list[str] = []
        self.let_go = threading.Event()
        self.let_go.set()

    def __call__(self, host: str, *_: object, **__: object) -> Rows:
        """Return the addresses of `host`, once it may."""
        self.asked.append(host)
        self.let_go.wait()
        known = self.addresses.get(host.partition(".")[0])
        if known is None:
            raise OSError(-2, "Name or service not known")
        return [(0, 1, 6, "", (address, 0)) for address in known]


async def test_a_name_is_looked_up_once_in_a_minute() -> None:
    """The answer is kept, and asked for again when its time is over."""
    now = [0.0]
    names = Names(a=["8.8.8.8"])
    resolver = Resolver(getaddrinfo=names, monotonic_s=lambda: now[0])
    assert resolver.known_addresses("a.test") == ()
    assert await resolver.resolve("a.test") == ("8.8.8.8",)
    now[0] = 59.0
    assert resolver.known_addresses("a.test") == ("8.8.8.8",)
    assert await resolver.resolve("a.test") == ("8.8.8.8",)
    assert names.asked == ["a.test"]
    now[0] = 61.0
    assert resolver.known_addresses("a.test") == ()
    names.addresses["a"] = ["1.1.1.1"]
    assert await resolver.resolve("a.test") == ("1.1.1.1",)
    assert names.asked == ["a.test", "a.test"]


async def test_calls_at_one_time_share_a_lookup() -> None:
    """A hundred calls ask once, also if some of them give up meanwhile."""
    names = Names(a=["8.8.8.8"])
    names.let_go.clear()
    resolver = Resolver(getaddrinfo=names)
    tasks = [asyncio.create_task(resolver.resolve("a.test")) for _ in range(100)]
    await asyncio.sleep(0)
    for task in tasks[:50]:
        task.cancel()
    names.let_go.set()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert results[50:] == [("8.8.8.8",)] * 50
    assert all(isinstance(r, asyncio.CancelledError) for r in results[:50])
    assert names.asked == ["a.test"]


@pytest.mark.parametrize(
    ("found", "wanted"),
    [
        pytest.param(["8.8.8.8"], ("8.8.8.8",), id="one"),
        pytest.param(["8.8.8.8", "8.8.8.8"], ("8.8.8.8",), id="one-told-twice"),
        pytest.param(
            ["2606:4700::1", "2606:4700::2", "1.1.1.1", "1.0.0.1"],
            ("2606:4700::1", "1.1.1.1", "2606:4700::2", "1.0.0.1"),
            id="families-take-turns",
        ),
        pytest.param(["10.0.0.7", "8.8.8.8", "::1"], ("8.8.8.8",), id="good-ones-only"),
    ],
)
async def test_addresses_come_checked_and_in_order(
    found: list[str], wanted: tuple[str, ...]
) -> None:
    """Both families are tried early, and refused addresses never."""
    resolver = Resolver(getaddrinfo=Names(a=found))
    assert await resolver.resolve("a.test") == wanted


async def test_a_refused_answer_is_kept_too() -> None:
    """A name with local addresses only is refused again without a lookup."""
    names = Names(a=["10.0.0.7", "10.0.0.8"])
    resolver = Resolver(getaddrinfo=names)
    for _ in range(2):
        with pytest.raises(AddressRefused, match=r"a\.test resolves to 10\.0\.0\.7"):
            await resolver.resolve("a.test")
    assert names.asked == ["a.test"]


async def test_a_name_that_is_not_found_is_asked_again() -> None:
    """A failure is not kept: the name may come back."""
    names = Names()
    resolver = Resolver(getaddrinfo=names)
    with pytest.raises(NameNotResolved, match=r"a\.test: Name or service not known"):
        await resolver.resolve("a.test")
    names.addresses["a"] = ["8.8.8.8"]
    assert await resolver.resolve("a.test") == ("8.8.8.8",)


@pytest.mark.parametrize(
    ("failure", "match"),
    [
        pytest.param(OSError(), "the lookup failed", id="silent-error"),
        pytest.param(UnicodeError("label too long"), "not a host name", id="bad-name"),
        pytest.param(None, "no address", id="no-rows"),
    ],
)
async def test_every_failure_is_told(failure: Exception | None, match: str) -> None:
    """Whatever the system says, there is a reason in the message."""

    def getaddrinfo(*_: object, **__: object) -> Rows:
        if failure is not None:
            raise failure
        return []

    with pytest.raises(NameNotResolved, match=match) as caught:
        await Resolver(getaddrinfo=getaddrinfo).resolve("a.test")
    assert caught.value.bytes_sent is False


@pytest.mark.parametrize(
    ("host", "wanted"),
    [
        ("127.0.0.1", ("127.0.0.1",)),
        ("::1", ("::1",)),
        ("8.8.8.8", ("8.8.8.8",)),
        ("localhost", ("127.0.0.1", "::1")),
        ("localhost.", ("127.0.0.1", "::1")),
    ],
)
async def test_addresses_and_localhost_need_no_lookup(
    host: str, wanted: tuple[str, ...]
) -> None:
    """What the URL spells out is not asked for."""
    names = Names()
    resolver = Resolver(getaddrinfo=names)
    assert resolver.known_addresses(host) == wanted
    assert await resolver.resolve(host) == wanted
    assert names.asked == []


@pytest.mark.parametrize(
    ("host", "match"),
    [
        ("2130706433", "is a number, not a name; write an address as 127"),
        ("127.1", "is a number"),
        ("127。0。0。1", "is not a plain ASCII name"),
        ("bücher.test", "xn--"),
        ("fe80::1%eth0", "is not a plain ASCII name or address"),
        ("169.254.169.254", "metadata address; such addresses are never called"),
        ("0.0.0.0", "is a reserved address"),  # noqa: S104 - refused, not bound to
    ],
)  # fmt: skip
async def test_hosts_that_are_refused_are_never_looked_up(
    host: str, match: str
) -> None:
    """Look-alikes, foreign letters and refused addresses end before the resolver."""
    names = Names()
    resolver = Resolver(getaddrinfo=names)
    for _ in range(2):
        with pytest.raises(AddressRefused, match=match):
            await resolver.resolve(host)
    assert names.asked == []


async def test_a_hanging_name_holds_up_no_other() -> None:
    """Names hang each on a thread of its own, up to a limit that is told."""
    let_go = threading.Event()

    def getaddrinfo(host: str, *_: object, **__: object) -> Rows:
        if host.startswith("hang"):
            let_go.wait()
        return [(0, 1, 6, "", ("8.8.8.8", 0))]

    resolver = Resolver(getaddrinfo=getaddrinfo)
    hanging = [
        asyncio.create_task(resolver.resolve(f"hang{number}.test"))
        for number in range(15)
    ]
    try:
        await asyncio.sleep(0)
        assert await resolver.resolve("good.test") == ("8.8.8.8",)
        hanging.append(asyncio.create_task(resolver.resolve("hang15.test")))
        await asyncio.sleep(0)
        with pytest.raises(NameNotResolved, match="16 other names are still"):
            await resolver.resolve("another.test")
    finally:
        let_go.set()
    assert await asyncio.gather(*hanging) == [("8.8.8.8",)] * 16
    assert await resolver.resolve("another.test") == ("8.8.8.8",)


def test_an_answer_after_the_loop_has_ended_is_dropped() -> None:
    """A lookup that outlives its loop harms neither its thread nor the next loop."""
    names = Names(a=["8.8.8.8"])
    names.let_go.clear()
    resolver = Resolver(getaddrinfo=names)

    async def give_up() -> None:
        task = asyncio.create_task(resolver.resolve("a.test"))
        await asyncio.sleep(0)
        task.cancel()

    asyncio.run(give_up())
    threads = [t for t in threading.enumerate() if t.name.endswith("a.test")]
    names.let_go.set()
    for thread in threads:
        thread.join(5)
    assert asyncio.run(resolver.resolve("a.test")) == ("8.8.8.8",)
    assert names.asked == ["a.test", "a.test"]


async def test_the_policy_decides() -> None:
    """A listed host may lead to a private address."""
    policy = AddressPolicy.allowing(["a.test"])
    resolver = Resolver(policy, getaddrinfo=Names(a=["10.0.0.7"], b=["10.0.0.7"]))
    assert await resolver.resolve("a.test") == ("10.0.0.7",)
    with pytest.raises(AddressRefused, match="allow_hosts"):
        await resolver.resolve("b.test")


async def test_the_system_s_resolver_is_asked_rightly() -> None:
    """`socket.getaddrinfo` is called with the name and the kind of socket."""
    calls: list[tuple[object, object]] = []

    def getaddrinfo(*args: object, **kwargs: object) -> Rows:
        calls.append((args, kwargs))
        return []

    with pytest.raises(NameNotResolved, match="no address"):
        await Resolver(getaddrinfo=getaddrinfo).resolve("a.test")
    assert calls == [(("a.test", None), {"type": socket.SOCK_STREAM})]
