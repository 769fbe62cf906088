"""RFC 8259 as a table: what must be accepted, what must be refused, what is free."""

from decimal import Decimal
from typing import Any

import pytest

from nbwebhook.errors import InvalidBody, UndecodableBody
from nbwebhook.mapping.documents import parse_json


def _nested(depth: int) -> list[Any]:
    found: list[Any] = []
    for _ in range(depth - 1):
        found = [found]
    return found


MUST_ACCEPT: list[tuple[str, bytes, Any]] = [
    ("true", b"true", True),
    ("false", b"false", False),
    ("null", b"null", None),
    ("zero", b"0", 0),
    ("minus-zero", b"-0", 0),
    ("one", b"1", 1),
    ("minus-one", b"-1", -1),
    ("int-digits", b"1234567890", 1234567890),
    ("int-past-double", b"9007199254740993", 9007199254740993),
    ("int-64-bit", b"18446744073709551616", 18446744073709551616),
    ("int-19-digits", b"-9223372036854775809", -9223372036854775809),
    ("fraction", b"1.5", Decimal("1.5")),
    ("fraction-trailing-zero", b"1.50", Decimal("1.50")),
    ("fraction-of-zero", b"0.1", Decimal("0.1")),
    ("fraction-long", b"0.12345678901234567890", Decimal("0.12345678901234567890")),
    ("minus-zero-fraction", b"-0.0", Decimal("-0.0")),
    ("exponent", b"1e2", Decimal("1E+2")),
    ("exponent-upper", b"1E2", Decimal("1E+2")),
    ("exponent-plus", b"1e+2", Decimal("1E+2")),
    ("exponent-minus", b"1e-2", Decimal("0.01")),
    ("exponent-leading-zero", b"1e02", Decimal("1E+2")),
    ("exponent-zero", b"1e0", Decimal(1)),
    ("fraction-exponent", b"-12.5e-1", Decimal("-1.25")),
    ("zero-exponent", b"0e1", Decimal("0E+1")),
    ("zero-plus-exponent", b"0e+1", Decimal("0E+1")),
    ("double-max", b"1.7976931348623157e308", Decimal("1.7976931348623157E+308")),
    ("empty-string", b'""', ""),
    ("string-space", b'" "', " "),
    ("string-ascii", b'"abc"', "abc"),
    ("string-utf8-2", '"é"'.encode(), "é"),
    ("string-utf8-3", '"€"'.encode(), "€"),
    ("string-utf8-4", '"😀"'.encode(), "😀"),
    ("string-nonchar", '"\uffff"'.encode(), "\uffff"),
    ("string-last-plane", '"\U0010ffff"'.encode(), "\U0010ffff"),
    ("string-del", b'"\x7f"', "\x7f"),
    ("string-nbsp", '"\u00a0"'.encode(), "\u00a0"),
    ("string-u2028", '"\u2028"'.encode(), "\u2028"),
    ("string-u2029", '"\u2029"'.encode(), "\u2029"),
    ("string-bom-inside", '"\ufeff"'.encode(), "\ufeff"),
    ("string-rtl", '"\u202e"'.encode(), "\u202e"),
    ("string-comment", b'"a/*b*/c//d"', "a/*b*/c//d"),
    ("string-brackets", b'"[{]}:,"', "[{]}:,"),
    ("string-words", b'"NaN true null"', "NaN true null"),
    ("escape-quote", rb'"\""', '"'),
    ("escape-backslash", rb'"\\"', "\\"),
    ("escape-slash", rb'"\/"', "/"),
    ("plain-slash", b'"/"', "/"),
    ("escape-b", rb'"\b"', "\b"),
    ("escape-f", rb'"\f"', "\f"),
    ("escape-n", rb'"\n"', "\n"),
    ("escape-r", rb'"\r"', "\r"),
    ("escape-t", rb'"\t"', "\t"),
    ("escape-all", rb'"\"\\\/\b\f\n\r\t"', '"\\/\b\f\n\r\t'),
    ("escape-u-ascii", rb'"\u0041"', "A"),
    ("escape-u-lower-hex", rb'"\u00e9"', "é"),
    ("escape-u-upper-hex", rb'"\u00E9"', "é"),
    ("escape-u-nul", rb'"\u0000"', "\x00"),
    ("escape-u-quote", rb'"\u0022"', '"'),
    ("escape-u-backslash", rb'"\u005C"', "\\"),
    ("escape-u-unit-separator", rb'"\u001f"', "\x1f"),
    ("escape-u-pair", rb'"\ud83d\ude00"', "😀"),
    ("escape-u-pair-upper", rb'"\uD83D\uDE00"', "😀"),
    ("escape-u-nonchar", rb'"\uFFFE"', "\ufffe"),
    ("escape-backslash-u", rb'"\\u0041"', r"\u0041"),
    ("empty-array", b"[]", []),
    ("empty-object", b"{}", {}),
    ("array-one", b"[1]", [1]),
    ("array-mixed", b'[1,"a",null,true,{}]', [1, "a", None, True, {}]),
    ("array-nested", b"[[[]],[]]", [[[]], []]),
    ("array-nulls", b"[null,null]", [None, None]),
    ("object-one", b'{"a":1}', {"a": 1}),
    ("object-two", b'{"a":1,"b":2}', {"a": 1, "b": 2}),
    ("object-empty-key", b'{"":0}', {"": 0}),
    ("object-escaped-key", rb'{"\u0061\n":0}', {"a\n": 0}),
    ("object-dotted-key", b'{"a.b":0}', {"a.b": 0}),
    ("object-nested", b'{"a":{"b":{"c":[]}}}', {"a": {"b": {"c": []}}}),
    ("object-long-key", b'{"' + b"k" * 5000 + b'":1}', {"k" * 5000: 1}),
    ("space-around", b" \t\r\n1\n\r\t ", 1),
    ("space-in-array", b"[ 1 , 2 ]", [1, 2]),
    ("space-in-object", b'{ "a" : 1 , "b" : 2 }', {"a": 1, "b": 2}),
    ("newlines-in-object", b'{\r\n"a"\n:\n1\n}', {"a": 1}),
    ("depth-256", b"[" * 256 + b"]" * 256, _nested(256)),
    ("long-string", b'"' + b"x" * 100_000 + b'"', "x" * 100_000),
    ("many-brackets-in-string", b'["' + b"[{" * 1000 + b'"]', ["[{" * 1000]),
    ("escaped-quotes-and-brackets", rb'["\"[[[[\\"]', ['"[[[[\\']),
]

