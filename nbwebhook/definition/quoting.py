"""Where a token stands in the text round it: in a JSON string, or in an XML CDATA section.

Tokens themselves are taken for opaque: what fills them opens and closes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from nbwebhook.definition.tokens import Token

__all__ = ["Quoting", "cdata_places", "json_quotings"]

Quoting = Literal["bare", "whole", "part"]
"""`bare` stands outside every string, `whole` is all that a string holds, `part` is
in a longer string."""

_QUOTE_OR_ESCAPE = re.compile(r'\\.?|"', re.DOTALL)
_CDATA = re.compile(r"<!\[CDATA\[|\]\]>")


def json_quotings(pieces: Sequence[str | Token]) -> list[Quoting]:
    """Return for each token of a JSON text whether it stands in a string.

    Args:
        pieces: Literal texts and tokens, after the template's backslash pass.

    Example:
        >>> from nbwebhook.definition.tokens import scan_template
        >>> text = '{"a": {{lead.A}}, "b": "{{lead.B}}", "c": "Dear {{lead.C}}"}'
        >>> json_quotings(scan_template(text)[0].pieces)
        ['bare', 'whole', 'part']
    """
    found: list[Quoting] = []
    is_open = False
    for number, piece in enumerate(pieces):
        if isinstance(piece, str):
            is_open = _is_open_after(piece, is_open=is_open)
        elif not is_open:
            found.append("bare")
        else:
            found.append("whole" if _is_alone(pieces, number) else "part")
    return found


def _is_open_after(text: str, *, is_open: bool) -> bool:
    for hit in _QUOTE_OR_ESCAPE.finditer(text):
        if hit[0] == '"':
            is_open = not is_open
    return is_open


def _is_alone(pieces: Sequence[str | Token], number: int) -> bool:
    """Return whether a token in a string has its quotes right beside it."""
    before = pieces[number - 1] if number else ""
    after = pieces[number + 1] if number + 1 < len(pieces) else ""
    if isinstance(before, Token) or isinstance(after, Token):
        return False
    hits = list(_QUOTE_OR_ESCAPE.finditer(before))
    opens_here = bool(hits) and hits[-1][0] == '"' and hits[-1].end() == len(before)
    return opens_here and after.startswith('"')


def cdata_places(pieces: Sequence[str | Token]) -> list[bool]:
    """Return for each token whether it stands in a CDATA section.

    Example:
        >>> from nbwebhook.definition.tokens import scan_template
        >>> text = "<a>{{lead.A}}<![CDATA[{{lead.B}}]]></a>"
        >>> cdata_places(scan_template(text)[0].pieces)
        [False, True]
    """
    return list(_cdata_places(pieces))


def _cdata_places(pieces: Sequence[str | Token]) -> Iterator[bool]:
    is_open = False
    for piece in pieces:
        if isinstance(piece, Token):
            yield is_open
            continue
        for hit in _CDATA.finditer(piece):
            is_open = hit[0] != "]]>"
