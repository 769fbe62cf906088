"""Contract: nothing but the request decides what is sent, and where to."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from nbwebhook.errors import AddressRefused, NameNotResolved
from nbwebhook.transport.addresses import AddressPolicy
from nbwebhook.transport.base import Transport
from nbwebhook.transport.resolver import Resolver
from tests.servers import RawServer, always, http_response, request_to

StartServer = Callable[..., RawServer]
MakeTransport = Callable[..., Transport]


async def test_cookies_are_not_kept(
    transport: Transport, raw_server: StartServer
) -> None:
    """What a response sets for one lead is not sent with the next one."""
    cookie = [b"Set-Cookie: session=1; Path=/", b"Alt-Svc: h2=':1'", b"Refresh: 0"]
    server = raw_server(always(http_response(headers=cookie)))
    for _ in range(2):
        await transport.send(request_to(server.url), 5)
    assert b"cookie" not in server.requests[1].head.lower()
    assert len(server.requests) == 2


@pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308])
async def test_redirects_are_not_followed(
    transport: Transport, raw_server: StartServer, status: int
) -> None:
    """A redirect is the response; nothing goes where it points."""
    elsewhere = raw_server()
    location = b"Location: " + elsewhere.url.encode()
    answer = http_response(b"", b"%d Elsewhere" % status, [location])
    server = raw_server(always(answer))
    response = await transport.send(request_to(server.url), 5)
    assert response.status_code == status
    assert response.header(b"location") == elsewhere.url.encode()
    assert (elsewhere.connections, len(server.requests)) == (0, 1)


@pytest.mark.parametrize(
    ("status", "header"),
    [
        pytest.param(b"401 Unauthorized", b"WWW-Authenticate: Basic", id="basic"),
        pytest.param(
            b"401 Unauthorized",
            b'WWW-Authenticate: Digest realm="r", nonce="n", qop="auth"',
            id="digest",
        ),
        pytest.param(b"408 Request Timeout", b"Retry-After: 0", id="timeout"),
        pytest.param(b"417 Expectation Failed", b"X: 1", id="expectation"),
        pytest.param(b"429 Too Many Requests", b"Retry-After: 0", id="too-many"),
        pytest.param(b"503 Service Unavailable", b"Retry-After: 0", id="unavailable"),
        pytest.param(b"999 Odd", b"X: 1", id="status-999"),
    ],
)
async def test_no_status_makes_a_second_request(
    transport: Transport, raw_server: StartServer, status: bytes, header: bytes
) -> None:
    """Every status is a response, and none is answered by another request."""
    server = raw_server(always(http_response(b"no", status, [header])))
    response = await transport.send(request_to(server.url), 5)
    assert f"{response.status_code} {response.reason}" == status.decode()
    assert len(server.requests) == 1


async def test_the_environment_is_not_read(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    make_transport: MakeTransport,
    raw_server: StartServer,
) -> None:
    """Proxies, netrc and .curlrc of the user are not asked."""
    proxy, server = raw_server(), raw_server()
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, proxy.url)
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / ".netrc").write_text("default login me password hidden\n")
    (tmp_path / ".curlrc").write_text('header = "X-Curlrc: 1"\n')
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    transport = make_transport()
    for host in ("127.0.0.1", "localhost"):
        await transport.send(request_to(f"http://{host}:{server.port}/"), 5)
    assert (proxy.connections, len(server.requests)) == (0, 2)
    heads = b"".join(received.head for received in server.requests).lower()
    assert b"authorization" not in heads
    assert b"x-curlrc" not in heads


async def test_the_key_log_is_not_written(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    make_transport: MakeTransport,
    raw_server: StartServer,
    server_tls: object,
) -> None:
    """SSLKEYLOGFILE does not make a run write its TLS keys down."""
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "keys"))
    server = raw_server(tls=server_tls)
    with pytest.raises(Exception, match="TLS failed"):
        await make_transport().send(request_to(server.url), 5)
    assert not (tmp_path / "keys").exists()


async def test_nothing_of_a_call_is_logged(
    caplog: pytest.LogCaptureFixture, transport: Transport, raw_server: StartServer
) -> None:
    """At the chattiest level no log line holds a URL, a header or a body."""
    caplog.set_level(logging.DEBUG)
    server = raw_server(always(http_response(b"canary-4", headers=[b"X: canary-5"])))
    request = request_to(
        f"{server.url}/canary-1",
        b"canary-2",
        headers=[(b"Authorization", b"canary-3")],
    )
    await transport.send(request, 5)
    for canary in ("canary-1", "canary-2", "canary-3", "canary-4"):
        assert canary not in caplog.text


def _resolving_to(*addresses: str) -> Callable[..., list[tuple[object, ...]]]:
    def getaddrinfo(*_: object, **__: object) -> list[tuple[object, ...]]:
        return [(0, 1, 6, "", (address, 0)) for address in addresses]

    return getaddrinfo


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.0.0.7", "169.254.169.254", "::1", "::ffff:127.0.0.1", "0.0.0.0"],  # noqa: S104 - refused, not bound to
)
async def test_a_name_that_leads_to_a_local_address_is_refused(
    make_transport: MakeTransport, raw_server: StartServer, address: str
) -> None:
    """A public name must not open the way into the network behind."""
    server = raw_server()
    resolver = Resolver(getaddrinfo=_resolving_to(address))
    transport = make_transport(resolver=resolver)
    with pytest.raises(AddressRefused, match=f"resolves to {address}, ") as caught:
        await transport.send(request_to(f"http://evil.test:{server.port}/"), 5)
    assert (caught.value.phase, caught.value.bytes_sent) == ("resolve", False)
    assert server.connections == 0


@pytest.mark.parametrize(
    "host",
    ["2130706433", "0x7f000001", "0x7f.1", "127.1", "0", "0177.0.0.1", "127.0.0.1."],
)
async def test_a_number_that_looks_like_a_host_is_refused(
    transport: Transport, raw_server: StartServer, host: str
) -> None:
    """Other spellings of an address are neither looked up nor called."""
    server = raw_server()
    with pytest.raises(AddressRefused, match="is a number, not a name"):
        await transport.send(request_to(f"http://{host}:{server.port}/"), 5)
    assert server.connections == 0


@pytest.mark.parametrize("url", ["http://169.254.169.254/", "http://[fe80::1]/"])
async def test_some_addresses_are_refused_even_if_the_url_names_them(
    transport: Transport, url: str
) -> None:
    """The metadata of a cloud is nobody's webhook."""
    with pytest.raises(AddressRefused, match="never called"):
        await transport.send(request_to(url), 5)


