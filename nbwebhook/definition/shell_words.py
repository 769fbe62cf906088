"""A command line to its words, as a POSIX shell splits it; nothing is ever run.

Quotes, backslashes, line continuations, comments and `$'...'` are read as a shell reads
them. A variable becomes a secret, `{{secret.NAME}}`, since that is what people keep in
variables. Whatever would run, read or write something else is refused with its place.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from nbwebhook.definition.tokens import Places

__all__ = ["ShellText", "Word", "split_words"]

_PROMPT = re.compile(r"\s*[$%>]\s+")
_VARIABLE = re.compile(r"\$(?:\{([A-Za-z_][A-Za-z0-9_]*)\}|([A-Za-z_][A-Za-z0-9_]*))")
_PLAIN = re.compile(r"[^\s\\'\"$`|&;<>()#^]+")
_IN_DOUBLE = re.compile(r'[^\\"$`]+')
_ANSI = re.compile(
    r"\\(?:x([0-9A-Fa-f]{1,2})|u([0-9A-Fa-f]{1,4})|U([0-9A-Fa-f]{1,8})|([0-7]{1,3})|(.))",
    re.DOTALL,
)
_ANSI_SIGNS = {
    "a": "\a", "b": "\b", "e": "\x1b", "E": "\x1b", "f": "\f", "n": "\n",
    "r": "\r", "t": "\t", "v": "\v", "\\": "\\", "'": "'", '"': '"', "?": "?",
}  # fmt: skip
_OPERATORS = {
    "|": "hands the answer to another command",
    "&": "ends the command in a shell; put quotes round a URL that holds it",
    ";": "ends the command",
    "<": "reads a file",
    ">": "writes a file",
    "(": "starts another shell",
    ")": "ends another shell",
    "^": "is how Windows' cmd quotes; copy the command for bash",
}


class ShellText(Exception):
    """A text is not one plain command; an error of this room only."""

    def __init__(self, place: str, problem: str) -> None:
        super().__init__(place, problem)
        self.place = place
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a command, quotes undone.

    Attributes:
        text: What the command would be given; a variable as `{{secret.NAME}}`.
        place: Where it starts.
    """

    text: str
    place: str


def split_words(text: str, part: str) -> list[Word]:
    r"""Return the words of the one command that `text` holds.

    Args:
        text: The command, on one line or continued over several.
        part: What to call the text in places.

    Raises:
        ShellText: Something else than one plain command.

    Example:
        >>> [w.text for w in split_words("curl -H 'A: b' \\\n  \"$URL\"/x", "command")]
        ['curl', '-H', 'A: b', '{{secret.URL}}/x']
    """
    return _Splitter(text, part).split()