MUST_REJECT: list[tuple[str, bytes]] = [
    ("nothing", b""),
    ("blank", b" \n"),
    ("word", b"abc"),
    ("True", b"True"),
    ("TRUE", b"TRUE"),
    ("tru", b"tru"),
    ("truee", b"truee"),
    ("nul", b"nul"),
    ("None", b"None"),
    ("undefined", b"undefined"),
    ("NaN", b"NaN"),
    ("minus-NaN", b"-NaN"),
    ("NaN-inside", b'{"a":[NaN]}'),
    ("Infinity", b"Infinity"),
    ("minus-Infinity", b"-Infinity"),
    ("Inf", b"Inf"),
    ("plus-one", b"+1"),
    ("leading-zero", b"01"),
    ("minus-leading-zero", b"-01"),
    ("double-zero", b"00"),
    ("minus-alone", b"-"),
    ("minus-minus", b"--1"),
    ("minus-space", b"- 1"),
    ("point-first", b".5"),
    ("minus-point", b"-.5"),
    ("point-last", b"1."),
    ("point-exponent", b"1.e2"),
    ("two-points", b"1.2.3"),
    ("exponent-alone", b"1e"),
    ("exponent-sign-alone", b"1e+"),
    ("exponent-fraction", b"1e1.5"),
    ("exponent-twice", b"1e2e3"),
    ("exponent-first", b"e1"),
    ("hex", b"0x1F"),
    ("octal", b"0o17"),
    ("underscore", b"1_000"),
    ("thousands-comma", b"1,000"),
    ("full-width-digit", "\uff11".encode()),
    ("digit-then-full-width", "1\uff12".encode()),
    ("arabic-digit", "٣".encode()),
    ("number-then-letter", b"1a"),
    ("number-then-nul", b"1\x00"),
    ("single-quotes", b"'a'"),
    ("back-ticks", b"`a`"),
    ("typographic-quotes", "“a”".encode()),
    ("unclosed-string", b'"abc'),
    ("quote-alone", b'"'),
    ("string-then-quote", b'"a""'),
    ("two-strings", b'"a" "b"'),
    ("string-newline", b'"a\nb"'),
    ("string-return", b'"a\rb"'),
    ("string-tab", b'"a\tb"'),
    ("string-nul", b'"a\x00b"'),
    ("string-unit-separator", b'"a\x1fb"'),
    ("escape-x", rb'"\x41"'),
    ("escape-single-quote", rb'''"\'"'''),
    ("escape-a", rb'"\a"'),
    ("escape-v", rb'"\v"'),
    ("escape-digit", rb'"\0"'),
    ("escape-capital-U", rb'"\U0041"'),
    ("escape-newline", b'"\\\n"'),
    ("escape-at-end", b'"\\"'),
    ("escape-backslash-open", rb'"\\\"'),
    ("escape-u-short", rb'"\u004"'),
    ("escape-u-empty", rb'"\u"'),
    ("escape-u-not-hex", rb'"\u00G1"'),
    ("escape-u-sign", rb'"\u+123"'),
    ("escape-u-space", rb'"\u 123"'),
    ("escape-u-braces", rb'"\u{41}"'),
    ("escape-u-second-short", rb'"\ud83d\ude0"'),
    ("escape-outside-string", rb"\u0041"),
    ("open-array", b"["),
    ("close-array", b"]"),
    ("open-array-value", b"[1"),
    ("open-array-comma", b"[1,"),
    ("array-trailing-comma", b"[1,]"),
    ("array-leading-comma", b"[,1]"),
    ("array-comma-alone", b"[,]"),
    ("array-two-commas", b"[1,,2]"),
    ("array-no-comma", b"[1 2]"),
    ("array-colon", b"[1:2]"),
    ("array-extra-close", b"[1]]"),
    ("array-closed-by-brace", b"[1}"),
    ("open-object", b"{"),
    ("close-object", b"}"),
    ("object-key-only", b'{"a"}'),
    ("object-colon-only", b'{"a":}'),
    ("object-value-only", b"{:1}"),
    ("object-no-colon", b'{"a" 1}'),
    ("object-two-colons", b'{"a"::1}'),
    ("object-comma-for-colon", b'{"a",1}'),
    ("object-equals", b'{"a"=1}'),
    ("object-trailing-comma", b'{"a":1,}'),
    ("object-leading-comma", b'{,"a":1}'),
    ("object-two-commas", b'{"a":1,,"b":2}'),
    ("object-no-comma", b'{"a":1 "b":2}'),
    ("object-open-value", b'{"a":1'),
    ("object-open-key", b'{"a'),
    ("object-bare-key", b"{a:1}"),
    ("object-number-key", b"{1:1}"),
    ("object-null-key", b"{null:1}"),
    ("object-array-key", b"{[]:1}"),
    ("object-single-quoted-key", b"{'a':1}"),
    ("object-closed-by-bracket", b'{"a":1]'),
    ("object-extra-close", b'{"a":1}}'),
    ("two-values", b"1 2"),
    ("two-objects", b"{}{}"),
    ("json-lines", b'{"a":1}\n{"a":2}'),
    ("value-then-comma", b"1,"),
    ("comment-line", b"// c\n1"),
    ("comment-block", b"/* c */1"),
    ("comment-hash", b"# c\n1"),
    ("comment-after", b"1 // c"),
    ("form-feed", b"\x0c1"),
    ("vertical-tab", b"1\x0b"),
    ("no-break-space", "\u00a01".encode()),
    ("word-joiner", "1\u2060".encode()),
    ("anti-hijack", b")]}',\n{}"),
    ("jsonp", b"callback({})"),
    ("assignment", b"a = {}"),
    ("form", b"a=1&b=2"),
    ("html", b"<!DOCTYPE html><html></html>"),
    ("xml", b"<a>1</a>"),
    ("yaml", b"a: 1"),
    ("depth-100000-arrays", b"[" * 100_000),
    ("depth-100000-objects", b'{"a":' * 100_000),
    ("depth-100000-closed", b"[" * 100_000 + b"]" * 100_000),
    ("quotes-without-end", b'[["' + b'\\"' * 200_000),
]

