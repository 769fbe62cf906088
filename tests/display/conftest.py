"""Hostile text, and pages whose every field holds it."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Callable
from functools import cache

import pytest

_CLOSERS = ("", "\">'>", "--></style></title></svg></pre></td></table></div>")
_PAYLOADS = (
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//x.test/a.js></SCRIPT>",
    "<scr\x00ipt>alert(1)</scr\x00ipt>",
    "<script\x0b>alert(1)</script\x0b>",
    "<img src=x onerror=alert(1)>",
    "<img/src='x'/onerror='alert(1)'",
    "<svg onload=alert(1)>",
    "<svg><script href='data:,alert(1)'/></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    "<svg><foreignObject><body onload=alert(1)></foreignObject></svg>",
    "<svg><use href='data:image/svg+xml,<svg id=x onload=alert(1)>#x'/></svg>",
    "<math><mtext><mglyph><style><img src onerror=alert(1)>",
    "<iframe src=javascript:alert(1)>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<a href='javascript:alert(1)'>here</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>here</a>",
    "<details open ontoggle=alert(1)>",
    "<input autofocus onfocus=alert(1)>",
    "<body onload=alert(1)>",
    "<marquee onstart=alert(1)>",
    "<video><source onerror=alert(1)></video>",
    "<object data='javascript:alert(1)'>",
    "<embed src='javascript:alert(1)'>",
    "<form action='javascript:alert(1)'><button>go</button></form>",
    "<meta http-equiv=refresh content='0;url=//x.test'>",
    "<base href=//x.test/>",
    "<link rel=stylesheet href=//x.test/a.css>",
    "<style>@import '//x.test/a.css';*{display:none}</style>",
    "<template><script>alert(1)</script></template>",
    "<plaintext>",
    "<!-- ",
    "<![CDATA[<script>alert(1)</script>",
    "<?xml-stylesheet href='//x.test/a.xsl'?>",
    "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>&e;",
    '" onmouseover="alert(1)',
    "' onmouseover='alert(1)",
    "x` onmouseover=`alert(1)",
    "x onmouseover=alert(1) y",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "%3Cscript%3Ealert(1)%3C/script%3E",
    "\u2028<script>alert(1)</script>\u2029",
    "\ufeff<script>alert(1)</script>",
    "javascript:alert(1)",
    "expression(alert(1))",
    "{{ 7 * 7 }}{% for x in range(3) %}x{% endfor %}{# gone #}",
    "{{ ''.__class__.__mro__ }}",
    "${7*7} #{7*7} <%= 7*7 %>",
)

_INVISIBLE = (
    *range(0x20),
    *range(0x7F, 0xA0),
    *(0xAD, 0x34F, 0x61C, 0x115F, 0x1160, 0x17B4, 0x180E, 0xFEFF, 0xFFA0, 0x3164),
    *range(0x200B, 0x2010),
    *range(0x2028, 0x202F),
    *range(0x2060, 0x2070),
    *(0xFFF9, 0xFFFA, 0xFFFB, 0xFFFE, 0xFFFF, 0xFDD0, 0x1FFFE, 0x10FFFF),
    *(0xD800, 0xDBFF, 0xDC00, 0xDC80, 0xDCFF, 0xDFFF, 0xE0001, 0xE0041, 0xE007F),
)
_STRINGS = (
    *("null", "NULL", "None", "nil", "undefined", "NaN", "nan", "<NA>", "true", "no"),
    *("0", "-0", "00501", "1e400", "-1e-400", "0x1F", "1_000", "1,5", "Infinity"),
    *("9007199254740993", "1.0", "3.14159265358979323846", "٣", "½", "Ⅷ"),
    *("' OR 1=1 --", '"; DROP TABLE leads; --', "1;--", "\\' OR ''='", "%' --"),
    *("../../etc/passwd", "..\\..\\boot.ini", "/dev/null", "CON", "~root", "file:///"),
    *("%00", "%0d%0aSet-Cookie: a=b", "%s%n%x", "{0}", "{}", "$(id)", "`id`", "| id"),
    *("=1+1", "+1", "-1", "@SUM(A1)", "=HYPERLINK('//x.test')", "\t=1", "#REF!"),
    *("a\r\nX-Evil: 1", "a\nb", "a\rb", "line\n\n\nline", "\n", "\r\n\r\n", " ", "\u3000"),
    *("\x1b[31mred\x1b[0m", "\x1b]0;title\x07", "\x1b[2J", "\x9b31m", "bell\x07"),
    *("\\", "\\\\", "\\u202e", "\\x1b", "C:\\new\\table", "'", '"', "`", "''\"\"``"),
    *("&", "&amp;", "&#0;", "&#x202e;", "&nbsp;", "<", ">", "<>", "</", "/>", "<!"),
    *("Müller", "Ångström", "naïve", "e\u0301", "Zoë & Søn", "ß", "İstanbul", "ﬁ"),
    *("王小明", "株式会社", "テスト", "한국어", "ไทย", "हिन्दी", "Ελληνικά", "Кириллица"),
    *("שלום", "مرحبا", "abc שלום def", "\u202eevil", "\u2067rtl\u2069", "a\u200bb"),
    *("👩\u200d👩\u200d👧", "🏴\U000e0067\U000e0062\U000e007f", "🇩🇪", "👍🏽", "❤️", "\U0002070e"),
    "Z̸̢̛͎͙a̶̧̛l̵̡͝g̴̛o̷̢",
    *("a" * 5_000, "あ" * 500, "<" * 400, "\u202e" * 300, "&" * 300, "a " * 2_000),
    *("ann@example.test", "ann+tag@example.test", "@", "http://x.test/?a=b&c=d#e"),
    *("Ann O'Neil", 'Robert "Bob" Lee', "a,b;c", "a|b", "a\tb", "tab\there", "~", "^"),
)  # fmt: skip


@pytest.fixture(scope="session")
def xss_vectors() -> list[str]:
    """Return texts that try to become markup wherever they stand."""
    return [closer + payload for closer in _CLOSERS for payload in _PAYLOADS]


@pytest.fixture(scope="session")
def naughty_strings() -> list[str]:
    """Return texts that break programs: controls, scripts, words, sheer length."""
    return [f"a{chr(code)}b" for code in _INVISIBLE] + list(_STRINGS)


@pytest.fixture(scope="session")
def hostile_texts(xss_vectors: list[str], naughty_strings: list[str]) -> list[str]:
    """Return both, none of them twice."""
    return list(dict.fromkeys(xss_vectors + naughty_strings))


def _fill(hint: object, text: str) -> object:
    """Return a value of the type `hint` in which every text is `text`."""
    simple: dict[object, object] = {str: text, int: 3, float: 1.5, bool: True}
    if hint in simple:
        return simple[hint]
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return hint(**{name: _fill(kind, text) for name, kind in _types_of(hint)})
    return _fill_generic(hint, text)


@cache
def _types_of(page: type) -> list[tuple[str, object]]:
    hints = typing.get_type_hints(page)
    return [(field.name, hints[field.name]) for field in dataclasses.fields(page)]


def _fill_generic(hint: object, text: str) -> object:
    arguments = typing.get_args(hint)
    kind = typing.get_origin(hint)
    if kind is typing.Literal:
        return arguments[0]
    if kind in {types.UnionType, typing.Union}:
        return _fill(next(a for a in arguments if a is not type(None)), text)
    if kind is frozenset:
        return frozenset({text})
    assert kind is tuple, hint
    if arguments[-1] is Ellipsis:
        return (_fill(arguments[0], text), _fill(arguments[0], text))
    return tuple(_fill(argument, text) for argument in arguments)


@pytest.fixture(scope="session")
def fill_page() -> Callable[[type, str], object]:
    """Return a function that makes a page with one text in its every field."""
    return _fill
