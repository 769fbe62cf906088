"""Bodies to documents: problems told in plain words, and XML attacks that fail."""

import inspect
import os
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from nbwebhook.errors import InvalidBody, ResponseError, UndecodableBody
from nbwebhook.mapping.documents import MAX_DEPTH, Document, parse_json, parse_xml


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        pytest.param(b"<!DOCTYPE html><p>hi", "looks like an HTML page", id="html"),
        pytest.param(b"\n <HTML lang=x>", "looks like an HTML page", id="html-tag"),
        pytest.param(b"<?xml version='1.0'?><html/>", "HTML page", id="xhtml"),
        pytest.param(b"<a/>", "looks like XML; choose response type XML", id="xml"),
        pytest.param(b'{"a": 1', "it ends too early", id="cut-off"),
        pytest.param(b"[1,\n 2,]\n ", "at line 2, column", id="position"),
        pytest.param(b"\xef\xbb\xbf ", "it is blank", id="blank"),
        pytest.param(b"[NaN]", "it holds NaN", id="nan"),
        pytest.param(b"1e400", "beyond the range of a double", id="range"),
        pytest.param(b"1" * 641, "more than 640 digits", id="digits"),
        pytest.param(b"1e99999999999999999999", "past all limits", id="exponent"),
        pytest.param(b"[" * 257, "more than 256 levels deep", id="depth"),
        pytest.param(b"[" + b"1," * 1_000_001, "1,000,000 values", id="values"),
    ],
)
def test_a_body_that_is_not_json_says_why(body: bytes, problem: str) -> None:
    """The reason names what the body looks like, or where it goes wrong."""
    with pytest.raises(InvalidBody, match=problem):
        parse_json(body)


def test_no_error_carries_the_body() -> None:
    """Neither the message nor the chain of an error holds text of the response."""
    for parse in (parse_json, parse_xml):
        with pytest.raises(InvalidBody) as caught:
            parse(b"<canary-4711>canary-4711")
        assert "4711" not in str(caught.value)
        assert caught.value.__cause__ is None
        assert caught.value.__suppress_context__


@pytest.mark.parametrize(
    ("body", "repeats"),
    [
        pytest.param(b'{"a": 1, "b": {"a": 1}}', False, id="other-object"),
        pytest.param(b'{"a": 1, "a": 1}', True, id="top"),
        pytest.param(b'[{"b": {"a": 1, "a": 2}}]', True, id="deep"),
    ],
)
def test_a_repeated_key_is_flagged(*, body: bytes, repeats: bool) -> None:
    """The flag is of this document alone, and the last value counts."""
    assert parse_json(body).has_duplicate_keys is repeats
    assert parse_json(b'{"a": 1}') == Document({"a": 1})


def test_threads_do_not_share_the_flag() -> None:
    """A document parsed in another thread leaves this thread's flag alone."""
    found: list[bool] = []

    def parse_elsewhere() -> None:
        found.append(parse_json(b'{"a":1,"a":2}').has_duplicate_keys)

    thread = threading.Thread(target=parse_elsewhere)
    thread.start()
    thread.join()
    assert found == [True]
    assert not parse_json(b"{}").has_duplicate_keys


@pytest.mark.parametrize("room", [20, 200, 350, 600])
def test_a_caller_deep_in_the_stack_gets_no_recursion_error(room: int) -> None:
    """With little of the stack left, a document is read or refused as too deep."""
    body = b"[" * MAX_DEPTH + b"]" * MAX_DEPTH

    def dig(levels: int) -> str:
        return dig(levels - 1) if levels else _verdict(parse_json, body, None)

    used = len(inspect.stack(0))
    verdict = dig(sys.getrecursionlimit() - used - room)
    assert verdict in {
        "a document",
        "the response is not JSON: it is more than 256 levels deep",
    }


def _verdict(
    parse: Callable[[bytes, str | None], Document], body: bytes, charset: str | None
) -> str:
    try:
        parse(body, charset)
    except ResponseError as error:
        return str(error)
    return "a document"


@given(st.binary(max_size=200), st.sampled_from([None, "utf-8", "utf-16", "latin-1"]))
def test_any_bytes_give_a_document_or_a_response_error(
    body: bytes, charset: str | None
) -> None:
    """Nothing but our own errors comes out of a parser, and each says something."""
    assert _verdict(parse_json, body, charset)
    assert _verdict(parse_xml, body, charset)


# XML


