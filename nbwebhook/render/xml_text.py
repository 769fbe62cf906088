"""Text as it stands in an XML document, for the option that escapes values."""

from __future__ import annotations

import re
from enum import Enum

__all__ = ["XmlPlace", "escape_xml"]

_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_ESCAPES = str.maketrans(
    {
        "&": "&amp;",
        "<": "&lt;",
        ">": "&gt;",
        '"': "&quot;",
        "'": "&apos;",
        "\t": "&#9;",
        "\n": "&#10;",
        "\r": "&#13;",
    }
)


class XmlPlace(Enum):
    """The places of an XML document that differ in what text means there."""

    CONTENT = "content"
    CDATA = "cdata"


def escape_xml(text: str, place: XmlPlace) -> str | None:
    """Return `text` as an XML parser reads it back, or None where XML cannot hold it.

    The escaped form suits an element and an attribute alike, so that line breaks and
    tabs are references: as they are, a parser would make spaces of them.

    Example:
        >>> escape_xml("Jack & Jill", XmlPlace.CONTENT)
        'Jack &amp; Jill'
        >>> escape_xml("a]]>b", XmlPlace.CDATA)
        'a]]]]><![CDATA[>b'
    """
    if _NOT_XML.search(text):
        return None
    if place is XmlPlace.CONTENT:
        return text.translate(_ESCAPES)
    # A section cannot escape: what ends it, and the carriage return, stand outside.
    escaped = text.replace("]]>", "]]]]><![CDATA[>")
    return escaped.replace("\r", "]]>&#13;<![CDATA[")