async def test_a_listed_host_may_lead_to_a_local_address(
    make_transport: MakeTransport, raw_server: StartServer
) -> None:
    """The connection goes to the checked address, the name stays in Host."""
    server = raw_server()
    policy = AddressPolicy.allowing(["hooks.example.test"])
    resolver = Resolver(policy, getaddrinfo=_resolving_to("127.0.0.1"))
    transport = make_transport(resolver=resolver)
    url = f"http://Hooks.Example.test:{server.port}/"
    response = await transport.send(request_to(url), 5)
    assert response.remote_address == "127.0.0.1"
    host = f"Host: hooks.example.test:{server.port}".encode()
    assert host in server.requests[0].head


async def test_a_name_that_changes_its_address_is_checked_anew(
    make_transport: MakeTransport, raw_server: StartServer
) -> None:
    """Rebinding a name to a local address gains nothing: it is refused."""
    server = raw_server()
    answers = iter([["127.0.0.1"], ["10.0.0.7"]])

    def getaddrinfo(*_: object, **__: object) -> list[tuple[object, ...]]:
        return [(0, 1, 6, "", (address, 0)) for address in next(answers)]

    resolver = Resolver(getaddrinfo=getaddrinfo, keep_s=0)
    transport = make_transport(resolver=resolver)
    for address in ("127.0.0.1", "10.0.0.7"):
        with pytest.raises(AddressRefused, match=address):
            await transport.send(request_to(f"http://evil.test:{server.port}/"), 5)
    assert server.connections == 0


async def test_a_dead_address_does_not_hide_a_live_one(
    make_transport: MakeTransport, raw_server: StartServer
) -> None:
    """Where IPv6 is dead and IPv4 alive, the call goes through and soon."""
    server = raw_server()
    policy = AddressPolicy.allowing(["both.test"])
    resolver = Resolver(policy, getaddrinfo=_resolving_to("::1", "127.0.0.1"))
    transport = make_transport(resolver=resolver)
    request = request_to(f"http://both.test:{server.port}/")
    response = await transport.send(request, 5)
    assert response.remote_address == "127.0.0.1"
    assert response.timing.latency_ms < 2_000


async def test_a_name_without_an_address_is_told(
    make_transport: MakeTransport,
) -> None:
    """Nothing was sent, and the name stands in the message."""

    def getaddrinfo(*_: object, **__: object) -> list[tuple[object, ...]]:
        raise OSError(-2, "Name or service not known")

    transport = make_transport(resolver=Resolver(getaddrinfo=getaddrinfo))
    with pytest.raises(NameNotResolved, match=r"none\.test: Name or service") as caught:
        await transport.send(request_to("http://none.test/"), 5)
    assert (caught.value.phase, caught.value.bytes_sent) == ("resolve", False)
