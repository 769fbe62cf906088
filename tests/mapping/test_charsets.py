"""A response's bytes to text, by what is said and what is shown."""

import pytest

from nbwebhook.errors import UndecodableBody
from nbwebhook.mapping.charsets import charset_of, decode_text, decode_xml


@pytest.mark.parametrize(
    ("content_type", "wanted"),
    [
        pytest.param(b"", None, id="no-header"),
        pytest.param(b"application/json", None, id="no-parameter"),
        pytest.param(b"application/json; charset=utf-8", "utf-8", id="plain"),
        pytest.param(b'text/xml;charset="ISO-8859-1"', "ISO-8859-1", id="quoted"),
        pytest.param(b"text/xml; CharSet = UTF-16 ; x=y", "UTF-16", id="spaced"),
        pytest.param(b"text/xml; x=y; charset=utf-8", "utf-8", id="second-parameter"),
        pytest.param(b"application/json; charset=", None, id="empty"),
        pytest.param(b'application/json; charset=""', None, id="empty-quoted"),
        pytest.param(b"application/json; charset=\xff", "ÿ", id="not-ascii"),
        pytest.param(b"a/b; charset=a; charset=b", "a", id="the-first-of-two"),
    ],
)
def test_the_charset_parameter_is_found(content_type: bytes, wanted: str) -> None:
    """The character set is what the header's parameter says, as written."""
    assert charset_of(content_type) == wanted


@pytest.mark.parametrize(
    ("body", "charset", "wanted"),
    [
        pytest.param("é".encode(), None, "é", id="utf-8-unsaid"),
        pytest.param("é".encode(), "UTF-8", "é", id="utf-8"),
        pytest.param("é".encode(), "utf8", "é", id="utf8-without-dash"),
        pytest.param("é".encode("utf-8-sig"), None, "é", id="utf-8-bom"),
        pytest.param("é".encode("utf-8-sig"), "latin-1", "é", id="bom-beats-header"),
        pytest.param(b"A", "us-ascii", "A", id="ascii"),
        pytest.param(b"\xe9", "ISO-8859-1", "é", id="iso-8859-1"),
        pytest.param(b"\xe9", "latin1", "é", id="latin1"),
        pytest.param(b"\xa4", "iso-8859-15", "€", id="iso-8859-15"),
        pytest.param(b"\x80", "Windows-1252", "€", id="windows-1252"),
        pytest.param("日".encode("shift_jis"), "Shift_JIS", "日", id="shift-jis"),
        pytest.param("日".encode("gb18030"), "gb2312", "日", id="gb2312"),
        pytest.param("{é".encode("utf-16-le"), "utf-16", "{é", id="utf-16-little"),
        pytest.param("{é".encode("utf-16-be"), "utf-16", "{é", id="utf-16-big"),
        pytest.param("{é".encode("utf-16-be"), "UTF-16BE", "{é", id="utf-16be"),
        pytest.param("{é".encode("utf-32-be"), "utf-32", "{é", id="utf-32-big"),
        pytest.param("{é".encode("utf-16"), None, "{é", id="utf-16-bom"),
        pytest.param("{é".encode("utf-32"), None, "{é", id="utf-32-bom"),
        pytest.param(
            "\ufeff{é".encode("utf-32-be"), "utf-8", "{é", id="utf-32-bom-big"
        ),
    ],
)
def test_bytes_become_the_text_that_was_meant(
    body: bytes, charset: str | None, wanted: str
) -> None:
    """A byte order mark decides, then the header, then it is UTF-8."""
    assert decode_text(body, charset) == wanted


