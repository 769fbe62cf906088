"""Which transport a run gets."""

from __future__ import annotations

import asyncio
import importlib
import sys
from collections.abc import Callable

import httpx
import pytest

from nbwebhook.errors import AddressRefused, InvalidPlan
from nbwebhook.transport.base import Response
from nbwebhook.transport.choose import STAND_IN, TransportChoice, make_transport
from nbwebhook.transport.fake import FakeTransport
from nbwebhook.transport.httpx_transport import HttpxTransport
from tests.servers import RawServer, request_to

try:
    importlib.import_module("pycurl")
except ImportError:
    has_pycurl = False
else:
    has_pycurl = True
needs_pycurl = pytest.mark.skipif(not has_pycurl, reason="pycurl is not installed")

StartServer = Callable[..., RawServer]


class _Proactor(asyncio.SelectorEventLoop):
    """A loop that cannot watch sockets, like the usual one on Windows."""

    def add_reader(self, *_: object) -> None:
        """Refuse."""
        raise NotImplementedError


@pytest.fixture
def no_pycurl(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make pycurl impossible to import."""
    for name in list(sys.modules):
        if name.startswith("nbwebhook.transport.curl_"):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "pycurl", None)


async def _status_through(kind: TransportChoice, url: str) -> tuple[str, int]:
    transport, name = make_transport(kind)
    try:
        response: Response = await transport.send(request_to(url), 5)
    finally:
        await transport.aclose()
    return name, response.status_code


@needs_pycurl
async def test_auto_is_curl_where_it_can_work(raw_server: StartServer) -> None:
    """With pycurl and a loop that watches sockets, libcurl makes the calls."""
    server = raw_server()
    assert await _status_through("auto", server.url) == ("curl", 200)
    assert await _status_through("curl", server.url) == ("curl", 200)


async def test_httpx_is_there_by_name(raw_server: StartServer) -> None:
    """Whoever asks for httpx gets it."""
    assert await _status_through("httpx", raw_server().url) == ("httpx", 200)


@pytest.mark.usefixtures("no_pycurl")
async def test_auto_is_httpx_without_pycurl(raw_server: StartServer) -> None:
    """A plain install works; only asking for curl by name fails, with the remedy."""
    assert await _status_through("auto", raw_server().url) == (STAND_IN, 200)
    with pytest.raises(InvalidPlan, match=r"transport: 'curl' needs pycurl.*\[fast\]"):
        make_transport("curl")


@needs_pycurl
@pytest.mark.parametrize("name", ["ACTIVESOCKET", "PREREQFUNCTION"])
async def test_auto_is_httpx_where_pycurl_is_too_old(
    raw_server: StartServer, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """What another package has brought may lack what is needed: calls would hang."""
    monkeypatch.delattr(f"pycurl.{name}")
    assert await _status_through("auto", raw_server().url) == (STAND_IN, 200)
    told = (
        r"'curl' needs PycURL 7\.46 .* here is PycURL/\S+ over libcurl/\S+: pip install"
    )
    with pytest.raises(InvalidPlan, match=told):
        make_transport("curl")


@needs_pycurl
def test_auto_is_httpx_on_a_loop_that_cannot_watch_sockets() -> None:
    """On such a loop libcurl would hang: it is refused by name, and not chosen."""

    async def choose() -> str:
        with pytest.raises(InvalidPlan, match="selector event loop, _Proactor is none"):
            make_transport("curl")
        return make_transport("auto")[1]

    with asyncio.Runner(loop_factory=_Proactor) as runner:
        assert runner.run(choose()) == STAND_IN


async def test_a_client_or_transport_of_httpx_is_used() -> None:
    """What people plug in makes the calls, and is named in the result."""
    mock = httpx.MockTransport(lambda _: httpx.Response(418))
    url = "http://a.test/"
    assert await _status_through(mock, url) == ("httpx (MockTransport)", 418)
    async with httpx.AsyncClient(transport=mock) as client:
        assert await _status_through(client, url) == ("httpx (AsyncClient)", 418)


async def test_a_transport_of_the_users_own_is_used_as_it_is() -> None:
    """Anything that sends and closes is a transport."""
    fake = FakeTransport()
    assert make_transport(fake) == (fake, "FakeTransport")


@pytest.mark.parametrize(
    "kind", ["requests", "", 7, None, FakeTransport, HttpxTransport, httpx.Client]
)
async def test_what_is_no_transport_is_refused(kind: object) -> None:
    """A class, a synchronous client or an unknown name is told at once."""
    with pytest.raises(InvalidPlan, match=r"transport: .* is none of 'auto', 'curl'"):
        make_transport(kind)  # type: ignore[arg-type]  # the point of the test


@pytest.mark.parametrize("kind", ["httpx", pytest.param("curl", marks=needs_pycurl)])
async def test_listed_hosts_reach_the_resolver(kind: TransportChoice) -> None:
    """`allow_hosts` is the policy of the transport that is made."""
    transport, _ = make_transport(kind, allow_hosts=["listed.test"])
    with pytest.raises(AddressRefused, match="metadata"):
        await transport.send(request_to("http://169.254.169.254/"), 5)
    await transport.aclose()
    with pytest.raises(InvalidPlan, match="allow_hosts"):
        make_transport(kind, allow_hosts=["http://listed.test"])