# Where the RFC leaves it to the parser: what we do.
FREE_ACCEPTED: list[tuple[str, bytes, Any]] = [
    ("bom", b"\xef\xbb\xbf{}", {}),
    ("duplicate-key-last-wins", b'{"a":1,"a":2}', {"a": 2}),
    ("duplicate-key-escaped", rb'{"a":1,"\u0061":2}', {"a": 2}),
    ("lone-high-surrogate", rb'"\ud800"', "\ud800"),
    ("lone-low-surrogate", rb'"\udc00"', "\udc00"),
    ("surrogates-swapped", rb'"\ude00\ud83d"', "\ude00\ud83d"),
    ("high-then-letter", rb'"\ud800A"', "\ud800A"),
    ("tiny-number", b"1e-400", Decimal("1E-400")),
    ("int-640-digits", b"9" * 640, int("9" * 640)),
    ("utf-16-bom", '\ufeff{"a":1}'.encode("utf-16-be"), {"a": 1}),
    ("utf-32-bom", '\ufeff{"a":1}'.encode("utf-32-le"), {"a": 1}),
]

FREE_REFUSED: list[tuple[str, bytes]] = [
    ("past-double", b"1e400"),
    ("past-double-by-little", b"1.7976931348623160e308"),
    ("minus-past-double", b"-1e400"),
    ("exponent-past-decimal", b"1e99999999999999999999"),
    ("exponent-past-decimal-small", b"1e-99999999999999999999"),
    ("int-641-digits", b"9" * 641),
    ("int-5000-digits", b"9" * 5_000),
    ("fraction-5000-digits", b"0." + b"9" * 5_000),
    ("depth-257", b"[" * 257 + b"]" * 257),
    ("depth-257-objects", b'{"a":' * 257 + b"1" + b"}" * 257),
    ("million-values", b"[" + b"0," * 1_000_001 + b"0]"),
    ("utf-16-without-bom", "{}".encode("utf-16-le")),
    ("two-boms", b"\xef\xbb\xbf\xef\xbb\xbf1"),
]

