"""Awkward CSV lists are read exactly: every cell the text that is written."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from nbwebhook.frames.scanned import scan_leads

WriteList = Callable[..., Path]
ReadList = Callable[..., pd.DataFrame]
TextFrame = Callable[[Mapping[str, Sequence[str]]], pd.DataFrame]

BASE = {"Id": ["1"], "City": ["Oslo"]}
TWO = {"Id": ["1", "2"], "City": ["Oslo", "Rome"]}

AWKWARD_LISTS = [
    pytest.param(b"Id,City\n1,Oslo\n2,Rome\n", {}, TWO, id="lf"),
    pytest.param(b"Id,City\r\n1,Oslo\r\n2,Rome\r\n", {}, TWO, id="crlf"),
    pytest.param(b"Id,City\r1,Oslo\r2,Rome\r", {}, TWO, id="cr-only"),
    pytest.param(b"Id,City\r\n1,Oslo\n2,Rome\r", {}, TWO, id="mixed-line-ends"),
    pytest.param(b"Id,City\n1,Oslo\n2,Rome", {}, TWO, id="no-end-of-last-line"),
    pytest.param(b"Id,City\n", {}, {"Id": [], "City": []}, id="header-only"),
    pytest.param(
        b"Id,City", {}, {"Id": [], "City": []}, id="header-only-without-line-end"
    ),
    pytest.param(b"Id,City\n1,Oslo\n\n\r\n\n", {}, BASE, id="trailing-blank-lines"),
    pytest.param(b"Id,City\n1,Oslo\n  \t \n", {}, BASE, id="trailing-line-of-spaces"),
    pytest.param(b"Id;City\n1;Oslo\n", {}, BASE, id="semicolon"),
    pytest.param(b"Id\tCity\n1\tOslo\n", {}, BASE, id="tab"),
    pytest.param(b"Id|City\n1|Oslo\n", {}, BASE, id="bar"),
    pytest.param(b"sep=;\r\nId;City\r\n1;Oslo\r\n", {}, BASE, id="excel-sep-line"),
    pytest.param(
        b'"sep=;"\r\nId;City\r\n1;Oslo\r\n', {}, BASE, id="excel-sep-line-quoted"
    ),
    pytest.param(
        b"Id;Net\n1;0,5\n2;1,5\n",
        {},
        {"Id": ["1", "2"], "Net": ["0,5", "1,5"]},
        id="semicolon-and-decimal-commas",
    ),
    pytest.param(
        b'"Name, first";City\nAnn;Oslo\n',
        {},
        {"Name, first": ["Ann"], "City": ["Oslo"]},
        id="comma-in-a-quoted-name-of-a-semicolon-list",
    ),
    pytest.param(
        b"Id,Tags (a;b)\n1,x\n2,y\n",
        {},
        {"Id": ["1", "2"], "Tags (a;b)": ["x", "y"]},
        id="two-delimiters-told-apart-by-the-rows",
    ),
    pytest.param(b"Id:City\n1:Oslo\n", {"delimiter": ":"}, BASE, id="delimiter-said"),
    pytest.param(
        b"sep=,\nId;City\n1;Oslo\n",
        {"delimiter": ";"},
        BASE,
        id="delimiter-said-wins-over-sep-line",
    ),
    pytest.param(codecs.BOM_UTF8 + b"Id,City\n1,Oslo\n", {}, BASE, id="utf-8-mark"),
    pytest.param(
        codecs.BOM_UTF8 + b"Id,City\n1,Oslo\n",
        {"encoding": "utf-8"},
        BASE,
        id="utf-8-mark-and-said",
    ),
    pytest.param(
        codecs.BOM_UTF8 + b'"Id","City"\n1,Oslo\n',
        {},
        BASE,
        id="utf-8-mark-before-a-quoted-name",
    ),
    pytest.param(
        "Id,City\n1,Zürich 🏔 東京\n".encode(),
        {},
        {"Id": ["1"], "City": ["Zürich 🏔 東京"]},
        id="utf-8",
    ),
    pytest.param(
        codecs.BOM_UTF16_LE + "Id,City\n1,Oslo\n".encode("utf-16-le"),
        {},
        BASE,
        id="utf-16-le-mark",
    ),
    pytest.param(
        codecs.BOM_UTF16_BE + "Id,City\n1,Oslo\n".encode("utf-16-be"),
        {},
        BASE,
        id="utf-16-be-mark",
    ),
    pytest.param(
        "Id\tCity\r\n1\tŁódź\r\n".encode("utf-16"),
        {},
        {"Id": ["1"], "City": ["Łódź"]},
        id="utf-16-tabs-as-excel-writes-unicode-text",
    ),
    pytest.param(
        "Id,City\n1,Oslo\n".encode("utf-16-le"),
        {"encoding": "utf-16-le"},
        BASE,
        id="utf-16-le-said",
    ),
    pytest.param(
        "Id,City\n1,Oslo\n".encode("utf-16-le"),
        {"encoding": "utf-16"},
        BASE,
        id="utf-16-said-without-mark-le",
    ),
    pytest.param(
        "Id,City\n1,Oslo\n".encode("utf-16-be"),
        {"encoding": "utf-16"},
        BASE,
        id="utf-16-said-without-mark-be",
    ),
    pytest.param(
        "Id,City\n1,Oslo\n".encode("utf-16"),
        {"encoding": "utf-16"},
        BASE,
        id="utf-16-said-with-mark",
    ),
    pytest.param("Id,City\n1,Oslo\n".encode("utf-32"), {}, BASE, id="utf-32-mark"),
    pytest.param(
        "Id,City\n1,Málaga € “x”\n".encode("cp1252"),
        {"encoding": "windows-1252"},
        {"Id": ["1"], "City": ["Málaga € “x”"]},
        id="windows-1252-said",
    ),
    pytest.param(
        "Id,City\n1,Málaga\n".encode("latin-1"),
        {"encoding": "latin-1"},
        {"Id": ["1"], "City": ["Málaga"]},
        id="latin-1-said",
    ),
    pytest.param(
        "Id,City\n1,東京\n".encode("shift_jis"),
        {"encoding": "shift_jis"},
        {"Id": ["1"], "City": ["東京"]},
        id="shift-jis-said",
    ),
    pytest.param(
        b"Id,City\n1,Oslo\n",
        {"encoding": "utf-8-sig"},
        BASE,
        id="utf-8-sig-said-without-mark",
    ),
    pytest.param(
        b'Id,City\n1,"Oslo, N"\n',
        {},
        {"Id": ["1"], "City": ["Oslo, N"]},
        id="quoted-delimiter",
    ),
    pytest.param(
        b'Id,City\n1,"a ""b"" c"\n',
        {},
        {"Id": ["1"], "City": ['a "b" c']},
        id="quoted-quote",
    ),
    pytest.param(
        b'Id,City\n"""""",""\n',
        {},
        {"Id": ['""'], "City": [""]},
        id="quoted-quotes-only",
    ),
    pytest.param(
        b'Id,City\n1,"a\nb"\n', {}, {"Id": ["1"], "City": ["a\nb"]}, id="quoted-lf"
    ),
    pytest.param(
        b'Id,City\r\n1,"a\r\nb"\r\n',
        {},
        {"Id": ["1"], "City": ["a\r\nb"]},
        id="quoted-crlf",
    ),
    pytest.param(
        b'Id,City\n1,"a\rb\r"\n', {}, {"Id": ["1"], "City": ["a\rb\r"]}, id="quoted-cr"
    ),
    pytest.param(
        b'Id,City\n1,"a\n\nb"\n',
        {},
        {"Id": ["1"], "City": ["a\n\nb"]},
        id="quoted-blank-line",
    ),
    pytest.param(
        b'Id,"City\nof birth"\n1,Oslo\n',
        {},
        {"Id": ["1"], "City\nof birth": ["Oslo"]},
        id="line-end-in-a-name",
    ),
    pytest.param(
        b'Id,City\n1,5" pipe\n',
        {},
        {"Id": ["1"], "City": ['5" pipe']},
        id="quote-inside-an-unquoted-cell",
    ),
    pytest.param(
        b'Id,City\n1, "a"\n',
        {},
        {"Id": ["1"], "City": [' "a"']},
        id="space-before-a-quote",
    ),
    pytest.param(
        b"Id,City\n1,'s-Gravenhage'\n",
        {},
        {"Id": ["1"], "City": ["'s-Gravenhage'"]},
        id="apostrophes",
    ),
    pytest.param(
        b'Id,City\n1,"a\\"\n',
        {},
        {"Id": ["1"], "City": ["a\\"]},
        id="backslash-is-text",
    ),
    pytest.param(
        b"Id,City\n1,  Oslo \n",
        {},
        {"Id": ["1"], "City": ["  Oslo "]},
        id="outer-spaces-kept",
    ),
    pytest.param(
        b"Id, City\n1,Oslo\n",
        {},
        {"Id": ["1"], " City": ["Oslo"]},
        id="outer-spaces-of-a-name-kept",
    ),
    pytest.param(
        b"Id,City\n,\n1,\n", {}, {"Id": ["", "1"], "City": ["", ""]}, id="empty-cells"
    ),
    pytest.param(
        b"Id,City\n1,Oslo\n,\n",
        {},
        {"Id": ["1", ""], "City": ["Oslo", ""]},
        id="row-of-delimiters-is-a-lead",
    ),
    pytest.param(
        b"Id,Last Name\n1,Null\n2,NA\n3,None\n4,nan\n5,inf\n6,N/A\n7,#N/A\n8,-\n",
        {},
        {
            "Id": list("12345678"),
            "Last Name": ["Null", "NA", "None", "nan", "inf", "N/A", "#N/A", "-"],
        },
        id="names-of-nothing",
    ),
    pytest.param(
        b"Id,Zip\n001,00501\n1e5,1E+2\n1.0,-0\n9007199254740993,12345678901234567890\n",
        {},
        {
            "Id": ["001", "1e5", "1.0", "9007199254740993"],
            "Zip": ["00501", "1E+2", "-0", "12345678901234567890"],
        },
        id="numbers-are-text",
    ),
    pytest.param(
        b"Id,At\nTRUE,2024-02-29\nfalse,29/02/2024\n",
        {},
        {"Id": ["TRUE", "false"], "At": ["2024-02-29", "29/02/2024"]},
        id="booleans-and-dates-are-text",
    ),
    pytest.param(
        b"Id,City\n1,=1+1\n",
        {},
        {"Id": ["1"], "City": ["=1+1"]},
        id="formulas-are-text",
    ),
    pytest.param(
        b"#Id,City\n#1,Oslo\n",
        {},
        {"#Id": ["#1"], "City": ["Oslo"]},
        id="comment-sign-is-text",
    ),
    pytest.param(
        "Id,City\n1,a\u2028b\x0bc\x0cd\x85e\x1cf\n".encode(),
        {},
        {"Id": ["1"], "City": ["a\u2028b\x0bc\x0cd\x85e\x1cf"]},
        id="other-separators-of-unicode-are-text",
    ),
    pytest.param(
        b"Id,City\n1,\x01\x7f\x1a\n",
        {},
        {"Id": ["1"], "City": ["\x01\x7f\x1a"]},
        id="control-characters-are-text",
    ),
    pytest.param(
        "Id,City\n1,\u00a0\u200b\ufeff\n".encode(),
        {},
        {"Id": ["1"], "City": ["\u00a0\u200b\ufeff"]},
        id="no-break-space-and-zero-width-kept",
    ),
    pytest.param(
        "Id,City\n1,A\u030a\n".encode(),
        {},
        {"Id": ["1"], "City": ["A\u030a"]},
        id="decomposed-letters-kept",
    ),
    pytest.param(
        b"Email\na@example.com\nb@example.com\n",
        {},
        {"Email": ["a@example.com", "b@example.com"]},
        id="one-column",
    ),
    pytest.param(
        b'City\nOslo\n""\n',
        {},
        {"City": ["Oslo", ""]},
        id="one-column-quoted-empty-cell",
    ),
    pytest.param(
        b"City\nOslo\n\nRome\n\n",
        {},
        {"City": ["Oslo", "", "Rome"]},
        id="one-column-blank-line-is-an-empty-cell",
    ),
    pytest.param(
        b"City\n  \nOslo\n",
        {},
        {"City": ["  ", "Oslo"]},
        id="one-column-spaces-are-a-cell",
    ),
    pytest.param(
        b"Id,City\n1," + b"x" * 100_000 + b"\n",
        {},
        {"Id": ["1"], "City": ["x" * 100_000]},
        id="last-cell-of-100000-characters",
    ),
    pytest.param(
        b"lead.Id,{{x}}\n1,Oslo\n",
        {},
        {"lead.Id": ["1"], "{{x}}": ["Oslo"]},
        id="names-with-dots-and-braces",
    ),
    pytest.param(
        b"City,2024\nOslo,1\n",
        {},
        {"City": ["Oslo"], "2024": ["1"]},
        id="years-beside-a-name",
    ),
]


@pytest.mark.parametrize("chunk_bytes", [4, 5, 7, 1 << 20])
@pytest.mark.parametrize(("content", "said", "columns"), AWKWARD_LISTS)
def test_an_awkward_list_is_read_exactly(
    read_list: ReadList,
    text_frame: TextFrame,
    content: bytes,
    said: dict[str, str],
    columns: Mapping[str, Sequence[str]],
    chunk_bytes: int,
) -> None:
    """Nothing is shifted, dropped or retyped, wherever the file is cut into pieces."""
    leads = read_list(content, chunk_bytes, **said)
    assert_frame_equal(leads, text_frame(columns))


@pytest.mark.parametrize(("content", "said", "columns"), AWKWARD_LISTS)
def test_a_list_read_in_blocks_is_the_same_list(
    write_list: WriteList,
    text_frame: TextFrame,
    content: bytes,
    said: dict[str, str],
    columns: Mapping[str, Sequence[str]],
) -> None:
    """Blocks of one lead put together are the frame that is read at once."""
    blocks = list(scan_leads(write_list(content), 1, **said))  # type: ignore[arg-type]  # by name
    assert [len(block) for block in blocks] == [1] * len(blocks) or blocks[0].empty
    assert_frame_equal(pd.concat(blocks), text_frame(columns))
