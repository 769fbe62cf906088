"""CSV lists that cannot be read exactly are refused, with the line where they break."""

from __future__ import annotations

import codecs
from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd
import pytest

from nbwebhook.errors import DuplicateColumn, LeadsError, RaggedRow, UnreadableList

ReadList = Callable[..., pd.DataFrame]


@dataclass(frozen=True)
class Refused:
    """An error, the line that it names, and words of its sentence."""

    line: int | None
    words: str
    kind: type[LeadsError] = UnreadableList


BROKEN_LISTS = [
    pytest.param(b"", {}, Refused(None, "the file is empty"), id="empty"),
    pytest.param(
        codecs.BOM_UTF8, {}, Refused(None, "the file is empty"), id="mark-only"
    ),
    pytest.param(
        b"sep=;\n", {}, Refused(None, "the file is empty"), id="sep-line-only"
    ),
    pytest.param(
        b"\nId,City\n1,Oslo\n",
        {},
        Refused(1, "a blank line where the names"),
        id="blank-header",
    ),
    pytest.param(
        b"\n\n\n", {}, Refused(1, "a blank line where the names"), id="blank-lines-only"
    ),
    pytest.param(
        b"Id,City\n1,Oslo\n2,Rome,x\n",
        {},
        Refused(3, "3 cells where the header has 2", RaggedRow),
        id="row-too-long",
    ),
    pytest.param(
        b"Id,City\n1\n2,Rome\n",
        {},
        Refused(2, "1 cells where the header has 2", RaggedRow),
        id="row-too-short",
    ),
    pytest.param(
        b"id,x,y\n1,a,b,c\n",
        {},
        Refused(2, "4 cells", RaggedRow),
        id="row-of-pandas-shift",
    ),
    pytest.param(
        b"Id,City\n1,Oslo,\n",
        {},
        Refused(2, "3 cells", RaggedRow),
        id="row-with-delimiter-at-end",
    ),
    pytest.param(
        b"Id,City,Zip\n1,Oslo,1\n2,Ro",
        {},
        Refused(3, "2 cells", RaggedRow),
        id="last-row-cut-off",
    ),
    pytest.param(
        b'Id,City\n1,"a\nb\r\nc"\n2,"d\ne",x\n',
        {},
        Refused(5, "3 cells", RaggedRow),
        id="ragged-after-quoted-line-ends",
    ),
    pytest.param(
        b"Id,City\r1,Oslo\r2\r",
        {},
        Refused(3, "1 cells", RaggedRow),
        id="ragged-after-cr-only",
    ),
    pytest.param(
        b"sep=,\nId,City\n1,Oslo\n2\n",
        {},
        Refused(4, "1 cells", RaggedRow),
        id="ragged-after-sep-line",
    ),
    pytest.param(
        b"Email\na@example.com\nb,c\n",
        {},
        Refused(3, "2 cells where the header has 1", RaggedRow),
        id="ragged-one-column",
    ),
    pytest.param(
        b'Id,City\n1,Oslo\n""\n',
        {},
        Refused(3, "1 cells", RaggedRow),
        id="ragged-quoted-empty",
    ),
    pytest.param(
        b"Id,City\n1,Oslo\n\n2,Rome\n",
        {},
        Refused(3, "a blank line between two rows"),
        id="blank-line-between-rows",
    ),
    pytest.param(
        b"Id,City\n1,Oslo\n\n\n2\n",
        {},
        Refused(3, "a blank line between two rows"),
        id="blank-line-before-a-ragged-row",
    ),
    pytest.param(
        b"Id,City\r\r\n1,Oslo\r\r\n",
        {},
        Refused(1, "CR CR LF"),
        id="double-converted-line-ends",
    ),
    pytest.param(
        b"City\r\r\nOslo\r\r\n",
        {},
        Refused(1, "CR CR LF"),
        id="double-converted-line-ends-one-column",
    ),
    pytest.param(
        b'Id,City\n1,Oslo\n2,"Rome\n3,Bern\n',
        {},
        Refused(3, "a quote opens here and is never closed"),
        id="unclosed-quote",
    ),
    pytest.param(
        b'Id,City,Zip\n1,"a\nb","c\nd\n',
        {},
        Refused(3, "a quote opens here and is never closed"),
        id="unclosed-quote-after-quoted-line-ends",
    ),
    pytest.param(
        b'Id,"City\n1,Oslo\n',
        {},
        Refused(1, "a quote opens here"),
        id="unclosed-quote-in-the-header",
    ),
    pytest.param(
        b'Id,City\n1,"Oslo""\n',
        {},
        Refused(2, "a quote opens here"),
        id="unclosed-quote-by-an-escaped-one",
    ),
    pytest.param(
        b'Id,City\n1,"Oslo\n' + b"2,Rome\n" * 30_000,
        {},
        Refused(2, "not closed within 131,072 characters"),
        id="unclosed-quote-of-half-a-list",
    ),
    pytest.param(
        b'Id,City\n1,"Oslo" N\n',
        {},
        Refused(2, "text after the closing quote of a cell that opens on line 2"),
        id="text-after-a-closing-quote",
    ),
    pytest.param(
        b'Id,City\n1,"Oslo\n2,"Rome"\n3,Bern\n',
        {},
        Refused(3, "text after the closing quote of a cell that opens on line 2"),
        id="text-after-a-closing-quote-lines-below",
    ),
    pytest.param(
        b"Id,City\n1,Oslo\n2," + b"x" * 140_000 + b"\n",
        {},
        Refused(3, "a cell of more than 131,072 characters"),
        id="cell-too-long",
    ),
    pytest.param(
        b'Id,City\n1,Oslo\n"2","' + b"x" * 140_000 + b'"\n',
        {},
        Refused(3, "a cell of more than 131,072 characters"),
        id="quoted-cell-too-long",
    ),
    pytest.param(
        b"Id,City\n1,Oslo\n2,R\0me\n", {}, Refused(3, "a NUL character"), id="nul"
    ),
    pytest.param(
        "Id,City\n1,Oslo\n".encode("utf-16-le"),
        {},
        Refused(1, "encoding='utf-16-le'"),
        id="utf-16-le-without-mark",
    ),
    pytest.param(
        "Id,City\n1,Oslo\n".encode("utf-16-be"),
        {},
        Refused(1, "encoding='utf-16-be'"),
        id="utf-16-be-without-mark",
    ),
    pytest.param(
        "東京,Id\n".encode("utf-16-le"),
        {"encoding": "utf-16"},
        Refused(None, "utf-16 without a byte order mark"),
        id="utf-16-said-of-neither-order",
    ),
    pytest.param(
        codecs.BOM_UTF16_LE + "Id,City\n1,Oslo\n2".encode("utf-16-le")[:-1],
        {},
        Refused(3, "is not utf-16-le"),
        id="utf-16-cut-in-half",
    ),
    pytest.param(
        "Id,City\r\n1,Oslo\r\n2,Málaga\r\n".encode("cp1252"),
        {},
        Refused(3, 'byte 0xE1 at offset 20 is not utf-8; .*encoding="windows-1252"'),
        id="windows-1252-unsaid",
    ),
    pytest.param(
        b"Id,City\n1,\x81\n",
        {"encoding": "windows-1252"},
        Refused(2, "byte 0x81 at offset 10 is not windows-1252; name the encoding"),
        id="not-windows-1252",
    ),
    pytest.param(
        "Id,City\n1,Málaga".encode()[:-5],
        {},
        Refused(2, "byte 0xC3"),
        id="utf-8-cut-in-half",
    ),
    pytest.param(
        b"Id,City\n1,\xed\xa0\x80\n",
        {},
        Refused(2, "byte 0xED"),
        id="surrogate-in-utf-8",
    ),
    pytest.param(
        codecs.BOM_UTF8 + b"Id\n1\n",
        {"encoding": "windows-1252"},
        Refused(None, "begins with the byte order mark of utf-8"),
        id="mark-against-word",
    ),
    pytest.param(
        b"Id\n1\n",
        {"encoding": "klingon"},
        Refused(None, "no encoding 'klingon'"),
        id="unknown-encoding",
    ),
    pytest.param(
        b"Id\n1\n",
        {"encoding": "hex"},
        Refused(None, "no encoding 'hex'"),
        id="encoding-of-no-text",
    ),
    pytest.param(
        b"Id\n1\n",
        {"encoding": "unicode_escape"},
        Refused(None, "no encoding 'unicode_escape'"),
        id="encoding-of-no-file",
    ),
    pytest.param(
        b"Id,City,City\n1,a,b\n",
        {},
        Refused(None, "'City'; rename", DuplicateColumn),
        id="duplicate-name",
    ),
    pytest.param(
        b"Id,EMAIL,Email\n1,a,b\n",
        {},
        Refused(None, "'EMAIL', 'Email'; rename", DuplicateColumn),
        id="duplicate-name-but-for-case",
    ),
    pytest.param(
        b"Id,City, City\n1,a,b\n",
        {},
        Refused(None, "'City', ' City'; rename", DuplicateColumn),
        id="duplicate-name-but-for-spaces",
    ),
    pytest.param(
        b"Id,,City\n1,a,b\n",
        {},
        Refused(1, "column 2 of 3 has no name"),
        id="empty-name",
    ),
    pytest.param(
        b"Id,City,\n1,Oslo,\n",
        {},
        Refused(1, "column 3 of 3 has no name"),
        id="empty-last-name",
    ),
    pytest.param(
        b"Id,  \n1,Oslo\n",
        {},
        Refused(1, "column 2 of 2 has no name"),
        id="name-of-spaces",
    ),
    pytest.param(
        b"1,ann@example.com\n2,bob@example.com\n",
        {},
        Refused(1, "the first row holds values"),
        id="no-header-but-an-address",
    ),
    pytest.param(
        b"1,2.5\n2,3.5\n",
        {},
        Refused(1, "the first row holds values"),
        id="no-header-but-numbers",
    ),
    pytest.param(
        b"Id,City;Zip\n1,Oslo;2\n",
        {},
        Refused(1, "the header has comma and semicolon"),
        id="two-delimiters-that-both-fit",
    ),
    pytest.param(
        b"Id,City;Zip\n1\n1,2;3,4\n",
        {},
        Refused(1, "the header has comma and semicolon"),
        id="two-delimiters-that-neither-fits",
    ),
    pytest.param(
        b"Id,City\n",
        {"delimiter": "::"},
        Refused(None, "delimiter '::': want one character"),
        id="delimiter-of-two-characters",
    ),
    pytest.param(
        b"Id,City\n",
        {"delimiter": '"'},
        Refused(None, "want one character"),
        id="delimiter-that-is-a-quote",
    ),
    pytest.param(
        b"Id,City\n",
        {"delimiter": ""},
        Refused(None, "delimiter '': want one character"),
        id="delimiter-of-nothing",
    ),
    pytest.param(
        b"Id,City\n1,\xff\n",
        {"encoding": "UTF8"},
        Refused(2, 'byte 0xFF at offset 10 is not UTF8; .*encoding="windows-1252"'),
        id="not-utf-8-as-said",
    ),
    pytest.param(
        b"PK\x03\x04rest",
        {},
        Refused(None, "an Excel workbook"),
        id="really-a-workbook",
    ),
    pytest.param(
        b"\xd0\xcf\x11\xe0rest",
        {},
        Refused(None, "an old Excel workbook"),
        id="really-an-old-workbook",
    ),
    pytest.param(b"PAR1rest", {}, Refused(None, "a Parquet file"), id="really-parquet"),
    pytest.param(
        b"\x1f\x8brest", {}, Refused(None, "compressed by gzip"), id="really-compressed"
    ),
]


@pytest.mark.parametrize("chunk_bytes", [4, 7, 1 << 20])
@pytest.mark.parametrize(("content", "said", "refused"), BROKEN_LISTS)
def test_a_list_that_cannot_be_read_exactly_is_refused_with_the_line(
    read_list: ReadList,
    content: bytes,
    said: dict[str, str],
    refused: Refused,
    chunk_bytes: int,
) -> None:
    """The error says where and what to do, shows no cell, and no row is used."""
    with pytest.raises(refused.kind, match=refused.words) as caught:
        read_list(content, chunk_bytes, **said)
    sentence = str(caught.value)
    assert type(caught.value) is refused.kind
    assert getattr(caught.value, "line", None) == refused.line
    assert "leads.csv" in sentence
    assert not any(cell in sentence for cell in ("Oslo", "Rome", "ann@"))
