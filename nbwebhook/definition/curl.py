"""A curl command to the parts of a webhook: read strictly, and nothing of it is run."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import quote, unquote

from nbwebhook.definition.curl_options import OPTIONS, Option
from nbwebhook.definition.shell_words import ShellText, Word, split_words
from nbwebhook.definition.tokens import Token, scan_template
from nbwebhook.errors import Fault, InvalidDefinition

__all__ = ["CurlRequest", "parse_curl"]

_PART = "curl command"
_MAX_CHARACTERS = 4 << 20
_SHOWN = 40
_FORM = "application/x-www-form-urlencoded"
_JSON = "application/json"
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_TOKEN_SIGN = "{{"


@dataclass(frozen=True, slots=True)
class CurlRequest:
    """What a curl command would send.

    Attributes:
        url: Without user name and fragmentary parts that curl leaves out.
        method: As curl would choose it.
        headers: Those that the request needs; not curl's own User-Agent and Accept.
        body: The payload; empty where there is none.
        notes: What of the command does not become part of a webhook.
    """

    url: str
    method: str
    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""
    notes: tuple[str, ...] = ()


def parse_curl(text: str) -> CurlRequest:
    """Return the request that a curl command describes.

    Raises:
        InvalidDefinition: The text is not one plain curl command, or it uses options
            that a webhook has no place for; with all of them.

    Example:
        >>> request = parse_curl("curl -d 'a=1' https://example.test/")
        >>> request.method, request.body, request.headers
        ('POST', 'a=1', (('Content-Type', 'application/x-www-form-urlencoded'),))
    """
    if len(text) > _MAX_CHARACTERS:
        raise _refusal([Fault(_PART, f"longer than {_MAX_CHARACTERS:,} characters")])
    try:
        words = split_words(text, _PART)
    except ShellText as stop:
        raise _refusal([Fault(stop.place, stop.problem)]) from None
    name = words[0].text.rpartition("/")[2] if words else ""
    if name.removesuffix(".exe") != "curl":
        problem = "does not start with the word curl"
        raise _refusal([Fault(_PART, problem, "copy the whole command")])
    reader = _Reader()
    for option, word in _options(words[1:], reader.faults):
        reader.take(option, word)
    return reader.request()


def _refusal(faults: list[Fault]) -> InvalidDefinition:
    return InvalidDefinition(_PART, tuple(faults))


# Words to options


def _options(
    words: list[Word], faults: list[Fault]
) -> Iterator[tuple[Option | None, Word]]:
    """Yield each option with its value, or None with a URL; faults go to the list."""
    rest = iter(words)
    are_options_over = False
    for word in rest:
        text = word.text
        if are_options_over or not text.startswith("-") or text == "-":
            yield None, word
        elif text == "--":
            are_options_over = True
        elif text.startswith("--"):
            yield from _long_option(word, rest, faults)
        else:
            yield from _short_options(word, rest, faults)


def _long_option(
    word: Word, rest: Iterator[Word], faults: list[Fault]
) -> Iterator[tuple[Option | None, Word]]:
    option = OPTIONS.get(word.text)
    if option is None:
        faults.append(_unknown(word.place, word.text))
    elif not option.has_value:
        yield option, Word("", word.place)
    elif (value := next(rest, None)) is None:
        faults.append(Fault(word.place, f"{word.text} has no value"))
    else:
        yield option, Word(value.text, word.place)


def _short_options(
    word: Word, rest: Iterator[Word], faults: list[Fault]
) -> Iterator[tuple[Option | None, Word]]:
    """Yield the options of one word: `-sSL`, `-XPOST`, `-d value`."""
    for at, letter in enumerate(word.text[1:], start=2):
        option = OPTIONS.get(f"-{letter}")
        if option is None:
            faults.append(_unknown(word.place, f"-{letter}"))
            return
        if not option.has_value:
            yield option, Word("", word.place)
            continue
        tail = word.text[at:]
        value = Word(tail, word.place) if tail else next(rest, None)
        if value is None:
            faults.append(Fault(word.place, f"-{letter} has no value"))
        else:
            yield option, Word(value.text, word.place)
        return


def _unknown(place: str, name: str) -> Fault:
    problem = f"the option {name[:_SHOWN]!r} is not known here"
    return Fault(place, problem, "leave it out if it does not change the request")


# Options to a request


@dataclass(slots=True)
class _Reader:
    """Collects what the options say; `request` puts it together."""

    faults: list[Fault] = field(default_factory=list)
    urls: list[Word] = field(default_factory=list)
    method: str = ""
    headers: list[tuple[str, str]] = field(default_factory=list)
    removed: set[str] = field(default_factory=set)
    data: list[str] = field(default_factory=list)
    user: Word | None = None
    notes: dict[str, None] = field(default_factory=dict)
    is_get: bool = False
    is_json: bool = False

    def take(self, option: Option | None, word: Word) -> None:
        """Note one option with its value, or a URL."""
        if option is None:
            self.urls.append(word)
        elif option.use == "refuse":
            self.faults.append(Fault(word.place, f"--{option.name}: {option.why}"))
        elif option.use == "note":
            self.notes[f"--{option.name} was left out: {option.why}"] = None
        elif option.use == "take":
            self._takers()[option.name](word)

    def _takers(self) -> dict[str, Callable[[Word], None]]:
        return {
            "url": self.urls.append,
            "request": self._take_method,
            "get": self._take_get,
            "header": self._take_header,
            "data": self._take_data,
            "data-ascii": self._take_data,
            "data-binary": self._take_data,
            "data-raw": lambda word: self.data.append(word.text),
            "data-urlencode": self._take_data_urlencode,
            "json": self._take_json,
            "user": self._take_user,
            "cookie": self._take_cookie,
            "user-agent": lambda word: self.headers.append(("User-Agent", word.text)),
            "referer": lambda word: self.headers.append(("Referer", word.text)),
            "oauth2-bearer": lambda word: self.headers.append(
                ("Authorization", f"Bearer {word.text}")
            ),
        }

    def _take_method(self, word: Word) -> None:
        self.method = word.text

    def _take_get(self, _word: Word) -> None:
        self.is_get = True

    def _take_header(self, word: Word) -> None:
        if word.text.startswith("@"):
            self._refuse_file(word, "-H @file")
            return
        name, colon, value = word.text.partition(":")
        if not colon and name.endswith(";"):
            self.headers.append((name[:-1].strip(), ""))
        elif not colon:
            self.faults.append(
                Fault(word.place, "a header without ':'", "'Name: value'")
            )
        elif value.strip():
            self.headers.append((name.strip(), value.strip()))
        else:
            self.removed.add(name.strip().lower())

    def _take_data(self, word: Word) -> None:
        if word.text.startswith("@"):
            self._refuse_file(word, "@file")
        else:
            self.data.append(word.text)

    def _take_json(self, word: Word) -> None:
        self.is_json = True
        self._take_data(word)

    def _take_data_urlencode(self, word: Word) -> None:
        name, sign, value = word.text.partition("=")
        if not sign and "@" in name:
            self._refuse_file(word, "name@file")
        elif not sign:
            self.data.append(_urlencoded(name))
        else:
            self.data.append((f"{name}=" if name else "") + _urlencoded(value))

    def _take_cookie(self, word: Word) -> None:
        if "=" in word.text:
            self.headers.append(("Cookie", word.text))
        else:
            self._refuse_file(word, "-b file")

    def _take_user(self, word: Word) -> None:
        self.user = word

    def _refuse_file(self, word: Word, what: str) -> None:
        problem = f"{what} reads a file"
        self.faults.append(Fault(word.place, problem, "put its text into the command"))

    def request(self) -> CurlRequest:
        """Return the request.

        Raises:
            InvalidDefinition: Something of the command has no place in a webhook.
        """
        url = self._one_url()
        if self.user is not None:
            self._sign_in(self.user.text, self.user.place)
        has_data = bool(self.data)
        body = ("" if self.is_json else "&").join(self.data)
        if self.is_get and has_data:
            url, body = _with_query(url, body), ""
        elif has_data:
            self._add_data_headers()
        if self.faults:
            raise _refusal(self.faults)
        method = self.method or ("GET" if self.is_get or not has_data else "POST")
        return CurlRequest(url, method, tuple(self.headers), body, tuple(self.notes))

    def _one_url(self) -> str:
        if len(self.urls) != 1:
            problem = f"{len(self.urls)} URLs where a webhook has one"
            self.faults.append(Fault(_PART, problem))
            return ""
        url = self.urls[0].text
        if not _SCHEME.match(url):
            url = f"http://{url}"
            self.notes["the URL had no scheme; http:// was added, as curl does"] = None
        scheme, _, tail = url.partition("://")
        end = next((i for i, char in enumerate(tail) if char in "/?#"), len(tail))
        user, at, host = tail[:end].rpartition("@")
        if at:
            self._sign_in(unquote(user), self.urls[0].place)
        return f"{scheme}://{host}{tail[end:]}"

    def _sign_in(self, user: str, place: str) -> None:
        """Add the header that curl makes of a user name and password."""
        if ":" not in user:
            problem = "a user name without a password, which curl would ask for"
            self.faults.append(Fault(place, problem, "write name:password"))
        elif _TOKEN_SIGN in user:
            problem = "a user name or password from a variable has no fixed header"
            remedy = (
                "write -H 'Authorization: Basic {{secret.NAME}}', the secret being "
                "name:password in Base64"
            )
            self.faults.append(Fault(place, problem, remedy))
        elif not self._has("authorization"):
            encoded = b64encode(user.encode()).decode()
            self.headers.append(("Authorization", f"Basic {encoded}"))

    def _add_data_headers(self) -> None:
        wanted = {"Content-Type": _JSON, "Accept": _JSON}
        for name, value in (
            wanted if self.is_json else {"Content-Type": _FORM}
        ).items():
            if not self._has(name.lower()) and name.lower() not in self.removed:
                self.headers.append((name, value))

    def _has(self, folded: str) -> bool:
        return any(name.lower() == folded for name, _ in self.headers)


def _urlencoded(text: str) -> str:
    """Return text as --data-urlencode writes it; tokens are left for rendering."""
    pieces = scan_template(text)[0].pieces
    return "".join(
        text[piece.start : _end_of(text, piece)]
        if isinstance(piece, Token)
        else quote(piece, safe="-._~").replace("%20", "+")
        for piece in pieces
    )


def _end_of(text: str, token: Token) -> int:
    return text.index("}}", token.start + 2) + 2


def _with_query(url: str, data: str) -> str:
    head, sharp, tail = url.partition("#")
    join = "&" if "?" in head else "?"
    return f"{head}{join}{data}{sharp}{tail}"
