"""A response's character set: what is said about it, and its bytes as text.

Only character sets of the list below are decoded, so that a response cannot name one of
Python's codecs that are none (`hex`, `idna`) or that hide text (`utf-7`). Decoding is
strict: a byte that does not belong there refuses the body, and no U+FFFD ever reaches
a lead.
"""

from __future__ import annotations

import re
from functools import lru_cache

from nbwebhook.errors import UndecodableBody

__all__ = ["charset_of", "decode_text", "decode_xml"]

_BOMS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
_CODECS = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "us-ascii": "ascii",
    "ascii": "ascii",
    "utf-16": "utf-16",
    "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
    "utf-32": "utf-32",
    "utf-32le": "utf-32-le",
    "utf-32be": "utf-32-be",
    "latin1": "iso-8859-1",
    "latin-1": "iso-8859-1",
    "x-sjis": "shift_jis",
    "gb2312": "gb18030",
    "gbk": "gb18030",
} | {
    name: name
    for name in (
        *("iso-8859-1", "iso-8859-2", "iso-8859-15"),
        *("windows-1250", "windows-1251", "windows-1252", "koi8-r"),
        *("shift_jis", "euc-jp", "euc-kr", "gb18030", "big5"),
    )
}
_PARAMETER = re.compile(
    rb";\s*charset\s*=\s*(?:\"([^\"]*)\"|([^\s;\"]*))", re.IGNORECASE
)
_DECLARATION = re.compile(
    r"\s*<\?xml[^>]{0,200}?\sencoding\s*=\s*[\"']([^\"'>]{1,40})[\"']"
)
_SHOWN = 40


@lru_cache(maxsize=256)
def charset_of(content_type: bytes) -> str | None:
    """Return the character set that a Content-Type header names, as written.

    Example:
        >>> charset_of(b'application/json; charset="utf-8"')
        'utf-8'
        >>> charset_of(b"application/json") is None
        True
    """
    found = _PARAMETER.search(content_type[:1_000])
    if found is None:
        return None
    return (found[1] or found[2] or b"").decode("latin-1").strip() or None


def decode_text(body: bytes, charset: str | None) -> str:
    """Return `body` as text, without a byte order mark.

    A byte order mark decides; then `charset`; then it is UTF-8.

    Raises:
        UndecodableBody: The character set is not one of those that are decoded, or the
            bytes are not of it.
    """
    codec, start = _marked(body)
    if not codec:
        codec = "utf-8" if charset is None else _codec_of(charset)
        codec = _with_byte_order(codec, body)
    return _decode(body[start:] if start else body, codec)


def decode_xml(body: bytes, charset: str | None) -> str:
    """Return an XML document as text, without a byte order mark.

    A byte order mark decides; then `charset`, as the sender's word outside the document
    comes before the one inside (RFC 7303); then the zero bytes of UTF-16; then the
    document's own declaration; then it is UTF-8.

    Raises:
        UndecodableBody: As for `decode_text`, or the declaration names another
            character set than the bytes show.
    """
    codec, start = _marked(body)
    codec = codec or ("" if charset else _sniffed(body))
    if codec:
        text = _decode(body[start:], codec)
        declared = _DECLARATION.match(text)
        if declared and _codec_of(declared[1])[:6] != codec[:6]:
            raise _contradiction(codec)
        return text
    if charset:
        return decode_text(body, charset)
    declared = _DECLARATION.match(body[:400].decode("latin-1"))
    codec = _codec_of(declared[1]) if declared else "utf-8"
    if codec.startswith(("utf-16", "utf-32")):
        raise _contradiction("one byte a character")
    return _decode(body, codec)


def _marked(body: bytes) -> tuple[str, int]:
    """Return the codec that a byte order mark names and the mark's length."""
    if body[:1] in {b"\xef", b"\xff", b"\xfe", b"\x00"}:
        for mark, codec in _BOMS:
            if body.startswith(mark):
                return codec, len(mark)
    return "", 0


def _sniffed(body: bytes) -> str:
    if body.startswith(b"<\x00"):
        return "utf-32-le" if body[2:4] == b"\x00\x00" else "utf-16-le"
    if body.startswith(b"\x00<"):
        return "utf-16-be"
    return "utf-32-be" if body.startswith(b"\x00\x00\x00<") else ""


def _with_byte_order(codec: str, body: bytes) -> str:
    """Return `codec` with the byte order that the first, ASCII, character shows."""
    if codec in {"utf-16", "utf-32"}:
        return f"{codec}-{'be' if body[:1] == bytes(1) else 'le'}"
    return codec


def _codec_of(charset: str) -> str:
    codec = _CODECS.get(charset.strip().lower().replace("_", "-"))
    codec = codec or _CODECS.get(charset.strip().lower())
    if codec is None:
        shown = ascii(charset[:_SHOWN])
        raise UndecodableBody(
            f"the response's character set {shown} is not decoded; UTF-8 is what "
            "services send"
        )
    return codec


def _decode(body: bytes, codec: str) -> str:
    try:
        return body.decode(codec)
    except UnicodeDecodeError as error:
        problem = f"the response's body is not {codec} at byte {error.start + 1:,}"
        raise UndecodableBody(problem) from None


def _contradiction(found: str) -> UndecodableBody:
    return UndecodableBody(
        f"the XML declaration names another character set than the bytes show: {found}"
    )
