"""The grammar of tokens: text to literal pieces and tokens, by one linear scan.

```text
{{lead.Company Name:default=unknown}}
  scope . name      :default= default
```

A name may hold colons, dots, dashes and any letter; only the first dot ends the scope
and only `:default=` starts the default (marketo.md 3.2). The text of a value is never
scanned: tokens are filled in one pass.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass

from nbwebhook.errors import Fault

__all__ = [
    "Places",
    "Template",
    "Token",
    "place_in",
    "scan_template",
    "unescape_template",
]

_DEFAULT = re.compile(":default=", re.IGNORECASE | re.ASCII)
_ESCAPES = {
    "b": "\b",
    "t": "\t",
    "n": "\n",
    "f": "\f",
    "r": "\r",
    "\\": "\\",
    '"': '"',
    "'": "'",
}


@dataclass(frozen=True, slots=True)
class Token:
    """One `{{...}}` of a template.

    Attributes:
        scope: The part before the first dot, in lower case; empty for a token without
            a dot, such as `{{SP_Send_Alert_Info}}`.
        name: The rest, as written.
        default: The text after `:default=`, or None where there is none.
        start: Offset of the first brace in the scanned text.
    """

    scope: str
    name: str
    default: str | None
    start: int

    @property
    def label(self) -> str:
        """Scope and name as a reader writes them, without braces and default."""
        return f"{self.scope}.{self.name}" if self.scope else self.name


@dataclass(frozen=True, slots=True)
class Template:
    """A scanned text: literal pieces and tokens in their order.

    Attributes:
        pieces: `str` for literal text, `Token` for a token.
    """

    pieces: tuple[str | Token, ...]

    @property
    def tokens(self) -> tuple[Token, ...]:
        """The tokens alone."""
        return tuple(piece for piece in self.pieces if isinstance(piece, Token))


def _parse_token(body: str, start: int) -> Token:
    mark = _DEFAULT.search(body)
    default = body[mark.end() :] if mark else None
    name = (body[: mark.start()] if mark else body).strip()
    scope, dot, rest = name.partition(".")
    if not dot:
        return Token("", name, default, start)
    return Token(scope.strip().lower(), rest.strip(), default, start)


def scan_template(text: str) -> tuple[Template, tuple[int, ...]]:
    """Return the scanned text and the offsets of every `{{` that nothing closes.

    Of three or more opening braces the last two open the token, and the first `}}`
    closes it, so that `{{{lead.Id}}: 1}` is a brace, a token and the rest.

    Example:
        >>> template, unclosed = scan_template('{"id": {{lead.Id}}}')
        >>> [p if isinstance(p, str) else p.label for p in template.pieces]
        ['{"id": ', 'lead.Id', '}']
    """
    pieces: list[str | Token] = []
    unclosed: list[int] = []
    at = 0
    while (start := text.find("{{", at)) >= 0:
        while text.startswith("{", start + 2):
            start += 1
        end = text.find("}}", start + 2)
        if end < 0:
            unclosed.append(start)
            break
        if start > at:
            pieces.append(text[at:start])
        pieces.append(_parse_token(text[start + 2 : end], start))
        at = end + 2
    if at < len(text):
        pieces.append(text[at:])
    return Template(tuple(pieces)), tuple(unclosed)


def place_in(part: str, text: str, offset: int) -> str:
    r"""Return `part` with line and column of `offset`; the line if there are more.

    Example:
        >>> place_in("payload template", "ab\ncd", 4)
        'payload template, line 2, column 2'
    """
    return Places(part, text).at(offset)


class Places:
    """Names many places of one text, each in logarithmic time.

    Args:
        part: What the text is, in the user's words.
        text: The text as written.
    """

    def __init__(self, part: str, text: str) -> None:
        self._part = part
        self._line_starts = [0, *(hit.end() for hit in re.finditer("\n", text))]

    def at(self, offset: int) -> str:
        """Return the part with line and column of `offset`; the line if there are more."""
        line = bisect_right(self._line_starts, offset)
        column = offset - self._line_starts[line - 1] + 1
        has_lines = len(self._line_starts) > 1
        where = f"line {line}, column {column}" if has_lines else f"column {column}"
        return f"{self._part}, {where}"


def unescape_template(text: str) -> tuple[str, tuple[Fault, ...]]:
    r"""Return a payload template after Marketo's backslash pass, and its faults.

    Before tokens are filled, `\b \t \n \f \r \\ \" \'` become their characters and
    any other escape is an error (marketo.md 4.4), so a literal backslash of a JSON
    document needs two, and `\\n` arrives as `\n`.

    Example:
        >>> unescape_template(r"a\\nb")[0]
        'a\\nb'
    """
    if "\\" not in text:
        return text, ()
    out: list[str] = []
    faults: list[Fault] = []
    places = Places("payload template", text)
    at = 0
    while (slash := text.find("\\", at)) >= 0:
        out.append(text[at:slash])
        sign = text[slash + 1 : slash + 2]
        if sign in _ESCAPES and sign:
            out.append(_ESCAPES[sign])
        else:
            faults.append(
                Fault(
                    places.at(slash),
                    rf"'\{sign}' is not an escape that Marketo allows",
                    r"write two backslashes for one, or one of \b \t \n \f \r \" \'",
                    "backslash",
                )
            )
        at = slash + 2
    out.append(text[at:])
    return "".join(out), tuple(faults)
