"""Contract: no byte of a request goes to a peer whose certificate is not good."""

from __future__ import annotations

import datetime
import ssl
import warnings
from collections.abc import Callable

import pytest
import trustme

from nbwebhook.errors import TlsFailed
from nbwebhook.transport.base import Transport, timing_of
from nbwebhook.transport.resolver import Resolver
from tests.servers import Peer, RawServer, after_request, on_accept, request_to

StartServer = Callable[..., RawServer]
MakeTransport = Callable[..., Transport]


def _server_context(authority: trustme.CA, **parts: object) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    names = parts.pop("names", ("localhost", "127.0.0.1"))
    authority.issue_cert(*names, **parts).configure_cert(context)  # type: ignore[misc, arg-type]  # a table of keywords
    return context


async def _failure(transport: Transport, server: RawServer) -> TlsFailed:
    with pytest.raises(TlsFailed, match=r"TLS failed .phase tls.: .") as caught:
        await transport.send(request_to(server.url.replace("http:", "https:")), 5)
    assert caught.value.bytes_sent is False
    assert timing_of(caught.value).latency_ms > 0
    assert server.requests == []
    return caught.value


async def test_a_good_certificate_is_accepted(
    make_transport: MakeTransport,
    raw_server: StartServer,
    authority: trustme.CA,
    server_tls: ssl.SSLContext,
) -> None:
    """An address and a name in the certificate are both called."""
    server = raw_server(tls=server_tls)
    transport = make_transport(trust=authority)
    for host in ("127.0.0.1", "localhost"):
        request = request_to(f"https://{host}:{server.port}/")
        assert (await transport.send(request, 10)).status_code == 200


async def test_the_name_in_the_url_is_what_the_certificate_must_have(
    make_transport: MakeTransport, raw_server: StartServer, authority: trustme.CA
) -> None:
    """The name goes to the server and is checked, though an address is connected to."""
    seen = []
    context = _server_context(authority, names=("hooks.example.test",))
    context.sni_callback = lambda _, name, __: seen.append(name)
    server = raw_server(tls=context)

    def getaddrinfo(*_: object, **__: object) -> list[tuple[object, ...]]:
        return [(2, 1, 6, "", ("127.0.0.1", 0))]

    policy = Resolver().policy.allowing(["hooks.example.test", "other.example.test"])
    transport = make_transport(
        trust=authority, resolver=Resolver(policy, getaddrinfo=getaddrinfo)
    )
    request = request_to(f"https://hooks.example.test:{server.port}/")
    response = await transport.send(request, 10)
    assert (response.status_code, seen) == (200, ["hooks.example.test"])
    host = f"Host: hooks.example.test:{server.port}".encode()
    assert host in server.requests[0].head
    with pytest.raises(TlsFailed, match=r"(?i)certificate"):
        await transport.send(
            request_to(f"https://other.example.test:{server.port}/"), 10
        )
    assert len(server.requests) == 1


async def test_an_unknown_authority_is_refused(
    transport: Transport, raw_server: StartServer, server_tls: ssl.SSLContext
) -> None:
    """By default the public authorities decide."""
    error = await _failure(transport, raw_server(tls=server_tls))
    assert "certificate" in error.detail


@pytest.mark.parametrize(
    ("parts", "match"),
    [
        pytest.param({"names": ("other.test",)}, "", id="wrong-host"),
        pytest.param({"names": ("127.0.0.2",)}, "", id="wrong-address"),
        pytest.param(
            {
                "not_before": datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC),
                "not_after": datetime.datetime(2021, 1, 1, tzinfo=datetime.UTC),
            },
            "expired",
            id="expired",
        ),
    ],
)
async def test_a_bad_certificate_is_refused(
    make_transport: MakeTransport,
    raw_server: StartServer,
    authority: trustme.CA,
    parts: dict[str, object],
    match: str,
) -> None:
    """A certificate for another host or time ends the call before it is sent."""
    server = raw_server(tls=_server_context(authority, **parts))
    error = await _failure(make_transport(trust=authority), server)
    assert match in error.detail


async def test_a_certificate_signed_by_itself_is_refused(
    make_transport: MakeTransport, raw_server: StartServer, authority: trustme.CA
) -> None:
    """Trust in one authority is no trust in another one."""
    server = raw_server(tls=_server_context(trustme.CA()))
    await _failure(make_transport(trust=authority), server)


async def test_an_old_version_of_tls_is_refused(
    transport: Transport, raw_server: StartServer, authority: trustme.CA
) -> None:
    """A server that knows TLS 1.1 and nothing newer gets no request."""
    context = _server_context(authority)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    await _failure(transport, raw_server(tls=context))


async def _reset_after_hello(peer: Peer) -> None:
    await peer.read()
    peer.reset()


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(on_accept(), id="end"),
        pytest.param(_reset_after_hello, id="reset"),
        pytest.param(
            on_accept(b"HTTP/1.1 400 Bad Request\r\n\r\n", then="hang"), id="plain-http"
        ),
        pytest.param(on_accept(b"SSH-2.0-x\r\n", then="hang"), id="ssh"),
    ],
)
async def test_a_service_without_tls_is_no_https_service(
    transport: Transport, raw_server: StartServer, script: object
) -> None:
    """Whatever answers the handshake wrongly gets no request."""
    await _failure(transport, raw_server(script))


async def test_a_drop_under_tls_is_sent_once(
    make_transport: MakeTransport,
    raw_server: StartServer,
    authority: trustme.CA,
    server_tls: ssl.SSLContext,
) -> None:
    """A request read and dropped under TLS may have acted, and is not repeated."""
    server = raw_server(after_request(then="reset"), tls=server_tls)
    transport = make_transport(trust=authority)
    with pytest.raises(Exception, match="the connection was lost") as caught:
        await transport.send(request_to(server.url), 5)
    assert caught.value.bytes_sent is True  # type: ignore[attr-defined]  # ConnectionLost
    assert len(server.requests) == 1