@pytest.mark.parametrize(
    ("body", "text"),
    [
        pytest.param(b"<a>x</a>", "x", id="text"),
        pytest.param(b"<a/>", None, id="empty"),
        pytest.param(b"<a>x<![CDATA[<b>&]]>y</a>", "x<b>&y", id="cdata"),
        pytest.param(b"<a>x<!-- no -->y</a>", "xy", id="comment"),
        pytest.param(b"<a>x<?no no?>y</a>", "xy", id="instruction"),
        pytest.param(b"<a>&lt;&amp;&#233;&#x20AC;</a>", "<&é€", id="references"),
        pytest.param(b"<!-- <!DOCTYPE a> --><a>x</a>", "x", id="doctype-in-comment"),
        pytest.param(b"<a><![CDATA[<!DOCTYPE b>]]></a>", "<!DOCTYPE b>", id="in-cdata"),
        pytest.param(b"<?p <!DOCTYPE a>?> <a>x</a>", "x", id="in-instruction"),
        pytest.param(b"\xef\xbb\xbf<a>x</a>", "x", id="bom"),
        pytest.param(b"<a>" + b"x" * 9_000_000 + b"</a>", "x" * 9_000_000, id="9-mb"),
        pytest.param(b"<a>x\r\ny</a>", "x\ny", id="line-ends"),
    ],
)
def test_xml_text_is_read_as_the_standard_says(body: bytes, text: str | None) -> None:
    """CDATA is text, comments and instructions are not there."""
    root = parse_xml(body).root
    assert root.text == text
    assert len(root) == 0


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        pytest.param(b"<a>", "at line 1, column", id="unclosed"),
        pytest.param(b"<a></b>", "tag name mismatch", id="mismatch"),
        pytest.param(b"<a/><b/>", "at line 1", id="two-roots"),
        pytest.param(b"<a b=c/>", "at line 1", id="bare-attribute"),
        pytest.param(b"<a b='1' b='2'/>", "at line 1", id="attribute-twice"),
        pytest.param(b"<a>&nbsp;</a>", "at line 1", id="html-entity"),
        pytest.param(b"<a>&#0;</a>", "at line 1", id="nul-reference"),
        pytest.param(b"<a>&#xD800;</a>", "at line 1", id="surrogate-reference"),
        pytest.param(b"<a>\x01</a>", "at line 1", id="control"),
        pytest.param(b"<a>\x00</a>", "at line 1", id="nul"),
        pytest.param(b"<a> & </a>", "at line 1", id="bare-ampersand"),
        pytest.param(b"<a:b/>", "at line 1", id="unbound-prefix"),
        pytest.param(b"x <a/>", "at line 1", id="text-before"),
        pytest.param(b"<a/> x", "at line 1", id="text-after"),
        pytest.param(b" <?xml version='1.0'?><a/>", "at line 1", id="late-declaration"),
        pytest.param(b"<!-- ", "at line 1", id="unclosed-comment"),
        pytest.param(b" ", "it is blank", id="blank"),
        pytest.param(b'{"a": 1}', "looks like JSON; choose response", id="json"),
        pytest.param(b"[1]", "looks like JSON; choose response", id="json-list"),
        pytest.param(b"<html><body/></html>", "looks like an HTML page", id="xhtml"),
        pytest.param(b"<!doctype HTML><p>", "looks like an HTML page", id="html"),
    ],
)
def test_a_body_that_is_not_xml_says_why(body: bytes, problem: str) -> None:
    """Only well-formed XML is read; nothing is mended."""
    with pytest.raises(InvalidBody, match=problem):
        parse_xml(body)


@pytest.fixture
def canary(tmp_path: Path) -> Iterator[str]:
    """A pipe that hangs whoever opens it, as a file URL; nobody must have."""
    path = tmp_path / "canary"
    os.mkfifo(path)
    yield path.as_uri()
    with pytest.raises(OSError, match="No such device"):
        os.open(path, os.O_WRONLY | os.O_NONBLOCK)


