"""What curl's options mean for a request, and which of them cannot be taken over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["OPTIONS", "Option"]

Use = Literal["take", "drop", "note", "refuse"]


@dataclass(frozen=True, slots=True)
class Option:
    """One option of curl.

    Attributes:
        name: Its long name, without dashes.
        use: `take` it into the request, `drop` it as it does not change the request,
            `note` what becomes of it, or `refuse` the command.
        has_value: Whether a value follows.
        why: For `note` and `refuse`: what to tell.
    """

    name: str
    use: Use
    has_value: bool = True
    why: str = ""


_FILE = "reads a file, and a definition holds its text itself"
_RUN = "belongs to a run, not to a definition"
_REDIRECTS = "redirects are not followed, as in Marketo"
_CERTIFICATES = "certificates are always checked"
_PROXY = "a definition names no proxy"
_PARTS = "sends a form of several parts; a webhook has one payload template"
_SCHEME = "signs in by a way that needs more than a header"
_ADDRESS = "sends to another address than the URL names"

_TAKEN = """
X request|H header|d data| data-ascii| data-raw| data-binary| data-urlencode| json
u user| url|A user-agent|e referer|b cookie| oauth2-bearer
"""
_TAKEN_FLAGS = "G get"
_DROPPED = "o output|w write-out|D dump-header| stderr| trace| trace-ascii"
_DROPPED_FLAGS = """
s silent|S show-error|v verbose|i include| show-headers|f fail| fail-with-body
# progress-bar|g globoff| path-as-is| http1.1| http2| http2-prior-knowledge| http3
N no-buffer| no-progress-meter|O remote-name|J remote-header-name| basic|4 ipv4|6 ipv6
q disable| trace-time| no-keepalive| tcp-nodelay
"""
_NOTED = {
    "m max-time": f"the time limit {_RUN}: timeout_s",
    " connect-timeout": f"the time limit {_RUN}: timeout_s",
    " retry": f"repeating a call {_RUN}",
    " retry-delay": f"repeating a call {_RUN}",
    " retry-max-time": f"repeating a call {_RUN}",
    " max-redirs": _REDIRECTS,
    " limit-rate": f"the pace {_RUN}",
}
_NOTED_FLAGS = {
    "L location": _REDIRECTS,
    "k insecure": _CERTIFICATES,
    " compressed": "no compressed answer is asked for",
    " retry-all-errors": f"repeating a call {_RUN}",
}
_REFUSED = {
    "F form": _PARTS,
    " form-string": _PARTS,
    "T upload-file": _FILE,
    "K config": _FILE,
    "c cookie-jar": "keeps cookies from call to call; no webhook does",
    "x proxy": _PROXY,
    "U proxy-user": _PROXY,
    " proxy-header": _PROXY,
    "E cert": _CERTIFICATES + ", and a definition holds none of its own",
    " key": _CERTIFICATES + ", and a definition holds none of its own",
    " cacert": _CERTIFICATES + " against the usual authorities",
    " capath": _CERTIFICATES + " against the usual authorities",
    " resolve": _ADDRESS,
    " connect-to": _ADDRESS,
    " unix-socket": _ADDRESS,
    " interface": "sends from another address than the computer chooses",
    " aws-sigv4": _SCHEME,
    "r range": "asks for a part of the answer; write the header Range",
}
_REFUSED_FLAGS = {
    "I head": "asks for headers alone; Marketo has GET, POST, PUT, PATCH and DELETE",
    "n netrc": _FILE,
    " digest": _SCHEME,
    " ntlm": _SCHEME,
    " negotiate": _SCHEME,
    " anyauth": _SCHEME,
    ": next": "starts a second request",
    "Z parallel": "sends several requests",
}


def _listed(text: str, use: Use, *, has_value: bool) -> dict[str, Option]:
    found: dict[str, Option] = {}
    for item in text.replace("\n", "|").split("|"):
        if item.strip():
            found |= _named(item, Option("", use, has_value))
    return found


def _told(whys: dict[str, str], use: Use, *, has_value: bool) -> dict[str, Option]:
    found: dict[str, Option] = {}
    for item, why in whys.items():
        found |= _named(item, Option("", use, has_value, why))
    return found


def _named(item: str, option: Option) -> dict[str, Option]:
    """Return the option by its names: `X request` is `-X` and `--request`."""
    short, _, name = item.rpartition(" ")
    named = Option(name, option.use, option.has_value, option.why)
    return {f"--{name}": named} | ({f"-{short}": named} if short.strip() else {})


OPTIONS: dict[str, Option] = {
    **_listed(_TAKEN, "take", has_value=True),
    **_listed(_TAKEN_FLAGS, "take", has_value=False),
    **_listed(_DROPPED, "drop", has_value=True),
    **_listed(_DROPPED_FLAGS, "drop", has_value=False),
    **_told(_NOTED, "note", has_value=True),
    **_told(_NOTED_FLAGS, "note", has_value=False),
    **_told(_REFUSED, "refuse", has_value=True),
    **_told(_REFUSED_FLAGS, "refuse", has_value=False),
}
"""Every option that is known, by its short and its long name."""
