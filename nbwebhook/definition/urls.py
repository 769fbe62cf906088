"""A webhook's URL, split strictly: origin as it is connected to, target as written."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

from nbwebhook.errors import Fault

__all__ = ["Origin", "split_url", "url_faults"]

_HOST = re.compile(r"(?=.{1,253}\.?$)[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?\.?")
_TOKEN = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_DEFAULT_PORT = {"http": 80, "https": 443}
_PORTS = range(1, 65_536)
_PORT_DIGITS = 5


@dataclass(frozen=True, slots=True)
class Origin:
    """Scheme, host and port: what one webhook connects to.

    Attributes:
        scheme: `http` or `https`.
        host: A name or an address, in lower case; IPv6 without brackets.
        port: The port number.
    """

    scheme: str
    host: str
    port: int

    @property
    def authority(self) -> str:
        """Host and port as a Host header has them; the scheme's own port left out."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        is_default = self.port == _DEFAULT_PORT[self.scheme]
        return host if is_default else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}"


def _parts(url: str) -> tuple[str, str, str]:
    """Return scheme, authority and the rest, each as written."""
    scheme, mark, tail = url.partition("://")
    if not mark:
        return "", "", url
    end = next((i for i, char in enumerate(tail) if char in "/?#"), len(tail))
    return scheme, tail[:end], tail[end:]


def _split_authority(authority: str) -> tuple[str, str]:
    if authority.startswith("["):
        host, _, port = authority[1:].partition("]")
        return host, port.removeprefix(":")
    host, _, port = authority.partition(":")
    return host, port


def _is_port(text: str) -> bool:
    is_short_number = text.isascii() and text.isdigit() and len(text) <= _PORT_DIGITS
    return is_short_number and int(text) in _PORTS


def _is_ipv6(host: str) -> bool:
    try:
        return ipaddress.IPv6Address(host).scope_id is None
    except ValueError:
        return False


def _host_problem(authority: str) -> str:
    host, port = _split_authority(authority)
    if port and not _is_port(port):
        return f"{port[:24]!r} is not a port number"
    if authority.startswith("["):
        has_end = re.search(r"\](:|$)", authority)
        is_good = has_end and _is_ipv6(host)
        return "" if is_good else f"{host!r} is not an IPv6 address in brackets"
    if not host.isascii():
        return f"host {host!r} is not ASCII; write its xn-- form"
    return "" if _HOST.fullmatch(host) else f"{host!r} is not a host name"


def url_faults(url: str) -> tuple[Fault, ...]:
    """Return what is wrong with a webhook's URL template; tokens stay unfilled."""
    scheme, authority, tail = _parts(url)
    if scheme.lower() not in _DEFAULT_PORT:
        found = f"{scheme}://" if scheme else f"{url[:24]!r}"
        return (
            Fault(
                "url",
                f"starts with {found}",
                "write http:// or https:// and a host",
                "url-scheme",
            ),
        )
    if "{{" in authority:
        return (
            Fault(
                "url, host",
                "a token in the host or port lets a lead choose where data goes",
                "write the host out; tokens belong in the path or the query",
                "token-in-host",
            ),
        )
    faults = []
    if "@" in authority:
        remedy = "use the header Authorization: Basic {{secret.NAME}}"
        problem = "holds a user name or '@'"
        faults.append(Fault("url, host", problem, remedy, "credentials-in-host"))
    elif problem := _host_problem(authority):
        faults.append(Fault("url, host", problem, rule="host-name"))
    bad = next((i for i, c in enumerate(_literal(tail)) if c <= " " or c == "\x7f"), -1)
    if bad >= 0:
        where = f"url, column {len(url) - len(tail) + bad + 1}"
        what = "a space" if tail[bad] == " " else "a control character"
        remedy = "write it percent-encoded, such as %20"
        faults.append(Fault(where, what, remedy, "unescaped-url"))
    return tuple(faults)


def _literal(text: str) -> str:
    """Return `text` with each token's inside replaced, so that offsets stay."""
    end = text.rfind("}}") + 2  # beyond it nothing closes, and no search is linear
    closed = _TOKEN.sub(lambda hit: "x" * len(hit.group()), text[:end])
    return closed + text[end:]


def split_url(url: str) -> tuple[Origin, str]:
    """Return the origin and the target of a URL without faults; a fragment is cut.

    Example:
        >>> origin, target = split_url("HTTP://Example.test?x=%2b#top")
        >>> str(origin), target
        ('http://example.test', '/?x=%2b')
    """
    scheme, authority, tail = _parts(url)
    host, port = _split_authority(authority)
    origin = Origin(
        scheme.lower(), host.lower(), int(port or _DEFAULT_PORT[scheme.lower()])
    )
    cut = _literal(tail).find("#")
    target = tail if cut < 0 else tail[:cut]
    return origin, target if target.startswith("/") else f"/{target}"