@pytest.fixture
def canary_port() -> Iterator[int]:
    """A port of this machine that nobody must connect to."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]
        server.settimeout(0)
        with pytest.raises(BlockingIOError):
            server.accept()


_LAUGHS = "".join(
    f'<!ENTITY l{n} "{"".join(f"&l{n - 1};" * 10)}">' for n in range(1, 10)
)
_ATTACKS = {
    "external-entity": '<!DOCTYPE a [<!ENTITY e SYSTEM "{url}">]><a>&e;</a>',
    "external-entity-unused": '<!DOCTYPE a [<!ENTITY e SYSTEM "{url}">]><a/>',
    "public-entity": '<!DOCTYPE a [<!ENTITY e PUBLIC "p" "{url}">]><a>&e;</a>',
    "parameter-entity": '<!DOCTYPE a [<!ENTITY % e SYSTEM "{url}"> %e;]><a/>',
    "external-dtd": '<!DOCTYPE a SYSTEM "{url}"><a/>',
    "public-dtd": '<!DOCTYPE a PUBLIC "-//p" "{url}"><a/>',
    "internal-entity": '<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>',
    "entity-in-attribute": '<!DOCTYPE a [<!ENTITY e "x">]><a b="&e;"/>',
    "default-attribute": '<!DOCTYPE a [<!ATTLIST a b CDATA "x">]><a/>',
    "notation": '<!DOCTYPE a [<!NOTATION n SYSTEM "{url}">]><a/>',
    "billion-laughs": '<!DOCTYPE a [<!ENTITY l0 "x">' + _LAUGHS + "]><a>&l9;</a>",
    "quadratic": '<!DOCTYPE a [<!ENTITY e "'
    + "x" * 50_000
    + '">]><a>'
    + "&e;" * 50_000
    + "</a>",
    "recursive": '<!DOCTYPE a [<!ENTITY e "&f;"><!ENTITY f "&e;">]><a>&e;</a>',
    "empty-doctype": "<!DOCTYPE a><a/>",
    "empty-subset": "<!DOCTYPE a []><a/>",
    "after-declaration": '<?xml version="1.0"?><!DOCTYPE a SYSTEM "{url}"><a/>',
    "after-comment": '<!-- c --><?p?> <!-- d --><!DOCTYPE a SYSTEM "{url}"><a/>',
    "after-long-space": " " * 1_000 + '<!DOCTYPE a SYSTEM "{url}"><a/>',
    "lower-case": '<!doctype a SYSTEM "{url}"><a/>',
    "unclosed": '<!DOCTYPE a [<!ENTITY e SYSTEM "{url}">',
    "standalone": '<?xml version="1.0" standalone="no"?><!DOCTYPE a SYSTEM "{url}"><a/>',
}


@pytest.mark.parametrize(
    "text", [pytest.param(text, id=name) for name, text in _ATTACKS.items()]
)
@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_every_doctype_is_refused_and_nothing_is_read(
    text: str, codec: str, canary: str, canary_port: int
) -> None:
    """The canary file is not opened and the canary port not connected to."""
    for url in (canary, f"http://127.0.0.1:{canary_port}/e"):
        with pytest.raises(InvalidBody, match="it has a DOCTYPE, which is never read"):
            parse_xml(text.replace("{url}", url).encode(codec))


def test_a_doctype_behind_utf_7_is_refused() -> None:
    """UTF-7 cannot hide a document type declaration."""
    hidden = b'<?xml version="1.0" encoding="utf-7"?>+ADw-!DOCTYPE a+AD4-<a/>'
    with pytest.raises(UndecodableBody, match="'utf-7' is not decoded"):
        parse_xml(hidden)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            '<a xmlns:x="http://www.w3.org/2001/XInclude"><x:include href="{url}"/></a>',
            id="xinclude",
        ),
        pytest.param('<?xml-stylesheet href="{url}"?><a/>', id="stylesheet"),
        pytest.param(
            '<a xmlns:x="http://www.w3.org/2001/XMLSchema-instance"'
            ' x:schemaLocation="u {url}" xml:base="{url}"/>',
            id="schema-location",
        ),
        pytest.param('<a xmlns="{url}"/>', id="namespace"),
    ],
)
def test_a_document_that_points_elsewhere_is_not_followed(
    text: str, canary: str, canary_port: int
) -> None:
    """Includes, style sheets, schemas and namespaces are text and no more."""
    for url in (canary, f"http://127.0.0.1:{canary_port}/e"):
        assert etree.QName(parse_xml(text.replace("{url}", url).encode()).root)


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        pytest.param(b"<a>" * 257 + b"</a>" * 257, "256 levels deep", id="depth-257"),
        pytest.param(b"<a>" * 100_000, "256 levels deep", id="depth-100000"),
        pytest.param(
            b"<a " + b" ".join(b'a%d=""' % n for n in range(200_000)) + b"/>",
            "more than 10,000 attributes",
            id="200000-attributes",
        ),
        pytest.param(
            b"<a>" + b"x" * (11 << 20) + b"</a>", "longer than 10,485,760", id="11-mb"
        ),
        pytest.param(
            b"<a>" + b"x" * 10_100_000 + b"</a>", "another limit", id="long-text"
        ),
        pytest.param(
            b"<a>" + b"<b/>" * 600_000 + b"</a>", "500,000 tags", id="600000-elements"
        ),
    ],
)
def test_a_document_past_the_limits_is_refused(body: bytes, problem: str) -> None:
    """Depth, attributes, elements and size are capped."""
    with pytest.raises(InvalidBody, match=problem):
        parse_xml(body)


def test_a_document_at_the_limits_is_read() -> None:
    """256 levels and 10,000 attributes are within the limits."""
    assert parse_xml(b"<a>" * 256 + b"</a>" * 256).root.tag == "a"
    many = b"<a " + b" ".join(b'a%d="="' % n for n in range(10_000)) + b"/>"
    assert len(parse_xml(many).root.attrib) == 10_000