class _Splitter:
    def __init__(self, text: str, part: str) -> None:
        prompt = _PROMPT.match(text)
        self._text = text
        self._at = prompt.end() if prompt else 0
        self._places = Places(part, text)

    def split(self) -> list[Word]:
        words: list[Word] = []
        while self._skip_space(is_first=not words):
            start = self._at
            words.append(Word(self._word(), self._places.at(start)))
        return words

    def _stop(self, problem: str, at: int | None = None) -> ShellText:
        return ShellText(self._places.at(self._at if at is None else at), problem)

    def _skip_space(self, *, is_first: bool) -> bool:
        """Go to the next word; return whether there is one."""
        has_ended = False
        while self._at < len(self._text):
            char = self._text[self._at]
            if self._text.startswith(("\\\n", "\\\r\n"), self._at):
                self._at = self._text.index("\n", self._at) + 1
            elif char == "#":
                end = self._text.find("\n", self._at)
                self._at = len(self._text) if end < 0 else end
            elif char.isspace():
                has_ended = has_ended or (char == "\n" and not is_first)
                self._at += 1
            elif has_ended:
                raise self._stop(
                    "a second command; end each line but the last with '\\'"
                )
            else:
                return True
        return False

    def _word(self) -> str:
        pieces: list[str] = []
        readers: dict[str, Callable[[], str]] = {
            "'": self._single,
            '"': self._double,
            "\\": self._escaped,
            "$": self._dollar,
        }
        while self._at < len(self._text) and not self._text[self._at].isspace():
            char = self._text[self._at]
            if char in readers:
                pieces.append(readers[char]())
            elif plain := _PLAIN.match(self._text, self._at):
                pieces.append(plain[0])
                self._at = plain.end()
            else:
                pieces.append(self._operator(char))
        return "".join(pieces)

    def _operator(self, char: str) -> str:
        """Return a sign that only looks like one of the shell's, or refuse it."""
        if char == "`":
            raise self._stop("'`' runs another command")
        following = self._text[self._at + 1 : self._at + 2]
        is_literal = char == "^" and following not in {
            '"',
            "^",
            "%",
            "&",
            "\r",
            "\n",
            "",
        }
        if not is_literal and char != "#":
            raise self._stop(f"'{char}' {_OPERATORS[char]}")
        self._at += 1
        return char

    def _single(self) -> str:
        start = self._at
        end = self._text.find("'", start + 1)
        if end < 0:
            raise self._stop("a quote that nothing closes")
        self._at = end + 1
        return self._text[start + 1 : end]

    def _double(self) -> str:
        start = self._at
        self._at += 1
        pieces: list[str] = []
        while self._at < len(self._text):
            char = self._text[self._at]
            if char == '"':
                self._at += 1
                return "".join(pieces)
            if char == "`":
                raise self._stop("'`' runs another command")
            if char == "$":
                pieces.append(self._variable())
            elif char == "\\":
                pieces.append(self._escaped_in_double())
            else:
                plain = _IN_DOUBLE.match(self._text, self._at)
                pieces.append(plain[0] if plain else char)
                self._at += len(pieces[-1])
        raise self._stop("a quote that nothing closes", start)

    def _escaped(self) -> str:
        if self._text.startswith(("\\\n", "\\\r\n"), self._at):
            self._at = self._text.index("\n", self._at) + 1
            return ""
        if self._at + 1 == len(self._text):
            raise self._stop("a backslash with nothing after it")
        self._at += 2
        return self._text[self._at - 1]

    def _escaped_in_double(self) -> str:
        sign = self._text[self._at + 1 : self._at + 2]
        self._at += 2
        if sign == "\n":
            return ""
        return sign if sign in {'"', "\\", "$", "`"} else f"\\{sign}"

    def _dollar(self) -> str:
        if self._text.startswith("$'", self._at):
            return self._ansi()
        if self._text.startswith('$"', self._at):
            self._at += 1
            return self._double()
        return self._variable()

    def _variable(self) -> str:
        found = _VARIABLE.match(self._text, self._at)
        if found:
            self._at = found.end()
            return f"{{{{secret.{found[1] or found[2]}}}}}"
        following = self._text[self._at + 1 : self._at + 2]
        if following == "(":
            raise self._stop("'$(' runs another command")
        if following and (following in "{$?!#*@-" or following.isdigit()):
            raise self._stop(f"'${following}' is not a plain variable such as $NAME")
        self._at += 1
        return "$"

    def _ansi(self) -> str:
        start = self._at
        self._at += 2
        raw = bytearray()
        while self._at < len(self._text):
            char = self._text[self._at]
            escape = _ANSI.match(self._text, self._at)
            if char == "'":
                self._at += 1
                return self._decoded(bytes(raw), start)
            raw += _ansi_bytes(escape) if escape else char.encode()
            self._at += len(escape[0]) if escape else 1
        raise self._stop("a quote that nothing closes", start)

    def _decoded(self, raw: bytes, start: int) -> str:
        try:
            return raw.decode()
        except UnicodeDecodeError as error:
            raise self._stop("escaped bytes that are not UTF-8", start) from error


def _ansi_bytes(escape: re.Match[str]) -> bytes:
    byte, short, long, octal, sign = escape.groups()
    if byte:
        return bytes([int(byte, 16)])
    if octal:
        return bytes([int(octal, 8) & 0xFF])
    if short or long:
        code = int(short or long, 16)
        return chr(code).encode(errors="surrogatepass") if code < 0x110000 else b"\xff"  # noqa: PLR2004 - the end of Unicode
    return _ANSI_SIGNS.get(sign, f"\\{sign}").encode()
