"""A rendered request to the curl command that sends the same bytes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from nbwebhook.errors import UnencodableValue
from nbwebhook.render.request import Request

__all__ = ["curl_command"]

_SAFE = re.compile(r"[A-Za-z0-9_@%+=:,./-]+")
_NOT_NAME = re.compile(r"[^A-Za-z0-9_]")
_EXPECTS_FROM = 1 << 20
"""From this length of a body on, curl adds a header of its own."""


def curl_command(request: Request, variables: Mapping[str, str] | None = None) -> str:
    r"""Return a curl command for a POSIX shell, one option a line.

    Whatever a value holds, the shell takes it for text: it stands in single quotes, or
    in `$'...'` (bash, zsh, ksh) where it has characters that do not print.

    Args:
        request: What to send.
        variables: Names of shell variables by the text in the request that each one
            replaces.

    Raises:
        UnencodableValue: The body holds a zero byte, which no command line can.

    Example:
        >>> from nbwebhook.definition.urls import Origin
        >>> origin = Origin("https", "example.test", 443)
        >>> print(curl_command(Request("POST", origin, b"/", (), b"it's")))
        curl --request POST \
          --url https://example.test/ \
          --header Content-Type: \
          --data-raw 'it'\''s'
    """
    quoted = _Quoter(variables or {}).quote
    lines = [
        f"{option} {quoted(value)}" if value is not None else option
        for option, value in _options(request)
    ]
    return " \\\n  ".join([f"curl {lines[0]}", *lines[1:]])


def _options(request: Request) -> Iterator[tuple[str, str | None]]:
    yield "--request", request.method
    target = request.target.decode()
    yield "--url", f"{request.origin}{target}"
    if any(sign in target for sign in "[]{}"):
        yield "--globoff", None
    if "/." in target:
        yield "--path-as-is", None
    seen = {name.lower() for name, _ in request.headers}
    for name, value in request.headers:
        pair = f"{name.decode()}: {value.decode()}" if value else f"{name.decode()};"
        yield "--header", pair
    if request.body is None:
        return
    if b"content-type" not in seen:
        yield "--header", "Content-Type:"  # curl would add one of its own
    if len(request.body) >= _EXPECTS_FROM:
        yield "--header", "Expect:"
    if b"\0" in request.body:
        raise UnencodableValue("payload", "a zero byte, which no command line can hold")
    yield "--data-raw", request.body.decode()


class _Quoter:
    """Quotes words for a shell, some texts replaced by variables."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._names = {
            text: _NOT_NAME.sub("_", name if name[:1].isalpha() else f"_{name}")
            for text, name in variables.items()
        }
        listed = "|".join(map(re.escape, self._names))
        self._pattern = re.compile(f"({listed})") if listed else None

    def quote(self, text: str) -> str:
        """Return `text` as one word."""
        parts = self._pattern.split(text) if self._pattern else [text]
        words = (
            f'"${{{self._names[part]}}}"' if part in self._names else _quoted(part)
            for part in parts
            if part
        )
        return "".join(words) or "''"


def _quoted(text: str) -> str:
    if _SAFE.fullmatch(text):
        return text
    if all(char.isprintable() or char == "\n" for char in text):
        return "'" + text.replace("'", "'\\''") + "'"
    return "$'" + "".join(map(_ansi, text)) + "'"


def _ansi(char: str) -> str:
    if char in "\\'":
        return f"\\{char}"
    if char.isprintable():
        return char
    return "".join(f"\\x{byte:02x}" for byte in char.encode())