@pytest.mark.parametrize(
    ("body", "charset", "problem"),
    [
        pytest.param(b"{}", "klingon", "'klingon' is not decoded", id="klingon"),
        pytest.param(b"7b7d", "hex", "'hex' is not decoded", id="hex"),
        pytest.param(b"{}", "utf-7", "'utf-7' is not decoded", id="utf-7"),
        pytest.param(b"{}", "idna", "'idna' is not decoded", id="idna"),
        pytest.param(b"{}", "unicode_escape", "is not decoded", id="unicode-escape"),
        pytest.param(b"{}", "utf-8\x1b[0m", r"'utf-8\\x1b\[0m'", id="escape-sequence"),
        pytest.param(b"{}", "k" * 9000, "'k{40}' is not decoded", id="very-long"),
        pytest.param(b"\xe9", None, "is not utf-8 at byte 1", id="latin-1-unsaid"),
        pytest.param(b"ab\xe9", "utf-8", "is not utf-8 at byte 3", id="latin-1-lied"),
        pytest.param("é".encode(), "ascii", "is not ascii", id="not-ascii"),
        pytest.param(b"\x81", "windows-1252", "is not windows-1252", id="unassigned"),
        pytest.param(b"{\x00}", "utf-16", "is not utf-16-le", id="half-a-unit"),
        pytest.param(b"\xff\xfe\x00\xd8", None, "utf-16-le", id="utf-16-lone-half"),
    ],
)
def test_bytes_that_cannot_be_meant_are_refused(
    body: bytes, charset: str | None, problem: str
) -> None:
    """Character sets off the list and wrong bytes are one typed error."""
    with pytest.raises(UndecodableBody, match=problem):
        decode_text(body, charset)


def _declaring(name: str, codec: str) -> bytes:
    return f'<?xml version="1.0" encoding="{name}"?><a>é</a>'.encode(codec)


@pytest.mark.parametrize(
    ("body", "charset"),
    [
        pytest.param("<a>é</a>".encode(), None, id="nothing-said"),
        pytest.param(_declaring("UTF-8", "utf-8"), None, id="declared-utf-8"),
        pytest.param(_declaring("utf-8", "utf-8-sig"), None, id="bom-and-declared"),
        pytest.param(_declaring("iso-8859-1", "latin-1"), None, id="declared-latin-1"),
        pytest.param(_declaring("utf-8", "latin-1"), "latin-1", id="header-first"),
        pytest.param(_declaring("utf-16", "utf-16"), None, id="utf-16-with-bom"),
        pytest.param(_declaring("UTF-16", "utf-16-le"), None, id="utf-16-le-sniffed"),
        pytest.param(_declaring("UTF-16", "utf-16-be"), None, id="utf-16-be-sniffed"),
        pytest.param("<a>é</a>".encode("utf-32-le"), None, id="utf-32-le-sniffed"),
        pytest.param("<a>é</a>".encode("utf-32-be"), None, id="utf-32-be-sniffed"),
    ],
)
def test_xml_bytes_become_the_text_that_was_meant(
    body: bytes, charset: str | None
) -> None:
    """Mark, header, zero bytes and declaration decide in this order."""
    assert decode_xml(body, charset).endswith("<a>é</a>")


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        pytest.param(_declaring("UTF-16", "utf-8"), "another", id="utf-16-is-utf-8"),
        pytest.param(_declaring("UTF-32", "utf-8"), "another", id="utf-32-is-utf-8"),
        pytest.param(
            _declaring("iso-8859-1", "utf-8-sig"), "another", id="latin-1-is-utf-8"
        ),
        pytest.param(_declaring("utf-8", "utf-16"), "another", id="utf-8-is-utf-16"),
        pytest.param(_declaring("utf-8", "utf-16-be"), "another", id="sniffed-utf-16"),
        pytest.param(_declaring("utf-8", "latin-1"), "is not utf-8", id="is-latin-1"),
        pytest.param(_declaring("utf-7", "utf-8"), "'utf-7' is not", id="utf-7"),
        pytest.param(_declaring("hex", "utf-8"), "'hex' is not", id="hex"),
    ],
)
def test_an_xml_declaration_that_lies_is_refused(body: bytes, problem: str) -> None:
    """A document that is not of the character set it declares is not guessed at."""
    with pytest.raises(UndecodableBody, match=problem):
        decode_xml(body, None)