NOT_UTF8: list[tuple[str, bytes]] = [
    ("latin-1", '"é"'.encode("latin-1")),
    ("continuation-alone", b'"\x80"'),
    ("truncated-sequence", b'"\xe2\x82"'),
    ("overlong-slash", b'"\xc0\xaf"'),
    ("overlong-nul", b'"\xc0\x80"'),
    ("encoded-surrogate", b'"\xed\xa0\x80"'),
    ("past-last-plane", b'"\xf4\x90\x80\x80"'),
    ("five-bytes", b'"\xf8\x88\x80\x80\x80"'),
    ("ff", b'["\xff"]'),
]


def _same(found: object, wanted: object) -> bool:
    return repr(found) == repr(wanted)


@pytest.mark.parametrize(
    ("body", "wanted"),
    [pytest.param(body, wanted, id=name) for name, body, wanted in MUST_ACCEPT],
)
def test_json_that_the_rfc_allows_is_read_exactly(body: bytes, wanted: object) -> None:
    """Every text of the grammar is accepted, with its type and its digits."""
    found = parse_json(body)
    assert not found.has_duplicate_keys
    assert _same(found.root, wanted)


@pytest.mark.parametrize(
    "body", [pytest.param(body, id=name) for name, body in MUST_REJECT]
)
def test_text_that_is_not_json_is_refused(body: bytes) -> None:
    """Every text outside the grammar is `InvalidBody`, and no other error."""
    with pytest.raises(InvalidBody, match="the response is not JSON"):
        parse_json(body)


@pytest.mark.parametrize(
    ("body", "wanted"),
    [pytest.param(body, wanted, id=name) for name, body, wanted in FREE_ACCEPTED],
)
def test_free_choices_that_are_taken(body: bytes, wanted: object) -> None:
    """What the RFC leaves open and is read here keeps this meaning."""
    found = parse_json(body)
    assert _same(found.root, wanted)
    assert found.has_duplicate_keys is (b'"a":1,"' in body)


@pytest.mark.parametrize(
    "body", [pytest.param(body, id=name) for name, body in FREE_REFUSED]
)
def test_free_choices_that_are_refused(body: bytes) -> None:
    """What the RFC leaves open and would lose or cost something is refused."""
    with pytest.raises(InvalidBody, match="the response is not JSON"):
        parse_json(body)


@pytest.mark.parametrize(
    "body", [pytest.param(body, id=name) for name, body in NOT_UTF8]
)
def test_bytes_that_are_not_utf8_are_refused(body: bytes) -> None:
    """No wrong byte becomes a replacement character."""
    with pytest.raises(UndecodableBody, match="is not utf-8 at byte"):
        parse_json(body)


def test_the_table_is_as_large_as_it_should_be() -> None:
    """The table holds at least 120 cases, each under a name of its own."""
    names = [
        *(row[0] for row in MUST_ACCEPT + FREE_ACCEPTED),
        *(row[0] for row in MUST_REJECT + FREE_REFUSED + NOT_UTF8),
    ]
    assert len(names) >= 120
    assert len(set(names)) == len(names)
